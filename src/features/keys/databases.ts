/**
 * Whole databases: SWAPDB, FLUSHDB, FLUSHALL. (SELECT is the connection's affair.)
 */
import type { CommandSpec } from "../../command/command.ts";
import { always } from "../../command/propagation.ts";
import type { Session } from "../../command/session.ts";
import { type Database, databases, flush, swap } from "../../keyspace/database.ts";
import { parseInt32 } from "../../keyspace/database-args.ts";
import * as events from "../../keyspace/events.ts";
import type { Args } from "../../resp/args.ts";
import { DB_OUT_OF_RANGE, SYNTAX } from "../../resp/errors.ts";
import type { Reply } from "../../resp/reply.ts";

function swapdb(_session: Session, args: Args, reply: Reply): void {
  const numbers: number[] = [];
  for (const [i, name] of [
    [1, "first"],
    [2, "second"],
  ] as const) {
    const number = parseInt32(args, i);
    if (Number.isNaN(number)) return reply.error(`ERR invalid ${name} DB index`);
    numbers.push(number);
  }
  const [a, b] = numbers.map((number) => databases[number]);
  if (a === undefined || b === undefined) return reply.error(DB_OUT_OF_RANGE);
  if (a !== b) {
    for (const hook of events.hooks.swapping) hook(a, b);
    swap(a, b);
    for (const hook of events.hooks.swapped) hook(a, b);
  }
  events.changes.dirty++;
  reply.ok();
}

/** Both modes mean the same here: the keys are gone at once, what they held is freed in slices. False after an error. */
function flushEach(dbs: readonly Database[], args: Args, reply: Reply): boolean {
  if (args.count > 2 || (args.count === 2 && !args.is(1, "sync") && !args.is(1, "async"))) {
    reply.error(SYNTAX);
    return false;
  }
  always();
  for (const db of dbs) {
    for (const hook of events.hooks.flushing) hook(db);
    events.changes.dirty += flush(db);
  }
  reply.ok();
  return true;
}

function flushall(_session: Session, args: Args, reply: Reply): void {
  if (flushEach(databases, args, reply)) for (const hook of events.hooks.flushedAll) hook();
}

const flushing = {
  arity: -1,
  flags: ["write"],
  group: "server",
  categories: ["@keyspace", "@dangerous"],
  tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
  since: "1.0.0",
  complexity: "O(1); what the keys held is freed later, in slices.",
  syntax: "[async(ASYNC@4.0.0|SYNC@6.2.0)]",
  history: [
    ["4.0.0", "The mode `ASYNC`."],
    ["6.2.0", "The mode `SYNC`."],
  ],
} as const;

export const databaseCommands: readonly CommandSpec[] = [
  {
    name: "swapdb",
    arity: 3,
    flags: ["write", "fast"],
    group: "server",
    categories: ["@keyspace", "@dangerous"],
    since: "4.0.0",
    complexity: "O(N) in the number of clients that watch or wait for keys of the two databases.",
    summary: "Exchanges two databases for all clients at once.",
    syntax: "index1:integer index2:integer",
    handler: swapdb,
  },
  {
    ...flushing,
    name: "flushdb",
    summary: "Deletes all keys of the selected database.",
    handler: (session, args, reply) => void flushEach([session.db], args, reply),
  },
  {
    ...flushing,
    name: "flushall",
    summary: "Deletes all keys of all databases.",
    handler: flushall,
  },
];
