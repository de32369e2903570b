/**
 * The write barrier: every change of a block is announced here before it happens. While nothing is being saved that is
 * one branch that never goes the other way; while a snapshot is written, the listener keeps what the block held.
 *
 * The unit is the whole block; who changes a part of one that may be very large announces the part. Blocks that were allocated
 * during the snapshot need no announcement, but nobody is asked to know that.
 */
import type { Ref } from "./chunks.ts";

/** Told of a block, or of `bytes` bytes of it from byte `from` on. */
export type Listener = (ref: Ref, from: number, bytes: number) => void;

/** For `bytes`: all that the block has. */
export const WHOLE = -1;

let listener: Listener | undefined;

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
