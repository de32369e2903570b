/**
 * Waiters by when they are due: a binary heap in an array, the earliest first. Each knows its place, so that one who is served early
 * leaves at once; under a thousand requests a second with a timeout of minutes, they would pile up otherwise.
 *
 *     children of place n: 2n + 1, 2n + 2; neither is earlier than n
 */
import type { Waiter } from "./waiter.ts";

const heap: Waiter[] = [];

/** The waiter that is due first, if there is one. */
export function first(): Waiter | undefined {
  return heap[0];
}

export function size(): number {
  return heap.length;
}

export function add(waiter: Waiter): void {
  rise(heap.length, waiter);
}

/** Takes a waiter out; nothing happens when it is not in. */
export function remove(waiter: Waiter): void {
  const place = waiter.heapIndex;
  if (place < 0) return;
  waiter.heapIndex = -1;
  const last = heap.pop()!;
  if (last === waiter) return;
  if (place > 0 && last.dueMs < heap[(place - 1) >> 1]!.dueMs) rise(place, last);
  else sink(place, last);
}

/** Puts a waiter at a place, or as far above it as its time demands. */
function rise(from: number, waiter: Waiter): void {
  let place = from;
  while (place > 0) {
    const parent = heap[(place - 1) >> 1]!;
    if (parent.dueMs <= waiter.dueMs) break;
    put(place, parent);
    place = (place - 1) >> 1;
  }
  put(place, waiter);
}

/** Puts a waiter at a place, or as far below it as its time allows. */
function sink(from: number, waiter: Waiter): void {
  let place = from;
  for (let child = 2 * place + 1; child < heap.length; child = 2 * place + 1) {
    if (child + 1 < heap.length && heap[child + 1]!.dueMs < heap[child]!.dueMs) child++;
    if (heap[child]!.dueMs >= waiter.dueMs) break;
    put(place, heap[child]!);
    place = child;
  }
  put(place, waiter);
}

function put(place: number, waiter: Waiter): void {
  heap[place] = waiter;
  waiter.heapIndex = place;
}
