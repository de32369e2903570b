/** The heap of deadlines against a sorted array: whoever comes and goes, the first is the earliest. */
import { expect, test } from "bun:test";
import * as heap from "../../src/command/deadline-heap.ts";
import type { Waiter } from "../../src/command/waiter.ts";
import { seededRandom, seedOfRun } from "../support/random.ts";

const waiterOf = (dueMs: number) => ({ dueMs, heapIndex: -1 }) as Waiter;

test("the first is always the earliest, and who leaves is gone", () => {
  const seed = seedOfRun();
  const random = seededRandom(seed);
  const inside: Waiter[] = [];
  let wrong = "";
  for (let step = 0; step < 20_000 && wrong === ""; step++) {
    if (random.chance(inside.length < 300 ? 0.6 : 0.3)) {
      const waiter = waiterOf(random.below(100));
      inside.push(waiter);
      heap.add(waiter);
    } else if (inside.length > 0) {
      const at = random.chance(0.3) ? inside.indexOf(heap.first()!) : random.below(inside.length);
      const [waiter] = inside.splice(at, 1);
      heap.remove(waiter!);
      if (waiter!.heapIndex !== -1) wrong = `step ${step}: who left has a place`;
      heap.remove(waiter!); // a second time does nothing
    }
    if (heap.size() !== inside.length) wrong = `step ${step}: ${heap.size()} inside, not ${inside.length}`;
    const earliest = inside.reduce((least, { dueMs }) => Math.min(least, dueMs), Number.POSITIVE_INFINITY);
    const first = heap.first()?.dueMs ?? Number.POSITIVE_INFINITY;
    if (first !== earliest) wrong = `step ${step}: the first is ${first}, not ${earliest}`;
  }
  expect(wrong, `SEED=${seed}`).toBe("");
  for (let last = -1; heap.size() > 0; heap.remove(heap.first()!)) {
    expect(heap.first()!.dueMs).toBeGreaterThanOrEqual(last);
    last = heap.first()!.dueMs;
  }
});
