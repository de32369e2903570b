/**
 * Rewriting the AOF: a new base is written from memory, in the background, and the files that it makes superfluous are removed.
 *
 *     the next incremental file takes over (aof-next.ts) ─ snapshot of that very moment
 *     … commands go on, into the new file …
 *     the snapshot is on the disk → it gets its name → a manifest of new base and new file → the old ones are removed
 *
 * Nothing waits for the disk: all of it goes on in steps (steps.ts), from BGREWRITEAOF on, and is the work under way from the first
 * to the last. While the AOF is waiting for a base (aof-writer.ts) the new file has a temporary name until the manifest can name
 * both.
 *
 * Whatever fails on the way leaves the AOF as it was, with one incremental file more at most.
 */
import { env, nowMs } from "../../base/env.ts";
import { type Done, StorageError, storage } from "../../base/storage.ts";
import { loading } from "../../command/gates.ts";
import { log } from "../../command/log.ts";
import { sessions } from "../../command/session.ts";
import type { SnapshotRequest, SnapshotResult } from "../../command/snapshots.ts";
import { makeFolder } from "./aof-loading.ts";
import {
  directory,
  EMPTY,
  exchange,
  type Manifest,
  ManifestError,
  pathOf,
  prepareManifest,
  readManifest,
  syncedNames,
  temporaryBaseName,
  temporaryIncrementalName,
  withBase,
  withIncremental,
  withRewritten,
  writeManifest,
} from "./aof-manifest.ts";
import { created, createNext, goOnInNext, layFoundation, type NextFile, prepareNext } from "./aof-next.ts";
import { aof, clearTrouble, settle, tellSynced, writeTo } from "./aof-writer.ts";
import { announce, cancel, conclude, isWanted, secondsOf, takeSnapshot, workUnderWay } from "./background.ts";
import { discard } from "./discard.ts";
import { aofDisableAutoGc, aofUseRdbPreamble, autoAofRewriteMinSize, autoAofRewritePercentage } from "./parameters.ts";
import { inSteps, type Steps } from "./steps.ts";

export const rewrites = {
  isScheduled: false,
  count: 0,
  failures: 0,
  hasLastFailed: false,
  tookSeconds: -1,
  copiedBytes: 0,
};

/** After so many failures in a row there are pauses between automatic rewrites, each twice as long as the one before. */
const FAILURES_TOLERATED = 3;
const PAUSE_MINUTES_MAX = 60;
/** While nothing may be changed, the next attempt comes soon. */
const RETRY_NS = 1e9;

let pauseMinutes = 0;
let pausedUntilMs = 0;
let failedNs = Number.NEGATIVE_INFINITY;

/** Begins a rewrite. False when it cannot be begun; the log says why. No work may be under way. */
export function startRewrite(): boolean {
  let next: NextFile | undefined;
  try {
    makeFolder();
    // What an AOF that is not in use left there keeps its names until the new files are in force, and is history then.
    if (aof.mode !== "on") aof.manifest = readManifest() ?? EMPTY;
    if (!settle()) return failStart();
    if (aof.mode === "on") next = createNext();
    else if (aof.mode === "waiting") writeTo(created(temporaryIncrementalName()));
  } catch (error) {
    if (error instanceof ManifestError)
      log.warning(`The manifest of the AOF that is there cannot be read: ${error.message}`);
    else if (!(error instanceof StorageError)) throw error;
    else log.warning(`Can't open the append-only file or its folder: ${error.message} (${error.path})`);
    return failStart();
  }
  rewrites.count++;
  rewrites.isScheduled = false;
  announce("aof");
  log.notice("Background append only file rewriting started");
  inSteps(rewrite(next));
  return true;
}

function failStart(): false {
  rewrites.hasLastFailed = true;
  failedNs = env.monotonicNs();
  return false;
}

type End = "success" | "failure" | "cancelled";

/** A rewrite from its beginning to its end. With AOF switched on, there is a next file to go on in. */
function* rewrite(next: NextFile | undefined): Steps {
  const extension = aofUseRdbPreamble.value ? "rdb" : "aof";
  const end = (yield* isBegun(next)) ? yield* writeBase(next, extension) : isWanted() ? "failure" : "cancelled";
  if (end === "success") succeed();
  else fail(end);
  yield* removeHistoryInSteps();
  rewrites.tookSeconds = secondsOf("aof");
  conclude();
}

