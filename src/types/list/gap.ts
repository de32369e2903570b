/**
 * What makes a listpack a deque: a gap between its header and its elements. Such a pack is open. Elements come and go at its
 * front, too, without the others being moved, which in 8 KiB takes 100 ns of an LPUSH or LPOP.
 *
 *     u32 bytes | 1 << 30 · u16 elements · u16 gap · rest of the gap · elements · 0xFF
 *
 * `bytes` are those of the listpack without the gap. Its length lies in itself, so it has 2 bytes or more. Reading, finding and
 * walking know nothing of gaps, since places are offsets from the block's start; where the elements begin and end is asked
 * here. What changes a pack elsewhere than at its ends closes it first.
 */
import { copy as copyBytes, move, type Region } from "../../base/region.ts";
import type { Ref } from "../../mem/mem.ts";
import * as mem from "../../mem/mem.ts";
import * as listpack from "../../struct/listpack.ts";

const OPEN = 1 << 30;
/** Words of the header; the upper half of the second is the gap. */
const BYTES = 0;
const COUNTS = 1;
const GAP_SHIFT = 16;
/** A listpack that has more elements does not know how many: it is not opened. Open ones stay far below, by the limits of packs. */
const COUNT_UNKNOWN = 0xffff;
const HEADER_BYTES = 6;
const END = 0xff;

const GAP_MIN = 2;
const GAP_MAX = 0xffff;
/** Below so many bytes, moving the elements costs no more than a gap. */
const OPEN_FROM = 256;
/** What a pack that grows ahead has at least. */
const AHEAD_MIN = 512;

const storedCount = (pack: Ref) => mem.word(pack, COUNTS) & COUNT_UNKNOWN;

export const isOpen = (pack: Ref) => (mem.word(pack, BYTES) & OPEN) !== 0;

/** Bytes of the listpack, without the gap. */
export function bytes(pack: Ref): number {
  return mem.word(pack, BYTES) & ~OPEN;
}

/** Bytes between header and elements; 0 unless the pack is open. */
export function length(pack: Ref): number {
  return isOpen(pack) ? mem.word(pack, COUNTS) >>> GAP_SHIFT : 0;
}

/** Where the elements begin. */
function begin(pack: Ref): number {
  return HEADER_BYTES + length(pack);
}

/** Where they end. */
export function end(pack: Ref): number {
  return length(pack) + bytes(pack) - 1;
}

export function first(pack: Ref): number {
  return isOpen(pack) ? begin(pack) : listpack.first(pack);
}

export function last(pack: Ref): number {
  return listpack.previous(pack, end(pack));
}

/** The place of element `i`, counted from 0. */
export function seek(pack: Ref, i: number): number {
  if (!isOpen(pack)) return listpack.seek(pack, i);
  const count = storedCount(pack);
  let at = 0;
  if (i <= count >> 1) {
    at = begin(pack);
    for (let left = i; left > 0; left--) at = listpack.next(pack, at);
  } else {
    at = end(pack);
    for (let left = count - i; left > 0; left--) at = listpack.previous(pack, at);
  }
  return at;
}

// --- Opening and closing -------------------------------------------------------------------------------------------

/** Makes the pack a listpack, in the same block, which is returned. */
export function close(pack: Ref): Ref {
  if (isOpen(pack)) slide(pack, 0);
  return pack;
}

/** Lets the gap have another length, for which there is room in the block. */
function slide(pack: Ref, gap: number): void {
  const from = begin(pack);
  const held = bytes(pack);
  const base = mem.byteOffset(pack);
  mem.touch(pack);
  move(mem.chunkOf(pack), base + HEADER_BYTES + gap, base + from, held - HEADER_BYTES);
  setGap(pack, gap);
}

function setGap(pack: Ref, gap: number): void {
  const held = bytes(pack);
  if (gap === 0) return mem.setWord(pack, BYTES, held);
  mem.setWord(pack, BYTES, held | OPEN);
  mem.setWord(pack, COUNTS, storedCount(pack) | (gap << GAP_SHIFT));
}

/** Writes the listpack that the pack is without its gap. */
export function writeClosed(pack: Ref, target: Region, at: number): void {
  const source = mem.chunkOf(pack);
  const from = mem.byteOffset(pack);
  const held = bytes(pack);
  copyBytes(target, at, source, from, HEADER_BYTES);
  copyBytes(target, at + HEADER_BYTES, source, from + begin(pack), held - HEADER_BYTES);
  // The bit that says open, in the last byte of the first word, goes.
  target.bytes[at + 3] = held >>> 24;
}

/** The listpack that the pack is without its gap, in another block. */
export function closedCopy(pack: Ref): Ref {
  const lp = mem.alloc(bytes(pack));
  writeClosed(pack, mem.chunkOf(lp), mem.byteOffset(lp));
  return lp;
}

/** Moves the pack to a block of at least `room` bytes, with all that is left of it in the gap, or (`isClosed`) behind the end. */
function moved(pack: Ref, room: number, isClosed: boolean): Ref {
  const fresh = mem.alloc(room);
  const held = bytes(pack);
  const spare = mem.capacity(fresh) - held;
  const gap = isClosed || spare < GAP_MIN ? 0 : Math.min(spare, GAP_MAX);
  const from = begin(pack);
  mem.setWord(fresh, BYTES, held);
  mem.setWord(fresh, COUNTS, mem.word(pack, COUNTS));
  copyBytes(
    mem.chunkOf(fresh),
    mem.byteOffset(fresh) + HEADER_BYTES + gap,
    mem.chunkOf(pack),
    mem.byteOffset(pack) + from,
    held - HEADER_BYTES,
  );
  setGap(fresh, gap);
  mem.free(pack);
  return fresh;
}

