/**
 * The AOF that is being written: what is told (command/propagation.ts) gathers in the output, and is written before anybody
 * gets an answer that relies on it; under `appendfsync always` it is synced as well, once for all clients of a turn of the
 * event loop.
 *
 *     off ──────── CONFIG SET appendonly yes ───────→ waiting ── a new base is on the disk ──→ on
 *      ↑                                               │   ↑                                   │
 *      └───────────── CONFIG SET appendonly no ────────┴── │ ──────────────────────────────────┤
 *                                                          └────────── a sync has failed ──────┘
 *
 * While waiting, changes go to a file that no manifest names, since there is no base yet that they build upon.
 *
 * **A write fails** (the disk is full): the file is cut back, the units stay here, whoever wants to change something gets
 * MISCONF, and the write is tried again each second. **A sync fails**: nobody knows what of the file is on the disk, and a
 * later sync that succeeds means nothing. The file is given up: it stays as it is for a restart until then, and the store goes
 * back to waiting, with MISCONF, until a new base has been written from memory.
 *
 * In both cases the clients that were not answered yet are closed without an answer. Their changes are in memory and cannot
 * be taken back; OK would be a lie, an error would be one as well, and a connection that ends says what is true: nobody knows.
 */
import { env } from "../../base/env.ts";
import { StorageError } from "../../base/storage.ts";
import { log } from "../../command/log.ts";
import { propagation, reselect, type Sink } from "../../command/propagation.ts";
import { EMPTY, type Manifest } from "./aof-manifest.ts";
import type { AofOutput } from "./aof-output.ts";
import { cancel, workUnderWay } from "./background.ts";
import { noteAof } from "./disk-errors.ts";
import { appendfsync, noAppendfsyncOnRewrite } from "./parameters.ts";

export const aof = {
  mode: "off" as "off" | "waiting" | "on",
  manifest: EMPTY as Manifest,
  /** The file that is written; none while waiting for a snapshot to begin. */
  output: undefined as AofOutput | undefined,
  /** What is wrong: a write or a sync has failed, in the system's words. */
  trouble: undefined as { readonly kind: "write" | "sync"; readonly message: string } | undefined,
  /** Bytes of the other files that would be loaded, and of all of them when the base was new. */
  otherBytes: 0,
  baseBytes: 0,
  /** Writes that did not wait for a slow sync to end. */
  delayedSyncs: 0,
  /** For tests: microseconds to wait before each write. */
  flushSleepUs: 0,
};

/** A little less than a second, since timers come every tenth of one: no change is older when its sync begins. */
const SYNC_EVERY_NS = 0.9e9;
const SLOW_SYNC_NS = 2e9;
const RETRY_NS = 1e9;
const ERROR_LOGGED_EVERY_NS = 30e9;
/** Keys expire while the disk is full, too: when so much waits to be written, a new base will take less. */
const WAITING_BYTES_MAX = 64 * 1024 * 1024;

let syncBeganNs = Number.NEGATIVE_INFINITY;
let delayNotedNs = Number.NEGATIVE_INFINITY;
let triedNs = Number.NEGATIVE_INFINITY;
let errorLoggedNs = Number.NEGATIVE_INFINITY;
/** In this turn of the event loop a failure has met what clients were not answered for yet. */
let hasTurnFailed = false;
/** Told when more is on the disk than before. */
export const syncListeners: (() => void)[] = [];

const sink: Sink = {
  append(source, start, end) {
    aof.output?.append(source, start, end);
  },
};

/** Writes to another file from now on, or to none. */
export function writeTo(output: AofOutput | undefined): void {
  aof.output?.close();
  goOnIn(output);
}

/** The same; the file that was written stays open. */
export function goOnIn(output: AofOutput | undefined): void {
  aof.output = output;
  listenAgain();
}

/** The file that is written is told again: while data was loaded, nobody was. */
export function listenAgain(): void {
  propagation.sink = aof.output === undefined ? undefined : sink;
  reselect();
}

/** `no-appendfsync-on-rewrite`: whoever sets that would rather lose data than wait for a disk that is busy. */
export const mayOmitSync = () => noAppendfsyncOnRewrite.value && workUnderWay() !== undefined;

const mustSync = (output: AofOutput) =>
  appendfsync.value === "always" && (output.synced < output.size || output.foundation !== undefined) && !mayOmitSync();

/**
 * Whether there is something that has to be written, or synced, before anybody is answered: somebody has to call `settleTurn`
 * first, at the end of this turn of the event loop. One write for all clients of a turn was measured to double what clients
 * get that send one command at a time.
 */
export function isBehind(): boolean {
  if (hasTurnFailed) return true;
  return aof.trouble === undefined && isAnyoneWaiting();
}

/** Whether what was done will be synced at the end of the turn: that takes so long that more should be gathered for it. */
export function isSyncDue(): boolean {
  return aof.mode === "on" && aof.trouble === undefined && appendfsync.value === "always" && !mayOmitSync();
}

