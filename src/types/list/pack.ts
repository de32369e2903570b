/**
 * A pack: some neighbouring elements of a list in one block. Nearly always that is a listpack (struct/listpack.ts), which may
 * have a gap in front of its elements (gap.ts). An element too large to lie in a listpack is alone in a plain block, which the
 * top bit of its first word tells:
 *
 *     listpack   u32 bytes · …                      plain   u32 length | 1 << 31 · the element
 *
 * How much a listpack may hold follows from list-max-listpack-size as in Redis: -1 to -5 allow 4 to 64 KiB, a positive
 * number so many elements in at most 8 KiB. What is longer has a listpack of its own.
 *
 * Elements have places: of a listpack its own ones, of a plain block just one.
 */
import { copy as copyBytes, equal, type Region } from "../../base/region.ts";
import type { Ref } from "../../mem/mem.ts";
import * as mem from "../../mem/mem.ts";
import * as listpack from "../../struct/listpack.ts";
import { type Element, NONE } from "../../struct/listpack.ts";
import * as gap from "./gap.ts";
import { listMaxListpackSize } from "./parameters.ts";

const PLAIN_HEAD_BYTES = 4;
const PLAIN = 1 << 31;
/** The one place in a plain block. */
const PLAIN_PLACE = 1;

/** The longest element that any block can take. */
export const ELEMENT_BYTES_MAX = mem.BLOCK_BYTES_MAX - PLAIN_HEAD_BYTES;
/** From so many bytes on an element is plain: a listpack of it alone might not fit into a block. */
const PLAIN_FROM = mem.BLOCK_BYTES_MAX - 64;

/** Half of what -1 allows; each further doubles it, up to -5. */
const SIZE_LIMIT_UNIT = 2048;
const SIZE_LIMIT_LAST = 5;
/** What a listpack may hold where elements are counted. */
const COUNTED_BYTES_MAX = 8192;
const COUNT_LIMIT_MAX = 32767;
/** What an element may take besides its text: Redis' estimate, so that both fill their listpacks alike. */
const ELEMENT_OVERHEAD = 8;
/** What goes when two listpacks become one: again Redis' estimate. */
const JOINING_SAVES = 11;

let plainFrom = PLAIN_FROM;

/** Makes elements of so many bytes plain, for tests (DEBUG QUICKLIST-PACKED-THRESHOLD); 0: only those that have to be. */
export function setPlainFrom(bytes: number): void {
  plainFrom = bytes === 0 ? PLAIN_FROM : Math.min(bytes, PLAIN_FROM);
}

/** A pack of one element. */
export function of(source: Region, start: number, end: number): Ref {
  const length = end - start;
  return length < plainFrom ? listpack.append(listpack.create(), source, start, end) : plainOf(source, start, length);
}

/** A plain block of one element. */
export function plainOf(source: Region, start: number, length: number): Ref {
  const pack = mem.alloc(PLAIN_HEAD_BYTES + length);
  mem.setWord(pack, 0, length | PLAIN);
  copyBytes(mem.chunkOf(pack), mem.byteOffset(pack) + PLAIN_HEAD_BYTES, source, start, length);
  return pack;
}

export function isPlain(pack: Ref): boolean {
  return mem.word(pack, 0) < 0;
}

/** Bytes of the element of a plain block. */
export function plainLength(pack: Ref): number {
  return mem.word(pack, 0) & ~PLAIN;
}

/** Where the element of a plain block begins. */
export function plainStart(pack: Ref): number {
  return mem.byteOffset(pack) + PLAIN_HEAD_BYTES;
}

/** Bytes of the listpack that a pack is, or of the element of a plain block. */
export function bytes(pack: Ref): number {
  return isPlain(pack) ? plainLength(pack) : gap.bytes(pack);
}

export function copy(pack: Ref): Ref {
  return isPlain(pack) ? plainOf(mem.chunkOf(pack), plainStart(pack), plainLength(pack)) : gap.closedCopy(pack);
}

// --- How much goes in ----------------------------------------------------------------------------------------------

