/**
 * Blocks: what everything in the store is made of. A block has a Ref and a capacity, nothing else; what it holds is
 * known only to its owner. There is no header: the page it lies in knows its size.
 *
 * Blocks of one size class share spans of pages. A freed block is linked into its span through its first word; a span
 * whose last block is freed goes back to the free pages, and from there to the kernel.
 *
 * While a snapshot lasts, the spans that it knows rest: nothing is handed out of them (`setAside`), and what is freed there waits
 * until nobody reads the snapshot (`deferred`). So no page is copied for a block that goes, and whatever is allocated lies in
 * pages of which no snapshot knows.
 *
 * Invariants (checked by `audit.ts`): `used` and `deferred` together are the sum of all live blocks; a span is in the list of
 * its class, or in that of spans set aside, exactly if it has room and is not the current one.
 */
import { copy } from "../base/region.ts";
import { COPY_BYTES, isOld, isShared, touch } from "./barrier.ts";
import {
  byteOffset,
  CHUNK_MASK,
  CHUNK_SHIFT,
  type Chunk,
  chunkOf,
  chunks,
  GRANULE_BYTES,
  OutOfMemory,
  PAGE_BYTES,
  PAGE_GRANULES,
  PAGE_SHIFT,
  type Ref,
} from "./chunks.ts";
import {
  BUMP,
  FREE,
  field,
  KIND,
  LARGE,
  LIVE,
  link,
  NEXT,
  PAGES,
  PREV,
  pages,
  RECORD_SHIFT,
  releaseRun,
  START,
  setField,
  takeRun,
  unlink,
} from "./pages.ts";
import { markAllFreed, markFreed, markFresh } from "./poison.ts";
import { RefStack } from "./ref-stack.ts";
import { CLASSED_GRANULES_MAX, CLASSES, classOf, granulesOf, spanPages } from "./size-classes.ts";

const CLASSED_BYTES_MAX = CLASSED_GRANULES_MAX * GRANULE_BYTES;
/** What a block can hold at most: one chunk, less the page of NIL. */
export const BLOCK_BYTES_MAX = 2 ** 30 - 2 ** 16;

/** Spans from which each class allocates now, and the heads of its lists of others with room. 0 = none. */
const current = new Int32Array(CLASSES);
const withRoom = new Int32Array(CLASSES);
/** While a snapshot lasts: the heads of the lists of spans with room that it knows. */
const aside = new Int32Array(CLASSES);

/** Bytes in live blocks, and the most there ever were. */
export const used = { bytes: 0, peakBytes: 0, blocks: 0 };

let poisoned = false;

/** In poison mode freed blocks are filled, so that a use after free shows (poison.ts; slow). */
export function setPoison(on: boolean): void {
  if (on) markAllFreed();
  poisoned = on;
}

/** A block of at least `bytes` bytes. Its contents are undefined. */
export function alloc(bytes: number): Ref {
  const granules = (bytes + 7) >>> 3;
  // Both are asked: 2^32 bytes would wrap around to no granules, and NaN is no size.
  if (granules > CLASSED_GRANULES_MAX || !(bytes <= CLASSED_BYTES_MAX)) return allocLarge(bytes);
  const size = classOf[granules]!;
  const span = current[size]!;
  const ref = span === 0 ? 0 : takeFrom(span, granulesOf[size]!);
  const block = ref === 0 ? allocFromNext(size) : ref;
  used.bytes += granulesOf[size]! * GRANULE_BYTES;
  used.blocks++;
  return block as Ref;
}

/** As `alloc`, and all zeros. */
export function allocZeroed(bytes: number): Ref {
  const ref = alloc(bytes);
  const words = chunks[ref >>> CHUNK_SHIFT]!.words;
  const start = (ref & CHUNK_MASK) << 1;
  words.fill(0, start, start + (capacity(ref) >>> 2));
  return ref;
}

/** A block out of this span, or 0 when it is full. */
function takeFrom(span: number, granules: number): number {
  const record = span << RECORD_SHIFT;
  const freed = pages[record + FREE]! >>> 0;
  if (freed !== 0) {
    const next = (chunks[freed >>> CHUNK_SHIFT] as Chunk).words[(freed & CHUNK_MASK) << 1]!;
    if (poisoned) markFresh(freed as Ref, granules * GRANULE_BYTES, true);
    pages[record + FREE] = next;
    pages[record + LIVE]!++;
    return freed;
  }
  const fresh = pages[record + BUMP]! >>> 0;
  if (fresh === 0) return 0;
  const next = fresh + granules;
  const end = (span + pages[record + PAGES]!) * PAGE_GRANULES;
  pages[record + BUMP] = next + granules <= end ? next : 0;
  pages[record + LIVE]!++;
  if (poisoned) markFresh(fresh as Ref, granules * GRANULE_BYTES, false);
  return fresh;
}

function allocFromNext(size: number): number {
  let span = withRoom[size]!;
  if (span !== 0) {
    unlink(withRoom, size, span);
  } else {
    span = takeRun(spanPages(size), size);
    setField(span, LIVE, 0);
    setField(span, FREE, 0);
    setField(span, BUMP, span * PAGE_GRANULES);
  }
  current[size] = span;
  return takeFrom(span, granulesOf[size]!);
}

