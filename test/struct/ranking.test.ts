/**
 * The ranking against a sorted array, with its invariants checked from outside after steps; what it announces, owns and
 * frees.
 */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Region } from "../../src/base/region.ts";
import { Audit } from "../../src/mem/audit.ts";
import type { Ref } from "../../src/mem/mem.ts";
import * as mem from "../../src/mem/mem.ts";
import * as entry from "../../src/struct/entry.ts";
import * as ranking from "../../src/struct/ranking.ts";
import { liveBlocks } from "../support/live-blocks.ts";
import { type Random, seededRandom, seedOfRun } from "../support/random.ts";
import { StrictBarrier } from "../support/strict-barrier.ts";
import { checkRanking, type RankingShape } from "./ranking-invariants.ts";

const seed = seedOfRun();
const region = (text: string) => new Region(new Uint8Array(Buffer.from(text, "latin1")));

interface Item {
  key: string;
  score: number;
  ref: Ref;
}

const byOrder = (a: Item, b: Item) => a.score - b.score || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);

/** A ranking, and the array that knows what should be in it. */
class Pair {
  readonly tree = ranking.create();
  readonly items = new Map<string, Item>();

  add(key: string, score: number): void {
    const ref = mem.alloc(entry.bytesFor(0, key.length, 0));
    entry.write(ref, 0, 0, region(key), 0, key.length, 0);
    ranking.insert(this.tree, score, ref);
    this.items.set(key, { key, score, ref });
  }

  move(key: string, score: number): void {
    const item = this.items.get(key)!;
    ranking.move(this.tree, item.score, score, item.ref);
    item.score = score;
  }

  remove(key: string): void {
    const item = this.items.get(key)!;
    ranking.remove(this.tree, item.score, item.ref);
    mem.free(item.ref);
    this.items.delete(key);
  }

  removeRange(from: number, length: number): void {
    const gone = this.sorted().slice(from, from + length);
    const released: Ref[] = [];
    ranking.removeRange(this.tree, from, length, (ref) => {
      released.push(ref);
      mem.free(ref);
    });
    expect(released).toEqual(gone.map(({ ref }) => ref));
    for (const { key } of gone) this.items.delete(key);
  }

  removeEnd(isLast: boolean): void {
    let end: Item | undefined;
    for (const item of this.items.values()) if (end === undefined || byOrder(item, end) > 0 === isLast) end = item;
    const { key, ref } = end!;
    expect(ranking.removeAt(this.tree, isLast ? this.items.size - 1 : 0)).toBe(ref);
    mem.free(ref);
    this.items.delete(key);
  }

  sorted(): Item[] {
    return [...this.items.values()].sort(byOrder);
  }

  /** Everything, from every side. */
  check(): RankingShape {
    const scores = new Map([...this.items.values()].map(({ ref, score }) => [ref, score]));
    const shape = checkRanking(this.tree, (ref) => scores.get(ref)!);
    const sorted = this.sorted();
    expect(ranking.count(this.tree)).toBe(sorted.length);
    expect(refsOf(this.tree, 0, sorted.length, false)).toEqual(sorted.map(({ ref }) => ref));
    let wrong = 0;
    sorted.forEach(({ score, ref }, rank) => {
      if (ranking.rankOf(this.tree, score, ref) !== rank || ranking.at(this.tree, rank) !== ref) wrong++;
    });
    expect(wrong).toBe(0);
    return shape;
  }

  drain(budget = Number.POSITIVE_INFINITY): number {
    let slices = 1;
    while (!ranking.drain(this.tree, budget)) slices++;
    for (const { ref } of this.items.values()) mem.free(ref);
    this.items.clear();
    return slices;
  }
}

function refsOf(tree: Ref, from: number, length: number, isReverse: boolean): Ref[] {
  const refs: Ref[] = [];
  ranking.each(tree, from, length, isReverse, (ref) => refs.push(ref));
  return refs;
}

let foreign: Ref[] = [];
let pair: Pair;
beforeEach(() => {
  foreign = liveBlocks();
  mem.setPoison(true);
  pair = new Pair();
});
afterEach(() => {
  pair.drain();
  expect(liveBlocks().length).toBe(foreign.length);
  mem.setPoison(false);
});

