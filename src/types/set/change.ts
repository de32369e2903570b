/**
 * Adding, removing and moving members: SADD, SREM, SMOVE.
 */
import type { CommandSpec } from "../../command/command.ts";
import { checked, openWrite, replyZero } from "../../command/open-value.ts";
import type { Session } from "../../command/session.ts";
import * as events from "../../keyspace/events.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { elementsRemoved } from "../../keyspace/removal.ts";
import { SET } from "../../keyspace/value-type.ts";
import { NIL } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";
import { declare, openOrCreate } from "./access.ts";
import * as set from "./value.ts";

function sadd(session: Session, args: Args, reply: Reply): void {
  const ref = openOrCreate(session, args, reply);
  if (ref === NIL) return;
  let added = 0;
  for (let i = 2; i < args.count; i++) if (set.add(ref, args, i)) added++;
  if (added > 0) {
    events.changes.dirty += added - 1;
    events.changed(session.db, args, 1, events.SET, "sadd");
  }
  reply.integer(added);
}

function srem(session: Session, args: Args, reply: Reply): void {
  const ref = openWrite(session, args, reply, SET, replyZero);
  if (ref === NIL) return;
  let removed = 0;
  for (let i = 2; i < args.count; i++) if (set.remove(ref, args, i)) removed++;
  if (removed > 0) elementsRemoved(session.db, args, 1, removed, set.length(ref) === 0, events.SET, "srem");
  reply.integer(removed);
}

function smove(session: Session, args: Args, reply: Reply): void {
  const { db } = session;
  const from = keyspace.lookupWrite(db, args, 1);
  let to = keyspace.lookupWrite(db, args, 2);
  if (from === NIL) return reply.zero();
  if (checked(from, reply, SET) === NIL || (to !== NIL && checked(to, reply, SET) === NIL)) return;
  if (from === to) return set.has(from, args, 3) ? reply.one() : reply.zero();
  if (!set.remove(from, args, 3)) return reply.zero();
  elementsRemoved(db, args, 1, 1, set.length(from) === 0, events.SET, "srem");
  if (to === NIL) to = set.create(db, args, 2);
  if (set.add(to, args, 3)) events.changed(db, args, 2, events.SET, "sadd");
  reply.one();
}

export const changeCommands: readonly CommandSpec[] = [
  declare({
    name: "sadd",
    arity: -3,
    flags: ["write", "denyoom", "fast"],
    keyFlags: "RW insert",
    elements: { first: 2, step: 1 },
    since: "1.0.0",
    complexity: "O(N) for N members.",
    summary: "Adds members, and makes the set where there is none.",
    syntax: "key member...",
    history: [["2.4.0", "Takes several members."]],
    handler: sadd,
  }),
  declare({
    name: "srem",
    arity: -3,
    flags: ["write", "fast"],
    keyFlags: "RW delete",
    elements: { first: 2, step: 1 },
    since: "1.0.0",
    complexity: "O(N) for N members.",
    summary: "Removes members, and the set with the last of them.",
    syntax: "key member...",
    history: [["2.4.0", "Takes several members."]],
    handler: srem,
  }),
  {
    name: "smove",
    arity: 4,
    flags: ["write", "fast"],
    group: "set",
    keys: [
      { flags: "RW access delete", begin: 1 },
      { flags: "RW insert", begin: 2 },
    ],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Takes a member from one set to another.",
    syntax: "source:key destination:key member",
    handler: smove,
  },
];
