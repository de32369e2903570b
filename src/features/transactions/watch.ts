/**
 * WATCH: a transaction that only happens if the keys it is about are as they were. Who changes a key marks the sessions
 * that watch it; EXEC asks for the mark.
 *
 * Per database there is a map from a watched key's bytes to those who watch it, and per session the list of what it
 * watches. While nobody watches, nobody listens: a changed key costs the branch that it costs anyway.
 *
 * A key past its deadline that nobody has removed yet: watched while it was alive, it counts as changed; watched when it
 * was dead already, its removal is no change.
 */
import { toLatin1 } from "../../base/ascii.ts";
import { nowMs } from "../../base/env.ts";
import { Region } from "../../base/region.ts";
import type { CommandSpec } from "../../command/command.ts";
import type { Session } from "../../command/session.ts";
import { type Database, numberOf, tableOf } from "../../keyspace/database.ts";
import * as events from "../../keyspace/events.ts";
import { NIL } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";
import * as entry from "../../struct/entry.ts";
import * as table from "../../struct/table.ts";

/** A key that a session watches. */
class WatchedKey {
  readonly bytes: Region;
  readonly hash: number;

  constructor(
    readonly session: Session,
    readonly db: Database,
    readonly key: string,
    args: Args,
    i: number,
    /** Whether it was past its deadline when it was watched, and has not been removed since. */
    public wasPast: boolean,
  ) {
    this.bytes = new Region(args.copyOf(i));
    this.hash = args.hash(i);
  }
}

/** By number of the database, then by key. */
const watched: Map<string, Set<WatchedKey>>[] = [];
let watchedKeys = 0;

/** What a session keeps. */
interface Watches {
  keys: WatchedKey[];
  /** Set when one of the keys was changed. */
  isChanged: boolean;
}

const WATCHES = Symbol("watches");
/** The letter of CLIENT LIST for a session whose EXEC will fail. */
const CHANGED_LETTER = "d";

const watchesOf = (session: Session) => session.extras.get(WATCHES) as Watches | undefined;

// What a database has under a key.
const ABSENT = 0;
const ALIVE = 1;
const PAST = 2;

function stateOf(db: Database, watch: WatchedKey): number {
  const { bytes, hash } = watch;
  const slot = table.find(tableOf(db), hash, bytes, 0, bytes.bytes.length);
  if (slot === NIL) return ABSENT;
  const ref = table.entryAt(slot);
  return entry.hasDeadline(ref) && entry.deadlineMs(ref) < nowMs ? PAST : ALIVE;
}

function watch(session: Session, args: Args, reply: Reply): void {
  if (session.queue !== undefined) return reply.error("ERR WATCH inside MULTI is not allowed");
  let watches = watchesOf(session);
  if (watches === undefined) {
    watches = { keys: [], isChanged: false };
    session.extras.set(WATCHES, watches);
  }
  // Once a key was changed, EXEC fails whatever becomes of others.
  if (!watches.isChanged) for (let i = 1; i < args.count; i++) watchKey(session, watches, args, i);
  reply.ok();
}

function watchKey(session: Session, watches: Watches, args: Args, i: number): void {
  const { db } = session;
  const key = args.text(i);
  if (watches.keys.some((held) => held.db === db && held.key === key)) return;
  const held = new WatchedKey(session, db, key, args, i, false);
  held.wasPast = stateOf(db, held) === PAST;
  watches.keys.push(held);
  const number = numberOf(db);
  watched[number] ??= new Map();
  const others = watched[number].get(key);
  if (others === undefined) watched[number].set(key, new Set([held]));
  else others.add(held);
  if (watchedKeys++ === 0) events.tellModified(touch, true);
}

/** Lets a session watch nothing, and forgets that a key was changed. */
export function unwatch(session: Session): void {
  const watches = watchesOf(session);
  if (watches === undefined) return;
  forgetKeys(watches);
  if (watches.isChanged) session.flags = session.flags.replace(CHANGED_LETTER, "");
  session.extras.delete(WATCHES);
}

function forgetKeys(watches: Watches): void {
  for (const held of watches.keys) {
    const own = watched[numberOf(held.db)]!;
    const others = own.get(held.key)!;
    others.delete(held);
    if (others.size === 0) own.delete(held.key);
    if (--watchedKeys === 0) events.tellModified(touch, false);
  }
  watches.keys.length = 0;
}

/** Whether a watched key is known to have been changed. */
export function isChanged(session: Session): boolean {
  return watchesOf(session)?.isChanged === true;
}

/** Whether EXEC has to fail: a watched key was changed, or its deadline has passed. */
export function hasWatchedChanged(session: Session): boolean {
  const watches = watchesOf(session);
  if (watches === undefined) return false;
  return watches.isChanged || watches.keys.some((held) => !held.wasPast && stateOf(held.db, held) === PAST);
}

/** A key was modified. */
function touch(db: Database, key: Region, start: number, end: number): void {
  const own = watched[numberOf(db)];
  if (own === undefined || own.size === 0) return;
  const watchers = own.get(toLatin1(key.bytes, start, end));
  if (watchers === undefined) return;
  for (const held of watchers) {
    if (!held.wasPast) markChanged(held);
    else if (stateOf(db, held) === ABSENT) held.wasPast = false;
  }
}

function markChanged({ session }: WatchedKey): void {
  const watches = watchesOf(session)!;
  if (watches.isChanged) return;
  watches.isChanged = true;
  session.flags += CHANGED_LETTER;
  if (session.queue !== undefined) session.queue.isVain = true;
  forgetKeys(watches);
}

/** A database will be emptied, or get the contents of another: what was there, or will be, has changed. */
function touchAll(db: Database, other: Database | undefined): void {
  for (const watchers of watched[numberOf(db)]?.values() ?? []) {
    for (const held of watchers) {
      const had = stateOf(db, held);
      const gets = other === undefined ? ABSENT : stateOf(other, held);
      if (had === ABSENT && gets === ABSENT) continue;
      // As long as it is past its deadline before and after, or not there, nothing has changed for who watches.
      if (held.wasPast && gets !== ALIVE) held.wasPast = gets === PAST;
      else if (!held.wasPast && had === ABSENT && gets === PAST) held.wasPast = true;
      else markChanged(held);
    }
  }
}

/** Listens to what happens to whole databases. Called once, at boot. */
export function openWatch(): void {
  events.hooks.flushing.push((db) => touchAll(db, undefined));
  events.hooks.swapping.push((a, b) => {
    touchAll(a, b);
    touchAll(b, a);
  });
}

function unwatchCommand(session: Session, _args: Args, reply: Reply): void {
  unwatch(session);
  reply.ok();
}

export const watchCommands: readonly CommandSpec[] = [
  {
    name: "watch",
    arity: -2,
    flags: ["noscript", "loading", "stale", "fast", "allow_busy"],
    group: "transactions",
    keys: [{ flags: "RO", begin: 1, last: -1 }],
    since: "2.2.0",
    complexity: "O(N) where N is the number of keys that are watched",
    summary: "Lets EXEC happen only if these keys are not changed before it.",
    syntax: "key...",
    whileQueueing: "run",
    handler: watch,
  },
  {
    name: "unwatch",
    arity: 1,
    flags: ["noscript", "loading", "stale", "fast", "allow_busy"],
    group: "transactions",
    since: "2.2.0",
    complexity: "O(N) where N is the number of watched keys",
    summary: "Watches no key any more.",
    syntax: "",
    handler: unwatchCommand,
  },
];
