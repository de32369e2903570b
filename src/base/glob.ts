/**
 * Glob patterns as Redis 7.0 matches them (KEYS, SCAN, PSUBSCRIBE, CONFIG GET, ACL, notifications), its quirks included.
 *
 *   *        any bytes, also none          [abc]   one of these bytes      \x   x itself, also in a class
 *   ?        any one byte                  [a-c]   one of this range       [^…] one byte that the class doesn't hold
 *
 * Quirks, all taken from the real server: a class without its "]" ends where the pattern ends; "[]" is an empty class; a
 * range counts bytes as signed and may be given backwards; the last byte of a range may be "]"; an escaped byte in a class
 * keeps its case even when case is ignored; an empty text is matched by the empty pattern only, not by "*"; and nothing is
 * matched by more than STARS_MAX stars that have something behind them, as far as the text reaches.
 *
 * Every element but the star takes exactly one byte, therefore it is enough to remember the last star: if what follows it
 * fails, the star takes one byte more. No earlier star need ever be tried again, so the time is bounded by the product of
 * the two lengths.
 */

import { BACKSLASH, CARET, CLOSE_BRACKET, lower, MINUS, OPEN_BRACKET, QUESTION, STAR } from "./ascii.ts";

const MISMATCH = -1;
/** Stars in a row count as one. */
const STARS_MAX = 1000;

/** True when the pattern matches the text from its first byte to its last. */
export function matches(
  pattern: Uint8Array,
  patternStart: number,
  patternEnd: number,
  text: Uint8Array,
  textStart: number,
  textEnd: number,
  ignoreCase: boolean,
): boolean {
  if (textStart >= textEnd) return patternStart >= patternEnd;
  let p = patternStart;
  let t = textStart;
  let afterStar = MISMATCH;
  let starTextEnd = textStart;
  let stars = 0;
  while (t < textEnd) {
    if (p < patternEnd && pattern[p] === STAR) {
      p = skipStars(pattern, p, patternEnd);
      if (p === patternEnd) return true;
      if (++stars > STARS_MAX) return false;
      afterStar = p;
      starTextEnd = t;
      continue;
    }
    const next = p < patternEnd ? matchOne(pattern, p, patternEnd, text[t]!, ignoreCase) : MISMATCH;
    if (next !== MISMATCH) {
      p = next;
      t++;
    } else if (afterStar !== MISMATCH) {
      p = afterStar;
      t = ++starTextEnd;
    } else return false;
  }
  return skipStars(pattern, p, patternEnd) === patternEnd;
}

/** True when the pattern can only match the text that it spells, byte for byte. */
export function isLiteral(pattern: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const byte = pattern[i]!;
    if (byte === STAR || byte === QUESTION || byte === OPEN_BRACKET || byte === BACKSLASH) return false;
  }
  return true;
}

function skipStars(pattern: Uint8Array, start: number, end: number): number {
  let p = start;
  while (p < end && pattern[p] === STAR) p++;
  return p;
}

/** Matches the element at `p`, which is no star, with one byte: the offset behind the element, or MISMATCH. */
function matchOne(pattern: Uint8Array, p: number, end: number, byte: number, ignoreCase: boolean): number {
  const element = pattern[p]!;
  if (element === QUESTION) return p + 1;
  if (element === OPEN_BRACKET) return matchClass(pattern, p + 1, end, byte, ignoreCase);
  const at = element === BACKSLASH && p + 1 < end ? p + 1 : p;
  return isSame(pattern[at]!, byte, ignoreCase) ? at + 1 : MISMATCH;
}

/** Matches the class whose "[" is before `start`. */
function matchClass(pattern: Uint8Array, start: number, end: number, byte: number, ignoreCase: boolean): number {
  const isNegated = start < end && pattern[start] === CARET;
  let p = isNegated ? start + 1 : start;
  let isFound = false;
  while (p < end && pattern[p] !== CLOSE_BRACKET) {
    if (pattern[p] === BACKSLASH && p + 1 < end) {
      if (pattern[p + 1] === byte) isFound = true;
      p += 2;
    } else if (p + 2 < end && pattern[p + 1] === MINUS) {
      if (isInRange(pattern[p]!, pattern[p + 2]!, byte, ignoreCase)) isFound = true;
      p += 3;
    } else {
      if (isSame(pattern[p]!, byte, ignoreCase)) isFound = true;
      p++;
    }
  }
  if (isFound === isNegated) return MISMATCH;
  return p < end ? p + 1 : end;
}

function isSame(a: number, b: number, ignoreCase: boolean): boolean {
  return a === b || (ignoreCase && lower(a) === lower(b));
}

/** The ends are put in order before their case is dropped, so some odd ranges are empty when case is ignored. */
function isInRange(from: number, to: number, byte: number, ignoreCase: boolean): boolean {
  let low = Math.min(signed(from), signed(to));
  let high = Math.max(signed(from), signed(to));
  let value = signed(byte);
  if (ignoreCase) {
    low = lower(low);
    high = lower(high);
    value = lower(value);
  }
  return value >= low && value <= high;
}

/** The byte as C's signed char. */
function signed(byte: number): number {
  return (byte << 24) >> 24;
}
