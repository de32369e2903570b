/**
 * What the keyspace tells the floors above, through hooks that they fill at boot: a key was modified (WATCH, client-side
 * caching), a whole database was, and a keyspace event happened (notifications). Nobody listening costs one branch.
 *
 * The classes of events have the letters of `notify-keyspace-events`.
 */
import type { Region } from "../base/region.ts";
import type { Args } from "../resp/args.ts";
import type { Database } from "./database.ts";

// Classes of events, one bit each.
export const GENERIC = 1 << 2;
export const STRING = 1 << 3;
export const LIST = 1 << 4;
export const SET = 1 << 5;
export const HASH = 1 << 6;
export const ZSET = 1 << 7;
export const EXPIRED = 1 << 8;
export const EVICTED = 1 << 9;
export const STREAM = 1 << 10;
export const KEY_MISS = 1 << 11;
export const NEW = 1 << 14;

type OnModified = (db: Database, key: Region, start: number, end: number) => void;
type OnEvent = (kind: number, event: string, db: Database, key: Region, start: number, end: number) => void;

/** Who listens. */
export const hooks: {
  modified: OnModified | undefined;
  event: OnEvent | undefined;
  /** A database is about to be emptied. */
  flushing: ((db: Database) => void) | undefined;
  /** Two databases are about to exchange their contents. */
  swapping: ((a: Database, b: Database) => void) | undefined;
} = {
  modified: undefined,
  event: undefined,
  flushing: undefined,
  swapping: undefined,
};

/** Changes to the data since the last save, as Redis counts them. */
export const changes = { dirty: 0 };

/** Says that a key's value was changed, created or removed. */
export function modified(db: Database, key: Region, start: number, end: number): void {
  if (hooks.modified !== undefined) hooks.modified(db, key, start, end);
}

/** Says that an event happened to a key. */
export function notify(kind: number, event: string, db: Database, key: Region, start: number, end: number): void {
  if (hooks.event !== undefined) hooks.event(kind, event, db, key, start, end);
}

/** The usual end of a command that changed the key in argument `i`: one change, the key modified, one event. */
export function changed(db: Database, args: Args, i: number, kind: number, event: string): void {
  changes.dirty++;
  if (hooks.modified !== undefined) hooks.modified(db, args.region, args.start(i), args.end(i));
  if (hooks.event !== undefined) hooks.event(kind, event, db, args.region, args.start(i), args.end(i));
}
