/** A file in memory, for tests that read and write RDB files by the thousand. */
import type { StorageFile } from "../../src/base/storage.ts";
import type { Out } from "../../src/rdb/writer.ts";

export class MemoryFile implements StorageFile {
  readonly path = "memory";
  /** Bytes that one read brings at most. */
  readMax = Number.POSITIVE_INFINITY;

  constructor(public bytes: Uint8Array = new Uint8Array(0)) {}

  size(): number {
    return this.bytes.length;
  }

  read(at: number, into: Uint8Array, from: number, to: number): number {
    const count = Math.max(0, Math.min(to - from, this.bytes.length - at, this.readMax));
    into.set(this.bytes.subarray(at, at + count), from);
    return count;
  }

  append(bytes: Uint8Array, from: number, to: number): number {
    this.bytes = new Uint8Array(Buffer.concat([this.bytes, bytes.subarray(from, to)]));
    return to - from;
  }

  truncate(size: number): void {
    this.bytes = this.bytes.slice(0, size);
  }

  sync(): void {}

  syncLater(done: (error: undefined) => void): void {
    done(undefined);
  }

  close(): void {}
}

/** What a save hands on, as one file; and how large the pieces were. */
export function collect(save: (out: Out) => unknown): { bytes: Uint8Array; largest: number } {
  const pieces: Uint8Array[] = [];
  let largest = 0;
  save((bytes, from, to) => {
    pieces.push(bytes.slice(from, to));
    largest = Math.max(largest, to - from);
  });
  return { bytes: new Uint8Array(Buffer.concat(pieces)), largest };
}