/** What `list-max-listpack-size` comes to: elements, or below 0 a size. */
export function limit(): number {
  return Math.max(-SIZE_LIMIT_LAST, Math.min(listMaxListpackSize.value, COUNT_LIMIT_MAX));
}

/** Whether a listpack of so many bytes and elements is within the limits. */
function isWithin(bytes: number, count: number): boolean {
  const limit = listMaxListpackSize.value;
  if (limit < 0) return bytes <= SIZE_LIMIT_UNIT << Math.min(-limit, SIZE_LIMIT_LAST);
  return bytes <= COUNTED_BYTES_MAX && count <= Math.min(limit, COUNT_LIMIT_MAX);
}

/** Whether a pack of `count` elements takes one more, of `length` bytes. */
export function admits(pack: Ref, count: number, length: number): boolean {
  const bytes = gap.bytes(pack);
  // Of a plain block these are negative, so one load tells both.
  if (bytes < 0 || length >= plainFrom) return false;
  return isWithin(bytes + length + ELEMENT_OVERHEAD, count + 1);
}

/** Whether a pack of `count` elements, which has no gap, takes one of `length` bytes instead of the one at `at`. */
export function admitsInstead(pack: Ref, count: number, at: number, length: number): boolean {
  if (isPlain(pack) || length >= plainFrom) return false;
  const bytes = listpack.bytes(pack);
  const following = listpack.next(pack, at);
  const growth = length + ELEMENT_OVERHEAD - ((following === NONE ? bytes - 1 : following) - at);
  return count === 1 || growth <= 0 || isWithin(bytes + growth, 0);
}

/** Whether two packs may become one. */
export function mayJoin(left: Ref, leftCount: number, right: Ref, rightCount: number): boolean {
  if (isPlain(left) || isPlain(right)) return false;
  return isWithin(gap.bytes(left) + gap.bytes(right) - JOINING_SAVES, leftCount + rightCount);
}

/** Whether the pack has shrunk so far that it will not soon be full again. */
export function isSmall(pack: Ref, count: number): boolean {
  return !isPlain(pack) && isWithin(gap.bytes(pack) * 2, count * 2);
}

// --- Its elements --------------------------------------------------------------------------------------------------

export function first(pack: Ref): number {
  return isPlain(pack) ? PLAIN_PLACE : gap.first(pack);
}

export function last(pack: Ref): number {
  return isPlain(pack) ? PLAIN_PLACE : gap.last(pack);
}

/** The place of element `i`, counted from 0. */
export function seek(pack: Ref, i: number): number {
  return isPlain(pack) ? PLAIN_PLACE : gap.seek(pack, i);
}

export function next(pack: Ref, at: number): number {
  return isPlain(pack) ? NONE : listpack.next(pack, at);
}

export function read(pack: Ref, at: number, into: Element): void {
  if (isPlain(pack)) into.point(mem.chunkOf(pack), plainStart(pack), plainLength(pack));
  else listpack.readText(pack, at, into);
}

/** The place of the first element from `from` on that is equal to the bytes; NONE when there is none. */
export function find(pack: Ref, from: number, text: Region, start: number, end: number): number {
  if (!isPlain(pack)) return listpack.find(pack, from, 0, text, start, end);
  if (from === NONE || plainLength(pack) !== end - start) return NONE;
  return equal(mem.chunkOf(pack), plainStart(pack), text, start, end - start) ? PLAIN_PLACE : NONE;
}

// --- Changes -------------------------------------------------------------------------------------------------------

/** Removes `wanted` elements, not all, from element `within` on of the `count` that there are. Returns the pack's block. */
export function removeRange(pack: Ref, count: number, within: number, wanted: number): Ref {
  const at = gap.seek(pack, within);
  if (within === 0) return gap.removeEnd(pack, false, gap.seek(pack, wanted) - at, wanted);
  if (within + wanted === count) return gap.removeEnd(pack, true, gap.end(pack) - at, wanted);
  const shift = gap.length(pack);
  return listpack.remove(gap.close(pack), at - shift, wanted);
}
