/**
 * Intersections, unions and differences, beside those of JavaScript's own sets: of all encodings with each other, of few and
 * many sets, of very unequal ones, into keys that are themselves among the sources.
 */
import { afterEach, describe, expect, test } from "bun:test";
import * as mem from "../../../src/mem/mem.ts";
import * as intset from "../../../src/struct/intset.ts";
import { setMaxIntsetEntries } from "../../../src/types/set/parameters.ts";
import { setType } from "../../../src/types/set/set-type.ts";
import * as set from "../../../src/types/set/value.ts";
import { refOf, removeKeys, visited } from "../../support/handlers.ts";
import { type Random, seededRandom, seedOfRun } from "../../support/random.ts";
import { StrictBarrier } from "../../support/strict-barrier.ts";
import { bulks, run } from "./commands.ts";

const seed = seedOfRun();
const KEYS = Array.from({ length: 9 }, (_, i) => `k${i}`);

afterEach(() => {
  setMaxIntsetEntries.reset();
  removeKeys(...KEYS, "to");
});

type Members = ReadonlySet<string>;
const NONE: Members = new Set();

const MODEL: Record<string, (sets: readonly Members[]) => Members> = {
  INTER: (sets) => sets.reduce((all, next) => all.intersection(next)),
  UNION: (sets) => sets.reduce((all, next) => all.union(next)),
  DIFF: (sets) => sets.reduce((all, next) => all.difference(next)),
};

const sorted = (members: Iterable<string>) => [...members].sort();
const membersOf = (key: string) => (refOf(key) === mem.NIL ? [] : visited((visit) => set.each(refOf(key), visit)));

/** Members of a set of any encoding, empty once in a while. */
function anyMembers(random: Random): Set<string> {
  const count = random.pick([0, 1, 3, 40, 128, 129, 400, 2000]);
  const first = random.below(300);
  const words = random.pick([0, 0, 0.5, 1]);
  return new Set(Array.from({ length: count }, (_, i) => `${random.chance(words) ? "m" : ""}${first + i}`));
}

function fill(random: Random): Map<string, Members> {
  const model = new Map<string, Members>();
  for (const key of KEYS) {
    const members = anyMembers(random);
    model.set(key, members);
    if (members.size > 0) run("SADD", key, ...members);
  }
  return model;
}

describe(`what several sets have in common and what not (SEED=${seed})`, () => {
  const random = seededRandom(seed);
  for (const [name, combine] of Object.entries(MODEL)) {
    test(`S${name} and S${name}STORE`, () => {
      for (let round = 0; round < 25; round++) {
        const before = mem.used.blocks;
        const model = fill(random);
        for (let step = 0; step < 8; step++) {
          const keys = Array.from({ length: random.pick([1, 2, 2, 3, 9]) }, () => random.pick(KEYS));
          const wanted = combine(keys.map((key) => model.get(key) ?? NONE));
          expect(sorted(bulks(run(`S${name}`, ...keys).reply))).toEqual(sorted(wanted));
          const to = random.chance(0.5) ? "to" : random.pick(keys);
          expect(run(`S${name}STORE`, to, ...keys).reply).toBe(`:${wanted.size}\r\n`);
          expect(sorted(membersOf(to))).toEqual(sorted(wanted));
          model.set(to, wanted);
        }
        removeKeys(...KEYS, "to");
        expect(mem.used.blocks).toBe(before);
      }
    }, 60_000);
  }

  test("SINTERCARD, up to any limit", () => {
    for (let round = 0; round < 40; round++) {
      const model = fill(random);
      const keys = Array.from({ length: random.between(1, 4) }, () => random.pick(KEYS));
      const all = MODEL["INTER"]!(keys.map((key) => model.get(key)!)).size;
      expect(run("SINTERCARD", String(keys.length), ...keys).reply).toBe(`:${all}\r\n`);
      for (const limit of [0, 1, 5, 255, 256, 257, all, all + 1]) {
        const wanted = limit === 0 ? all : Math.min(all, limit);
        const { reply } = run("SINTERCARD", String(keys.length), ...keys, "limit", String(limit));
        expect(reply).toBe(`:${wanted}\r\n`);
      }
      removeKeys(...KEYS);
    }
  }, 60_000);
});

