/**
 * Snapshots in virtual time: the store is encoded at once, since nothing else runs meanwhile, and what is written then goes to
 * the disk one operation at a time, whenever the harness says so; commands come in between.
 */
import { nowMs } from "../../src/base/env.ts";
import { StorageError, type StorageFile, storage } from "../../src/base/storage.ts";
import type { SnapshotProgress, SnapshotRequest, SnapshotResult, Snapshots } from "../../src/command/snapshots.ts";
import { saveBase } from "../../src/features/persistence/aof-base.ts";
import { aofTimestampEnabled } from "../../src/features/persistence/parameters.ts";
import { saveDatabases } from "../../src/keyspace/rdb-save.ts";

/** Bytes of one write: few, so that a small store takes several. */
const PIECE_BYTES = 300;

interface Running {
  request: SnapshotRequest;
  bytes: Uint8Array;
  keys: number;
  written: number;
  file: StorageFile | undefined;
}

export class SimSnapshots implements Snapshots {
  /** Told that one begins, and that one has ended with success and was put to use. */
  onStart: (request: SnapshotRequest) => void = () => {};
  onDone: (request: SnapshotRequest) => void = () => {};
  private running: Running | undefined;

  start(request: SnapshotRequest): void {
    this.onStart(request);
    const pieces: Uint8Array[] = [];
    const out = (bytes: Uint8Array, from: number, to: number): void => void pieces.push(bytes.slice(from, to));
    const isAofBase = request.format === "aof-base";
    const keys =
      request.format === "commands"
        ? saveBase(out, { stampedMs: aofTimestampEnabled.value ? nowMs : undefined })
        : saveDatabases(out, { isAofBase, checksum: true, usedBytes: 0, nowMs, policy: "none" });
    this.running = { request, bytes: new Uint8Array(Buffer.concat(pieces)), keys, written: 0, file: undefined };
  }

  cancel(): void {
    this.end({ error: undefined, isCancelled: true });
  }

  progress(): SnapshotProgress | undefined {
    if (this.running === undefined) return undefined;
    return { keys: 0, keysTotal: this.running.keys, copiedBytes: 0 };
  }

  get isUnderWay(): boolean {
    return this.running !== undefined;
  }

  /** The next operation of the one under way. */
  step(): void {
    const { running } = this;
    if (running === undefined) return;
    try {
      if (running.file === undefined) {
        running.file = storage.open(running.request.path, "create");
      } else if (running.written < running.bytes.length) {
        const to = Math.min(running.bytes.length, running.written + PIECE_BYTES);
        running.written += running.file.append(running.bytes, running.written, to);
      } else {
        running.file.sync();
        this.end({ error: undefined, isCancelled: false });
      }
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.end({ error: error.message, isCancelled: false });
    }
  }

  private end(result: Pick<SnapshotResult, "error" | "isCancelled">): void {
    const { running } = this;
    if (running === undefined) return;
    this.running = undefined;
    running.file?.close();
    const { path } = running.request;
    try {
      if ((result.error !== undefined || result.isCancelled) && storage.size(path) !== undefined) storage.remove(path);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
    }
    running.request.done({ ...result, keys: running.keys, bytes: running.written, copiedBytes: 0 });
    if (result.error === undefined && !result.isCancelled) this.onDone(running.request);
  }
}
