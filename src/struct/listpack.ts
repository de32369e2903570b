/**
 * The listpack: a sequence of short strings in one block, in Redis' own format byte for byte, so that DUMP, RDB files and
 * replicas take it as it is.
 *
 *     u32 bytes in all · u16 elements (65,535: too many to say) · elements · 0xFF
 *     element   encoding and data · backlen, the length of those two, to be read backwards
 *
 *     0xxxxxxx              integer 0 to 127                10xxxxxx           string up to 63 bytes
 *     110xxxxx xxxxxxxx     integer of 13 bits, signed      1110xxxx xxxxxxxx  string up to 4,095 bytes
 *     11110001 …            integers of 2, 3, 4, 8 bytes    11110000 u32       longer string
 *     to 11110100           (0xF1 to 0xF4, little endian)
 *
 * What spells an integer of 64 bits the one way Redis prints it is kept as an integer, in the shortest form that holds it.
 *
 * A place in a listpack is a byte offset from the block's start, so it survives the block's moving; 0 (NONE) is no place.
 * Inserting at a place puts the new element there; after removing, the place is that of the element that came after it.
 * Every function that changes a listpack returns its block, which may be another one than before.
 */
import { isDigit, NINE } from "../base/ascii.ts";
import * as int64 from "../base/int64.ts";
import { outOfLine } from "../base/out-of-line.ts";
import { copy as copyBytes, equal, move, Region } from "../base/region.ts";
import type { Ref } from "../mem/mem.ts";
import * as mem from "../mem/mem.ts";

/** No place: what comes after the last element, and before the first. */
export const NONE = 0;

const BYTES_WORD = 0;
const COUNT_BYTE = 4;
/** The word whose lower half is the count. */
const COUNT_WORD = 1;
/** Bytes before the first element. */
export const HEADER_BYTES = 6;
const END = 0xff;
/** In the header: more elements than it can say. */
export const COUNT_UNKNOWN = 0xffff;

// First bytes, and where the ranges of first bytes begin.
const STRING_6 = 0x80;
const INTEGER_13 = 0xc0;
const STRING_12 = 0xe0;
const STRING_32 = 0xf0;
const INTEGER_16 = 0xf1;
const INTEGER_64 = 0xf4;

/** Bytes of encoding and data of the integers 0xF1 to 0xF4. */
const INTEGER_BYTES = new Uint8Array([3, 4, 5, 9]);
const BACKLEN_BYTES_MAX = 5;

/** An empty listpack. */
export function create(): Ref {
  const lp = mem.alloc(HEADER_BYTES + 1);
  mem.setWord(lp, BYTES_WORD, HEADER_BYTES + 1);
  setCount(lp, 0);
  mem.setByte(lp, HEADER_BYTES, END);
  return lp;
}

/** The same elements in another block. */
export function copy(lp: Ref): Ref {
  return load(mem.chunkOf(lp), mem.byteOffset(lp), bytes(lp));
}

/** A listpack from `length` bytes that `isValid` has accepted, or that another listpack is. */
export function load(source: Region, start: number, length: number): Ref {
  const lp = mem.alloc(length);
  copyBytes(mem.chunkOf(lp), mem.byteOffset(lp), source, start, length);
  return lp;
}

/** Bytes of the listpack, from the block's start. */
export function bytes(lp: Ref): number {
  return mem.word(lp, BYTES_WORD);
}

/** Number of elements. Counts them when they are more than the header can say. */
export function length(lp: Ref): number {
  const known = storedCount(lp);
  if (known !== COUNT_UNKNOWN) return known;
  let count = 0;
  for (let at = first(lp); at !== NONE; at = next(lp, at)) count++;
  return count;
}

function storedCount(lp: Ref): number {
  return mem.word(lp, COUNT_WORD) & COUNT_UNKNOWN;
}

function setCount(lp: Ref, count: number): void {
  const stored = Math.min(count, COUNT_UNKNOWN);
  mem.setByte(lp, COUNT_BYTE, stored & 0xff);
  mem.setByte(lp, COUNT_BYTE + 1, stored >>> 8);
}

/** Adds to the count of the listpack that begins at `word`. */
function addCount(words: Int32Array, word: number, difference: number): void {
  const at = word + COUNT_WORD;
  const known = words[at]! & COUNT_UNKNOWN;
  // The other half of the word is not the count's: no carry may reach it.
  if (known !== COUNT_UNKNOWN) words[at]! += Math.min(known + difference, COUNT_UNKNOWN) - known;
}

