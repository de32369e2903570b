/**
 * Reading sets: SCARD, SISMEMBER, SMISMEMBER, SMEMBERS, SSCAN. None of them changes anything.
 */
import type { CommandSpec } from "../../command/command.ts";
import { checked, openRead, replyElement, replyEmptySet, replyZero } from "../../command/open-value.ts";
import { matches, parseCursor, parseOptions, replyScanned } from "../../command/scan-options.ts";
import type { Session } from "../../command/session.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { SET } from "../../keyspace/value-type.ts";
import { NIL } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";
import { declare } from "./access.ts";
import * as set from "./value.ts";

function scard(session: Session, args: Args, reply: Reply): void {
  const ref = openRead(session, args, reply, SET, replyZero);
  if (ref !== NIL) reply.integer(set.length(ref));
}

function sismember(session: Session, args: Args, reply: Reply): void {
  const ref = openRead(session, args, reply, SET, replyZero);
  if (ref === NIL) return;
  if (set.has(ref, args, 2)) reply.one();
  else reply.zero();
}

function smismember(session: Session, args: Args, reply: Reply): void {
  const ref = keyspace.lookupRead(session.db, args, 1);
  if (ref !== NIL && checked(ref, reply, SET) === NIL) return;
  reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) {
    if (ref !== NIL && set.has(ref, args, i)) reply.one();
    else reply.zero();
  }
}

function smembers(session: Session, args: Args, reply: Reply): void {
  const ref = openRead(session, args, reply, SET, replyEmptySet);
  if (ref === NIL) return;
  reply.set(set.length(ref));
  set.each(ref, (member) => replyElement(reply, member));
}

const replyNothingScanned = (reply: Reply) => replyScanned(reply, reply.length, 0, 0);

function sscan(session: Session, args: Args, reply: Reply): void {
  const cursor = parseCursor(args, 2, reply);
  if (Number.isNaN(cursor)) return;
  const ref = openRead(session, args, reply, SET, replyNothingScanned);
  if (ref === NIL) return;
  const options = parseOptions(args, 3, reply);
  if (options === undefined) return;
  const mark = reply.length;
  let items = 0;
  const next = set.scan(ref, cursor, options.count, (member) => {
    if (!matches(args, options, member.region.bytes, member.start, member.start + member.length)) return;
    replyElement(reply, member);
    items++;
  });
  replyScanned(reply, mark, next, items);
}

export const readCommands: readonly CommandSpec[] = [
  declare({
    name: "scard",
    arity: 2,
    flags: ["readonly", "fast"],
    keyFlags: "RO",
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Answers how many members a set has.",
    syntax: "key",
    handler: scard,
  }),
  declare({
    name: "sismember",
    arity: 3,
    flags: ["readonly", "fast"],
    keyFlags: "RO",
    elements: { first: 2 },
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Tells whether something is a member.",
    syntax: "key member",
    handler: sismember,
  }),
  declare({
    name: "smismember",
    arity: -3,
    flags: ["readonly", "fast"],
    keyFlags: "RO access",
    elements: { first: 2, step: 1 },
    since: "6.2.0",
    complexity: "O(N) for N members asked for.",
    summary: "Tells of several things whether they are members.",
    syntax: "key member...",
    handler: smismember,
  }),
  declare({
    name: "smembers",
    arity: 2,
    flags: ["readonly"],
    keyFlags: "RO access",
    tips: ["nondeterministic_output_order"],
    since: "1.0.0",
    complexity: "O(N) for a set of N members.",
    summary: "Answers all members.",
    syntax: "key",
    handler: smembers,
  }),
  declare({
    name: "sscan",
    arity: -3,
    flags: ["readonly"],
    keyFlags: "RO access",
    tips: ["nondeterministic_output"],
    since: "2.8.0",
    complexity: "O(1) a call; O(N) for the calls that visit all of N members.",
    summary: "Visits the members of a set, a few with each call.",
    syntax: "key cursor:integer [MATCH pattern] [COUNT count:integer]",
    handler: sscan,
  }),
];
