/** Every cut and every turned bit of an AOF: refusal, or a state of the history. `SEED` replays. */
import { describe, expect, test } from "bun:test";
import { seededRandom, seedOfRun } from "../support/random.ts";
import { historyOf, lastFileOf, outcomeOf, type Remains } from "./damage.ts";

const TAIL_BYTES = 4096;
const TIMEOUT_MS = 300_000;
const seed = seedOfRun();

/** Tries all variants of a file; counts the outcomes, and throws at the first that is wrong. */
function tryAll(remains: Remains, name: string, variants: Iterable<[what: string, Uint8Array]>): Map<string, number> {
  const outcomes = new Map<string, number>();
  for (const [what, content] of variants) {
    const outcome = outcomeOf(remains, name, content);
    if (outcome !== "refused" && outcome !== "a state") throw new Error(`seed ${seed}, ${name}, ${what}: ${outcome}`);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  return outcomes;
}

function* cuts(content: Uint8Array, from: number): Iterable<[string, Uint8Array]> {
  for (let length = from; length <= content.length; length++) yield [`cut at ${length}`, content.slice(0, length)];
}

/** `step` 8: one bit of each byte, in turn. */
function* flips(content: Uint8Array, from: number, step = 1): Iterable<[string, Uint8Array]> {
  for (let at = from; at < content.length; at++) {
    for (let bit = step === 1 ? 0 : at % 8; bit < 8; bit += step) {
      const turned = content.slice();
      turned[at]! ^= 1 << bit;
      yield [`bit ${bit} of byte ${at}`, turned];
    }
  }
}

for (const [title, step, more] of [
  ["an RDB base", 1, {}],
  ["a plain base, with timestamps", 8, { "aof-use-rdb-preamble": "no", "aof-timestamp-enabled": "yes" }],
] as const) {
  describe(title, () => {
    console.log(`damage: SEED=${seed}`);
    const config = { appendonly: "yes", appendfsync: "always", ...more };
    const remains = historyOf(seededRandom(seed), config, TAIL_BYTES);
    const last = lastFileOf(remains.files);
    const tail = Math.max(0, last.content.length - TAIL_BYTES);

    test("whole, it is a state", () => {
      expect(outcomeOf(remains, last.name, last.content)).toBe("a state");
    });

    test(
      "cut off anywhere in the last 4 KiB, it is loaded up to there",
      () => {
        const outcomes = tryAll(remains, last.name, cuts(last.content, tail));
        expect([...outcomes.keys()]).toEqual(["a state"]);
      },
      TIMEOUT_MS,
    );

    test(
      `with ${step === 1 ? "any bit" : "a bit of any byte"} of the last 4 KiB turned`,
      () => {
        const outcomes = tryAll(remains, last.name, flips(last.content, tail, step));
        // In the last write it looks as if the power had failed during it, which it may have; before that, it is known.
        expect(outcomes.get("refused")).toBeGreaterThan(0);
      },
      TIMEOUT_MS,
    );

    for (const [name, content] of remains.files) {
      if (name === last.name) continue;
      // When there is nothing to write Redis has a plain base of no bytes, or of the moment and nothing else.
      const shortest = name.endsWith(".base.aof") ? Buffer.from(content).indexOf("#CB:") + 1 : 0;
      test(
        `with any bit of ${name} turned, or cut off`,
        () => {
          tryAll(remains, name, flips(content, 0));
          const outcomes = tryAll(remains, name, cuts(content, shortest));
          // Of a base nothing can be missing.
          if (name.includes(".base.")) expect(outcomes.get("a state")).toBe(1);
        },
        TIMEOUT_MS,
      );
    }
  });
}
