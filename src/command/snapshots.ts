/**
 * Snapshots: the whole store as it is at one moment, written to a file while the server goes on. Who wants one (BGSAVE, a
 * rewrite of the AOF, later a replica) asks here; how it is done belongs to the server, which puts its way in at boot
 * (server/snapshot-thread.ts), and to tests, which put in theirs. One at a time.
 */

export interface SnapshotRequest {
  /** The file, created or emptied. It is written, synced and closed, and bears no other name yet. */
  readonly path: string;
  /** An RDB file; the same as the base of an AOF, which says so in itself; or commands, one per line of a plain AOF base. */
  readonly format: "rdb" | "aof-base" | "commands";
  /** Called from the event loop, at the end. What a failed or cancelled one has written is removed. */
  done(result: SnapshotResult): void;
}

export interface SnapshotResult {
  /** Why there is no snapshot; undefined when there is. */
  readonly error: string | undefined;
  readonly isCancelled: boolean;
  readonly keys: number;
  readonly bytes: number;
  /** Memory that was copied because it was overwritten meanwhile. */
  readonly copiedBytes: number;
}

export interface SnapshotProgress {
  readonly keys: number;
  readonly keysTotal: number;
  readonly copiedBytes: number;
}

export interface Snapshots {
  /** Begins one of this very moment. The caller has seen to it that none is under way. */
  start(request: SnapshotRequest): void;
  /** Ends the one that is under way, soon; `done` is called. */
  cancel(): void;
  /** How far the one under way has come; undefined when there is none. */
  progress(): SnapshotProgress | undefined;
}

/** How many were begun, which INFO calls forks. */
export const snapshotTotals = { begun: 0 };

export let snapshots: Snapshots;

export function installSnapshots(way: Snapshots): void {
  snapshots = way;
}
