/**
 * What happens between commands: keys expire, what was deleted is freed, pages and ended snapshots go back to the kernel, timers
 * of features run, sessions that have waited long enough go on. Each a little at a time: while there is more to do, ticks of at
 * most BUDGET_NS alternate with the sockets.
 *
 * An idle server wakes for its timers and for the next deadline, and otherwise sleeps. Deadlines of keys stand on the
 * wall clock, which may jump; timers count on the monotonic one.
 */
import { env, nowMs, tickClock } from "../base/env.ts";
import { nextTimeoutMs, readyKeys, serveReady, timeOut } from "../command/blocking.ts";
import type { Timer } from "../command/feature.ts";
import { loading } from "../command/gates.ts";
import { endIfDue, nextEndMs } from "../command/pause.ts";
import * as access from "../keyspace/access.ts";
import { expireDue, expiry, nextDueMs } from "../keyspace/expiry.ts";
import * as lazyFree from "../keyspace/lazy-free.ts";
import * as mem from "../mem/mem.ts";
import { settleIfBehind } from "./held-output.ts";

/** Time that one tick may take while there is more to do. */
const BUDGET_NS = 500_000;
/** Tokens of the wheel, elements to free, pages to purge, and slices to unmap, between two looks at the clock. */
const EXPIRE_SLICE = 64;
const FREE_SLICE = 256;
const PURGE_SLICE = 8;
const UNMAP_SLICE = 2;
/** Free pages that stay backed by memory: what a busy server takes and gives back all the time. */
const DIRTY_PAGES_KEPT = 32;
/** The longest sleep: a jump of the wall clock is noticed after it. */
const IDLE_MS = 100;

const timers: { timer: Timer; dueNs: number }[] = [];
let areTimersPaused = false;
let wake: ReturnType<typeof setTimeout> | undefined;
let wakeMs = Number.POSITIVE_INFINITY;

/** Adds a timer of a feature. */
export function addTimer(timer: Timer): void {
  timers.push({ timer, dueNs: env.monotonicNs() + timer.everyMs * 1e6 });
}

/** One tick: as much of what waits as the budget allows; then sleeps until there is more. */
export function tick(): void {
  tickClock();
  access.tick();
  const start = env.monotonicNs();
  const idleMs = runTimers(start);
  const more = work(start + BUDGET_NS);
  wakeSessions();
  settleIfBehind();
  sleep(more ? nowMs : Math.min(nowMs + idleMs, loading.isUnderWay ? nowMs + IDLE_MS : nextDueMs(), nextWakeMs()));
}

/** Stops the timers (DEBUG PAUSE-CRON), or lets them run again. */
export function pauseTimers(paused: boolean): void {
  areTimersPaused = paused;
}

/** Runs the timers that are due. Returns the milliseconds until the next one is, at most IDLE_MS. */
function runTimers(now: number): number {
  if (areTimersPaused) return IDLE_MS;
  let nextNs = now + IDLE_MS * 1e6;
  for (const each of timers) {
    if (each.dueNs <= now) {
      each.dueNs = now + each.timer.everyMs * 1e6;
      each.timer.run();
    }
    nextNs = Math.min(nextNs, each.dueNs);
  }
  return Math.ceil((nextNs - now) / 1e6);
}

/** Works off what waits, until `end` on the monotonic clock. True when something is left. */
function work(end: number): boolean {
  let more = true;
  while (more && env.monotonicNs() < end) {
    more = !loading.isUnderWay && expireDue(EXPIRE_SLICE);
    more = !lazyFree.step(FREE_SLICE) || more;
    more = !mem.release(PURGE_SLICE) || more;
    more = !mem.unmapEnded(UNMAP_SLICE) || more;
    if (mem.pageCounts.dirty > DIRTY_PAGES_KEPT) more = mem.purge(PURGE_SLICE) > 0 || more;
  }
  return more;
}

/** Lets those go on who have waited long enough, or whose keys were removed just now. */
function wakeSessions(): void {
  endIfDue();
  timeOut();
  if (readyKeys.count > 0) serveReady();
}

/** When that is due again. */
function nextWakeMs(): number {
  return Math.min(nextTimeoutMs(), nextEndMs());
}

/** Sees to it that the next tick comes no later than `ms`. */
function sleep(ms: number): void {
  if (wake !== undefined) clearTimeout(wake);
  wakeMs = ms;
  expiry.earliestMs = Number.POSITIVE_INFINITY;
  wake = setTimeout(tick, Math.max(0, ms - nowMs));
}

/** There is something to do that no batch has left. */
export function wakeTick(): void {
  if (nowMs < wakeMs) sleep(nowMs);
}

/** Called after each batch: it may have set a deadline before the next tick, or left something to free. */
export function afterBatch(): void {
  settleIfBehind();
  const due = lazyFree.isIdle() ? Math.min(expiry.earliestMs, nextWakeMs()) : nowMs;
  if (due < wakeMs) sleep(due);
}
