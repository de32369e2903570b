/**
 * The sequence against an array that does the same: items, weights, every way to seek, the shape of the tree after each
 * change, what it owns, and that it announces what it changes.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Ref } from "../../src/mem/mem.ts";
import * as mem from "../../src/mem/mem.ts";
import * as sequence from "../../src/struct/sequence.ts";
import { type Random, seededRandom, seedOfRun } from "../support/random.ts";
import { StrictBarrier } from "../support/strict-barrier.ts";

beforeAll(() => mem.setPoison(true));
afterAll(() => mem.setPoison(false));

const seed = seedOfRun();
const ENTRIES_MAX = 62;

interface Item {
  ref: Ref;
  weight: number;
}

/** Checks counts, sums, parents, and the size of every node; returns the depth. */
function checkShape(seq: Ref): number {
  const leaves: Ref[] = [];
  const walk = (node: Ref, parent: Ref): { weight: number; items: number; depth: number } => {
    const entries = mem.word(node, 0) & 0xffff;
    const level = mem.word(node, 0) >>> 16;
    expect(mem.refAt(node, 1)).toBe(parent);
    expect(entries <= ENTRIES_MAX && (entries > 0 || (parent === mem.NIL && level === 0))).toBe(true);
    expect(mem.capacity(node) === 512 || (parent === mem.NIL && level === 0)).toBe(true);
    if (level === 0) leaves.push(node);
    else if (parent === mem.NIL) expect(entries).toBeGreaterThan(1);
    let weight = 0;
    let items = level === 0 ? entries : 0;
    // What the sums above the two ends have not learned yet.
    if (level === 0 && parent !== mem.NIL && node === mem.refAt(seq, 1)) weight -= mem.word(seq, 5);
    if (level === 0 && parent !== mem.NIL && node === mem.refAt(seq, 2)) weight -= mem.word(seq, 6);
    for (let i = 0; i < entries; i++) {
      const held = mem.word(node, 4 + 2 * i + 1) >>> 0;
      weight += held;
      if (level === 0) continue;
      const below = walk(mem.refAt(node, 4 + 2 * i), node);
      expect(below.weight).toBe(held);
      expect(below.depth).toBe(level - 1);
      items += below.items;
    }
    return { weight, items, depth: level };
  };
  const all = walk(mem.refAt(seq, 0), mem.NIL);
  expect(all.weight + mem.word(seq, 5) + mem.word(seq, 6)).toBe(sequence.count(seq));
  expect(all.items).toBe(sequence.items(seq));
  expect(mem.refAt(seq, 1)).toBe(leaves[0]!);
  expect(mem.refAt(seq, 2)).toBe(leaves.at(-1)!);
  leaves.forEach((leaf, i) => {
    expect(mem.refAt(leaf, 2)).toBe(leaves[i - 1] ?? mem.NIL);
    expect(mem.refAt(leaf, 3)).toBe(leaves[i + 1] ?? mem.NIL);
  });
  return all.depth;
}

function contentOf(seq: Ref): Item[] {
  const found: Item[] = [];
  sequence.each(seq, (ref, weight) => found.push({ ref, weight }));
  return found;
}

function ownedBlocks(seq: Ref): number {
  const seen = new Set<Ref>();
  sequence.blocks(seq, (block) => seen.add(block));
  return seen.size;
}

/** Goes to item `i` by its weight, or from one end. */
function goTo(seq: Ref, model: readonly Item[], i: number): void {
  if (i === 0) return sequence.seekFirst(seq);
  if (i === model.length - 1) return sequence.seekLast(seq);
  let before = 0;
  for (let k = 0; k < i; k++) before += model[k]!.weight;
  expect(sequence.seekIndex(seq, before)).toBe(0);
  expect(sequence.item()).toBe(model[i]!.ref);
}

let lastRef = 1000;
const newItem = (random: Random): Item => ({ ref: ++lastRef as Ref, weight: random.between(1, 9) });

/** One random change of both. `growth` is the share of insertions. */
function change(seq: Ref, model: Item[], random: Random, growth: number): void {
  if (model.length === 0 || random.chance(growth)) {
    const added = newItem(random);
    const i = random.pick([0, model.length - 1, random.below(model.length + 1)]);
    if (model.length === 0 || i >= model.length || i < 0) {
      sequence.seekLast(seq);
      sequence.insertAfter(seq, added.ref, added.weight);
      model.push(added);
    } else {
      goTo(seq, model, i);
      const isAfter = random.chance(0.5);
      if (isAfter) sequence.insertAfter(seq, added.ref, added.weight);
      else sequence.insertBefore(seq, added.ref, added.weight);
      model.splice(isAfter ? i + 1 : i, 0, added);
    }
    expect(sequence.item()).toBe(added.ref);
    expect(sequence.weight()).toBe(added.weight);
    return;
  }
  const i = random.pick([0, model.length - 1, random.below(model.length)]);
  goTo(seq, model, i);
  if (random.chance(0.2)) {
    model[i] = newItem(random);
    return sequence.setItem(seq, model[i].ref, model[i].weight);
  }
  // Several in a row: the place is the item that came after.
  for (let left = random.pick([1, 1, 5, 70]); left > 0 && i < model.length; left--) {
    model.splice(i, 1);
    sequence.remove(seq);
    expect(sequence.item()).toBe(model[i]?.ref ?? mem.NIL);
  }
}

