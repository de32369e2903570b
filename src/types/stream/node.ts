/**
 * A node: some consecutive entries of a stream in one block, the ID of the first of them and a listpack in Redis' own
 * format byte for byte, so that DUMP, RDB files and replicas take it as it is.
 *
 *     0  ID        that of the first entry; it stays when that entry is deleted
 *    16  listpack  u32 bytes in all · u16 elements (65,535: too many to say) · elements · 0xFF
 *
 *     elements     master · entry · entry …
 *     master       entries · deleted entries · number of fields · field 1 … field n · 0
 *     entry        flags · ms · sequence · value 1 … value n · lp-count                                  with SAME_FIELDS
 *                  flags · ms · sequence · number of fields · field 1 · value 1 … · lp-count             else
 *
 * `ms` and `sequence` are differences to the node's ID, modulo 2^64. The master's fields are those of the first entry, so
 * that entries with the same fields need not name them. lp-count is the number of elements of the entry before it: it leads
 * back to the entry's flags, as the 0 tells that there is none before. Deleted entries stay where they are, with a flag; a
 * node in which all are deleted is removed by its stream.
 *
 * The last node of a stream has room to grow; `close` gives that back. Functions that may need another block return it.
 * The bytes of arguments that are written may lie anywhere but in the node.
 */
import { isDigit } from "../../base/ascii.ts";
import { copy as copyBytes, equal, move, type Region } from "../../base/region.ts";
import type { Ref } from "../../mem/mem.ts";
import * as mem from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import * as listpack from "../../struct/listpack.ts";
import { Element } from "../../struct/listpack.ts";
import { Id } from "./id.ts";

const HALF = 2 ** 32;

export const DELETED = 1;
export const SAME_FIELDS = 2;

// Words of the node's ID.
const MS_HIGH = 0;
const MS_LOW = 1;
const SEQ_HIGH = 2;
const SEQ_LOW = 3;
/** Where the listpack begins, and its parts. */
const LISTPACK_BYTE = 16;
const BYTES_WORD = 4;
/** The word whose lower half is the number of elements. */
const ELEMENTS_WORD = 5;
const ELEMENTS_UNKNOWN = 0xffff;
/** The first element, which is the number of entries. */
export const FIRST_BYTE = 22;
export const END = 0xff;

/** First byte of a short text, less its length, and the length it may have. */
const STRING = 0x80;
const STRING_MAX = 0x3f;

/** Nodes smaller than this grow by half, others by an eighth. */
const SMALL_BYTES = 8192;
/** Room for the integers of an entry, and for the counters of the master to become longer. */
const INTEGERS_ROOM = 48;

/** Bytes of the listpack. */
export function listpackBytes(node: Ref): number {
  return mem.word(node, BYTES_WORD);
}

/** The chunk's offset at which the listpack begins. */
export function listpackStart(node: Ref): number {
  return mem.byteOffset(node) + LISTPACK_BYTE;
}

/** The integer at offset `at` of a chunk, when it is known to be small. */
export function smallInteger(input: Uint8Array, at: number): number {
  const head = input[at]!;
  if (head < 0x80) return head;
  listpack.readInteger(input, at);
  return listpack.low;
}

/** Entries that are not deleted. */
export function liveCount(node: Ref): number {
  return smallInteger(mem.chunkOf(node).bytes, mem.byteOffset(node) + FIRST_BYTE);
}

/** Entries that are deleted. */
export function deletedCount(node: Ref): number {
  const input = mem.chunkOf(node).bytes;
  const at = mem.byteOffset(node) + FIRST_BYTE;
  return smallInteger(input, at + listpack.elementBytes(input, at));
}

/** Entries, deleted ones too. */
export function entryCount(node: Ref): number {
  const input = mem.chunkOf(node).bytes;
  const at = mem.byteOffset(node) + FIRST_BYTE;
  const live = input[at]!;
  const deleted = input[at + 2]!;
  // Both in one byte and its backlen: nearly always.
  if (live < 0x80 && deleted < 0x80) return live + deleted;
  return liveCount(node) + deletedCount(node);
}

/** The chunk's offset of the third element, which is the number of the master's fields. */
export function masterStart(node: Ref): number {
  const input = mem.chunkOf(node).bytes;
  let at = mem.byteOffset(node) + FIRST_BYTE;
  // Both in one byte and its backlen: nearly always.
  if (input[at]! < 0x80 && input[at + 2]! < 0x80) return at + 4;
  at += listpack.elementBytes(input, at);
  return at + listpack.elementBytes(input, at);
}

/** The chunk's offset behind `count` elements from `at` on. */
export function skip(input: Uint8Array, at: number, count: number): number {
  for (let left = count; left > 0; left--) at += listpack.elementBytes(input, at);
  return at;
}

