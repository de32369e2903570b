/** IDs: 128 bits in halves, against BigInts. What is read from arguments, the contract test compares with Redis. */
import { expect, test } from "bun:test";
import { type Id, textOf } from "../../../src/types/stream/id.ts";
import { seededRandom, seedOfRun } from "../../support/random.ts";
import { idOf } from "./commands.ts";

const seed = seedOfRun();
const random = seededRandom(seed);
const MAX = 2n ** 128n - 1n;

const numberOf = (id: Id) =>
  [id.msHigh, id.msLow, id.seqHigh, id.seqLow].reduce((value, half) => (value << 32n) | BigInt(half), 0n);
const fromValue = (value: bigint) => idOf(value >> 64n, value & (2n ** 64n - 1n));

/** A number of 128 bits, often at the edge of a half. */
function anyValue(): bigint {
  const half = () => BigInt(random.pick([0, 1, 0x7fffffff, 0x80000000, 0xffffffff, random.below(2 ** 32)]));
  return (half() << 96n) | (half() << 64n) | (half() << 32n) | half();
}

test(`IDs are numbers of 128 bits (SEED=${seed})`, () => {
  for (let round = 0; round < 20_000; round++) {
    const value = anyValue();
    const other = random.chance(0.2) ? value : anyValue();
    const id = fromValue(value);
    expect(numberOf(id)).toBe(value);
    expect(Math.sign(id.compare(fromValue(other)))).toBe(value < other ? -1 : value > other ? 1 : 0);
    expect(id.increment()).toBe(value !== MAX);
    expect(numberOf(id)).toBe((value + 1n) & MAX);
    expect(id.decrement()).toBe(value !== MAX);
    expect(numberOf(id)).toBe(value);
    expect(textOf(id)).toBe(`${value >> 64n}-${value & (2n ** 64n - 1n)}`);
    expect(id.isMin).toBe(value === 0n);
    expect(id.isMax).toBe(value === MAX);
  }
});

test("the ends of the range wrap around", () => {
  for (const [from, to] of [
    [MAX, 0n],
    [2n ** 64n - 1n, 2n ** 64n],
    [2n ** 32n - 1n, 2n ** 32n],
    [2n ** 96n - 1n, 2n ** 96n],
  ] as const) {
    const id = fromValue(from);
    expect(id.increment()).toBe(from !== MAX);
    expect(numberOf(id)).toBe(to);
    expect(id.decrement()).toBe(to !== 0n);
    expect(numberOf(id)).toBe(from);
  }
});

test("a moment becomes the first ID of its millisecond", () => {
  for (const ms of [0, 1, 2 ** 32 - 1, 2 ** 32, 1_795_261_527_870, 2 ** 53 - 1]) {
    expect(textOf(idOf(5, 5).setTime(ms))).toBe(`${ms}-0`);
  }
});
