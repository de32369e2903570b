/**
 * Reading hashes: HGET, HMGET, HSTRLEN, HEXISTS, HLEN, HGETALL, HKEYS, HVALS. None of them changes anything.
 *
 * Where more fields have come to their deadlines than a command removes on its way, HLEN counts the rest until they are
 * gone, a few milliseconds later; Redis counts them as well. The others never show them.
 */
import type { CommandSpec } from "../../command/command.ts";
import { replyElement, replyEmptyArray, replyEmptyMap, replyNull, replyZero } from "../../command/open-value.ts";
import type { Session } from "../../command/session.ts";
import { NIL } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";
import { declare, lookupRead, openRead } from "./access.ts";
import * as hash from "./value.ts";

function hget(session: Session, args: Args, reply: Reply): void {
  const ref = openRead(session, args, reply, replyNull);
  if (ref === NIL) return;
  if (hash.find(ref, args, 2)) replyElement(reply, hash.found);
  else reply.null();
}

function hmget(session: Session, args: Args, reply: Reply): void {
  const ref = lookupRead(session, args, reply);
  if (ref === undefined) return;
  reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) {
    if (ref !== NIL && hash.find(ref, args, i)) replyElement(reply, hash.found);
    else reply.null();
  }
}

function hstrlen(session: Session, args: Args, reply: Reply): void {
  const ref = openRead(session, args, reply, replyZero);
  if (ref === NIL) return;
  reply.integer(hash.find(ref, args, 2) ? hash.found.length : 0);
}

function hexists(session: Session, args: Args, reply: Reply): void {
  const ref = openRead(session, args, reply, replyZero);
  if (ref === NIL) return;
  if (hash.has(ref, args, 2)) reply.one();
  else reply.zero();
}

function hlen(session: Session, args: Args, reply: Reply): void {
  const ref = openRead(session, args, reply, replyZero);
  if (ref !== NIL) reply.integer(hash.length(ref));
}

function hgetall(session: Session, args: Args, reply: Reply): void {
  const ref = openRead(session, args, reply, replyEmptyMap, true);
  if (ref === NIL) return;
  reply.map(hash.shown(ref));
  hash.eachShown(ref, (name, value) => {
    replyElement(reply, name);
    replyElement(reply, value);
  });
}

function hkeys(session: Session, args: Args, reply: Reply): void {
  const ref = openRead(session, args, reply, replyEmptyArray, true);
  if (ref === NIL) return;
  reply.array(hash.shown(ref));
  hash.eachShown(ref, (name) => replyElement(reply, name));
}

function hvals(session: Session, args: Args, reply: Reply): void {
  const ref = openRead(session, args, reply, replyEmptyArray, true);
  if (ref === NIL) return;
  reply.array(hash.shown(ref));
  hash.eachShown(ref, (_name, value) => replyElement(reply, value));
}

export const getCommands: readonly CommandSpec[] = [
  declare({
    name: "hget",
    arity: 3,
    flags: ["readonly", "fast"],
    keyFlags: "RO access",
    elements: { first: 2 },
    since: "2.0.0",
    complexity: "O(1)",
    summary: "Answers the value of a field.",
    syntax: "key field",
    handler: hget,
  }),
  declare({
    name: "hmget",
    arity: -3,
    flags: ["readonly", "fast"],
    keyFlags: "RO access",
    elements: { first: 2, step: 1 },
    since: "2.0.0",
    complexity: "O(N) for N fields.",
    summary: "Answers the values of several fields.",
    syntax: "key field...",
    handler: hmget,
  }),
  declare({
    name: "hstrlen",
    arity: 3,
    flags: ["readonly", "fast"],
    keyFlags: "RO",
    elements: { first: 2 },
    since: "3.2.0",
    complexity: "O(1)",
    summary: "Answers how many bytes the value of a field has.",
    syntax: "key field",
    handler: hstrlen,
  }),
  declare({
    name: "hexists",
    arity: 3,
    flags: ["readonly", "fast"],
    keyFlags: "RO",
    elements: { first: 2 },
    since: "2.0.0",
    complexity: "O(1)",
    summary: "Tells whether a field exists.",
    syntax: "key field",
    handler: hexists,
  }),
  declare({
    name: "hlen",
    arity: 2,
    flags: ["readonly", "fast"],
    keyFlags: "RO",
    since: "2.0.0",
    complexity: "O(1)",
    summary: "Answers how many fields a hash has.",
    syntax: "key",
    handler: hlen,
  }),
  declare({
    name: "hgetall",
    arity: 2,
    flags: ["readonly"],
    keyFlags: "RO access",
    tips: ["nondeterministic_output_order"],
    since: "2.0.0",
    complexity: "O(N) for a hash of N fields.",
    summary: "Answers all fields with their values.",
    syntax: "key",
    handler: hgetall,
  }),
  declare({
    name: "hkeys",
    arity: 2,
    flags: ["readonly"],
    keyFlags: "RO access",
    tips: ["nondeterministic_output_order"],
    since: "2.0.0",
    complexity: "O(N) for a hash of N fields.",
    summary: "Answers the names of all fields.",
    syntax: "key",
    handler: hkeys,
  }),
  declare({
    name: "hvals",
    arity: 2,
    flags: ["readonly"],
    keyFlags: "RO access",
    tips: ["nondeterministic_output_order"],
    since: "2.0.0",
    complexity: "O(N) for a hash of N fields.",
    summary: "Answers the values of all fields.",
    syntax: "key",
    handler: hvals,
  }),
];
