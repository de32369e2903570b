/**
 * The write barrier: every change of a block is announced here before it happens. While nothing is being saved that is
 * one branch that never goes the other way; while a snapshot is written, the listener keeps what the block held.
 *
 * The unit is the whole block, however large: who changes a part announces the block. Blocks that were allocated during
 * the snapshot need no announcement, but nobody is asked to know that.
 */
import type { Ref } from "./chunks.ts";

let listener: ((ref: Ref) => void) | undefined;

/** Announces that the block at `ref` is about to change or to be freed. */
export function touch(ref: Ref): void {
  if (listener !== undefined) listener(ref);
}

/** Sets who is told of changes; `undefined` when nobody saves. */
export function listen(next: ((ref: Ref) => void) | undefined): void {
  listener = next;
}
