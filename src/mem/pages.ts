/**
 * Pages of 64 KiB and the runs they form. A run is a span (cut into blocks of one class), one large block, or free.
 *
 * Each page has a record of eight words. KIND and START are true for each page of a run in use, and for the two ends of
 * a free one; the rest stands in the record of the first page.
 *
 *     KIND   FREE_RUN, LARGE or the size class of the span      LIVE   blocks in use; of a free run: its dirty pages
 *     START  first page of the run                              FREE   newest freed block (its word 0 links to the next)
 *     PAGES  length of the run                                  BUMP   first block never used, as a ref; 0 when all were
 *     NEXT   PREV  neighbours in a list of free runs, or of spans of a class with room
 *
 * Invariants: free runs of one chunk never touch each other; the dirty pages of a free run (those that the kernel still
 * backs with memory) are its last ones; NEXT and PREV are 0 at the ends, since page 0 is never handed out (it holds NIL).
 */
import { discard } from "../base/libc.ts";
import { handOut } from "./barrier.ts";
import { addChunk, CHUNK_PAGES, CHUNKS_MAX, chunks, PAGE_BYTES } from "./chunks.ts";

export const KIND = 0;
export const START = 1;
export const PAGES = 2;
export const NEXT = 3;
export const PREV = 4;
export const LIVE = 5;
export const FREE = 6;
export const BUMP = 7;
export const RECORD_SHIFT = 3;

export const FREE_RUN = 0;
export const LARGE = 255;

/** The records of all pages that can ever be, in untouched (hence unbacked) memory. */
export const pages = new Int32Array(new SharedArrayBuffer((CHUNKS_MAX * CHUNK_PAGES) << (RECORD_SHIFT + 2)));

/** Heads of the lists of free runs, by floor(log2(pages)). */
const bins = new Int32Array(Math.log2(CHUNK_PAGES) + 1);

/** Pages handed out, and pages free that the kernel still backs. */
export const pageCounts = { used: 0, dirty: 0 };

const binOf = (length: number) => 31 - Math.clz32(length);

export function field(page: number, name: number): number {
  return pages[(page << RECORD_SHIFT) + name]!;
}

export function setField(page: number, name: number, value: number): void {
  pages[(page << RECORD_SHIFT) + name] = value;
}

/** Puts `page` in front of a doubly linked list of runs whose head is `heads[index]`. */
export function link(heads: Int32Array, index: number, page: number): void {
  const head = heads[index]!;
  setField(page, NEXT, head);
  setField(page, PREV, 0);
  if (head !== 0) setField(head, PREV, page);
  heads[index] = page;
}

/** Takes `page` out of the list whose head is `heads[index]`. */
export function unlink(heads: Int32Array, index: number, page: number): void {
  const next = field(page, NEXT);
  const previous = field(page, PREV);
  if (previous === 0) heads[index] = next;
  else setField(previous, NEXT, next);
  if (next !== 0) setField(next, PREV, previous);
}

/** Puts a run into the lists of free ones. */
function makeFree(page: number, length: number, dirty: number): void {
  setField(page, KIND, FREE_RUN);
  setField(page, START, page);
  setField(page, PAGES, length);
  setField(page, LIVE, dirty);
  setField(page + length - 1, KIND, FREE_RUN);
  setField(page + length - 1, START, page);
  link(bins, binOf(length), page);
}

/** The first free run of at least `length` pages, out of its list; adds a chunk when there is none. */
function takeFree(length: number): number {
  for (let bin = binOf(length); bin < bins.length; bin++) {
    for (let page = bins[bin]!; page !== 0; page = field(page, NEXT)) {
      if (field(page, PAGES) < length) continue;
      unlink(bins, bin, page);
      return page;
    }
  }
  const first = addChunk();
  // Page 0 holds NIL and is never part of a run, so that 0 can end lists.
  const skipped = first === 0 ? 1 : 0;
  makeFree(first + skipped, CHUNK_PAGES - skipped, 0);
  return takeFree(length);
}

/** Hands out a run of `length` pages (at most one chunk) of the given kind; its contents are undefined. */
export function takeRun(length: number, kind: number): number {
  const page = takeFree(length);
  const left = field(page, PAGES) - length;
  const dirty = field(page, LIVE);
  const dirtyLeft = Math.min(dirty, left);
  if (left > 0) makeFree(page + length, left, dirtyLeft);
  pageCounts.dirty -= dirty - dirtyLeft;
  pageCounts.used += length;
  handOut(page, length);
  setField(page, PAGES, length);
  for (let i = page; i < page + length; i++) {
    setField(i, KIND, kind);
    setField(i, START, page);
  }
  return page;
}

const chunkStart = (page: number) => page - (page % CHUNK_PAGES);

/** Takes a run back and joins it with free neighbours. */
export function releaseRun(page: number): void {
  let start = page;
  let length = field(page, PAGES);
  let dirty = length;
  pageCounts.used -= length;
  pageCounts.dirty += length;
  const after = page + length;
  if (after < chunkStart(page) + CHUNK_PAGES && field(after, KIND) === FREE_RUN) {
    // What lies before a dirty page counts as dirty too: giving a clean page back once more does no harm.
    const more = takeOut(after);
    pageCounts.dirty += more - field(after, LIVE);
    length += more;
    dirty += more;
  }
  if (page > 1 && page !== chunkStart(page) && field(page - 1, KIND) === FREE_RUN) {
    start = field(page - 1, START);
    dirty += field(start, LIVE);
    length += takeOut(start);
  }
  makeFree(start, length, dirty);
}

/** Takes a free run out of its list and returns its length in pages. */
function takeOut(page: number): number {
  const length = field(page, PAGES);
  unlink(bins, binOf(length), page);
  return length;
}

/**
 * Gives free pages back to the kernel, at most `budget` of them, and returns how many. Called from the tick, a little at
 * a time: a gigabyte at once would stall the loop.
 */
export function purge(budget: number): number {
  let given = 0;
  for (let bin = bins.length - 1; bin >= 0 && given < budget && pageCounts.dirty > 0; bin--) {
    for (let page = bins[bin]!; page !== 0 && given < budget; page = field(page, NEXT)) {
      const dirty = field(page, LIVE);
      const part = Math.min(dirty, budget - given);
      if (part === 0) continue;
      const first = page + field(page, PAGES) - dirty;
      const chunk = chunks[Math.floor(first / CHUNK_PAGES)]!;
      discard(chunk.address + (first % CHUNK_PAGES) * PAGE_BYTES, part * PAGE_BYTES, chunk.file !== -1);
      setField(page, LIVE, dirty - part);
      given += part;
    }
  }
  pageCounts.dirty -= given;
  return given;
}
