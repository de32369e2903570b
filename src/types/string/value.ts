/**
 * The string value: bytes, inside the entry up to 32 KiB, else in a block of their own. A number is its digits: INCR
 * reads and writes them, which costs less than another representation would.
 *
 * The encoding that OBJECT ENCODING reports is history as much as content, so two bits keep the history:
 *
 *     DERIVED   written whole: `int` if the bytes are an integer, else `embstr` up to 44 bytes, else `raw`
 *     TEXT      written whole, as text although it may look like a number (INCRBYFLOAT)
 *     RAW       changed in place (APPEND, SETRANGE, SETBIT)
 *
 * Invariant: a string that lies outside has a block of at least its length; bytes beyond the length mean nothing.
 */
import * as int64 from "../../base/int64.ts";
import { copy, type Region } from "../../base/region.ts";
import * as access from "../../keyspace/access.ts";
import type { Database } from "../../keyspace/database.ts";
import * as expiry from "../../keyspace/expiry.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { STRING, type ValueType } from "../../keyspace/value-type.ts";
import * as mem from "../../mem/mem.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import { RDB_STRING } from "../../rdb/types.ts";
import type { Args } from "../../resp/args.ts";
import { protoMaxBulkLen } from "../../resp/parameters.ts";
import * as entry from "../../struct/entry.ts";
import * as rdb from "./rdb.ts";
import { rewrite as asCommands } from "./rewrite.ts";

export const DERIVED = 0;
export const TEXT = 1;
export const RAW = 2;

const EMBSTR_MAX = 44;
const INT_LENGTH_MAX = 20;
/** What a growing string asks for beyond its length: as much again up to this, and of a long one, this part of it. */
const PREALLOC_MAX = 1024 * 1024;
const PREALLOC_SHARE = 8;

/** The chunk that a string's bytes lie in. Borrowed until memory is allocated. */
export function region(ref: Ref): Region {
  return mem.chunkOf(entry.isOutside(ref) ? entry.outside(ref) : ref);
}

/** Where the string begins in its region. */
export function start(ref: Ref): number {
  return entry.isOutside(ref) ? mem.byteOffset(entry.outside(ref)) : entry.insideStart(ref);
}

/** Length of the string in bytes. */
export function length(ref: Ref): number {
  return entry.isOutside(ref) ? entry.outsideLength(ref) : entry.insideLength(ref);
}

/**
 * Gives the key in argument `i` a string of `size` bytes, whatever it held. The bytes are the caller's to write
 * (`region`, `start`); so is the deadline, if `flags` has entry.DEADLINE.
 */
export function create(db: Database, args: Args, i: number, encoding: number, flags: number, size: number): Ref {
  const all = entry.flagsFor(STRING, encoding) | flags;
  if (size <= entry.INSIDE_MAX) return keyspace.put(db, args, i, all, size);
  const block = mem.alloc(size);
  const ref = keyspace.put(db, args, i, all | entry.OUTSIDE, 0);
  entry.setOutside(ref, block, size);
  return ref;
}

/** As `create`, with the bytes from `source`, which may not lie in the value that is replaced. */
export function write(
  db: Database,
  args: Args,
  i: number,
  encoding: number,
  flags: number,
  source: Region,
  from: number,
  size: number,
): Ref {
  const ref = create(db, args, i, encoding, flags, size);
  const chunk = entry.locate(ref);
  copy(chunk, entry.valueStart, source, from, size);
  return ref;
}

/** Gives the key in argument `i` the string of `size` bytes in `block`, which is the string's from now on. No deadline. */
export function adopt(db: Database, args: Args, i: number, encoding: number, block: Ref, size: number): void {
  if (size > entry.INSIDE_MAX) {
    const ref = keyspace.put(db, args, i, entry.flagsFor(STRING, encoding) | entry.OUTSIDE, 0);
    entry.setOutside(ref, block, size);
  } else {
    write(db, args, i, encoding, 0, mem.chunkOf(block), mem.byteOffset(block), size);
    mem.free(block);
  }
}

/**
 * As `create`, with a deadline in ms since 1970, or none when it is undefined. `old` is the entry that the key has by now,
 * or NIL.
 */
export function createUntil(
  db: Database,
  args: Args,
  i: number,
  old: Ref,
  encoding: number,
  size: number,
  deadline: number | bigint | undefined,
): Ref {
  // Whoever has looked it up has counted that as a use: it is not one more.
  const used = old === NIL ? access.initial() : entry.access(old);
  const hadMs = old !== NIL && entry.hasDeadline(old) ? entry.deadlineMs(old) : Number.NaN;
  const ref = create(db, args, i, encoding, deadline === undefined ? 0 : entry.DEADLINE, size);
  entry.setAccess(ref, used);
  if (deadline === undefined) return ref;
  entry.setDeadline(ref, deadline);
  expiry.schedule(db, args.hash(i), Number(deadline), hadMs);
  return ref;
}

/** The deadline of an entry, or undefined when it has none. */
export function deadlineOf(ref: Ref): number | bigint | undefined {
  if (!entry.hasDeadline(ref)) return undefined;
  const ms = entry.deadlineMs(ref);
  return Number.isSafeInteger(ms) ? ms : entry.deadlineBig(ref);
}

/**
 * Makes room for another string of `size` bytes, which the caller writes whole, under the key in argument `i`, whose entry
 * is `old` (or NIL). The deadline stays. Costs next to nothing when the string keeps its length, as most numbers do.
 */
