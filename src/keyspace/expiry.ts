/**
 * Deadlines of keys. The deadline itself stands in the key's entry; the database's wheel (struct/wheel.ts) holds a token,
 * the key's hash, at a time no later than that. When a token comes up, the keys with that hash are looked at: those past
 * their deadline are removed, for the others the token goes back at the earliest of their deadlines. Elements of a value
 * may have deadlines too (keyspace/element-expiry.ts): the earliest of them counts as one of the key.
 *
 * So expired keys go within milliseconds of their deadline, in order, at a bounded cost per tick, and a database without
 * deadlines costs nothing. Look-ups remove what the wheel has yet to reach.
 *
 * Invariant: each key with a deadline, or with one in its value, has a token in its database's wheel that comes up no
 * later. Tokens of keys that are gone come up in vain; when they outnumber the others, or when the clock has jumped, the
 * wheel is made anew (keyspace/rebuild-wheel.ts).
 */
import { nowMs } from "../base/env.ts";
import * as mem from "../mem/mem.ts";
import { NIL, type Ref } from "../mem/mem.ts";
import type { Args } from "../resp/args.ts";
import * as entry from "../struct/entry.ts";
import * as table from "../struct/table.ts";
import * as wheel from "../struct/wheel.ts";
import { addExpires, type Database, databases, nextWheelOf, setWheel, tableOf, wheelOf } from "./database.ts";
import { earliestOf, earliestWithin, expireElements } from "./element-expiry.ts";
import * as events from "./events.ts";
import { Lag } from "./lag.ts";
import { releaseEntry } from "./lazy-free.ts";
import { moveEntry } from "./move-entry.ts";
import { beginRebuild, hasTooManyTokens, rebuildSlice } from "./rebuild-wheel.ts";
import { replay } from "./replay.ts";
import { stats } from "./stats.ts";

export const expiry = {
  /** DEBUG SET-ACTIVE-EXPIRE. */
  active: true,
  /** While clients are paused (command/pause.ts), keys past their deadlines are hidden and stay. */
  isHeld: false,
  /** How long after their deadlines keys were removed by the wheel. */
  lag: new Lag(),
  /** The earliest deadline set since the tick last asked when it is needed (server/tick.ts). */
  earliestMs: Number.POSITIVE_INFINITY,
};

/** Whether the entry's deadline has passed: a key lives through the millisecond of its deadline, and is gone after it. */
export function isPast(ref: Ref): boolean {
  return entry.hasDeadline(ref) && entry.deadlineMs(ref) < nowMs && !replay.isOn;
}

/**
 * Notes that the entry with this hash has a deadline, which the caller has written. `hadMs` is the deadline it had
 * before, or NaN: while the old token comes up early enough, no new one is needed.
 */
export function schedule(db: Database, hash: number, deadlineMs: number, hadMs: number): void {
  if (hadMs <= deadlineMs) return;
  const dueMs = deadlineMs + 1;
  if (dueMs < expiry.earliestMs) expiry.earliestMs = dueMs;
  let turning = wheelOf(db);
  if (turning === NIL) {
    turning = wheel.create(nowMs);
    setWheel(db, turning);
  }
  wheel.add(turning, dueMs, hash);
  if (nextWheelOf(db) !== NIL) wheel.add(nextWheelOf(db), dueMs, hash);
  else if (hasTooManyTokens(db)) beginRebuild(db);
}

/** Notes whatever deadlines an entry has that has come to its database, under this hash. */
export function scheduleAll(db: Database, hash: number, ref: Ref): void {
  const earliest = earliestOf(ref);
  if (earliest !== Number.POSITIVE_INFINITY) schedule(db, hash, earliest, Number.NaN);
}

/**
 * Notes that elements of the key in argument `i` were given deadlines. `hadMs` is what `earliestWithin` was before.
 */
export function scheduleElements(db: Database, args: Args, i: number, ref: Ref, hadMs: number): void {
  const earliest = earliestWithin(ref);
  if (earliest !== Number.POSITIVE_INFINITY) schedule(db, args.hash(i), earliest, hadMs);
}

/** Sets or, with undefined, clears the deadline of the key in argument `i`, whose entry is `ref`. Returns the entry. */
export function setDeadline(db: Database, args: Args, i: number, ref: Ref, deadline: number | bigint | undefined): Ref {
  const had = entry.hasDeadline(ref);
  const hadMs = had ? entry.deadlineMs(ref) : Number.NaN;
  const has = deadline !== undefined;
  let held = ref;
  if (had !== has) {
    const slot = table.find(tableOf(db), args.hash(i), args.region, args.start(i), args.end(i));
    held = moveEntry(ref, args, i, has);
    table.setEntry(tableOf(db), slot, held);
    addExpires(db, has ? 1 : -1);
  }
  if (has) {
    entry.setDeadline(held, deadline);
    schedule(db, args.hash(i), Number(deadline), hadMs);
  }
  return held;
}

