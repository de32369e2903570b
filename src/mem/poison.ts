/**
 * Poison mode, for tests: a freed block is filled with one pattern, and a block that is handed out with another. So what
 * reads a block after freeing it, or before writing it, reads nonsense; what frees it twice is found at once, and what
 * writes it after freeing it is found when the block is handed out again.
 *
 * A free block's first word is its link in the free list (blocks.ts); the pattern stands in the others.
 */
import { CHUNK_PAGES, chunkOf, chunks, GRANULE_BYTES, type Ref, word, wordOffset } from "./chunks.ts";
import { FREE, FREE_RUN, field, KIND, LARGE, PAGES } from "./pages.ts";
import { granulesOf } from "./size-classes.ts";

const FREED = 0x5a5a5a5a;
const FRESH = 0x3c3c3c3c;

/** Marks a block of `bytes` bytes, which is being freed. Throws when it is free already. */
export function markFreed(ref: Ref, bytes: number): void {
  if (bytes === 0 || isMarked(ref, bytes)) throw new Error(`block ${ref} is freed twice`);
  fill(ref, bytes, FREED);
}

/** Marks a block that is handed out. Throws when it was written while it was free; `wasFreed` says that it was marked. */
export function markFresh(ref: Ref, bytes: number, wasFreed: boolean): void {
  if (wasFreed && !isMarked(ref, bytes)) throw new Error(`block ${ref} was written after it was freed`);
  fill(ref, bytes, FRESH);
}

/** Marks all free blocks of all spans, when the mode begins. */
export function markAllFreed(): void {
  for (let page = 1; page < chunks.length * CHUNK_PAGES; page += Math.max(1, field(page, PAGES))) {
    const kind = field(page, KIND);
    if (kind === FREE_RUN || kind === LARGE) continue;
    for (let ref = (field(page, FREE) >>> 0) as Ref; ref !== 0; ) {
      const next = word(ref, 0);
      fill(ref, granulesOf[kind]! * GRANULE_BYTES, FREED);
      chunkOf(ref).words[wordOffset(ref)] = next;
      ref = (next >>> 0) as Ref;
    }
  }
}

function fill(ref: Ref, bytes: number, pattern: number): void {
  chunkOf(ref).words.fill(pattern, wordOffset(ref), wordOffset(ref) + (bytes >>> 2));
}

function isMarked(ref: Ref, bytes: number): boolean {
  for (let index = 1; index < bytes >>> 2; index++) if (word(ref, index) !== FREED) return false;
  return true;
}
