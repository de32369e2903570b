/**
 * What an element says to a HyperLogLog: its hash chooses one of 16,384 registers, and how many zeros end the rest of the
 * hash is what that register may have to be raised to.
 *
 *     63      50                          14 13          0
 *     ┌─────────┬───────────────────────────┬─────────────┐     run: zeros from bit 14 upwards, and one for the 1 that
 *     │    …    │ 1 0 0 0                   │  register   │     ends them; 51 when there is no 1 in all 50 bits
 *     └─────────┴───────────────────────────┴─────────────┘
 *
 * The hash is MurmurHash64A with Redis' seed, on which every stored HyperLogLog depends. Numbers of 64 bits are two halves
 * here: with BigInt, every step would make an object.
 */

const SEED = 0xadc83b19 | 0;
/** The multiplier of MurmurHash64A, in halves; and the quarters of its lower half. */
const M_LOW = 0x5bd1e995;
const M_HIGH = 0xc6a4a793;
const M_0 = M_LOW & 0xffff;
const M_1 = M_LOW >>> 16;
/** Shift of MurmurHash64A, less the 32 bits that a half has. */
const SHIFT_HIGH = 47 - 32;

const REGISTER_BITS = 14;
const REGISTER_MASK = (1 << REGISTER_BITS) - 1;

/** The upper half of a number times the multiplier; the lower half is `Math.imul(low, M_LOW)`. */
function timesHigh(low: number, high: number): number {
  const quarter0 = low & 0xffff;
  const quarter1 = low >>> 16;
  // Quarter by quarter: each sum is below 2^32, so nothing is lost.
  const middle = Math.imul(M_0, quarter1) + (Math.imul(M_0, quarter0) >>> 16);
  const carry = Math.imul(M_1, quarter0) + (middle & 0xffff);
  const upper = Math.imul(M_1, quarter1) + (middle >>> 16) + (carry >>> 16);
  return (upper + Math.imul(high, M_LOW) + Math.imul(low, M_HIGH)) | 0;
}

let hashLow = 0;
let hashHigh = 0;

/** Computes the hash of `bytes[start, end)`. */
function hash(bytes: Uint8Array, start: number, end: number): void {
  const length = end - start;
  let high = timesHigh(length, 0);
  let low = Math.imul(length, M_LOW) ^ SEED;
  let at = start;
  for (; at + 8 <= end; at += 8) {
    let wordLow = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    let wordHigh = bytes[at + 4]! | (bytes[at + 5]! << 8) | (bytes[at + 6]! << 16) | (bytes[at + 7]! << 24);
    wordHigh = timesHigh(wordLow, wordHigh);
    wordLow = Math.imul(wordLow, M_LOW);
    wordLow ^= wordHigh >>> SHIFT_HIGH;
    high ^= timesHigh(wordLow, wordHigh);
    low ^= Math.imul(wordLow, M_LOW);
    high = timesHigh(low, high);
    low = Math.imul(low, M_LOW);
  }
  if (at < end) {
    for (let shift = 0; at < end; at++, shift += 8) {
      if (shift < 32) low ^= bytes[at]! << shift;
      else high ^= bytes[at]! << (shift - 32);
    }
    high = timesHigh(low, high);
    low = Math.imul(low, M_LOW);
  }
  low ^= high >>> SHIFT_HIGH;
  hashHigh = timesHigh(low, high);
  hashLow = Math.imul(low, M_LOW) ^ (hashHigh >>> SHIFT_HIGH);
}

/** The run of the element that `registerOf` was asked for last: 1 to 51. */
export let run = 0;

/** The register that the bytes belong to; `run` is then what it has to be at least. */
export function registerOf(bytes: Uint8Array, start: number, end: number): number {
  hash(bytes, start, end);
  // Bits 14 to 63, and a 1 that ends the search.
  const restLow = (hashLow >>> REGISTER_BITS) | (hashHigh << (32 - REGISTER_BITS));
  const restHigh = (hashHigh >>> REGISTER_BITS) | (1 << (50 - 32));
  run = 1 + (restLow !== 0 ? zerosBelow(restLow) : 32 + zerosBelow(restHigh));
  return hashLow & REGISTER_MASK;
}

/** Zeros below the lowest 1 of a word. */
const zerosBelow = (word: number) => 31 - Math.clz32(word & -word);

/** The hash of the bytes, for tests. */
export function hash64(bytes: Uint8Array, start: number, end: number): bigint {
  hash(bytes, start, end);
  return (BigInt(hashHigh >>> 0) << 32n) | BigInt(hashLow >>> 0);
}
