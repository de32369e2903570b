import { describe, expect, test } from "bun:test";
import { Broken } from "../../src/base/assert.ts";
import * as prng from "../../src/base/prng.ts";

/** xoshiro128** on BigInt, straight from its published description. */
function referenceNext(state: bigint[]): bigint {
  const mask = 0xffffffffn;
  const rotate = (word: bigint, bits: bigint): bigint => ((word << bits) | (word >> (32n - bits))) & mask;
  const [s0, s1, s2, s3] = state as [bigint, bigint, bigint, bigint];
  const result = (rotate((s1 * 5n) & mask, 7n) * 9n) & mask;
  const next2 = s2 ^ s0;
  const next3 = s3 ^ s1;
  state[1] = s1 ^ next2;
  state[0] = s0 ^ next3;
  state[2] = next2 ^ ((s1 << 9n) & mask);
  state[3] = rotate(next3, 11n);
  return result;
}

describe("prng", () => {
  test("is xoshiro128**", () => {
    for (const seed of [0, 1, 2 ** 32 - 1, 123456789]) {
      const state = prng.create(seed);
      const reference = Array.from(new Uint32Array(state.buffer.slice(0)), BigInt);
      for (let i = 0; i < 1000; i++) expect(prng.next(state)).toBe(Number(referenceNext(reference)));
    }
  });

  test("a seed repeats its sequence, another one has another", () => {
    const take = (seed: number): number[] => {
      const state = prng.create(seed);
      return Array.from({ length: 20 }, () => prng.next(state));
    };
    expect(take(7)).toEqual(take(7));
    expect(take(7)).not.toEqual(take(8));
  });

  test("below stays in range and reaches every value evenly", () => {
    const state = prng.create(42);
    for (const limit of [1, 2, 3, 6, 7, 8, 9, 100]) {
      const counts = new Array<number>(limit).fill(0);
      const draws = 2000 * limit;
      for (let i = 0; i < draws; i++) counts[prng.below(state, limit)]!++;
      expect(counts).toHaveLength(limit);
      // 2000 expected per value, standard deviation below 45: the seed is fixed, so this can't flicker.
      for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(250);
    }
  });

  test("below takes limits up to 2^32 and refuses others", () => {
    const state = prng.create(1);
    const large = Array.from({ length: 200 }, () => prng.below(state, 2 ** 32));
    expect(large.some((value) => value >= 2 ** 31)).toBe(true);
    expect(Array.from({ length: 200 }, () => prng.below(state, 2 ** 31 + 1)).every((value) => value <= 2 ** 31)).toBe(
      true,
    );
    expect(() => prng.below(state, 0)).toThrow(Broken);
    expect(() => prng.below(state, 2 ** 32 + 1)).toThrow(Broken);
  });
});
