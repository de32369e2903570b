/**
 * LZF, the compression of strings in RDB files: fast, and only good at repetitions. Compressed bytes are a sequence of
 *
 *     000LLLLL + literals                      LLLLL+1 literal bytes follow
 *     LLLooooo oooooooo                        LLL+2 bytes (3 to 8) again from o+1 bytes back
 *     111ooooo LLLLLLLL oooooooo               L+9 bytes (9 to 264) again from o+1 bytes back
 *
 * Three bytes have a slot in a table, which says where bytes with that slot were seen last: that is all the search there is.
 * The slots, and when they are filled, are those of liblzf, so that a payload of ours equals one of Redis byte for byte.
 */

import { outOfLine } from "./out-of-line.ts";

const LITERALS_MAX = 32;
const DISTANCE_MAX = 8192;
const MATCH_MAX = 264;
const MATCH_MIN = 3;
/** liblzf compares this many bytes before it asks how long a match may be. */
const UNROLLED = 19;
const LONG_MATCH = 7;

const SLOTS = 65_536;
/** Where bytes were seen, plus `base`; what is not above it was left by an earlier input. */
const seen = new Int32Array(SLOTS);
let base = 0;

/** Slot of the three bytes that end in the lower 24 bits of `window`. */
const slotOf = (window: number) => ((window >>> 8) - Math.imul(window, 5)) & (SLOTS - 1);

/** The most bytes that a byte of compressed input can stand for. */
export const RATIO_MAX = MATCH_MAX / 3;

/**
 * Compresses `input[start, end)` to `output[at, limit)`. The number of bytes written, or 0 if they are too few.
 * Nothing is lost when `output` has fewer bytes than the input: that is how one asks for a gain.
 */
export function compress(
  input: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
  at: number,
  limit: number,
): number {
  if (start >= end || at >= limit) return 0;
  // Older entries in the table are below the new base, so it need not be emptied for each string.
  if (base + (end - start) > 0x7fffffff) {
    seen.fill(0);
    base = 0;
  }
  const bias = base - start;
  base += end - start;

  const lastTriple = end - 2;
  let from = start;
  // Bytes from `run` on are literals that wait: they are written when a match, or the end, says how many they are.
  let run = start;
  let to = at + 1; // behind the first byte of a run of literals
  let window = (input[from]! << 8) | input[from + 1]!;
  while (from < lastTriple) {
    window = (window << 8) | input[from + 2]!;
    const slot = slotOf(window);
    const match = seen[slot]! - bias;
    seen[slot] = from + bias;
    // As in liblzf, nothing ever goes back to the very first byte.
    const isMatch =
      match > start &&
      from - match <= DISTANCE_MAX &&
      input[match] === input[from] &&
      input[match + 1] === input[from + 1] &&
      input[match + 2] === input[from + 2];
    if (!isMatch) {
      from++;
      continue;
    }
    const literals = from - run;
    if (!hasRoom(to, literals, limit)) return 0;
    to = writeLiterals(input, run, literals, output, to);
    const isBare = literals % LITERALS_MAX === 0;
    if (to + 4 >= limit && to - (isBare ? 1 : 0) + 4 >= limit) return 0;
    if (isBare) to--;
    const length = matchLength(input, match, from, end);
    to = writeMatch(output, to, length, from - match - 1) + 1;
    from += length;
    run = from;
    if (from >= lastTriple) break;
    window = (input[from - 2]! << 16) | (input[from - 1]! << 8) | input[from]!;
    seen[slotOf(window)] = from - 2 + bias;
    window = (window << 8) | input[from + 1]!;
    seen[slotOf(window)] = from - 1 + bias;
  }
  const literals = from - run;
  if (!hasRoom(to, literals, limit) || toAfter(to, literals) + 3 > limit) return 0;
  to = writeLiterals(input, run, end - run, output, to);
  return to - ((end - run) % LITERALS_MAX === 0 ? 1 : 0) - at;
}

/** Where `to` will be behind so many literals: each full run of them is followed by the first byte of the next. */
const toAfter = (to: number, literals: number) => to + literals + ((literals / LITERALS_MAX) | 0);

/** Whether the last of so many literals lies before the limit. */
const hasRoom = (to: number, literals: number, limit: number) => literals === 0 || toAfter(to, literals - 1) < limit;

/** Writes literals in runs, each with its first byte, the last one too; the first of these has its place before `to`. */
function writeLiterals(input: Uint8Array, start: number, count: number, output: Uint8Array, at: number): number {
  let from = start;
  let to = at;
  let left = count;
  for (; left >= LITERALS_MAX; left -= LITERALS_MAX) {
    output[to - 1] = LITERALS_MAX - 1;
    for (let i = 0; i < LITERALS_MAX; i++) output[to++] = input[from++]!;
    to++;
  }
  if (left > 0) output[to - 1] = left - 1;
  for (; left > 0; left--) output[to++] = input[from++]!;
  return to;
}

/** Bytes that are the same from `match` and from `from` on: three are, already. Two more are always left as literals. */
function matchLength(input: Uint8Array, match: number, from: number, end: number): number {
  const allowed = Math.min(end - from - 2, MATCH_MAX);
  const limit = allowed > 16 ? Math.max(allowed, UNROLLED) : allowed;
  let length = MATCH_MIN;
  while (length < limit && input[match + length] === input[from + length]) length++;
  return length;
}

function writeMatch(output: Uint8Array, at: number, length: number, distance: number): number {
  let to = at;
  const stored = length - 2;
  if (stored < LONG_MATCH) {
    output[to++] = (distance >> 8) + (stored << 5);
  } else {
    output[to++] = (distance >> 8) + (LONG_MATCH << 5);
    output[to++] = stored - LONG_MATCH;
  }
  output[to++] = distance & 0xff;
  return to;
}

/**
 * Decompresses `input[start, end)` to `output[at, limit)`, which it fills exactly. False when the input is damaged, or is
 * more or less than that.
 */
export function decompress(
  input: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
  at: number,
  limit: number,
): boolean {
  let from = start;
  let to = at;
  while (from < end) {
    const head = input[from++]!;
    if (head < LITERALS_MAX) {
      const count = head + 1;
      if (count > end - from || count > limit - to) return false;
      copyBytes(input, from, output, to, count);
      from += count;
      to += count;
      continue;
    }
    let count = (head >> 5) + 2;
    if (count === LONG_MATCH + 2) {
      if (from >= end) return false;
      count += input[from++]!;
    }
    if (from >= end) return false;
    const match = to - ((head & 0x1f) << 8) - input[from++]! - 1;
    if (match < at || count > limit - to) return false;
    copyBytes(output, match, output, to, count);
    to += count;
  }
  return to === limit;
}

/**
 * Copies bytes one after the other, since a match may reach into what it writes. Four in a round: a text of 200 bytes takes half
 * the time of a plain loop.
 */
function copyBytes(input: Uint8Array, start: number, output: Uint8Array, at: number, count: number): void {
  let from = start;
  let to = at;
  const end = at + count;
  for (; to + 4 <= end; to += 4, from += 4) {
    output[to] = input[from]!;
    output[to + 1] = input[from + 1]!;
    output[to + 2] = input[from + 2]!;
    output[to + 3] = input[from + 3]!;
  }
  while (to < end) output[to++] = input[from++]!;
}

outOfLine(decompress);