/**
 * Reads the two differences at `at`, and leaves the ID that they make with the node's in `id`; returns the offset behind
 * them. `of` is the node's ID.
 */
export function readId(of: Id, input: Uint8Array, at: number, id: Id): number {
  const behindMs = addDifference(of.msHigh, of.msLow, input, at);
  id.msHigh = sumHigh;
  id.msLow = sumLow;
  const behind = addDifference(of.seqHigh, of.seqLow, input, behindMs);
  id.seqHigh = sumHigh;
  id.seqLow = sumLow;
  return behind;
}

/** What `addDifference` made. */
let sumHigh = 0;
let sumLow = 0;

/** Adds the integer at `at` to a number of 64 bits; returns the offset behind it. */
function addDifference(high: number, low: number, input: Uint8Array, at: number): number {
  const head = input[at]!;
  let difference = head;
  let differenceHigh = 0;
  let behind = at + 2;
  // Most differences are small.
  if (head >= 0x80) {
    listpack.readInteger(input, at);
    difference = listpack.low >>> 0;
    differenceHigh = listpack.high;
    behind = at + listpack.elementBytes(input, at);
  }
  const sum = low + difference;
  sumLow = sum >>> 0;
  sumHigh = sum < HALF && differenceHigh === 0 ? high : (high + differenceHigh + (sum < HALF ? 0 : 1)) >>> 0;
  return behind;
}

const reached = new Id();

/**
 * The chunk's offset of the first entry, from the one at `at` on, that is not before `id`, or of the end. `of` is the node's
 * ID, which is not after `id`; `fields` is the number of the master's fields. A range begins with it: on the average it
 * passes over half a node, and so it compares the milliseconds as they are stored.
 */
export function seekEntry(of: Id, fields: number, input: Uint8Array, at: number, id: Id): number {
  const borrow = id.msLow < of.msLow ? 1 : 0;
  const wantedLow = (id.msLow - of.msLow) >>> 0;
  const wantedHigh = id.msHigh - of.msHigh - borrow;
  let entry = at;
  while (input[entry] !== END) {
    const msAt = entry + 2;
    let low = input[msAt]!;
    let high = 0;
    let next = msAt + 2;
    if (low >= 0x80) {
      listpack.readInteger(input, msAt);
      low = listpack.low >>> 0;
      high = listpack.high >>> 0;
      next = msAt + listpack.elementBytes(input, msAt);
    }
    if (high > wantedHigh || (high === wantedHigh && low >= wantedLow)) {
      readId(of, input, msAt, reached);
      if (reached.compare(id) >= 0) break;
    }
    next += listpack.elementBytes(input, next);
    let elements = fields;
    if ((input[entry]! & SAME_FIELDS) === 0) {
      elements = smallInteger(input, next) * 2;
      next += listpack.elementBytes(input, next);
    }
    entry = skip(input, next, elements + 1);
  }
  return entry;
}

/** The ID of the last entry, deleted or not. */
export function readLastId(node: Ref, id: Id): void {
  const input = mem.chunkOf(node).bytes;
  let at = listpack.elementBefore(input, listpackStart(node) + listpackBytes(node) - 1);
  for (let left = smallInteger(input, at); left > 0; left--) at = listpack.elementBefore(input, at);
  readId(first.read(node, 0), input, at + listpack.elementBytes(input, at), id);
}

const first = new Id();

// --- Writing -----------------------------------------------------------------------------------------------------------

/** Bytes that an element for a text of `length` bytes takes at most. */
function elementRoom(length: number): number {
  if (length < 64) return length + 2;
  return length < 4096 ? length + 4 : length + listpack.ELEMENT_OVERHEAD_MAX;
}

/** Bytes that so many texts of so many bytes together, and the integers of an entry, take at most. */
export function entryRoom(textBytes: number, texts: number): number {
  return textBytes + texts * listpack.ELEMENT_OVERHEAD_MAX + INTEGERS_ROOM;
}

/** A node with one entry, of the fields and values from argument `from` on. */
export function create(id: Id, args: Args, from: number): Ref {
  let room = FIRST_BYTE + 2 * INTEGERS_ROOM;
  for (let i = from; i < args.count; i++) room += elementRoom(args.length(i));
  const node = mem.alloc(room);
  id.write(node, 0);
  const chunk = mem.chunkOf(node);
  const output = chunk.bytes;
  const start = listpackStart(node);
  const fields = (args.count - from) >> 1;
  let at = writeInteger(output, mem.byteOffset(node) + FIRST_BYTE, 0, 0);
  at = writeInteger(output, at, 0, 0);
  at = writeInteger(output, at, fields, 0);
  for (let i = from; i < args.count; i += 2) at = writeText(chunk, at, args, i);
  at = writeInteger(output, at, 0, 0);
  chunk.words[mem.wordOffset(node) + ELEMENTS_WORD]! &= ~ELEMENTS_UNKNOWN;
  addElements(chunk.words, mem.wordOffset(node), fields + 4);
  output[at] = END;
  mem.setWord(node, BYTES_WORD, at + 1 - start);
  writeEntry(node, id, args, from, true);
  return node;
}

