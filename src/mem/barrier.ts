/**
 * The write barrier: every change of a block is announced here before it happens. While nothing is being saved that is
 * one branch that never goes the other way; while a snapshot is written, the listener keeps what the block held.
 *
 * The unit is the whole block; who changes a part of one that may be very large announces the part. Blocks that were allocated
 * during the snapshot need no announcement, but nobody is asked to know that.
 *
 * What a snapshot still shares with the store is known here too, as one byte for each page of the processor's (4 KiB):
 *
 *     SHARED   as it was when the snapshot began: the first change of it has to keep it, which costs a page fault
 *     KEPT     the snapshot has its own
 *     NEW      handed out since, in whole runs of pages: no snapshot knows of it
 *
 * Keeping a page for one short value is dear (2 µs and more, 4 KiB). So blocks of pages that are not NEW are not handed out
 * or taken back while a snapshot lasts (blocks.ts), and who would change a short block asks `isShared` first, and gives what it
 * holds a new block. With that, a save of 2,000,000 keys that are all written to leaves 0.75 to 0.98 of the throughput, not
 * 0.72 (bench row bgsave-under-load).
 */
import { CHUNK_MASK, CHUNK_PAGES, CHUNK_SHIFT, GRANULE_BYTES, PAGE_BYTES, type Ref } from "./chunks.ts";

/** Told of a block, or of `bytes` bytes of it from byte `from` on. */
export type Listener = (ref: Ref, from: number, bytes: number) => void;

/** For `bytes`: all that the block has. */
export const WHOLE = -1;

/** A page of the processor's, the unit that the kernel copies. */
export const COPY_BYTES = 4096;
export const COPY_SHIFT = 12;
const GRANULES_SHIFT = COPY_SHIFT - Math.log2(GRANULE_BYTES);
const COPIES_PER_PAGE = PAGE_BYTES / COPY_BYTES;

export const SHARED = 0;
export const KEPT = 1;
export const NEW = 2;

let listener: Listener | undefined;
/** By chunk, of those that were there when the snapshot began; undefined while there is none. */
let marks: readonly Uint8Array[] | undefined;

/** Announces that the block at `ref` is about to change or to be freed. */
export function touch(ref: Ref): void {
  if (listener !== undefined) listener(ref, 0, WHOLE);
}

/** Announces that `bytes` bytes of the block, from byte `from` on, are about to change. */
export function touchPart(ref: Ref, from: number, bytes: number): void {
  if (listener !== undefined) listener(ref, from, bytes);
}

/** Sets who is told of changes; `undefined` when nobody saves. */
export function listen(next: Listener | undefined): void {
  listener = next;
}

/** A snapshot of so many chunks begins: all of their pages are SHARED. Returns the marks, by chunk and page. */
export function share(chunkCount: number): readonly Uint8Array[] {
  marks = Array.from({ length: chunkCount }, () => new Uint8Array((CHUNK_PAGES * PAGE_BYTES) / COPY_BYTES));
  return marks;
}

/** The snapshot has ended. */
export function unshare(): void {
  marks = undefined;
}

/** Whether there is a snapshot that shows the page in which this block begins, so that to change it would copy the page. */
export function isShared(ref: Ref): boolean {
  return marks !== undefined && markOf(marks, ref) === SHARED;
}

/** Whether there is a snapshot, and the block may have been there when it began. */
export function isOld(ref: Ref): boolean {
  return marks !== undefined && markOf(marks, ref) !== NEW;
}

function markOf(all: readonly Uint8Array[], ref: Ref): number {
  const chunk = ref >>> CHUNK_SHIFT;
  // What was added after the beginning is in no snapshot.
  return chunk < all.length ? all[chunk]![(ref & CHUNK_MASK) >>> GRANULES_SHIFT]! : NEW;
}

/** A run of pages (of 64 KiB) that belonged to nobody is handed out. */
export function handOut(page: number, length: number): void {
  if (marks === undefined) return;
  const chunk = Math.floor(page / CHUNK_PAGES);
  const first = (page % CHUNK_PAGES) * COPIES_PER_PAGE;
  marks[chunk]?.fill(NEW, first, first + length * COPIES_PER_PAGE);
}