// --- Walking -------------------------------------------------------------------------------------------------------

/** Bytes of encoding and data of the element at `at`. */
function sizeAt(input: Uint8Array, at: number): number {
  const head = input[at]!;
  if (head < STRING_6) return 1;
  if (head < INTEGER_13) return 1 + (head & 0x3f);
  if (head < STRING_12) return 2;
  if (head < STRING_32) return 2 + (((head & 0x0f) << 8) | input[at + 1]!);
  if (head === STRING_32) return 5 + readU32(input, at + 1);
  return INTEGER_BYTES[head - INTEGER_16]!;
}

function readU32(input: Uint8Array, at: number): number {
  return (input[at]! | (input[at + 1]! << 8) | (input[at + 2]! << 16) | (input[at + 3]! << 24)) >>> 0;
}

/** Bytes that the backlen of an element of `size` bytes takes: 7 bits in each, and Redis' own limits. */
function backlenBytes(size: number): number {
  if (size <= 127) return 1;
  if (size < 16_383) return 2;
  if (size < 2_097_151) return 3;
  return size < 268_435_455 ? 4 : 5;
}

/** Bytes of the element at `at` in all. */
export function elementBytes(input: Uint8Array, at: number): number {
  const head = input[at]!;
  // Short strings are by far the most frequent.
  if ((head & 0xc0) === STRING_6) return 2 + (head & 0x3f);
  const size = sizeAt(input, at);
  return size + backlenBytes(size);
}

/** The place of the element that ends before `end`, whose bytes these are. */
export function elementBefore(input: Uint8Array, end: number): number {
  const size = readBacklen(input, end);
  return end - size - backlenBytes(size);
}

/** The backlen that ends before `end`: seven bits a byte, the lowest last; all but the first have the top bit set. */
function readBacklen(input: Uint8Array, end: number): number {
  let at = end - 1;
  let size = input[at]! & 0x7f;
  for (let scale = 128; (input[at]! & 0x80) !== 0 && end - at < BACKLEN_BYTES_MAX; scale *= 128) {
    size += (input[--at]! & 0x7f) * scale;
  }
  return size;
}

function writeBacklen(output: Uint8Array, at: number, size: number): void {
  if (size <= 127) {
    output[at] = size;
    return;
  }
  for (let i = backlenBytes(size) - 1, rest = size; i >= 0; i--, rest >>>= 7) {
    output[at + i] = (rest & 0x7f) | (i === 0 ? 0 : 0x80);
  }
}

/** The first element's place. */
export function first(lp: Ref): number {
  return placeAt(lp, HEADER_BYTES);
}

/** The last element's place. */
export function last(lp: Ref): number {
  return previous(lp, bytes(lp) - 1);
}

/** The place after `at`. */
export function next(lp: Ref, at: number): number {
  return placeAt(lp, at + elementBytes(mem.chunkOf(lp).bytes, mem.byteOffset(lp) + at));
}

/** The place before `at`. */
export function previous(lp: Ref, at: number): number {
  if (at <= HEADER_BYTES) return NONE;
  const base = mem.byteOffset(lp);
  return elementBefore(mem.chunkOf(lp).bytes, base + at) - base;
}

/** `at`, or NONE if that is where the listpack ends. For the place that `remove` has left. */
export function placeAt(lp: Ref, at: number): number {
  return mem.byte(lp, at) === END ? NONE : at;
}

/** The place of element `index`, counted from 0, or from -1 backwards. NONE when there are not so many. */
export function seek(lp: Ref, index: number): number {
  const known = storedCount(lp);
  let left = index;
  if (known !== COUNT_UNKNOWN) {
    if (left >= known || left < -known) return NONE;
    // Count from the nearer end.
    if (left >= 0 && left > known >> 1) left -= known;
    else if (left < 0 && -left > known >> 1) left += known;
  }
  if (left >= 0) {
    let at = first(lp);
    for (; left > 0 && at !== NONE; left--) at = next(lp, at);
    return at;
  }
  let at = last(lp);
  for (; left < -1 && at !== NONE; left++) at = previous(lp, at);
  return at;
}

