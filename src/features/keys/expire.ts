/**
 * Setting and clearing deadlines: EXPIRE, PEXPIRE, EXPIREAT, PEXPIREAT, PERSIST. A deadline that has passed already
 * deletes the key at once.
 */
import type { CommandSpec, Handler } from "../../command/command.ts";
import {
  argument,
  argumentsFrom,
  bulkOf,
  deletionWord,
  instead,
  insteadOnKey,
  integer,
} from "../../command/propagation.ts";
import type { Session } from "../../command/session.ts";
import {
  type DeadlineForm,
  deadlineOrReply,
  MILLISECONDS,
  SECONDS,
  UNIX_MILLISECONDS,
  UNIX_SECONDS,
} from "../../keyspace/deadline-args.ts";
import * as events from "../../keyspace/events.ts";
import { setDeadline } from "../../keyspace/expiry.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { lazyfreeLazyExpire } from "../../keyspace/parameters.ts";
import { isOver } from "../../keyspace/replay.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";
import * as entry from "../../struct/entry.ts";
import { deadlineOf } from "./ttl.ts";

// Conditions on the deadline that the key has so far, one bit each.
const NX = 1;
const XX = 2;
const GT = 4;
const LT = 8;

/** The conditions from argument 3 on, or -1 after the error was answered. */
function conditionsOrReply(args: Args, reply: Reply): number {
  let conditions = 0;
  for (let i = 3; i < args.count; i++) {
    if (args.is(i, "nx")) conditions |= NX;
    else if (args.is(i, "xx")) conditions |= XX;
    else if (args.is(i, "gt")) conditions |= GT;
    else if (args.is(i, "lt")) conditions |= LT;
    else {
      reply.error(`ERR Unsupported option ${args.cString(i)}`);
      return -1;
    }
  }
  if ((conditions & NX) !== 0 && conditions !== NX) {
    reply.error("ERR NX and XX, GT or LT options at the same time are not compatible");
    return -1;
  }
  if ((conditions & (GT | LT)) === (GT | LT)) {
    reply.error("ERR GT and LT options at the same time are not compatible");
    return -1;
  }
  return conditions;
}

/** Whether the conditions let the entry have this deadline. A key without one counts as living for ever. */
function areMet(conditions: number, ref: Ref, deadline: number | bigint): boolean {
  if (!entry.hasDeadline(ref)) return (conditions & (XX | GT)) === 0;
  if ((conditions & NX) !== 0) return false;
  if ((conditions & GT) !== 0) return deadline > deadlineOf(ref);
  if ((conditions & LT) !== 0) return deadline < deadlineOf(ref);
  return true;
}

const PEXPIREAT = bulkOf("PEXPIREAT");

/** The conditions stay: they are met again. */
function tellDeadline(args: Args, deadline: number | bigint): void {
  const out = instead(args.count);
  if (out === undefined) return;
  out.raw(PEXPIREAT);
  argument(out, args, 1);
  integer(out, deadline);
  argumentsFrom(out, args, 3, args.count);
}

function expire(form: DeadlineForm, name: string): Handler {
  return (session, args, reply) => {
    const conditions = conditionsOrReply(args, reply);
    if (conditions < 0) return;
    const deadline = deadlineOrReply(args, 2, form, name, reply);
    if (deadline === undefined) return;
    const db = session.db;
    const ref = keyspace.lookupWrite(db, args, 1);
    if (ref === NIL || !areMet(conditions, ref, deadline)) return reply.zero();
    if (isOver(deadline)) {
      keyspace.remove(db, args, 1);
      events.changed(db, args, 1, events.GENERIC, "del");
      insteadOnKey(deletionWord(lazyfreeLazyExpire.value), args, 1);
    } else {
      setDeadline(db, args, 1, ref, deadline);
      events.changed(db, args, 1, events.GENERIC, "expire");
      if (form !== UNIX_MILLISECONDS) tellDeadline(args, deadline);
    }
    reply.one();
  };
}

function persist(session: Session, args: Args, reply: Reply): void {
  const ref = keyspace.lookupWrite(session.db, args, 1);
  if (ref === NIL || !entry.hasDeadline(ref)) return reply.zero();
  setDeadline(session.db, args, 1, ref, undefined);
  events.changed(session.db, args, 1, events.GENERIC, "persist");
  reply.one();
}

const expiring = {
  arity: -3,
  flags: ["write", "fast"],
  group: "generic",
  keys: [{ flags: "RW update", begin: 1 }],
  complexity: "O(1)",
  history: [["7.0.0", "The options `NX`, `XX`, `GT` and `LT`."]],
} as const;

export const expireCommands: readonly CommandSpec[] = [
  {
    ...expiring,
    name: "expire",
    since: "1.0.0",
    summary: "Gives a key a time to live in seconds.",
    syntax: "key seconds:integer [condition(NX|XX|GT|LT)@7.0.0]",
    handler: expire(SECONDS, "expire"),
  },
  {
    ...expiring,
    name: "pexpire",
    since: "2.6.0",
    summary: "Gives a key a time to live in milliseconds.",
    syntax: "key milliseconds:integer [condition(NX|XX|GT|LT)@7.0.0]",
    handler: expire(MILLISECONDS, "pexpire"),
  },
  {
    ...expiring,
    name: "expireat",
    since: "1.2.0",
    summary: "Gives a key a deadline in seconds since 1970.",
    syntax: "key unix-time-seconds:unix-time [condition(NX|XX|GT|LT)@7.0.0]",
    handler: expire(UNIX_SECONDS, "expireat"),
  },
  {
    ...expiring,
    name: "pexpireat",
    since: "2.6.0",
    summary: "Gives a key a deadline in milliseconds since 1970.",
    syntax: "key unix-time-milliseconds:unix-time [condition(NX|XX|GT|LT)@7.0.0]",
    handler: expire(UNIX_MILLISECONDS, "pexpireat"),
  },
  {
    name: "persist",
    arity: 2,
    flags: ["write", "fast"],
    group: "generic",
    keys: [{ flags: "RW update", begin: 1 }],
    since: "2.2.0",
    complexity: "O(1)",
    summary: "Takes a key's deadline away.",
    syntax: "key",
    handler: persist,
  },
];
