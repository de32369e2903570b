/**
 * The zipmap, in which Redis kept small hashes before ziplists (Redis 2.6): read only, out of very old payloads.
 *
 *     u8 pairs (254: too many to say) · pairs · 0xFF
 *     pair     length · name · length · u8 unused · value · unused bytes
 *     length   1 byte up to 253, or 0xFE + u32
 */
import type { Region } from "../base/region.ts";
import { Element } from "../struct/listpack.ts";
import { RdbError } from "./reader.ts";

const END = 0xff;
const LONG = 0xfe;

const name = new Element();
const value = new Element();

/**
 * Visits all pairs of the zipmap in `region[start, start + length)`, and answers how many they are. Throws an RdbError
 * before the first visit if anything about it is wrong. The elements are borrowed until the next pair.
 */
export function eachZipmapPair(
  region: Region,
  start: number,
  length: number,
  visit: (name: Element, value: Element) => void,
): number {
  const end = start + length - 1;
  const count = check(region, start, end);
  let at = start + 1;
  for (let left = count; left > 0; left--) {
    at = readPair(region, at, end);
    visit(name, value);
  }
  return count;
}

/** The number of pairs, when they are what the header says, and end where they should. */
function check(region: Region, start: number, end: number): number {
  if (end <= start || region.bytes[end] !== END) fail("its end");
  let count = 0;
  let at = start + 1;
  for (; at < end && region.bytes[at] !== END; count++) at = readPair(region, at, end);
  if (at !== end) fail("its end");
  const stored = region.bytes[start]!;
  if (stored !== LONG && stored !== count) fail("the number of its pairs");
  return count;
}

/** Reads the pair at `at`, and answers where the next begins: at `end` at the latest. */
function readPair(region: Region, at: number, end: number): number {
  const nameAt = readString(region, at, end, 0, name);
  const valueAt = readString(region, nameAt, end, 1, value);
  const unused = region.bytes[value.start - 1]!;
  if (unused > end - valueAt) fail("unused bytes");
  return valueAt + unused;
}

/** Reads a length, passes over `between` bytes, and makes `into` the string that follows. Answers where that ends. */
function readString(region: Region, at: number, end: number, between: number, into: Element): number {
  const input = region.bytes;
  const isLong = input[at] === LONG;
  const from = at + (isLong ? 5 : 1) + between;
  if (from > end || input[at] === END) fail("a length");
  const length = isLong ? readU32(input, at + 1) : input[at]!;
  if (length > end - from || (isLong && length < LONG)) fail("a length");
  into.point(region, from, length);
  return from + length;
}

function fail(what: string): never {
  throw new RdbError(`a zipmap is wrong about ${what}`);
}

function readU32(input: Uint8Array, at: number): number {
  return (input[at]! | (input[at + 1]! << 8) | (input[at + 2]! << 16) | (input[at + 3]! << 24)) >>> 0;
}
