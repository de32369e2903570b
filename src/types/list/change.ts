/**
 * Changing lists in the middle: LSET, LINSERT, LREM, LTRIM.
 */
import type { CommandSpec } from "../../command/command.ts";
import { checked, openWrite, replyZero } from "../../command/open-value.ts";
import type { Session } from "../../command/session.ts";
import * as events from "../../keyspace/events.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { elementsRemoved } from "../../keyspace/removal.ts";
import { LIST } from "../../keyspace/value-type.ts";
import { NIL } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { NO_SUCH_KEY, SYNTAX } from "../../resp/errors.ts";
import type { Reply } from "../../resp/reply.ts";
import { canAdd, declare, indexOrReply, removed } from "./access.ts";
import { insert, removeEqual, replace, trim } from "./edit.ts";
import { indexOf } from "./search.ts";
import * as list from "./value.ts";

const OUT_OF_RANGE = "ERR index out of range";

const replyNoSuchKey = (reply: Reply) => reply.error(NO_SUCH_KEY);

function lset(session: Session, args: Args, reply: Reply): void {
  const ref = openWrite(session, args, reply, LIST, replyNoSuchKey);
  if (ref === NIL) return;
  const asked = indexOrReply(args, 2, reply);
  if (Number.isNaN(asked)) return;
  const length = list.length(ref);
  const index = asked < 0 ? asked + length : asked;
  if (index < 0 || index >= length) return reply.error(OUT_OF_RANGE);
  if (!canAdd(args, 3, 3, 0, reply)) return;
  replace(ref, index, args.region, args.start(3), args.end(3));
  events.changed(session.db, args, 1, events.LIST, "lset");
  reply.ok();
}

function linsert(session: Session, args: Args, reply: Reply): void {
  const isAfter = args.is(2, "after");
  if (!isAfter && !args.is(2, "before")) return reply.error(SYNTAX);
  const ref = openWrite(session, args, reply, LIST, replyZero);
  if (ref === NIL) return;
  const index = indexOf(ref, args.region, args.start(3), args.end(3));
  if (index < 0) return reply.integer(-1);
  if (!canAdd(args, 4, 4, list.length(ref), reply)) return;
  insert(ref, index, isAfter, args.region, args.start(4), args.end(4));
  events.changed(session.db, args, 1, events.LIST, "linsert");
  reply.integer(list.length(ref));
}

function lrem(session: Session, args: Args, reply: Reply): void {
  const asked = indexOrReply(args, 2, reply);
  if (Number.isNaN(asked)) return;
  const ref = openWrite(session, args, reply, LIST, replyZero);
  if (ref === NIL) return;
  const limit = asked === 0 ? Number.POSITIVE_INFINITY : Math.abs(asked);
  const gone = removeEqual(ref, asked < 0, limit, args.region, args.start(3), args.end(3));
  if (gone > 0) removed(session.db, args, 1, ref, gone, "lrem");
  reply.integer(gone);
}

function ltrim(session: Session, args: Args, reply: Reply): void {
  const from = indexOrReply(args, 2, reply);
  if (Number.isNaN(from)) return;
  const to = indexOrReply(args, 3, reply);
  if (Number.isNaN(to)) return;
  const ref = keyspace.lookupWrite(session.db, args, 1);
  if (ref === NIL) return reply.ok();
  if (checked(ref, reply, LIST) === NIL) return;
  const length = list.length(ref);
  const first = Math.max(0, from < 0 ? from + length : from);
  const last = Math.min(length - 1, to < 0 ? to + length : to);
  const kept = Math.max(0, last - first + 1);
  if (kept === 0) {
    // Nothing stays: the key goes as a whole, and what it held is freed little by little.
    elementsRemoved(session.db, args, 1, length, true, events.LIST, "ltrim");
  } else {
    trim(ref, first, kept);
    removed(session.db, args, 1, ref, length - kept, "ltrim");
  }
  reply.ok();
}

export const changeCommands: readonly CommandSpec[] = [
  declare({
    name: "lset",
    arity: 4,
    flags: ["write", "denyoom"],
    keyFlags: "RW update",
    since: "1.0.0",
    complexity: "O(log(N)) for a list of N elements.",
    summary: "Puts another element in the place of the one at an index.",
    syntax: "key index:integer element",
    handler: lset,
  }),
  declare({
    name: "linsert",
    arity: 5,
    flags: ["write", "denyoom"],
    keyFlags: "RW insert",
    since: "2.2.0",
    complexity: "O(N) for N elements in front of the pivot.",
    summary: "Adds an element before or after the first one that is equal to a text.",
    syntax: "key where(BEFORE|AFTER) pivot element",
    handler: linsert,
  }),
  declare({
    name: "lrem",
    arity: 4,
    flags: ["write"],
    keyFlags: "RW delete",
    since: "1.0.0",
    complexity: "O(N) for a list of N elements.",
    summary: "Removes elements that are equal to a text: all, or some from one end on.",
    syntax: "key count:integer element",
    handler: lrem,
  }),
  declare({
    name: "ltrim",
    arity: 4,
    flags: ["write"],
    keyFlags: "RW delete",
    since: "1.0.0",
    complexity: "O(N) for N elements removed.",
    summary: "Removes all elements but those between two indexes, both included.",
    syntax: "key start:integer stop:integer",
    handler: ltrim,
  }),
];