// --- Reading -------------------------------------------------------------------------------------------------------

/** The integer read last: its two halves, each signed. */
export let low = 0;
export let high = 0;

/** Reads the integer at `at` into `low` and `high`. */
export function readInteger(input: Uint8Array, at: number): void {
  const head = input[at]!;
  if (head < STRING_6) low = head;
  else if (head < STRING_12) low = (((head << 8) | input[at + 1]!) << 19) >> 19;
  else if (head === INTEGER_64) {
    low = readU32(input, at + 1) | 0;
    high = readU32(input, at + 5) | 0;
    return;
  } else {
    const shift = 32 - (INTEGER_BYTES[head - INTEGER_16]! - 1) * 8;
    low = ((readU32(input, at + 1) << shift) | 0) >> shift;
  }
  high = low >> 31;
}

/** Whether an element that begins with this byte is an integer. */
export const isIntegerHead = (head: number) => head < STRING_6 || (head & 0xe0) === INTEGER_13 || head > STRING_32;
/** Whether it is a string of at most SHORT_MAX bytes, which follow. */
export const isShortString = (head: number) => (head & 0xc0) === STRING_6;
/** Bytes before the data of a string. */
const stringHeader = (head: number) => (head < INTEGER_13 ? 1 : head < STRING_32 ? 2 : 5);
const isBeyondSafe = () => high < -0x200000 || high > 0x1fffff || (high === -0x200000 && low === 0);

/** What an element is; `read` and `readText` fill it. Its bytes are borrowed until memory is allocated. */
export class Element {
  isInteger = false;
  /** The integer; beyond 2^53 it is rounded, and `big` is exact. */
  integer = 0;
  big = 0n;
  /** The string's bytes, or the integer's digits if they were asked for. */
  region: Region;
  start = 0;
  length = 0;
  private readonly digits = new Region(new Uint8Array(int64.LENGTH_MAX));

  constructor() {
    this.region = this.digits;
  }

  /** Lets the element stand for a string of its reader's. */
  point(region: Region, start: number, length: number): void {
    this.isInteger = false;
    this.region = region;
    this.start = start;
    this.length = length;
  }

  /** Makes the digits of the integer the element's text. */
  spell(): void {
    const output = this.digits.bytes;
    this.region = this.digits;
    this.start = 0;
    this.length = Number.isSafeInteger(this.integer)
      ? int64.write(output, 0, this.integer)
      : int64.writeBig(output, 0, this.big);
  }
}

/** Reads the element at `at`: an integer as such, a string as a range of bytes. */
export function read(lp: Ref, at: number, into: Element): void {
  readElement(mem.chunkOf(lp), mem.byteOffset(lp) + at, into);
}

/** Reads the element that begins at byte `from` of `chunk`. */
export function readElement(chunk: Region, from: number, into: Element): void {
  const input = chunk.bytes;
  const head = input[from]!;
  if (isIntegerHead(head)) {
    readInteger(input, from);
    into.isInteger = true;
    into.integer = high * 2 ** 32 + (low >>> 0);
    if (isBeyondSafe()) into.big = (BigInt(high) << 32n) | BigInt(low >>> 0);
    return;
  }
  const header = stringHeader(head);
  into.point(chunk, from + header, sizeAt(input, from) - header);
}

/** Bytes of a short string, with its one before and its one behind them. -1 if the element at `at` is anything else. */
export function shortLength(input: Uint8Array, at: number): number {
  const head = input[at]!;
  return isShortString(head) ? head & SHORT_MAX : -1;
}

/** As `read`, and an integer is spelled out: `region`, `start` and `length` are the element's text in any case. */
export function readText(lp: Ref, at: number, into: Element): void {
  read(lp, at, into);
  if (into.isInteger) into.spell();
}

/**
 * The place of the first element equal to the bytes, among those from `from` on that are compared: after each, `skip` are
 * passed over (1 for the fields of field/value pairs). NONE when there is none.
 */
