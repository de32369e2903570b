/**
 * The intset: a set of integers in one block, in Redis' own format byte for byte, so that DUMP, RDB files and replicas take
 * it as it is.
 *
 *     u32 width (2, 4 or 8) · u32 integers · the integers in ascending order, each `width` bytes, signed, little endian
 *
 * The width is what the widest integer that was ever in it needs; it grows and never shrinks.
 *
 * Integers of 64 bits are not numbers in JavaScript, so they travel as two signed halves: `low` and `high`, which `parse`
 * sets and `search` and `insert` use. Every function that changes an intset returns its block, which may be another one.
 */
import * as int64 from "../base/int64.ts";
import { copy as copyBytes, move, type Region } from "../base/region.ts";
import type { Chunk, Ref } from "../mem/mem.ts";
import * as mem from "../mem/mem.ts";
import type { Element } from "./listpack.ts";

// Words of the header.
const WIDTH = 0;
const COUNT = 1;
const HEADER_BYTES = 8;

/** The integer that `parse` has read: its two halves. */
let low = 0;
let high = 0;

/** Bytes of each integer in an intset of small ones. */
export const NARROWEST = 2;

/** An empty intset whose integers take so many bytes each, until a wider one comes. */
export function create(width = NARROWEST): Ref {
  const set = mem.alloc(HEADER_BYTES);
  mem.setWord(set, WIDTH, width);
  mem.setWord(set, COUNT, 0);
  return set;
}

/** The same integers in another block. */
export function copy(set: Ref): Ref {
  return load(mem.chunkOf(set), mem.byteOffset(set), bytes(set));
}

/** An intset from `length` bytes that `isValid` has accepted, or that another intset is. */
export function load(source: Region, start: number, length: number): Ref {
  const set = mem.alloc(length);
  copyBytes(mem.chunkOf(set), mem.byteOffset(set), source, start, length);
  return set;
}

/** Number of integers. */
export function length(set: Ref): number {
  return mem.word(set, COUNT);
}

/** Bytes of the intset, from the block's start. */
export function bytes(set: Ref): number {
  return HEADER_BYTES + mem.word(set, COUNT) * mem.word(set, WIDTH);
}

/** Whether the bytes are an integer as Redis prints it; it is then the one that `search` and `insert` are about. */
export function parse(input: Uint8Array, start: number, end: number): boolean {
  if (end - start > int64.LENGTH_MAX) return false;
  if (!int64.parseHalves(input, start, end)) return false;
  low = int64.low;
  high = int64.high;
  return true;
}

/** Bytes that the parsed integer needs. */
export function widthNeeded(): number {
  if (high !== low >> 31) return 8;
  return low >= -0x8000 && low <= 0x7fff ? NARROWEST : 4;
}

/** The halves of the integer that `get` has read. */
let gotLow = 0;
let gotHigh = 0;

/** Reads the integer at byte `at` of a chunk. */
function get(chunk: Chunk, at: number, width: number): void {
  if (width === 2) {
    gotLow = ((chunk.bytes[at]! << 16) | (chunk.bytes[at + 1]! << 24)) >> 16;
  } else {
    gotLow = chunk.words[at >>> 2]!;
    if (width === 8) {
      gotHigh = chunk.words[(at >>> 2) + 1]!;
      return;
    }
  }
  gotHigh = gotLow >> 31;
}

/** Writes an integer at byte `at` of a chunk. */
function put(chunk: Chunk, at: number, width: number, putLow: number, putHigh: number): void {
  if (width === 2) {
    chunk.bytes[at] = putLow;
    chunk.bytes[at + 1] = putLow >> 8;
  } else {
    chunk.words[at >>> 2] = putLow;
    if (width === 8) chunk.words[(at >>> 2) + 1] = putHigh;
  }
}

/** Where the parsed integer is: its index; or, when it is not there, the complement (~) of the index that it would have. */
export function search(set: Ref): number {
  const chunk = mem.chunkOf(set);
  const width = mem.word(set, WIDTH);
  const count = mem.word(set, COUNT);
  // Too wide for all that are there: it comes before or after them.
  if (widthNeeded() > width) return ~(high < 0 ? 0 : count);
  const base = mem.byteOffset(set) + HEADER_BYTES;
  let from = 0;
  let to = count;
  while (from < to) {
    const middle = (from + to) >>> 1;
    get(chunk, base + middle * width, width);
    if (gotLow === low && gotHigh === high) return middle;
    if (gotHigh < high || (gotHigh === high && gotLow >>> 0 < low >>> 0)) from = middle + 1;
    else to = middle;
  }
  return ~from;
}