/** Scores that lie close together, far apart, on both sides of 0, and at the ends of what doubles can be. */
function scoreOf(random: Random): number {
  switch (random.below(6)) {
    case 0:
      return random.between(-3, 3);
    case 1:
      return random.pick([0, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324, -5e-324]);
    case 2:
      return random.pick([Number.MAX_VALUE, -Number.MAX_VALUE, 1 + Number.EPSILON, 2 ** 31, -(2 ** 32), 2 ** 53]);
    default:
      return (random.below(2 ** 31) - 2 ** 30) / random.pick([1, 7, 65_536]);
  }
}

for (const size of [5, 300, 20_000]) {
  test(`does what a sorted array does, up to ${size} entries (SEED=${seed})`, () => {
    const random = seededRandom(seed + size);
    const steps = size * 4;
    const checkEvery = Math.ceil(steps / 12);
    for (let step = 0; step < steps; step++) {
      const keys = size * 2;
      const key = `k${random.below(keys)}`;
      // It grows for the first half, then shrinks.
      const isThere = pair.items.has(key);
      if (!isThere && random.chance(step < steps / 2 ? 0.9 : 0.15)) pair.add(key, scoreOf(random));
      else if (isThere && random.chance(0.5)) pair.remove(key);
      else if (isThere && random.chance(0.02)) pair.removeEnd(random.chance(0.5));
      else if (isThere) pair.move(key, random.chance(0.3) ? pair.items.get(key)!.score + 0.001 : scoreOf(random));
      if (step % checkEvery === 0) pair.check();
    }
    pair.check();
  });
}

