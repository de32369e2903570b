/**
 * Many keys at once. Nobody sees some of them written and others not.
 */
import * as int64 from "../../base/int64.ts";
import type { CommandSpec } from "../../command/command.ts";
import { argumentsFrom, bulkOf, instead } from "../../command/propagation.ts";
import type { Session } from "../../command/session.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { STRING } from "../../keyspace/value-type.ts";
import { NIL } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";
import * as entry from "../../struct/entry.ts";
import { replyString } from "./get.ts";
import { KEEPTTL, MSETEX_OPTIONS, NX, optionsOrReply, UNTIL, XX } from "./options.ts";
import { notifyExpire, store, storeUntil, tellSet, tellSetUntil } from "./set.ts";
import * as string from "./value.ts";

const NUMKEYS_MAX = 2 ** 31 - 1;
const BAD_NUMKEYS = "ERR invalid numkeys value";
const BAD_PAIRS = "ERR wrong number of key-value pairs";

function mget(session: Session, args: Args, reply: Reply): void {
  const count = args.count;
  reply.array(count - 1);
  for (let i = 1; i < count; i++) {
    const ref = keyspace.lookupRead(session.db, args, i);
    if (ref === NIL || entry.type(ref) !== STRING) reply.null();
    else replyString(reply, ref);
  }
}

function mset(session: Session, args: Args, reply: Reply): void {
  if (!arePairs(args)) return reply.error(missingValue("mset"));
  for (let i = 1; i < args.count; i += 2) store(session.db, args, i, i + 1);
  reply.ok();
}

function msetnx(session: Session, args: Args, reply: Reply): void {
  if (!arePairs(args)) return reply.error(missingValue("msetnx"));
  if (countExisting(session, args, 1, args.count, 1) > 0) return reply.zero();
  for (let i = 1; i < args.count; i += 2) store(session.db, args, i, i + 1);
  reply.one();
}

const arePairs = (args: Args) => args.count % 2 === 1;

const missingValue = (command: string) => `ERR wrong number of arguments for '${command}' command`;

/** How many of the keys in arguments `first`, `first + 2` … exist. Stops counting at `enough`. */
function countExisting(session: Session, args: Args, first: number, end: number, enough: number): number {
  let existing = 0;
  for (let i = first; i < end && existing < enough; i += 2) {
    if (keyspace.lookupWrite(session.db, args, i) !== NIL) existing++;
  }
  return existing;
}

function msetex(session: Session, args: Args, reply: Reply): void {
  const db = session.db;
  const pairs = int64.parseSafe(args.bytes, args.start(1), args.end(1));
  if (!(pairs >= 1 && pairs <= NUMKEYS_MAX)) return reply.error(BAD_NUMKEYS);
  const end = 2 + 2 * pairs;
  if (end > args.count) return reply.error(BAD_PAIRS);
  const options = optionsOrReply(args, end, MSETEX_OPTIONS, reply);
  if (options === undefined) return;
  let deadline: number | bigint | undefined;
  if (options.has(UNTIL)) {
    deadline = options.deadlineOrReply(args, "msetex", reply);
    if (deadline === undefined) return;
  }
  if (options.has(NX) && countExisting(session, args, 2, end, 1) > 0) return reply.zero();
  if (options.has(XX) && countExisting(session, args, 2, end, pairs) < pairs) return reply.zero();
  for (let i = 2; i < end; i += 2) {
    const old = keyspace.lookupWrite(db, args, i);
    if (options.has(KEEPTTL) && old !== NIL) storeUntil(db, args, i, old, i + 1, string.deadlineOf(old));
    else storeUntil(db, args, i, old, i + 1, deadline);
    if (options.has(UNTIL)) {
      notifyExpire(db, args, i);
      tellSetUntil(args, i, i + 1, deadline!);
    } else if (options.has(KEEPTTL)) {
      tellSet(args, i, i + 1, true);
    }
  }
  if (!options.has(UNTIL | KEEPTTL)) tellPairs(args, end);
  reply.one();
}

const MSET = bulkOf("MSET");

/** Tells MSET in place of MSETEX: older servers do not know the latter. */
function tellPairs(args: Args, end: number): void {
  const out = instead(end - 1);
  if (out === undefined) return;
  out.raw(MSET);
  argumentsFrom(out, args, 2, end);
}

export const manyCommands: readonly CommandSpec[] = [
  {
    name: "mget",
    arity: -2,
    flags: ["readonly", "fast"],
    group: "string",
    keys: [{ flags: "RO access", begin: 1, last: -1 }],
    tips: ["request_policy:multi_shard"],
    since: "1.0.0",
    complexity: "O(N), N the number of keys.",
    summary: "Answers the strings at several keys.",
    syntax: "key...",
    handler: mget,
  },
  {
    name: "mset",
    arity: -3,
    flags: ["write", "denyoom"],
    group: "string",
    keys: [{ flags: "OW update", begin: 1, last: -1, step: 2 }],
    tips: ["request_policy:multi_shard", "response_policy:all_succeeded"],
    since: "1.0.1",
    complexity: "O(N), N the number of keys.",
    summary: "Stores strings at several keys, whatever was there.",
    syntax: "key_value(key value)...",
    handler: mset,
  },
  {
    name: "msetnx",
    arity: -3,
    flags: ["write", "denyoom"],
    group: "string",
    keys: [{ flags: "OW insert", begin: 1, last: -1, step: 2 }],
    tips: ["request_policy:multi_shard", "response_policy:agg_min"],
    since: "1.0.1",
    complexity: "O(N), N the number of keys.",
    summary: "Stores strings at several keys if none of them exists yet.",
    syntax: "key_value(key value)...",
    handler: msetnx,
  },
  {
    name: "msetex",
    arity: -4,
    flags: ["write", "denyoom", "movablekeys"],
    group: "string",
    keys: [{ flags: "OW update", begin: 1, keyNumber: { at: 0, firstKey: 1 }, step: 2 }],
    tips: ["request_policy:multi_shard", "response_policy:all_succeeded"],
    since: "8.4.0",
    complexity: "O(N), N the number of keys.",
    summary: "Stores strings at several keys with one deadline, perhaps only if all or none of them exist.",
    syntax:
      "numkeys:integer key_value(key value)... [condition(NX|XX)] " +
      "[expiration(EX seconds:integer|PX milliseconds:integer|EXAT unix-time-seconds:unix-time|" +
      "PXAT unix-time-milliseconds:unix-time|KEEPTTL)]",
    handler: msetex,
  },
];