describe("a sequence", () => {
  test(`does what an array does (SEED=${seed})`, () => {
    const random = seededRandom(seed);
    const before = mem.used.blocks;
    const seq = sequence.create();
    const model: Item[] = [];
    let depthMax = 0;
    for (let step = 0; step < 12_000; step++) {
      const phase = Math.floor(step / 4000);
      change(seq, model, random, [0.97, 0.7, 0.4][phase]!);
      expect(sequence.items(seq)).toBe(model.length);
      if (step % 250 !== 0) continue;
      depthMax = Math.max(depthMax, checkShape(seq));
      expect(contentOf(seq)).toEqual(model);
      expect(mem.used.blocks - before).toBe(ownedBlocks(seq));
    }
    expect(depthMax).toBeGreaterThan(0);
    while (!sequence.drain(seq, 100, () => undefined));
    expect(mem.used.blocks).toBe(before);
  });

  test(`finds each element and walks both ways (SEED=${seed})`, () => {
    const random = seededRandom(seed);
    const seq = sequence.create();
    const model: Item[] = [];
    for (let i = 0; i < 5000; i++) change(seq, model, random, 1);
    const total = model.reduce((sum, { weight }) => sum + weight, 0);
    expect(sequence.count(seq)).toBe(total);
    let n = 0;
    for (const { ref, weight } of model) {
      const within = random.below(weight);
      expect(sequence.seekIndex(seq, n + within)).toBe(within);
      expect(sequence.item()).toBe(ref);
      n += weight;
    }
    sequence.seekFirst(seq);
    for (const { ref } of model) {
      expect(sequence.item()).toBe(ref);
      sequence.next();
    }
    expect(sequence.item()).toBe(mem.NIL);
    sequence.seekLast(seq);
    for (const { ref } of model.toReversed()) {
      expect(sequence.item()).toBe(ref);
      sequence.previous();
    }
    expect(sequence.item()).toBe(mem.NIL);
    sequence.drain(seq, Number.POSITIVE_INFINITY, () => undefined);
  });

  test("finds by order", () => {
    for (const count of [0, 1, 2, 61, 62, 63, 500, 5000]) {
      const seq = sequence.create();
      sequence.seekFirst(seq);
      for (let i = 0; i < count; i++) sequence.insertAfter(seq, (10 * i + 10) as Ref, 1);
      for (let wanted = 5; wanted <= 10 * count + 5; wanted += count > 500 ? 35 : 5) {
        sequence.search(seq, (item) => item < wanted);
        const found = Math.ceil(wanted / 10) * 10;
        expect(sequence.item()).toBe((found <= 10 * count ? found : 0) as Ref);
      }
      sequence.search(seq, () => true);
      expect(sequence.item()).toBe(mem.NIL);
      sequence.insertBefore(seq, 7 as Ref, 1);
      sequence.seekLast(seq);
      expect(sequence.item()).toBe(7 as Ref);
      sequence.drain(seq, Number.POSITIVE_INFINITY, () => undefined);
    }
  });

  test("is dense where it grows at its ends, and small where it has few items", () => {
    for (const insert of [sequence.insertAfter, sequence.insertBefore]) {
      const before = mem.used.bytes;
      const seq = sequence.create();
      sequence.seekFirst(seq);
      insert(seq, 1 as Ref, 1);
      expect(mem.used.bytes - before).toBe(64 + 32);
      for (let i = 2; i <= 100_000; i++) insert(seq, i as Ref, 1);
      expect((mem.used.bytes - before) / 100_000).toBeLessThan(8.6);
      checkShape(seq);
      sequence.drain(seq, Number.POSITIVE_INFINITY, () => undefined);
    }
  });

  test(`stays dense whatever is removed (SEED=${seed})`, () => {
    const random = seededRandom(seed);
    const before = mem.used.bytes;
    const seq = sequence.create();
    sequence.seekFirst(seq);
    for (let i = 1; i <= 20_000; i++) sequence.insertAfter(seq, i as Ref, 1);
    while (sequence.items(seq) > 500) {
      sequence.seekIndex(seq, random.below(sequence.count(seq)));
      sequence.remove(seq);
    }
    checkShape(seq);
    expect((mem.used.bytes - before) / 500).toBeLessThan(32);
    sequence.drain(seq, Number.POSITIVE_INFINITY, () => undefined);
  });

  test("is freed in slices, and tells in between what is left", () => {
    const before = mem.used.blocks;
    const seq = sequence.create();
    sequence.seekFirst(seq);
    for (let i = 1; i <= 5000; i++) sequence.insertAfter(seq, i as Ref, 2);
    const released: Ref[] = [];
    let slices = 1;
    for (; !sequence.drain(seq, 40, (item) => released.push(item)); slices++) {
      expect(contentOf(seq).length).toBe(5000 - released.length);
      expect(mem.used.blocks - before).toBe(ownedBlocks(seq));
    }
    expect(slices).toBeGreaterThan(100);
    expect(released.sort((a, b) => a - b)).toEqual(Array.from({ length: 5000 }, (_, i) => (i + 1) as Ref));
    expect(mem.used.blocks).toBe(before);
  });

  test(`announces what it changes (SEED=${seed})`, () => {
    const random = seededRandom(seed);
    const seq = sequence.create();
    const model: Item[] = [];
    for (let i = 0; i < 1000; i++) change(seq, model, random, 1);
    const barrier = new StrictBarrier(() => new Set());
    for (let step = 0; step < 200; step++) {
      barrier.watch(`step ${step}`, () => change(seq, model, random, step < 80 ? 0.95 : 0.3));
    }
    checkShape(seq);
    while (!barrier.watch("drain", () => sequence.drain(seq, 100, () => undefined)));
  });
});