test("changes are announced", () => {
  const random = seededRandom(seed);
  fill(random);
  for (const name of Object.keys(MODEL)) {
    for (let step = 0; step < 10; step++) {
      const keys = Array.from({ length: random.between(1, 4) }, () => random.pick(KEYS));
      const to = random.pick([...keys, "to"]);
      const barrier = new StrictBarrier(() => new Set([...KEYS, "to"].map(refOf)));
      barrier.watch(`${name} ${to} ${keys}`, () => run(`S${name}STORE`, to, ...keys));
    }
  }
});

describe("integers, few enough, come in ascending order", () => {
  const ascending = (count: number, step = 1) => Array.from({ length: count }, (_, i) => String(i * step));

  test("when they come from intsets", () => {
    run("SADD", "k0", "5", "300", "-7", "70000");
    run("SADD", "k1", "6", "5", "9223372036854775807");
    expect(bulks(run("SUNION", "k0", "k1").reply)).toEqual(["-7", "5", "6", "300", "70000", "9223372036854775807"]);
    expect(bulks(run("SDIFF", "k0", "k1").reply)).toEqual(["-7", "300", "70000"]);
    expect(bulks(run("SINTER", "k0", "k0").reply)).toEqual(["-7", "5", "300", "70000"]);
    expect(bulks(run("SPOP", "k0", "10").reply)).toEqual(["-7", "5", "300", "70000"]);
  });

  test("and from others, as Redis puts them into an intset first", () => {
    run("SADD", "k0", "word", ...ascending(600));
    run("SADD", "k1", "word", ...ascending(300, 2));
    expect(bulks(run("SDIFF", "k0", "k1").reply)).toEqual(ascending(300, 2).map((text) => String(Number(text) + 1)));
    run("SDIFFSTORE", "to", "k0", "k1");
    expect(setType.encodingName(refOf("to"))).toBe("intset");
    setMaxIntsetEntries.assign(299);
    run("SDIFFSTORE", "to", "k0", "k1");
    expect(setType.encodingName(refOf("to"))).toBe("hashtable");
    expect(sorted(bulks(run("SDIFF", "k0", "k1").reply))).toEqual(sorted(membersOf("to")));
  });

  test("unless the difference is the rest of a copy, which keeps its encoding", () => {
    run("SADD", "k0", "word", ...ascending(600));
    for (const key of ["k1", "k2", "k3"]) run("SADD", key, "word", key);
    run("SDIFFSTORE", "to", "k0", "k1", "k2", "k3");
    expect(set.length(refOf("to"))).toBe(600);
    run("SREM", "k0", ...ascending(598));
    run("SDIFFSTORE", "to", "k0", "k1", "k2", "k3");
    expect(sorted(membersOf("to"))).toEqual(["598", "599"]);
    expect(setType.encodingName(refOf("to"))).toBe("intset");
    for (const key of ["k1", "k2", "k3"]) removeKeys(key);
    for (const key of ["k1", "k2", "k3"]) run("SADD", key, "word");
    run("SADD", "k0", ...ascending(10));
    run("SDIFFSTORE", "to", "k0", "k1", "k2", "k3");
    expect(setType.encodingName(refOf("to"))).toBe("hashtable");
  });

  test("or its width", () => {
    run("SADD", "k0", ...ascending(10), "70000");
    for (const key of ["k1", "k2", "k3"]) run("SADD", key, "70000");
    run("SDIFFSTORE", "to", "k0", "k1", "k2", "k3");
    expect(membersOf("to")).toEqual(ascending(10));
    expect(intset.bytes(set.intsetOf(refOf("to")))).toBe(8 + 10 * 4);
  });
});

test("members with equal hashes are kept apart", () => {
  // 70,000 members in 31 bits have some; all of them are to be found in the other set, and none is lost.
  const members = Array.from({ length: 70_000 }, (_, i) => `m${i}`);
  for (let from = 0; from < members.length; from += 1000) {
    const part = members.slice(from, from + 1000);
    run("SADD", "k0", ...part);
    run("SADD", "k1", ...part);
  }
  run("SREM", "k1", "m5");
  expect(run("SINTERCARD", "2", "k0", "k1").reply).toBe(":69999\r\n");
  expect(bulks(run("SDIFF", "k0", "k1").reply)).toEqual(["m5"]);
  expect(run("SUNIONSTORE", "to", "k0", "k1").reply).toBe(":70000\r\n");
  expect(run("SDIFFSTORE", "to", "to", "k0").reply).toBe(":0\r\n");
  expect(refOf("to")).toBe(mem.NIL);
});
