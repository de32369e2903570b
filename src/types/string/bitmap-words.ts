/**
 * Bits in bulk. Bit 0 of a string is the highest bit of its first byte.
 *
 * The bytes lie anywhere in a chunk; whole 32-bit words of the chunk are taken as words, the few bytes before and behind
 * them one by one:
 *
 *     start        ┌ first whole word               end
 *       ├──┬──┬──┬─┴─────────┬───────────┬───────────┬──┬──┤
 *         bytes    │  word   │   word    │   word    │ bytes
 */
import type { Chunk } from "../../mem/mem.ts";

/** Bits set in a word: sums of neighbouring 2, 4 and 8 bits, then all four bytes at once by a multiplication. */
export function onesOf(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const nibbles = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Bits set in the bytes from `start` to `end` (excluded) of a chunk. */
export function countOnes(chunk: Chunk, start: number, end: number): number {
  const bytes = chunk.bytes;
  let total = 0;
  let at = start;
  for (; (at & 3) !== 0 && at < end; at++) total += onesOf(bytes[at]!);
  const wordsEnd = end >>> 2;
  if (at >>> 2 < wordsEnd) {
    total += countWords(chunk.words, at >>> 2, wordsEnd);
    at = wordsEnd << 2;
  }
  for (; at < end; at++) total += onesOf(bytes[at]!);
  return total;
}

/**
 * As `countOnes`, for words. Eight at a time, with adders that work on 32 columns of bits at once (Harley and Seal): in each
 * column `ones`, `twos` and `fours` are the digits of a running sum, and only what is carried beyond them, the eights, is
 * counted. 18 ms for 100 MB, where counting word by word takes 35.
 */
function countWords(words: Int32Array, from: number, to: number): number {
  let eights = 0;
  let ones = 0;
  let twos = 0;
  let fours = 0;
  let i = from;
  // Written so, the engine knows that `i` does not overflow; with `i <= to - 8` the loop takes twice the time.
  for (; i + 8 <= to; i += 8) {
    // An adder: the sum of three bits is their parity, and the carry is what at least two of them have.
    let a = words[i]!;
    let b = words[i + 1]!;
    let half = ones ^ a;
    const twosA = (ones & a) | (half & b);
    ones = half ^ b;
    a = words[i + 2]!;
    b = words[i + 3]!;
    half = ones ^ a;
    const twosB = (ones & a) | (half & b);
    ones = half ^ b;
    half = twos ^ twosA;
    const foursA = (twos & twosA) | (half & twosB);
    twos = half ^ twosB;
    a = words[i + 4]!;
    b = words[i + 5]!;
    half = ones ^ a;
    const twosC = (ones & a) | (half & b);
    ones = half ^ b;
    a = words[i + 6]!;
    b = words[i + 7]!;
    half = ones ^ a;
    const twosD = (ones & a) | (half & b);
    ones = half ^ b;
    half = twos ^ twosC;
    const foursB = (twos & twosC) | (half & twosD);
    twos = half ^ twosD;
    half = fours ^ foursA;
    eights = (eights + onesOf((fours & foursA) | (half & foursB))) | 0;
    fours = half ^ foursB;
  }
  let total = 8 * eights + 4 * onesOf(fours) + 2 * onesOf(twos) + onesOf(ones);
  for (; i < to; i++) total += onesOf(words[i]!);
  return total;
}

/** The first byte from `start` to `end` (excluded) of a chunk in which a bit is `bit`; `end` when there is none. */
export function findByteWith(chunk: Chunk, start: number, end: number, bit: number): number {
  const bytes = chunk.bytes;
  const without = bit === 1 ? 0 : 0xff;
  let at = start;
  for (; (at & 3) !== 0 && at < end; at++) if (bytes[at] !== without) return at;
  const wordsEnd = end >>> 2;
  if (at >>> 2 < wordsEnd) {
    const skip = bit === 1 ? skipZeros : skipOnes;
    at = skip(chunk.words, at >>> 2, wordsEnd) << 2;
  }
  for (; at < end; at++) if (bytes[at] !== without) return at;
  return end;
}

/** The first word from `from` to `to` (excluded) that is not 0, or `to`. */
function skipZeros(words: Int32Array, from: number, to: number): number {
  let i = from;
  for (; i + 8 <= to; i += 8) {
    const left = words[i]! | words[i + 1]! | words[i + 2]! | words[i + 3]!;
    if ((left | words[i + 4]! | words[i + 5]! | words[i + 6]! | words[i + 7]!) !== 0) break;
  }
  while (i < to && words[i] === 0) i++;
  return i;
}

/** The first word from `from` to `to` (excluded) that is not all ones, or `to`. */
function skipOnes(words: Int32Array, from: number, to: number): number {
  let i = from;
  for (; i + 8 <= to; i += 8) {
    const left = words[i]! & words[i + 1]! & words[i + 2]! & words[i + 3]!;
    if ((left & words[i + 4]! & words[i + 5]! & words[i + 6]! & words[i + 7]!) !== -1) break;
  }
  while (i < to && words[i] === -1) i++;
  return i;
}
