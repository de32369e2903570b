/**
 * What is sorted by: a number for each text, in a flat array. Texts that are compared as texts have their first bytes made a
 * number, from where they begin to differ at all; where those are equal, the texts themselves decide (texts.ts).
 */
import { NUL } from "../../base/ascii.ts";
import { scoreOf } from "./score.ts";
import type { Texts } from "./texts.ts";

/** The texts read as numbers, those that are not there as 0; undefined when one is none. */
export function scoresOf(texts: Texts): Float64Array<ArrayBuffer> | undefined {
  const keys = new Float64Array(texts.count);
  let areNumbers = true;
  for (let i = 0; i < texts.count; i++) {
    if (!texts.has(i)) continue;
    const start = texts.start(i);
    const score = scoreOf(texts.region(i).bytes, start, start + texts.length(i));
    keys[i] = score;
    if (Number.isNaN(score)) areNumbers = false;
  }
  return areNumbers ? keys : undefined;
}

/** Bytes that a double holds exactly. */
const KEY_BYTES = 6;
/** What is not there comes first. */
const ABSENT = -1;

/**
 * For each text, the bytes at which texts differ first. What comes behind a NUL is left to the comparison of the texts, which
 * may have to stop there.
 */
export function prefixesOf(texts: Texts): Float64Array<ArrayBuffer> {
  const keys = new Float64Array(texts.count);
  const shared = sharedBytes(texts);
  for (let i = 0; i < texts.count; i++) keys[i] = texts.has(i) ? keyAt(texts, i, shared) : ABSENT;
  return keys;
}

function keyAt(texts: Texts, i: number, from: number): number {
  const bytes = texts.region(i).bytes;
  const start = texts.start(i);
  const end = start + texts.length(i);
  let key = 0;
  let isEnded = false;
  for (let at = start + from; at < start + from + KEY_BYTES; at++) {
    isEnded ||= at >= end || bytes[at] === NUL;
    key = key * 256 + (isEnded ? 0 : bytes[at]!);
  }
  return key;
}

/** How many bytes all texts have in common at their beginning, up to a NUL. */
function sharedBytes(texts: Texts): number {
  let model = -1;
  let shared = 0;
  for (let i = 0; i < texts.count; i++) {
    if (!texts.has(i)) continue;
    if (model < 0) {
      model = i;
      const bytes = texts.region(i).bytes;
      const start = texts.start(i);
      while (shared < texts.length(i) && bytes[start + shared] !== NUL) shared++;
    } else {
      shared = texts.sharedWith(i, model, shared);
    }
    if (shared === 0) return 0;
  }
  return shared;
}
