/**
 * A field of a large hash: an entry (struct/entry.ts) whose key is the field's name and whose value is a string, inside
 * the entry up to entry.INSIDE_MAX bytes, else in a block of its own. It may have a deadline, as the entry of a key may.
 * Its access bits mean nothing.
 */
import { copy as copyBytes, type Region } from "../../base/region.ts";
import { STRING } from "../../keyspace/value-type.ts";
import type { Ref } from "../../mem/mem.ts";
import * as mem from "../../mem/mem.ts";
import * as entry from "../../struct/entry.ts";
import type { Element } from "../../struct/listpack.ts";

const PLAIN = entry.flagsFor(STRING, 0);

/** A new field without a deadline. Neither name nor value may lie in a block that is about to change. */
export function create(
  name: Region,
  nameStart: number,
  nameEnd: number,
  value: Region,
  start: number,
  end: number,
): Ref {
  return build(PLAIN, name, nameStart, nameEnd, value, start, end);
}

/** A new field; with DEADLINE in the flags, its deadline is the caller's to write. */
function build(
  plainFlags: number,
  name: Region,
  nameStart: number,
  nameEnd: number,
  value: Region,
  start: number,
  end: number,
): Ref {
  const length = end - start;
  const isOutside = length > entry.INSIDE_MAX;
  const flags = isOutside ? plainFlags | entry.OUTSIDE : plainFlags;
  const inside = isOutside ? 0 : length;
  const ref = mem.alloc(entry.bytesFor(flags, nameEnd - nameStart, inside));
  entry.write(ref, flags, 0, name, nameStart, nameEnd, inside);
  if (isOutside) entry.setOutside(ref, newBlock(value, start, length), length);
  else copyBytes(mem.chunkOf(ref), entry.insideStart(ref), value, start, length);
  return ref;
}

function newBlock(source: Region, start: number, length: number): Ref {
  const block = mem.alloc(length);
  copyBytes(mem.chunkOf(block), mem.byteOffset(block), source, start, length);
  return block;
}

/**
 * Gives the field another value; its deadline stays. Returns the field, whose block may be another one; the old one is
 * freed then.
 */
export function setValue(ref: Ref, value: Region, start: number, end: number): Ref {
  const length = end - start;
  const nameLength = entry.keyLength(ref);
  if (!entry.isOutside(ref) && length <= entry.INSIDE_MAX) {
    // A value as long as the old one needs no look at the block's size.
    const isOfSameSize = length === entry.insideLength(ref) && !mem.isShared(ref);
    if (isOfSameSize || mem.fits(ref, entry.bytesFor(entry.flags(ref), nameLength, length))) {
      mem.touch(ref);
      entry.setInsideLength(ref, length);
      copyBytes(mem.chunkOf(ref), entry.insideStart(ref), value, start, length);
      return ref;
    }
  }
  const nameStart = entry.keyStart(ref);
  const flags = PLAIN | (entry.flags(ref) & entry.DEADLINE);
  const held = build(flags, mem.chunkOf(ref), nameStart, nameStart + nameLength, value, start, end);
  if (entry.hasDeadline(ref)) entry.setDeadline(held, entry.deadlineMs(ref));
  release(ref);
  return held;
}

/** Sets the deadline of the field, or clears it where that is NaN. Returns the field, whose block may be another one. */
export function setDeadline(ref: Ref, deadlineMs: number): Ref {
  const has = !Number.isNaN(deadlineMs);
  let held = ref;
  if (entry.hasDeadline(ref) !== has) held = reshape(ref, has);
  if (has) entry.setDeadline(held, deadlineMs);
  return held;
}

/** Moves the field to a block with or without room for a deadline. A value outside stays where it lies. */
function reshape(ref: Ref, hasDeadline: boolean): Ref {
  const outsideFlag = entry.flags(ref) & entry.OUTSIDE;
  const inside = outsideFlag === 0 ? entry.insideLength(ref) : 0;
  const flags = PLAIN | outsideFlag | (hasDeadline ? entry.DEADLINE : 0);
  const nameStart = entry.keyStart(ref);
  const nameLength = entry.keyLength(ref);
  const moved = mem.alloc(entry.bytesFor(flags, nameLength, inside));
  entry.write(moved, flags, 0, mem.chunkOf(ref), nameStart, nameStart + nameLength, inside);
  entry.copyValue(ref, moved);
  mem.free(ref);
  return moved;
}

/** The same field in blocks of its own. */
export function copy(ref: Ref): Ref {
  const bytes = entry.bytesFor(entry.flags(ref), entry.keyLength(ref), entry.insideLength(ref));
  const copied = mem.alloc(bytes);
  copyBytes(mem.chunkOf(copied), mem.byteOffset(copied), mem.chunkOf(ref), mem.byteOffset(ref), bytes);
  if (entry.isOutside(ref)) {
    const value = entry.outside(ref);
    const length = entry.outsideLength(ref);
    entry.setOutside(copied, newBlock(mem.chunkOf(value), mem.byteOffset(value), length), length);
  }
  return copied;
}

export function readName(ref: Ref, into: Element): void {
  into.point(mem.chunkOf(ref), entry.keyStart(ref), entry.keyLength(ref));
}

export function readValue(ref: Ref, into: Element): void {
  if (entry.isOutside(ref)) {
    const block = entry.outside(ref);
    into.point(mem.chunkOf(block), mem.byteOffset(block), entry.outsideLength(ref));
  } else {
    into.point(mem.chunkOf(ref), entry.insideStart(ref), entry.insideLength(ref));
  }
}

/** Visits the field's blocks. */
export function blocks(ref: Ref, visit: (block: Ref) => void): void {
  if (entry.isOutside(ref)) visit(entry.outside(ref));
  visit(ref);
}

/** Frees the field. */
export function release(ref: Ref): void {
  if (entry.isOutside(ref)) mem.free(entry.outside(ref));
  mem.free(ref);
}
