/**
 * Commands that wait: a session whose keys have nothing for it yet is parked with its command (waiter.ts), and served when
 * one of the keys becomes ready, in order of arrival, or told when its time is up.
 *
 *     waitFor → queues of the keys ← noteReady ← keyspace: a key came, grew or went
 *                     │
 *                     └ serveReady, after the command (after the whole of a transaction): keys in the order in which they
 *                       became ready, of each key the sessions in order of arrival, until no key is ready any more:
 *                       serving one may make other keys ready
 *
 * While it is parked, a session executes nothing: what it sends waits (server/net.ts). While nobody waits, none of this
 * costs more than a branch per new key.
 */
import { env, nowMs } from "../base/env.ts";
import type { Region } from "../base/region.ts";
import { access } from "../keyspace/access.ts";
import { type Database, tableOf } from "../keyspace/database.ts";
import * as events from "../keyspace/events.ts";
import * as keyspace from "../keyspace/keyspace.ts";
import { STREAM } from "../keyspace/value-type.ts";
import { NIL } from "../mem/mem.ts";
import type { Args } from "../resp/args.ts";
import { Reply } from "../resp/reply.ts";
import * as entry from "../struct/entry.ts";
import * as table from "../struct/table.ts";
import * as blockedKeys from "./blocked-keys.ts";
import * as deadlines from "./deadline-heap.ts";
import * as errorStatistics from "./error-statistics.ts";
import { endRun, hooks } from "./execute.ts";
import { enter, leaveServed } from "./propagation.ts";
import { type Session, silence } from "./session.ts";
import { Waiter, type Waiting } from "./waiter.ts";

export { deadlineMsOrReply, deadlineOrReply } from "./timeout-args.ts";
export type { Waiting } from "./waiter.ts";

/** Sessions that wait for keys: all, and by the type of value they wait for. */
let waiters = 0;
const waitersOfType = new Int32Array(8);
/** Keys that became ready and that nobody was served from yet. */
let ready: blockedKeys.KeyQueue[] = [];
/** Whether there are any: asked after each command. */
export const readyKeys = { count: 0 };

/**
 * Parks the session until one of the `keyCount` keys from argument `firstKey` on is ready, or until `deadlineMs` (0: for
 * ever). Where nothing may wait, says so instead.
 */
export function waitFor(
  session: Session,
  args: Args,
  reply: Reply,
  waiting: Waiting,
  firstKey: number,
  keyCount: number,
  deadlineMs: number,
): void {
  if (session.isExecutingQueue || session.connection === undefined) {
    if (waiting.refused === undefined) waiting.timedOut(reply);
    else waiting.refused(reply);
    return;
  }
  const waiter = new Waiter(session, waiting, deadlineMs, args);
  for (let i = firstKey; i < firstKey + keyCount; i++) blockedKeys.enter(waiter, session.db, args, i);
  schedule(waiter, args);
  session.waiter = waiter;
  session.isParked = true;
  waitersOfType[waiting.type]!++;
  if (waiters++ === 0) events.hooks.ready = noteReady;
}

/** Notes when the waiter is to be looked at, whatever happens to its keys. */
function schedule(waiter: Waiter, args: Args): void {
  const { session, waiting } = waiter;
  deadlines.remove(waiter);
  waiter.dueMs = waiter.endMs;
  if (waiting.retryMs !== undefined) waiter.dueMs = Math.min(waiter.dueMs, waiting.retryMs(session, args));
  if (waiter.dueMs !== Number.POSITIVE_INFINITY) deadlines.add(waiter);
}

/** How many sessions wait for keys, and how many of them with a deadline. */
export function waitingSessions(): { all: number; withDeadline: number } {
  return { all: waiters, withDeadline: deadlines.size() };
}

/** Takes a session out of all queues, if it is in any. Nothing is answered. */
export function stopWaiting(session: Session): void {
  const { waiter } = session;
  if (waiter === undefined) return;
  blockedKeys.leave(waiter);
  deadlines.remove(waiter);
  session.waiter = undefined;
  session.isParked = false;
  waitersOfType[waiter.waiting.type]!--;
  if (--waiters === 0) events.hooks.ready = undefined;
}

function noteReady(db: Database, type: number, key: Region, start: number, end: number): void {
  if (waitersOfType[type] === 0) return;
  const queue = blockedKeys.find(db, key.bytes, start, end);
  if (queue !== undefined) noteQueue(queue);
}

function noteQueue(queue: blockedKeys.KeyQueue): void {
  if (queue.isReady) return;
  queue.isReady = true;
  ready.push(queue);
  readyKeys.count++;
}

/** Serves those who wait for the keys that have become ready. */
export function serveReady(): void {
  endRun();
  while (readyKeys.count > 0) {
    const queues = ready;
    ready = [];
    readyKeys.count = 0;
    for (const queue of queues) {
      queue.isReady = false;
      serveQueue(queue);
    }
  }
}

