/**
 * Rewriting the AOF: a new base is written from memory, in the background, and the files that it makes superfluous are removed.
 *
 *     flush and sync the old file → a new incremental file, named by the manifest → snapshot of that very moment
 *     … commands go on, into the new file …
 *     the snapshot is on the disk → it gets its name → a manifest of new base and new file → the old ones are removed
 *
 * The old file is synced before the manifest names the next one: only the last file may end abruptly. While the AOF is
 * waiting for a base (aof-writer.ts) the new file has a temporary name until the manifest can name both.
 *
 * Whatever fails on the way leaves the AOF as it was, with one incremental file more.
 */
import { env, nowMs } from "../../base/env.ts";
import { StorageError, storage } from "../../base/storage.ts";
import { loading } from "../../command/gates.ts";
import { log } from "../../command/log.ts";
import { sessions } from "../../command/session.ts";
import type { SnapshotResult } from "../../command/snapshots.ts";
import { makeFolder } from "./aof-loading.ts";
import {
  type Manifest,
  pathOf,
  temporaryBaseName,
  temporaryIncrementalName,
  withBase,
  withIncremental,
  withRewritten,
  writeManifest,
} from "./aof-manifest.ts";
import { AofOutput } from "./aof-output.ts";
import { aof, clearTrouble, giveUp, isSynced, settle, writeTo } from "./aof-writer.ts";
import { begin, cancel, workUnderWay } from "./background.ts";
import { discard } from "./discard.ts";
import { aofDisableAutoGc, aofUseRdbPreamble, autoAofRewriteMinSize, autoAofRewritePercentage } from "./parameters.ts";

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
/** Counts rewrites that were begun: one that was given up has nothing to say when it ends. */
let round = 0;

/** Begins a rewrite. False when it cannot be begun; the log says why. No work may be under way. */
export function startRewrite(): boolean {
  const extension = aofUseRdbPreamble.value ? "rdb" : "aof";
  try {
    makeFolder();
    if (aof.mode === "on" && !isNextOpen()) return failStart();
    if (aof.mode === "waiting") writeTo(created(temporaryIncrementalName()));
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    log.warning(`Can't open the append-only file or its folder: ${error.message} (${error.path})`);
    return failStart();
  }
  rewrites.count++;
  rewrites.isScheduled = false;
  const own = ++round;
  const { output } = aof;
  log.notice("Background append only file rewriting started");
  begin("aof", pathOf(temporaryBaseName()), extension === "rdb" ? "aof-base" : "commands", (result, seconds) => {
    rewrites.tookSeconds = seconds;
    rewrites.copiedBytes = result.copiedBytes;
    finish(result, extension, own === round && output === aof.output);
  });
  return true;
}

function failStart(): false {
  rewrites.hasLastFailed = true;
  failedNs = env.monotonicNs();
  return false;
}

/** Goes on in a new incremental file, which the manifest names. False when the old one cannot be left behind as it should. */
function isNextOpen(): boolean {
  const old = aof.output!;
  if (!settle() || !(old.synced === old.size || isSynced(old))) return false;
  const next = withIncremental(aof.manifest);
  const { name } = next.incremental.at(-1)!;
  const output = created(name);
  if (!isInForce(next)) {
    output.close();
    return false;
  }
  log.notice(`Creating AOF incr file ${name} on background rewrite`);
  aof.otherBytes += old.size;
  writeTo(output);
  return true;
}

function created(name: string): AofOutput {
  const output = new AofOutput(storage.open(pathOf(name), "create"));
  try {
    output.open();
    return output;
  } catch (error) {
    output.close();
    throw error;
  }
}

/**
 * Puts a manifest in force. When that fails, the old one is put back; when even that fails, nobody knows which of them would
 * be found, and what is being written cannot be relied upon.
 */
function isInForce(next: Manifest): boolean {
  try {
    writeManifest(next);
    aof.manifest = next;
    return true;
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    log.warning(`Error trying to write the AOF manifest file: ${error.message} (${error.path})`);
    // If it is found in spite of that, the files that it names must be those that it meant.
    aof.manifest = { ...aof.manifest, baseSeq: next.baseSeq, incrementalSeq: next.incrementalSeq };
    try {
      writeManifest(aof.manifest);
    } catch (second) {
      if (!(second instanceof StorageError)) throw second;
      if (aof.mode === "on") giveUp(second, aof.output!);
    }
    return false;
  }
}

function finish(result: SnapshotResult, extension: "rdb" | "aof", isWanted: boolean): void {
  if (isWanted && result.error === undefined && !result.isCancelled) {
    log.notice("Background AOF rewrite terminated with success");
    if (isInPlace(extension, result.bytes)) return succeed();
  } else if (result.error !== undefined) {
    log.warning(`Background AOF rewrite terminated with error: ${result.error}`);
  } else {
    log.warning("Background AOF rewrite terminated: it was cancelled");
  }
  discard(pathOf(temporaryBaseName()));
  if (result.error !== undefined || !result.isCancelled) {
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

/** Gives the new files their names, and has the manifest name them. False when that failed. */
function isInPlace(extension: "rdb" | "aof", bytes: number): boolean {
  let next = withBase(aof.manifest, extension);
  const base = next.base!.name;
  let added: string | undefined;
  try {
    storage.rename(pathOf(temporaryBaseName()), pathOf(base));
    log.notice(`Successfully renamed the temporary AOF base file ${temporaryBaseName()} into ${base}`);
    if (aof.mode === "waiting") {
      aof.output!.write();
      aof.output!.sync();
      next = withIncremental(next);
      added = next.incremental.at(-1)!.name;
      storage.rename(pathOf(temporaryIncrementalName()), pathOf(added));
      log.notice(`Successfully renamed the temporary AOF incr file ${temporaryIncrementalName()} into ${added}`);
    }
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    log.warning(`Error trying to put the new AOF files in place: ${error.message} (${error.path})`);
    discard(pathOf(base));
    return false;
  }
  if (!isInForce(withRewritten(next, aof.mode === "off" ? 0 : 1))) {
    // The manifest may name them in spite of that: then they are needed after a restart.
    return false;
  }
  aof.otherBytes = bytes;
  return true;
}

function succeed(): void {
  if (aof.mode === "waiting") aof.mode = "on";
  if (aof.mode === "on") aof.baseBytes = currentBytes();
  if (aof.trouble?.kind === "sync") {
    clearTrouble();
    log.warning("A new AOF base has been written from memory: changes are accepted again.");
  }
  removeHistory();
  rewrites.hasLastFailed = false;
  rewrites.failures = 0;
  log.notice("Background AOF rewrite finished successfully");
}

/** Removes the files that no longer count, unless `aof-disable-auto-gc` keeps them. */
export function removeHistory(): void {
  const { history } = aof.manifest;
  if (history.length === 0 || aofDisableAutoGc.value) return;
  for (const { name } of history) {
    log.notice(`Removing the history file ${name} in the background`);
    discard(pathOf(name));
  }
  isInForce({ ...aof.manifest, history: [] });
}

/** Takes back a rewrite that is under way: what it writes is no longer wanted. */
export function killRewrite(): void {
  round++;
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
