/**
 * Packs with a gap: that both ends work as an array's do, that without the gap they are the listpack one would have written
 * at once, that blocks do not become too large, and that changes are announced.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { Region } from "../../../src/base/region.ts";
import type { Ref } from "../../../src/mem/mem.ts";
import * as mem from "../../../src/mem/mem.ts";
import * as listpack from "../../../src/struct/listpack.ts";
import * as gap from "../../../src/types/list/gap.ts";
import * as pack from "../../../src/types/list/pack.ts";
import { type Random, seededRandom, seedOfRun } from "../../support/random.ts";
import { latin1 } from "../../support/resp.ts";
import { StrictBarrier } from "../../support/strict-barrier.ts";

const seed = seedOfRun();
const element = new listpack.Element();

beforeAll(() => mem.setPoison(true));
afterAll(() => mem.setPoison(false));

const regionOf = (text: string) => new Region(new Uint8Array(Buffer.from(text, "latin1")));

function textAt(held: Ref, at: number): string {
  pack.read(held, at, element);
  return latin1(element.region.bytes, element.start, element.start + element.length);
}

function content(held: Ref): string[] {
  const texts: string[] = [];
  for (let at = pack.first(held); at !== listpack.NONE; at = pack.next(held, at)) texts.push(textAt(held, at));
  return texts;
}

function listpackOf(texts: readonly string[]): Uint8Array {
  let lp = listpack.create();
  for (const text of texts) lp = listpack.append(lp, regionOf(text), 0, text.length);
  return bytesAndFree(lp);
}

function bytesAndFree(lp: Ref): Uint8Array {
  const start = mem.byteOffset(lp);
  const bytes = mem.chunkOf(lp).bytes.slice(start, start + listpack.bytes(lp));
  mem.free(lp);
  return bytes;
}

/** A pack and an array, changed alike. */
class Pair {
  held = listpack.create();
  readonly model: string[] = [];

  constructor(
    private readonly random: Random,
    /** Chance that the first end is the one that changes. */
    private readonly front: number,
    private readonly isAhead: boolean,
  ) {}

  change(growth: number): void {
    const { model, random } = this;
    const isLast = !random.chance(this.front);
    if (model.length < 2 || random.chance(growth)) return this.add(isLast);
    const count = random.chance(0.9) ? 1 : 1 + random.below(Math.min(model.length - 1, 5));
    const within = random.chance(0.02) ? random.below(model.length - count + 1) : isLast ? model.length - count : 0;
    this.held = pack.removeRange(this.held, model.length, within, count);
    model.splice(within, count);
  }

  private add(isLast: boolean): void {
    const { model, random } = this;
    const text = random.pick([
      "",
      "7",
      "-1234",
      "12345678901",
      "v".repeat(16),
      "w".repeat(62 + random.below(4)),
      "x".repeat(130),
    ]);
    const add = isLast ? gap.append : gap.prepend;
    this.held = add(this.held, regionOf(text), 0, text.length, this.isAhead);
    if (isLast) model.push(text);
    else model.unshift(text);
  }

  check(): void {
    const { held, model, random } = this;
    expect(listpack.length(held)).toBe(model.length);
    expect(content(held)).toEqual(model);
    expect(textAt(held, pack.last(held))).toBe(model.at(-1)!);
    const i = random.below(model.length);
    expect(textAt(held, pack.seek(held, i))).toBe(model[i]!);
    expect(bytesAndFree(pack.copy(held))).toEqual(listpackOf(model));
    expect(mem.capacity(held)).toBeGreaterThanOrEqual(gap.bytes(held) + gap.length(held));
  }
}

test.each([
  ["a stack at the front", 1, false],
  ["a stack at the front that grows ahead", 1, true],
  ["both ends", 0.5, false],
  ["both ends, growing ahead", 0.5, true],
  ["mostly at the end", 0.1, true],
] as const)(`%s does what an array does (SEED=${seed})`, (_name, front, isAhead) => {
  const before = mem.used.blocks;
  const pair = new Pair(seededRandom(seed), front, isAhead);
  for (let step = 0; step < 3000; step++) {
    pair.change(step % 1000 < 600 ? 0.75 : 0.3);
    if (step % 10 === 0) pair.check();
  }
  expect(listpack.isValid(bytesAndFree(gap.close(pair.held)), 0, listpackOf(pair.model).length)).toBe(true);
  expect(mem.used.blocks).toBe(before);
});

test(`changes are announced (SEED=${seed})`, () => {
  const pair = new Pair(seededRandom(seed), 0.6, false);
  for (let step = 0; step < 100; step++) pair.change(0.9);
  const barrier = new StrictBarrier(() => new Set());
  for (let step = 0; step < 300; step++) barrier.watch(`step ${step}`, () => pair.change(0.5));
  pair.check();
  mem.free(pair.held);
});

test("nothing moves at the front of a pack with a gap, and closing gives the listpack", () => {
  let held = listpack.create();
  const text = regionOf("v".repeat(16));
  for (let i = 0; i < 40; i++) held = gap.prepend(held, text, 0, 16, true);
  expect(gap.isOpen(held)).toBe(true);
  const last = pack.last(held);
  const same = gap.removeEnd(gap.prepend(held, text, 0, 16, true), false, 18, 1);
  expect(same).toBe(held);
  expect(pack.last(held)).toBe(last);
  expect(gap.close(held)).toBe(held);
  expect(gap.isOpen(held)).toBe(false);
  expect(bytesAndFree(held)).toEqual(listpackOf(Array.from({ length: 40 }, () => "v".repeat(16))));
});

test("a queue in one block turns round without growing", () => {
  let held = listpack.create();
  const text = regionOf("v".repeat(16));
  for (let i = 0; i < 100; i++) held = gap.append(held, text, 0, 16, false);
  const capacity = mem.capacity(held);
  for (let i = 0; i < 1000; i++) held = gap.append(gap.removeEnd(held, false, 18, 1), text, 0, 16, false);
  expect(mem.capacity(held)).toBe(capacity);
  for (let i = 0; i < 1000; i++) held = gap.prepend(gap.removeEnd(held, true, 18, 1), text, 0, 16, false);
  expect(mem.capacity(held)).toBeLessThanOrEqual(capacity);
  expect(content(held)).toEqual(Array.from({ length: 100 }, () => "v".repeat(16)));
  mem.free(held);
});

test("a listpack that does not know its elements is never open", () => {
  const count = 70_000;
  let held = listpack.load(
    regionOf(latin1(listpackOf(Array.from({ length: count }, () => "1")), 0, 2 * count + 7)),
    0,
    2 * count + 7,
  );
  const text = regionOf("2");
  held = gap.prepend(gap.append(held, text, 0, 1, true), text, 0, 1, true);
  held = gap.removeEnd(held, false, 2, 1);
  expect(gap.isOpen(held)).toBe(false);
  expect(listpack.length(held)).toBe(count + 1);
  mem.free(held);
});
