/**
 * The 80-bit long double of x86 (64 bits of mantissa, round to nearest, ties to even), in which Redis computes INCRBYFLOAT
 * and HINCRBYFLOAT. JavaScript has nothing near it, so a value is an exact `mantissa * 2^exponent` on BigInt, and `round`
 * is applied where the processor would round: after reading and after adding.
 *
 * Invariants of a finite value: |mantissa| <= 2^64, exponent >= EXPONENT_MIN, |value| < 2^16384. It isn't normalized. There
 * is one zero: the sign of zero can't be told from outside, since "-0" is printed "0". An infinite or undefined value has
 * the exponent Infinity and the mantissa 1, -1 or 0 (NaN, of which there is only one object).
 */

import { toLatin1 } from "./ascii.ts";
import {
  type Binary,
  bitLength,
  DECIMAL,
  type FloatParts,
  hexValue,
  INFINITE,
  INVALID,
  round,
  scan,
} from "./float-text.ts";

export interface LongDouble {
  readonly mantissa: bigint;
  readonly exponent: number;
}

const MANTISSA_BITS = 64;
/** The exponent of the lowest bit of the smallest subnormal number. */
const EXPONENT_MIN = -16445;
/** Every finite value is below 2 to this power. */
const MAGNITUDE_BITS_MAX = 16384;

/** Redis refuses longer texts. */
const TEXT_LENGTH_MAX = 5 * 1024 - 1;

/** A decimal number at or above 10^4933 overflows, one below 10^-4960 is zero, whatever its digits. */
const DECIMAL_OVERFLOW = 4933;
const DECIMAL_UNDERFLOW = -4960;
/** Just above log2(10). */
const BITS_PER_DIGIT = 3.322;

/** Digits behind the point that `format` computes, before it drops trailing zeros. */
const FRACTION_DIGITS = 17;
const FRACTION_SCALE = 10n ** BigInt(FRACTION_DIGITS);

const ZERO: LongDouble = { mantissa: 0n, exponent: 0 };
const POSITIVE_INFINITY: LongDouble = { mantissa: 1n, exponent: Infinity };
const NEGATIVE_INFINITY: LongDouble = { mantissa: -1n, exponent: Infinity };
const NOT_A_NUMBER: LongDouble = { mantissa: 0n, exponent: Infinity };

/**
 * The value of a byte range as Redis reads it: decimal, hexadecimal or infinite, nothing before or behind it. Undefined for
 * anything else, for NaN, and for what is too large or too close to zero.
 */
export function parse(bytes: Uint8Array, start: number, end: number): LongDouble | undefined {
  if (end - start > TEXT_LENGTH_MAX) return undefined;
  const scanned = scan(bytes, start, end);
  if (scanned.kind === INVALID) return undefined;
  if (scanned.kind === INFINITE) return scanned.negative ? NEGATIVE_INFINITY : POSITIVE_INFINITY;
  const negative = scanned.negative;
  const magnitude = scanned.kind === DECIMAL ? decimalMagnitude(bytes, scanned) : hexMagnitude(bytes, scanned);
  return magnitude === undefined ? undefined : fromBinary(negative, magnitude);
}

const bits = new BigUint64Array(1);
const double = new Float64Array(bits.buffer);

/** The same value as a double: every one fits exactly. */
export function fromNumber(value: number): LongDouble {
  if (Number.isNaN(value)) return NOT_A_NUMBER;
  if (!Number.isFinite(value)) return value < 0 ? NEGATIVE_INFINITY : POSITIVE_INFINITY;
  double[0] = Math.abs(value);
  const biased = Number(bits[0]! >> 52n);
  const fraction = BigInt.asUintN(52, bits[0]!);
  // Subnormal doubles have no hidden bit and share the exponent of the smallest normal ones.
  const mantissa = biased === 0 ? fraction : fraction | (1n << 52n);
  return fromBinary(value < 0, { mantissa, exponent: Math.max(biased, 1) - 1075 });
}

/** The sum, rounded once. Infinities of opposite signs give NaN. */
export function add(a: LongDouble, b: LongDouble): LongDouble {
  if (!isFinite(a) || !isFinite(b)) return addInfinite(a, b);
  const exponent = Math.min(a.exponent, b.exponent);
  const sum = (a.mantissa << BigInt(a.exponent - exponent)) + (b.mantissa << BigInt(b.exponent - exponent));
  const negative = sum < 0n;
  return fromBinary(negative, round({ mantissa: negative ? -sum : sum, exponent }, MANTISSA_BITS, EXPONENT_MIN));
}

/** The product with a positive integer, rounded once. */
export function scale(x: LongDouble, factor: bigint): LongDouble {
  return isFinite(x) ? add({ mantissa: x.mantissa * factor, exponent: x.exponent }, ZERO) : x;
}