/** The pack in a block no larger than it has to be. */
export function trimmed(pack: Ref): Ref {
  const held = bytes(pack);
  return mem.roundedBytes(held) < mem.capacity(pack) ? moved(pack, held, true) : pack;
}

/** Bytes for a pack that grows to `least`; `isAhead`: half as many again as it has, so that it seldom moves. */
const roomFor = (held: number, least: number, isAhead: boolean) =>
  isAhead ? Math.max(least, AHEAD_MIN, held + (held >> 1)) : least;

/** Makes a gap of `wanted` bytes or more, in another block perhaps. NIL if the pack had better be closed. */
function widened(pack: Ref, wanted: number, isAhead: boolean): Ref {
  const held = bytes(pack);
  if (!isOpen(pack) && (held < OPEN_FROM || storedCount(pack) === COUNT_UNKNOWN)) return mem.NIL;
  const spare = mem.capacity(pack) - held;
  if (spare < wanted - GAP_MIN) return moved(pack, roomFor(held, held + wanted, isAhead), false);
  // Without a gap it just fits.
  if (spare < wanted) return mem.NIL;
  // The other half is for those who add at the end, so that taking turns does not move the elements each time.
  slide(pack, Math.min((spare + wanted) >> 1, GAP_MAX));
  return pack;
}

// --- Both ends -----------------------------------------------------------------------------------------------------

/** Adds an element at the beginning; `isAhead`: more will follow. Returns the pack's block, which may be another one. */
export function prepend(pack: Ref, text: Region, start: number, to: number, isAhead: boolean): Ref {
  const added = listpack.measure(text, start, to);
  const wanted = added + GAP_MIN;
  const held = length(pack) >= wanted ? pack : widened(pack, wanted, isAhead);
  if (held === mem.NIL) return listpack.prepend(close(pack), text, start, to);
  mem.touch(held);
  const chunk = mem.chunkOf(held);
  const { words } = chunk;
  const word = mem.wordOffset(held);
  const gap = (words[word + COUNTS]! >>> GAP_SHIFT) - added;
  words[word + BYTES]! += added;
  // One element more, and a shorter gap.
  words[word + COUNTS]! += 1 - (added << GAP_SHIFT);
  listpack.writeMeasured(chunk, mem.byteOffset(held) + HEADER_BYTES + gap, text, start, to);
  return held;
}

/** As `prepend`, at the end. */
export function append(pack: Ref, text: Region, start: number, to: number, isAhead: boolean): Ref {
  if (storedCount(pack) >= COUNT_UNKNOWN - 1) return listpack.append(close(pack), text, start, to);
  const added = listpack.measure(text, start, to);
  let held = pack;
  let at = end(pack);
  if (at + added >= mem.capacity(pack)) {
    held = roomier(pack, added, isAhead);
    at = end(held);
  }
  mem.touch(held);
  const chunk = mem.chunkOf(held);
  const { words } = chunk;
  const word = mem.wordOffset(held);
  words[word + BYTES]! += added;
  words[word + COUNTS]!++;
  const from = mem.byteOffset(held) + at;
  listpack.writeMeasured(chunk, from, text, start, to);
  chunk.bytes[from + added] = END;
  return held;
}

/** Makes room for `added` bytes at the end, which has less. */
function roomier(pack: Ref, added: number, isAhead: boolean): Ref {
  const held = bytes(pack);
  if (held + added <= mem.capacity(pack)) return close(pack);
  return moved(pack, roomFor(held, held + added, isAhead), true);
}

/** Removes `count` elements, not all, at one end, which take `removed` bytes together. Returns the pack's block. */
export function removeEnd(pack: Ref, isLast: boolean, removed: number, count: number): Ref {
  const left = bytes(pack) - removed;
  const had = length(pack);
  const gap = isLast ? had : had + removed;
  const opens = had === 0 && !isLast;
  if (isTooRoomy(pack, left) || gap > GAP_MAX || storedCount(pack) === COUNT_UNKNOWN || (opens && left < OPEN_FROM)) {
    return listpack.remove(close(pack), isLast ? left - 1 : HEADER_BYTES, count);
  }
  mem.touch(pack);
  const chunk = mem.chunkOf(pack);
  const { words } = chunk;
  const word = mem.wordOffset(pack);
  if (isLast) {
    words[word + BYTES]! -= removed;
    words[word + COUNTS]! -= count;
    chunk.bytes[mem.byteOffset(pack) + gap + left - 1] = END;
  } else {
    words[word + BYTES] = left | OPEN;
    words[word + COUNTS] = ((words[word + COUNTS]! & COUNT_UNKNOWN) - count) | (gap << GAP_SHIFT);
  }
  return pack;
}

/** Whether a block is twice as large as `left` bytes need. */
function isTooRoomy(pack: Ref, left: number): boolean {
  const capacity = mem.capacity(pack);
  return left * 2 <= capacity && mem.roundedBytes(left) * 2 <= capacity;
}
