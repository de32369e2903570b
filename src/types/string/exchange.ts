/**
 * One step for what would be a race in two: reading a string and changing it, its deadline or its existence at once.
 */

import type { CommandSpec } from "../../command/command.ts";
import { argument, bulkOf, DEL, deletionWord, instead, insteadOnKey, integer } from "../../command/propagation.ts";
import type { Session } from "../../command/session.ts";
import * as events from "../../keyspace/events.ts";
import * as expiry from "../../keyspace/expiry.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { lazyfreeLazyExpire, lazyfreeLazyUserDel } from "../../keyspace/parameters.ts";
import { isOver } from "../../keyspace/replay.ts";
import { STRING } from "../../keyspace/value-type.ts";
import { NIL } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { WRONG_TYPE } from "../../resp/errors.ts";
import type { Reply } from "../../resp/reply.ts";
import * as entry from "../../struct/entry.ts";
import { replyString } from "./get.ts";
import { GETEX_OPTIONS, optionsOrReply, PERSIST, UNTIL, UNTIL_UNIX_TIME } from "./options.ts";
import { equalsArgument, store, tellSet } from "./set.ts";

function getset(session: Session, args: Args, reply: Reply): void {
  const ref = keyspace.lookupRead(session.db, args, 1);
  if (ref === NIL) reply.null();
  else if (entry.type(ref) !== STRING) return reply.error(WRONG_TYPE);
  else replyString(reply, ref);
  store(session.db, args, 1, 2);
  tellSet(args, 1, 2, false);
}

function getdel(session: Session, args: Args, reply: Reply): void {
  const ref = keyspace.lookupRead(session.db, args, 1);
  if (ref === NIL) return reply.null();
  if (entry.type(ref) !== STRING) return reply.error(WRONG_TYPE);
  replyString(reply, ref);
  remove(session, args, deletionWord(lazyfreeLazyUserDel.value));
}

function delifeq(session: Session, args: Args, reply: Reply): void {
  const ref = keyspace.lookupWrite(session.db, args, 1);
  if (ref === NIL) return reply.zero();
  if (entry.type(ref) !== STRING) return reply.error(WRONG_TYPE);
  if (!equalsArgument(ref, args, 2)) return reply.zero();
  remove(session, args, DEL);
  reply.one();
}

/** Removes the key in argument 1, and says so, with this word to those who are told of commands. */
function remove(session: Session, args: Args, word: Uint8Array): void {
  keyspace.remove(session.db, args, 1);
  events.changed(session.db, args, 1, events.GENERIC, "del");
  insteadOnKey(word, args, 1);
}

const PEXPIREAT = bulkOf("PEXPIREAT");
const PERSISTED = bulkOf("PERSIST");

function tellDeadline(args: Args, deadline: number | bigint): void {
  const out = instead(3);
  if (out === undefined) return;
  out.raw(PEXPIREAT);
  argument(out, args, 1);
  integer(out, deadline);
}

function getex(session: Session, args: Args, reply: Reply): void {
  const db = session.db;
  const options = optionsOrReply(args, 2, GETEX_OPTIONS, reply);
  if (options === undefined) return;
  const ref = keyspace.lookupRead(db, args, 1);
  if (ref === NIL) return reply.null();
  if (entry.type(ref) !== STRING) return reply.error(WRONG_TYPE);
  if (options.has(UNTIL)) {
    const deadline = options.deadlineOrReply(args, "getex", reply);
    if (deadline === undefined) return;
    replyString(reply, ref);
    if (options.has(UNTIL_UNIX_TIME) && isOver(deadline)) {
      return remove(session, args, deletionWord(lazyfreeLazyExpire.value));
    }
    expiry.setDeadline(db, args, 1, ref, deadline);
    tellDeadline(args, deadline);
    return events.changed(db, args, 1, events.GENERIC, "expire");
  }
  replyString(reply, ref);
  if (!options.has(PERSIST) || !entry.hasDeadline(ref)) return;
  expiry.setDeadline(db, args, 1, ref, undefined);
  insteadOnKey(PERSISTED, args, 1);
  events.changed(db, args, 1, events.GENERIC, "persist");
}

export const exchangeCommands: readonly CommandSpec[] = [
  {
    name: "getset",
    arity: 3,
    flags: ["write", "denyoom", "fast"],
    group: "string",
    keys: [{ flags: "RW access update", begin: 1 }],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Stores a string at a key and answers the one that was there.",
    syntax: "key value",
    deprecated: { since: "6.2.0", replacedBy: "`SET` with the `GET` argument" },
    handler: getset,
  },
  {
    name: "getdel",
    arity: 2,
    flags: ["write", "fast"],
    group: "string",
    keys: [{ flags: "RW access delete", begin: 1 }],
    since: "6.2.0",
    complexity: "O(1)",
    summary: "Answers the string at a key and deletes it.",
    syntax: "key",
    handler: getdel,
  },
  {
    name: "getex",
    arity: -2,
    flags: ["write", "fast"],
    group: "string",
    keys: [{ flags: "RW access update", begin: 1, notes: "Writes the deadline only" }],
    since: "6.2.0",
    complexity: "O(1)",
    summary: "Answers the string at a key, and sets or clears its deadline.",
    syntax:
      "key [expiration(EX seconds:integer|PX milliseconds:integer|EXAT unix-time-seconds:unix-time|" +
      "PXAT unix-time-milliseconds:unix-time|PERSIST)]",
    handler: getex,
  },
  {
    name: "delifeq",
    arity: 3,
    flags: ["write"],
    group: "string",
    keys: [{ flags: "RM access delete", begin: 1 }],
    since: "9.0.0",
    complexity: "O(1)",
    summary: "Deletes a key if it holds this very string.",
    syntax: "key value",
    handler: delifeq,
  },
];
