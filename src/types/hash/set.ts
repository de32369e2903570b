/**
 * Writing and removing fields: HSET, HMSET, HSETNX, HDEL.
 */
import type { CommandSpec } from "../../command/command.ts";
import type { Session } from "../../command/session.ts";
import * as events from "../../keyspace/events.ts";
import { NIL } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";
import { changed, declare, lookupWrite, openOrCreate } from "./access.ts";
import * as hash from "./value.ts";

/** Sets the fields of HSET and HMSET. The number of new ones, or -1 after a written error. */
function setFields(session: Session, args: Args, reply: Reply, commandName: string): number {
  if (args.count % 2 !== 0) {
    reply.error(`ERR wrong number of arguments for '${commandName}' command`);
    return -1;
  }
  const ref = openOrCreate(session, args, reply);
  if (ref === NIL) return -1;
  let added = 0;
  for (let i = 2; i < args.count; i += 2) {
    if (hash.set(ref, args, i, args.region, args.start(i + 1), args.end(i + 1))) added++;
  }
  events.changes.dirty += args.count / 2 - 2;
  events.changed(session.db, args, 1, events.HASH, "hset");
  return added;
}

function hset(session: Session, args: Args, reply: Reply): void {
  const added = setFields(session, args, reply, "hset");
  if (added >= 0) reply.integer(added);
}

function hmset(session: Session, args: Args, reply: Reply): void {
  if (setFields(session, args, reply, "hmset") >= 0) reply.ok();
}

function hsetnx(session: Session, args: Args, reply: Reply): void {
  const ref = openOrCreate(session, args, reply);
  if (ref === NIL) return;
  if (hash.has(ref, args, 2)) return reply.zero();
  hash.set(ref, args, 2, args.region, args.start(3), args.end(3));
  events.changed(session.db, args, 1, events.HASH, "hset");
  reply.one();
}

function hdel(session: Session, args: Args, reply: Reply): void {
  const ref = lookupWrite(session, args, reply);
  if (ref === undefined) return;
  if (ref === NIL) return reply.zero();
  let removed = 0;
  for (let i = 2; i < args.count; i++) if (hash.remove(ref, args, i)) removed++;
  if (removed > 0) changed(session.db, args, ref, removed, "hdel");
  reply.integer(removed);
}

export const setCommands: readonly CommandSpec[] = [
  declare({
    name: "hset",
    arity: -4,
    flags: ["write", "denyoom", "fast"],
    keyFlags: "RW update",
    elements: { first: 2, step: 2 },
    since: "2.0.0",
    complexity: "O(N) for N fields.",
    summary: "Sets fields, whatever they held, and makes the hash where there is none.",
    syntax: "key field_value(field value)...",
    history: [["4.0.0", "Takes several fields with their values."]],
    handler: hset,
  }),
  declare({
    name: "hmset",
    arity: -4,
    flags: ["write", "denyoom", "fast"],
    keyFlags: "RW update",
    elements: { first: 2, step: 2 },
    since: "2.0.0",
    complexity: "O(N) for N fields.",
    summary: "Sets fields as HSET does, and answers OK.",
    syntax: "key field_value(field value)...",
    deprecated: { since: "4.0.0", replacedBy: "`HSET` with multiple field-value pairs" },
    handler: hmset,
  }),
  declare({
    name: "hsetnx",
    arity: 4,
    flags: ["write", "denyoom", "fast"],
    keyFlags: "RW insert",
    elements: { first: 2 },
    since: "2.0.0",
    complexity: "O(1)",
    summary: "Sets a field unless it exists.",
    syntax: "key field value",
    handler: hsetnx,
  }),
  declare({
    name: "hdel",
    arity: -3,
    flags: ["write", "fast"],
    keyFlags: "RW delete",
    elements: { first: 2, step: 1 },
    since: "2.0.0",
    complexity: "O(N) for N fields.",
    summary: "Removes fields, and the hash with the last of them.",
    syntax: "key field...",
    history: [["2.4.0", "Takes several fields."]],
    handler: hdel,
  }),
];
