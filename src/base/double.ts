/**
 * IEEE doubles as text, as Redis 7.0 reads and prints them (sorted set scores in RESP2, RESP3 and RDB's old form).
 *
 * Reading takes what C's strtod takes, but no spaces and no NaN; a number that overflows or that is so small that it becomes
 * zero is refused. Printing is "%.17g": 17 significant digits, enough to read the same double back, though often not the
 * shortest such text (0.1 prints 0.10000000000000001).
 */

import { DOT, isDigit, LOWER_A, MINUS, PLUS, toLatin1, writeLatin1, ZERO } from "./ascii.ts";
import { DECIMAL, type FloatParts, hexValue, INFINITE, INVALID, round, scan } from "./float-text.ts";
import * as int64 from "./int64.ts";

/** The longest text that `write` and `format17g` make: "-1.7976931348623157e+308". */
export const LENGTH_MAX = 24;

/** Powers of ten up to this one are exact doubles, so one multiplication or division by them rounds correctly. */
const EXACT_POWER_MAX = 22;
const EXACT_POWERS = Float64Array.from({ length: EXACT_POWER_MAX + 1 }, (_, i) => Number(`1e${i}`));
/** Numbers of so many digits are exact doubles. */
const EXACT_DIGITS_MAX = 15;
/** Numbers of so many digits are exact as the sum of two doubles. */
const QUICK_DIGITS_MAX = 19;

const SMALL_E = LOWER_A + 4;
const LETTER_E = SMALL_E - 32;

const MANTISSA_BITS = 53;
/** The exponent of the lowest bit of the smallest subnormal double. */
const EXPONENT_MIN = -1074;
/** Every finite double is below 2 to this power. */
const MAGNITUDE_BITS_MAX = 1024;

/** "%.17g" writes an exponent when it is below this or has no place in 17 digits. */
const FIXED_EXPONENT_MIN = -4;
const SIGNIFICANT_DIGITS = 17;
/** 5^26 has more than 18 digits. */
const TIE_PLACES_MAX = 25;

/** The value of a byte range, or undefined when Redis calls it no valid float. */
export function parse(bytes: Uint8Array, start: number, end: number): number | undefined {
  const simple = parseSimple(bytes, start, end);
  if (!Number.isNaN(simple)) return simple;

  const scanned = scan(bytes, start, end);
  if (scanned.kind === INVALID) return undefined;
  if (scanned.kind === INFINITE) return scanned.negative ? -Infinity : Infinity;
  if (scanned.kind === DECIMAL) {
    const value = Number(toLatin1(bytes, start, end));
    if (!Number.isFinite(value)) return undefined;
    return value === 0 && hasNonzeroDigit(bytes, scanned) ? undefined : value;
  }
  const negative = scanned.negative;
  const magnitude = hexMagnitude(bytes, scanned);
  return magnitude === undefined || !negative ? magnitude : -magnitude;
}

/**
 * The value of at most 19 digits, not counting zeros in front, with or without a point and a small exponent, the usual case,
 * without making a string (45 ns for 17 digits instead of 270); NaN for all else.
 */
function parseSimple(bytes: Uint8Array, start: number, end: number): number {
  const negative = start < end && bytes[start] === MINUS;
  const first = negative ? start + 1 : start;
  let at = first;
  while (at < end && bytes[at] === ZERO) at++;
  const hasZero = at > first;
  // The first 15 digits and what follows them.
  let high = 0;
  let low = 0;
  let digits = 0;
  let digitsBeforePoint = -1;
  let exponent = 0;
  for (; at < end; at++) {
    const byte = bytes[at]!;
    if (isDigit(byte)) {
      if (digits < EXACT_DIGITS_MAX) high = high * 10 + (byte - ZERO);
      else low = low * 10 + (byte - ZERO);
      digits++;
    } else if (byte === DOT && digitsBeforePoint < 0) digitsBeforePoint = digits;
    else if (byte === LETTER_E || byte === SMALL_E) {
      exponent = smallExponent(bytes, at + 1, end);
      break;
    } else return NaN;
  }
  if ((digits === 0 && !hasZero) || digits > QUICK_DIGITS_MAX) return NaN;
  const scale = digitsBeforePoint < 0 ? exponent : exponent - (digits - digitsBeforePoint);
  if (!(Math.abs(scale) <= EXACT_POWER_MAX)) return NaN;
  const shift = EXACT_POWERS[Math.max(0, digits - EXACT_DIGITS_MAX)]!;
  const mantissa = high * shift + low;
  let value: number;
  if (mantissa > Number.MAX_SAFE_INTEGER) value = scale > 0 ? NaN : divide(high, shift, low, EXACT_POWERS[-scale]!);
  else value = scale < 0 ? mantissa / EXACT_POWERS[-scale]! : mantissa * EXACT_POWERS[scale]!;
  return negative ? -value : value;
}