export function find(lp: Ref, from: number, skip: number, text: Region, start: number, end: number): number {
  if (from === NONE) return NONE;
  const chunk = mem.chunkOf(lp);
  const input = chunk.bytes;
  const base = mem.byteOffset(lp);
  const wanted = end - start;
  // Names often begin alike and differ at their ends: look there first. What is empty ends with its head.
  const lastByte = wanted === 0 ? STRING_6 : text.bytes[end - 1]!;
  // A short string of this length has this head; a longer one is compared below.
  const likely = wanted <= SHORT_MAX ? STRING_6 | wanted : NO_HEAD;
  let integer = UNPARSED;
  let wantedLow = 0;
  let wantedHigh = 0;
  for (let at = base + from; ; ) {
    const head = input[at]!;
    if (head === likely) {
      // In a run of one length the next place is known before its head is read, so the reads overlap: with `endsAlike`,
      // looking through 100 members takes 0.19 µs instead of 0.5.
      if (input[at + wanted] === lastByte && endsAlike(input, at + wanted, text.bytes, end - 1, wanted))
        return at - base;
      at += wanted + 2;
    } else if ((head & 0xc0) === STRING_6) {
      at += (head & 0x3f) + 2;
    } else {
      if (head === END) return NONE;
      if (!isIntegerHead(head)) {
        const header = stringHeader(head);
        if (sizeAt(input, at) === header + wanted && equal(chunk, at + header, text, start, wanted)) return at - base;
      } else {
        if (integer === UNPARSED) {
          integer = parseInteger(text.bytes, start, end) ? PARSED : NOT_ONE;
          wantedLow = low;
          wantedHigh = high;
        }
        if (integer === PARSED) {
          readInteger(input, at);
          if (low === wantedLow && high === wantedHigh) return at - base;
        }
      }
      at += elementBytes(input, at);
    }
    for (let left = skip; left > 0 && input[at] !== END; left--) at += elementBytes(input, at);
  }
}

/** Whether the `length` bytes up to and with `at` are those up to `last` of the text, of which the last are equal. */
function endsAlike(input: Uint8Array, at: number, text: Uint8Array, last: number, length: number): boolean {
  for (let i = 1; i < length; i++) if (input[at - i] !== text[last - i]) return false;
  return true;
}

/** Bytes of the longest string whose length stands in its head, and is its lower bits; and the head of what is longer: none that there is. */
export const SHORT_MAX = 63;
const NO_HEAD = -1;

// Whether the bytes that `find` looks for are an integer.
const UNPARSED = 0;
const PARSED = 1;
const NOT_ONE = 2;

// --- Writing -------------------------------------------------------------------------------------------------------

/** Whether the bytes are an integer as Redis prints it; `low` and `high` are then its halves. */
function parseInteger(input: Uint8Array, start: number, end: number): boolean {
  if (start === end || end - start > int64.LENGTH_MAX) return false;
  // Most texts are no integers, and show it with their first byte or their last.
  if (input[start]! > NINE || !isDigit(input[end - 1]!)) return false;
  if (!int64.parseHalves(input, start, end)) return false;
  low = int64.low;
  high = int64.high;
  return true;
}

/** Bytes of encoding and data of the integer in `low` and `high`. */
function integerSize(): number {
  if (high !== low >> 31) return 9;
  if (low >= 0 && low <= 127) return 1;
  if (low >= -4096 && low <= 4095) return 2;
  if (low >= -0x8000 && low <= 0x7fff) return 3;
  return low >= -0x800000 && low <= 0x7fffff ? 4 : 5;
}

function stringSize(length: number): number {
  return length + (length <= SHORT_MAX ? 1 : length <= 4095 ? 2 : 5);
}

/** Writes the integer in `low` and `high` in `size` bytes. */
function writeInteger(output: Uint8Array, at: number, size: number): void {
  if (size === 1) {
    output[at] = low;
  } else if (size === 2) {
    output[at] = INTEGER_13 | ((low >> 8) & 0x1f);
    output[at + 1] = low & 0xff;
  } else {
    output[at] = size === 9 ? INTEGER_64 : INTEGER_16 + size - 3;
    for (let i = 1; i < size; i++) output[at + i] = i <= 4 ? low >> (i * 8 - 8) : high >> (i * 8 - 40);
  }
}

/** Writes a string of `length` bytes in `size` bytes. */
function writeString(target: Region, at: number, size: number, text: Region, start: number, length: number): void {
  const output = target.bytes;
  const header = size - length;
  if (header === 1) {
    output[at] = STRING_6 | length;
  } else if (header === 2) {
    output[at] = STRING_12 | (length >> 8);
    output[at + 1] = length & 0xff;
  } else {
    output[at] = STRING_32;
    for (let i = 0; i < 4; i++) output[at + 1 + i] = length >>> (i * 8);
  }
  copyBytes(target, at + header, text, start, length);
}

