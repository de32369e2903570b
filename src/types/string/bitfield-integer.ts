/**
 * Integers of 1 to 64 bits anywhere in a string, their highest bit first.
 *
 *     offset 5, 13 bits    byte 0     byte 1     byte 2
 *                          .....hhh   xxxxxxxx   ll......
 *
 * Up to 32 bits are plain numbers. Wider ones are BigInts, read and written as a high part and a low part of 32 bits.
 *
 * What does not fit is decided as Redis decides it: WRAP keeps the low bits, SAT takes the nearest limit, FAIL does nothing.
 */

export const WRAP = 0;
export const SAT = 1;
export const FAIL = 2;

/** Integers up to this width are numbers. */
export const NUMBER_BITS_MAX = 32;

const POWERS = Array.from({ length: 41 }, (_, i) => 2 ** i);

/**
 * Reads an unsigned integer of up to 32 bits at a bit offset of the string that lies at `start` and has `length` bytes;
 * behind its end there are zeros.
 */
export function read(bytes: Uint8Array, start: number, length: number, offset: number, bits: number): number {
  const lastBit = offset + bits - 1;
  const end = Math.floor(lastBit / 8);
  let value = 0;
  for (let i = Math.floor(offset / 8); i <= end; i++) value = value * 256 + (i < length ? bytes[start + i]! : 0);
  return Math.floor(value / POWERS[7 - (lastBit & 7)]!) % POWERS[bits]!;
}

/** Writes the unsigned integer `value` of up to 32 bits at a bit offset of the string that lies at `start`. */
export function write(bytes: Uint8Array, start: number, offset: number, bits: number, value: number): void {
  let rest = value;
  let left = bits;
  let lastBit = offset + bits - 1;
  while (left > 0) {
    // The part of the integer that ends at `lastBit` and lies in that bit's byte.
    const width = Math.min(left, (lastBit & 7) + 1);
    const shift = 7 - (lastBit & 7);
    const mask = ((1 << width) - 1) << shift;
    const at = start + Math.floor(lastBit / 8);
    bytes[at] = (bytes[at]! & ~mask) | ((rest << shift) & mask);
    rest = Math.floor(rest / POWERS[width]!);
    left -= width;
    lastBit -= width;
  }
}

/** As `read`, for 33 to 64 bits. */
export function readBig(bytes: Uint8Array, start: number, length: number, offset: number, bits: number): bigint {
  const high = read(bytes, start, length, offset, bits - 32);
  const low = read(bytes, start, length, offset + bits - 32, 32);
  return (BigInt(high) << 32n) | BigInt(low);
}

/** As `write`, for 33 to 64 bits; of `value`, the low ones. */
export function writeBig(bytes: Uint8Array, start: number, offset: number, bits: number, value: bigint): void {
  write(bytes, start, offset, bits - 32, Number(BigInt.asUintN(bits - 32, value >> 32n)));
  write(bytes, start, offset + bits - 32, 32, Number(BigInt.asUintN(32, value)));
}

/** The value that the unsigned integer in `bits` bits has as one in two's complement. */
export function signed(value: number, bits: number): number {
  return value >= POWERS[bits - 1]! ? value - POWERS[bits]! : value;
}

/**
 * The sum of an integer of up to 32 bits and any safe one, made to fit; NaN for a sum that does not fit and FAIL. The sum
 * may be rounded only where it is far from fitting; then its low bits come from those of the parts.
 */
export function addTo(value: number, increment: number, isSigned: boolean, bits: number, overflow: number): number {
  const min = isSigned ? -POWERS[bits - 1]! : 0;
  const max = POWERS[isSigned ? bits - 1 : bits]! - 1;
  const sum = value + increment;
  if (sum >= min && sum <= max) return sum;
  if (overflow === FAIL) return Number.NaN;
  if (overflow === SAT) return sum < min ? min : max;
  const low = (value + (increment % POWERS[bits]!)) % POWERS[bits]!;
  const wrapped = low < 0 ? low + POWERS[bits]! : low;
  return isSigned ? signed(wrapped, bits) : wrapped;
}

/** Whether a number needs no fitting. */
export function fits(value: number, isSigned: boolean, bits: number): boolean {
  return isSigned ? value >= -POWERS[bits - 1]! && value < POWERS[bits - 1]! : value >= 0 && value < POWERS[bits]!;
}

/** As `addTo`, for any width; undefined for a sum that does not fit and FAIL. */
export function addToBig(
  value: bigint,
  increment: bigint,
  isSigned: boolean,
  bits: number,
  overflow: number,
): bigint | undefined {
  const sum = value + increment;
  const wrapped = isSigned ? BigInt.asIntN(bits, sum) : BigInt.asUintN(bits, sum);
  if (wrapped === sum || overflow === WRAP) return wrapped;
  if (overflow === FAIL) return undefined;
  return sum < 0n ? minOf(isSigned, bits) : maxOf(isSigned, bits);
}

/**
 * A value that is to be set, made to fit; undefined for one that does not and FAIL. Of what is too small, Redis takes
 * the upper limit: always if the integer is unsigned, and if it is signed where the distance to that limit takes 64 bits.
 */
export function fitted(value: bigint, isSigned: boolean, bits: number, overflow: number): bigint | undefined {
  const wrapped = isSigned ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
  if (wrapped === value || overflow === WRAP) return wrapped;
  if (overflow === FAIL) return undefined;
  const max = maxOf(isSigned, bits);
  const isBelow = isSigned && value < 0n && max - value < 1n << 63n;
  return isBelow ? minOf(isSigned, bits) : max;
}

function minOf(isSigned: boolean, bits: number): bigint {
  return isSigned ? -(1n << BigInt(bits - 1)) : 0n;
}

function maxOf(isSigned: boolean, bits: number): bigint {
  return (1n << BigInt(isSigned ? bits - 1 : bits)) - 1n;
}