/** An exponent of one or two digits; NaN for all else. */
function smallExponent(bytes: Uint8Array, start: number, end: number): number {
  const first = bytes[start]!;
  const from = start < end && (first === MINUS || first === PLUS) ? start + 1 : start;
  if (end - from < 1 || end - from > 2) return NaN;
  let value = 0;
  for (let at = from; at < end; at++) {
    if (!isDigit(bytes[at]!)) return NaN;
    value = value * 10 + (bytes[at]! - ZERO);
  }
  return first === MINUS ? -value : value;
}

/** What `multiply` left over: its result and this are the exact product. */
let rest = 0;
/** Splits a double in two halves of 26 bits, the products of which are exact. */
const SPLITTER = 2 ** 27 + 1;

/** The rounded product of two doubles of middling size, and its error in `rest` (Dekker). */
function multiply(a: number, b: number): number {
  const product = a * b;
  const aHigh = a * SPLITTER - (a * SPLITTER - a);
  const bHigh = b * SPLITTER - (b * SPLITTER - b);
  const aLow = a - aHigh;
  const bLow = b - bHigh;
  rest = aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
  return product;
}

/**
 * `(high * shift + low) / divisor`, whose dividend has more than 53 bits; NaN where it lies so near to the middle between
 * two doubles that this can't tell which one it is.
 */
function divide(high: number, shift: number, low: number, divisor: number): number {
  const product = multiply(high, shift);
  const dividend = product + (rest + low);
  // Both are exact: integers of a few digits.
  const missing = rest + low - (dividend - product);
  const quotient = dividend / divisor;
  const back = multiply(quotient, divisor);
  // The exact remainder of the division is a double; two roundings follow.
  const correction = (dividend - back - rest + missing) / divisor;
  const doubt = Math.abs(correction) * 2 ** -51;
  const value = quotient + (correction - doubt);
  return value === quotient + (correction + doubt) ? value : NaN;
}

function hasNonzeroDigit(bytes: Uint8Array, scanned: FloatParts): boolean {
  for (let at = scanned.digitsStart; at < scanned.digitsEnd; at++) {
    if (bytes[at] !== ZERO && bytes[at] !== DOT) return true;
  }
  return false;
}

function hexMagnitude(bytes: Uint8Array, scanned: FloatParts): number | undefined {
  const value = hexValue(bytes, scanned);
  if (value.mantissa === 0n) return 0;
  // The 129 bits of `hexValue` may still reach below the smallest double, therefore round before leaving BigInt.
  const { mantissa, exponent } = round(value, MANTISSA_BITS, EXPONENT_MIN);
  if (mantissa === 0n || exponent > MAGNITUDE_BITS_MAX) return undefined;
  // Two exact steps, because 2^exponent alone may be too large or too small for a double.
  const half = Math.trunc(exponent / 2);
  const result = Number(mantissa) * 2 ** half * 2 ** (exponent - half);
  return Number.isFinite(result) ? result : undefined;
}

/** The value as C's printf prints it with "%.17g"; "inf", "-inf" and "nan" for what isn't finite. */
export function format17g(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value < 0 ? "-inf" : "inf";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const sign = value < 0 ? "-" : "";
  const text = Math.abs(value).toExponential(SIGNIFICANT_DIGITS - 1);
  const exponent = Number(text.slice(SIGNIFICANT_DIGITS + 2)); // behind "d.dddddddddddddddde"
  const digits = isTie(Math.abs(value)) ? tieDigits(Math.abs(value)) : text[0] + text.slice(2, SIGNIFICANT_DIGITS + 1);
  return sign + layOut(withoutTrailingZeros(digits), exponent);
}

