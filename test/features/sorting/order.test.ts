/** Sorting by keys and ties, against the language's own stable sort. */
import { expect, test } from "bun:test";
import { sorted } from "../../../src/features/sorting/order.ts";
import { type Random, seededRandom, seedOfRun } from "../../support/random.ts";

const seed = seedOfRun();
const EDGES = [0, -0, 1, -1, 0.5, 2 ** 53, -(2 ** 53), 1e300, -1e300, 5e-324, -5e-324, Number.MAX_VALUE].concat([
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  2 ** 31,
  2 ** 32,
  2 ** 48 - 1,
]);

function keysOf(random: Random, count: number): Float64Array<ArrayBuffer> {
  const make = random.pick([
    () => random.pick(EDGES),
    () => random.below(5),
    () => random.between(-1000, 1000) / 7,
    () => random.between(-(2 ** 40), 2 ** 40),
    () => 7,
  ]);
  return Float64Array.from({ length: count }, make);
}

test(`in the order of keys, then of ties, and stable (SEED=${seed})`, () => {
  const random = seededRandom(seed);
  for (let i = 0; i < 1500; i++) {
    const count = random.pick([0, 1, 2, 3, 8, 9, 17, random.below(100), random.below(2000)]);
    const keys = keysOf(random, count);
    const ranks = Int32Array.from({ length: count }, () => random.below(random.pick([1, 3, 1000])));
    const sign = random.chance(0.5) ? 1 : -1;
    const tie = (a: number, b: number) => ranks[a]! - ranks[b]!;
    const compare = (a: number, b: number) => {
      const [left, right] = [keys[a]!, keys[b]!];
      return (left < right ? -1 : left > right ? 1 : tie(a, b)) * sign;
    };
    const expected = Array.from(keys.keys()).sort(compare);
    expect(Array.from(sorted(keys.slice(), sign < 0, tie))).toEqual(expected);
  }
});
