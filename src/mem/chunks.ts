/**
 * Address space: up to 32 chunks of 1 GiB, cut into granules of 8 bytes.
 *
 *     Ref (32 bits)   ┌───────┬──────────────┬───────────────┐
 *                     │ chunk │ page         │ granule       │   0 = NIL
 *                     └───────┴──────────────┴───────────────┘
 *                      31..27   26..13          12..0            page = 64 KiB
 *
 * A Ref is the index of a granule in the whole space. A chunk is a buffer that the kernel backs with memory only where it is
 * touched, so a fresh one costs nothing. Behind it is an anonymous file where there is such a thing (Linux), so that the
 * same memory can be mapped a second time and frozen there (snapshot.ts). Chunks never move and never go away, which makes
 * addresses good for `memcpy`.
 *
 * The views in `chunks` are the only way to the bytes. Nothing outside `mem/` and `struct/` computes an offset.
 */
import { allocateFile, preferHugePages } from "../base/libc.ts";
import { Region } from "../base/region.ts";

declare const brand: unique symbol;
/** The place of a block: a granule index. 0 is NIL. */
export type Ref = number & { readonly [brand]: "Ref" };
export const NIL = 0 as Ref;

export const GRANULE_BYTES = 8;
export const CHUNK_SHIFT = 27;
export const CHUNK_MASK = (1 << CHUNK_SHIFT) - 1;
export const PAGE_SHIFT = 13;
export const PAGE_GRANULES = 1 << PAGE_SHIFT;
export const PAGE_BYTES = PAGE_GRANULES * GRANULE_BYTES;
export const CHUNK_BYTES = 2 ** CHUNK_SHIFT * GRANULE_BYTES;
export const CHUNK_PAGES = CHUNK_BYTES / PAGE_BYTES;
export const CHUNKS_MAX = 32;

/** One GiB, as bytes and as 32-bit words. */
export class Chunk extends Region {
  readonly words: Int32Array;

  constructor(
    buffer: ArrayBufferLike,
    /** The file behind it, or -1. */
    readonly file: number,
  ) {
    super(new Uint8Array(buffer));
    this.words = new Int32Array(buffer);
  }
}

function newChunk(): Chunk {
  const memory = allocateFile(CHUNK_BYTES);
  if (memory !== undefined) return new Chunk(memory.buffer, memory.file);
  const chunk = new Chunk(new SharedArrayBuffer(CHUNK_BYTES), -1);
  // Huge pages serve memory as well as pages of 4 KiB serve a file (measured: no difference at 1,000,000 keys).
  preferHugePages(chunk.address, CHUNK_BYTES);
  return chunk;
}

/** The chunks so far. Hot loops take `chunks[ref >>> CHUNK_SHIFT]` into a local once. */
export const chunks: Chunk[] = [];

/** Thrown when all of the address space is in use. Commands are refused for `maxmemory` long before. */
export class OutOfMemory extends Error {}

/** Adds a chunk and returns the number of its first page. */
export function addChunk(): number {
  if (chunks.length === CHUNKS_MAX) throw new OutOfMemory(`all ${CHUNKS_MAX} GiB of the address space are in use`);
  chunks.push(newChunk());
  return (chunks.length - 1) * CHUNK_PAGES;
}

/** The chunk a block lies in, as a region. */
export function chunkOf(ref: Ref): Chunk {
  return chunks[ref >>> CHUNK_SHIFT]!;
}

/** The block's first byte within its chunk. */
export function byteOffset(ref: Ref): number {
  return (ref & CHUNK_MASK) << 3;
}

/** The block's first 32-bit word within its chunk. */
export function wordOffset(ref: Ref): number {
  return (ref & CHUNK_MASK) << 1;
}

/** Word `index` (4 bytes each) of a block, signed. */
export function word(ref: Ref, index: number): number {
  return chunks[ref >>> CHUNK_SHIFT]!.words[((ref & CHUNK_MASK) << 1) + index]!;
}

/** Word `index` of a block, taken as a ref. */
export function refAt(ref: Ref, index: number): Ref {
  return (chunks[ref >>> CHUNK_SHIFT]!.words[((ref & CHUNK_MASK) << 1) + index]! >>> 0) as Ref;
}

/** Sets word `index` of a block. The caller has announced the block to `barrier.touch`. */
export function setWord(ref: Ref, index: number, value: number): void {
  chunks[ref >>> CHUNK_SHIFT]!.words[((ref & CHUNK_MASK) << 1) + index] = value;
}

/** Byte `index` of a block. */
export function byte(ref: Ref, index: number): number {
  return chunks[ref >>> CHUNK_SHIFT]!.bytes[((ref & CHUNK_MASK) << 3) + index]!;
}

/** Sets byte `index` of a block. The caller has announced the block to `barrier.touch`. */
export function setByte(ref: Ref, index: number, value: number): void {
  chunks[ref >>> CHUNK_SHIFT]!.bytes[((ref & CHUNK_MASK) << 3) + index] = value;
}
