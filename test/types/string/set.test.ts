import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Beside, type Step } from "./beside.ts";

let both: Beside;
beforeAll(async () => {
  both = await Beside.start();
});
afterAll(() => both.stop());

/** A key that is missing, a string without and with a deadline, one that is past it, one of another type. */
const STARTS: Record<string, Step[]> = {
  missing: [],
  string: [["SET", "k", "old"]],
  expiring: [["SET", "k", "old", "PXAT", "99999999999999"]],
  past: [["SET", "k", "old", "PXAT", "1"]],
  list: [["LIST", "k"]],
};
const CONDITIONS = [[], ["NX"], ["XX"], ["GET"], ["NX", "GET"], ["xx", "get"], ["NX", "XX"], ["NX", "NX"]];
const LIFETIMES = [
  [],
  ["KEEPTTL"],
  ["PXAT", "88888888888888"],
  ["EXAT", "88888888888"],
  ["EXAT", "1"],
  ["EX", "0"],
  ["PX", "-1"],
  ["EX", "x"],
  ["EX"],
  ["EXAT", "5", "EXAT", "88888888888"],
  ["KEEPTTL", "KEEPTTL"],
  ["KEEPTTL", "PXAT", "5"],
  ["PXAT", "5", "KEEPTTL"],
  ["EX", "5", "PX", "5"],
  ["PERSIST"],
  ["what"],
  [""],
];

describe("SET", () => {
  for (const [name, start] of Object.entries(STARTS)) {
    test(`every option on a key that is ${name}`, async () => {
      for (const condition of CONDITIONS) {
        for (const lifetime of LIFETIMES)
          await both.compare([...start, ["SET", "k", "new", ...condition, ...lifetime]]);
        await both.compare([...start, ["SET", "k", "new", "PXAT", "77777777777777", ...condition], ["GET", "k"]]);
      }
    }, 60_000);
  }

  test("in RESP3", async () => {
    await both.compare(
      [
        ["SET", "k", "1", "GET"],
        ["SET", "k", "1", "NX"],
        ["SET", "k", "2", "GET"],
        ["GET", "x"],
      ],
      3,
    );
  });

  test("checks its arguments in Redis' order", async () => {
    await both.compare([
      ["LIST", "l"],
      ["SET", "l", "1", "GET", "EX", "0"],
      ["SET", "l", "1", "GET", "EX", "x"],
    ]);
    await both.compare([["SET"], ["SET", "k"], ["SET", "k", "1", "EX", "0", "what"], ["SET", "k", "1", "GET", "what"]]);
  });
});

const FAR = [
  "9223372036854775807",
  "9223372036854775808",
  "-9223372036854775808",
  "9223372036854775",
  "9223372036854776",
];
const TIMES = [
  ...FAR,
  "9007199254740991",
  "9007199254740993",
  "9999999999999999",
  "0",
  "-1",
  "x",
  "",
  "1.5",
  " 1",
  "01",
];

test("deadlines up to the last", async () => {
  for (const time of TIMES) {
    await both.compare([["SET", "k", "1", "EXAT", time]]);
    await both.compare([
      ["SET", "k", "1", "PXAT", time],
      ["SET", "k", "2", "KEEPTTL"],
      ["APPEND", "k", "3"],
    ]);
    await both.compare([["SETEX", "x", time.replace(/^9{16}$/, "0"), "1"]].filter(() => !/^9/.test(time)));
    await both.compare([
      ["SET", "k", "1"],
      ["GETEX", "k", "PXAT", time],
    ]);
    await both.compare([
      ["SET", "k", "1"],
      ["GETEX", "k", "EXAT", time],
    ]);
  }
});

test("relative deadlines count from the clock of the batch", () => {
  const { here } = both;
  for (const [step, deadline] of [
    [["SET", "k", "1", "EX", "7"], 1_007_000],
    [["SET", "k", "1", "PX", "7"], 1_000_007],
    [["SETEX", "k", "7", "1"], 1_007_000],
    [["PSETEX", "k", "7", "1"], 1_000_007],
    [["GETEX", "k", "EX", "3"], 1_003_000],
    [["GETEX", "k", "PX", "3"], 1_000_003],
    [["MSETEX", "1", "k", "2", "PX", "3"], 1_000_003],
    [["SET", "k", "1", "EX", "9007199254740"], 9_007_199_255_740_000n],
    [["SET", "k", "1", "PX", "9223372036853775807"], 9_223_372_036_854_775_807n - 0n],
  ] as const) {
    here.nowMs = 1_000_000;
    here.run(step);
    expect({ step, deadline: here.state("k")?.deadline }).toEqual({ step, deadline: String(deadline) });
  }
  expect(here.run(["SET", "k", "1", "PX", "9223372036853775808"]).reply).toBe(
    "-ERR invalid expire time in 'set' command\r\n",
  );
});

