/**
 * Questions about keys that leave their values alone: EXISTS, TYPE, TOUCH, DBSIZE, RANDOMKEY.
 */
import { env } from "../../base/env.ts";
import * as prng from "../../base/prng.ts";
import { hash } from "../../base/siphash.ts";
import type { CommandSpec } from "../../command/command.ts";
import { loosely } from "../../command/propagation.ts";
import type { Session } from "../../command/session.ts";
import { type Database, size, tableOf } from "../../keyspace/database.ts";
import { expiry, isPast, removePast } from "../../keyspace/expiry.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { typeOf } from "../../keyspace/value-type.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";
import * as entry from "../../struct/entry.ts";
import * as table from "../../struct/table.ts";

function exists(session: Session, args: Args, reply: Reply): void {
  let found = 0;
  for (let i = 1; i < args.count; i++) if (keyspace.inspect(session.db, args, i) !== NIL) found++;
  reply.integer(found);
}

function touch(session: Session, args: Args, reply: Reply): void {
  let found = 0;
  for (let i = 1; i < args.count; i++) if (keyspace.lookupRead(session.db, args, i) !== NIL) found++;
  reply.integer(found);
}

function type(session: Session, args: Args, reply: Reply): void {
  const ref = keyspace.inspect(session.db, args, 1);
  reply.simple(ref === NIL ? "none" : typeOf(entry.type(ref)).name);
}

function dbsize(session: Session, _args: Args, reply: Reply): void {
  reply.integer(size(session.db));
}

function randomkey(session: Session, _args: Args, reply: Reply): void {
  const ref = randomEntry(session.db);
  if (!session.isExecutingQueue) loosely();
  if (ref === NIL) return reply.null();
  reply.bulk(keyspace.keyRegion(ref), entry.keyStart(ref), entry.keyLength(ref));
}

const chance = prng.create(env.random32());
const below = (limit: number) => prng.below(chance, limit);

/** Any key of the database that is not past its deadline, each with the same probability; NIL when there is none. */
function randomEntry(db: Database): Ref {
  while (size(db) > 0) {
    const ref = table.random(tableOf(db), below);
    if (!isPast(ref) || expiry.isHeld) return ref;
    const start = entry.keyStart(ref);
    removePast(db, hash(keyspace.keyRegion(ref).bytes, start, start + entry.keyLength(ref)));
  }
  return NIL;
}

const severalKeys = {
  arity: -2,
  flags: ["readonly", "fast"],
  group: "generic",
  keys: [{ flags: "RO", begin: 1, last: -1 }],
  tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
  syntax: "key...",
  complexity: "O(N) in the number of keys.",
} as const;

export const inspectCommands: readonly CommandSpec[] = [
  {
    ...severalKeys,
    name: "exists",
    since: "1.0.0",
    summary: "Counts those of the keys that exist; a key given twice counts twice.",
    history: [["3.0.3", "Takes more than one key."]],
    handler: exists,
  },
  {
    ...severalKeys,
    name: "touch",
    since: "3.2.1",
    summary: "Notes that keys are used now, and counts those that exist.",
    handler: touch,
  },
  {
    name: "type",
    arity: 2,
    flags: ["readonly", "fast"],
    group: "generic",
    keys: [{ flags: "RO", begin: 1 }],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Names the type of the value at a key.",
    syntax: "key",
    handler: type,
  },
  {
    name: "dbsize",
    arity: 1,
    flags: ["readonly", "fast"],
    group: "server",
    categories: ["@keyspace"],
    tips: ["request_policy:all_shards", "response_policy:agg_sum"],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Counts the keys of the selected database.",
    syntax: "",
    handler: dbsize,
  },
  {
    name: "randomkey",
    arity: 1,
    flags: ["readonly"],
    group: "generic",
    tips: ["request_policy:all_shards", "nondeterministic_output"],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Answers a key chosen at random, each with the same probability.",
    syntax: "",
    handler: randomkey,
  },
];
