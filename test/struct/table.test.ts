/**
 * The table against a Map, with its invariants checked from outside after steps; with hashes as they come, and with hashes
 * chosen to hurt.
 */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Region } from "../../src/base/region.ts";
import { hash as hashOf } from "../../src/base/siphash.ts";
import { Audit } from "../../src/mem/audit.ts";
import type { Ref } from "../../src/mem/mem.ts";
import * as mem from "../../src/mem/mem.ts";
import { NIL } from "../../src/mem/mem.ts";
import * as entry from "../../src/struct/entry.ts";
import * as table from "../../src/struct/table.ts";
import { liveBlocks } from "../support/live-blocks.ts";
import { type Random, seededRandom, seedOfRun } from "../support/random.ts";
import { checkTable } from "./table-invariants.ts";

const seed = seedOfRun();
const HASH_MAX = 2 ** 31 - 1;

/** Key number `n` as bytes: the numbers are what the tests' models know. */
const keyBytes = new Region(new Uint8Array(4));
function aim(n: number): Region {
  new DataView(keyBytes.bytes.buffer).setUint32(0, n);
  return keyBytes;
}

function numberOf(ref: Ref): number {
  const bytes = mem.chunkOf(ref).bytes;
  const at = entry.keyStart(ref);
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

function newEntry(n: number): Ref {
  const ref = mem.alloc(entry.bytesFor(0, 4, 0));
  entry.write(ref, 0, 0, aim(n), 0, 4, 0);
  return ref;
}

type HashOf = (n: number) => number;
const keyed: HashOf = (n) => hashOf(aim(n).bytes, 0, 4);

/** A table of numbers and the Map that knows what should be in it. */
class Pair {
  readonly table: Ref;
  readonly model = new Map<number, Ref>();

  constructor(
    readonly hash: HashOf,
    expected = 0,
  ) {
    this.table = table.create(expected);
  }

  find(n: number): Ref {
    return table.find(this.table, this.hash(n), aim(n), 0, 4);
  }

  insert(n: number): void {
    const ref = newEntry(n);
    table.insert(this.table, this.hash(n), ref);
    this.model.set(n, ref);
  }

  remove(n: number): void {
    table.remove(this.table, this.find(n));
    mem.free(this.model.get(n)!);
    this.model.delete(n);
  }

  replace(n: number): void {
    const ref = newEntry(n);
    table.setEntry(this.table, this.find(n), ref);
    mem.free(this.model.get(n)!);
    this.model.set(n, ref);
  }

  /** Everything, from every side. */
  check(): ReturnType<typeof checkTable> {
    const shape = checkTable(this.table);
    expect(table.count(this.table)).toBe(this.model.size);
    let wrong = 0;
    for (const [n, ref] of this.model) {
      const slot = this.find(n);
      if (slot === mem.NIL || table.entryAt(slot) !== ref) wrong++;
    }
    expect(wrong).toBe(0);
    let seen = 0;
    table.entries(this.table, (ref) => {
      if (this.model.get(numberOf(ref)) === ref) seen++;
    });
    expect(seen).toBe(this.model.size);
    expect(table.slots(this.table)).toBe(shape.slots.reduce((sum, slots) => sum + slots, 0));
    return shape;
  }

  audit(): readonly string[] {
    const audit = new Audit();
    for (const ref of foreign) audit.claim(ref, "others");
    table.blocks(this.table, (ref) => audit.claim(ref, "table"));
    table.entries(this.table, (ref) => audit.claim(ref, "entry"));
    return audit.finish();
  }

  drain(budget = Number.POSITIVE_INFINITY): void {
    while (!table.drain(this.table, budget, mem.free));
    this.model.clear();
  }
}

let foreign: Ref[] = [];
beforeEach(() => {
  foreign = liveBlocks();
  mem.setPoison(true);
});
afterEach(() => {
  mem.setPoison(false);
  expect(liveBlocks().length).toBe(foreign.length);
});

function randomStep(pair: Pair, random: Random, keys: number, insertShare: number): void {
  const n = random.below(keys);
  const known = pair.model.has(n);
  expect(pair.find(n) !== mem.NIL).toBe(known);
  if (!known) {
    if (random.chance(insertShare)) pair.insert(n);
  } else if (random.chance(0.3)) pair.replace(n);
  else if (!random.chance(insertShare)) pair.remove(n);
}

/** Hash functions that are everything but good. */
const HASHES: Record<string, HashOf> = {
  keyed,
  "all equal": () => 0x2aaaaaaa,
  "all zero": () => 0,
  "all the largest": () => HASH_MAX,
  "eight different": (n) => (n % 8) * 0x0fffffff,
  consecutive: (n) => n,
  "consecutive from the top": (n) => HASH_MAX - n,
  "low bits only": (n) => keyed(n) & 0xffff,
  "top bits only": (n) => keyed(n) & 0x7ff00000,
  "half of them equal": (n) => (n % 2 === 0 ? 0x51234567 : keyed(n)),
  "one end crowded": (n) => (n % 4 === 0 ? keyed(n) : HASH_MAX - (n % 300)),
};

describe("against a Map", () => {
  for (const [name, hash] of Object.entries(HASHES)) {
    test(`with hashes: ${name} (SEED=${seed})`, () => {
      const random = seededRandom(seed);
      const pair = new Pair(hash);
      for (const [steps, keys, share] of [
        [300, 20, 0.5],
        [2500, 3000, 0.95],
        [2500, 3000, 0.1],
        [1200, 3000, 0.9],
        [400, 30, 0.5],
      ] as const) {
        for (let step = 0; step < steps; step++) {
          randomStep(pair, random, keys, share);
          if (step % 25 === 0) checkTable(pair.table);
        }
        pair.check();
        expect(pair.audit()).toEqual([]);
      }
      for (const n of [...pair.model.keys()]) {
        pair.remove(n);
        if (pair.model.size % 20 === 0) checkTable(pair.table);
      }
      pair.check();
      expect(pair.audit()).toEqual([]);
      pair.drain();
    }, 30_000);
  }

  test("grows to 200,000 and shrinks to nothing, dense all the way", () => {
    mem.setPoison(false);
    const pair = new Pair(keyed);
    for (let n = 0; n < 200_000; n++) {
      pair.insert(n);
      if (n % 20_000 === 7) {
        const shape = pair.check();
        expect(shape.largest).toBeLessThanOrEqual(1023);
        if (n > 20_000) expect(table.bytes(pair.table) / n).toBeLessThan(11.5);
      }
    }
    pair.check();
    expect(pair.audit()).toEqual([]);
    const order = [...pair.model.keys()];
    const random = seededRandom(1);
    for (let i = order.length - 1; i > 0; i--) {
      const other = random.below(i + 1);
      [order[i], order[other]] = [order[other]!, order[i]!];
    }
    for (const n of order) {
      pair.remove(n);
      const left = pair.model.size;
      if (left % 20_000 === 0 || left === 5000 || left === 500 || left === 50) {
        pair.check();
        expect(table.bytes(pair.table)).toBeLessThan(left * 45 + 300);
      }
    }
    expect(pair.check()).toMatchObject({ depth: 0 });
    expect(table.bytes(pair.table)).toBeLessThan(200);
    expect(pair.audit()).toEqual([]);
    pair.drain();
  }, 60_000);

  test("made for so many entries, it is filled in the order of their hashes and hardly grows", () => {
    for (const count of [0, 1, 6, 7, 100, 869, 870, 1740, 60_000]) {
      const before = mem.used.bytes;
      const pair = new Pair(keyed, count);
      const empty = mem.used.bytes - before;
      pair.check();
      const inOrder = Array.from({ length: count }, (_, n) => n).sort((a, b) => keyed(a) - keyed(b));
      for (const n of inOrder) pair.insert(n);
      const shape = pair.check();
      expect(shape.largest).toBeLessThanOrEqual(1023);
      expect(table.bytes(pair.table)).toBeLessThan((count > 10_000 ? 1.05 : 1.3) * empty + 100);
      expect(table.bytes(pair.table)).toBeLessThan(11.5 * count + 300);
      for (let n = count; n < 2 * count; n++) pair.insert(n);
      pair.check();
      expect(pair.audit()).toEqual([]);
      pair.drain();
    }
  }, 30_000);

  test("5,000 equal hashes end up in one long segment, and the directory stays small", () => {
    for (const hash of [0, 0x12345678, HASH_MAX]) {
      const pair = new Pair(() => hash);
      for (let n = 0; n < 5000; n++) pair.insert(n);
      const shape = pair.check();
      expect(shape.depth).toBeLessThan(14);
      expect(shape.largest).toBeGreaterThan(5000);
      let visited = 0;
      table.each(pair.table, hash, () => visited++);
      expect(visited).toBe(5000);
      const seen = new Set<Ref>();
      const random = seededRandom(seed);
      for (let i = 0; i < 500; i++) seen.add(table.random(pair.table, random.below));
      expect(seen.size).toBeGreaterThan(300);
      for (let n = 0; n < 5000; n++) pair.remove(n);
      pair.check();
      // The halves that never held anything keep their slots: nothing is removed from them that would tell.
      expect(table.bytes(pair.table)).toBeLessThan(64 * 1024);
      expect(pair.audit()).toEqual([]);
      pair.drain();
    }
  }, 30_000);

  test("two segments merge while both are empty or nearly", () => {
    // The segments of the low and the high half; the high half is split in two, so that the low one cannot merge yet.
    for (let lastLow = 0; lastLow < 12; lastLow++) {
      const hash: HashOf = (n) => (n < 10_000 ? keyed(n) >>> 1 : 0x40000000 | (keyed(n) >>> 1));
      const pair = new Pair(hash);
      const low = Array.from({ length: 900 }, (_, i) => i);
      const high = Array.from({ length: 2500 }, (_, i) => 10_000 + i);
      for (const n of [...low, ...high]) pair.insert(n);
      for (const n of low.splice(lastLow)) pair.remove(n);
      checkTable(pair.table);
      for (const n of high.splice(lastLow % 3)) pair.remove(n);
      checkTable(pair.table);
      for (const n of [...low, ...high]) {
        pair.remove(n);
        pair.check();
      }
      pair.insert(1);
      pair.check();
      pair.drain();
    }
  });
});

test("merging leaves room for one entry at least, however few there are", () => {
  // Found by reading: a merge of two segments with 0 or 1 entries made a segment without homes. It needs a segment of
  // eight slots beside one that was deeper until just now; the random walk below comes by there.
  const prefixes = [0, 0x20000000, 0x40000000, 0x60000000];
  for (let round = 0; round < 40; round++) {
    const random = seededRandom(seed + round);
    const pair = new Pair((n) => prefixes[n & 3]! | (keyed(n) >>> 4));
    for (let n = 0; n < 3200; n++) pair.insert(n);
    // Empty the quarters one after the other, in some order, leaving a few.
    const order = [0, 1, 2, 3].sort(() => random.below(3) - 1);
    for (const quarter of order) {
      const leave = random.below(9);
      const own = [...pair.model.keys()].filter((n) => (n & 3) === quarter);
      for (const n of own.slice(leave)) pair.remove(n);
      checkTable(pair.table);
    }
    for (const n of [...pair.model.keys()]) {
      pair.remove(n);
      checkTable(pair.table);
    }
    pair.drain();
  }
}, 30_000);

describe("scan", () => {
  function scanned(pair: Pair, limit: number, between: () => void = () => undefined): Map<number, number> {
    const times = new Map<number, number>();
    let cursor = 0;
    do {
      cursor = table.scan(pair.table, cursor, limit, (ref, hash) => {
        const n = numberOf(ref);
        expect(hash).toBe(pair.hash(n));
        times.set(n, (times.get(n) ?? 0) + 1);
      });
      between();
    } while (cursor !== 0);
    return times;
  }

  test("returns each entry exactly once while nothing changes, whatever the hashes", () => {
    for (const hash of Object.values(HASHES)) {
      for (const count of [0, 1, 5, 100, 3000]) {
        const pair = new Pair(hash);
        for (let n = 0; n < count; n++) pair.insert(n);
        for (const limit of [1, 7, 1000, Number.POSITIVE_INFINITY]) {
          const times = scanned(pair, limit);
          expect(times.size).toBe(count);
          expect([...times.values()].every((each) => each === 1)).toBe(true);
        }
        pair.drain();
      }
    }
  }, 30_000);

  test(`returns what is there all along, while entries come and go (SEED=${seed})`, () => {
    for (const [name, hash] of Object.entries(HASHES)) {
      const random = seededRandom(seed);
      for (const [first, share] of [
        [100, 0.9],
        [3000, 0.1],
        [1500, 0.5],
      ] as const) {
        const pair = new Pair(hash);
        for (let n = 0; n < first; n++) pair.insert(n);
        const stayed = new Set(pair.model.keys());
        const times = scanned(pair, 10, () => {
          for (let step = 0; step < 15; step++) {
            randomStep(pair, random, 4000, share);
          }
          for (const n of stayed) if (!pair.model.has(n)) stayed.delete(n);
        });
        const missed = [...stayed].filter((n) => !times.has(n));
        expect({ name, missed }).toEqual({ name, missed: [] });
        // Replaced or not, what was never removed came once.
        expect([...stayed].filter((n) => times.get(n) !== 1 && first !== 1500).length).toBe(0);
        checkTable(pair.table);
        pair.drain();
      }
    }
  }, 60_000);

  test("a cursor beyond all hashes is the end", () => {
    const pair = new Pair(keyed);
    for (let n = 0; n < 100; n++) pair.insert(n);
    for (const cursor of [2 ** 31, 2 ** 40, Number.MAX_SAFE_INTEGER, 2 ** 63]) {
      expect(table.scan(pair.table, cursor, 10, () => expect.unreachable())).toBe(0);
    }
    pair.drain();
  });
});

test("each visits the entries with a hash, and no others", () => {
  const pair = new Pair((n) => keyed(n % 500));
  for (let n = 0; n < 2000; n++) pair.insert(n);
  for (let n = 0; n < 600; n++) {
    const visited: number[] = [];
    table.each(pair.table, keyed(n), (ref, slot) => {
      expect(table.entryAt(slot)).toBe(ref);
      visited.push(numberOf(ref));
    });
    expect(visited.sort((a, b) => a - b)).toEqual(n < 500 ? [n, n + 500, n + 1000, n + 1500] : []);
  }
  pair.drain();
});

test(`randomSlot finds what is there, whatever happened since slots were drawn ahead (SEED=${seed})`, () => {
  const random = seededRandom(seed);
  const pairs = [new Pair(keyed), new Pair(keyed)] as const;
  let next = 0;
  let wrong = "";
  const insert = (pair: Pair) => pair.insert(next++);
  for (const pair of pairs) for (let n = 0; n < 3000; n++) insert(pair);
  for (let step = 0; step < 20_000 && wrong === ""; step++) {
    // Mostly the same table again and again, which is when slots are drawn ahead.
    const pair = pairs[random.chance(0.95) ? 0 : 1];
    const slot = table.randomSlot(pair.table, random.below);
    const ref = table.entryAt(slot);
    const n = ref === NIL ? -1 : numberOf(ref);
    if (pair.model.get(n) !== ref) wrong = `step ${step}: ${n} is not in the table that was asked`;
    else if (random.chance(0.6) && pair.model.size > 1) pair.remove(n);
    else if (random.chance(0.3)) insert(pair);
  }
  expect(wrong).toBe("");
  for (const pair of pairs) pair.drain();
});

test("random gives each entry the same chance", () => {
  for (const [count, removed] of [
    [5, 0],
    [300, 0],
    [2500, 0],
    [6000, 4500],
  ] as const) {
    const random = seededRandom(42);
    const pair = new Pair((n) => Math.imul(n + 1, 0x9e3779b1) >>> 1);
    for (let n = 0; n < count; n++) pair.insert(n);
    for (let n = 0; n < removed; n++) pair.remove(n);
    const left = count - removed;
    const times = new Map<Ref, number>();
    const draws = left * 60;
    for (let i = 0; i < draws; i++) {
      const ref = table.random(pair.table, random.below);
      times.set(ref, (times.get(ref) ?? 0) + 1);
    }
    let chiSquare = 0;
    for (const ref of pair.model.values()) chiSquare += ((times.get(ref) ?? 0) - 60) ** 2 / 60;
    // Mean left - 1, standard deviation the root of twice that; six of them are next to impossible by chance.
    expect(Math.abs(chiSquare - (left - 1))).toBeLessThan(6 * Math.sqrt(2 * left) + 8);
    pair.drain();
  }
}, 30_000);

test("draining takes a slice at a time, and between slices every block is accounted for", () => {
  for (const budget of [7, 50, 700, 1_000_000]) {
    const pair = new Pair(keyed);
    for (let n = 0; n < 6000; n++) pair.insert(n);
    let released = 0;
    for (let slices = 1; ; slices++) {
      const before = released;
      const done = table.drain(pair.table, budget, (ref) => {
        released++;
        mem.free(ref);
      });
      expect(released - before).toBeLessThanOrEqual(budget);
      if (done) {
        expect(slices).toBeGreaterThanOrEqual(Math.floor(6000 / budget));
        break;
      }
      if (slices % 40 === 1) expect(pair.audit()).toEqual([]);
    }
    expect(released).toBe(6000);
    expect(liveBlocks().length).toBe(foreign.length);
  }
});

test(`prefetch and holds never lie, whatever happened in between (SEED=${seed})`, () => {
  const random = seededRandom(seed);
  const pair = new Pair(keyed);
  const hashes = new Int32Array(table.PREFETCH_MAX);
  const slots = new Int32Array(table.PREFETCH_MAX);
  let helped = 0;
  let asked = 0;
  for (let round = 0; round < 300; round++) {
    const growing = round % 60 < 40 ? 0.9 : 0.1;
    const numbers = Array.from({ length: random.between(1, table.PREFETCH_MAX) }, () => random.below(5000));
    numbers.forEach((n, i) => {
      hashes[i] = keyed(n);
    });
    table.prefetch(pair.table, hashes, numbers.length, slots);
    const generation = table.generation;
    if (round % 3 === 0) {
      // Undisturbed, a hint is as good as a search.
      numbers.forEach((n, i) => {
        expect(table.held((slots[i]! >>> 0) as Ref, keyed(n), aim(n), 0, 4) !== mem.NIL).toBe(pair.find(n) !== mem.NIL);
      });
    }
    for (const [i, n] of numbers.slice(0, 60).entries()) {
      if (table.generation === generation) {
        asked++;
        const slot = (slots[i]! >>> 0) as Ref;
        if (table.held(slot, keyed(n), aim(n), 0, 4) !== mem.NIL) {
          helped++;
          expect(slot).toBe(pair.find(n));
          expect(table.entryAt(slot)).toBe(pair.model.get(n)!);
        }
      }
      randomStep(pair, random, 5000, growing);
    }
  }
  expect(helped).toBeGreaterThan(asked / 10);
  pair.drain();
});