/** Removes the entry in `slot`, whose deadline has passed, and says so. */
export function expireEntry(db: Database, slot: Ref): void {
  const ref = table.entryAt(slot);
  table.remove(tableOf(db), slot);
  addExpires(db, -1);
  stats.expiredKeys++;
  const key = mem.chunkOf(ref);
  const start = entry.keyStart(ref);
  const end = start + entry.keyLength(ref);
  if (events.hooks.ready !== undefined) events.gone(db, entry.type(ref), key, start, end);
  if (events.hooks.expired !== undefined) events.hooks.expired(db, key, start, end);
  events.modified(db, key, start, end);
  events.notify(events.EXPIRED, "expired", db, key, start, end);
  releaseEntry(ref);
}

/** Elements of one value that are removed for one token: the token comes up again at once when there are more. */
const ELEMENTS_PER_TOKEN = 16;

// What `look` found among the keys with one hash.
let pastSlot: Ref = NIL;
let dueSlot: Ref = NIL;
let found = 0;
let earliestLeftMs = Number.POSITIVE_INFINITY;

function look(ref: Ref, slot: Ref): void {
  if (isPast(ref)) {
    pastSlot = slot;
    found++;
    return;
  }
  const earliest = earliestOf(ref);
  if (earliest < nowMs) {
    dueSlot = slot;
    found++;
  } else if (earliest < earliestLeftMs) {
    earliestLeftMs = earliest;
  }
}

/**
 * Removes the keys with this hash that are past their deadlines, and elements that are. Returns the earliest deadline in
 * ms of what is left, Infinity when there is none.
 */
export function removePast(db: Database, hash: number): number {
  if (expiry.isHeld) return Number.POSITIVE_INFINITY;
  for (;;) {
    pastSlot = dueSlot = NIL;
    found = 0;
    earliestLeftMs = Number.POSITIVE_INFINITY;
    table.each(tableOf(db), hash, look);
    if (pastSlot !== NIL) {
      expiry.lag.record(nowMs - entry.deadlineMs(table.entryAt(pastSlot)));
      expireEntry(db, pastSlot);
    } else if (dueSlot !== NIL) {
      const ref = table.entryAt(dueSlot);
      if (expireElements(db, dueSlot, ELEMENTS_PER_TOKEN)) {
        const earliest = earliestOf(ref);
        if (earliest < nowMs) return earliest;
        earliestLeftMs = Math.min(earliestLeftMs, earliest);
      }
    }
    // Two keys may share a hash, and removing one may move the other to another slot.
    if (found < 2) return earliestLeftMs;
  }
}

/** Where prefetching begins to pay. */
const PREFETCH_MIN = 4;
/** What `prefetch` finds out on the way; here it only has to bring memory into the cache. */
const slots = new Int32Array(table.PREFETCH_MAX);

function comeUp(db: Database, tokens: Int32Array, count: number): void {
  if (count >= PREFETCH_MIN) table.prefetch(tableOf(db), tokens, count, slots);
  for (let i = 0; i < count; i++) {
    const deadline = removePast(db, tokens[i]!);
    if (deadline === Number.POSITIVE_INFINITY) continue;
    // What is due already comes up again in this very millisecond: the wheel need not turn back to the deadline.
    wheel.add(wheelOf(db), Math.max(deadline + 1, nowMs), tokens[i]!);
  }
}

/** The database that `expireDue` begins with: the one after that where its budget ended last, so that each gets its turn. */
let turn = 0;

/** Removes keys past their deadlines, spending about `budget` tokens. True when there may be more to do at once. */
export function expireDue(budget: number): boolean {
  if (!expiry.active || expiry.isHeld || replay.isOn) return false;
  let left = budget;
  let isRebuilding = false;
  for (let n = 0; n < databases.length; n++) {
    const number = (turn + n) % databases.length;
    const db = databases[number]!;
    if (wheelOf(db) === NIL) continue;
    if (nextWheelOf(db) !== NIL && !rebuildSlice(db)) isRebuilding = true;
    if (wheel.isAstray(wheelOf(db), nowMs)) {
      if (nextWheelOf(db) === NIL) beginRebuild(db);
      isRebuilding = true;
      continue;
    }
    left = wheel.advance(wheelOf(db), nowMs, left, (tokens, count) => comeUp(db, tokens, count));
    if (left === 0) {
      turn = number + 1;
      return true;
    }
  }
  return isRebuilding;
}

/** When `expireDue` should run next at the latest, in ms since 1970; Infinity when nothing expires. */
export function nextDueMs(): number {
  if (!expiry.active || expiry.isHeld) return Number.POSITIVE_INFINITY;
  let next = Number.POSITIVE_INFINITY;
  for (const db of databases) if (wheelOf(db) !== NIL) next = Math.min(next, wheel.nextMs(wheelOf(db)));
  return next;
}
