/**
 * Sorting without an object per element: what is sorted are numbers from 0 on, by keys in a flat array (doubles, none of them
 * NaN). First by the bits of the keys, eleven at a time, which compares nothing at all; then, where keys are equal, by what
 * `tie` says, with a merge sort. Both are stable, as the real server's sort is.
 *
 *     bits of a double, so that they sort as integers do:  a negative one's are inverted, else only the sign's is
 */

/** Decides between two numbers with equal keys: below 0, 0 or above 0. */
export type Tie = (a: number, b: number) => number;

/**
 * The numbers from 0 to `keys.length` (excluded) in the order of their keys, or in the reverse. Equal ones keep theirs. Of the
 * keys nothing is left.
 */
export function sorted(keys: Float64Array<ArrayBuffer>, isDescending: boolean, tie: Tie): Uint32Array {
  const bits = bitsOf(keys, isDescending);
  const order = byBits(bits);
  for (let start = 0, end = 0; start < order.length; start = end) {
    const low = bits[2 * order[start]!];
    const high = bits[2 * order[start]! + 1];
    for (end = start + 1; end < order.length; end++) {
      if (bits[2 * order[end]!] !== low || bits[2 * order[end]! + 1] !== high) break;
    }
    if (end - start > 1) settle(order, start, end, tie, isDescending ? -1 : 1);
  }
  return order;
}

// --- By bits -------------------------------------------------------------------------------------------------------

const DIGIT_BITS = 11;
const DIGIT_MASK = (1 << DIGIT_BITS) - 1;
/** Where in each half of a key its digits begin. */
const SHIFTS = [0, DIGIT_BITS, 2 * DIGIT_BITS] as const;
const SIGN = 0x80000000;

/** How often each value of a digit comes up; then, where the next number with it goes. */
const places = new Uint32Array(DIGIT_MASK + 1);

function byBits(bits: Uint32Array): Uint32Array {
  let from = new Uint32Array(bits.length / 2);
  let to = new Uint32Array(from.length);
  for (let i = 0; i < from.length; i++) from[i] = i;
  for (const half of [0, 1]) {
    for (const shift of SHIFTS) {
      if (!count(bits, half, shift)) continue;
      for (let i = 0; i < from.length; i++) {
        const number = from[i]!;
        to[places[(bits[2 * number + half]! >>> shift) & DIGIT_MASK]!++] = number;
      }
      [from, to] = [to, from];
    }
  }
  return from;
}

/** The keys, where they are, as two words each, the lower first, made so that the words sort as the keys do. */
function bitsOf(keys: Float64Array<ArrayBuffer>, isDescending: boolean): Uint32Array {
  // Zero and minus zero are equal: adding zero makes one of both.
  for (let i = 0; i < keys.length; i++) keys[i]! += 0;
  const bits = new Uint32Array(keys.buffer);
  for (let i = 1; i < bits.length; i += 2) {
    const isNegative = bits[i]! >= SIGN;
    // Turned around, the order is the reverse one, and still stable.
    if (isNegative !== isDescending) bits[i - 1] = ~bits[i - 1]!;
    if (isNegative) bits[i] = isDescending ? bits[i]! : ~bits[i]!;
    else bits[i] = isDescending ? ~bits[i]! ^ SIGN : bits[i]! ^ SIGN;
  }
  return bits;
}

/** Works out the places for one digit; false when all keys have the same one. */
function count(bits: Uint32Array, half: number, shift: number): boolean {
  places.fill(0);
  for (let i = half; i < bits.length; i += 2) places[(bits[i]! >>> shift) & DIGIT_MASK]!++;
  const keys = bits.length / 2;
  let sum = 0;
  for (let digit = 0; digit <= DIGIT_MASK; digit++) {
    const here = places[digit]!;
    if (here === keys) return false;
    places[digit] = sum;
    sum += here;
  }
  return keys > 0;
}

// --- By what else there is -----------------------------------------------------------------------------------------

/** Runs of this length are sorted by insertion, then merged. */
const RUN = 8;

/** Sorts a part of the order, in which all keys are equal; `sign` turns the order around. */
function settle(order: Uint32Array, start: number, end: number, tie: Tie, sign: number): void {
  for (let at = start; at < end; at += RUN) insert(order, at, Math.min(at + RUN, end), tie, sign);
  if (end - start <= RUN) return;
  let from = order.slice(start, end);
  let to = new Uint32Array(from.length);
  for (let width = RUN; width < from.length; width *= 2) {
    for (let at = 0; at < from.length; at += 2 * width) {
      const middle = Math.min(at + width, from.length);
      merge(from, to, at, middle, Math.min(middle + width, from.length), tie, sign);
    }
    [from, to] = [to, from];
  }
  order.set(from, start);
}

function insert(order: Uint32Array, start: number, end: number, tie: Tie, sign: number): void {
  for (let i = start + 1; i < end; i++) {
    const moving = order[i]!;
    let at = i;
    for (; at > start && tie(moving, order[at - 1]!) * sign < 0; at--) order[at] = order[at - 1]!;
    order[at] = moving;
  }
}

/** Merges two sorted runs, from `start` to `middle` and from there to `end`. */
function merge(
  from: Uint32Array,
  to: Uint32Array,
  start: number,
  middle: number,
  end: number,
  tie: Tie,
  sign: number,
): void {
  let left = start;
  let right = middle;
  for (let at = start; at < end; at++) {
    const takesLeft = left < middle && (right >= end || tie(from[right]!, from[left]!) * sign >= 0);
    to[at] = from[takesLeft ? left++ : right++]!;
  }
}
