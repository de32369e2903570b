/**
 * What a snapshot is to whoever writes it, in a Worker or not: where to, in which form, from which memory.
 */
import { appendAll, type StorageError, storage } from "../base/storage.ts";
import type { SnapshotRequest } from "../command/snapshots.ts";
import { saveBase } from "../features/persistence/aof-base.ts";
import { aofTimestampEnabled, rdbKeySaveDelay, rdbSaveIncrementalFsync } from "../features/persistence/parameters.ts";
import { saveOptionsNow } from "../features/persistence/rdb-file.ts";
import type { Database } from "../keyspace/database.ts";
import { lfuDecayTime } from "../keyspace/parameters.ts";
import { type SaveOptions, saveDatabases } from "../keyspace/rdb-save.ts";
import { rdbcompression } from "../rdb/parameters.ts";

// Words that both threads see: whether to stop, and keys written so far.
export const CANCEL = 0;
export const KEYS = 1;
export const CONTROL_WORDS = 2;

/** What the configuration says of it, as of the beginning. */
export interface TaskOptions {
  readonly saving: SaveOptions;
  readonly compression: boolean;
  readonly lfuDecayMinutes: number;
  readonly syncsOften: boolean;
  readonly keyDelayUs: number;
  /** Whether commands begin with the time. */
  readonly isStamped: boolean;
}

export interface Task {
  readonly path: string;
  readonly format: SnapshotRequest["format"];
  readonly control: Int32Array;
  /** The view to read (mem/view.ts), and the databases in it. */
  readonly addresses: readonly number[];
  readonly databases: readonly Database[];
  readonly libraries: readonly Uint8Array[];
  readonly options: TaskOptions;
}

export interface Outcome {
  readonly error: string | undefined;
  readonly isCancelled: boolean;
  readonly keys: number;
  readonly bytes: number;
}

export function optionsNow(format: SnapshotRequest["format"]): TaskOptions {
  return {
    saving: saveOptionsNow(format === "aof-base"),
    compression: rdbcompression.value,
    lfuDecayMinutes: lfuDecayTime.value,
    syncsOften: rdbSaveIncrementalFsync.value,
    keyDelayUs: rdbKeySaveDelay.value,
    isStamped: aofTimestampEnabled.value,
  };
}

/** Written bytes after which the disk is given time to keep up, so that the last sync has little to do. */
const SYNC_BYTES = 4 * 1024 * 1024;

class Cancelled extends Error {}

/** What `rdb-key-save-delay` asks for. Below a millisecond there is no waiting, hence so much is saved up. */
class Delay {
  private owedMs = 0;

  constructor(
    private readonly us: number,
    private readonly control: Int32Array,
  ) {}

  /** Returns early when the snapshot is cancelled. */
  afterKey(): void {
    if (this.us <= 0) return;
    this.owedMs += this.us / 1000;
    if (this.owedMs < 1) return;
    Atomics.wait(this.control, CANCEL, 0, this.owedMs);
    this.owedMs = 0;
  }
}

/** Makes the parameters that saving asks for what they were at the beginning: in a Worker they have their defaults. */
export function applyOptions({ compression, lfuDecayMinutes }: TaskOptions): void {
  rdbcompression.value = compression;
  lfuDecayTime.value = lfuDecayMinutes;
}

/** Writes a snapshot of the databases that this thread sees, and syncs it. */
export function writeSnapshot({ path, format, control, options }: Task): Outcome {
  let bytes = 0;
  let synced = 0;
  try {
    const file = storage.open(path, "create");
    try {
      const out = (source: Uint8Array, from: number, to: number) => {
        if (Atomics.load(control, CANCEL) !== 0) throw new Cancelled();
        appendAll(file, source, from, to);
        bytes += to - from;
        if (!options.syncsOften || bytes - synced < SYNC_BYTES) return;
        file.sync();
        synced = bytes;
      };
      const delay = new Delay(options.keyDelayUs, control);
      const onKey = (keys: number) => {
        Atomics.store(control, KEYS, keys);
        delay.afterKey();
        if (Atomics.load(control, CANCEL) !== 0) throw new Cancelled();
      };
      const keysBetween = options.keyDelayUs > 0 ? 1 : undefined;
      const saved = { ...options.saving, onKey, ...(keysBetween && { keysBetween }) };
      const keys =
        format === "commands"
          ? saveBase(out, { onKey, stampedMs: options.isStamped ? options.saving.nowMs : undefined })
          : saveDatabases(out, saved);
      file.sync();
      return { error: undefined, isCancelled: false, keys, bytes };
    } finally {
      file.close();
    }
  } catch (error) {
    const isCancelled = error instanceof Cancelled;
    return { error: isCancelled ? undefined : (error as StorageError).message, isCancelled, keys: 0, bytes };
  }
}
