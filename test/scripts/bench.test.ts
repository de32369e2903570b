// The pure parts of the benchmark: arithmetic, what it reads and what it prints. Its figures are never asserted.

import { describe, expect, test } from "bun:test";
import { mixed, mixedWrites } from "../../scripts/bench/data-sets.ts";
import { lagOf } from "../../scripts/bench/expiry.ts";
import { isLoadBound, judge, median, percentile } from "../../scripts/bench/figures.ts";
import { DEADLINE, HUNDRED, KEY, NUMBER, Pipeline, SPREAD, scatter } from "../../scripts/bench/fill.ts";
import { shortfalls, table } from "../../scripts/bench/report.ts";
import { rows } from "../../scripts/bench/rows.ts";
import { parseBenchmark } from "../../scripts/bench/throughput.ts";

describe("figures", () => {
  test("median leaves unknown values out", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, Number.NaN, 2, 3])).toBe(2.5);
    expect(median([])).toBeNaN();
  });

  test("a percentile is a value that was measured", () => {
    const values = Array.from({ length: 1000 }, (_value, index) => 1000 - index);
    expect(percentile(values, 0.5)).toBe(500);
    expect(percentile(values, 0.999)).toBe(999);
    expect(percentile(values, 1)).toBe(1000);
    expect(percentile([7], 0.01)).toBe(7);
    expect(percentile([], 0.5)).toBeNaN();
  });

  test("the ratio is that of the medians, the spread that of the turns", () => {
    const judged = judge({ label: "x", unit: "req/s", bound: { of: "ratio", atLeast: 2 } }, [20, 30, 40], [10, 10, 40]);
    expect(judged.ratio).toBe(3);
    expect(judged.spread).toEqual([1, 3]);
    expect(judged.met).toBe(true);
  });

  test("a bound on Ashlar's own value does not look at the other", () => {
    const figure = { label: "x", unit: "ms", bound: { of: "ashlar", atMost: 5 } } as const;
    expect(judge(figure, [5], [Number.NaN]).met).toBe(true);
    expect(judge(figure, [5.1], [100]).met).toBe(false);
  });

  test("a bound may ask for more as well as for less", () => {
    const figure = { label: "x", unit: "x", bound: { of: "ashlar", atLeast: 0.85 } } as const;
    expect(judge(figure, [0.9], [0.5]).met).toBe(true);
    expect(judge(figure, [0.8], [0.5]).met).toBe(false);
  });

  test("what could not be measured is not met, what has no bound is not judged", () => {
    expect(judge({ label: "x", unit: "ms", bound: { of: "ashlar", atMost: 5 } }, [], []).met).toBe(false);
    expect(judge({ label: "x", unit: "ms" }, [1], [1]).met).toBeUndefined();
  });

  test("the load is to blame only if the server had time left", () => {
    expect(isLoadBound({ server: 0.8, load: 0.97 })).toBe(true);
    expect(isLoadBound({ server: 0.95, load: 0.97 })).toBe(false);
    expect(isLoadBound({ server: 0.5, load: 0.5 })).toBe(false);
  });
});

describe("redis-benchmark's output", () => {
  const output = [
    " GET: rps=0.0 (overall: 0.0)\r GET: rps=1000.0 (overall: 900.5) avg_msec=0.2\r====== GET ======",
    "  2000 requests completed in 1.00 seconds",
    "",
    "Latency by percentile distribution:",
    "0.000% <= 0.087 milliseconds (cumulative count 1)",
    "50.000% <= 0.199 milliseconds (cumulative count 1000)",
    "98.438% <= 0.431 milliseconds (cumulative count 1970)",
    "99.219% <= 0.495 milliseconds (cumulative count 1985)",
    "99.805% <= 0.639 milliseconds (cumulative count 1996)",
    "99.902% <= 0.895 milliseconds (cumulative count 1998)",
    "100.000% <= 3.783 milliseconds (cumulative count 2000)",
    "",
    "Cumulative distribution of latencies:",
    "61.490% <= 0.207 milliseconds (cumulative count 1230)",
    "",
    "Summary:",
    "  throughput summary: 2000.50 requests per second",
  ].join("\n");

  test("gives the rate and three percentiles", () => {
    expect(parseBenchmark(output)).toEqual({ requestsPerSecond: 2000.5, p50Ms: 0.199, p99Ms: 0.495, p999Ms: 0.895 });
  });

  test("without a summary is refused", () => {
    expect(() => parseBenchmark("Could not connect to Redis")).toThrow("no summary: Could not connect");
  });
});

