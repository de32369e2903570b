/** Large sorted sets by themselves: popping, which looks ahead, while everything else goes on. */
import { afterEach, expect, test } from "bun:test";
import { Region } from "../../../src/base/region.ts";
import { hash as hashOf } from "../../../src/base/siphash.ts";
import * as mem from "../../../src/mem/mem.ts";
import { NIL, type Ref } from "../../../src/mem/mem.ts";
import { Element } from "../../../src/struct/listpack.ts";
import * as member from "../../../src/types/zset/member.ts";
import * as tree from "../../../src/types/zset/tree.ts";
import { textOf } from "../../support/handlers.ts";
import { type Random, seededRandom, seedOfRun } from "../../support/random.ts";
import { StrictBarrier } from "../../support/strict-barrier.ts";
import { checkTree } from "./commands.ts";

const seed = seedOfRun();
const name = new Element();

const made: Ref[] = [];
afterEach(() => {
  for (const held of made.splice(0)) while (!tree.drain(held, 1000));
});

function create(): Ref {
  const held = tree.create();
  made.push(held);
  return held;
}

/** Finds `text`, or adds it; its slot, NIL where it was added. */
function place(held: Ref, text: string, score: number): Ref {
  const bytes = Buffer.from(text, "latin1");
  const region = new Region(new Uint8Array(bytes));
  const hash = hashOf(region.bytes, 0, bytes.length);
  const slot = tree.find(held, hash, region, 0, bytes.length);
  if (slot === NIL) tree.add(held, hash, region, 0, bytes.length, score);
  return slot;
}

type Model = Map<string, number>;

/** The first member by score and name, or the last. */
function outermost(model: Model, isMax: boolean): [text: string, score: number] {
  let found: [string, number] | undefined;
  for (const [text, score] of model) {
    const isBefore = found === undefined || score < found[1] || (score === found[1] && text < found[0]);
    if (found === undefined || isBefore !== isMax) found = [text, score];
  }
  return found!;
}

/** Pops, and compares what came with the model. */
function pop(held: Ref, model: Model, isMax: boolean): void {
  const expected = outermost(model, isMax);
  const one = tree.pop(held, isMax);
  member.readName(one, name);
  const popped = [textOf(name), member.score(one)];
  mem.free(one);
  if (popped.join() !== expected.join()) throw new Error(`${popped} was popped, not ${expected}`);
  model.delete(expected[0]);
}

function add(held: Ref, model: Model, random: Random): void {
  const text = `member ${random.below(400)}`;
  const score = random.below(50);
  const slot = place(held, text, score);
  if (slot !== NIL) tree.change(held, slot, score);
  model.set(text, score);
}

test(`pops what is first or last, in runs and one by one, of several sets (SEED=${seed})`, () => {
  const random = seededRandom(seed);
  const sets = [0, 1].map(() => ({ held: create(), model: new Map<string, number>() }));
  for (const { held, model } of sets) for (let i = 0; i < 300; i++) add(held, model, random);
  for (let step = 0; step < 2000; step++) {
    const { held, model } = sets[random.chance(0.9) ? 0 : 1]!;
    const isMax = random.chance(0.3);
    const run = random.pick([1, 1, 1, 20]);
    for (let i = 0; i < run && model.size > 0; i++) {
      pop(held, model, isMax);
      if (random.chance(0.2)) add(held, model, random);
    }
    for (let i = random.below(run * 2); i > 0; i--) add(held, model, random);
    if (random.chance(0.1) && model.size > 0) {
      const text = random.pick([...model.keys()]);
      tree.removeSlot(held, place(held, text, 0));
      model.delete(text);
    }
    if (step % 100 !== 0) continue;
    expect(tree.length(held)).toBe(model.size);
    checkTree(held);
  }
});

test(`popping announces what it changes (SEED=${seed})`, () => {
  const random = seededRandom(seed);
  const held = create();
  const model: Model = new Map();
  for (let i = 0; i < 200; i++) add(held, model, random);
  const barrier = new StrictBarrier(() => new Set());
  while (model.size > 0) barrier.watch("a pop", () => pop(held, model, model.size % 40 < 20));
  expect(tree.length(held)).toBe(0);
});
