import { afterAll, beforeAll, expect, test } from "bun:test";
import { protoMaxBulkLen } from "../../../src/resp/parameters.ts";
import { seededRandom, seedOfRun } from "../../support/random.ts";
import { Beside, type Step } from "./beside.ts";

let both: Beside;
beforeAll(async () => {
  both = await Beside.start();
});
afterAll(() => both.stop());

const INDEXES = ["0", "1", "2", "4", "5", "6", "-1", "-2", "-5", "-6", "-100", "100", "9223372036854775807"].concat(
  "-9223372036854775808",
  "-9223372036854775807",
  "9007199254740993",
  "9223372036854775808",
  "x",
  "",
);

test("GETRANGE between any two indexes", async () => {
  for (const first of INDEXES) {
    await both.compare([
      ["SET", "k", "hello"],
      ["SET", "n", "12345"],
      ["SET", "e", ""],
      ...INDEXES.flatMap((last) => [
        ["GETRANGE", "k", first, last],
        ["SUBSTR", "n", first, last],
        ["GETRANGE", "e", first, last],
        ["GETRANGE", "missing", first, last],
      ]),
    ]);
  }
  await both.compare([
    ["LIST", "l"],
    ["GETRANGE", "l", "0", "1"],
    ["GETRANGE", "l", "x", "1"],
    ["GETRANGE", "l", "0"],
  ]);
  await both.compare([
    ["SET", "k", "0123456789".repeat(5000)],
    ["GETRANGE", "k", "32000", "-100"],
  ]);
});

const OFFSETS = ["0", "1", "4", "5", "6", "44", "32767", "32768", "70000", "-1", "x", "", "9223372036854775807"].concat(
  "536870912",
  "536870911",
  "-9223372036854775809",
);

test("SETRANGE at any offset", async () => {
  for (const offset of OFFSETS) {
    for (const written of ["", "z", "world"]) {
      if (offset === "536870911" && written !== "world") continue;
      const step: Step = ["SETRANGE", "k", offset, written];
      await both.compare([step, ["STRLEN", "k"]]);
      await both.compare([["SET", "k", "hello"], step, step]);
      await both.compare([["SET", "k", "12345", "PXAT", "99999999999999"], step]);
      await both.compare([["SET", "k", "x".repeat(40_000)], step]);
      await both.compare([["LIST", "k"], step]);
    }
  }
  await both.compare([
    ["SETRANGE", "k", "1"],
    ["SETRANGE", "k", "1", "2", "3"],
  ]);
}, 30_000);

test("APPEND to anything", async () => {
  for (const added of ["", "5", "abc", "x".repeat(45), "y".repeat(40_000)]) {
    const step: Step = ["APPEND", "k", added];
    await both.compare([step, step, step]);
    await both.compare([["SET", "k", "12345", "PXAT", "99999999999999"], step, step]);
    await both.compare([["SET", "k", "x".repeat(32_767)], step, step]);
    await both.compare([["SET", "k", "x".repeat(100_000)], step]);
    await both.compare([["LIST", "k"], step]);
    await both.compare([["SET", "k", "1", "PXAT", "1"], step]);
  }
  await both.compare([
    ["APPEND", "k"],
    ["STRLEN", "k"],
    ["LIST", "l"],
    ["STRLEN", "l"],
    ["STRLEN", "l", "m"],
  ]);
});

test("proto-max-bulk-len bounds what a string may become", async () => {
  const { here, there } = both;
  const before = protoMaxBulkLen.value;
  await there.configure("proto-max-bulk-len", "1048576");
  protoMaxBulkLen.value = 1048576;
  try {
    const fill: Step = ["SETRANGE", "k", "1048575", "x"];
    await both.compare([
      ["SETRANGE", "k", "1048576", "x"],
      ["SETRANGE", "k", "1048575", "xy"],
      ["GET", "k"],
    ]);
    await both.compare([fill, ["APPEND", "k", ""], ["APPEND", "k", "x"], ["SETRANGE", "k", "1048576", ""]]);
    expect(here.run(["SETRANGE", "k", "9223372036854775807", "x"]).reply).toContain("exceeds maximum allowed size");
  } finally {
    protoMaxBulkLen.value = before;
    await there.configure("proto-max-bulk-len", "536870912");
  }
});

test("a growing string moves seldom, and not at all while there is room", () => {
  const { here } = both;
  here.clear();
  here.run(["SET", "k", "x".repeat(40_000)]);
  here.run(["APPEND", "k", "y"]);
  const places = new Set<number>();
  for (let i = 0; i < 39_000; i++) {
    here.run(["APPEND", "k", "y"]);
    places.add(here.place("k"));
  }
  // Once, when the pages that 40,000 bytes take are full; the spare room then holds the rest.
  expect(places.size).toBeLessThanOrEqual(2);
  expect(here.state("k")?.value).toBe("x".repeat(40_000) + "y".repeat(39_001));
});

test("any sequence of changes in place", async () => {
  const random = seededRandom(seedOfRun());
  console.log(`SEED=${random.seed}`);
  for (let round = 0; round < 40; round++) {
    const steps: Step[] = [];
    for (let i = 0; i < 25; i++) {
      const key = random.pick(["k", "l"]);
      const text = String(random.below(10)).repeat(random.pick([0, 1, 3, 40, 1000, 20_000]));
      steps.push(
        random.pick([
          ["SET", key, text],
          ["SET", key, text, "PXAT", "99999999999999"],
          ["SET", key, text, "KEEPTTL"],
          ["APPEND", key, text],
          ["APPEND", key, text],
          ["SETRANGE", key, String(random.pick([0, 2, 50, 30_000, 50_000])), text],
          ["INCRBY", key, "7"],
          ["GETRANGE", key, String(random.between(-100, 100)), String(random.between(-100, 40_000))],
          ["GETDEL", key],
        ]),
      );
    }
    await both.compare(steps);
  }
}, 60_000);
