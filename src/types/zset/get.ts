/**
 * Asking for members and for numbers of them: ZCARD, ZSCORE, ZMSCORE, ZRANK, ZREVRANK, ZCOUNT, ZLEXCOUNT.
 */
import type { CommandSpec } from "../../command/command.ts";
import { checked, openRead, replyNull, replyNullArray, replyZero } from "../../command/open-value.ts";
import type { Session } from "../../command/session.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { ZSET } from "../../keyspace/value-type.ts";
import { NIL } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";
import { declare } from "./access.ts";
import { membersOrReply, scoresOrReply } from "./interval.ts";
import * as zset from "./value.ts";

function zcard(session: Session, args: Args, reply: Reply): void {
  const ref = openRead(session, args, reply, ZSET, replyZero);
  if (ref !== NIL) reply.integer(zset.length(ref));
}

function zscore(session: Session, args: Args, reply: Reply): void {
  const ref = openRead(session, args, reply, ZSET, replyNull);
  if (ref !== NIL) replyScoreOrNull(reply, zset.scoreOf(ref, args, 2));
}

function replyScoreOrNull(reply: Reply, score: number): void {
  if (Number.isNaN(score)) reply.null();
  else reply.double(score);
}

function zmscore(session: Session, args: Args, reply: Reply): void {
  const ref = keyspace.lookupRead(session.db, args, 1);
  if (ref !== NIL && checked(ref, reply, ZSET) === NIL) return;
  reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) replyScoreOrNull(reply, ref === NIL ? Number.NaN : zset.scoreOf(ref, args, i));
}

const zrank = (session: Session, args: Args, reply: Reply) => replyRank(session, args, reply, false);
const zrevrank = (session: Session, args: Args, reply: Reply) => replyRank(session, args, reply, true);

/** WITHSCORE came with Redis 7.2; Redis 7.0 documents three arguments. */
const hasWithScore = (args: Args) => args.count === 4 && args.is(3, "withscore");

function replyRank(session: Session, args: Args, reply: Reply, isReverse: boolean): void {
  const withScore = args.count > 3;
  const replyNone = withScore ? replyNullArray : replyNull;
  const ref = openRead(session, args, reply, ZSET, replyNone);
  if (ref === NIL) return;
  const score = zset.scoreOf(ref, args, 2);
  if (Number.isNaN(score)) return replyNone(reply);
  const rank = zset.rankOfFound(ref);
  if (withScore) reply.array(2);
  reply.integer(isReverse ? zset.length(ref) - 1 - rank : rank);
  if (withScore) reply.double(score);
}

function zcount(session: Session, args: Args, reply: Reply): void {
  const range = scoresOrReply(args, 2, 3, reply);
  if (range === undefined) return;
  const ref = openRead(session, args, reply, ZSET, replyZero);
  if (ref === NIL) return;
  zset.seekScores(ref, range, false, 0, -1);
  reply.integer(zset.span.length);
}

function zlexcount(session: Session, args: Args, reply: Reply): void {
  const range = membersOrReply(args, 2, 3, reply);
  if (range === undefined) return;
  const ref = openRead(session, args, reply, ZSET, replyZero);
  if (ref === NIL) return;
  zset.seekMembers(ref, range, false, 0, -1);
  reply.integer(zset.span.length);
}

export const getCommands: readonly CommandSpec[] = [
  declare({
    name: "zcard",
    arity: 2,
    flags: ["readonly", "fast"],
    keyFlags: "RO",
    since: "1.2.0",
    complexity: "O(1)",
    summary: "Answers how many members a sorted set has.",
    syntax: "key",
    handler: zcard,
  }),
  declare({
    name: "zscore",
    arity: 3,
    flags: ["readonly", "fast"],
    keyFlags: "RO access",
    elements: { first: 2 },
    since: "1.2.0",
    complexity: "O(1)",
    summary: "Answers the score of a member.",
    syntax: "key member",
    handler: zscore,
  }),
  declare({
    name: "zmscore",
    arity: -3,
    flags: ["readonly", "fast"],
    keyFlags: "RO access",
    elements: { first: 2, step: 1 },
    since: "6.2.0",
    complexity: "O(N) for N members.",
    summary: "Answers the scores of several members.",
    syntax: "key member...",
    handler: zmscore,
  }),
  declare({
    name: "zrank",
    arity: 3,
    alsoTakes: hasWithScore,
    flags: ["readonly", "fast"],
    keyFlags: "RO access",
    elements: { first: 2 },
    since: "2.0.0",
    complexity: "O(log(N)) in a set of N members.",
    summary: "Answers how many members come before one.",
    syntax: "key member",
    handler: zrank,
  }),
  declare({
    name: "zrevrank",
    arity: 3,
    alsoTakes: hasWithScore,
    flags: ["readonly", "fast"],
    keyFlags: "RO access",
    elements: { first: 2 },
    since: "2.0.0",
    complexity: "O(log(N)) in a set of N members.",
    summary: "Answers how many members come after one.",
    syntax: "key member",
    handler: zrevrank,
  }),
  declare({
    name: "zcount",
    arity: 4,
    flags: ["readonly", "fast"],
    keyFlags: "RO access",
    since: "2.0.0",
    complexity: "O(log(N)) in a set of N members.",
    summary: "Answers how many members have a score within a range.",
    syntax: "key min:double max:double",
    handler: zcount,
  }),
  declare({
    name: "zlexcount",
    arity: 4,
    flags: ["readonly", "fast"],
    keyFlags: "RO access",
    since: "2.8.9",
    complexity: "O(log(N)) in a set of N members.",
    summary: "Answers how many members lie within a range of members, all scores being equal.",
    syntax: "key min max",
    handler: zlexcount,
  }),
];
