/**
 * What the keyspace tells the floors above, through hooks that they fill at boot: a key was modified (WATCH, client-side
 * caching), a whole database was, a keyspace event happened (notifications), a key is there that somebody may wait for, and
 * one went of its own accord (command/propagation.ts).
 * Nobody listening costs one branch.
 *
 * The classes of events have the letters of `notify-keyspace-events`.
 */
import type { Region } from "../base/region.ts";
import type { Args } from "../resp/args.ts";
import type { Database } from "./database.ts";
import { STREAM as STREAM_TYPE } from "./value-type.ts";

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
type OnReady = (db: Database, type: number, key: Region, start: number, end: number) => void;
type OnElement = (
  db: Database | undefined,
  key: Region,
  start: number,
  end: number,
  element: Region,
  from: number,
  to: number,
) => void;
type OnEvent = (kind: number, event: string, db: Database, key: Region, start: number, end: number) => void;

/** Who listens. */
export const hooks: {
  modified: OnModified | undefined;
  event: OnEvent | undefined;
  /** There while somebody waits for a key (command/blocking.ts). */
  ready: OnReady | undefined;
  /** A key goes because its deadline has passed. */
  expired: OnModified | undefined;
  /** So does an element of a value (`element`, from `from` to `to`); without `db`, in the running command's database. */
  elementExpired: OnElement | undefined;
  /** A database is about to be emptied. */
  flushing: ((db: Database) => void)[];
  /** All databases were emptied, and that was counted. */
  flushedAll: (() => void)[];
  /** Two databases are about to exchange their contents, and have done so. */
  swapping: ((a: Database, b: Database) => void)[];
  swapped: ((a: Database, b: Database) => void)[];
} = {
  modified: undefined,
  event: undefined,
  ready: undefined,
  expired: undefined,
  elementExpired: undefined,
  flushing: [],
  flushedAll: [],
  swapping: [],
  swapped: [],
};

const modifiedListeners = new Set<OnModified>();

/** Begins or ceases to tell a listener of modified keys: only those are told who listen now. */
export function tellModified(listener: OnModified, listens: boolean): void {
  if (listens) modifiedListeners.add(listener);
  else modifiedListeners.delete(listener);
  const [only] = modifiedListeners;
  hooks.modified = modifiedListeners.size < 2 ? only : tellAll;
}

function tellAll(db: Database, key: Region, start: number, end: number): void {
  for (const listener of modifiedListeners) listener(db, key, start, end);
}

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

/** Says that a key has come into being with a value of this type, which somebody may wait for. */
export function created(db: Database, type: number, key: Region, start: number, end: number): void {
  if (hooks.ready !== undefined) hooks.ready(db, type, key, start, end);
}

/** Says that a key with a value of this type is no more. Who waits for news of a stream wants to know. */
export function gone(db: Database, type: number, key: Region, start: number, end: number): void {
  if (hooks.ready !== undefined && type === STREAM_TYPE) hooks.ready(db, type, key, start, end);
}

/** Says that the stream at the key in argument `i` has more in it, or less, than those who wait for it have seen. */
export function grown(db: Database, args: Args, i: number): void {
  if (hooks.ready !== undefined) hooks.ready(db, STREAM_TYPE, args.region, args.start(i), args.end(i));
}