test("what was set is gone one millisecond after its deadline", () => {
  const { here } = both;
  here.nowMs = 1_000_000;
  here.run(["SET", "k", "1", "PX", "10"]);
  here.nowMs = 1_000_010;
  expect(here.run(["GET", "k"]).reply).toBe("$1\r\n1\r\n");
  here.nowMs = 1_000_011;
  expect(here.run(["GET", "k"])).toEqual({ reply: "$-1\r\n", events: ["expired k", "keymiss k"], dirty: 0 });
});

test("SETNX, SETEX, PSETEX", async () => {
  for (const start of Object.values(STARTS)) {
    await both.compare([...start, ["SETNX", "k", "new"], ["SETNX", "k", "newer"]]);
    for (const time of ["0", "-5", "x", "9223372036854775807", "9223372036854775"]) {
      await both.compare([
        ...start,
        ["SETEX", "k", time, "new"],
        ["PSETEX", "x", time === "9223372036854775" ? "0" : time, "1"],
      ]);
    }
  }
  await both.compare([
    ["SETNX", "k"],
    ["SETEX", "k", "1"],
    ["PSETEX", "k", "1"],
    ["SETEX", "k", "1", "2", "3"],
  ]);
});

test("what may be an int, embstr or raw", async () => {
  for (const text of ["", "0", "-1", "007", "1".repeat(19), "9".repeat(19), "1".repeat(20), "-9223372036854775808"]) {
    await both.compare([
      ["SET", "k", text],
      ["GET", "k"],
      ["STRLEN", "k"],
    ]);
  }
  for (const length of [43, 44, 45, 255, 256, 32767, 32768, 32769, 70000]) {
    await both.compare([
      ["SET", "k", "x".repeat(length)],
      ["GET", "k"],
      ["STRLEN", "k"],
      ["SET", "k", "y".repeat(length)],
    ]);
    await both.compare([
      ["SET", "k", "x".repeat(length), "PXAT", "99999999999999"],
      ["SET", "k", "1", "KEEPTTL"],
    ]);
  }
  const key = "k".repeat(70_000);
  await both.compare([
    ["SET", key, "1"],
    ["INCR", key],
    ["SET", key, "x".repeat(40_000), "PXAT", "99999999999999"],
  ]);
});

describe("IFEQ", () => {
  // Valkey's: what a Redis 7.0 has no answer to.
  const run = (...step: string[]) => both.here.run(step).reply;

  test("sets a string that is equal, and only that", () => {
    both.here.clear();
    expect(run("SET", "k", "1", "IFEQ", "0")).toBe("$-1\r\n");
    expect(both.here.state("k")).toBeUndefined();
    run("SET", "k", "1");
    expect(run("SET", "k", "2", "IFEQ", "2")).toBe("$-1\r\n");
    expect(run("SET", "k", "2", "ifeq", "1")).toBe("+OK\r\n");
    expect(run("SET", "k", "3", "IFEQ", "x", "GET")).toBe("$1\r\n2\r\n");
    expect(run("SET", "k", "3", "IFEQ", "2", "GET")).toBe("$1\r\n2\r\n");
    expect(both.here.state("k")?.value).toBe("3");
  });

  test("refuses other types and other conditions", () => {
    both.here.clear();
    both.here.run(["LIST", "l"]);
    expect(run("SET", "l", "1", "IFEQ", "1")).toStartWith("-WRONGTYPE");
    expect(run("SET", "k", "1", "IFEQ", "1", "NX")).toBe("-ERR syntax error\r\n");
    expect(run("SET", "k", "1", "XX", "IFEQ", "1")).toBe("-ERR syntax error\r\n");
    expect(run("SET", "k", "1", "IFEQ")).toBe("-ERR syntax error\r\n");
  });
});
