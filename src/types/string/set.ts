/**
 * Writing strings whole: SET, with its options or without, and the older commands that each stand for one of them.
 */

import { equal } from "../../base/region.ts";
import type { CommandSpec } from "../../command/command.ts";
import type { FoundKey } from "../../command/keys-of.ts";
import { argument, argumentsFrom, bulkOf, instead, integer } from "../../command/propagation.ts";
import type { Session } from "../../command/session.ts";
import * as access from "../../keyspace/access.ts";
import type { Database } from "../../keyspace/database.ts";
import { type DeadlineForm, MILLISECONDS, positiveDeadlineOrReply, SECONDS } from "../../keyspace/deadline-args.ts";
import * as events from "../../keyspace/events.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { STRING } from "../../keyspace/value-type.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { WRONG_TYPE } from "../../resp/errors.ts";
import type { Reply } from "../../resp/reply.ts";
import * as entry from "../../struct/entry.ts";
import { replyString } from "./get.ts";
import { GET, IFEQ, KEEPTTL, NX, optionsOrReply, SET_OPTIONS, type StringOptions, UNTIL, XX } from "./options.ts";
import * as string from "./value.ts";

function set(session: Session, args: Args, reply: Reply): void {
  if (args.count > 3) return setWithOptions(session, args, reply);
  store(session.db, args, 1, 2);
  reply.ok();
}

/** Sets the key in argument `i` to argument `value`, whatever it held, and says so. */
export function store(db: Database, args: Args, i: number, value: number): void {
  string.write(db, args, i, string.DERIVED, 0, args.region, args.start(value), args.length(value));
  events.changed(db, args, i, events.STRING, "set");
}

/** As `store`, with a deadline (none when undefined). `old` is the key's entry by now, or NIL. */
export function storeUntil(
  db: Database,
  args: Args,
  i: number,
  old: Ref,
  value: number,
  deadline: number | bigint | undefined,
): void {
  const ref = string.createUntil(db, args, i, old, string.DERIVED, args.length(value), deadline);
  string.overwrite(ref, 0, args.region, args.start(value), args.length(value));
  events.changed(db, args, i, events.STRING, "set");
}

/** Says that the key in argument `i` got a deadline. */
export function notifyExpire(db: Database, args: Args, i: number): void {
  events.notify(events.GENERIC, "expire", db, args.region, args.start(i), args.end(i));
}

function setWithOptions(session: Session, args: Args, reply: Reply): void {
  const db = session.db;
  const options = optionsOrReply(args, 3, SET_OPTIONS, reply);
  if (options === undefined) return;
  let deadline: number | bigint | undefined;
  if (options.has(UNTIL)) {
    deadline = options.deadlineOrReply(args, "set", reply);
    if (deadline === undefined) return;
  }
  const answersOld = options.has(GET);
  const old = answersOld ? keyspace.lookupRead(db, args, 1) : keyspace.lookupWrite(db, args, 1);
  if (old !== NIL && options.has(GET | IFEQ) && entry.type(old) !== STRING) return reply.error(WRONG_TYPE);
  if (answersOld) {
    if (old === NIL) reply.null();
    else {
      replyString(reply, old);
      // Redis looks it up to answer it, and once more to replace it.
      access.use(old);
    }
  }
  if (!meetsCondition(options, args, old)) {
    if (!answersOld) reply.null();
    return;
  }
  if (options.has(KEEPTTL) && old !== NIL) deadline = string.deadlineOf(old);
  storeUntil(db, args, 1, old, 2, deadline);
  if (options.has(UNTIL)) notifyExpire(db, args, 1);
  if (!answersOld) reply.ok();
  if (options.has(UNTIL)) tellSetUntil(args, 1, 2, deadline!);
  else if (options.has(IFEQ)) tellSet(args, 1, 2, options.has(KEEPTTL));
  else if (answersOld) tellWithoutGet(args);
}

const SET = bulkOf("SET");
const PXAT = bulkOf("PXAT");
const KEEP = bulkOf("KEEPTTL");

/** Tells `SET key value`, perhaps with KEEPTTL, in place of the running command. */
export function tellSet(args: Args, i: number, value: number, keepsDeadline: boolean): void {
  const out = instead(keepsDeadline ? 4 : 3);
  if (out === undefined) return;
  out.raw(SET);
  argument(out, args, i);
  argument(out, args, value);
  if (keepsDeadline) out.raw(KEEP);
}

