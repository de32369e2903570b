/**
 * Integers of 64 bits in two words of a block, the upper half first. In hand they are numbers while that is exact, and
 * BigInts beyond; sums wrap around, as they do in C.
 */

import * as mem from "../../mem/mem.ts";
import { CHUNK_MASK, CHUNK_SHIFT, chunks, type Ref } from "../../mem/mem.ts";
import type { Reply } from "../../resp/reply.ts";

/** A signed integer of 64 bits: a number where it is safe, else a BigInt. */
export type Int64 = number | bigint;

const HALF = 2 ** 32;
const SAFE_HIGH = 2 ** 21;

/** Reads the integer at word `at`. */
export function read(ref: Ref, at: number): Int64 {
  const words = chunks[ref >>> CHUNK_SHIFT]!.words;
  const first = ((ref & CHUNK_MASK) << 1) + at;
  const high = words[first]!;
  const low = words[first + 1]! >>> 0;
  if (high >= -SAFE_HIGH && high < SAFE_HIGH) {
    const value = high * HALF + low;
    if (value !== -(2 ** 53)) return value;
  }
  return (BigInt(high) << 32n) | BigInt(low);
}

/** As `read`, rounded where it is not safe: to be compared with a clock. */
export function readRounded(ref: Ref, at: number): number {
  return mem.word(ref, at) * HALF + (mem.word(ref, at + 1) >>> 0);
}

/** Writes an integer to word `at` of a block, which has been announced. */
export function write(ref: Ref, at: number, value: Int64): void {
  if (typeof value === "number") {
    mem.setWord(ref, at, Math.floor(value / HALF));
    mem.setWord(ref, at + 1, value);
  } else {
    mem.setWord(ref, at, Number(BigInt.asIntN(32, value >> 32n)));
    mem.setWord(ref, at + 1, Number(BigInt.asIntN(32, value)));
  }
}

/** Adds one to the integer at word `at` of a block, which has been announced. */
export function increment(ref: Ref, at: number): void {
  const { words } = mem.chunkOf(ref);
  const high = mem.wordOffset(ref) + at;
  words[high + 1]!++;
  if (words[high + 1] === 0) words[high]!++;
}

export function add(a: Int64, b: Int64): Int64 {
  if (typeof a === "number" && typeof b === "number" && Number.isSafeInteger(a + b)) return a + b;
  const sum = BigInt.asIntN(64, BigInt(a) + BigInt(b));
  const near = Number(sum);
  return Number.isSafeInteger(near) ? near : sum;
}

export function subtract(a: Int64, b: Int64): Int64 {
  return add(a, -b);
}

export function reply(reply: Reply, value: Int64): void {
  if (typeof value === "number") reply.integer(value);
  else reply.bigInteger(value);
}
