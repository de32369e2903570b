/**
 * Taking the first or the last members: ZPOPMIN, ZPOPMAX, ZMPOP, and BZPOPMIN, BZPOPMAX, BZMPOP, which wait until there are
 * some.
 */
import { deadlineOrReply, type Waiting, waitFor } from "../../command/blocking.ts";
import type { CommandSpec } from "../../command/command.ts";
import { checked, replyElement, replyNullArray } from "../../command/open-value.ts";
import { argument, bulkOf, instead } from "../../command/propagation.ts";
import type { Session } from "../../command/session.ts";
import * as events from "../../keyspace/events.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { elementsRemoved } from "../../keyspace/removal.ts";
import { ZSET } from "../../keyspace/value-type.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { NO_COUNT, NO_KEYS, NOT_POSITIVE, SYNTAX } from "../../resp/errors.ts";
import { integerFromOrReply } from "../../resp/integer-args.ts";
import type { Reply } from "../../resp/reply.ts";
import * as entry from "../../struct/entry.ts";
import { declare } from "./access.ts";
import * as zset from "./value.ts";

/** Answers `count` members from one end, as pairs or flat, and removes them from the set at the key in argument `i`. */
function pop(
  session: Session,
  args: Args,
  i: number,
  reply: Reply,
  ref: Ref,
  isMax: boolean,
  count: number,
  asPairs: boolean,
): void {
  const { db } = session;
  const write: zset.Visit = (member, score) => {
    if (asPairs) reply.array(2);
    replyElement(reply, member);
    reply.double(score);
  };
  const isEmpty = count === zset.length(ref);
  if (isEmpty) {
    // Freed in slices then, however large it is.
    zset.each(ref, isMax, write);
  } else {
    zset.pop(ref, count, isMax, write);
  }
  elementsRemoved(db, args, i, count, isEmpty, events.ZSET, isMax ? "zpopmax" : "zpopmin");
}

function zpop(session: Session, args: Args, reply: Reply, isMax: boolean): void {
  if (args.count > 3) return reply.error(SYNTAX);
  const hasCount = args.count === 3;
  const wanted = hasCount ? integerFromOrReply(args, 2, 0, NOT_POSITIVE, reply) : 1;
  if (Number.isNaN(wanted)) return;
  const ref = keyspace.lookupWrite(session.db, args, 1);
  if (ref === NIL) return reply.array(0);
  if (checked(ref, reply, ZSET) === NIL) return;
  const count = Math.min(wanted, zset.length(ref));
  const asPairs = hasCount && reply.protocol > 2;
  reply.array(asPairs ? count : count * 2);
  if (count > 0) pop(session, args, 1, reply, ref, isMax, count, asPairs);
}

const zpopmin = (session: Session, args: Args, reply: Reply) => zpop(session, args, reply, false);
const zpopmax = (session: Session, args: Args, reply: Reply) => zpop(session, args, reply, true);

/** The first of the keys from argument `first` on that exists; 0 when none does, -1 after an error was answered. */
function firstThere(session: Session, args: Args, first: number, keys: number, reply: Reply): number {
  for (let i = first; i < first + keys; i++) {
    const ref = keyspace.lookupWrite(session.db, args, i);
    if (ref !== NIL) return checked(ref, reply, ZSET) === NIL ? -1 : i;
  }
  return 0;
}

const ZPOPMIN = bulkOf("ZPOPMIN");
const ZPOPMAX = bulkOf("ZPOPMAX");

/** Tells ZPOPMIN or ZPOPMAX of the key in argument `i` in place of the running command; with a count unless that is 0. */
function tellPop(args: Args, i: number, isMax: boolean, count: number): void {
  const out = instead(count === 0 ? 2 : 3);
  if (out === undefined) return;
  out.raw(isMax ? ZPOPMAX : ZPOPMIN);
  argument(out, args, i);
  if (count !== 0) out.bulkInteger(count);
}

/** Answers key, member and score: BZPOPMIN and BZPOPMAX. */
function popOne(session: Session, args: Args, i: number, reply: Reply, isMax: boolean): void {
  reply.array(3);
  reply.bulk(args.region, args.start(i), args.length(i));
  pop(session, args, i, reply, keyspace.peek(session.db, args, i), isMax, 1, false);
  tellPop(args, i, isMax, 0);
}

/** Answers the key and an array of pairs: ZMPOP and BZMPOP. */
function popSeveral(session: Session, args: Args, i: number, reply: Reply, isMax: boolean, wanted: number): void {
  const ref = keyspace.peek(session.db, args, i);
  const count = Math.min(wanted, zset.length(ref));
  reply.array(2);
  reply.bulk(args.region, args.start(i), args.length(i));
  reply.array(count);
  pop(session, args, i, reply, ref, isMax, count, true);
  tellPop(args, i, isMax, count);
}

/** What ZMPOP is asked, its number of keys being argument `at`. */
interface Request {
  readonly keys: number;
  readonly isMax: boolean;
  readonly count: number;
}

function parseRequest(args: Args, at: number, reply: Reply): Request | undefined {
  const keys = integerFromOrReply(args, at, 1, NO_KEYS, reply);
  if (Number.isNaN(keys)) return undefined;
  const where = at + keys + 1;
  const isMax = where < args.count && args.is(where, "max");
  if (where >= args.count || (!isMax && !args.is(where, "min"))) return refuse(reply);
  if (where + 1 === args.count) return { keys, isMax, count: 1 };
  if (where + 2 >= args.count || !args.is(where + 1, "count")) return refuse(reply);
  const count = integerFromOrReply(args, where + 2, 1, NO_COUNT, reply);
  if (Number.isNaN(count)) return undefined;
  return where + 3 === args.count ? { keys, isMax, count } : refuse(reply);
}