/** The least integer that is not below; undefined when there is none. */
export function ceil(x: LongDouble): bigint | undefined {
  if (!isFinite(x)) return undefined;
  if (x.exponent >= 0) return x.mantissa << BigInt(x.exponent);
  // The shift of a BigInt rounds down.
  return -(-x.mantissa >> BigInt(-x.exponent));
}

function addInfinite(a: LongDouble, b: LongDouble): LongDouble {
  if (a === NOT_A_NUMBER || b === NOT_A_NUMBER) return NOT_A_NUMBER;
  if (isFinite(a)) return b;
  if (isFinite(b)) return a;
  return a.mantissa === b.mantissa ? a : NOT_A_NUMBER;
}

/** Neither infinite nor NaN. */
// biome-ignore lint/suspicious/noShadowRestrictedNames: read as longDouble.isFinite, the name callers expect
export function isFinite(x: LongDouble): boolean {
  return x.exponent !== Infinity;
}

/** The value as Redis stores and replies it: never an exponent, at most 17 digits behind the point, no trailing zeros. */
export function format(x: LongDouble): string {
  if (!isFinite(x)) return x === NOT_A_NUMBER ? "nan" : x.mantissa < 0n ? "-inf" : "inf";
  const magnitude = x.mantissa < 0n ? -x.mantissa : x.mantissa;
  const scaled = round({ mantissa: magnitude * FRACTION_SCALE, exponent: x.exponent }, Infinity, 0);
  const digits = (scaled.mantissa << BigInt(scaled.exponent)).toString().padStart(FRACTION_DIGITS + 1, "0");
  const pointAt = digits.length - FRACTION_DIGITS;
  const fraction = withoutTrailingZeros(digits.slice(pointAt));
  const text = fraction === "" ? digits.slice(0, pointAt) : `${digits.slice(0, pointAt)}.${fraction}`;
  // A negative value that rounds to zero loses its sign too.
  return x.mantissa < 0n && text !== "0" ? `-${text}` : text;
}

function withoutTrailingZeros(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits[end - 1] === "0") end--;
  return digits.slice(0, end);
}

/** Turns a rounded magnitude into a value; too large a one becomes infinite. */
function fromBinary(negative: boolean, magnitude: Binary): LongDouble {
  if (magnitude.mantissa === 0n) return ZERO;
  if (bitLength(magnitude.mantissa) + magnitude.exponent > MAGNITUDE_BITS_MAX) {
    return negative ? NEGATIVE_INFINITY : POSITIVE_INFINITY;
  }
  return negative ? { mantissa: -magnitude.mantissa, exponent: magnitude.exponent } : magnitude;
}

/** The rounded value of scanned decimal digits, or undefined when it overflows or when digits other than 0 come to zero. */
function decimalMagnitude(bytes: Uint8Array, scanned: FloatParts): Binary | undefined {
  const text = toLatin1(bytes, scanned.digitsStart, scanned.digitsEnd).replace(".", "").replace(/^0+/, "");
  if (text === "") return ZERO;
  const power = scanned.exponent - scanned.fractionDigits;
  // 10^(order-1) <= value < 10^order
  const order = text.length + power;
  if (order > DECIMAL_OVERFLOW || order < DECIMAL_UNDERFLOW) return undefined;

  const digits = BigInt(text);
  if (power >= 0) return inRange(round({ mantissa: digits * 10n ** BigInt(power), exponent: 0 }, MANTISSA_BITS, 0));
  // Divide so that the quotient has more bits than are kept; a remainder only breaks ties.
  const divisor = 10n ** BigInt(-power);
  const missingBits = MANTISSA_BITS + 4 + Math.ceil((1 - order) * BITS_PER_DIGIT);
  const shift = Math.max(0, missingBits);
  const shifted = digits << BigInt(shift);
  const quotient = shifted / divisor;
  const isInexact = quotient * divisor !== shifted;
  return inRange(round({ mantissa: quotient, exponent: -shift }, MANTISSA_BITS, EXPONENT_MIN, isInexact));
}

function hexMagnitude(bytes: Uint8Array, scanned: FloatParts): Binary | undefined {
  const value = hexValue(bytes, scanned);
  if (value.mantissa === 0n) return ZERO;
  return inRange(round(value, MANTISSA_BITS, EXPONENT_MIN));
}

/** What strtold reports as a range error becomes undefined: rounded beyond the largest value, or down to zero. */
function inRange(rounded: Binary): Binary | undefined {
  const bits = bitLength(rounded.mantissa);
  return bits === 0 || bits + rounded.exponent > MAGNITUDE_BITS_MAX ? undefined : rounded;
}
