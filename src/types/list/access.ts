/**
 * What the list commands share: their declarations, the arguments that say where and how many, and what follows when
 * elements are gone.
 */
import * as int64 from "../../base/int64.ts";
import type { CommandSpec } from "../../command/command.ts";
import type { Database } from "../../keyspace/database.ts";
import * as events from "../../keyspace/events.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import type { Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { STRING_TOO_LONG, SYNTAX } from "../../resp/errors.ts";
import { integerOrReply } from "../../resp/integer-args.ts";
import type { Reply } from "../../resp/reply.ts";
import { ELEMENT_BYTES_MAX } from "./pack.ts";
import * as list from "./value.ts";

const TOO_MANY = "ERR list exceeds maximum allowed length";

/** What the declarations of most of these commands share: the one key is argument 1. */
export function declare(spec: Omit<CommandSpec, "group" | "keys"> & { readonly keyFlags: string }): CommandSpec {
  const { keyFlags, ...rest } = spec;
  return { ...rest, group: "list", keys: [{ flags: keyFlags, begin: 1 }] };
}

// --- Arguments -----------------------------------------------------------------------------------------------------

/** The integer in argument `i`, rounded beyond 2^53: no list is so long. NaN after a written error. */
export function indexOrReply(args: Args, i: number, reply: Reply): number {
  const value = integerOrReply(args, i, reply);
  return value === undefined ? Number.NaN : Number(value);
}

/** As `indexOrReply`, with one error for whatever is not an integer of at least `min`. */
export function atLeastOrReply(args: Args, i: number, min: number, error: string, reply: Reply): number {
  const value = int64.parseBig(args.bytes, args.start(i), args.end(i));
  if (value !== undefined && value >= min) return Number(value);
  reply.error(error);
  return Number.NaN;
}

/** Whether argument `i` names the last end of a list (RIGHT) or the first (LEFT). Undefined after a written error. */
export function endOrReply(args: Args, i: number, reply: Reply): boolean | undefined {
  if (args.is(i, "right")) return true;
  if (args.is(i, "left")) return false;
  reply.error(SYNTAX);
  return undefined;
}

/** Whether the arguments from `from` to `to` can be added to a list of `length` elements; false after a written error. */
export function canAdd(args: Args, from: number, to: number, length: number, reply: Reply): boolean {
  for (let i = from; i <= to; i++) {
    if (args.length(i) <= ELEMENT_BYTES_MAX) continue;
    reply.error(STRING_TOO_LONG);
    return false;
  }
  if (length + to - from < list.LENGTH_MAX) return true;
  reply.error(TOO_MANY);
  return false;
}

// --- Consequences --------------------------------------------------------------------------------------------------

/** What follows when `count` elements of the list at argument `i` were removed: the events, and an empty list goes. */
export function removed(db: Database, args: Args, i: number, ref: Ref, count: number, event: string): void {
  events.changes.dirty += count - 1;
  events.changed(db, args, i, events.LIST, event);
  dropIfEmpty(db, args, i, ref);
}

/** Removes the key in argument `i` if its list has no elements left. */
export function dropIfEmpty(db: Database, args: Args, i: number, ref: Ref): void {
  if (list.length(ref) > 0) return;
  keyspace.remove(db, args, i);
  events.notify(events.GENERIC, "del", db, args.region, args.start(i), args.end(i));
}
