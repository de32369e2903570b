import { expect, test } from "bun:test";
import { sortByDistance } from "../../../src/types/zset/geo-sort.ts";
import { seededRandom, seedOfRun } from "../../support/random.ts";

const random = seededRandom(seedOfRun());

/** Item numbers after sorting `distances` so that `count` of them are right. */
function sorted(distances: number[], count: number, isDescending: boolean): number[] {
  const numbers = Int32Array.from(distances.keys());
  sortByDistance(numbers, numbers.length, Float64Array.from(distances), count, isDescending);
  return Array.from(numbers);
}

test("all of a result, equal distances in the order in which they were found", () => {
  for (const length of [0, 1, 2, 3, 7, 40, 41, 100, 1000]) {
    for (const different of [1, 2, 10, 1e6]) {
      const distances = Array.from({ length }, () => random.below(different));
      const nearest = [...distances.keys()].sort((a, b) => distances[a]! - distances[b]! || a - b);
      const farthest = [...distances.keys()].sort((a, b) => distances[b]! - distances[a]! || a - b);
      expect(sorted(distances, length, false)).toEqual(nearest);
      expect(sorted(distances, length, true)).toEqual(farthest);
    }
  }
});

test("the first of a result", () => {
  for (const length of [2, 6, 7, 8, 39, 40, 41, 42, 100, 1000, 5000]) {
    for (const count of [1, 2, 5, 10, length >> 1, length - 1]) {
      if (count >= length) continue;
      for (const different of [1, 3, 1e6]) {
        const distances = Array.from({ length }, () => random.below(different));
        for (const isDescending of [false, true]) {
          const rows = sorted(distances, count, isDescending);
          const sign = isDescending ? -1 : 1;
          const wanted = [...distances].sort((a, b) => sign * (a - b)).slice(0, count);
          expect(rows.slice(0, count).map((row) => distances[row]!)).toEqual(wanted);
          expect(rows.toSorted((a, b) => a - b)).toEqual([...distances.keys()]);
        }
      }
    }
  }
});

test("in order, backwards and all the same", () => {
  const length = 20_000;
  for (const make of [(i: number) => i, (i: number) => -i, () => 5, (i: number) => i % 2]) {
    const distances = Array.from({ length }, (_, i) => make(i));
    const wanted = [...distances].sort((a, b) => a - b).slice(0, 10);
    expect(
      sorted(distances, 10, false)
        .slice(0, 10)
        .map((row) => distances[row]!),
    ).toEqual(wanted);
  }
});
