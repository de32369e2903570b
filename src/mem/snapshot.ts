/**
 * All of memory as it is at one moment, kept while it goes on changing, without a copy of the whole and without a fork.
 *
 * Each chunk has a file behind it, mapped a second time here, privately: the *view*. It shows what the chunk holds, since both
 * are the same pages, until a page is written through the view: then the kernel gives the view a copy of its own. So the first
 * change of a page after the beginning (`barrier.touch` tells of it) is preceded by one write through the view, of what is
 * there already, and the view keeps the page as it was. A Worker reads the view at leisure (view.ts), with the same code that
 * reads live memory.
 *
 *     chunk   ────┬─ page A ─ page B ─ page C ───   changed by commands, always
 *                 │   (same)    │       (same)
 *     view    ────┴─ page A ─ copy B ─ page C ───   never changes
 *
 * Where the plan had a choice of two (pre-images looked up by software, or buckets encoded by the loop), this one leaves the
 * reading side without any check, and the work of copying (2 to 3 µs per page of 4 KiB, each at most once) to the kernel.
 *
 * Blocks that are freed meanwhile are not copied but kept until the end (`release`): deleting a value of a gigabyte does not
 * copy it first. Short ones that would change are given other blocks most often, which is quicker than to copy a page
 * (`barrier.isShared`). What is freed belongs to nobody until then.
 *
 * A view that has ended is unmapped here, a little at a time (`unmapEnded`).
 *
 * Invariant: what the view shows of blocks that were live at the beginning is what they held then, except for the access bits
 * of entries, which nobody announces.
 */
import { copyPages, discard, mapPrivately, memcpy, unmap } from "../base/libc.ts";
import * as barrier from "./barrier.ts";
import { COPY_BYTES, COPY_SHIFT, KEPT, SHARED } from "./barrier.ts";
import { capacity, deferred, setAside, takeBack } from "./blocks.ts";
import { byteOffset, CHUNK_BYTES, CHUNK_SHIFT, chunks, type Ref } from "./chunks.ts";

/** A view that is there. */
interface View {
  readonly addresses: readonly number[];
  /** Per chunk, one byte per page. */
  readonly marks: readonly Uint8Array[];
}

let view: View | undefined;

/** Chunks of views that have ended, as long as they are mapped, and how much of the first was given back. */
const ended: number[] = [];
let givenBytes = 0;

/** Bytes of the pages that were copied for the present view, or for the last one. */
let copiedBytes = 0;
/** Bytes of the blocks that had been freed before it, and waited still. */
let deferredBefore = 0;
/** What the last view held at its end, beyond what it shared. */
let lastBytes = 0;

/** Bytes that exist twice because of the present view, or did at the end of the last: pages copied, and blocks freed since. */
export const keptBytes = () => (view === undefined ? lastBytes : copiedBytes + deferred.bytes - deferredBefore);

/**
 * Freezes memory as it is now. Returns the addresses of the chunks in the view; undefined where the platform cannot do it, and
 * nothing has happened. One view at a time.
 */
export function freeze(): readonly number[] | undefined {
  const addresses: number[] = [];
  for (const { file } of chunks) {
    const address = file === -1 ? 0 : mapPrivately(file, CHUNK_BYTES);
    if (address === 0) {
      for (const mapped of addresses) unmap(mapped, CHUNK_BYTES);
      return undefined;
    }
    addresses.push(address);
  }
  view = { addresses, marks: barrier.share(chunks.length) };
  copiedBytes = 0;
  deferredBefore = deferred.bytes;
  barrier.listen(keep);
  setAside();
  return addresses;
}

/** Nobody reads the view any more: changes are not kept from here on, and `unmapEnded` gives back what it had. */
export function thaw(): void {
  lastBytes = keptBytes();
  ended.push(...view!.addresses);
  view = undefined;
  barrier.listen(undefined);
  barrier.unshare();
  takeBack();
}

/** What is unmapped at a time: 40 to 70 µs (with the rest of its chunk 0.5 to 0.8 ms, once in 1,024). */
const SLICE_BYTES = 2 ** 20;

/**
 * Unmaps views that have ended, a little at a time. True when nothing is left. Not the Worker's business, which gives way to
 * everybody: taken off its processor with the lock on the process's mappings in hand, it keeps whoever needs that waiting, too (the
 * mapping of the next view took up to 22 ms).
 */
export function unmapEnded(slices: number): boolean {
  for (let i = 0; i < slices && ended.length > 0; i++) {
    discard(ended[0]! + givenBytes, SLICE_BYTES);
    givenBytes += SLICE_BYTES;
    if (givenBytes < CHUNK_BYTES) continue;
    unmap(ended.shift()!, CHUNK_BYTES);
    givenBytes = 0;
  }
  return ended.length === 0;
}

/** Whether there is a view. */
export const isFrozen = () => view !== undefined;

/** Sees to it that the view keeps these bytes of a block. */
function keep(ref: Ref, from: number, bytes: number): void {
  const chunk = ref >>> CHUNK_SHIFT;
  const marks = view!.marks[chunk];
  // What was added after the beginning is in no view.
  if (marks === undefined) return;
  const start = byteOffset(ref) + from;
  const end = start + (bytes === barrier.WHOLE ? capacity(ref) : bytes);
  const last = (end - 1) >>> COPY_SHIFT;
  for (let page = start >>> COPY_SHIFT; page <= last; page++)
    if (marks[page] === SHARED) page = keepFrom(chunk, page, last);
}

/** Has the view copy the pages from `page` on that it shares, `last` at most. Returns the last of them. */
function keepFrom(chunk: number, page: number, last: number): number {
  const { addresses, marks: all } = view!;
  const marks = all[chunk]!;
  let end = page;
  do marks[end++] = KEPT;
  while (end <= last && marks[end] === SHARED);
  const bytes = (end - page) * COPY_BYTES;
  copiedBytes += bytes;
  const start = addresses[chunk]! + page * COPY_BYTES;
  // A write of what is there already makes the copy just as well, and one page at a time that is the quicker way.
  if (end === page + 1 || !copyPages(start, bytes)) {
    for (let at = 0; at < bytes; at += COPY_BYTES)
      memcpy(start + at, chunks[chunk]!.address + page * COPY_BYTES + at, 8);
  }
  return end - 1;
}
