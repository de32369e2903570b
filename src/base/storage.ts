/**
 * Files as an interface: whoever writes data to disk does it here. The real disk is put in by `server/`; tests put in one that
 * forgets what was not synced, tears writes and fails on command (test/sim).
 *
 * What is promised after a loss of power: the bytes of a file that were there at its last `sync`, and the names in a directory
 * as of its last `syncDirectory`. What was written or named since may be there, in part, or not at all. After a failed `sync`
 * nothing is known of what was written since the one before, and a later `sync` that succeeds does not change that.
 *
 * Paths are as the process sees them (it works in `dir`, which CONFIG SET may change). Failures are StorageErrors; what failed has
 * changed nothing, except that an `append` may have written a part.
 *
 * A sync takes as long as the disk does, which can be a second: what goes on while clients are served uses the ones that are not
 * waited for. What is removed or replaced is gone at once by name; giving back its space is not waited for either.
 */

/** A failure of the disk or of the file system. The message is the system's, such as `No space left on device`. */
export class StorageError extends Error {
  constructor(
    /** The system's name of it, such as ENOSPC. */
    readonly code: string,
    message: string,
    readonly operation: string,
    readonly path: string,
  ) {
    super(message);
  }
}

/** Told the end of something that was not waited for: its failure, or that there was none. */
export type Done = (error: StorageError | undefined) => void;

export interface StorageFile {
  readonly path: string;
  /** Bytes in the file now. */
  size(): number;
  /** Reads bytes from place `at` of the file into `into[from, to)`; returns how many there were, 0 at the end. */
  read(at: number, into: Uint8Array, from: number, to: number): number;
  /** Writes `bytes[from, to)` at the end. Returns how many were written: fewer than asked when the disk becomes full. */
  append(bytes: Uint8Array, from: number, to: number): number;
  /** Cuts the file off behind its first `size` bytes. */
  truncate(size: number): void;
  /** Returns when all that was written is on the disk (fdatasync). */
  sync(): void;
  /** The same without waiting: `done` is called from the event loop. One at a time per file. */
  syncLater(done: Done): void;
  close(): void;
}

export interface Storage {
  /** `read`: must exist. `append`: made if need be, written at its end. `create`: made, or emptied. All can be read. */
  open(path: string, mode: "read" | "append" | "create"): StorageFile;
  /** The same place as a path that stays good when `dir` is changed. */
  resolve(path: string): string;
  /** Bytes of the file; undefined when there is none. A directory has 0. */
  size(path: string): number | undefined;
  /** Names in a directory; none when there is no such directory. */
  list(directory: string): string[];
  makeDirectory(path: string): void;
  /** Gives a file another name; one that has it already is replaced, in one step. */
  rename(from: string, to: string): void;
  remove(path: string): void;
  /** Returns when the names in the directory are on the disk. */
  syncDirectory(path: string): void;
  /** The same without waiting, for the names that there are now: `done` is called from the event loop. */
  syncDirectoryLater(path: string, done: Done): void;
}

/** Bytes that are handed to the system at a time. */
const APPEND_BYTES_MAX = 16 * 1024 * 1024;

/** Writes all of `bytes[from, to)` at the end of the file. Throws a StorageError; a part may have been written then. */
export function appendAll(file: StorageFile, bytes: Uint8Array, from: number, to: number): void {
  for (let at = from; at < to; ) {
    const taken = file.append(bytes, at, Math.min(to, at + APPEND_BYTES_MAX));
    if (taken === 0) throw new StorageError("ENOSPC", "No space left on device", "write", file.path);
    at += taken;
  }
}

/** The disk in force. There is none until one is installed. */
export let storage: Storage;

export function installStorage(disk: Storage): void {
  storage = disk;
}