/** Adds the parsed integer, which is not there and whose index will be `index`, as `search` has found. */
export function insert(shared: Ref, index: number): Ref {
  const set = mem.touchMovable(shared);
  const width = mem.word(set, WIDTH);
  const count = mem.word(set, COUNT);
  const needed = Math.max(width, widthNeeded());
  const total = HEADER_BYTES + (count + 1) * needed;
  const at = HEADER_BYTES + index * needed;
  let held = set;
  if (needed > width) {
    held = mem.alloc(total);
    mem.setWord(held, WIDTH, needed);
    widen(set, width, held, needed, index === 0 ? 1 : 0);
    mem.free(set);
  } else if (total > mem.capacity(set)) {
    held = mem.alloc(total);
    const source = mem.chunkOf(set);
    const from = mem.byteOffset(set);
    const target = mem.chunkOf(held);
    const to = mem.byteOffset(held);
    copyBytes(target, to, source, from, at);
    copyBytes(target, to + at + width, source, from + at, total - width - at);
    mem.free(set);
  } else {
    const from = mem.byteOffset(set) + at;
    move(mem.chunkOf(set), from + width, from, total - width - at);
  }
  put(mem.chunkOf(held), mem.byteOffset(held) + at, needed, low, high);
  mem.setWord(held, COUNT, count + 1);
  return held;
}

/** Writes the integers of `set` into another block, wider, with room for `before` others in front. */
function widen(set: Ref, width: number, held: Ref, wider: number, before: number): void {
  const source = mem.chunkOf(set);
  const target = mem.chunkOf(held);
  const from = mem.byteOffset(set) + HEADER_BYTES;
  const to = mem.byteOffset(held) + HEADER_BYTES + before * wider;
  for (let i = 0; i < mem.word(set, COUNT); i++) {
    get(source, from + i * width, width);
    put(target, to + i * wider, wider, gotLow, gotHigh);
  }
}

/** Removes the integer at `index`. */
export function removeAt(shared: Ref, index: number): Ref {
  const set = mem.touchMovable(shared);
  const width = mem.word(set, WIDTH);
  const count = mem.word(set, COUNT) - 1;
  const chunk = mem.chunkOf(set);
  const at = mem.byteOffset(set) + HEADER_BYTES + index * width;
  move(chunk, at, at + width, (count - index) * width);
  mem.setWord(set, COUNT, count);
  // A block twice as large as needed is given back.
  const total = HEADER_BYTES + count * width;
  if (mem.roundedBytes(total) * 2 > mem.capacity(set)) return set;
  const held = load(chunk, mem.byteOffset(set), total);
  mem.free(set);
  return held;
}

/** Reads the integer at `index`; its digits are the element's text. */
export function readText(set: Ref, index: number, into: Element): void {
  const width = mem.word(set, WIDTH);
  get(mem.chunkOf(set), mem.byteOffset(set) + HEADER_BYTES + index * width, width);
  into.isInteger = true;
  into.integer = gotHigh * 2 ** 32 + (gotLow >>> 0);
  if (!Number.isSafeInteger(into.integer)) into.big = (BigInt(gotHigh) << 32n) | BigInt(gotLow >>> 0);
  into.spell();
}

/** Four bytes of foreign input, little-endian, without a sign. */
function u32(input: Uint8Array, at: number): number {
  return (input[at]! | (input[at + 1]! << 8) | (input[at + 2]! << 16) | (input[at + 3]! << 24)) >>> 0;
}

/**
 * Whether these bytes, from wherever they come, are an intset that every function here can be given: the lengths agree, and
 * the integers ascend.
 */
export function isValid(input: Uint8Array, start: number, length: number): boolean {
  if (length < HEADER_BYTES) return false;
  const width = u32(input, start);
  if (width !== 2 && width !== 4 && width !== 8) return false;
  if (length !== HEADER_BYTES + u32(input, start + 4) * width) return false;
  const end = start + length;
  let previousHigh = -Infinity;
  let previousLow = 0;
  for (let at = start + HEADER_BYTES; at < end; at += width) {
    const small = width === 2 ? ((input[at]! | (input[at + 1]! << 8)) << 16) >> 16 : u32(input, at);
    // An integer of less than 64 bits is its upper half, so to speak.
    const upper = width === 8 ? u32(input, at + 4) | 0 : small | 0;
    const lower = width === 8 ? small : 0;
    if (upper < previousHigh || (upper === previousHigh && lower <= previousLow)) return false;
    previousHigh = upper;
    previousLow = lower;
  }
  return true;
}
