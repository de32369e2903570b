/**
 * Chance: every member is drawn equally often, whatever the encoding and however it is drawn; and what SPOP leaves.
 */
import { afterEach, describe, expect, test } from "bun:test";
import * as mem from "../../../src/mem/mem.ts";
import { setType } from "../../../src/types/set/set-type.ts";
import * as set from "../../../src/types/set/value.ts";
import { refOf, removeKeys, visited } from "../../support/handlers.ts";
import { seededRandom, seedOfRun } from "../../support/random.ts";
import { StrictBarrier } from "../../support/strict-barrier.ts";
import { bulks, run } from "./commands.ts";

const seed = seedOfRun();
afterEach(() => removeKeys("s"));

const OF_EACH = {
  intset: Array.from({ length: 200 }, (_, i) => String(i * i)),
  listpack: Array.from({ length: 100 }, (_, i) => `m${i}`),
  table: Array.from({ length: 1200 }, (_, i) => `m${i}`),
};

/** Whether each of the members was drawn about equally often, with seven standard deviations: one in a billion fails. */
function expectEven(drawn: readonly string[], members: readonly string[]): void {
  const times = new Map<string, number>();
  for (const member of drawn) times.set(member, (times.get(member) ?? 0) + 1);
  const expected = drawn.length / members.length;
  expect([...times.keys()].sort()).toEqual([...members].sort());
  for (const count of times.values()) expect(Math.abs(count - expected)).toBeLessThan(7 * Math.sqrt(expected));
}

for (const [encoding, members] of Object.entries(OF_EACH)) {
  describe(`a set as ${encoding} (SEED=${seed})`, () => {
    const random = seededRandom(seed);

    test("gives one member", () => {
      run("SADD", "s", ...members);
      const drawn: string[] = [];
      for (let i = 0; i < 20 * members.length; i++) {
        drawn.push(...visited((visit) => set.pick(refOf("s"), random.below, visit)));
      }
      expectEven(drawn, members);
    });

    test("gives samples of any size", () => {
      run("SADD", "s", ...members);
      for (const count of [3, members.length >> 4, members.length >> 1, members.length - 1]) {
        const drawn: string[] = [];
        for (let round = 0; round < (20 * members.length) / count; round++) {
          const sample = visited((visit) => set.sample(refOf("s"), count, random.below, visit));
          expect(new Set(sample).size).toBe(count);
          drawn.push(...sample);
        }
        expectEven(drawn, members);
      }
    });

    test("gives members away, the first and the later ones by chance", () => {
      const first: string[] = [];
      const later: string[] = [];
      const few = members.slice(0, encoding === "table" ? 150 : 50);
      for (let round = 0; round < 25 * few.length; round++) {
        run("SADD", "s", ...few);
        const taken = visited((visit) => {
          for (let i = 0; i < 3; i++) set.take(refOf("s"), random.below, visit);
        });
        first.push(taken[0]!);
        later.push(taken[2]!);
        run("SADD", "s", ...taken);
      }
      expectEven(first, few);
      expectEven(later, few);
    }, 30_000);

    test("keeps what SPOP does not answer, and announces each change", () => {
      const blocks = mem.used.blocks;
      for (const count of [1, 2, members.length >> 1, members.length - 7, members.length - 1, members.length]) {
        run("SADD", "s", ...members);
        const barrier = new StrictBarrier(() => new Set([refOf("s")]));
        const { reply, dirty } = barrier.watch(`SPOP ${count}`, () => run("SPOP", "s", String(count)));
        const taken = bulks(reply);
        expect(dirty).toBe(count);
        expect(taken.length).toBe(count);
        const left = refOf("s") === mem.NIL ? [] : visited((visit) => set.each(refOf("s"), visit));
        expect([...taken, ...left].sort()).toEqual([...members].sort());
        removeKeys("s");
        expect(mem.used.blocks).toBe(blocks);
      }
    });
  });
}

test("SPOP that leaves few gives them an encoding of their own, as in Redis", () => {
  run("SADD", "s", ...OF_EACH.table);
  run("SADD", "s", "17", "18");
  // Which stay is chance, so all words are taken out first.
  run("SREM", "s", ...OF_EACH.table.slice(0, 1190));
  expect(setType.encodingName(refOf("s"))).toBe("hashtable");
  run("SREM", "s", ...OF_EACH.table);
  run("SADD", "s", ...OF_EACH.intset);
  expect(setType.encodingName(refOf("s"))).toBe("hashtable");
  run("SPOP", "s", String(set.length(refOf("s")) - 5));
  expect(setType.encodingName(refOf("s"))).toBe("intset");
});

test("SRANDMEMBER with a negative count gives members more than once", () => {
  run("SADD", "s", "a", "b", "c");
  const drawn = bulks(run("SRANDMEMBER", "s", "-3000").reply);
  expectEven(drawn, ["a", "b", "c"]);
});