function refuse(reply: Reply): undefined {
  reply.error(SYNTAX);
  return undefined;
}

function zmpop(session: Session, args: Args, reply: Reply): void {
  const request = parseRequest(args, 1, reply);
  if (request === undefined) return;
  const key = firstThere(session, args, 2, request.keys, reply);
  if (key > 0) popSeveral(session, args, key, reply, request.isMax, request.count);
  else if (key === 0) reply.nullArray();
}

function bzpop(session: Session, args: Args, reply: Reply, isMax: boolean, waiting: Waiting): void {
  const keys = args.count - 2;
  const deadlineMs = deadlineOrReply(args, args.count - 1, reply);
  if (Number.isNaN(deadlineMs)) return;
  const key = firstThere(session, args, 1, keys, reply);
  if (key > 0) popOne(session, args, key, reply, isMax);
  else if (key === 0) waitFor(session, args, reply, waiting, 1, keys, deadlineMs);
}

const bzpopmin = (session: Session, args: Args, reply: Reply) => bzpop(session, args, reply, false, WAITING_MIN);
const bzpopmax = (session: Session, args: Args, reply: Reply) => bzpop(session, args, reply, true, WAITING_MAX);

function bzmpop(session: Session, args: Args, reply: Reply): void {
  const request = parseRequest(args, 2, reply);
  if (request === undefined) return;
  const deadlineMs = deadlineOrReply(args, 1, reply);
  if (Number.isNaN(deadlineMs)) return;
  const key = firstThere(session, args, 3, request.keys, reply);
  if (key > 0) popSeveral(session, args, key, reply, request.isMax, request.count);
  else if (key === 0) waitFor(session, args, reply, WAITING_SEVERAL, 3, request.keys, deadlineMs);
}

/** Whether the key in argument `i` is a sorted set now. */
function isThere(session: Session, args: Args, i: number): boolean {
  const ref = keyspace.lookupWrite(session.db, args, i);
  return ref !== NIL && entry.type(ref) === ZSET;
}

function waitingForOne(isMax: boolean): Waiting {
  return {
    type: ZSET,
    serve(session, args, i, reply) {
      if (!isThere(session, args, i)) return false;
      popOne(session, args, i, reply, isMax);
      return true;
    },
    timedOut: replyNullArray,
  };
}

const WAITING_MIN = waitingForOne(false);
const WAITING_MAX = waitingForOne(true);
const WAITING_SEVERAL: Waiting = {
  type: ZSET,
  serve(session, args, i, reply) {
    if (!isThere(session, args, i)) return false;
    const { isMax, count } = parseRequest(args, 2, reply)!;
    popSeveral(session, args, i, reply, isMax, count);
    return true;
  },
  timedOut: replyNullArray,
};

const POP_FLAGS = "RW access delete";

export const popCommands: readonly CommandSpec[] = [
  declare({
    name: "zpopmin",
    arity: -2,
    flags: ["write", "fast"],
    keyFlags: POP_FLAGS,
    since: "5.0.0",
    complexity: "O(log(N)+M) for M of N members.",
    summary: "Removes the members with the lowest scores, and answers them.",
    syntax: "key [count:integer]",
    handler: zpopmin,
  }),
  declare({
    name: "zpopmax",
    arity: -2,
    flags: ["write", "fast"],
    keyFlags: POP_FLAGS,
    since: "5.0.0",
    complexity: "O(log(N)+M) for M of N members.",
    summary: "Removes the members with the highest scores, and answers them.",
    syntax: "key [count:integer]",
    handler: zpopmax,
  }),
  declare({
    name: "zmpop",
    arity: -4,
    flags: ["write", "movablekeys"],
    keys: [{ flags: POP_FLAGS, begin: 1, keyNumber: { at: 0, firstKey: 1 } }],
    since: "7.0.0",
    complexity: "O(K)+O(log(N)+M) for K keys and M of N members.",
    summary: "Removes members from one end of the first sorted set that exists, and answers them.",
    syntax: "numkeys:integer key... where(MIN|MAX) [COUNT count:integer]",
    handler: zmpop,
  }),
  declare({
    name: "bzpopmin",
    arity: -3,
    flags: ["write", "noscript", "blocking", "fast"],
    keys: [{ flags: POP_FLAGS, begin: 1, last: -2 }],
    since: "5.0.0",
    complexity: "O(log(N)) in a set of N members.",
    summary: "Removes the member with the lowest score from the first sorted set that exists, or waits for one.",
    syntax: "key... timeout:double",
    history: [["6.0.0", "The time may have fractions of a second."]],
    handler: bzpopmin,
  }),
  declare({
    name: "bzpopmax",
    arity: -3,
    flags: ["write", "noscript", "blocking", "fast"],
    keys: [{ flags: POP_FLAGS, begin: 1, last: -2 }],
    since: "5.0.0",
    complexity: "O(log(N)) in a set of N members.",
    summary: "Removes the member with the highest score from the first sorted set that exists, or waits for one.",
    syntax: "key... timeout:double",
    history: [["6.0.0", "The time may have fractions of a second."]],
    handler: bzpopmax,
  }),
  declare({
    name: "bzmpop",
    arity: -5,
    flags: ["write", "blocking", "movablekeys"],
    keys: [{ flags: POP_FLAGS, begin: 2, keyNumber: { at: 0, firstKey: 1 } }],
    since: "7.0.0",
    complexity: "O(K)+O(log(N)+M) for K keys and M of N members.",
    summary: "Removes members from one end of the first sorted set that exists, or waits for one.",
    syntax: "timeout:double numkeys:integer key... where(MIN|MAX) [COUNT count:integer]",
    handler: bzmpop,
  }),
];