/** Tells `SET key value PXAT deadline` in place of the running command. */
export function tellSetUntil(args: Args, i: number, value: number, deadline: number | bigint): void {
  const out = instead(5);
  if (out === undefined) return;
  out.raw(SET);
  argument(out, args, i);
  argument(out, args, value);
  out.raw(PXAT);
  integer(out, deadline);
}

/** Tells the command as it came, but for the option GET, which may stand there more than once. */
function tellWithoutGet(args: Args): void {
  let count = args.count;
  for (let i = 3; i < args.count; i++) if (args.is(i, "get")) count--;
  const out = instead(count);
  if (out === undefined) return;
  argumentsFrom(out, args, 0, 3);
  for (let i = 3; i < args.count; i++) if (!args.is(i, "get")) argument(out, args, i);
}

function meetsCondition(options: StringOptions, args: Args, old: Ref): boolean {
  if (options.has(NX)) return old === NIL;
  if (options.has(XX)) return old !== NIL;
  if (options.has(IFEQ)) return old !== NIL && equalsArgument(old, args, options.comparand);
  return true;
}

/** Whether the string that an entry holds is argument `i`. */
export function equalsArgument(ref: Ref, args: Args, i: number): boolean {
  const length = args.length(i);
  if (string.length(ref) !== length) return false;
  return equal(string.region(ref), string.start(ref), args.region, args.start(i), length);
}

function setnx(session: Session, args: Args, reply: Reply): void {
  if (keyspace.lookupWrite(session.db, args, 1) !== NIL) return reply.zero();
  store(session.db, args, 1, 2);
  reply.one();
}

function setUntil(session: Session, args: Args, reply: Reply, form: DeadlineForm, command: string): void {
  const deadline = positiveDeadlineOrReply(args, 2, form, command, reply);
  if (deadline === undefined) return;
  storeUntil(session.db, args, 1, keyspace.lookupWrite(session.db, args, 1), 3, deadline);
  notifyExpire(session.db, args, 1);
  tellSetUntil(args, 1, 3, deadline);
  reply.ok();
}

/** SET reads its key only where it is told to. */
function keyOfSet(args: Args): FoundKey[] {
  for (let i = 3; i < args.count; i++) if (args.is(i, "get")) return [{ position: 1, flags: "RW access update" }];
  return [{ position: 1, flags: "OW update" }];
}

export const setCommands: readonly CommandSpec[] = [
  {
    name: "set",
    arity: -3,
    flags: ["write", "denyoom"],
    group: "string",
    keys: [
      { flags: "RW access update variable_flags", begin: 1, find: keyOfSet, notes: "Reads only where `GET` is given" },
    ],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Stores a string at a key, whatever was there.",
    // IFEQ is Valkey's (8.1); COMMAND DOCS describes what Redis has.
    syntax:
      "key value [condition(NX|XX)@2.6.12] [GET@6.2.0] " +
      "[expiration(EX seconds:integer@2.6.12|PX milliseconds:integer@2.6.12|EXAT unix-time-seconds:unix-time@6.2.0|" +
      "PXAT unix-time-milliseconds:unix-time@6.2.0|KEEPTTL@6.0.0)]",
    history: [
      ["2.6.12", "Options `EX`, `PX`, `NX` and `XX`."],
      ["6.0.0", "Option `KEEPTTL`."],
      ["6.2.0", "Options `GET`, `EXAT` and `PXAT`."],
      ["7.0.0", "`NX` and `GET` go together."],
    ],
    handler: set,
  },
  {
    name: "setnx",
    arity: 3,
    flags: ["write", "denyoom", "fast"],
    group: "string",
    keys: [{ flags: "OW insert", begin: 1 }],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Stores a string at a key that does not exist yet.",
    syntax: "key value",
    handler: setnx,
  },
  {
    name: "setex",
    arity: 4,
    flags: ["write", "denyoom"],
    group: "string",
    keys: [{ flags: "OW update", begin: 1 }],
    since: "2.0.0",
    complexity: "O(1)",
    summary: "Stores a string at a key for so many seconds.",
    syntax: "key seconds:integer value",
    handler: (session, args, reply) => setUntil(session, args, reply, SECONDS, "setex"),
  },
  {
    name: "psetex",
    arity: 4,
    flags: ["write", "denyoom"],
    group: "string",
    keys: [{ flags: "OW update", begin: 1 }],
    since: "2.6.0",
    complexity: "O(1)",
    summary: "Stores a string at a key for so many milliseconds.",
    syntax: "key milliseconds:integer value",
    handler: (session, args, reply) => setUntil(session, args, reply, MILLISECONDS, "psetex"),
  },
];