function allocLarge(bytes: number): Ref {
  if (!(bytes > 0 && bytes <= BLOCK_BYTES_MAX)) throw new OutOfMemory(`no block can have ${bytes} bytes`);
  const length = Math.ceil(bytes / PAGE_BYTES);
  const page = takeRun(length, LARGE);
  setField(page, LIVE, 1);
  used.bytes += length * PAGE_GRANULES * GRANULE_BYTES;
  used.blocks++;
  const ref = (page * PAGE_GRANULES) as Ref;
  if (poisoned) markFresh(ref, length * PAGE_BYTES, false);
  return ref;
}

/** Blocks that were freed while a snapshot might read them, and their bytes: they are freed when nobody does. */
export const deferred = { refs: new RefStack(), bytes: 0 };
let isSnapshotRead = false;
/** What freeing a short block costs, as part of what a page costs. */
const BLOCK_COST = 1 / 32;

/** A snapshot begins: all spans are set aside, so that blocks are handed out of fresh ones. */
export function setAside(): void {
  isSnapshotRead = true;
  for (let size = 0; size < CLASSES; size++) {
    const span = current[size]!;
    current[size] = 0;
    if (span !== 0 && (field(span, FREE) !== 0 || field(span, BUMP) !== 0)) link(withRoom, size, span);
    aside[size] = withRoom[size]!;
    withRoom[size] = 0;
  }
}

/** The snapshot has ended: the spans set aside have their turn again, behind those with room that have come since. */
export function takeBack(): void {
  isSnapshotRead = false;
  for (let size = 0; size < CLASSES; size++) {
    const head = aside[size]!;
    if (head === 0) continue;
    aside[size] = 0;
    let last = withRoom[size]!;
    if (last === 0) {
      withRoom[size] = head;
      continue;
    }
    while (field(last, NEXT) !== 0) last = field(last, NEXT);
    setField(last, NEXT, head);
    setField(head, PREV, last);
  }
}

/** Frees blocks that had to wait: about as many as make so many pages. True when none is left. */
export function release(budgetPages: number): boolean {
  for (let left = budgetPages; left > 0 && !isSnapshotRead && deferred.refs.length > 0; ) {
    const ref = deferred.refs.pop();
    const bytes = capacity(ref);
    deferred.bytes -= bytes;
    left -= Math.max(BLOCK_COST, bytes / PAGE_BYTES);
    if (poisoned) markFreed(ref, bytes);
    giveBack(ref);
  }
  return isSnapshotRead || deferred.refs.length === 0;
}

/** Gives a block back. Announces it to the write barrier. */
export function free(ref: Ref): void {
  const bytes = capacity(ref);
  const mustWait = isOld(ref);
  if (!mustWait) {
    touch(ref);
    if (poisoned) markFreed(ref, bytes);
  }
  used.blocks--;
  if (used.bytes > used.peakBytes) used.peakBytes = used.bytes;
  used.bytes -= bytes;
  if (mustWait) {
    deferred.refs.push(ref);
    deferred.bytes += bytes;
  } else {
    giveBack(ref);
  }
}

/** Puts a block back where `alloc` finds it. */
function giveBack(ref: Ref): void {
  const span = pages[((ref >>> PAGE_SHIFT) << RECORD_SHIFT) + START]!;
  const record = span << RECORD_SHIFT;
  const size = pages[record + KIND]!;
  if (size === LARGE) {
    releaseRun(span);
    return;
  }
  const wasFull = pages[record + FREE] === 0 && pages[record + BUMP] === 0;
  chunks[ref >>> CHUNK_SHIFT]!.words[(ref & CHUNK_MASK) << 1] = pages[record + FREE]!;
  pages[record + FREE] = ref;
  const live = pages[record + LIVE]! - 1;
  pages[record + LIVE] = live;
  if (span === current[size]) return;
  if (live === 0) {
    if (!wasFull) unlink(withRoom, size, span);
    releaseRun(span);
  } else if (wasFull) {
    link(withRoom, size, span);
  }
}

/**
 * As `touch`, for a block that may move: what a snapshot shares is given another block instead of being copied with its page.
 * Returns where it is; the caller sees to it that whoever led to `ref` leads there.
 */
export function touchMovable(ref: Ref): Ref {
  if (isShared(ref)) {
    const bytes = capacity(ref);
    if (bytes <= COPY_BYTES) {
      const moved = alloc(bytes);
      copy(chunkOf(moved), byteOffset(moved), chunkOf(ref), byteOffset(ref), bytes);
      free(ref);
      return moved;
    }
  }
  touch(ref);
  return ref;
}

/** Bytes that the block at `ref` can hold. */
export function capacity(ref: Ref): number {
  const span = pages[((ref >>> PAGE_SHIFT) << RECORD_SHIFT) + START]!;
  const size = field(span, KIND);
  return (size === LARGE ? field(span, PAGES) * PAGE_GRANULES : granulesOf[size]!) * GRANULE_BYTES;
}

/** Bytes that a block allocated for `bytes` bytes would be able to hold. */
export function roundedBytes(bytes: number): number {
  if (bytes <= CLASSED_BYTES_MAX) return granulesOf[classOf[(bytes + 7) >>> 3]!]! * GRANULE_BYTES;
  return Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
}

/**
 * Whether `alloc(bytes)` would give a block of the same capacity as `ref`, and no snapshot shows it: so that `ref` can be used
 * again.
 */
export function fits(ref: Ref, bytes: number): boolean {
  return roundedBytes(bytes) === capacity(ref) && !isShared(ref);
}

/** Lists of spans, for the audit. */
export const lists = { current, withRoom, aside, next: (span: number) => field(span, NEXT) };
