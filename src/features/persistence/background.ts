/**
 * What is being written in the background: an RDB file, or a new base for the AOF. One at a time, since there is one
 * snapshot at a time (command/snapshots.ts); who comes second says so, or waits for its turn.
 */
import { env } from "../../base/env.ts";
import { type SnapshotRequest, type SnapshotResult, snapshots, snapshotTotals } from "../../command/snapshots.ts";

export type Work = "rdb" | "aof";

/** The work under way, and when it began, in ms on the monotonic clock. */
let work: Work | undefined;
let startedNs = 0;
let isStillWanted = false;
/** Whether it is at its snapshot now: before and behind it there may be files to make and to put in place. */
let isTaking = false;
/** Who wants to know when it has ended. */
let waiting: (() => void)[] = [];

export function workUnderWay(): Work | undefined {
  return work;
}

/** Whole seconds since this work began; -1 when it is not under way. */
export function secondsOf(asked: Work): number {
  return work === asked ? Math.floor((env.monotonicNs() - startedNs) / 1e9) : -1;
}

/** Work is under way from now on, until `conclude`; the caller has seen to it that none is. */
export function announce(begun: Work): void {
  work = begun;
  isStillWanted = true;
  startedNs = env.monotonicNs();
}

/** Takes the snapshot that is part of the work under way: of this very moment. `done` is told the result. */
export function takeSnapshot(
  path: string,
  format: SnapshotRequest["format"],
  done: (result: SnapshotResult) => void,
): void {
  snapshotTotals.begun++;
  isTaking = true;
  snapshots.start({
    path,
    format,
    done(result) {
      isTaking = false;
      done(result);
    },
  });
}

/** The work under way has ended. `last` is done before others, who wait, may begin theirs. */
export function conclude(last = (): void => {}): void {
  work = undefined;
  last();
  const told = waiting;
  waiting = [];
  for (const each of told) whenIdle(each);
}

/** Ends the work under way, soon. */
export function cancel(asked: Work): void {
  if (work !== asked) return;
  isStillWanted = false;
  if (isTaking) snapshots.cancel();
}

/** Whether nobody has cancelled the work under way. */
export function isWanted(): boolean {
  return isStillWanted;
}

/** For tests, which let the process die: no work is under way any more. */
export function forgetWork(): void {
  work = undefined;
  isStillWanted = isTaking = false;
  waiting = [];
}

/** Calls `then` when no work is under way: at once, or when it has ended. */
export function whenIdle(then: () => void): void {
  if (work === undefined) then();
  else waiting.push(then);
}
