/**
 * Which keys are waited for, and by whom: per database a map from the key's bytes to its waiters in order of arrival.
 * They are few, however many keys there are: one queue per key that somebody waits for.
 *
 * Invariants: a queue without waiters is in no map; a waiter is in the queues that it lists, each once.
 */
import { toLatin1 } from "../base/ascii.ts";
import { type Database, numberOf } from "../keyspace/database.ts";
import type { Args } from "../resp/args.ts";
import type { Waiter } from "./waiter.ts";

/** Those who wait for one key. */
export class KeyQueue {
  /** Each with the number of the argument that is the key. A Map keeps the order of arrival. */
  readonly waiters = new Map<Waiter, number>();
  /** How many of them want to know when the key is gone. */
  whenGone = 0;
  /** Set while it stands in the list of keys that became ready. */
  isReady = false;

  constructor(
    readonly db: Database,
    readonly key: string,
  ) {}
}

/** By number of the database. */
const queues: Map<string, KeyQueue>[] = [];
const NONE: ReadonlyMap<string, KeyQueue> = new Map();

/** The queue of the key with these bytes; undefined when nobody waits for it. */
export function find(db: Database, key: Uint8Array, start: number, end: number): KeyQueue | undefined {
  const own = queues[numberOf(db)];
  return own === undefined || own.size === 0 ? undefined : own.get(toLatin1(key, start, end));
}

/** Who is waited for in a database. */
export function inDatabase(db: Database): Iterable<KeyQueue> {
  return (queues[numberOf(db)] ?? NONE).values();
}

/** Lets a waiter queue for the key in argument `i`, unless it does already. */
export function enter(waiter: Waiter, db: Database, args: Args, i: number): void {
  const number = numberOf(db);
  queues[number] ??= new Map();
  const own = queues[number];
  const key = args.text(i);
  let queue = own.get(key);
  if (queue === undefined) {
    queue = new KeyQueue(db, key);
    own.set(key, queue);
  }
  if (queue.waiters.has(waiter)) return;
  queue.waiters.set(waiter, i);
  if (waiter.waiting.whenGone) queue.whenGone++;
  waiter.queues.push(queue);
}

/** Takes a waiter out of all its queues. */
export function leave(waiter: Waiter): void {
  for (const queue of waiter.queues) {
    queue.waiters.delete(waiter);
    if (waiter.waiting.whenGone) queue.whenGone--;
    if (queue.waiters.size === 0) queues[numberOf(queue.db)]!.delete(queue.key);
  }
  waiter.queues.length = 0;
}