test(`finds scores and keys (SEED=${seed})`, () => {
  const random = seededRandom(seed);
  for (let i = 0; i < 3000; i++) pair.add(`k${i}`, random.below(500) / 4 - 50);
  const scores = pair.sorted().map(({ score }) => score);
  for (let i = 0; i < 500; i++) {
    const score = random.pick([random.below(1200) / 8 - 70, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
    expect(ranking.rankOfScore(pair.tree, score, false)).toBe(scores.filter((one) => one < score).length);
    expect(ranking.rankOfScore(pair.tree, score, true)).toBe(scores.filter((one) => one <= score).length);
  }
  pair.drain();

  pair = new Pair();
  for (let i = 0; i < 3000; i++) pair.add(`k${i}`, 7);
  const keys = pair.sorted().map(({ key }) => key);
  for (const wanted of ["", "k", "k0", "k1000", "k15", "k2999x", "l", ...keys.slice(0, 50)]) {
    const at = (isAfter: boolean) => ranking.rankOfKey(pair.tree, region(wanted), 0, wanted.length, isAfter);
    expect(at(false)).toBe(keys.filter((key) => key < wanted).length);
    expect(at(true)).toBe(keys.filter((key) => key <= wanted).length);
  }
});

test(`visits ranges both ways, and ends when told (SEED=${seed})`, () => {
  const random = seededRandom(seed);
  for (let i = 0; i < 2000; i++) pair.add(`k${i}`, random.below(100));
  const refs = pair.sorted().map(({ ref }) => ref);
  for (let i = 0; i < 100; i++) {
    const from = random.below(2000);
    const length = random.below(random.chance(0.5) ? 20 : 2000);
    const up = refs.slice(from, from + length);
    expect(refsOf(pair.tree, from, up.length, false)).toEqual(up);
    const down = refs.slice(Math.max(0, from - length + 1), from + 1).reverse();
    expect(refsOf(pair.tree, from, down.length, true)).toEqual(down);
  }
  let visits = 0;
  ranking.each(pair.tree, 0, 2000, false, () => ++visits < 300);
  expect(visits).toBe(300);
});

test(`removes ranges (SEED=${seed})`, () => {
  const random = seededRandom(seed);
  for (let i = 0; i < 12_000; i++) pair.add(`k${i}`, random.below(5000));
  while (pair.items.size > 0) {
    const from = random.below(pair.items.size);
    const length = Math.min(pair.items.size - from, random.pick([1, 50, 169, 170, 171, 2500]));
    pair.removeRange(from, length);
    pair.check();
  }
  expect(pair.check()).toEqual({ height: 0, leaves: [0], fill: expect.any(Number) });
  pair.add("again", 1);
  pair.check();
});

describe("memory", () => {
  const bytesPerEntry = () => {
    let bytes = 0;
    ranking.blocks(pair.tree, (block) => {
      bytes += mem.capacity(block);
    });
    return bytes / pair.items.size;
  };

  test("ascending and descending scores leave full leaves", () => {
    for (const direction of [1, -1]) {
      for (let i = 0; i < 20_000; i++) pair.add(`k${i}`, i * direction);
      const { leaves, height } = pair.check();
      expect(leaves.filter((items) => items < 170).length).toBeLessThanOrEqual(1);
      expect(height).toBe(2);
      expect(bytesPerEntry()).toBeLessThan(12.4);
      pair.drain();
      pair = new Pair();
    }
  });

  test(`scores in any order leave blocks well used (SEED=${seed})`, () => {
    const random = seededRandom(seed);
    for (let i = 0; i < 30_000; i++) pair.add(`k${i}`, random.below(2 ** 31));
    expect(pair.check().fill).toBeGreaterThan(0.88);
    expect(bytesPerEntry()).toBeLessThan(13.5);
    // Most are removed, here and there.
    for (const { key } of pair.sorted()) if (random.chance(0.9)) pair.remove(key);
    expect(pair.check().fill).toBeGreaterThan(0.7);
    expect(bytesPerEntry()).toBeLessThan(18);
  });

  test("few entries take few bytes", () => {
    pair.add("a", 1);
    expect(bytesPerEntry()).toBeLessThanOrEqual(48);
    for (let i = 0; i < 129; i++) pair.add(`k${i}`, i % 7);
    expect(bytesPerEntry()).toBeLessThan(15);
  });
});

test("is freed in slices, each of which leaves what it says", () => {
  for (let i = 0; i < 20_000; i++) pair.add(`k${i}`, i % 1000);
  const others = liveBlocks().length;
  let owned = 0;
  ranking.blocks(pair.tree, () => owned++);
  let slices = 0;
  for (let left = owned; left > 0; slices++) {
    const isDone = ranking.drain(pair.tree, 20);
    left = 0;
    if (!isDone) ranking.blocks(pair.tree, () => left++);
    expect(liveBlocks().length).toBe(others - owned + left);
    expect(isDone).toBe(left === 0);
  }
  expect(slices).toBeGreaterThan(10);
  for (const { ref } of pair.items.values()) mem.free(ref);
  pair = new Pair();
});

test(`owns each of its blocks, and no other (SEED=${seed})`, () => {
  const random = seededRandom(seed);
  for (let i = 0; i < 3000; i++) pair.add(`k${i}`, scoreOf(random));
  for (let i = 0; i < 2000; i++) pair.remove(`k${i}`);
  const audit = new Audit();
  for (const ref of foreign) audit.claim(ref, "others");
  ranking.blocks(pair.tree, (ref) => audit.claim(ref, "ranking"));
  for (const { ref } of pair.items.values()) audit.claim(ref, "entry");
  expect(audit.finish()).toEqual([]);
});

test(`announces what it changes (SEED=${seed})`, () => {
  const random = seededRandom(seed);
  const barrier = new StrictBarrier(() => new Set());
  const step = (what: string, operation: () => void) => barrier.watch(what, operation);
  for (let i = 0; i < 450; i++) step(`add ${i}`, () => pair.add(`k${i}`, scoreOf(random)));
  for (let i = 0; i < 200; i++)
    step(`add at an end ${i}`, () => pair.add(`l${i}`, random.chance(0.5) ? 1e300 : -1e300));
  for (let i = 0; i < 150; i++) step(`move ${i}`, () => pair.move(`k${i}`, scoreOf(random)));
  for (let i = 0; i < 150; i++) step(`nudge ${i}`, () => pair.move(`k${i}`, pair.items.get(`k${i}`)!.score * 1.0001));
  for (let i = 0; i < 400; i++) step(`remove ${i}`, () => pair.remove(`k${i}`));
  while (pair.items.size > 20) step("remove a range", () => pair.removeRange(random.below(5), 15));
  pair.check();
}, 30_000);
