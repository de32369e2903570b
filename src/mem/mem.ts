/**
 * `mem`, as the floors above see it: blocks behind refs, their words and bytes, the write barrier, what is used.
 *
 *     chunks.ts        1 GiB buffers, Ref, reading and writing words
 *     pages.ts         64 KiB pages and runs of them, free ones back to the kernel
 *     size-classes.ts  how block sizes are rounded
 *     blocks.ts        alloc and free
 *     barrier.ts       announcing changes, and what a snapshot shares
 *     snapshot.ts      all of memory as it was at one moment · view.ts how a Worker reads it
 *     audit.ts         every granule is owned or free, never both, never neither
 */
export { isShared, listen, touch, touchPart } from "./barrier.ts";
export {
  alloc,
  allocZeroed,
  BLOCK_BYTES_MAX,
  capacity,
  deferred,
  fits,
  free,
  release,
  roundedBytes,
  setPoison,
  touchMovable,
  used,
} from "./blocks.ts";
export {
  byte,
  byteOffset,
  CHUNK_MASK,
  CHUNK_SHIFT,
  Chunk,
  chunkOf,
  chunks,
  GRANULE_BYTES,
  NIL,
  OutOfMemory,
  PAGE_BYTES,
  type Ref,
  refAt,
  setByte,
  setWord,
  word,
  wordOffset,
} from "./chunks.ts";
export { pageCounts, purge } from "./pages.ts";
export { unmapEnded } from "./snapshot.ts";
