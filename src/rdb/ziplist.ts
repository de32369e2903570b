/**
 * The ziplist, in which Redis kept small collections before listpacks (Redis 7.0): read only, out of old payloads.
 *
 *     u32 bytes in all · u32 offset of the last element · u16 elements (65,535: too many to say) · elements · 0xFF
 *     element   length of the element before (1 byte, or 0xFE + u32) · encoding · data
 *
 *     00xxxxxx            string up to 63 bytes            11000000   integer of 2 bytes     11110000   of 3 bytes
 *     01xxxxxx xxxxxxxx   string up to 16,383 bytes        11010000   of 4 bytes             11111110   of 1 byte
 *     10______ u32        longer string (big-endian)       11100000   of 8 bytes             1111xxxx   xxxx-1, 0 to 12
 */
import type { Region } from "../base/region.ts";
import type { Ref } from "../mem/mem.ts";
import { Element } from "../struct/listpack.ts";
import { ListpackWriter } from "./listpack-writer.ts";
import { RdbError } from "./reader.ts";

const HEADER_BYTES = 10;
const TAIL = 4;
const COUNT = 8;
const END = 0xff;
const COUNT_UNKNOWN = 0xffff;

const LONG_PREVIOUS = 0xfe;
const STRING_14 = 0x40;
const STRING_32 = 0x80;
const INTEGER_16 = 0xc0;
const INTEGER_32 = 0xd0;
const INTEGER_64 = 0xe0;
const INTEGER_24 = 0xf0;
const INTEGER_8 = 0xfe;
/** Integers that are part of the encoding: 0 is the first of these, 12 the last. */
const IMMEDIATE_FIRST = 0xf1;
const IMMEDIATE_LAST = 0xfd;

/** What `readHeads` found: bytes before the data, and of the data. */
let headBytes = 0;
let dataBytes = 0;
/** Bytes that the element before is said to have. */
let previousBytes = 0;

const element = new Element();

/**
 * Visits all elements of the ziplist in `region[start, start + length)`, and answers how many they are. Throws an RdbError
 * before the first visit if anything about it is wrong. The element is borrowed until the next.
 */
export function eachZiplistEntry(
  region: Region,
  start: number,
  length: number,
  visit: (element: Element) => void,
): number {
  const input = region.bytes;
  const count = check(input, start, length);
  let at = start + HEADER_BYTES;
  for (let left = count; left > 0; left--) {
    readHeads(input, at, start + length - 1);
    readData(region, at + headBytes, input[at + previousSize(input, at)]!);
    at += headBytes + dataBytes;
    visit(element);
  }
  return count;
}

const writer = new ListpackWriter();
const addToListpack = (found: Element) => writer.add(found);

/** A listpack with the elements of the ziplist. Throws an RdbError if anything about that is wrong. */
export function listpackOfZiplist(region: Region, start: number, length: number): Ref {
  writer.begin();
  eachZiplistEntry(region, start, length, addToListpack);
  return writer.finish();
}

/** The number of elements, when header, elements and end agree. */
function check(input: Uint8Array, start: number, length: number): number {
  if (length < HEADER_BYTES + 1 || readU32(input, start) !== length) fail("its length");
  const end = start + length - 1;
  if (input[end] !== END) fail("its end");
  let count = 0;
  let last = 0;
  let size = 0;
  let at = start + HEADER_BYTES;
  for (; at < end && input[at] !== END; count++) {
    readHeads(input, at, end);
    if (previousBytes !== size) fail("the length of an element before");
    size = headBytes + dataBytes;
    last = at;
    at += size;
  }
  if (at !== end) fail("its end");
  if (count > 0 && readU32(input, start + TAIL) !== last - start) fail("the place of its last element");
  const stored = input[start + COUNT]! | (input[start + COUNT + 1]! << 8);
  if (stored !== COUNT_UNKNOWN && stored !== count) fail("the number of its elements");
  return count;
}

function fail(what: string): never {
  throw new RdbError(`a ziplist is wrong about ${what}`);
}

const previousSize = (input: Uint8Array, at: number) => (input[at]! < LONG_PREVIOUS ? 1 : 5);

/** Reads what stands before the data of the element at `at`: all of it must end before `end`. */
function readHeads(input: Uint8Array, at: number, end: number): void {
  const previous = previousSize(input, at);
  if (at + previous >= end) fail("an element");
  previousBytes = previous === 1 ? input[at]! : readU32(input, at + 1);
  const encodingAt = at + previous;
  const encoding = input[encodingAt]!;
  const encodingBytes = encoding >= INTEGER_16 || encoding < STRING_14 ? 1 : encoding < STRING_32 ? 2 : 5;
  if (encodingAt + encodingBytes > end) fail("an element");
  headBytes = previous + encodingBytes;
  dataBytes = encoding >= INTEGER_16 ? integerBytes(encoding) : stringBytes(input, encodingAt);
  if (dataBytes > end - at - headBytes) fail("the length of an element");
}

function stringBytes(input: Uint8Array, at: number): number {
  const encoding = input[at]!;
  if (encoding < STRING_14) return encoding;
  if (encoding < STRING_32) return ((encoding & 0x3f) << 8) | input[at + 1]!;
  return ((input[at + 1]! << 24) | (input[at + 2]! << 16) | (input[at + 3]! << 8) | input[at + 4]!) >>> 0;
}

function integerBytes(encoding: number): number {
  switch (encoding) {
    case INTEGER_8:
      return 1;
    case INTEGER_16:
      return 2;
    case INTEGER_24:
      return 3;
    case INTEGER_32:
      return 4;
    case INTEGER_64:
      return 8;
  }
  if (encoding >= IMMEDIATE_FIRST && encoding <= IMMEDIATE_LAST) return 0;
  return fail("an encoding");
}

/** Makes `element` the string or integer whose data are at `at`. */
function readData(region: Region, at: number, encoding: number): void {
  if (encoding < INTEGER_16) return element.point(region, at, dataBytes);
  element.isInteger = true;
  if (dataBytes === 8) {
    const high = readU32(region.bytes, at + 4) | 0;
    const low = readU32(region.bytes, at);
    element.integer = high * 2 ** 32 + low;
    if (!Number.isSafeInteger(element.integer)) element.big = (BigInt(high) << 32n) | BigInt(low);
  } else if (dataBytes === 0) {
    element.integer = encoding - IMMEDIATE_FIRST;
  } else {
    const unused = 32 - 8 * dataBytes;
    element.integer = (readU32(region.bytes, at) << unused) >> unused;
  }
  element.spell();
}

function readU32(input: Uint8Array, at: number): number {
  return (input[at]! | (input[at + 1]! << 8) | (input[at + 2]! << 16) | (input[at + 3]! << 24)) >>> 0;
}