function isAnyoneWaiting(): boolean {
  const { output } = aof;
  return output !== undefined && aof.mode === "on" && (output.pending > 0 || mustSync(output));
}

/**
 * The end of a turn. False when those who wait must not be answered: it failed now, or before in this turn, as when a sync in
 * the background failed behind commands that were not written yet. The file was given up, and what they have changed with it.
 */
export function settleTurn(): boolean {
  const isSafe = settle() && !hasTurnFailed;
  hasTurnFailed = false;
  return isSafe;
}

/** Writes what waits, and syncs it if that is the policy. False when it failed. */
export function settle(): boolean {
  const { output } = aof;
  if (output === undefined || aof.mode !== "on") return true;
  return isWritten(output) && (!mustSync(output) || isSynced(output));
}

function isWritten(output: AofOutput): boolean {
  if (output.pending === 0 && aof.trouble === undefined) return true;
  noteSlowSync(output);
  if (aof.flushSleepUs > 0 && output.pending > 0) Bun.sleepSync(aof.flushSleepUs / 1000);
  triedNs = env.monotonicNs();
  try {
    output.write();
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    // Since the first failure nobody has been told OK.
    if (aof.trouble === undefined) hasTurnFailed = true;
    noteFailedWrite(error, output);
    return false;
  }
  if (aof.trouble !== undefined) {
    log.warning("AOF write error looks solved, Redis can write again.");
    clearTrouble();
  }
  return true;
}

/** A write has failed. It is tried again each second. */
export function noteFailedWrite(error: StorageError, output: AofOutput): void {
  aof.trouble = { kind: "write", message: error.message };
  noteAof(error.message);
  const now = env.monotonicNs();
  if (now - errorLoggedNs < ERROR_LOGGED_EVERY_NS) return;
  errorLoggedNs = now;
  log.warning(`Error writing to the AOF file: ${error.message} (${output.path}, ${output.pending} bytes are waiting)`);
}

export function clearTrouble(): void {
  aof.trouble = undefined;
  noteAof(undefined);
}

/** Waiting for a slow sync would gain nothing on today's file systems, and whoever is answered must be able to rely on it. */
function noteSlowSync(output: AofOutput): void {
  const now = env.monotonicNs();
  if (!output.isSyncing || now - syncBeganNs < SLOW_SYNC_NS || now - delayNotedNs < SLOW_SYNC_NS) return;
  delayNotedNs = now;
  aof.delayedSyncs++;
  log.notice(
    "Asynchronous AOF fsync is taking too long (disk is busy?). Writing the AOF buffer without waiting for fsync to complete, " +
      "this may slow down the server.",
  );
}

/** Syncs what was written. False when that failed, and the file was given up. */
export function isSynced(output: AofOutput): boolean {
  try {
    output.sync();
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    giveUp(error, output);
    return false;
  }
  tellSynced();
  return true;
}

export function tellSynced(): void {
  for (const listener of syncListeners) listener();
}

/** A sync has failed: see above. */
export function giveUp(error: StorageError, output: AofOutput): void {
  if (aof.mode === "off") return;
  const what = error.operation === "write" ? "Fail to write" : "Fail to fsync";
  log.warning(
    `${what} the AOF file: ${error.message}. ${output.path} is given up: until a new base has been written from memory ` +
      "nothing may be changed.",
  );
  if (aof.trouble === undefined && isAnyoneWaiting()) hasTurnFailed = true;
  aof.trouble = { kind: "sync", message: error.message };
  noteAof(error.message);
  aof.mode = "waiting";
  writeTo(undefined);
  // What it builds upon is what was given up.
  cancel("aof");
}

/** Once a second: syncs what was written, if that is the policy, and repeats a write that has failed. Called by a timer. */
export function keepUp(): void {
  const { output } = aof;
  if (output === undefined) return;
  const now = env.monotonicNs();
  if (aof.mode === "waiting") return tryToWrite(output);
  if (aof.trouble !== undefined && output.pending > WAITING_BYTES_MAX) {
    return giveUp(new StorageError("ENOSPC", aof.trouble.message, "write", output.path), output);
  }
  if (aof.trouble === undefined || now - triedNs >= RETRY_NS) settle();
  if (aof.output === output) syncSometimes(output, now);
}

/** The file that nobody relies upon yet: a failure will show when it is to be named. */
function tryToWrite(output: AofOutput): void {
  try {
    output.write();
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
  }
}

function syncSometimes(output: AofOutput, now: number): void {
  if (appendfsync.value !== "everysec" || output.isSyncing || output.synced === output.size) return;
  if (now - syncBeganNs < SYNC_EVERY_NS || mayOmitSync()) return;
  syncBeganNs = now;
  output.syncLater((error) => {
    if (error !== undefined) giveUp(error, output);
    else tellSynced();
  });
}
