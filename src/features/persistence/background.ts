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
/** Who wants to know when it has ended. */
let waiting: (() => void)[] = [];

export function workUnderWay(): Work | undefined {
  return work;
}

/** Whole seconds since this work began; -1 when it is not under way. */
export function secondsOf(asked: Work): number {
  return work === asked ? Math.floor((env.monotonicNs() - startedNs) / 1e9) : -1;
}

/**
 * Begins a snapshot; the caller has seen to it that no work is under way. `done` is told the result and how many seconds it
 * took, when other work may begin again.
 */
export function begin(
  begun: Work,
  path: string,
  format: SnapshotRequest["format"],
  done: (result: SnapshotResult, seconds: number) => void,
): void {
  work = begun;
  startedNs = env.monotonicNs();
  snapshotTotals.begun++;
  snapshots.start({
    path,
    format,
    done(result) {
      const seconds = secondsOf(begun);
      work = undefined;
      done(result, seconds);
      const told = waiting;
      waiting = [];
      for (const each of told) whenIdle(each);
    },
  });
}

/** Ends the work under way, soon: it is told that it was cancelled. */
export function cancel(asked: Work): void {
  if (work === asked) snapshots.cancel();
}

/** Calls `then` when no work is under way: at once, or when it has ended. */
export function whenIdle(then: () => void): void {
  if (work === undefined) then();
  else waiting.push(then);
}