describe("a filling", () => {
  test("numbers its commands and their deadlines, and leaves the rest alone", () => {
    const pipeline = new Pipeline({
      commands: [["SET", KEY, "v", "PXAT", DEADLINE]],
      count: 70,
      deadlineMs: (index) => 1_700_000_000_000 + index,
    });
    const command = (index: string) =>
      `*5\r\n$3\r\nSET\r\n$16\r\nkey:0000000000${index}\r\n$1\r\nv\r\n$4\r\nPXAT\r\n$13\r\n17000000000${index}\r\n`;
    pipeline.number(41, 2); // a second use writes over all digits of the first
    const bytes = pipeline.number(9, 2);
    expect(pipeline.buffer.toString("latin1", 0, bytes)).toBe(command("09") + command("10"));
  });

  test("holds several commands with several marks", () => {
    const pipeline = new Pipeline({ commands: [["SADD", HUNDRED, NUMBER], ["PING"]], replyLines: 2, count: 1000 });
    const bytes = pipeline.number(257, 1);
    expect(pipeline.buffer.toString("latin1", 0, bytes)).toBe(
      "*3\r\n$4\r\nSADD\r\n$6\r\n000002\r\n$12\r\n000000000257\r\n*1\r\n$4\r\nPING\r\n",
    );
  });
});

describe("the data of snapshots", () => {
  test("has ten keys for each number, and each command of a write is answered with one line", () => {
    const { fillings, keys } = mixed(2000, 500);
    expect(keys).toBe(2001);
    expect(fillings.map(({ count, commands }) => count * commands.length)).toEqual([2000, 50]);
    expect(mixedWrites(2000).commands.some(([name]) => name === "XADD")).toBe(false);
  });

  test("is written to all over", () => {
    const pipeline = new Pipeline({ commands: [["GET", SPREAD]], count: Number.MAX_SAFE_INTEGER, spread: 200 }, 200);
    const bytes = pipeline.number(12_345_600, 200);
    const keys = pipeline.buffer.toString("latin1", 0, bytes).match(/\d{12}/g)!;
    expect(keys.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_value, index) => index));
  });
});

describe("the expiry lag", () => {
  test("sets the n-th key that went against the n-th deadline", () => {
    // Ten keys, a deadline every 10 ms from 0 on. Nine are gone at 85 ms, the last at 100 ms.
    const polls = [
      { atMs: 5, keys: 9 }, // deadline 0: 5 ms late
      { atMs: 85, keys: 1 }, // deadlines 10 to 80: 75 to 5 ms late
      { atMs: 100, keys: 0 }, // deadline 90: 10 ms late
    ];
    expect(lagOf(polls, 10, 100)).toEqual({ p99Ms: 75, worstMs: 75 });
  });

  test("is unknown while nothing has gone", () => {
    expect(lagOf([{ atMs: 1, keys: 10 }], 10, 100).p99Ms).toBeNaN();
  });

  test("deadlines are scattered, each once", () => {
    for (const keys of [200_000, 1_000_000]) {
      const seen = new Set(Array.from({ length: keys }, (_value, index) => scatter(index, keys)));
      expect(seen.size).toBe(keys);
    }
  });
});

describe("the report", () => {
  const result = {
    name: "get-p16",
    what: "GET",
    busy: { server: 0.99, load: 0.4 },
    remarks: ["a remark"],
    failure: undefined,
    figures: [
      judge({ label: "throughput", unit: "req/s", bound: { of: "ratio", atLeast: 1.5 } }, [1_400_000], [1_000_000]),
      judge({ label: "memory", unit: "MB", bound: { of: "ashlar", atMost: 80 } }, [70], [150]),
    ],
  };

  test("has a line per figure and names what fell short", () => {
    const [headings, first, second] = table([result]);
    expect(headings).toStartWith("row");
    expect(first).toMatch(/^get-p16 +throughput +1400k\/s +1000k\/s +1\.40x .*BELOW .*server 99%, load 40% +a remark$/);
    expect(second).toMatch(/^ +memory +70\.0 MB +150\.0 MB +0\.47x +<= 80 MB +ok$/);
    expect(shortfalls([result])).toEqual(["get-p16, throughput: 1.40x, wanted >= 1.50x"]);
  });

  test("a row that failed falls short, in its own words", () => {
    expect(shortfalls([{ ...result, failure: "port taken" }])).toEqual(["get-p16: could not be measured: port taken"]);
  });
});

test("row names are unique and can be written in a shell and matched as globs", () => {
  const names = rows.map((row) => row.name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z0-9-]+$/);
  expect(names.filter((name) => new Bun.Glob("get-*-64b-1m").match(name))).toEqual([
    "get-p16-64b-1m",
    "get-p64-64b-1m",
  ]);
});
