/**
 * Keys: looking them up, adding, replacing and removing them. Commands come in with a database and the number of the
 * argument that is the key, and get the key's entry (struct/entry.ts), or NIL.
 *
 * A key past its deadline is never seen: every look-up removes it on the way. So an entry that was looked up is live for
 * the rest of the command, since the clock stands still (base/env.ts).
 */
import type { Region } from "../base/region.ts";
import * as mem from "../mem/mem.ts";
import { NIL, type Ref } from "../mem/mem.ts";
import type { Args } from "../resp/args.ts";
import * as entry from "../struct/entry.ts";
import * as table from "../struct/table.ts";
import * as access from "./access.ts";
import { addExpires, type Database, tableOf } from "./database.ts";
import * as events from "./events.ts";
import { expireEntry, expiry, isPast, scheduleAll } from "./expiry.ts";
import * as hints from "./hints.ts";
import { releaseEntry, releaseOutside } from "./lazy-free.ts";
import { stats } from "./stats.ts";

/** The slot of the key in argument `i`, or NIL. Removes the key if its deadline has passed. */
function findSlot(db: Database, args: Args, i: number): Ref {
  const slot = hints.find(tableOf(db), args, i);
  if (slot !== NIL && isPast(table.entryAt(slot))) {
    expireEntry(db, slot);
    return NIL;
  }
  return slot;
}

/**
 * The entry of the key in argument `i`, or NIL. One past its deadline is removed, or, while the clients are paused, only
 * hidden and removed after it.
 */
function findLive(db: Database, args: Args, i: number): Ref {
  const ref = hints.findEntry(tableOf(db), args, i);
  if (ref !== NIL && isPast(ref)) {
    if (!expiry.isHeld) expireEntry(db, hints.find(tableOf(db), args, i));
    return NIL;
  }
  return ref;
}

/** The entry of the key in argument `i`, or NIL, for a command that reads: it counts as a hit or a miss. */
export function lookupRead(db: Database, args: Args, i: number): Ref {
  const ref = inspect(db, args, i);
  if (ref !== NIL) access.use(ref);
  return ref;
}

/** As `lookupRead`, and leaves no trace of use: for commands about the key, not its value (EXISTS, TYPE, TTL …). */
export function inspect(db: Database, args: Args, i: number): Ref {
  const ref = findLive(db, args, i);
  if (ref === NIL) missed(db, args.region, args.start(i), args.end(i));
  else stats.hits++;
  return ref;
}

/** Counts a key that a command has looked for and that is not there. */
export function missed(db: Database, key: Region, start: number, end: number): void {
  stats.misses++;
  events.notify(events.KEY_MISS, "keymiss", db, key, start, end);
}

/**
 * The entry of the key in argument `i`, or NIL, for a command that will write. It may have moved (`mem.touchMovable`): whoever has
 * looked it up before looks it up again.
 */
export function lookupWrite(db: Database, args: Args, i: number): Ref {
  const ref = findLive(db, args, i);
  if (ref === NIL) return NIL;
  const held = mem.isShared(ref) ? moveShared(db, args, i, ref) : ref;
  access.use(held);
  return held;
}

/** Gives the entry of the key in argument `i`, which a snapshot shares, another block if that is the quicker way. */
function moveShared(db: Database, args: Args, i: number, ref: Ref): Ref {
  const held = mem.touchMovable(ref);
  if (held !== ref) table.setEntry(tableOf(db), hints.find(tableOf(db), args, i), held);
  return held;
}

/** As `lookupWrite`, and leaves no trace of use: it counts nowhere. */
export function peek(db: Database, args: Args, i: number): Ref {
  return findLive(db, args, i);
}

/**
 * Gives the key in argument `i` a fresh entry with these flags (type, encoding, OUTSIDE, DEADLINE) and room for
 * `insideLength` bytes of value; the caller writes value and deadline next. A value that the key had is freed.
 * Uses the old block again where it fits.
 */
