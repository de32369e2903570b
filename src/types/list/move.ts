/**
 * Moving an element from one list to another, or from one end to the other: LMOVE, RPOPLPUSH.
 */
import type { CommandSpec, KeySpec } from "../../command/command.ts";
import { checked, openWrite, replyNull } from "../../command/open-value.ts";
import type { Session } from "../../command/session.ts";
import type { Database } from "../../keyspace/database.ts";
import * as events from "../../keyspace/events.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { LIST } from "../../keyspace/value-type.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";
import { dropIfEmpty, endOrReply } from "./access.ts";
import { popEvent } from "./pop.ts";
import * as list from "./value.ts";

/**
 * Moves an element from one end of the list at argument `from` to one of the list at argument 2, which is made if `target`
 * is NIL, and answers it. The number of changes is the caller's.
 */
export function moveElement(
  db: Database,
  args: Args,
  from: number,
  source: Ref,
  target: Ref,
  fromLast: boolean,
  toLast: boolean,
  reply: Reply,
): void {
  const length = list.take(source, fromLast, reply);
  // The reply has the element now, whatever becomes of the place where it was.
  const end = reply.length - 2;
  list.push(target === NIL ? list.create(db, args, 2) : target, toLast, reply.region, end - length, end);
  events.modified(db, args.region, args.start(2), args.end(2));
  const pushed = toLast ? "rpush" : "lpush";
  events.notify(events.LIST, pushed, db, args.region, args.start(2), args.end(2));
  events.notify(events.LIST, popEvent(fromLast), db, args.region, args.start(from), args.end(from));
  dropIfEmpty(db, args, from, source);
}

/** LMOVE of which the ends are known. True when an element was moved. */
export function move(session: Session, args: Args, reply: Reply, fromLast: boolean, toLast: boolean): boolean {
  const { db } = session;
  const source = openWrite(session, args, reply, LIST, replyNull);
  if (source === NIL) return false;
  const target = keyspace.lookupWrite(db, args, 2);
  if (target !== NIL && checked(target, reply, LIST) === NIL) return false;
  moveElement(db, args, 1, source, target, fromLast, toLast, reply);
  events.modified(db, args.region, args.start(1), args.end(1));
  events.changes.dirty++;
  return true;
}

function lmove(session: Session, args: Args, reply: Reply): void {
  const fromLast = endOrReply(args, 3, reply);
  if (fromLast === undefined) return;
  const toLast = endOrReply(args, 4, reply);
  if (toLast !== undefined) move(session, args, reply, fromLast, toLast);
}

function rpoplpush(session: Session, args: Args, reply: Reply): void {
  move(session, args, reply, true, false);
}

/** The keys of all commands that move. */
export const moveKeys: readonly KeySpec[] = [
  { flags: "RW access delete", begin: 1 },
  { flags: "RW insert", begin: 2 },
];

export const moveCommands: readonly CommandSpec[] = [
  {
    name: "lmove",
    arity: 5,
    flags: ["write", "denyoom"],
    group: "list",
    keys: moveKeys,
    since: "6.2.0",
    complexity: "O(1)",
    summary: "Moves an element from an end of one list to an end of another, and answers it.",
    syntax: "source:key destination:key wherefrom(LEFT|RIGHT) whereto(LEFT|RIGHT)",
    handler: lmove,
  },
  {
    name: "rpoplpush",
    arity: 3,
    flags: ["write", "denyoom"],
    group: "list",
    keys: moveKeys,
    since: "1.2.0",
    complexity: "O(1)",
    summary: "Moves the last element of one list to the front of another, and answers it.",
    syntax: "source:key destination:key",
    deprecated: { since: "6.2.0", replacedBy: "`LMOVE` with the `RIGHT` and `LEFT` arguments" },
    handler: rpoplpush,
  },
];
