/**
 * The real disk: what base/storage.ts promises, kept by the file system and its system calls.
 *
 * Files are opened for appending, so that each write goes behind the last byte wherever `truncate` has left it. A disk that
 * becomes full in the middle of a write takes a part of it, says so with the count, and fails the next one.
 */
import {
  close,
  closeSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  constants as modes,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { resolve } from "node:path";
import { type Done, type Storage, StorageError, type StorageFile } from "../base/storage.ts";
import { systemError } from "./system-error.ts";

const FLAGS = {
  read: modes.O_RDONLY,
  append: modes.O_RDWR | modes.O_CREAT | modes.O_APPEND,
  create: modes.O_RDWR | modes.O_CREAT | modes.O_APPEND | modes.O_TRUNC,
} as const;
const FILE_MODE = 0o644;
const DIRECTORY_MODE = 0o755;

const codeOf = (error: unknown): string => (error instanceof Error && "code" in error ? String(error.code) : "EIO");

/** Does what may fail, and says it in the words of base/storage.ts. */
function attempt<T>(operation: string, path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw failure(error, operation, path);
  }
}

function failure(error: unknown, operation: string, path: string): StorageError {
  return new StorageError(codeOf(error), systemError(error), operation, path);
}

function failureIfAny(error: unknown, operation: string, path: string): StorageError | undefined {
  return error === null || error === undefined ? undefined : failure(error, operation, path);
}

class DiskFile implements StorageFile {
  private isSyncing = false;
  private isClosed = false;

  constructor(
    readonly path: string,
    private readonly fd: number,
  ) {}

  size(): number {
    return attempt("fstat", this.path, () => fstatSync(this.fd).size);
  }

  read(at: number, into: Uint8Array, from: number, to: number): number {
    if (from === to) return 0;
    return attempt("read", this.path, () => readSync(this.fd, into, from, to - from, at));
  }

  append(bytes: Uint8Array, from: number, to: number): number {
    if (from === to) return 0;
    return attempt("write", this.path, () => writeSync(this.fd, bytes, from, to - from));
  }

  truncate(size: number): void {
    attempt("ftruncate", this.path, () => ftruncateSync(this.fd, size));
  }

  sync(): void {
    attempt("fdatasync", this.path, () => fdatasyncSync(this.fd));
  }

  syncLater(done: Done): void {
    this.isSyncing = true;
    fdatasync(this.fd, (error) => {
      this.isSyncing = false;
      if (this.isClosed) closeSync(this.fd);
      done(failureIfAny(error, "fdatasync", this.path));
    });
  }

  /** While a sync is under way its number must not go to another file: then it is closed behind it. */
  close(): void {
    this.isClosed = true;
    if (!this.isSyncing) closeSync(this.fd);
  }
}

/** Some file systems cannot sync a directory, and need not. */
const needsNoSync = (error: unknown): boolean => ["EINVAL", "EBADF"].includes(codeOf(error));

function syncDirectory(path: string): void {
  const fd = openSync(path, modes.O_RDONLY);
  try {
    fsyncSync(fd);
  } catch (error) {
    if (!needsNoSync(error)) throw error;
  } finally {
    closeSync(fd);
  }
}

function syncDirectoryLater(path: string, done: Done): void {
  let fd: number;
  try {
    fd = openSync(path, modes.O_RDONLY);
  } catch (error) {
    setImmediate(() => done(failure(error, "open", path)));
    return;
  }
  fsync(fd, (error) => {
    closeSync(fd);
    done(needsNoSync(error) ? undefined : failureIfAny(error, "fsync", path));
  });
}

/**
 * Takes a name from a file, by being removed or replaced. As long as somebody has it open its space is not given back, which
 * takes 0.1 s per GB and more: so we have it open ourselves, and close it in a thread.
 */
function unname(path: string, action: () => void): void {
  const fd = openIfThere(path);
  try {
    action();
  } finally {
    if (fd !== undefined) close(fd, () => {});
  }
}

/** What cannot be opened is removed all the same, or its removal says why not. */
function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, modes.O_RDONLY | modes.O_NONBLOCK);
  } catch {
    return undefined;
  }
}

/** Names in a directory; what is not there has none. */
function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}

function makeDirectory(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) mkdirSync(path, DIRECTORY_MODE);
}

function sizeOf(path: string): number | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  return found.isDirectory() ? 0 : found.size;
}

export const disk: Storage = {
  resolve,

  open: (path, mode) =>
    new DiskFile(
      path,
      attempt("open", path, () => openSync(path, FLAGS[mode], FILE_MODE)),
    ),
  size: (path) => attempt("stat", path, () => sizeOf(path)),
  list: (directory) => attempt("readdir", directory, () => namesIn(directory)),
  makeDirectory: (path) => attempt("mkdir", path, () => makeDirectory(path)),
  rename: (from, to) => attempt("rename", from, () => unname(to, () => renameSync(from, to))),
  remove: (path) => attempt("unlink", path, () => unname(path, () => unlinkSync(path))),
  syncDirectory: (path) => attempt("fsync", path, () => syncDirectory(path)),
  syncDirectoryLater,
};

/**
 * Has the engine start the thread for syncs that are not waited for, which it keeps. Once the system allows no more threads, none
 * of them would ever end, and nobody would be told.
 */
export const startSyncThread = (): void => syncDirectoryLater(".", () => {});
