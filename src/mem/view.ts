/**
 * The reading side of a snapshot (snapshot.ts): a Worker, whose modules are its own, takes the view for its memory. From then on
 * whatever reads blocks there reads those of the moment of the snapshot. It must not allocate, change or free any.
 */
import { arrayAt } from "../base/libc.ts";
import { CHUNK_BYTES, Chunk, chunks } from "./chunks.ts";

/** Makes the view at these addresses this thread's memory. */
export function adopt(addresses: readonly number[]): void {
  for (const address of addresses) chunks.push(new Chunk(arrayAt(address, CHUNK_BYTES).buffer, -1));
}