/** An element takes at most so many bytes more than its text has. */
export const ELEMENT_OVERHEAD_MAX = 5 + BACKLEN_BYTES_MAX;

/** Whether the text measured last is an integer: that in `low` and `high`. */
let isInteger = false;

/** Bytes that an element of this text takes. What was learned of it is there for `writeMeasured`, which comes next. */
export function measure(text: Region, start: number, end: number): number {
  const length = end - start;
  isInteger = parseInteger(text.bytes, start, end);
  // Most elements: one byte before the text and one behind it.
  if (!isInteger && length <= SHORT_MAX) return length + 2;
  const size = isInteger ? integerSize() : stringSize(length);
  return size + backlenBytes(size);
}

/** Writes the element that was measured where there is room for it. */
export function writeMeasured(target: Region, at: number, text: Region, start: number, end: number): void {
  const length = end - start;
  if (!isInteger && length <= SHORT_MAX) {
    // Written out, this saves 15 ns of 46.
    target.bytes[at] = STRING_6 | length;
    target.bytes[at + 1 + length] = length + 1;
    copyBytes(target, at + 1, text, start, length);
    return;
  }
  const size = isInteger ? integerSize() : stringSize(length);
  if (isInteger) writeInteger(target.bytes, at, size);
  else writeString(target, at, size, text, start, length);
  writeBacklen(target.bytes, at + size, size);
}

/** Writes an element where there is room for it; returns the offset behind it. For those who write many at once. */
export function writeElement(target: Region, at: number, text: Region, start: number, end: number): number {
  const bytes = measure(text, start, end);
  writeMeasured(target, at, text, start, end);
  return at + bytes;
}

/** As `writeElement`, of an integer, by its two halves. */
export function writeIntegerElement(output: Uint8Array, at: number, lowHalf: number, highHalf: number): number {
  low = lowHalf | 0;
  high = highHalf | 0;
  const size = integerSize();
  writeInteger(output, at, size);
  writeBacklen(output, at + size, size);
  return at + size + backlenBytes(size);
}

/**
 * Puts an element in place of `removed` bytes at `at`; `elements`: so many more there are then. The bytes may not lie in
 * this listpack.
 */
function put(lp: Ref, at: number, removed: number, elements: number, text: Region, start: number, end: number): Ref {
  const held = splice(lp, at, removed, measure(text, start, end), elements);
  writeMeasured(mem.chunkOf(held), mem.byteOffset(held) + at, text, start, end);
  return held;
}

/**
 * Makes room for `added` bytes where `removed` bytes at `at` were, and adds to the count. Uses the block again unless it is
 * too small, or twice as large as needed.
 */
function splice(list: Ref, at: number, removed: number, added: number, elements: number): Ref {
  const lp = mem.touchMovable(list);
  if (removed === added) return lp;
  const chunk = mem.chunkOf(lp);
  const { words } = chunk;
  const word = mem.wordOffset(lp);
  const old = words[word + BYTES_WORD]!;
  const total = old - removed + added;
  // A block that is not twice as large as needed does not become so by growing.
  const stays = added > removed ? total <= mem.capacity(lp) : mem.roundedBytes(total) * 2 > mem.capacity(lp);
  if (!stays) return respliced(lp, at, removed, added, elements);
  words[word + BYTES_WORD] = total;
  addCount(words, word, elements);
  const from = mem.byteOffset(lp) + at;
  const rest = old - at - removed;
  // At the end of the listpack nothing moves but its last byte.
  if (rest === 1) chunk.bytes[from + added] = END;
  else move(chunk, from + added, from + removed, rest);
  return lp;
}

/** As `splice`, into another block. */
function respliced(lp: Ref, at: number, removed: number, added: number, elements: number): Ref {
  const old = bytes(lp);
  const total = old - removed + added;
  const fresh = mem.alloc(total);
  const target = mem.chunkOf(fresh);
  const to = mem.byteOffset(fresh);
  const source = mem.chunkOf(lp);
  const from = mem.byteOffset(lp);
  copyBytes(target, to, source, from, at);
  copyBytes(target, to + at + added, source, from + at + removed, old - at - removed);
  mem.setWord(fresh, BYTES_WORD, total);
  addCount(target.words, mem.wordOffset(fresh), elements);
  mem.free(lp);
  return fresh;
}