/**
 * Adds an entry, whose ID is after all others, with the fields and values from argument `from` on. `room` is what they take
 * at most.
 */
export function append(node: Ref, id: Id, args: Args, from: number, room: number): Ref {
  const held = withRoom(node, room);
  writeEntry(held, id, args, from, hasFields(held, args, from));
  return held;
}

/** Whether the arguments from `from` on, every other one, are the master's fields. */
function hasFields(node: Ref, args: Args, from: number): boolean {
  const chunk = mem.chunkOf(node);
  const input = chunk.bytes;
  let at = masterStart(node);
  if (smallInteger(input, at) !== (args.count - from) >> 1) return false;
  at += listpack.elementBytes(input, at);
  for (let i = from; i < args.count; i += 2) {
    const length = args.length(i);
    if (input[at] === (STRING | length) && length <= STRING_MAX) {
      // Most names are short texts: compared where they are.
      if (!equal(chunk, at + 1, args.region, args.start(i), length)) return false;
      at += length + 2;
    } else {
      if (!isText(chunk, at, args, i)) return false;
      at += listpack.elementBytes(input, at);
    }
  }
  return true;
}

const compared = new Element();

function isText(chunk: Region, at: number, args: Args, i: number): boolean {
  listpack.readElement(chunk, at, compared);
  if (compared.isInteger) compared.spell();
  const length = args.length(i);
  return compared.length === length && equal(compared.region, compared.start, args.region, args.start(i), length);
}

function writeEntry(node: Ref, id: Id, args: Args, from: number, isSame: boolean): void {
  const chunk = mem.chunkOf(node);
  const output = chunk.bytes;
  const { words } = chunk;
  const word = mem.wordOffset(node);
  const counterAt = (word << 2) + FIRST_BYTE;
  // Most nodes have less than 127 entries.
  if (output[counterAt]! < 0x7f) output[counterAt]!++;
  else setCounter(node, 0, liveCount(node) + 1);
  const fields = (args.count - from) >> 1;
  const elements = isSame ? fields + 3 : fields * 2 + 4;
  const start = (word << 2) + LISTPACK_BYTE;
  let at = start + words[word + BYTES_WORD]! - 1;
  at = writeInteger(output, at, isSame ? SAME_FIELDS : 0, 0);
  const msLow = words[word + MS_LOW]! >>> 0;
  const msBorrow = id.msLow < msLow ? 1 : 0;
  at = writeInteger(output, at, id.msLow - msLow, id.msHigh - words[word + MS_HIGH]! - msBorrow);
  const seqLow = words[word + SEQ_LOW]! >>> 0;
  const seqBorrow = id.seqLow < seqLow ? 1 : 0;
  at = writeInteger(output, at, id.seqLow - seqLow, id.seqHigh - words[word + SEQ_HIGH]! - seqBorrow);
  if (!isSame) at = writeInteger(output, at, fields, 0);
  for (let i = isSame ? from + 1 : from; i < args.count; i += isSame ? 2 : 1) at = writeText(chunk, at, args, i);
  at = writeInteger(output, at, elements, 0);
  addElements(words, word, elements + 1);
  output[at] = END;
  words[word + BYTES_WORD] = at + 1 - start;
}

/**
 * Writes an integer by its halves; returns the offset behind it. Most of an entry's are one byte, and a backlen of 1: with
 * the short names in `hasFields`, an XADD takes 430 ns instead of 530.
 */
function writeInteger(output: Uint8Array, at: number, low: number, high: number): number {
  if (low < 0 || low > 127 || high !== 0) return listpack.writeIntegerElement(output, at, low, high);
  output[at] = low;
  output[at + 1] = 1;
  return at + 2;
}

/**
 * Writes argument `i`; returns the offset behind it. Most are short, and no integers, which end with a digit: written here,
 * with the offsets of `writeEntry` in hand, they make an XADD a tenth quicker.
 */
