/**
 * From registers to a number: how many different elements were probably added.
 *
 * The estimator is that of Otmar Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (arXiv:1702.01284),
 * which needs nothing but how many registers hold each value. The operations and their order are Redis', so that the same
 * registers give the same number to the last bit.
 */
import { REGISTER_MAX, REGISTERS } from "./hyperloglog-dense.ts";

/** Bits of a hash that runs are counted in: registers go up to one more. */
const RUN_BITS = 50;
/** 0.5 / ln 2 */
const ALPHA = 0.7213475204444817;
const INT64_LIMIT = 2 ** 63;

/** Number of registers by what they hold: `begin` clears it, the forms of registers fill it. */
export const histogram = new Int32Array(REGISTER_MAX + 1);

export function begin(): void {
  histogram.fill(0);
}

/** Counts registers that take a byte each. */
export function countBytes(registers: Uint8Array): void {
  for (let i = 0; i < REGISTERS; i++) histogram[registers[i]!]!++;
}

/** What registers that hold 0 contribute, by their share. */
function sigma(share: number): number {
  if (share === 1) return Number.POSITIVE_INFINITY;
  let x = share;
  let y = 1;
  let z = share;
  for (;;) {
    x *= x;
    const before = z;
    z += x * y;
    y += y;
    if (before === z) return z;
  }
}

/** What registers that hold the most contribute, by the share of the others. */
function tau(share: number): number {
  if (share === 0 || share === 1) return 0;
  let x = share;
  let y = 1;
  let z = 1 - share;
  for (;;) {
    x = Math.sqrt(x);
    const before = z;
    y *= 0.5;
    z -= (1 - x) * (1 - x) * y;
    if (before === z) return z / 3;
  }
}

/**
 * The estimate for the histogram. Registers that no element can have made may give more than 64 bits hold; the answer is
 * then -2^63, which is what the processor makes of it for Redis.
 */
export function estimate(): number {
  let z = REGISTERS * tau((REGISTERS - histogram[RUN_BITS + 1]!) / REGISTERS);
  for (let held = RUN_BITS; held >= 1; held--) {
    z += histogram[held]!;
    z *= 0.5;
  }
  z += REGISTERS * sigma(histogram[0]! / REGISTERS);
  const result = Math.round((ALPHA * REGISTERS * REGISTERS) / z);
  return result < INT64_LIMIT ? result : -INT64_LIMIT;
}