export function put(db: Database, args: Args, i: number, flags: number, insideLength: number): Ref {
  const start = args.start(i);
  const end = args.end(i);
  const keys = tableOf(db);
  const bytes = entry.bytesFor(flags, end - start, insideLength);
  const slot = findSlot(db, args, i);
  if (slot === NIL) {
    const ref = mem.alloc(bytes);
    entry.write(ref, flags, access.initial(), args.region, start, end, insideLength);
    table.insert(keys, args.hash(i), ref);
    if ((flags & entry.DEADLINE) !== 0) addExpires(db, 1);
    if (events.hooks.ready !== undefined) events.created(db, entry.type(ref), args.region, start, end);
    events.notify(events.NEW, "new", db, args.region, start, end);
    return ref;
  }
  const old = table.entryAt(slot);
  const used = access.inherited(old);
  if (entry.hasShape(old, flags, end - start, insideLength) && !mem.isShared(old)) {
    // The usual overwrite: same key, same layout, so only the history is new.
    mem.touch(old);
    entry.setAccess(old, used);
    return old;
  }
  if (events.hooks.ready !== undefined) events.gone(db, entry.type(old), args.region, start, end);
  const had = entry.hasDeadline(old) ? 1 : 0;
  const has = (flags & entry.DEADLINE) === 0 ? 0 : 1;
  if (had !== has) addExpires(db, has - had);
  releaseOutside(old);
  let ref = old;
  if (mem.fits(old, bytes)) {
    mem.touch(old);
  } else {
    ref = mem.alloc(bytes);
    mem.free(old);
    table.setEntry(keys, slot, ref);
  }
  entry.write(ref, flags, used, args.region, start, end, insideLength);
  return ref;
}

/**
 * Removes the key in argument `i`. False when there was none. Tells nobody: events are the command's affair. As in Redis, a
 * key past its deadline that nobody has looked up is one like any other here.
 */
export function remove(db: Database, args: Args, i: number): boolean {
  const slot = hints.find(tableOf(db), args, i);
  if (slot === NIL) return false;
  removeSlot(db, slot);
  return true;
}

/** As `remove`, but a key past its deadline expires, and there was none. */
export function removeLive(db: Database, args: Args, i: number): boolean {
  const slot = findSlot(db, args, i);
  if (slot === NIL) return false;
  removeSlot(db, slot);
  return true;
}

/** Removes the entry in a slot and frees it. */
export function removeSlot(db: Database, slot: Ref): void {
  releaseEntry(detachSlot(db, slot));
}

/** Takes the entry of the key in argument `i` out of its database; it is the caller's then. */
export function detach(db: Database, args: Args, i: number): Ref {
  const slot = findSlot(db, args, i);
  return slot === NIL ? NIL : detachSlot(db, slot);
}

/**
 * Gives a database an entry that is in none (`detach`, `moveEntry`), with the deadlines that it has. Its key is the one
 * in argument `i`, and the database has no such key.
 */
export function attach(db: Database, args: Args, i: number, ref: Ref): void {
  table.insert(tableOf(db), args.hash(i), ref);
  if (entry.hasDeadline(ref)) addExpires(db, 1);
  scheduleAll(db, args.hash(i), ref);
  if (events.hooks.ready !== undefined) events.created(db, entry.type(ref), args.region, args.start(i), args.end(i));
  events.notify(events.NEW, "new", db, args.region, args.start(i), args.end(i));
}

function detachSlot(db: Database, slot: Ref): Ref {
  const ref = table.entryAt(slot);
  if (entry.hasDeadline(ref)) addExpires(db, -1);
  table.remove(tableOf(db), slot);
  if (events.hooks.ready !== undefined) tellGone(db, ref);
  return ref;
}

function tellGone(db: Database, ref: Ref): void {
  const start = entry.keyStart(ref);
  events.gone(db, entry.type(ref), keyRegion(ref), start, start + entry.keyLength(ref));
}

/** Lets an entry that has moved (it grew, or gained or lost a part) take the place of the one with the same key. */
export function replace(db: Database, args: Args, i: number, ref: Ref): void {
  const slot = table.find(tableOf(db), args.hash(i), args.region, args.start(i), args.end(i));
  table.setEntry(tableOf(db), slot, ref);
}

/** The key's bytes, for those who have only an entry. The region is borrowed until memory is allocated. */
export function keyRegion(ref: Ref): Region {
  return mem.chunkOf(ref);
}
