/** The generated parts of README.md: made right, and up to date. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type BenchDocument, benchBlock } from "../../scripts/docs/bench-block.ts";
import { markdownTable, replaceBlock } from "../../scripts/docs/block.ts";
import { commandsBlock, isNewer } from "../../scripts/docs/commands-block.ts";
import { directives, directivesBlock } from "../../scripts/docs/directives-block.ts";
import { features } from "../../src/features.ts";
import { parametersOf } from "../../src/server/config/parameter-lists.ts";

const readme = readFileSync(join(import.meta.dir, "../../README.md"), "utf8");
const advice = "run `bun scripts/docs.ts`";

describe("README.md is up to date", () => {
  test("its table of commands", () => {
    expect(replaceBlock(readme, "commands", commandsBlock()), advice).toBe(readme);
  });

  test("its lists of directives", async () => {
    expect(replaceBlock(readme, "directives", await directivesBlock()), advice).toBe(readme);
  });
});

describe("a block", () => {
  const page = "head\n<!-- a:begin made by x -->\nold\n<!-- a:end -->\ntail\n";

  test("is replaced, and nothing around it", () => {
    expect(replaceBlock(page, "a", "new $& $1")).toBe(
      "head\n<!-- a:begin made by x -->\n\nnew $& $1\n\n<!-- a:end -->\ntail\n",
    );
  });

  test("comes out the same when written twice", () => {
    const once = replaceBlock(page, "a", "new");
    expect(replaceBlock(once, "a", "new")).toBe(once);
  });

  test("must be there exactly once", () => {
    expect(() => replaceBlock(page, "b", "")).toThrow("0 times");
    expect(() => replaceBlock(page + page, "a", "")).toThrow("2 times");
  });
});

test("a cell of a table may hold a bar", () => {
  expect(markdownTable(["a", "b:"], [["x|y", "1"]])).toBe("| a | b |\n| --- | ---: |\n| x\\|y | 1 |");
});

test("each command has its row, and what is newer than Redis 7.0 says so", () => {
  const rows = commandsBlock().split("\n");
  for (const spec of features.flatMap((feature) => feature.commands ?? [])) {
    const row = rows.find((line) => line.includes(`| ${spec.name.toUpperCase()} |`));
    expect(row, spec.name).toBeDefined();
    expect(row!.includes("newer than Redis 7.0"), spec.name).toBe(isNewer(spec));
  }
});

test("each directive is in one of the two lists", async () => {
  const { effective, kept } = await directives();
  const shown = parametersOf(features)
    .filter((parameter) => !parameter.hidden)
    .map((parameter) => parameter.name);
  expect([...effective, ...kept].sort()).toEqual(shown.sort());
  expect(effective).toContain("maxmemory");
  expect(effective).toContain("appendonly");
  expect(kept).toContain("replicaof");
});

test("the comparison is made from a file of the benchmark", () => {
  const figure = (name: string, values: object) => ({
    figure: name,
    unit: "req/s" as const,
    spread: [1, 1] as const,
    bound: undefined,
    met: undefined,
    samples: { ashlar: [], redis: [] },
    ashlar: 1_500_400,
    redis: 500_000,
    ratio: 3.0008,
    ...values,
  });
  const row = { what: "PING, 50 clients", busy: undefined, remarks: [], failure: undefined };
  const untold = { unit: "ms" as const, ashlar: 1.234, redis: null, ratio: null };
  const document: BenchDocument = {
    takenAt: "2026-11-21T03:00:00.000Z",
    machine: { processor: "An Imagined CPU", cores: 2, kernel: "6.1" },
    othersShare: 0.034,
    versions: { ashlar: "Ashlar 0.1.0", redis: "Redis server v=7.0.15 sha=0 bits=64" },
    quick: false,
    rows: [
      { ...row, name: "set-p16-64b-1m", figures: [figure("throughput", {})] },
      { ...row, name: "get-p16-64b-1m", figures: [figure("throughput", {})], remarks: ["the load was the limit: so"] },
      { ...row, name: "ping-p1", figures: [figure("throughput", {}), figure("per processor second", {})] },
      { ...row, name: "expiry-1m", what: "expiry", figures: [figure("p99 by INFO", untold)] },
      { ...row, name: "start-up", figures: [], failure: "no PONG" },
    ],
  };
  const block = benchBlock(document);
  expect(block).toContain("redis-server 7.0.15 on An Imagined CPU");
  expect(block).toContain("3 % of the machine");
  expect(block).toContain(
    "|  | GET × 16 | SET × 16 |\n| --- | ---: | ---: |\n| 1m keys, 64-byte values | 3.00 + | 3.00 |",
  );
  expect(block).toContain("| PING, 50 clients | throughput | 500k/s | 1500k/s | 3.00 |");
  expect(block).not.toContain("per processor second");
  expect(block).toContain("| expiry | p99 by INFO | – | 1.23 ms | – |");
  expect(block).toContain("Could not be measured: start-up.");
});
