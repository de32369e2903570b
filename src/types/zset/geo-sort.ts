/**
 * Sorting what was found, by moving the numbers of the items. Where distances are equal, the order is the one in which
 * Redis' algorithms leave them: all of a result is merged (so it is stable), and the first `count` of it are found by a
 * quicksort (Bentley and McIlroy's) that leaves out the parts that nobody wants.
 */

// What is sorted: item numbers, by the distances of the items, times -1 where the farthest are wanted first.
const NOTHING: Int32Array = new Int32Array(0);
const NO_KEYS: Float64Array = new Float64Array(0);
let items = NOTHING;
let keys = NO_KEYS;
let spare = NOTHING;
let sign = 1;

/** Sorts the first `length` numbers in `numbers` by distance, so that `count` of them are right. */
export function sortByDistance(
  numbers: Int32Array,
  length: number,
  distances: Float64Array,
  count: number,
  isDescending: boolean,
): void {
  items = numbers;
  keys = distances;
  sign = isDescending ? -1 : 1;
  if (count < length) {
    sortFirst(length, count);
  } else {
    spare = new Int32Array(length);
    merge(0, length);
  }
  // A large result is not to be held until the next one.
  items = NOTHING;
  keys = NO_KEYS;
  spare = NOTHING;
}

/** The order of two items: below 0, 0 or above 0. */
function compare(a: number, b: number): number {
  const left = keys[a]!;
  const right = keys[b]!;
  return left === right ? 0 : left > right ? sign : -sign;
}

/** Sorts `length` items from `from` on: both halves, then the two into one. */
function merge(from: number, length: number): void {
  if (length <= 1) return;
  const half = length >> 1;
  merge(from, half);
  merge(from + half, length - half);
  const end = from + length;
  let left = from;
  let right = from + half;
  let to = 0;
  while (left < from + half && right < end) {
    spare[to++] = compare(items[left]!, items[right]!) <= 0 ? items[left++]! : items[right++]!;
  }
  // What is left of the right half is in its place already.
  while (left < from + half) spare[to++] = items[left++]!;
  for (let i = 0; i < to; i++) items[from + i] = spare[i]!;
}

/** Shorter parts are sorted by insertion; of longer ones than the second length, nine items are asked for the pivot. */
const INSERTION_LENGTH = 7;
const NINTHER_LENGTH = 40;

/** Sorts so much that the first `count` items are the right ones. */
function sortFirst(all: number, count: number): void {
  // Parts that are still to be sorted, from and length in turn. They do not overlap, so their order is of no importance.
  const parts = [0, all];
  while (parts.length > 0) {
    const length = parts.pop()!;
    const from = parts.pop()!;
    if (from >= count) continue;
    if (length < INSERTION_LENGTH) {
      insert(from, length);
      continue;
    }
    partition(from, length);
    if (smaller > 1) parts.push(from, smaller);
    if (larger > 1) parts.push(from + length - larger, larger);
  }
}

function insert(from: number, length: number): void {
  for (let i = from + 1; i < from + length; i++) {
    for (let k = i; k > from && compare(items[k - 1]!, items[k]!) > 0; k--) swap(k, k - 1);
  }
}

// How many items of the part that was partitioned last are smaller and larger than the pivot.
let smaller = 0;
let larger = 0;

/**
 *     while it runs   pivot and equal │ smaller │ unseen │ larger │ equal
 *                     from            a         b        c        d
 *     at last         smaller │ equal │ larger
 */
function partition(from: number, length: number): void {
  const end = from + length;
  swap(from, pivotOf(from, length));
  let a = from + 1;
  let b = a;
  let c = end - 1;
  let d = c;
  for (;;) {
    for (; b <= c; b++) {
      const order = compare(items[b]!, items[from]!);
      if (order > 0) break;
      if (order === 0) swap(a++, b);
    }
    for (; b <= c; c--) {
      const order = compare(items[c]!, items[from]!);
      if (order < 0) break;
      if (order === 0) swap(c, d--);
    }
    if (b > c) break;
    swap(b++, c--);
  }
  smaller = b - a;
  larger = d - c;
  swapRuns(from, b, Math.min(a - from, smaller));
  swapRuns(b, end, Math.min(larger, end - d - 1));
}

/** The middle one of three, or of three such middle ones. */
function pivotOf(from: number, length: number): number {
  let low = from;
  let middle = from + (length >> 1);
  let high = from + length - 1;
  if (length === INSERTION_LENGTH) return middle;
  if (length > NINTHER_LENGTH) {
    const step = length >> 3;
    low = medianOf(low, low + step, low + 2 * step);
    middle = medianOf(middle - step, middle, middle + step);
    high = medianOf(high - 2 * step, high - step, high);
  }
  return medianOf(low, middle, high);
}

function medianOf(a: number, b: number, c: number): number {
  const [x, y, z] = [items[a]!, items[b]!, items[c]!];
  if (compare(x, y) < 0) return compare(y, z) < 0 ? b : compare(x, z) < 0 ? c : a;
  return compare(y, z) > 0 ? b : compare(x, z) < 0 ? a : c;
}

/** Exchanges `length` items from `at` on with those that end before `end`. */
function swapRuns(at: number, end: number, length: number): void {
  for (let i = 0; i < length; i++) swap(at + i, end - length + i);
}

function swap(i: number, k: number): void {
  const item = items[i]!;
  items[i] = items[k]!;
  items[k] = item;
}
