/**
 * A small, fast, seedable generator of 32-bit numbers: xoshiro128** by Blackman and Vigna (public domain algorithm).
 *
 * For choices that must be quick and repeatable from a seed (RANDOMKEY, sampling, tests), never for secrets: who sees
 * some outputs can compute the rest. The whole state is four 32-bit words, not all zero.
 */

import { assert } from "./assert.ts";

/** The running state of one generator: four words. */
export type Prng = Int32Array;

const STATE_WORDS = 4;
/** 2^32 divided by the golden ratio: the step of the seed sequence. */
const SEED_STEP = 0x9e3779b9;

/** A generator for a 32-bit seed. Equal seeds give equal sequences; neighbouring seeds give unrelated ones. */
export function create(seed: number): Prng {
  const state = new Int32Array(STATE_WORDS);
  let counter = seed | 0;
  for (let i = 0; i < STATE_WORDS; i++) {
    counter = (counter + SEED_STEP) | 0;
    state[i] = mix(counter);
  }
  // `mix` is a bijection and the four counters differ, so at most one word is zero.
  return state;
}

/** The finalizer of MurmurHash3: every input bit reaches every output bit. */
function mix(word: number): number {
  let x = word;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** The next number, uniform in 0 .. 2^32-1. */
export function next(state: Prng): number {
  const s1 = state[1]!;
  const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9);
  const s2 = state[2]! ^ state[0]!;
  const s3 = state[3]! ^ s1;
  state[1] = s1 ^ s2;
  state[0] = state[0]! ^ s3;
  state[2] = s2 ^ (s1 << 9);
  state[3] = rotateLeft(s3, 11);
  return result >>> 0;
}

/** A number uniform in 0 .. limit-1, for a limit of 1 .. 2^32. Without bias: what falls outside is drawn again. */
export function below(state: Prng, limit: number): number {
  assert(limit >= 1 && limit <= 2 ** 32, "prng: limit out of range");
  // The smallest mask of ones that covers limit-1, so that more than half of the draws are kept.
  const mask = limit === 1 ? 0 : 0xffffffff >>> Math.clz32(limit - 1);
  for (;;) {
    const draw = (next(state) & mask) >>> 0;
    if (draw < limit) return draw;
  }
}
