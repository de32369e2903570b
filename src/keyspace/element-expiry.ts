/**
 * Deadlines within values: a type whose elements may have deadlines (fields of hashes) keeps them itself and tells the
 * earliest (`ValueType.deadlines`). Here a key is simply a thing that has to be looked at when its own deadline or the
 * earliest within it comes, so one token in the database's wheel serves both (keyspace/expiry.ts).
 *
 * Elements past their deadlines are removed a slice at a time: when the token comes up, and on the way by commands that
 * open the value. What a slice leaves for the next one, the type must not show.
 */

import { nowMs } from "../base/env.ts";
import * as mem from "../mem/mem.ts";
import { NIL, type Ref } from "../mem/mem.ts";
import type { Args } from "../resp/args.ts";
import * as entry from "../struct/entry.ts";
import * as table from "../struct/table.ts";
import { addExpires, type Database, tableOf } from "./database.ts";
import * as events from "./events.ts";
import { expiry } from "./expiry.ts";
import { releaseEntry } from "./lazy-free.ts";
import { replay } from "./replay.ts";
import { typeOf } from "./value-type.ts";

/** The earliest deadline among the elements of a key's value; Infinity when none has one. */
export function earliestWithin(ref: Ref): number {
  const { deadlines } = typeOf(entry.type(ref));
  return deadlines === undefined ? Number.POSITIVE_INFINITY : deadlines.earliest(ref);
}

/** The earliest deadline of a key: its own, or of an element. */
export function earliestOf(ref: Ref): number {
  const within = earliestWithin(ref);
  return entry.hasDeadline(ref) ? Math.min(within, entry.deadlineMs(ref)) : within;
}

/**
 * Removes elements of the key in `slot` that are past their deadlines, at most `budget`, and the key with the last of
 * them. Says so. True while the key is there.
 */
export function expireElements(db: Database, slot: Ref, budget: number): boolean {
  const ref = table.entryAt(slot);
  const type = typeOf(entry.type(ref));
  if (type.deadlines === undefined || type.deadlines.removePast(db, ref, budget) === 0) return true;
  const key = mem.chunkOf(ref);
  const start = entry.keyStart(ref);
  const end = start + entry.keyLength(ref);
  const isEmpty = type.length(ref) === 0;
  if (isEmpty) {
    table.remove(tableOf(db), slot);
    if (entry.hasDeadline(ref)) addExpires(db, -1);
  }
  events.modified(db, key, start, end);
  events.notify(type.deadlines.kind, type.deadlines.event, db, key, start, end);
  if (!isEmpty) return true;
  events.notify(events.GENERIC, "del", db, key, start, end);
  releaseEntry(ref);
  return false;
}

/** Elements that a command removes on its way, at most: a few microseconds. */
const ON_THE_WAY = 16;

/**
 * For commands that open the value at argument `i`, whose entry is `ref`: removes elements that are past their deadlines,
 * a few, or with `all` however many there are; none while they are held back (CLIENT PAUSE). Returns the entry, NIL when
 * the key went with the last of them.
 */
export function settle(db: Database, args: Args, i: number, ref: Ref, all: boolean): Ref {
  if (earliestWithin(ref) >= nowMs || replay.isOn || expiry.isHeld) return ref;
  const slot = table.find(tableOf(db), args.hash(i), args.region, args.start(i), args.end(i));
  return expireElements(db, slot, all ? Number.POSITIVE_INFINITY : ON_THE_WAY) ? ref : NIL;
}
