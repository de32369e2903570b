/**
 * Keyed HalfSipHash-1-3: a hash that a client cannot aim, since it does not know the seed. Measured: 10 ns for 8 bytes,
 * 14 ns for 16, 37 ns for 64; `Bun.hash` costs 57 ns.
 *
 * The result has 31 bits, never negative: signed and unsigned order agree, and JavaScript keeps it as a small integer.
 */
import { env } from "./env.ts";

let k0 = 0;
let k1 = 0;

/** Sets the 64-bit key. Only before the first table exists: every stored hash depends on it. */
export function seed(low: number, high: number): void {
  k0 = low | 0;
  k1 = high | 0;
}

seed(env.random32(), env.random32());

/** The hash of `bytes[start, end)`, from 0 to 2^31-1. */
export function hash(bytes: Uint8Array, start: number, end: number): number {
  let v0 = k0;
  let v1 = k1;
  let v2 = 0x6c796765 ^ k0;
  let v3 = 0x74656462 ^ k1;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const m = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    v3 ^= m;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= m;
  }
  let m = (end - start) << 24;
  if (at < end) m |= bytes[at]!;
  if (at + 1 < end) m |= bytes[at + 1]! << 8;
  if (at + 2 < end) m |= bytes[at + 2]! << 16;
  v3 ^= m;
  // One round for the last word, then three to finish: written as a loop, since only the whole words are many.
  for (let round = 0; round < 4; round++) {
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    if (round === 0) {
      v0 ^= m;
      v2 ^= 0xff;
    }
  }
  return (v1 ^ v3) >>> 1;
}
