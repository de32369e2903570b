/**
 * One incremental file of the AOF that is being written: whole units gather in a buffer, and go to the file as one piece
 * (aof-notes.ts).
 *
 *     buffer   [ room for lines: HEAD ][ unit ][ unit ] …
 *     file     [ … on the disk … │ synced … written … │ size ]
 *
 * A write that fails is undone: the file is cut back to its last piece, now or before the next attempt, and the units stay in
 * the buffer. A sync that fails is not repeated here: whoever owns this gives the file up (aof-writer.ts).
 */
import * as crc64 from "../../base/crc64.ts";
import { nowMs } from "../../base/env.ts";
import { copy, Region } from "../../base/region.ts";
import { appendAll, type Done, type StorageFile } from "../../base/storage.ts";
import { NOTES_BYTES_MAX, writeEndLine, writePieceLine, writeTimestampLine } from "./aof-notes.ts";
import { aofTimestampEnabled } from "./parameters.ts";

const HEAD = NOTES_BYTES_MAX;
const BUFFER_BYTES = 64 * 1024;
/** A buffer that has grown beyond this is given back. */
const KEPT_BYTES_MAX = 1024 * 1024;

export class AofOutput {
  /** Bytes in the file, and of those the ones that are on the disk for certain. */
  size: number;
  synced: number;
  /** Bytes of units that were told; those that are in the file; those that are on the disk for certain. */
  told = 0;
  private written = 0;
  safe = 0;
  /** Set while a sync is under way, and when it began, on the monotonic clock. */
  isSyncing = false;
  /** Set while what `open` has to say could not be written. */
  isUnsaid = false;
  /**
   * Syncs what this file is worth nothing without, as long as that is not on the disk for certain: the end of the file before it,
   * and its own name. Until then pieces do not say that anything was synced, and nobody is told so.
   */
  foundation: (() => void) | undefined;
  private readonly buffer = new Region(new Uint8Array(BUFFER_BYTES));
  private filled = HEAD;
  /** A failed write has left a part of a piece, which could not be cut off. */
  private isRagged = false;
  private stampedSeconds = 0;
  /** The second in which the first unit of the buffer happened, when it is to be told. */
  private stamp = 0;
  /** Who waits for the end of the sync that is under way, to have one of his own. */
  private nextSync: Done | undefined;
  private readonly crc = crc64.create();
  private readonly head = new Uint8Array(HEAD);

  constructor(private readonly file: StorageFile) {
    this.size = this.synced = file.size();
  }

  get path(): string {
    return this.file.path;
  }

  /** Bytes that wait to be written. */
  get pending(): number {
    return this.filled - HEAD;
  }

  /** Adds a unit. */
  append(source: Region, start: number, end: number): void {
    if (aofTimestampEnabled.value) this.noteSecond();
    this.reserve(end - start);
    copy(this.buffer, this.filled, source, start, end - start);
    this.filled += end - start;
    this.told += end - start;
  }

  private reserve(bytes: number): void {
    const needed = this.filled + bytes;
    const { buffer } = this;
    if (needed <= buffer.bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * buffer.bytes.length));
    larger.set(buffer.bytes);
    buffer.aim(larger);
  }

  /** Tells when what follows happened: in front of the piece, or within when it waits for longer. */
  private noteSecond(): void {
    const seconds = Math.floor(nowMs / 1000);
    if (seconds <= this.stampedSeconds) return;
    this.stampedSeconds = seconds;
    if (this.pending === 0) {
      this.stamp = seconds;
      return;
    }
    this.reserve(NOTES_BYTES_MAX);
    this.filled = writeTimestampLine(this.buffer.bytes, this.filled, seconds);
  }

  /** Writes what waits. Throws a StorageError; the file is then as it was. */
  write(): void {
    if (this.pending > 0 || this.isUnsaid) this.writePiece();
  }

  /** Syncs what there is in the file, and says so in it, with the time: all that follows is ours. */
  open(): void {
    if (this.size > 0) this.sync();
    this.begin();
    this.sync();
  }

  /** The same for a file in which there is nothing yet, and which the caller syncs. */
  begin(): void {
    this.stamp = this.stampedSeconds = Math.floor(nowMs / 1000);
    this.isUnsaid = true;
    this.writePiece();
  }

  /** Notes in front of all units that the file before this one had so many bytes when it was left. */
  follow(bytes: number): void {
    this.filled = writeEndLine(this.buffer.bytes, this.filled, bytes);
  }

  private writePiece(): void {
    if (this.isRagged) this.cut();
    const { bytes } = this.buffer;
    crc64.reset(this.crc);
    crc64.update(this.crc, bytes, HEAD, this.filled);
    let headBytes = this.stamp === 0 ? 0 : writeTimestampLine(this.head, 0, this.stamp);
    const proven = this.foundation === undefined ? this.synced : 0;
    headBytes = writePieceLine(this.head, headBytes, this.crc, this.pending, proven);
    const start = HEAD - headBytes;
    for (let i = 0; i < headBytes; i++) bytes[start + i] = this.head[i]!;
    try {
      appendAll(this.file, bytes, start, this.filled);
    } catch (error) {
      this.isRagged = true;
      this.tryToCut();
      throw error;
    }
    this.size += this.filled - start;
    this.written = this.told;
    this.filled = HEAD;
    this.isUnsaid = false;
    this.stamp = 0;
    if (bytes.length > KEPT_BYTES_MAX) this.buffer.aim(new Uint8Array(BUFFER_BYTES));
  }

  private cut(): void {
    this.file.truncate(this.size);
    this.isRagged = false;
  }

  private tryToCut(): void {
    try {
      this.cut();
    } catch {
      // The next write begins with it.
    }
  }

  /** Returns when what was written is on the disk. Throws a StorageError: then nobody knows. */
  sync(): void {
    this.foundation?.();
    this.foundation = undefined;
    this.file.sync();
    this.synced = this.size;
    this.safe = this.written;
  }

  /**
   * The same without waiting, and without the foundation; what is written meanwhile does not count. While another one is under
   * way, this one follows it, at most one of them.
   */
  syncLater(done: Done): void {
    if (this.isSyncing) {
      this.nextSync = done;
      return;
    }
    const { size, written } = this;
    this.isSyncing = true;
    this.file.syncLater((error) => {
      this.isSyncing = false;
      if (error === undefined) {
        this.synced = Math.max(this.synced, size);
        this.safe = Math.max(this.safe, written);
      }
      done(error);
      const next = this.nextSync;
      this.nextSync = undefined;
      if (next === undefined) return;
      // What a failed sync has given up, no later one brings back.
      if (error === undefined) this.syncLater(next);
      else next(error);
    });
  }

  close(): void {
    this.file.close();
  }
}
