/**
 * Elements as numbers, as SORT takes them: what C's strtod reads, blanks in front of it, and a whole C string; nothing is 0.
 */
import { CR, NUL, SPACE, TAB } from "../../base/ascii.ts";
import * as double from "../../base/double.ts";
import * as int64 from "../../base/int64.ts";

/** Smaller numbers are not exact: C calls them out of range. */
const NORMAL_MIN = 2 ** -1022;

/** The number in a byte range; NaN when it is none. */
export function scoreOf(bytes: Uint8Array, start: number, end: number): number {
  const safe = int64.parseSafe(bytes, start, end);
  return Number.isNaN(safe) ? looseScore(bytes, start, end) : safe;
}

function looseScore(bytes: Uint8Array, start: number, end: number): number {
  let last = start;
  while (last < end && bytes[last] !== NUL) last++;
  if (last === start) return 0;
  let first = start;
  while (first < last && isBlank(bytes[first]!)) first++;
  const value = double.parse(bytes, first, last);
  if (value === undefined || (value !== 0 && Math.abs(value) < NORMAL_MIN)) return Number.NaN;
  return value;
}

const isBlank = (byte: number) => byte === SPACE || (byte >= TAB && byte <= CR);
