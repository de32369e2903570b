/**
 * Looks at a listpack of somebody else's where it was read, before it gets a block: whether it is one, and whether it names an
 * element twice, which no set, sorted set or hash may. An integer equals the string that spells it.
 *
 * Names are found by their hashes, in a table of places. For the few names that most listpacks have, the table is always the
 * same one: places are counted on from listpack to listpack, so that those of earlier ones need not be wiped out. A listpack of
 * eight names takes 110 ns; 500 went by while the table was wiped, and the hash was of a name's ends, where names are alike.
 */
import { outOfLine } from "../base/out-of-line.ts";
import { equal, type Region } from "../base/region.ts";
import { hash as siphash } from "../base/siphash.ts";
import * as listpack from "../struct/listpack.ts";
import { COUNT_UNKNOWN, Element, SHORT_MAX } from "../struct/listpack.ts";

/** What `check` finds. */
export const VALID = 0;
export const DAMAGED = 1;
export const TWICE = 2;

// Of the listpack that was checked last: elements, names that are integers, bytes of the longest name.
export let elements = 0;
export let integers = 0;
export let longestName = 0;

/** Tables for so many names are kept; more of them get tables of their own. */
const FEW = 128;
const FEW_SLOTS = 512;
const fewPlaces = new Int32Array(FEW_SLOTS);
const fewHashes = new Int32Array(FEW_SLOTS);
/** An odd number whose bits look random. */
const MULTIPLIER = 0x2c1b3c6d;

let places = fewPlaces;
let hashes = fewHashes;
let mask = 0;
/** What is added to places, which are not above `top` then; what is not above `base` was left by an earlier listpack. */
let base = 0;
let top = 0;

/** Looks at `length` bytes. Names are every `step`-th element from the first on; with 0, there are none. */
export function check(region: Region, start: number, length: number, step: number): number {
  const input = region.bytes;
  const stored = listpack.storedCountAt(input, start, length);
  if (stored < 0) return DAMAGED;
  const end = start + length - 1;
  const most = stored === COUNT_UNKNOWN ? countElements(input, start, end) : stored;
  // No element has less than two bytes.
  if (step > 0) makeRoom(Math.ceil(Math.min(most, length >> 1) / step), length);
  let count = 0;
  let untilName = step > 0 ? 0 : length;
  let hasTwice = false;
  integers = longestName = 0;
  for (let at = start + listpack.HEADER_BYTES; at < end; count++) {
    const next = listpack.validEnd(input, at, end);
    if (next === 0 || count === most) return DAMAGED;
    if (untilName === 0) {
      untilName = step;
      if (isKnown(region, start, at)) hasTwice = true;
    }
    untilName--;
    at = next;
  }
  elements = count;
  if (count < most) return DAMAGED;
  return hasTwice ? TWICE : VALID;
}

/** Elements of a listpack that does not say how many they are: only for what is there, memory may be taken. */
function countElements(input: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = start + listpack.HEADER_BYTES; at < end && at > 0; count++) at = listpack.validEnd(input, at, end);
  return count;
}

/** Empties the table, with room for so many names of a listpack of `length` bytes. */
function makeRoom(names: number, length: number): void {
  if (top + length > 0x7fffffff) {
    fewPlaces.fill(0);
    top = 0;
  }
  base = top;
  top += length;
  const isFew = names <= FEW;
  // Twice as many as names, at least.
  const slots = 4 << (31 - Math.clz32(names | 1));
  places = isFew ? fewPlaces : new Int32Array(slots);
  hashes = isFew ? fewHashes : new Int32Array(slots);
  mask = slots - 1;
}

/** Whether the element at `at` was in the listpack, which begins at `start`, already; from now on it is. */
function isKnown(region: Region, start: number, at: number): boolean {
  const code = hashAt(region, at);
  let slot = code & mask;
  for (; places[slot]! > base; slot = (slot + 1) & mask) {
    if (hashes[slot] === code && areEqual(region, places[slot]! - base + start, at)) return true;
  }
  places[slot] = base + at - start;
  hashes[slot] = code;
  return false;
}

/** The hash of the name at `at`, which is counted in. Most names are short strings: they are read where they are. */
function hashAt(region: Region, at: number): number {
  const head = region.bytes[at]!;
  if (listpack.isShortString(head)) return hashOf(region.bytes, at + 1, head & SHORT_MAX);
  readText(region, at, name);
  if (name.isInteger) integers++;
  return hashOf(name.region.bytes, name.start, name.length);
}

/** For few names, one that is quick, and with which all of them are compared with each other at the worst. */
function hashOf(input: Uint8Array, start: number, length: number): number {
  if (length > longestName) longestName = length;
  if (mask >= FEW_SLOTS) return siphash(input, start, start + length);
  let code = length;
  let at = start;
  for (const end = start + length - 3; at < end; at += 4) {
    code ^= input[at]! | (input[at + 1]! << 8) | (input[at + 2]! << 16) | (input[at + 3]! << 24);
    code = Math.imul(code ^ (code >>> 15), MULTIPLIER);
  }
  for (const end = start + length; at < end; at++) code = Math.imul(code ^ input[at]!, MULTIPLIER);
  return code ^ (code >>> 16);
}

const name = new Element();
const other = new Element();

function readText(region: Region, at: number, into: Element): void {
  listpack.readElement(region, at, into);
  if (into.isInteger) into.spell();
}

function areEqual(region: Region, a: number, b: number): boolean {
  readText(region, a, name);
  readText(region, b, other);
  return other.length === name.length && equal(other.region, other.start, name.region, name.start, name.length);
}

outOfLine(check);