export function rewrite(db: Database, args: Args, i: number, old: Ref, encoding: number, size: number): Ref {
  if (old === NIL) return create(db, args, i, encoding, 0, size);
  if (entry.isOutside(old) || entry.insideLength(old) !== size) {
    return createUntil(db, args, i, old, encoding, size, deadlineOf(old));
  }
  mem.touch(old);
  if (entry.encoding(old) !== encoding) entry.setEncoding(old, encoding);
  return old;
}

/**
 * Makes the string of the key in argument `i`, whose entry is `ref`, `size` bytes long, for a change in place: what it
 * held stays as far as there is room for it, what is new is undefined. The caller changes bytes `from` to
 * `until`, no others. Deadline
 * and access stay. Returns the entry, which may have moved.
 */
export function grow(db: Database, args: Args, i: number, ref: Ref, size: number, from = 0, until = size): Ref {
  const held = size <= room(ref) ? ref : moveToLarger(db, args, i, ref, size);
  mem.touch(held);
  if (entry.isOutside(held)) {
    if (until > from) mem.touchPart(entry.outside(held), from, until - from);
    entry.setOutside(held, entry.outside(held), size);
  } else {
    entry.setInsideLength(held, size);
  }
  entry.setEncoding(held, RAW);
  return held;
}

/** Bytes that the string can have without moving. */
function room(ref: Ref): number {
  if (entry.isOutside(ref)) return mem.capacity(entry.outside(ref));
  return Math.min(entry.INSIDE_MAX, mem.capacity(ref) - (entry.insideStart(ref) - mem.byteOffset(ref)));
}

/** Moves the string to where `size` bytes fit, and more, since who appends once appends again. */
function moveToLarger(db: Database, args: Args, i: number, ref: Ref, size: number): Ref {
  const spare = Math.max(Math.min(size, PREALLOC_MAX), Math.ceil(size / PREALLOC_SHARE));
  const old = length(ref);
  if (entry.isOutside(ref)) {
    const block = mem.alloc(Math.min(size + spare, mem.BLOCK_BYTES_MAX));
    const before = entry.outside(ref);
    copy(mem.chunkOf(block), mem.byteOffset(block), mem.chunkOf(before), mem.byteOffset(before), old);
    mem.free(before);
    entry.setOutside(ref, block, old);
    return ref;
  }
  const outside = size > entry.INSIDE_MAX;
  const inside = outside ? 0 : Math.min(size + spare, entry.INSIDE_MAX);
  const flags = (entry.flags(ref) & ~entry.LONG_KEY) | (outside ? entry.OUTSIDE : 0);
  const held = mem.alloc(entry.bytesFor(flags, args.length(i), inside));
  entry.write(held, flags, entry.access(ref), args.region, args.start(i), args.end(i), outside ? 0 : old);
  if (entry.hasDeadline(ref)) entry.setDeadline(held, entry.deadlineBig(ref));
  if (outside) entry.setOutside(held, mem.alloc(Math.min(size + spare, mem.BLOCK_BYTES_MAX)), old);
  copy(region(held), start(held), region(ref), start(ref), old);
  keyspace.replace(db, args, i, held);
  mem.free(ref);
  return held;
}

/** Writes bytes from `source` over those at `at` of a string, which is long enough and announced to the write barrier. */
export function overwrite(ref: Ref, at: number, source: Region, from: number, size: number): void {
  copy(region(ref), start(ref) + at, source, from, size);
}

/** Sets bytes `from` to `to` (excluded) of a string to zero, under the same conditions. */
export function clear(ref: Ref, from: number, to: number): void {
  region(ref).bytes.fill(0, start(ref) + from, start(ref) + to);
}

/** Whether a string may not become so long. Asked before memory is taken. */
export function isTooLong(size: number): boolean {
  return size > protoMaxBulkLen.value || size > mem.BLOCK_BYTES_MAX;
}

/** Whether the bytes are an integer of 64 bits in the only way Redis prints it. */
function isInteger(ref: Ref): boolean {
  const size = length(ref);
  if (size === 0 || size > INT_LENGTH_MAX) return false;
  const from = start(ref);
  return int64.parseBig(region(ref).bytes, from, from + size) !== undefined;
}

export const stringType: ValueType = {
  id: STRING,
  name: "string",
  encodingName(ref) {
    const history = entry.encoding(ref);
    if (history === RAW) return "raw";
    if (history === DERIVED && isInteger(ref)) return "int";
    return length(ref) <= EMBSTR_MAX ? "embstr" : "raw";
  },
  length,
  copyOutside(ref, target) {
    const size = length(ref);
    const block = mem.alloc(size);
    copy(mem.chunkOf(block), mem.byteOffset(block), region(ref), start(ref), size);
    entry.setOutside(target, block, size);
  },
  blocks(ref, visit) {
    if (entry.isOutside(ref)) visit(entry.outside(ref));
  },
  release(value) {
    mem.free(value);
    return true;
  },
  releasing(value, _encoding, visit) {
    visit(value);
  },
  digest(ref, digest) {
    const from = start(ref);
    digest.mix(region(ref).bytes, from, from + length(ref));
  },
  rdbTypes: [RDB_STRING],
  rdbType: rdb.rdbType,
  save: rdb.save,
  load: rdb.load,
  rewrite: asCommands,
};