/** Goes on in the next file, if there is one. False when that cannot be, or nobody wants it any more. */
function* isBegun(next: NextFile | undefined): Steps<boolean> {
  if (next === undefined) return true;
  try {
    yield* prepareNext(next);
    if (isWanted() && settle()) {
      goOnInNext(next);
      return true;
    }
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    log.warning(`Error trying to write the AOF manifest file or the next AOF file: ${error.message} (${error.path})`);
  }
  next.output.close();
  return false;
}

/** Writes the data of this very moment to a new base, and puts that in place. */
function* writeBase(next: NextFile | undefined, extension: "rdb" | "aof"): Steps<End> {
  const snapshot = new Snapshot(pathOf(temporaryBaseName()), extension === "rdb" ? "aof-base" : "commands");
  if (next !== undefined) yield* layFoundation(next);
  yield snapshot.ended;
  const { error, isCancelled, copiedBytes, bytes } = snapshot.result!;
  rewrites.copiedBytes = copiedBytes;
  if (error !== undefined) {
    log.warning(`Background AOF rewrite terminated with error: ${error}`);
    return "failure";
  }
  if (isCancelled || !isWanted()) return "cancelled";
  log.notice("Background AOF rewrite terminated with success");
  return yield* putInPlace(extension, bytes);
}

/** A snapshot of the moment at which this is made. It may end before anybody waits for that. */
class Snapshot {
  result: SnapshotResult | undefined;
  private done: Done | undefined;

  constructor(path: string, format: SnapshotRequest["format"]) {
    takeSnapshot(path, format, (result) => {
      this.result = result;
      this.done?.(undefined);
    });
  }

  readonly ended = (done: Done): void => {
    if (this.result === undefined) this.done = done;
    else done(undefined);
  };
}

/** Gives the new files their names, and has the manifest name them. */
function* putInPlace(extension: "rdb" | "aof", bytes: number): Steps<End> {
  let next = withBase(aof.manifest, extension);
  const made: string[] = [];
  try {
    made.push(renamed(temporaryBaseName(), next.base!.name, "base"));
    if (aof.mode === "waiting") {
      const output = aof.output!;
      output.write();
      yield (done) => output.syncLater(done);
      next = withIncremental(next);
      if (isWanted()) made.push(renamed(temporaryIncrementalName(), next.incremental.at(-1)!.name, "incr"));
    }
    next = withRewritten(next, aof.mode === "off" ? 0 : 1);
    yield* prepareManifest(next);
    if (isWanted()) {
      // Should the last steps fail, nobody knows which manifest would be found, and this one needs these files.
      made.length = 0;
      exchange();
      aof.manifest = next;
      aof.otherBytes = bytes;
      yield syncedNames;
      return "success";
    }
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    log.warning(`Error trying to put the new AOF files in place: ${error.message} (${error.path})`);
  }
  for (const name of made) discard(pathOf(name));
  return isWanted() ? "failure" : "cancelled";
}

function renamed(from: string, to: string, what: string): string {
  storage.rename(pathOf(from), pathOf(to));
  log.notice(`Successfully renamed the temporary AOF ${what} file ${from} into ${to}`);
  return to;
}

function succeed(): void {
  const wasWaiting = aof.mode === "waiting";
  if (wasWaiting) aof.mode = "on";
  if (aof.mode === "on") aof.baseBytes = currentBytes();
  if (aof.trouble?.kind === "sync") {
    clearTrouble();
    log.warning("A new AOF base has been written from memory: changes are accepted again.");
  }
  rewrites.hasLastFailed = false;
  rewrites.failures = 0;
  log.notice("Background AOF rewrite finished successfully");
  // What has happened since is as safe as the policy says from now on.
  if (wasWaiting && settle()) tellSynced();
}

function fail(end: End): void {
  if (end === "cancelled") log.warning("Background AOF rewrite terminated: it was cancelled");
  discard(pathOf(temporaryBaseName()));
  if (end === "failure") {
    rewrites.hasLastFailed = true;
    rewrites.failures++;
    failedNs = env.monotonicNs();
  }
  if (aof.mode !== "waiting") return;
  const name = temporaryIncrementalName();
  log.notice(`Removing the temp incr aof file ${name} in the background`);
  writeTo(undefined);
  discard(pathOf(name));
}