/** Puts the point into significant digits that begin at 10^exponent, or an exponent of at least two digits behind them. */
function layOut(digits: string, exponent: number): string {
  if (exponent < FIXED_EXPONENT_MIN || exponent >= SIGNIFICANT_DIGITS) {
    const power = `e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
    return withPoint(digits, 1) + power;
  }
  if (exponent < 0) return `0.${"0".repeat(-exponent - 1)}${digits}`;
  return withPoint(digits.padEnd(exponent + 1, "0"), exponent + 1);
}

function withPoint(digits: string, at: number): string {
  return digits.length > at ? `${digits.slice(0, at)}.${digits.slice(at)}` : digits;
}

/** Writes what `format17g` gives, LENGTH_MAX bytes at most, and returns the offset behind it; the usual scores without making a string. */
export function write(bytes: Uint8Array, at: number, value: number): number {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) return int64.write(bytes, at, value);
  const magnitude = Math.abs(value);
  if (!(magnitude >= QUICK_MIN && magnitude < QUICK_MAX)) return writeLatin1(bytes, at, format17g(value));
  if (value > 0) return writeQuick(bytes, at, magnitude);
  bytes[at] = MINUS;
  return writeQuick(bytes, at + 1, magnitude);
}

/** What has all its 17 digits in one exact product, and needs no exponent. */
const QUICK_MIN = 1e-4;
const QUICK_MAX = 1e16;

const SMALLEST_OF_17_DIGITS = 1e16;
/** The digits are found as two integers below 2^31: the last 8, and the 9 before them. */
const LOW_DIGITS = 8;
const LOW_LIMIT = 1e8;
const HIGH_LIMIT = 1e9;

const digits = new Uint8Array(SIGNIFICANT_DIGITS);

/** As `write`, for numbers from QUICK_MIN to below QUICK_MAX (a third of the time). */
function writeQuick(bytes: Uint8Array, start: number, value: number): number {
  const exponent = findDigits(value);
  let end = SIGNIFICANT_DIGITS;
  while (digits[end - 1] === ZERO) end--;
  let at = start;
  if (exponent < 0) {
    bytes[at++] = ZERO;
    bytes[at++] = DOT;
    for (let i = exponent; i < -1; i++) bytes[at++] = ZERO;
  }
  for (let i = 0; i < end || i <= exponent; i++) {
    bytes[at++] = digits[i]!;
    if (i === exponent && i + 1 < end) bytes[at++] = DOT;
  }
  return at;
}

/** Finds the 17 significant digits, and which power of ten the first of them counts. */
function findDigits(value: number): number {
  let exponent = 0;
  if (value < 1) while (value * EXACT_POWERS[-exponent]! < 1) exponent--;
  else while (value >= EXACT_POWERS[exponent + 1]!) exponent++;
  let product = multiply(value, EXACT_POWERS[SIGNIFICANT_DIGITS - 1 - exponent]!);
  // A value just below a power of ten may have looked like it.
  if (product < SMALLEST_OF_17_DIGITS || (product === SMALLEST_OF_17_DIGITS && rest < 0)) {
    exponent--;
    product = multiply(value, EXACT_POWERS[SIGNIFICANT_DIGITS - 1 - exponent]!);
  }
  // The product is an even integer, and what it lacks is small: ties go to the even digit, as in C.
  let missing = Math.floor(rest);
  const fraction = rest - missing;
  if (fraction > 0.5 || (fraction === 0.5 && missing % 2 !== 0)) missing++;
  let high = Math.floor(product / LOW_LIMIT);
  let low = product - high * LOW_LIMIT + missing;
  if (low < 0) {
    high--;
    low += LOW_LIMIT;
  } else if (low >= LOW_LIMIT) {
    high++;
    low -= LOW_LIMIT;
  }
  if (high === HIGH_LIMIT) {
    high /= 10;
    exponent++;
  }
  putDigits(high, 0, SIGNIFICANT_DIGITS - LOW_DIGITS);
  putDigits(low, SIGNIFICANT_DIGITS - LOW_DIGITS, SIGNIFICANT_DIGITS);
  return exponent;
}

/** Puts an integer at `digits[from, to)`. */
function putDigits(integer: number, from: number, to: number): void {
  let left = integer;
  for (let i = to - 1; i >= from; i--) {
    const next = (left / 10) | 0;
    digits[i] = ZERO + left - next * 10;
    left = next;
  }
}

/**
 * Whether a value may lie exactly half-way between two numbers of 17 digits. C then takes the even digit, JavaScript the
 * upper one. Such a value has 18 significant digits, the last a 5. It can't be an integer, since 18 digits ending in 5 take
 * more than 53 bits; and with `places` binary places it has as many decimal ones, of which 25 make the 18 digits too long.
 */
function isTie(magnitude: number): boolean {
  let places = 0;
  let scaled = magnitude;
  while (!Number.isInteger(scaled)) {
    if (++places > TIE_PLACES_MAX) return false;
    scaled *= 2;
  }
  const asInteger = magnitude * 10 ** places;
  return places > 0 && asInteger >= 1e17 && asInteger <= 1e18;
}

/** The 17 digits of a value for which `isTie` holds, from its exact decimal text. */
function tieDigits(magnitude: number): string {
  const exact = withoutTrailingZeros(magnitude.toFixed(TIE_PLACES_MAX)).replace(".", "").replace(/^0+/, "");
  if (exact.length <= SIGNIFICANT_DIGITS) return exact; // just below the bounds, which are rounded themselves
  const kept = exact.slice(0, SIGNIFICANT_DIGITS);
  const last = Number(kept[SIGNIFICANT_DIGITS - 1]);
  // An odd last digit goes up to the next even one; 9 carries.
  return last % 2 === 0 ? kept : String(BigInt(kept) + 1n);
}

function withoutTrailingZeros(digits: string): string {
  let end = digits.length;
  while (digits[end - 1] === "0") end--;
  return digits.slice(0, end);
}