function serveQueue(queue: blockedKeys.KeyQueue): void {
  for (const [waiter, i] of queue.waiters) {
    const args = waiter.args();
    const ref = keyspace.peek(queue.db, args, i);
    const fits = ref !== NIL && entry.type(ref) === waiter.waiting.type;
    if (fits || waiter.waiting.whenGone) serve(waiter, args, i);
    // Most often the one before took the last element, and nobody else has to be asked.
    else if (ref === NIL && queue.whenGone === 0) return;
  }
}

/** Made when it is first needed: it has a buffer. */
let served: Reply | undefined;

/** The reply to a session that waits, empty. */
function replyTo(session: Session): Reply {
  served ??= new Reply();
  served.truncate(0);
  served.protocol = session.protocol;
  return served;
}

function serve(waiter: Waiter, args: Args, i: number): void {
  const { session, waiting } = waiter;
  const reply = replyTo(session);
  const errors = reply.errors;
  const wasFrozen = access.frozen;
  access.frozen = session.noTouch;
  const startNs = env.monotonicNs();
  enter(session.dbNumber);
  const isServed = waiting.serve(session, args, i, reply);
  leaveServed();
  access.frozen = wasFrozen;
  if (!isServed) {
    if (waiting.retryMs !== undefined) schedule(waiter, args);
    return;
  }
  const ns = env.monotonicNs() - startNs;
  const command = waiter.command!;
  command.statistics.finish(ns, waiter.ns + ns);
  if (reply.errors !== errors) {
    command.statistics.failed++;
    errorStatistics.record(reply, 0);
  }
  for (const hook of hooks.after) hook(session, command, args, waiter.ns + ns);
  answer(waiter, reply);
}

/** Sends what was written to a session that waits no more, and lets it go on. */
function answer(waiter: Waiter, reply: Reply): void {
  const { session } = waiter;
  stopWaiting(session);
  silence(session, session.replies, reply, 0);
  if (reply.length > 0) session.connection!.send(reply);
  session.connection!.proceed();
}

/** When the next session is to be looked at, in ms since 1970; Infinity when none ever will. */
export function nextTimeoutMs(): number {
  const next = deadlines.first();
  return next === undefined ? Number.POSITIVE_INFINITY : next.dueMs;
}

/** Tells those whose time is up, and tries again for those who asked for it. */
export function timeOut(): void {
  for (let next = deadlines.first(); next !== undefined && next.dueMs <= nowMs; next = deadlines.first()) {
    if (next.endMs > nowMs) {
      tryAgain(next);
      continue;
    }
    const reply = replyTo(next.session);
    next.waiting.timedOut(reply);
    answer(next, reply);
  }
}

/** Serves a session from the first of its keys that has something for it. */
function tryAgain(waiter: Waiter): void {
  for (const queue of [...waiter.queues]) {
    if (waiter.session.waiter === waiter) serve(waiter, waiter.args(), queue.waiters.get(waiter)!);
  }
}

/** What a session waits for, which is no key, has come: it gets the answer that it would get when its time is up. */
export function endWaiting(session: Session): void {
  const waiter = session.waiter!;
  const reply = replyTo(session);
  waiter.waiting.timedOut(reply);
  waiter.command!.statistics.finish(0, waiter.ns);
  answer(waiter, reply);
}

/** Ends a session's waiting as if its time were up, or with an error. False when it does not wait for keys. */
export function unblock(session: Session, error: string | undefined): boolean {
  const { waiter } = session;
  if (waiter === undefined) return false;
  const reply = replyTo(session);
  if (error === undefined) waiter.waiting.timedOut(reply);
  else {
    reply.error(error);
    errorStatistics.record(reply, 0);
  }
  waiter.command!.statistics.finish(0, waiter.ns);
  waiter.command!.statistics.failed++;
  answer(waiter, reply);
  return true;
}

/** The type of the value at a key, whether past its deadline or not; -1 when there is none. */
function typeAt(db: Database, queue: blockedKeys.KeyQueue): number {
  for (const [waiter, i] of queue.waiters) {
    const args = waiter.args();
    const slot = table.find(tableOf(db), args.hash(i), args.region, args.start(i), args.end(i));
    return slot === NIL ? -1 : entry.type(table.entryAt(slot));
  }
  return -1;
}

/** A database will be emptied, or (`other`) get the contents of another: who reads a stream there has to be told. */
function noteLostStreams(db: Database, other: Database | undefined): void {
  if (waitersOfType[STREAM] === 0) return;
  for (const queue of blockedKeys.inDatabase(db)) {
    if (typeAt(db, queue) !== STREAM) continue;
    if (other === undefined || typeAt(other, queue) !== STREAM) noteQueue(queue);
  }
}

/** A database has got other contents: what somebody waits for may be there. */
function noteFound(db: Database): void {
  for (const queue of blockedKeys.inDatabase(db)) {
    const type = typeAt(db, queue);
    if (type >= 0 && waitersOfType[type]! > 0) noteQueue(queue);
  }
}

/** Listens to what happens to whole databases. Called once, at boot. */
export function watchDatabases(): void {
  events.hooks.flushing.push((db) => noteLostStreams(db, undefined));
  events.hooks.swapping.push((a, b) => {
    noteLostStreams(a, b);
    noteLostStreams(b, a);
  });
  events.hooks.swapped.push((a, b) => {
    noteFound(a);
    noteFound(b);
  });
}