function writeText(chunk: Region, at: number, args: Args, i: number): number {
  const start = args.start(i);
  const end = args.end(i);
  const length = end - start;
  if (length === 0 || length > STRING_MAX || isDigit(args.bytes[end - 1]!)) {
    return listpack.writeElement(chunk, at, args.region, start, end);
  }
  const output = chunk.bytes;
  output[at] = STRING | length;
  output[at + 1 + length] = length + 1;
  copyBytes(chunk, at + 1, args.region, start, length);
  return at + length + 2;
}

/** Counts elements of the listpack of the node that begins at `word`. */
function addElements(words: Int32Array, word: number, added: number): void {
  const known = words[word + ELEMENTS_WORD]! & ELEMENTS_UNKNOWN;
  // The other half of the word is not the count's: no carry may reach it.
  if (known + added < ELEMENTS_UNKNOWN) words[word + ELEMENTS_WORD]! += added;
  else words[word + ELEMENTS_WORD]! |= ELEMENTS_UNKNOWN;
}

/** The node in a block that has room for `room` bytes more, announced as about to change. */
function withRoom(node: Ref, room: number): Ref {
  mem.touch(node);
  const used = LISTPACK_BYTE + listpackBytes(node);
  const needed = used + room;
  if (needed <= mem.capacity(node)) return node;
  const wanted = needed + (needed >> (needed < SMALL_BYTES ? 1 : 3));
  return moved(node, used, Math.min(wanted, mem.BLOCK_BYTES_MAX));
}

function moved(node: Ref, used: number, bytes: number): Ref {
  const other = mem.alloc(bytes);
  copyBytes(mem.chunkOf(other), mem.byteOffset(other), mem.chunkOf(node), mem.byteOffset(node), used);
  mem.free(node);
  return other;
}

/** Whether so many bytes more can be written to the node. */
export function hasBlockFor(node: Ref, room: number): boolean {
  return LISTPACK_BYTE + listpackBytes(node) + room <= mem.BLOCK_BYTES_MAX;
}

/** Gives back the room that no entry will be written to. */
export function close(node: Ref): Ref {
  const used = LISTPACK_BYTE + listpackBytes(node);
  return mem.fits(node, used) ? node : moved(node, used, used);
}

/** The same entries in another block. */
export function copy(node: Ref): Ref {
  const used = LISTPACK_BYTE + listpackBytes(node);
  const other = mem.alloc(used);
  copyBytes(mem.chunkOf(other), mem.byteOffset(other), mem.chunkOf(node), mem.byteOffset(node), used);
  return other;
}

/** Makes a node of a listpack that `isValid` (node-check.ts) has accepted. */
export function load(id: Id, source: Region, start: number, length: number): Ref {
  const node = mem.alloc(LISTPACK_BYTE + length);
  id.write(node, 0);
  copyBytes(mem.chunkOf(node), listpackStart(node), source, start, length);
  return node;
}

// --- Deleting ----------------------------------------------------------------------------------------------------------

/**
 * Says of the entry whose flags are at the chunk's offset `flagsAt` that it is deleted. The counters are the caller's:
 * `addDeleted` once for all.
 */
export function markDeleted(node: Ref, flagsAt: number): void {
  mem.touch(node);
  const output = mem.chunkOf(node).bytes;
  // The flags are at most 3, whatever was set: one byte before and after.
  output[flagsAt] = output[flagsAt]! | DELETED;
}

/** Counts `count` entries as deleted that were not before. */
export function addDeleted(node: Ref, count: number): Ref {
  const live = liveCount(node);
  const deleted = deletedCount(node);
  const before = counterBytes(live) + counterBytes(deleted);
  const after = counterBytes(live - count) + counterBytes(deleted + count);
  const held = withRoom(node, Math.max(0, after - before));
  setCounter(held, 0, live - count);
  setCounter(held, 1, deleted + count);
  return held;
}

/** Bytes of an element that is this number. */
function counterBytes(value: number): number {
  if (value < 0x80) return 2;
  if (value < 0x1000) return 3;
  return value < 0x8000 ? 4 : value < 0x800000 ? 5 : 6;
}

/** Sets one of the first two elements; there is room for it to become longer. */
function setCounter(node: Ref, index: 0 | 1, value: number): void {
  const chunk = mem.chunkOf(node);
  const output = chunk.bytes;
  let at = mem.byteOffset(node) + FIRST_BYTE;
  if (index === 1) at += listpack.elementBytes(output, at);
  const before = listpack.elementBytes(output, at);
  const after = counterBytes(value);
  if (after !== before) {
    const bytes = listpackBytes(node);
    const end = listpackStart(node) + bytes;
    move(chunk, at + after, at + before, end - at - before);
    mem.setWord(node, BYTES_WORD, bytes + after - before);
  }
  listpack.writeIntegerElement(output, at, value, 0);
}
