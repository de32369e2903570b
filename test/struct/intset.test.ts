/**
 * Intsets: the bytes are compared with ones written here from a sorted list, after each of many random changes.
 */
import { describe, expect, test } from "bun:test";
import { Region } from "../../src/base/region.ts";
import type { Ref } from "../../src/mem/mem.ts";
import * as mem from "../../src/mem/mem.ts";
import * as intset from "../../src/struct/intset.ts";
import { Element } from "../../src/struct/listpack.ts";
import { type Random, seededRandom, seedOfRun } from "../support/random.ts";
import { latin1 } from "../support/resp.ts";
import { StrictBarrier } from "../support/strict-barrier.ts";

const seed = seedOfRun();

/** The intset of these integers, as Redis lays it out, with at least this width. */
function encoded(values: readonly bigint[], widthMin = 2): Uint8Array {
  const needed = (value: bigint) => [2, 4, 8].find((width) => BigInt.asIntN(width * 8, value) === value)!;
  const width = Math.max(widthMin, ...values.map(needed));
  const view = new DataView(new ArrayBuffer(8 + values.length * width));
  view.setUint32(0, width, true);
  view.setUint32(4, values.length, true);
  values.forEach((value, i) => {
    for (let k = 0; k < width; k++) view.setUint8(8 + i * width + k, Number((value >> BigInt(8 * k)) & 0xffn));
  });
  return new Uint8Array(view.buffer);
}

const sorted = (values: Iterable<bigint>) => [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));

/** Parses the text from the middle of other bytes, so that reading past its end shows. */
function parse(text: string): boolean {
  const bytes = Buffer.from(`5${text}5`, "latin1");
  return intset.parse(new Uint8Array(bytes), 1, 1 + text.length);
}

function contentOf(set: Ref): Uint8Array {
  const start = mem.byteOffset(set);
  return mem.chunkOf(set).bytes.slice(start, start + intset.bytes(set));
}

function add(set: Ref, value: bigint): Ref {
  expect(parse(String(value))).toBe(true);
  const index = intset.search(set);
  return index >= 0 ? set : intset.insert(set, ~index);
}

const element = new Element();
function textAt(set: Ref, index: number): string {
  intset.readText(set, index, element);
  return latin1(element.region.bytes, element.start, element.start + element.length);
}

/** Integers at and around every limit of a width and of a half. */
const LIMITS = [0n, 2n ** 15n, 2n ** 16n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n].flatMap((limit) =>
  [limit - 1n, limit, limit + 1n, -limit - 1n, -limit, 1n - limit].filter(
    (value) => BigInt.asIntN(64, value) === value,
  ),
);

function anyInteger(random: Random): bigint {
  if (random.chance(0.2)) return random.pick(LIMITS);
  const magnitude = BigInt(random.below(2 ** 32)) << BigInt(random.pick([0, 0, 0, 20, 31]));
  const small = magnitude >> BigInt(random.pick([0, 16, 24]));
  return BigInt.asIntN(64, random.chance(0.5) ? small : -small);
}

describe("the bytes", () => {
  test("are Redis' at every limit of a width", () => {
    for (const first of LIMITS) {
      for (const second of LIMITS) {
        const set = add(add(intset.create(), first), second);
        const values = sorted(new Set([first, second]));
        expect(contentOf(set)).toEqual(encoded(values));
        expect(values.map((_, i) => textAt(set, i))).toEqual(values.map(String));
        mem.free(set);
      }
    }
  });

  test(`are Redis' whatever comes and goes, and each change is announced (SEED=${seed})`, () => {
    const random = seededRandom(seed);
    const before = mem.used.blocks;
    for (const narrow of [true, false]) {
      const barrier = new StrictBarrier(() => new Set());
      const model = new Set<bigint>();
      let set = intset.create();
      let width = 2;
      for (let step = 0; step < 1200; step++) {
        const value = narrow ? BigInt(random.between(-300, 300)) : anyInteger(random);
        const isGrowing = step < 500;
        parse(String(value));
        const index = intset.search(set);
        expect(index >= 0).toBe(model.has(value));
        expect(index >= 0 ? index : ~index).toBe(sorted(model).filter((other) => other < value).length);
        barrier.watch(`${value}`, () => {
          if (index >= 0 && random.chance(isGrowing ? 0.3 : 0.9)) {
            set = intset.removeAt(set, index);
            model.delete(value);
          } else if (index < 0 && random.chance(isGrowing ? 1 : 0.2)) {
            set = intset.insert(set, ~index);
            model.add(value);
          } else if (!isGrowing && model.size > 0) {
            const gone = random.below(model.size);
            model.delete(sorted(model)[gone]!);
            set = intset.removeAt(set, gone);
          }
        });
        const content = contentOf(set);
        width = Math.max(width, content[0]!);
        expect(content).toEqual(encoded(sorted(model), width));
        expect(mem.capacity(set)).toBeLessThan(4 * Math.max(16, content.length));
      }
      mem.free(set);
    }
    expect(mem.used.blocks).toBe(before);
  }, 60_000);

  test("are copied and loaded", () => {
    let set = intset.create();
    for (const value of LIMITS) set = add(set, value);
    const copied = intset.copy(set);
    expect(contentOf(copied)).toEqual(contentOf(set));
    const content = contentOf(set);
    mem.free(set);
    const loaded = intset.load(new Region(content), 0, content.length);
    expect(contentOf(loaded)).toEqual(contentOf(copied));
    expect(intset.length(loaded)).toBe(new Set(LIMITS).size);
    mem.free(loaded);
    mem.free(copied);
  });
});

test("only what Redis prints is an integer", () => {
  for (const text of ["0", "-1", "9223372036854775807", "-9223372036854775808"]) expect(parse(text)).toBe(true);
  const others = ["", "-", "-0", "00", "01", "+1", " 1", "1 ", "1.0", "9223372036854775808", "-9223372036854775809"];
  for (const text of [...others, "1".repeat(30), "abc"]) expect(parse(text)).toBe(false);
});

describe("what is not an intset", () => {
  const isValid = (bytes: Uint8Array) => {
    const inside = new Uint8Array([7, ...bytes, 7]);
    return intset.isValid(inside, 1, bytes.length);
  };

  test("is found out", () => {
    const good = encoded([-5n, 3n, 70_000n]);
    expect(isValid(good)).toBe(true);
    expect(isValid(encoded([]))).toBe(true);
    expect(isValid(encoded(sorted(new Set(LIMITS))))).toBe(true);
    for (let length = 0; length < good.length; length++) expect(isValid(good.slice(0, length))).toBe(false);
    expect(isValid(new Uint8Array([...good, 0]))).toBe(false);
    for (const width of [0, 1, 3, 5, 16, 255]) expect(isValid(good.with(0, width))).toBe(false);
    expect(isValid(good.with(7, 0x80))).toBe(false);
    expect(isValid(encoded([1n, 1n]))).toBe(false);
    expect(isValid(encoded([2n, 1n]))).toBe(false);
    expect(isValid(encoded([2n ** 62n, -1n]))).toBe(false);
    expect(isValid(encoded([1n, -70_000n]))).toBe(false);
  });
});
