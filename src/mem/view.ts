/**
 * The reading side of a snapshot (snapshot.ts): a Worker, whose modules are its own, takes the view for its memory. From then on
 * whatever reads blocks there reads those of the moment of the snapshot. It must not allocate, change or free any.
 */
import { arrayAt, discard, unmap } from "../base/libc.ts";
import { CHUNK_BYTES, Chunk, chunks } from "./chunks.ts";

/** Makes the view at these addresses this thread's memory. */
export function adopt(addresses: readonly number[]): void {
  for (const address of addresses) chunks.push(new Chunk(arrayAt(address, CHUNK_BYTES).buffer, -1));
}

/** Bytes given back at a time: unmapping all of them at once would hold up the other threads' page faults. */
const SLICE_BYTES = 16 * 1024 * 1024;

/** Ends the view in the thread that has adopted it. Nothing may be read any more. */
export function abandon(addresses: readonly number[]): void {
  chunks.length = 0;
  unmapView(addresses);
}

/** Takes a view's memory back, when no thread has it any more. */
export function unmapView(addresses: readonly number[]): void {
  for (const address of addresses) {
    for (let at = 0; at < CHUNK_BYTES; at += SLICE_BYTES) discard(address + at, SLICE_BYTES);
    unmap(address, CHUNK_BYTES);
  }
}
