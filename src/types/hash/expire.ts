/**
 * Setting and clearing deadlines of fields (Redis 7.4): HEXPIRE, HPEXPIRE, HEXPIREAT, HPEXPIREAT, HPERSIST. A deadline
 * that has passed already removes the field at once, and the hash with its last field.
 */
import type { CommandSpec, Handler } from "../../command/command.ts";
import type { Session } from "../../command/session.ts";
import type { Database } from "../../keyspace/database.ts";
import {
  type DeadlineForm,
  MILLISECONDS,
  SECONDS,
  UNIX_MILLISECONDS,
  UNIX_SECONDS,
} from "../../keyspace/deadline-args.ts";
import { earliestWithin } from "../../keyspace/element-expiry.ts";
import * as events from "../../keyspace/events.ts";
import { scheduleElements } from "../../keyspace/expiry.ts";
import { isOver } from "../../keyspace/replay.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";
import { changed, declare, lookupWrite } from "./access.ts";
import { fieldDeadlineOrReply, firstFieldOrReply } from "./field-args.ts";
import { tellDeadline, tellPersisted, tellRemoved } from "./tell.ts";
import * as hash from "./value.ts";

// What is answered for a field.
const NO_FIELD = -2;
const NO_DEADLINE = -1;
const NOT_MET = 0;
const DONE = 1;
const REMOVED = 2;

/** Whether the condition in argument `i`, if it is one, lets a field have this deadline; `had` is Infinity without one. */
function isMet(args: Args, i: number, deadline: number, had: number): boolean {
  if (args.is(i, "nx")) return had === Number.POSITIVE_INFINITY;
  if (args.is(i, "xx")) return had !== Number.POSITIVE_INFINITY;
  if (args.is(i, "gt")) return deadline > had;
  if (args.is(i, "lt")) return deadline < had;
  return true;
}

const isCondition = (args: Args, i: number) =>
  args.is(i, "nx") || args.is(i, "xx") || args.is(i, "gt") || args.is(i, "lt");

/** What a command did to fields: how many it set and removed, and the arguments that they are. */
const done = { set: 0, removed: 0, fields: [] as number[] };

/** Gives a field that exists this deadline, or removes it when that has passed. Says which, and counts it in `done`. */
export function expireField(ref: Ref, args: Args, i: number, deadline: number): number {
  done.fields.push(i);
  if (isOver(deadline)) {
    hash.remove(ref, args, i);
    done.removed++;
    return REMOVED;
  }
  hash.setDeadline(ref, args, i, deadline);
  done.set++;
  return DONE;
}

/** Begins to count, and notes what `finish` needs: returns the earliest deadline in the hash so far. */
export function begin(ref: Ref): number {
  done.set = done.removed = done.fields.length = 0;
  return earliestWithin(ref);
}

/**
 * Says what was done to fields of the hash at argument 1; `hadMs` comes from `begin`, and `deadline` is what they were to
 * have. The hash goes with its last field.
 */
export function finish(db: Database, args: Args, ref: Ref, hadMs: number, deadline: number): void {
  if (done.set > 0) scheduleElements(db, args, 1, ref, hadMs);
  const fields = done.set + done.removed;
  if (fields === 0) return;
  changed(db, args, ref, fields, done.removed > 0 ? "hdel" : "hexpire");
  if (done.removed > 0) tellRemoved(args, done.fields);
  else tellDeadline(args, done.fields, deadline);
}

function hexpire(form: DeadlineForm, name: string): Handler {
  return (session, args, reply) => {
    const ref = lookupWrite(session, args, reply);
    if (ref === undefined) return;
    const deadline = fieldDeadlineOrReply(args, 2, form, name, reply);
    if (Number.isNaN(deadline)) return;
    const fieldsAt = isCondition(args, 3) ? 4 : 3;
    const first = firstFieldOrReply(args, fieldsAt, reply, "ERR Parameter `numFields` should be greater than 0");
    if (first === 0) return;
    reply.array(args.count - first);
    if (ref === NIL) return replyForEach(args, first, reply, NO_FIELD);
    const hadMs = begin(ref);
    for (let i = first; i < args.count; i++) {
      const had = hash.deadlineOf(ref, args, i);
      if (Number.isNaN(had)) reply.integer(NO_FIELD);
      else if (!isMet(args, 3, deadline, had)) reply.integer(NOT_MET);
      else reply.integer(expireField(ref, args, i, deadline));
    }
    finish(session.db, args, ref, hadMs, deadline);
  };
}

function replyForEach(args: Args, first: number, reply: Reply, answer: number): void {
  for (let i = first; i < args.count; i++) reply.integer(answer);
}

function hpersist(session: Session, args: Args, reply: Reply): void {
  const ref = lookupWrite(session, args, reply);
  if (ref === undefined) return;
  const first = firstFieldOrReply(args, 2, reply);
  if (first === 0) return;
  reply.array(args.count - first);
  if (ref === NIL) return replyForEach(args, first, reply, NO_FIELD);
  const cleared: number[] = [];
  for (let i = first; i < args.count; i++) {
    const had = hash.deadlineOf(ref, args, i);
    if (Number.isNaN(had)) reply.integer(NO_FIELD);
    else if (had === Number.POSITIVE_INFINITY) reply.integer(NO_DEADLINE);
    else {
      hash.setDeadline(ref, args, i, Number.NaN);
      cleared.push(i);
      reply.integer(DONE);
    }
  }
  if (cleared.length === 0) return;
  events.changed(session.db, args, 1, events.HASH, "hpersist");
  tellPersisted(args, cleared);
}

const FIELDS = "FIELDS fields(numfields:integer field...)";

const expiring = {
  arity: -6,
  flags: ["write", "denyoom", "fast"],
  keyFlags: "RW update",
  elements: { first: 5, step: 1 },
  since: "7.4.0",
  complexity: "O(N) for N fields.",
} as const;

export const expireCommands: readonly CommandSpec[] = [
  declare({
    ...expiring,
    name: "hexpire",
    summary: "Gives fields a time to live in seconds.",
    syntax: `key seconds:integer [condition(NX|XX|GT|LT)] ${FIELDS}`,
    handler: hexpire(SECONDS, "hexpire"),
  }),
  declare({
    ...expiring,
    name: "hpexpire",
    summary: "Gives fields a time to live in milliseconds.",
    syntax: `key milliseconds:integer [condition(NX|XX|GT|LT)] ${FIELDS}`,
    handler: hexpire(MILLISECONDS, "hpexpire"),
  }),
  declare({
    ...expiring,
    name: "hexpireat",
    summary: "Gives fields a deadline in seconds since 1970.",
    syntax: `key unix-time-seconds:unix-time [condition(NX|XX|GT|LT)] ${FIELDS}`,
    handler: hexpire(UNIX_SECONDS, "hexpireat"),
  }),
  declare({
    ...expiring,
    name: "hpexpireat",
    summary: "Gives fields a deadline in milliseconds since 1970.",
    syntax: `key unix-time-milliseconds:unix-time [condition(NX|XX|GT|LT)] ${FIELDS}`,
    handler: hexpire(UNIX_MILLISECONDS, "hpexpireat"),
  }),
  declare({
    name: "hpersist",
    arity: -5,
    flags: ["write", "fast"],
    keyFlags: "RW update",
    elements: { first: 4, step: 1 },
    since: "7.4.0",
    complexity: "O(N) for N fields.",
    summary: "Takes the deadlines of fields away.",
    syntax: `key ${FIELDS}`,
    handler: hpersist,
  }),
];
