/**
 * When RDB files are written, and what is known of the last ones: at once (SAVE), in the background (BGSAVE, save points),
 * and before the server ends.
 *
 * `changes.dirty` counts what has changed since the file was written. What a success takes away is what had changed when it began
 * (`dirtyBefore`): while a file is written in the background, more changes.
 */
import { nowMs } from "../../base/env.ts";
import { loading } from "../../command/gates.ts";
import { log } from "../../command/log.ts";
import type { SnapshotResult } from "../../command/snapshots.ts";
import { changes } from "../../keyspace/events.ts";
import { announce, cancel, conclude, secondsOf, takeSnapshot, workUnderWay } from "./background.ts";
import { discard } from "./discard.ts";
import { hasLastSaveFailed, noteRdb } from "./disk-errors.ts";
import { save } from "./parameters.ts";
import { lastPlace, nextPlace, putInPlace, putInPlaceInSteps, type RdbPlace, writeNow } from "./rdb-file.ts";
import { inSteps, type Steps } from "./steps.ts";

/** Seconds to wait after a save in the background has failed. */
const RETRY_SECONDS = 5;

const seconds = (): number => Math.floor(nowMs / 1000);

export const saves = {
  /** When the last file was written and when one was last begun in the background, in seconds since 1970. */
  lastSeconds: seconds(),
  triedSeconds: 0,
  /** How long the last one in the background took; -1 when there was none. */
  tookSeconds: -1,
  /** How many were begun. */
  count: 0,
  /** Memory that was copied during the last one, because it was overwritten meanwhile. */
  copiedBytes: 0,
  /** A save in the background was asked for and has to wait. */
  isScheduled: false,
};

let dirtyBefore = 0;
/** Counts saves. One in the background that is not the last any more has nothing to put in place. */
let round = 0;

/** Writes all data at once. False when it failed; the log says why. What is being saved in the background is the past. */
export function saveAtOnce(): boolean {
  giveUpBackground();
  dirtyBefore = changes.dirty;
  if (!writeNow()) return false;
  noteSuccess();
  return true;
}

function noteSuccess(): void {
  changes.dirty -= dirtyBefore;
  saves.lastSeconds = seconds();
  noteRdb(false);
}

function giveUpBackground(): void {
  round++;
  cancel("rdb");
}

/** Begins to save in the background. The caller has seen to it that nothing is under way there. */
export function saveInBackground(): void {
  saves.count++;
  saves.triedSeconds = seconds();
  dirtyBefore = changes.dirty;
  const place = nextPlace();
  const own = ++round;
  log.notice(`Background saving started by pid ${process.pid}`);
  announce("rdb");
  takeSnapshot(place.written, "rdb", (result) => inSteps(finish(place, own, result)));
}

function* finish(place: RdbPlace, own: number, result: SnapshotResult): Steps {
  saves.copiedBytes = result.copiedBytes;
  if (own !== round || result.isCancelled) {
    log.warning("Background saving terminated: it was cancelled");
    discard(place.written);
  } else {
    if (result.error !== undefined) log.warning(`Write error saving DB on disk: ${result.error}`);
    const isSaved = result.error === undefined && (yield* putInPlaceInSteps(place));
    // While the disk was at work, a later file may have taken its place.
    if (own === round) noteEnd(isSaved);
  }
  saves.tookSeconds = secondsOf("rdb");
  conclude();
}

function noteEnd(isSaved: boolean): void {
  if (isSaved) {
    log.notice("Background saving terminated with success");
    noteSuccess();
  } else {
    log.warning("Background saving error");
    noteRdb(true);
  }
}

/** Saves in the background as soon as nothing else is under way there: now, most often. */
export function saveSoon(): void {
  if (loading.isUnderWay || workUnderWay() === "rdb") return;
  if (workUnderWay() === undefined) saveInBackground();
  else saves.isScheduled = true;
}

/** Whether enough time has passed since a failure to try again. */
function mayTry(): boolean {
  return !hasLastSaveFailed() || seconds() - saves.triedSeconds > RETRY_SECONDS;
}

/** Begins to save if that was scheduled, or if a save point was reached. */
export function saveIfDue(): void {
  if (loading.isUnderWay || workUnderWay() !== undefined || !mayTry()) return;
  if (saves.isScheduled) {
    saves.isScheduled = false;
    return saveInBackground();
  }
  const since = seconds() - saves.lastSeconds;
  const reached = save.value.find((point) => changes.dirty >= point.changes && since > point.seconds);
  if (reached === undefined) return;
  log.notice(`${reached.changes} changes in ${reached.seconds} seconds. Saving...`);
  saveInBackground();
}

/** All data was deleted at once: what is being saved is the past, and whoever has save points gets a file that says so. */
export function followFlush(): void {
  giveUpBackground();
  if (save.value.length > 0) saveAtOnce();
}

/**
 * Saves before the server ends; `done` is told whether that worked. No work may be under way, and nothing may change the
 * data meanwhile.
 */
export function saveForEnd(done: (isSaved: boolean) => void): void {
  dirtyBefore = changes.dirty;
  announce("rdb");
  const place = lastPlace();
  takeSnapshot(place.written, "rdb", (result) => {
    if (result.error !== undefined) log.warning(`Write error saving DB on disk: ${result.error}`);
    const isSaved = result.error === undefined && !result.isCancelled && putInPlace(place);
    if (isSaved) noteSuccess();
    conclude(() => done(isSaved));
  });
}

/** The server ends at once, in the middle of `saveForEnd`. */
export function abandonForEnd(): void {
  discard(lastPlace().written);
}

/** Sets back what CONFIG RESETSTAT sets back. */
export function resetSaveStatistics(): void {
  saves.count = 0;
}
