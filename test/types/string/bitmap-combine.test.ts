import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Random, seededRandom, seedOfRun } from "../../support/random.ts";
import { latin1 } from "../../support/resp.ts";
import { Beside, type Step } from "./beside.ts";

let both: Beside;
beforeAll(async () => {
  both = await Beside.start();
});
afterAll(() => both.stop());

const OPERATIONS = ["AND", "or", "XOR"];
/** Around words, tiles of 16 KiB, and what lies inside an entry. */
const LENGTHS = [0, 1, 3, 4, 5, 31, 32, 33, 100, 1001, 16_383, 16_384, 16_385, 32_768, 32_769, 50_001];

test("any lengths, the destination new, old or among the sources", async () => {
  const random = seededRandom(seedOfRun());
  console.log(`SEED=${random.seed}`);
  for (let round = 0; round < 60; round++) {
    const made = ["a", "b", "c"].map(
      (key): Step => ["SET", key, random.bytes(random.pick(LENGTHS)), "PXAT", "99999999999999"],
    );
    const target = random.pick(["a", "b", "k"]);
    const sources = Array.from({ length: random.between(1, 5) }, () => random.pick(["a", "b", "c", "none", "k"]));
    await both.compare([
      ...made,
      ["SET", "k", random.pick(["12", "x".repeat(random.pick(LENGTHS))])],
      ["BITOP", random.pick(OPERATIONS), target, ...sources],
      ["BITOP", "NOT", target, random.pick(sources)],
      ["GET", target],
    ]);
  }
}, 60_000);

test("what is empty, missing, past or of another type", async () => {
  const made: Step[] = [
    ["SET", "e", ""],
    ["SET", "p", "past", "PXAT", "1"],
    ["SET", "n", "123"],
    ["LIST", "l"],
    ["SET", "k", "old", "PXAT", "99999999999999"],
  ];
  for (const operation of [...OPERATIONS, "NOT", "nand", ""]) {
    for (const sources of ["e", "none", "p", "n", "l", "n e", "e none p", "n l", "l n", "n none n"]) {
      await both.compare([...made, ["BITOP", operation, "k", ...sources.split(" ")]]);
      await both.compare([...made, ["BITOP", operation, "l", ...sources.split(" ")]]);
      await both.compare([...made, ["BITOP", operation, "fresh", ...sources.split(" ")]]);
    }
  }
  await both.compare([["BITOP", "AND", "k"], ["BITOP"], ["BITOP", "NOT", "k", "a", "b"]]);
}, 60_000);

// Redis 8.2's: what a Redis 7.0 has no answer to.
describe("DIFF, DIFF1, ANDOR and ONE", () => {
  const byteOf = (text: string, i: number) => (i < text.length ? text.charCodeAt(i) : 0);
  const MODELS: Record<string, (bytes: number[]) => number> = {
    DIFF: ([x, ...others]) => x! & ~others.reduce((a, b) => a | b),
    DIFF1: ([x, ...others]) => ~x! & others.reduce((a, b) => a | b),
    ANDOR: ([x, ...others]) => x! & others.reduce((a, b) => a | b),
    ONE: (bytes) => {
      let once = 0;
      let twice = 0;
      for (const byte of bytes) {
        twice |= once & byte;
        once |= byte;
      }
      return once & ~twice;
    },
  };
  const modelOf = (operation: string, sources: string[]) => {
    const length = Math.max(...sources.map((source) => source.length));
    const result = new Uint8Array(length);
    for (let i = 0; i < length; i++) result[i] = MODELS[operation]!(sources.map((source) => byteOf(source, i)));
    return latin1(result);
  };
  const random: Random = seededRandom(seedOfRun());

  for (const operation of Object.keys(MODELS)) {
    test(operation, () => {
      const { here } = both;
      for (let round = 0; round < 15; round++) {
        here.clear();
        const count = random.between(operation === "ONE" ? 1 : 2, 5);
        const sources = Array.from({ length: count }, () => random.bytes(random.pick(LENGTHS)));
        if (sources.every((source) => source === "")) continue;
        sources.forEach((source, i) => {
          here.run(["SET", `${i}`, source]);
        });
        const wanted = modelOf(operation, sources);
        const target = random.pick(["0", "1", "k"]);
        expect(here.run(["BITOP", operation.toLowerCase(), target, ...sources.keys().map(String)]).reply).toBe(
          `:${wanted.length}\r\n`,
        );
        expect(here.state(target)?.value === wanted).toBe(true);
      }
    });
  }

  test("all but ONE need two sources", () => {
    const run = (...step: string[]) => both.here.run(["BITOP", ...step]).reply;
    for (const operation of ["DIFF", "DIFF1", "ANDOR"]) {
      const error = `-ERR BITOP ${operation} must be called with at least two source keys.\r\n`;
      expect(run(operation.toLowerCase(), "k", "a")).toBe(error);
    }
    expect(run("ONE", "k", "none")).toBe(":0\r\n");
    expect(run("DIFF", "k", "none", "none")).toBe(":0\r\n");
  });
});