/** Adds an element at the end. */
export function append(lp: Ref, text: Region, start: number, end: number): Ref {
  return insertBefore(lp, bytes(lp) - 1, text, start, end);
}

/** Adds an element at the beginning. */
export function prepend(lp: Ref, text: Region, start: number, end: number): Ref {
  return insertBefore(lp, HEADER_BYTES, text, start, end);
}

/** Adds an element before the one at `at`; its place is `at` then. */
export function insertBefore(lp: Ref, at: number, text: Region, start: number, end: number): Ref {
  return put(lp, at, 0, 1, text, start, end);
}

/** Adds an element after the one at `at`; its place is `next(at)` then. */
export function insertAfter(lp: Ref, at: number, text: Region, start: number, end: number): Ref {
  const following = next(lp, at);
  return insertBefore(lp, following === NONE ? bytes(lp) - 1 : following, text, start, end);
}

/** Puts another element in the place of the one at `at`. */
export function replace(lp: Ref, at: number, text: Region, start: number, end: number): Ref {
  return put(lp, at, elementBytes(mem.chunkOf(lp).bytes, mem.byteOffset(lp) + at), 0, text, start, end);
}

/** Removes up to `count` elements from the one at `at` on. What came after them is at `at` then (see `placeAt`). */
export function remove(lp: Ref, at: number, count = 1): Ref {
  const input = mem.chunkOf(lp).bytes;
  const base = mem.byteOffset(lp);
  let end = base + at;
  let removed = 0;
  for (; removed < count && input[end] !== END; removed++) {
    end += elementBytes(input, end);
  }
  return splice(lp, at, end - base - at, 0, -removed);
}

/** Adds the elements of another listpack, which is freed, at the end. */
export function join(lp: Ref, other: Ref): Ref {
  const at = bytes(lp) - 1;
  const added = bytes(other) - HEADER_BYTES - 1;
  const held = splice(lp, at, 0, added, length(other));
  copyBytes(
    mem.chunkOf(held),
    mem.byteOffset(held) + at,
    mem.chunkOf(other),
    mem.byteOffset(other) + HEADER_BYTES,
    added,
  );
  mem.free(other);
  return held;
}

// --- Checking ------------------------------------------------------------------------------------------------------

/**
 * Whether these bytes, from wherever they come, are a listpack that every function here can be given: header, each
 * element, each backlen, count and end agree.
 */
export function isValid(input: Uint8Array, start: number, length: number): boolean {
  const stored = storedCountAt(input, start, length);
  if (stored < 0) return false;
  const end = start + length - 1;
  let count = 0;
  for (let at = start + HEADER_BYTES; at < end; count++) {
    at = validEnd(input, at, end);
    if (at === 0) return false;
  }
  return stored === COUNT_UNKNOWN || stored === count;
}

/** The count in the header of these bytes, which may be COUNT_UNKNOWN; -1 if they do not begin and end as a listpack does. */
export function storedCountAt(input: Uint8Array, start: number, length: number): number {
  if (length < HEADER_BYTES + 1 || readU32(input, start) !== length || input[start + length - 1] !== END) return -1;
  return input[start + COUNT_BYTE]! | (input[start + COUNT_BYTE + 1]! << 8);
}

/** Where the element at `at` ends, if it is one and ends before `end` or there; else 0. */
export function validEnd(input: Uint8Array, at: number, end: number): number {
  const head = input[at]!;
  // Short strings are by far the most frequent, and their backlen is one byte.
  if (isShortString(head)) {
    const backlen = at + 1 + (head & SHORT_MAX);
    return backlen < end && input[backlen] === backlen - at ? backlen + 1 : 0;
  }
  if (head > INTEGER_64) return 0;
  const header = head === STRING_32 ? 5 : head >= INTEGER_13 ? 2 : 1;
  if (at + header > end) return 0;
  const size = sizeAt(input, at);
  const behind = at + size + backlenBytes(size);
  return behind <= end && readBacklen(input, behind) === size ? behind : 0;
}

outOfLine(load);
outOfLine(isValid);
