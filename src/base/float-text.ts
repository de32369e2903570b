/**
 * The spelling of floating point numbers that C's strtod accepts, shared by `double.ts` and `long-double.ts`.
 *
 *   [+-] digits [. digits] [e [+-] digits]      at least one digit before or after the point
 *   [+-] 0x hexdigits [. hexdigits] [p [+-] digits]
 *   [+-] inf | infinity                          in any case, as are 0X, E and P
 *
 * `scan` checks the spelling and notes where its parts are; the two callers then compute the value in their own precision.
 * No spaces and no NaN: Redis refuses both, though strtod would take them.
 */

import { bytesOf, DOT, equalsIgnoreCase, isDigit, LOWER_A, lower, MINUS, PLUS, ZERO } from "./ascii.ts";

export const INVALID = 0;
export const DECIMAL = 1;
export const HEX = 2;
export const INFINITE = 3;

/** The parts of a scanned number. One object is reused by every `scan`, so read it at once. */
export interface FloatParts {
  kind: typeof INVALID | typeof DECIMAL | typeof HEX | typeof INFINITE;
  negative: boolean;
  /** The digits, perhaps with one point among them: bytes [digitsStart, digitsEnd). */
  digitsStart: number;
  digitsEnd: number;
  /** Digits behind the point. */
  fractionDigits: number;
  /** What stands behind `e` (a power of ten) or `p` (a power of two), held within ±EXPONENT_MAX. */
  exponent: number;
}

/** No spelling of a bulk string's length can bring an exponent beyond this back into range. */
const EXPONENT_MAX = 4_000_000_000;

const INF = bytesOf("inf");
const INFINITY = bytesOf("infinity");
const LOWER_E = LOWER_A + 4;
const LOWER_F = LOWER_A + 5;
const LOWER_P = LOWER_A + 15;
const LOWER_X = LOWER_A + 23;

const parts: FloatParts = {
  kind: INVALID,
  negative: false,
  digitsStart: 0,
  digitsEnd: 0,
  fractionDigits: 0,
  exponent: 0,
};

/** Value of a hexadecimal digit of either case, or -1. */
export function hexDigit(byte: number): number {
  if (isDigit(byte)) return byte - ZERO;
  const small = lower(byte);
  return small >= LOWER_A && small <= LOWER_F ? small - LOWER_A + 10 : -1;
}

/** Splits a byte range into the parts of a number; `kind` is INVALID when it isn't one from its first byte to its last. */
export function scan(bytes: Uint8Array, start: number, end: number): FloatParts {
  let at = start;
  parts.kind = INVALID;
  parts.negative = false;
  if (at < end && (bytes[at] === MINUS || bytes[at] === PLUS)) {
    parts.negative = bytes[at] === MINUS;
    at++;
  }
  if (equalsIgnoreCase(bytes, at, end, INF) || equalsIgnoreCase(bytes, at, end, INFINITY)) {
    parts.kind = INFINITE;
    return parts;
  }
  const isHex = end - at > 2 && bytes[at] === ZERO && lower(bytes[at + 1]!) === LOWER_X;
  if (isHex) at += 2;

  let pointAt = -1;
  parts.digitsStart = at;
  for (; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === DOT && pointAt < 0) pointAt = at;
    else if (isHex ? hexDigit(byte) < 0 : !isDigit(byte)) break;
  }
  parts.digitsEnd = at;
  parts.fractionDigits = pointAt < 0 ? 0 : at - pointAt - 1;
  const digits = at - parts.digitsStart - (pointAt < 0 ? 0 : 1);
  if (digits === 0) return parts;

  parts.exponent = 0;
  if (at < end) {
    if (lower(bytes[at]!) !== (isHex ? LOWER_P : LOWER_E)) return parts;
    if (!scanExponent(bytes, at + 1, end)) return parts;
  }
  parts.kind = isHex ? HEX : DECIMAL;
  return parts;
}

/** Reads what follows `e` or `p` into `parts.exponent`; false when it isn't a whole number up to the end. */
function scanExponent(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  const negative = at < end && bytes[at] === MINUS;
  if (at < end && (negative || bytes[at] === PLUS)) at++;
  if (at >= end) return false;
  let value = 0;
  for (; at < end; at++) {
    const byte = bytes[at]!;
    if (!isDigit(byte)) return false;
    value = Math.min(value * 10 + (byte - ZERO), EXPONENT_MAX);
  }
  parts.exponent = negative ? -value : value;
  return true;
}

/** A binary number `mantissa * 2^exponent`, the mantissa not negative. */
export interface Binary {
  mantissa: bigint;
  exponent: number;
}

/** Hexadecimal digits that are kept of a long number: far more bits than either precision has. */
const HEX_DIGITS_KEPT = 32;

/**
 * The value of scanned HEX digits as a binary number. What lies beyond the kept digits only matters by being zero or not,
 * so it becomes a single lowest bit.
 */
export function hexValue(bytes: Uint8Array, scanned: FloatParts): Binary {
  let mantissa = 0n;
  let kept = 0;
  let dropped = 0;
  let isInexact = false;
  for (let at = scanned.digitsStart; at < scanned.digitsEnd; at++) {
    const digit = hexDigit(bytes[at]!);
    if (digit < 0) continue; // the point
    if (kept === HEX_DIGITS_KEPT) {
      dropped++;
      isInexact ||= digit !== 0;
    } else if (digit !== 0 || kept > 0) {
      mantissa = (mantissa << 4n) | BigInt(digit);
      kept++;
    }
  }
  const exponent = scanned.exponent + 4 * (dropped - scanned.fractionDigits);
  return { mantissa: (mantissa << 1n) | (isInexact ? 1n : 0n), exponent: exponent - 1 };
}

/** Bits of a number >= 0 up to and including its highest one. */
export function bitLength(value: bigint): number {
  if (value === 0n) return 0;
  const hex = value.toString(16);
  return 4 * hex.length - (Math.clz32(Number.parseInt(hex[0]!, 16)) - 28);
}

/**
 * Rounds to the nearest value with at most `bits` bits and an exponent of at least `exponentMin`, ties to even. The result
 * isn't normalized, and after a carry its mantissa is exactly 2^bits. `isInexact` says that the true value lies a little
 * above `value`, by less than its lowest bit; such a value must have more bits than are kept.
 */
export function round(value: Binary, bits: number, exponentMin: number, isInexact = false): Binary {
  const excess = Math.max(bitLength(value.mantissa) - bits, exponentMin - value.exponent);
  if (excess <= 0 || value.mantissa === 0n) return value;
  const exponent = value.exponent + excess;
  if (excess > bitLength(value.mantissa)) return { mantissa: 0n, exponent }; // below half of the lowest bit
  const shift = BigInt(excess);
  const floor = value.mantissa >> shift;
  const half = 1n << (shift - 1n);
  const rest = value.mantissa - (floor << shift);
  const isUp = rest > half || (rest === half && (isInexact || (floor & 1n) === 1n));
  return { mantissa: isUp ? floor + 1n : floor, exponent };
}
