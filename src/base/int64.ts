/**
 * Signed 64-bit integers in decimal, read and written as strictly as Redis does.
 *
 * The one spelling of a value is the shortest: no spaces, no '+', no leading zeros, no "-0". So a value that parses prints
 * as the very bytes it came from, which is what lets a string be stored as an integer.
 *
 * Nearly every integer in practice is "safe" (|v| <= 2^53-1) and travels as a plain number, NaN standing for "not a safe
 * integer"; the full range -2^63 .. 2^63-1 goes through BigInt. The hot functions cut a number into a high part and nine
 * low digits, because both parts are then small integers and only one step is done in floating point.
 */

import { MINUS, ZERO } from "./ascii.ts";

export const MIN = -(2n ** 63n);
export const MAX = 2n ** 63n - 1n;

/** The longest spelling in bytes: "-9223372036854775808". */
export const LENGTH_MAX = 20;

const LOW_DIGITS = 9;
const LOW_LIMIT = 1_000_000_000;
const LOW_LIMIT_BIG = BigInt(LOW_LIMIT);
/** 2^53-1 has this many digits, 2^63 has INT64_DIGITS_MAX. */
const SAFE_DIGITS_MAX = 16;
const INT64_DIGITS_MAX = 19;

/** The ASCII digits of 00 to 99, two bytes each: one division writes two digits. */
const PAIRS = Uint8Array.from({ length: 200 }, (_, i) => {
  const pair = i >> 1;
  return ZERO + (i % 2 === 0 ? Math.trunc(pair / 10) : pair % 10);
});

/** Value of at most nine digits, or -1 when one of the bytes is no digit. */
function parseDigits(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = bytes[i]! - ZERO;
    if (digit < 0 || digit > 9) return -1;
    value = (Math.imul(value, 10) + digit) | 0;
  }
  return value;
}

/** The integer when it is spelled strictly and safe, otherwise NaN. */
export function parseSafe(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end) return NaN;
  const negative = bytes[start] === MINUS;
  const first = negative ? start + 1 : start;
  const digits = end - first;
  if (digits <= 0 || digits > SAFE_DIGITS_MAX) return NaN;
  if (bytes[first] === ZERO) return digits === 1 && !negative ? 0 : NaN;

  const cut = digits > LOW_DIGITS ? end - LOW_DIGITS : first;
  const low = parseDigits(bytes, cut, end);
  if (low < 0) return NaN;
  if (cut === first) return negative ? -low : low;
  const high = parseDigits(bytes, first, cut);
  if (high < 0) return NaN;
  const value = high * LOW_LIMIT + low;
  if (value > Number.MAX_SAFE_INTEGER) return NaN;
  return negative ? -value : value;
}

/** The integer of the whole 64-bit range, or undefined when it is not spelled strictly or does not fit. */
export function parseBig(bytes: Uint8Array, start: number, end: number): bigint | undefined {
  const safe = parseSafe(bytes, start, end);
  if (!Number.isNaN(safe)) return BigInt(safe);

  const negative = start < end && bytes[start] === MINUS;
  const first = negative ? start + 1 : start;
  const digits = end - first;
  if (digits < SAFE_DIGITS_MAX || digits > INT64_DIGITS_MAX || bytes[first] === ZERO) return undefined;
  const lowCut = end - LOW_DIGITS;
  const midCut = Math.max(first, lowCut - LOW_DIGITS);
  const high = parseDigits(bytes, first, midCut);
  const mid = parseDigits(bytes, midCut, lowCut);
  const low = parseDigits(bytes, lowCut, end);
  if (high < 0 || mid < 0 || low < 0) return undefined;
  const magnitude = BigInt(high * LOW_LIMIT + mid) * LOW_LIMIT_BIG + BigInt(low);
  const value = negative ? -magnitude : magnitude;
  return value < MIN || value > MAX ? undefined : value;
}

/** What `parseHalves` read last: the two halves of the integer, each signed. */
export let low = 0;
export let high = 0;

/** Whether the bytes are an integer of 64 bits, spelled strictly; `low` and `high` are then its halves. */
export function parseHalves(bytes: Uint8Array, start: number, end: number): boolean {
  const safe = parseSafe(bytes, start, end);
  if (!Number.isNaN(safe)) {
    low = safe | 0;
    high = Math.floor(safe / 2 ** 32);
    return true;
  }
  const big = parseBig(bytes, start, end);
  if (big === undefined) return false;
  low = Number(BigInt.asIntN(32, big));
  high = Number(big >> 32n);
  return true;
}

/** Bytes that `write` will take for a safe integer, the sign included. */
export function lengthOf(value: number): number {
  return value < 0 ? 1 + digitsOf(-value) : digitsOf(value);
}

/** Decimal digits of 0 .. 2^53-1. */
function digitsOf(value: number): number {
  if (value >= LOW_LIMIT) return LOW_DIGITS + digitsOfInt(Math.floor(value / LOW_LIMIT));
  return digitsOfInt(value);
}

/** Decimal digits of 0 .. 10^9-1. */
function digitsOfInt(value: number): number {
  if (value < 10000) {
    if (value < 100) return value < 10 ? 1 : 2;
    return value < 1000 ? 3 : 4;
  }
  if (value < 1_000_000) return value < 100_000 ? 5 : 6;
  if (value < 100_000_000) return value < 10_000_000 ? 7 : 8;
  return 9;
}

/** Writes a safe integer in decimal and returns the offset behind it. */
export function write(bytes: Uint8Array, at: number, value: number): number {
  let magnitude = value;
  let first = at;
  if (value < 0) {
    bytes[first++] = MINUS;
    magnitude = -value;
  }
  if (magnitude < LOW_LIMIT) {
    const end = first + digitsOfInt(magnitude);
    writeDigits(bytes, first, end, magnitude | 0);
    return end;
  }
  // A quotient of two integers below 2^53 never rounds up to the next integer, so the floor is exact.
  const high = Math.floor(magnitude / LOW_LIMIT);
  const cut = first + digitsOfInt(high);
  writeDigits(bytes, first, cut, high);
  writeDigits(bytes, cut, cut + LOW_DIGITS, magnitude - high * LOW_LIMIT);
  return cut + LOW_DIGITS;
}

/** Fills the range with the last digits of the value (below 10^9), zeros in front. */
function writeDigits(bytes: Uint8Array, start: number, end: number, value: number): void {
  let rest = value | 0;
  let i = end;
  while (i - start >= 2) {
    const next = (rest / 100) | 0;
    const pair = (rest - Math.imul(next, 100)) << 1;
    bytes[--i] = PAIRS[pair + 1]!;
    bytes[--i] = PAIRS[pair]!;
    rest = next;
  }
  if (i > start) bytes[start] = ZERO + rest;
}

/** Writes any 64-bit integer in decimal and returns the offset behind it. */
export function writeBig(bytes: Uint8Array, at: number, value: bigint): number {
  const near = Number(value);
  if (Number.isSafeInteger(near)) return write(bytes, at, near);
  const magnitude = value < 0n ? -value : value;
  if (value < 0n) bytes[at++] = MINUS;
  const cut = write(bytes, at, Number(magnitude / LOW_LIMIT_BIG));
  writeDigits(bytes, cut, cut + LOW_DIGITS, Number(magnitude % LOW_LIMIT_BIG));
  return cut + LOW_DIGITS;
}
