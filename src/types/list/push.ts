/**
 * Adding elements at the ends: LPUSH, RPUSH, LPUSHX, RPUSHX.
 */
import type { CommandSpec } from "../../command/command.ts";
import { checked } from "../../command/open-value.ts";
import type { Session } from "../../command/session.ts";
import * as events from "../../keyspace/events.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { LIST } from "../../keyspace/value-type.ts";
import { NIL } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";
import { canAdd, declare } from "./access.ts";
import * as list from "./value.ts";

function push(session: Session, args: Args, reply: Reply, isLast: boolean, makes: boolean): void {
  const { db } = session;
  const found = keyspace.lookupWrite(db, args, 1);
  if (found === NIL && !makes) return reply.zero();
  if (found !== NIL && checked(found, reply, LIST) === NIL) return;
  const { count, region } = args;
  const length = found === NIL ? 0 : list.length(found);
  if (!canAdd(args, 2, count - 1, length, reply)) return;
  const ref = found === NIL ? list.create(db, args, 1) : found;
  for (let i = 2; i < count; i++) list.push(ref, isLast, region, args.start(i), args.end(i));
  events.changes.dirty += count - 3;
  events.changed(db, args, 1, events.LIST, isLast ? "rpush" : "lpush");
  reply.integer(length + count - 2);
}

const lpush = (session: Session, args: Args, reply: Reply) => push(session, args, reply, false, true);
const rpush = (session: Session, args: Args, reply: Reply) => push(session, args, reply, true, true);
const lpushx = (session: Session, args: Args, reply: Reply) => push(session, args, reply, false, false);
const rpushx = (session: Session, args: Args, reply: Reply) => push(session, args, reply, true, false);

export const pushCommands: readonly CommandSpec[] = [
  declare({
    name: "lpush",
    arity: -3,
    flags: ["write", "denyoom", "fast"],
    keyFlags: "RW insert",
    since: "1.0.0",
    complexity: "O(N) for N elements.",
    summary: "Puts elements in front of a list, one after the other, and makes the list where there is none.",
    syntax: "key element...",
    history: [["2.4.0", "Takes several elements."]],
    handler: lpush,
  }),
  declare({
    name: "rpush",
    arity: -3,
    flags: ["write", "denyoom", "fast"],
    keyFlags: "RW insert",
    since: "1.0.0",
    complexity: "O(N) for N elements.",
    summary: "Adds elements at the end of a list, and makes the list where there is none.",
    syntax: "key element...",
    history: [["2.4.0", "Takes several elements."]],
    handler: rpush,
  }),
  declare({
    name: "lpushx",
    arity: -3,
    flags: ["write", "denyoom", "fast"],
    keyFlags: "RW insert",
    since: "2.2.0",
    complexity: "O(N) for N elements.",
    summary: "Puts elements in front of a list if there is one.",
    syntax: "key element...",
    history: [["4.0.0", "Takes several elements."]],
    handler: lpushx,
  }),
  declare({
    name: "rpushx",
    arity: -3,
    flags: ["write", "denyoom", "fast"],
    keyFlags: "RW insert",
    since: "2.2.0",
    complexity: "O(N) for N elements.",
    summary: "Adds elements at the end of a list if there is one.",
    syntax: "key element...",
    history: [["4.0.0", "Takes several elements."]],
    handler: rpushx,
  }),
];
