/**
 * What the list commands share: their declarations, the arguments that say where and how many, and what follows when
 * elements are gone.
 */
import { declareFor } from "../../command/declare.ts";
import type { Database } from "../../keyspace/database.ts";
import * as events from "../../keyspace/events.ts";
import { elementsRemoved, removeEmptied } from "../../keyspace/removal.ts";
import type { Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { STRING_TOO_LONG, SYNTAX } from "../../resp/errors.ts";
import { integerOrReply } from "../../resp/integer-args.ts";
import type { Reply } from "../../resp/reply.ts";
import { ELEMENT_BYTES_MAX } from "./pack.ts";
import * as list from "./value.ts";

const TOO_MANY = "ERR list exceeds maximum allowed length";

/** What the declarations of these commands share. */
export const declare = declareFor("list");

// --- Arguments -----------------------------------------------------------------------------------------------------

/** The integer in argument `i`, rounded beyond 2^53: no list is so long. NaN after a written error. */
export function indexOrReply(args: Args, i: number, reply: Reply): number {
  const value = integerOrReply(args, i, reply);
  return value === undefined ? Number.NaN : Number(value);
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

/** What follows when `count` elements of the list at argument `i` were removed. */
export function removed(db: Database, args: Args, i: number, ref: Ref, count: number, event: string): void {
  elementsRemoved(db, args, i, count, list.length(ref) === 0, events.LIST, event);
}

/** Removes the key in argument `i` if its list has no elements left. */
export function dropIfEmpty(db: Database, args: Args, i: number, ref: Ref): void {
  if (list.length(ref) === 0) removeEmptied(db, args, i);
}
