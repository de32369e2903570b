/**
 * What follows when a command has taken elements out of a collection: the changes are counted, the event is told, and the key
 * goes with the last element, which is an event of its own.
 */
import type { Args } from "../resp/args.ts";
import type { Database } from "./database.ts";
import * as events from "./events.ts";
import * as keyspace from "./keyspace.ts";

/** `count` elements of the value at argument `i` are gone, all of them if `isEmpty`. The event is of class `kind`. */
export function elementsRemoved(
  db: Database,
  args: Args,
  i: number,
  count: number,
  isEmpty: boolean,
  kind: number,
  event: string,
): void {
  events.changes.dirty += count - 1;
  events.changed(db, args, i, kind, event);
  if (isEmpty) removeEmptied(db, args, i);
}

/** Removes the key in argument `i`, whose value has no elements left. */
export function removeEmptied(db: Database, args: Args, i: number): void {
  keyspace.remove(db, args, i);
  events.notify(events.GENERIC, "del", db, args.region, args.start(i), args.end(i));
}
