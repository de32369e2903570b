/**
 * The append-only file: what is done to the data is written down as commands, and read again at the next start.
 *
 *     aof-manifest.ts   which files it consists of
 *     aof-writer.ts     when something is written and synced, and what if that fails; aof-output.ts for one file
 *     aof-rewrite.ts    a new base in the place of what has gathered
 *     aof-loading.ts    from disk into memory; aof-load.ts for one file, aof-reader.ts for its commands
 *     aof-notes.ts      lines between commands, by which damage is known; aof-pieces.ts
 *     aof-base.ts       a base of commands, with such lines
 *     aof-wait.ts       WAITAOF
 *     check-aof.ts      `ashlar check aof`
 *
 * Here: from the start of the server to its end, and the switch in between.
 */
import { nowMs } from "../../base/env.ts";
import { appendAll, StorageError, storage } from "../../base/storage.ts";
import type { CommandSpec } from "../../command/command.ts";
import type { Timer } from "../../command/feature.ts";
import { loading } from "../../command/gates.ts";
import { log } from "../../command/log.ts";
import type { Session } from "../../command/session.ts";
import * as events from "../../keyspace/events.ts";
import { saveDatabases } from "../../keyspace/rdb-save.ts";
import type { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";
import { saveBase } from "./aof-base.ts";
import { fatal } from "./aof-load.ts";
import { AofLoading, findManifest, makeFolder, upgraded } from "./aof-loading.ts";
import {
  type AofFile,
  directory,
  EMPTY,
  pathOf,
  temporaryBaseName,
  withBase,
  withIncremental,
  writeManifest,
} from "./aof-manifest.ts";
import { AofOutput } from "./aof-output.ts";
import {
  currentBytes,
  isInTransaction,
  isPending,
  killRewrite,
  removeHistory,
  rewriteIfDue,
  rewrites,
  startRewrite,
} from "./aof-rewrite.ts";
import { refuseWaiting, waitaof } from "./aof-wait.ts";
import { aof, clearTrouble, isSynced, keepUp, listenAgain, noteFailedWrite, settle, writeTo } from "./aof-writer.ts";
import { forgetWork, secondsOf, workUnderWay } from "./background.ts";
import { LoadError, loadAtOnce } from "./loading.ts";
import { aofDisableAutoGc, aofTimestampEnabled, aofUseRdbPreamble, appendonly } from "./parameters.ts";
import { saveOptionsNow } from "./rdb-file.ts";
import { emptyAll } from "./reload.ts";

export { isBehind, isSyncDue, settleTurn } from "./aof-writer.ts";

/** The AOF on disk, ready to be loaded; undefined when there is none. Throws a LoadError. */
export function loadAof(): AofLoading | undefined {
  aof.manifest = upgraded(findManifest());
  if (aof.manifest.base === undefined && aof.manifest.incremental.length === 0) return undefined;
  const load = new AofLoading(aof.manifest);
  aof.otherBytes = load.totalBytes;
  aof.baseBytes = load.baseBytes;
  return load;
}

/**
 * The data is in memory, and changes are written down from now on: to the last incremental file, or to a new one; where
 * there is no file at all, with a base of what there is. Throws a LoadError.
 */
export function openAof(): void {
  try {
    makeFolder();
    let next = aof.manifest;
    const hasIncremental = next.incremental.length > 0;
    if (next.base === undefined && !hasIncremental) {
      next = withBase(next, aofUseRdbPreamble.value ? "rdb" : "aof");
      aof.otherBytes = aof.baseBytes = writeBase(next.base!.name);
      log.notice(`Creating AOF base file ${next.base!.name} on server start`);
    }
    if (!hasIncremental) next = withIncremental(next);
    const { name } = next.incremental.at(-1)!;
    // A file that no manifest names may be there from a start that was interrupted.
    const output = new AofOutput(storage.open(pathOf(name), hasIncremental ? "append" : "create"));
    aof.otherBytes -= hasIncremental ? output.size : 0;
    syncBefore(next.incremental.at(-2));
    if (hasIncremental) openOrWait(output);
    else output.open();
    if (next !== aof.manifest) writeManifest(next);
    aof.manifest = next;
    log.notice(`${hasIncremental ? "Opening" : "Creating"} AOF incr file ${name} on server start`);
    aof.mode = "on";
    writeTo(output);
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    fatal(`Can't open the append-only file: ${error.message} (${error.path})`);
  }
  removeHistory();
}

/** What the last file relies upon may not be on the disk yet, if the process before this one was killed (aof-next.ts). */
function syncBefore(previous: AofFile | undefined): void {
  if (previous === undefined) return;
  const file = storage.open(pathOf(previous.name), "read");
  try {
    file.sync();
  } finally {
    file.close();
  }
  storage.syncDirectory(directory());
}

/** Begins to write behind what a file holds; where there is no space, as soon as there is: at least the data can be read. */
function openOrWait(output: AofOutput): void {
  try {
    output.open();
  } catch (error) {
    if (!(error instanceof StorageError) || !output.isUnsaid) throw error;
    noteFailedWrite(error, output);
  }
}

/** Writes all data to a new base, at once. Returns its bytes. Throws a StorageError. */
function writeBase(name: string): number {
  const temporary = pathOf(temporaryBaseName());
  const file = storage.open(temporary, "create");
  let bytes = 0;
  try {
    const out = (bytes: Uint8Array, from: number, to: number) => appendAll(file, bytes, from, to);
    if (aofUseRdbPreamble.value) {
      saveDatabases(out, saveOptionsNow(true));
    } else {
      saveBase(out, { stampedMs: aofTimestampEnabled.value ? nowMs : undefined });
    }
    file.sync();
    bytes = file.size();
  } finally {
    file.close();
  }
  storage.rename(temporary, pathOf(name));
  return bytes;
}

/** The server ends: what waits is written and synced, and the file says that all of it was. */
export function closeAof(): void {
  const { output, mode } = aof;
  killRewrite();
  if (output !== undefined && mode === "on" && settle() && aof.output === output) {
    try {
      output.open();
    } catch (error) {
      log.warning(`Fail to fsync the AOF file: ${(error as Error).message}`);
    }
  }
  forgetAof();
}

/** Lets go of everything; the files stay as they are. Also what a test does that lets the process die. */
export function forgetAof(): void {
  writeTo(undefined);
  clearTrouble();
  aof.mode = "off";
  aof.manifest = EMPTY;
  aof.otherBytes = aof.baseBytes = 0;
  rewrites.isScheduled = false;
  forgetWork();
}

/** CONFIG SET appendonly. */
function followSwitch(): string | undefined {
  if (loading.isUnderWay) return undefined;
  if (appendonly.value && aof.mode === "off") return switchOn();
  if (!appendonly.value && aof.mode !== "off") switchOff();
  return undefined;
}

const STOPS_AT_ONCE =
  "AOF was enabled but there is already an AOF rewriting in background. Stopping background AOF and starting a rewrite now.";

function switchOn(): string | undefined {
  aof.mode = "waiting";
  if (workUnderWay() === "rdb" || isInTransaction()) {
    rewrites.isScheduled = true;
    log.warning(
      workUnderWay() === "rdb"
        ? "AOF was enabled but there is already another background operation. An AOF background was scheduled to start when possible."
        : "AOF was enabled during a transaction. An AOF background was scheduled to start when possible.",
    );
    return undefined;
  }
  if (workUnderWay() === "aof") {
    log.warning(STOPS_AT_ONCE);
    killRewrite();
    rewrites.isScheduled = true;
    return undefined;
  }
  if (startRewrite()) return undefined;
  aof.mode = "off";
  log.warning("The AOF cannot be switched on, since its first base cannot be begun. See above for the reason.");
  return "Unable to turn on AOF. Check server logs.";
}

function switchOff(): void {
  const { output } = aof;
  if (output !== undefined && aof.mode === "on" && settle()) isSynced(output);
  killRewrite();
  writeTo(undefined);
  clearTrouble();
  aof.mode = "off";
  rewrites.isScheduled = false;
  refuseWaiting();
}

/** Hangs this in where the configuration changes. Called once, at boot. */
export function followAofParameters(): void {
  appendonly.apply = followSwitch;
  aofDisableAutoGc.apply = () => {
    removeHistory();
    return undefined;
  };
}

export const aofTimer: Timer = {
  everyMs: 100,
  run() {
    keepUp();
    rewriteIfDue();
  },
};

/** DEBUG LOADAOF: forgets what is in memory and reads the AOF. Answers with the error. */
export function reloadAof(): string | undefined {
  if (aof.mode === "on" && !settle()) return "ERR Error writing to the AOF file, check server logs.";
  emptyAll();
  try {
    const isOn = aof.mode !== "off";
    if (!isOn) aof.manifest = EMPTY;
    const { otherBytes, baseBytes } = aof;
    loadAtOnce(loadAof);
    Object.assign(aof, { otherBytes, baseBytes });
  } catch (error) {
    if (!(error instanceof LoadError)) throw error;
    log.warning(`DEBUG LOADAOF: ${error.message}`);
    return "ERR Error trying to load the AOF files, check server logs.";
  } finally {
    listenAgain();
  }
  events.changes.dirty = 0;
  log.warning("Append Only File loaded by DEBUG LOADAOF");
  return undefined;
}

type Line = readonly [name: string, value: string | number];

/** What INFO tells of the AOF, always. */
export function* aofInfo(): Iterable<Line> {
  yield ["aof_enabled", aof.mode === "off" ? 0 : 1];
  yield ["aof_rewrite_in_progress", workUnderWay() === "aof" ? 1 : 0];
  yield ["aof_rewrite_scheduled", isPending() ? 1 : 0];
  yield ["aof_last_rewrite_time_sec", rewrites.tookSeconds];
  yield ["aof_current_rewrite_time_sec", secondsOf("aof")];
  yield ["aof_last_bgrewrite_status", rewrites.hasLastFailed ? "err" : "ok"];
  yield ["aof_rewrites", rewrites.count];
  yield ["aof_rewrites_consecutive_failures", rewrites.failures];
  yield ["aof_last_write_status", aof.trouble === undefined ? "ok" : "err"];
  yield ["aof_last_cow_size", rewrites.copiedBytes];
}

/** What it tells behind the lines about modules, while the AOF is on. */
export function* aofDetails(): Iterable<Line> {
  if (!appendonly.value) return;
  yield ["aof_current_size", currentBytes()];
  yield ["aof_base_size", aof.baseBytes];
  yield ["aof_pending_rewrite", isPending() ? 1 : 0];
  yield ["aof_buffer_length", aof.output?.pending ?? 0];
  yield ["aof_pending_bio_fsync", aof.output?.isSyncing ? 1 : 0];
  yield ["aof_delayed_fsync", aof.delayedSyncs];
}

/** What CONFIG RESETSTAT sets back. */
export function resetAofStatistics(): void {
  rewrites.count = 0;
  rewrites.failures = 0;
  aof.delayedSyncs = 0;
}

function bgrewriteaof(session: Session, _args: Args, reply: Reply): void {
  const work = workUnderWay();
  if (work === "aof") return reply.error("ERR Background append only file rewriting already in progress");
  if (work !== undefined || session.isExecutingQueue) {
    rewrites.isScheduled = true;
    rewrites.failures = 0;
    return reply.simple("Background append only file rewriting scheduled");
  }
  if (startRewrite()) return reply.simple("Background append only file rewriting started");
  reply.error("ERR Can't execute an AOF background rewriting. Please check the server logs for more information.");
}

export const aofCommands: readonly CommandSpec[] = [
  {
    name: "bgrewriteaof",
    arity: 1,
    flags: ["admin", "noscript", "no_async_loading"],
    group: "server",
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Writes the append-only file anew, as short as it can be, in the background.",
    syntax: "",
    handler: bgrewriteaof,
  },
  waitaof,
];
