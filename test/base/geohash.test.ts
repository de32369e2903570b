import { describe, expect, test } from "bun:test";
import * as geohash from "../../src/base/geohash.ts";
import { type Random, seededRandom, seedOfRun } from "../support/random.ts";

const random: Random = seededRandom(seedOfRun());
const longitude = () => random.below(360_000_001) / 1e6 - 180;
const latitude = () => random.below(170_000_001) / 1e6 - 85;

/** Bits of a column and a row, as text, one after the other. */
function interleaved(column: number, row: number, step: number): bigint {
  let text = "0b";
  for (let bit = step - 1; bit >= 0; bit--) {
    text += `${Math.floor(column / 2 ** bit) % 2}${Math.floor(row / 2 ** bit) % 2}`;
  }
  return BigInt(text);
}

describe("hashes", () => {
  test("are the bits of column and row in turn", () => {
    for (let round = 0; round < 20_000; round++) {
      const [x, y] = [longitude(), latitude()];
      const wanted = interleaved(geohash.columnOf(x, 26), geohash.rowOf(y, 26), 26);
      expect(BigInt(geohash.hashOf(x, y))).toBe(wanted);
    }
  });

  test("lead back to the middle of their cell", () => {
    for (let round = 0; round < 20_000; round++) {
      const [x, y] = [longitude(), latitude()];
      const hash = geohash.hashOf(x, y);
      expect(Math.abs(geohash.longitudeOf(hash) - x)).toBeLessThan(360 / 2 ** 26);
      expect(Math.abs(geohash.latitudeOf(hash) - y)).toBeLessThan(171 / 2 ** 26);
      expect(geohash.hashOf(geohash.longitudeOf(hash), geohash.latitudeOf(hash))).toBe(hash);
    }
  });

  test("of a cell are a range without gaps", () => {
    for (let round = 0; round < 20_000; round++) {
      const [x, y] = [longitude(), latitude()];
      const step = random.between(1, 26);
      const [column, row] = [geohash.columnOf(x, step), geohash.rowOf(y, step)];
      const first = geohash.firstHashIn(column, row, step);
      const behind = geohash.hashBehind(column, row, step);
      expect(behind - first).toBe(4 ** (26 - step));
      expect(geohash.hashOf(x, y)).toBeWithin(first, behind);
      expect(x).toBeGreaterThanOrEqual(geohash.westOf(column, step));
      expect(x).toBeLessThan(geohash.westOf(column + 1, step));
      expect(y).toBeGreaterThanOrEqual(geohash.southOf(row, step));
      expect(y).toBeLessThan(geohash.southOf(row + 1, step));
    }
  });

  test("of the last longitude and latitude lie behind the grid", () => {
    expect(geohash.hashOf(180, 0)).toBe(2 ** 53 + 2 ** 50);
    expect(geohash.hashOf(0, 85.05112878)).toBe(2 ** 52 + 2 ** 51);
    expect(geohash.longitudeOf(geohash.hashOf(180, 0))).toBe(180);
    expect(geohash.latitudeOf(geohash.hashOf(0, 85.05112878))).toBe(85.05112878);
    expect(geohash.hashOf(-180, -85.05112878)).toBe(0);
  });
});

test("any double is taken for a hash, as a cast to 64 bits takes it", () => {
  const cast = (score: number): bigint => {
    if (score >= 2 ** 64) return 0n;
    if (score < -(2 ** 63)) return 2n ** 63n;
    return BigInt.asUintN(64, BigInt(Math.trunc(score)));
  };
  const every2nd = (bits: bigint) => {
    let result = 0;
    for (let i = 31n; i >= 0n; i--) result = result * 2 + Number((bits >> (2n * i)) & 1n);
    return result;
  };
  const middle = (index: number, edge: number) => {
    const at = (i: number) => -edge + (i / 2 ** 26) * (edge + edge);
    return Math.max(-edge, Math.min(edge, (at(index) + at((index + 1) % 2 ** 32)) / 2));
  };
  const odd = [
    0,
    -0,
    -1,
    -1.5,
    0.5,
    2 ** 52,
    2 ** 53,
    2 ** 63,
    2 ** 64,
    1e300,
    -(2 ** 63),
    -1e300,
    Infinity,
    -Infinity,
  ];
  for (let i = 0; i < 5000; i++) odd.push((random.below(2 ** 32) - 2 ** 31) * 2 ** random.between(-10, 40));
  for (const score of odd) {
    const bits = cast(score);
    expect({ score, at: geohash.latitudeOf(score) }).toEqual({ score, at: middle(every2nd(bits), 85.05112878) });
    expect({ score, at: geohash.longitudeOf(score) }).toEqual({ score, at: middle(every2nd(bits >> 1n), 180) });
  }
});

test("as text, they are what everybody uses", () => {
  expect(geohash.textOf(-5.603, 42.605)).toStartWith("ezs42");
  expect(geohash.textOf(13.361389338970184, 38.1155563954963)).toBe("sqc8b49rny0");
  expect(geohash.textOf(15.087267458438873, 37.50266842333162)).toBe("sqdtr74hyu0");
  expect(geohash.textOf(0, 0)).toBe("s0000000000");
});
