/**
 * From disk into memory: at boot in slices, so that clients meanwhile get an answer (-LOADING) and INFO tells how far it is;
 * for DEBUG RELOAD and LOADAOF in one go.
 *
 * What cannot be read whole is not served: the load ends with a LoadError, and nothing on disk has changed.
 */
import { env, nowMs } from "../../base/env.ts";
import { StorageError } from "../../base/storage.ts";
import { loading as gate } from "../../command/gates.ts";
import { log } from "../../command/log.ts";
import { RdbError } from "../../rdb/reader.ts";
import { keyLoadDelay } from "./parameters.ts";

/** Data on its way into memory: an RDB file (rdb-loading.ts), or an AOF of several files (aof-*.ts). */
export interface Load {
  readonly totalBytes: number;
  readonly loadedBytes: number;
  readonly keysLoaded: number;
  /** Keys that were left out because their time was over. */
  readonly keysExpired: number;
  /** `used_memory` of the server that wrote the data; 0 when it is not known. */
  readonly usedMemory: number;
  /** Loads about so many bytes more. True when all is there. */
  step(budgetBytes: number): boolean;
  /** Ends it, loaded or failed: files are closed. */
  close(): void;
}

/** Why data cannot be loaded: sentences for the log. */
export class LoadError extends Error {}

/** Time that a slice takes before clients have their turn. */
const SLICE_NS = 5e6;
const STEP_BYTES = 64 * 1024;
const PROGRESS_EVERY_NS = 2e9;

/** What INFO tells of the present load, or of the last one. */
export const loadInfo = {
  load: undefined as Load | undefined,
  startSeconds: 0,
  keysLoaded: 0,
  keysExpired: 0,
};

let startNs = 0;
let reportedNs = 0;

/**
 * Begins to load what `open` opens: from now on clients are turned away. False when there is nothing. Throws LoadError.
 */
export function beginLoading(open: () => Load | undefined): boolean {
  const load = inItsWords(open);
  if (load === undefined) return false;
  gate.isUnderWay = true;
  loadInfo.load = load;
  loadInfo.startSeconds = Math.floor(nowMs / 1000);
  loadInfo.keysLoaded = loadInfo.keysExpired = 0;
  startNs = reportedNs = env.monotonicNs();
  return true;
}

/**
 * Loads for the time of a slice. Returns how many ms to wait before the next one (for tests: `key-load-delay`); -1 when all is
 * there. Throws LoadError.
 */
export function continueLoading(): number {
  const load = loadInfo.load!;
  reportProgress(load);
  const end = env.monotonicNs() + SLICE_NS;
  while (env.monotonicNs() < end) {
    const keysBefore = load.keysLoaded;
    if (isLoaded(load, STEP_BYTES)) return -1;
    const waitUs = keyLoadDelay.value * (load.keysLoaded - keysBefore);
    if (waitUs > 0) return Math.ceil(waitUs / 1000);
  }
  return 0;
}

/** Loads all of it now. False when there is nothing. Throws LoadError. */
export function loadAtOnce(open: () => Load | undefined): boolean {
  if (!beginLoading(open)) return false;
  while (!isLoaded(loadInfo.load!, STEP_BYTES));
  return true;
}

/** Loads so many bytes more. True when it was the end. */
function isLoaded(load: Load, budgetBytes: number): boolean {
  let isOver = true;
  try {
    isOver = inItsWords(() => load.step(budgetBytes));
  } finally {
    if (isOver) endLoading(load);
  }
  return isOver;
}

function endLoading(load: Load): void {
  loadInfo.keysLoaded = load.keysLoaded;
  loadInfo.keysExpired = load.keysExpired;
  loadInfo.load = undefined;
  gate.isUnderWay = false;
  load.close();
}

/** Seconds since the load began, as the log has them. */
export function loadingSeconds(): string {
  return ((env.monotonicNs() - startNs) / 1e9).toFixed(3);
}

/** What the disk or the file says is wrong becomes a LoadError. Everything else is a fault of ours, and goes its way. */
function inItsWords<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof RdbError || error instanceof StorageError) throw new LoadError(error.message);
    throw error;
  }
}

function reportProgress({ loadedBytes, totalBytes, keysLoaded }: Load): void {
  const now = env.monotonicNs();
  if (now - reportedNs < PROGRESS_EVERY_NS) return;
  reportedNs = now;
  const percent = ((loadedBytes / Math.max(totalBytes, 1)) * 100).toFixed(1);
  log.notice(`Loading: ${percent}% (${loadedBytes} of ${totalBytes} bytes), ${keysLoaded} keys so far`);
}
