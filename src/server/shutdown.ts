/**
 * The end of the process, on SHUTDOWN or a signal: the stages in reading order, and who may object.
 *
 *     asked (by signal, begun with the next timers) → begun: commands that write wait → the AOF is synced → what is being
 *     written in the background is given up → the last RDB file → features close → exit
 *
 * From its beginning to the last stage clients that read are served, since saving takes its time; SHUTDOWN ABORT takes it
 * back. A failed save does, too: then all goes on as before, and whoever asked is told.
 */
import type { Feature, Timer } from "../command/feature.ts";
import { loading } from "../command/gates.ts";
import { holdForEnd } from "../command/pause.ts";
import { killRewrite } from "../features/persistence/aof-rewrite.ts";
import { aof, isSynced, settle } from "../features/persistence/aof-writer.ts";
import { cancel, whenIdle, workUnderWay } from "../features/persistence/background.ts";
import { save } from "../features/persistence/parameters.ts";
import { abandonForEnd, saveForEnd } from "../features/persistence/rdb-saves.ts";
import type { ShutdownRequest } from "../features/server/host.ts";
import { tellShutdownFailed } from "../features/server/shutdown.ts";
import { notifySupervisor, removePidfile } from "./daemon.ts";
import { closeListeners } from "./listeners.ts";
import { log } from "./log.ts";
import { SHUTDOWN_FORCE, SHUTDOWN_NOSAVE, SHUTDOWN_NOW, SHUTDOWN_SAVE } from "./parameters.ts";

const FAILED = "Errors trying to shut down the server. Check the logs for more information.";

/** What a signal asked for and was not begun yet. */
let asked: ShutdownRequest | undefined;
/** What was begun and has not come to its end. */
let underWay: ShutdownRequest | undefined;
let features: readonly Feature[] = [];

/** Tells what has to be closed. Called once, at boot. */
export function closeAtEnd(all: readonly Feature[]): void {
  features = all;
}

export function isEnding(): boolean {
  return asked !== undefined || underWay !== undefined;
}

/** A signal asks for the end; `flags` are those of `shutdown-on-…`. */
export function askForEnd(signal: "SIGTERM" | "SIGINT", flags: number): void {
  log.warning(
    loading.isUnderWay
      ? "Received shutdown signal during loading, scheduling shutdown."
      : `Received ${signal} scheduling shutdown...`,
  );
  asked = requestOf(flags);
}

/** Begins what a signal has asked for: until then it can be taken back. */
export const endTimer: Timer = {
  everyMs: 50,
  run() {
    const request = asked;
    asked = undefined;
    if (request !== undefined) shutdown(request);
  },
};

/**
 * Ends the process, unless something stands against it: then false, and the log tells what. True: it is on its way, and
 * `tellShutdownFailed` will be called if it does not come to an end after all.
 */
export function shutdown(request: ShutdownRequest): boolean {
  if (underWay !== undefined) return true;
  // What is loaded by half must not take the place of the whole.
  underWay = loading.isUnderWay ? { ...request, save: false, noSave: true } : request;
  log.warning("User requested shutdown...");
  notifySupervisor("STOPPING=1");
  holdForEnd(true);
  if (!isAofSafe(underWay)) {
    log.warning(FAILED);
    giveUp();
    return false;
  }
  giveUpBackgroundWork();
  whenIdle(saveIfWanted);
  return isEnding();
}

/** Takes a shutdown back. False when there is none. */
export function abortShutdown(): boolean {
  if (!isEnding()) return false;
  asked = undefined;
  if (underWay !== undefined) {
    cancel("rdb");
    giveUp();
  }
  log.notice("Shutdown manually aborted.");
  return true;
}

/** The process ends at once, in the middle of an end in order. */
export function endNow(): never {
  log.warning("You insist... exiting now.");
  abandonForEnd();
  removePidfile();
  process.exit(1);
}

/** Whether the AOF holds all changes, on the disk, or need not. */
function isAofSafe({ force }: ShutdownRequest): boolean {
  if (aof.mode === "off") return true;
  if (aof.mode === "waiting") {
    log.warning(force ? "Writing initial AOF. Exit anyway." : "Writing initial AOF, can't exit.");
    return force;
  }
  log.notice("Calling fsync() on the AOF file.");
  const { output } = aof;
  if (settle() && (output === undefined || isSynced(output))) return true;
  log.warning(force ? "Error writing to the AOF file. Exit anyway." : "Error writing to the AOF file, can't exit.");
  return force;
}

/** What would be finished too late. */
function giveUpBackgroundWork(): void {
  const work = workUnderWay();
  if (work === "rdb") {
    log.warning("There is a child saving an .rdb. Killing it!");
    cancel(work);
  } else if (work === "aof") {
    log.warning("There is a child rewriting the AOF. Killing it!");
    killRewrite();
  }
}

/** The last file, if anybody wants one. */
function saveIfWanted(): void {
  const request = underWay;
  if (request === undefined) return;
  if (!request.save && (request.noSave || save.value.length === 0)) return finish();
  log.notice("Saving the final RDB snapshot before exiting.");
  notifySupervisor("STATUS=Saving the final RDB snapshot");
  saveForEnd((isSaved) => {
    // Taken back meanwhile.
    if (underWay !== request) return;
    if (isSaved) return finish();
    if (request.force) {
      log.warning("Error trying to save the DB. Exit anyway.");
      return finish();
    }
    log.warning("Error trying to save the DB, can't exit.");
    notifySupervisor("STATUS=Error trying to save the DB, can't exit.");
    log.warning(FAILED);
    giveUp();
  });
}

function giveUp(): void {
  underWay = undefined;
  holdForEnd(false);
  tellShutdownFailed();
}

function finish(): never {
  for (const feature of [...features].reverse()) feature.close?.();
  removePidfile();
  closeListeners();
  log.warning("Ashlar is now ready to exit, bye bye...");
  process.exit(0);
}

/** What `shutdown-on-sigterm` and `shutdown-on-sigint` say, as a request. */
function requestOf(flags: number): ShutdownRequest {
  return {
    save: (flags & SHUTDOWN_SAVE) !== 0,
    noSave: (flags & SHUTDOWN_NOSAVE) !== 0,
    now: (flags & SHUTDOWN_NOW) !== 0,
    force: (flags & SHUTDOWN_FORCE) !== 0,
  };
}