const hasHistory = (): boolean => aof.manifest.history.length > 0 && !aofDisableAutoGc.value;

/**
 * Removes the files that no longer count, unless `aof-disable-auto-gc` keeps them. A rewrite does it at its end. First of all the
 * manifest that says so is on the disk for certain: the process that has exchanged it may have been killed before.
 */
export function removeHistory(): void {
  if (!hasHistory() || workUnderWay() === "aof") return;
  try {
    storage.syncDirectory(directory());
    const next = withoutHistory();
    writeManifest(next);
    aof.manifest = next;
  } catch (error) {
    noteHistoryStays(error);
  }
}

function* removeHistoryInSteps(): Steps {
  if (!hasHistory()) return;
  try {
    // What ended in a failure may have been just that.
    yield syncedNames;
    const next = withoutHistory();
    yield* prepareManifest(next);
    exchange();
    aof.manifest = next;
    yield syncedNames;
  } catch (error) {
    noteHistoryStays(error);
  }
}

/** Removes the files, and returns the manifest without them. */
function withoutHistory(): Manifest {
  for (const { name } of aof.manifest.history) {
    log.notice(`Removing the history file ${name} in the background`);
    discard(pathOf(name));
  }
  return { ...aof.manifest, history: [] };
}

/** It takes some lines in the manifest, until the next rewrite. */
function noteHistoryStays(error: unknown): void {
  if (!(error instanceof StorageError)) throw error;
  log.warning(`Error trying to write the AOF manifest file: ${error.message} (${error.path})`);
}

/** Takes back a rewrite that is under way: what it writes is no longer wanted. */
export function killRewrite(): void {
  if (workUnderWay() !== "aof") return;
  log.notice("Killing running AOF rewrite child: nobody wants its file any more");
  cancel("aof");
}

/** Whether a transaction is under way: the moment of a snapshot is never in the middle of one. */
export function isInTransaction(): boolean {
  for (const session of sessions.values()) if (session.isExecutingQueue) return true;
  return false;
}

/** Whether failures have been too many: rewrites that nobody has asked for wait, then. */
function isLimited(): boolean {
  if (rewrites.failures < FAILURES_TOLERATED) {
    pauseMinutes = pausedUntilMs = 0;
    return false;
  }
  if (pausedUntilMs !== 0) {
    if (nowMs < pausedUntilMs) return true;
    pausedUntilMs = 0;
    return false;
  }
  pauseMinutes = Math.min(PAUSE_MINUTES_MAX, pauseMinutes === 0 ? 1 : pauseMinutes * 2);
  pausedUntilMs = nowMs + pauseMinutes * 60_000;
  log.warning(
    `Background AOF rewrite has repeatedly failed and triggered the limit, will retry in ${pauseMinutes} minutes`,
  );
  return true;
}

/** Bytes that would be loaded. */
export const currentBytes = (): number => aof.otherBytes + (aof.output?.size ?? 0);

/** Whether a rewrite waits for its turn. */
export const isPending = (): boolean => rewrites.isScheduled || (aof.mode === "waiting" && workUnderWay() !== "aof");

/** Begins a rewrite that is scheduled, needed, or worth it. Called by a timer. */
export function rewriteIfDue(): void {
  if (workUnderWay() !== undefined || loading.isUnderWay) return;
  if (aof.trouble?.kind === "sync") {
    if (env.monotonicNs() - failedNs >= RETRY_NS) startRewrite();
  } else if (isPending()) {
    if (!isLimited()) startRewrite();
  } else if (hasGrown() && !isLimited()) {
    startRewrite();
  }
}

function hasGrown(): boolean {
  const percentage = autoAofRewritePercentage.value;
  const bytes = currentBytes();
  if (aof.mode !== "on" || aof.trouble !== undefined || percentage === 0 || bytes <= autoAofRewriteMinSize.value)
    return false;
  const growth = Math.floor((bytes * 100) / (aof.baseBytes || 1)) - 100;
  if (growth < percentage) return false;
  log.notice(`Starting automatic rewriting of AOF on ${growth}% growth`);
  return true;
}
