/**
 * Ranges of members: ZRANGE, ZRANGESTORE, and what ZRANGE has replaced: ZREVRANGE, ZRANGEBYSCORE, ZREVRANGEBYSCORE,
 * ZRANGEBYLEX, ZREVRANGEBYLEX. All are one command, of which each understands other options.
 */
import type { CommandSpec } from "../../command/command.ts";
import { checked } from "../../command/open-value.ts";
import type { Session } from "../../command/session.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { ZSET } from "../../keyspace/value-type.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { SYNTAX } from "../../resp/errors.ts";
import { integerOrReply } from "../../resp/integer-args.ts";
import type { Reply } from "../../resp/reply.ts";
import { declare, replyMember, replyMembersHeader } from "./access.ts";
import { type MemberRange, membersOrReply, type ScoreRange, scoresOrReply } from "./interval.ts";
import { store } from "./store.ts";
import * as zset from "./value.ts";

// What a range is a range of.
const BY_RANK = 0;
const BY_SCORE = 1;
const BY_LEX = 2;
type By = typeof BY_RANK | typeof BY_SCORE | typeof BY_LEX;

/** What a command says by its name; what it leaves open, options may say. */
interface Form {
  readonly by?: By;
  readonly isReverse?: boolean;
  /** The source is argument 2 then, and the destination argument 1. */
  readonly stores?: boolean;
}

const LIMIT_BY_RANK = "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX";
const SCORES_BY_LEX = "ERR syntax error, WITHSCORES not supported in combination with BYLEX";

/** The options of the command that runs. */
const options = { by: BY_RANK as By, isReverse: false, withScores: false, offset: 0, limit: -1 };
/** Its range: one of the three. */
const range = {
  start: 0,
  stop: 0,
  scores: undefined as ScoreRange | undefined,
  members: undefined as MemberRange | undefined,
};

function answer(session: Session, args: Args, reply: Reply, form: Form): void {
  const source = form.stores === true ? 2 : 1;
  if (!parseOptions(args, source + 3, reply, form) || !parseRange(args, source + 1, reply)) return;
  const ref = keyspace.lookupRead(session.db, args, source);
  if (ref === NIL) {
    zset.span.length = 0;
  } else {
    if (checked(ref, reply, ZSET) === NIL) return;
    seek(ref);
  }
  if (form.stores === true) return storeSpan(session, args, reply, ref);
  const { from, length } = zset.span;
  const { withScores } = options;
  replyMembersHeader(reply, length, withScores);
  if (length === 0) return;
  zset.eachByRank(ref, from, from + length - 1, options.isReverse, (member, score) => {
    replyMember(reply, member, score, withScores);
  });
}

function parseOptions(args: Args, first: number, reply: Reply, form: Form): boolean {
  let by = form.by;
  let isReverse = form.isReverse;
  options.withScores = false;
  options.offset = 0;
  options.limit = -1;
  for (let i = first; i < args.count; i++) {
    if (form.stores !== true && args.is(i, "withscores")) {
      options.withScores = true;
    } else if (args.is(i, "limit") && i + 2 < args.count) {
      const offset = integerOrReply(args, i + 1, reply);
      if (offset === undefined) return false;
      const limit = integerOrReply(args, i + 2, reply);
      if (limit === undefined) return false;
      options.offset = Number(offset);
      options.limit = Number(limit);
      i += 2;
    } else if (isReverse === undefined && args.is(i, "rev")) {
      isReverse = true;
    } else if (by === undefined && args.is(i, "bylex")) {
      by = BY_LEX;
    } else if (by === undefined && args.is(i, "byscore")) {
      by = BY_SCORE;
    } else {
      return refuse(reply, SYNTAX);
    }
  }
  options.by = by ?? BY_RANK;
  options.isReverse = isReverse ?? false;
  if (options.limit !== -1 && options.by === BY_RANK) return refuse(reply, LIMIT_BY_RANK);
  if (options.withScores && options.by === BY_LEX) return refuse(reply, SCORES_BY_LEX);
  return true;
}

function refuse(reply: Reply, error: string): false {
  reply.error(error);
  return false;
}

/** Reads the two arguments from `first` on: lower and upper end, the other way round in reverse unless they are ranks. */
function parseRange(args: Args, first: number, reply: Reply): boolean {
  if (options.by === BY_RANK) {
    const start = integerOrReply(args, first, reply);
    if (start === undefined) return false;
    const stop = integerOrReply(args, first + 1, reply);
    if (stop === undefined) return false;
    range.start = Number(start);
    range.stop = Number(stop);
    return true;
  }
  const min = options.isReverse ? first + 1 : first;
  const max = options.isReverse ? first : first + 1;
  if (options.by === BY_SCORE) range.scores = scoresOrReply(args, min, max, reply);
  else range.members = membersOrReply(args, min, max, reply);
  return (options.by === BY_SCORE ? range.scores : range.members) !== undefined;
}

/** Finds the ranks that are asked for, in `zset.span`. */
function seek(ref: Ref): void {
  const { by, isReverse, offset, limit } = options;
  if (by === BY_RANK) zset.seekRanks(ref, range.start, range.stop);
  else if (by === BY_SCORE) zset.seekScores(ref, range.scores!, isReverse, offset, limit);
  else zset.seekMembers(ref, range.members!, isReverse, offset, limit);
}

/** Makes the members of `zset.span` a set of its own, in argument 1. */
function storeSpan(session: Session, args: Args, reply: Reply, ref: Ref): void {
  const { from, length } = zset.span;
  // Redis foresees only ranges of ranks to be large; others become a tree on the way.
  const apart = zset.createApart(options.by === BY_RANK && zset.isLarge(length) ? zset.TREE : zset.LISTPACK);
  if (length > 0) {
    zset.eachByRank(ref, from, from + length - 1, options.isReverse, (member, score) => {
      zset.set(apart, member.region, member.start, member.start + member.length, score);
    });
  }
  store(session, args, reply, apart, "zrangestore");
}

const handlerOf = (form: Form) => (session: Session, args: Args, reply: Reply) => answer(session, args, reply, form);

const RANGE_COMPLEXITY = "O(log(N)+M) for M of N members answered.";

export const rangeCommands: readonly CommandSpec[] = [
  declare({
    name: "zrange",
    arity: -4,
    flags: ["readonly"],
    keyFlags: "RO access",
    since: "1.2.0",
    complexity: RANGE_COMPLEXITY,
    summary: "Answers the members within a range of ranks, scores or members.",
    syntax:
      "key start stop [sortby(BYSCORE|BYLEX)@6.2.0] [REV@6.2.0] [LIMIT offset_count(offset:integer count:integer)@6.2.0] [WITHSCORES]",
    history: [["6.2.0", "Understands `REV`, `BYSCORE`, `BYLEX` and `LIMIT`."]],
    handler: handlerOf({}),
  }),
  declare({
    name: "zrangestore",
    arity: -5,
    flags: ["write", "denyoom"],
    keys: [
      { flags: "OW update", begin: 1 },
      { flags: "RO access", begin: 2 },
    ],
    since: "6.2.0",
    complexity: "O(log(N)+M) for M of N members stored.",
    summary: "Stores the members that ZRANGE answers as a sorted set.",
    syntax: "dst:key src:key min max [sortby(BYSCORE|BYLEX)] [REV] [LIMIT offset_count(offset:integer count:integer)]",
    handler: handlerOf({ stores: true }),
  }),
  declare({
    name: "zrevrange",
    arity: -4,
    flags: ["readonly"],
    keyFlags: "RO access",
    since: "1.2.0",
    complexity: RANGE_COMPLEXITY,
    summary: "Answers the members within a range of ranks that are counted from the highest score.",
    syntax: "key start:integer stop:integer [WITHSCORES]",
    deprecated: { since: "6.2.0", replacedBy: "`ZRANGE` with the `REV` argument" },
    handler: handlerOf({ by: BY_RANK, isReverse: true }),
  }),
  declare({
    name: "zrangebyscore",
    arity: -4,
    flags: ["readonly"],
    keyFlags: "RO access",
    since: "1.0.5",
    complexity: RANGE_COMPLEXITY,
    summary: "Answers the members whose scores lie within a range.",
    syntax: "key min:double max:double [WITHSCORES@2.0.0] [LIMIT offset_count(offset:integer count:integer)]",
    history: [["2.0.0", "Understands `WITHSCORES`."]],
    deprecated: { since: "6.2.0", replacedBy: "`ZRANGE` with the `BYSCORE` argument" },
    handler: handlerOf({ by: BY_SCORE, isReverse: false }),
  }),
  declare({
    name: "zrevrangebyscore",
    arity: -4,
    flags: ["readonly"],
    keyFlags: "RO access",
    since: "2.2.0",
    complexity: RANGE_COMPLEXITY,
    summary: "Answers the members whose scores lie within a range, the highest first.",
    syntax: "key max:double min:double [WITHSCORES] [LIMIT offset_count(offset:integer count:integer)]",
    history: [["2.1.6", "Ends may be exclusive."]],
    deprecated: { since: "6.2.0", replacedBy: "`ZRANGE` with the `REV` and `BYSCORE` arguments" },
    handler: handlerOf({ by: BY_SCORE, isReverse: true }),
  }),
  declare({
    name: "zrangebylex",
    arity: -4,
    flags: ["readonly"],
    keyFlags: "RO access",
    since: "2.8.9",
    complexity: RANGE_COMPLEXITY,
    summary: "Answers the members that lie within a range of members, all scores being equal.",
    syntax: "key min max [LIMIT offset_count(offset:integer count:integer)]",
    deprecated: { since: "6.2.0", replacedBy: "`ZRANGE` with the `BYLEX` argument" },
    handler: handlerOf({ by: BY_LEX, isReverse: false }),
  }),
  declare({
    name: "zrevrangebylex",
    arity: -4,
    flags: ["readonly"],
    keyFlags: "RO access",
    since: "2.8.9",
    complexity: RANGE_COMPLEXITY,
    summary: "Answers the members that lie within a range of members, the last first, all scores being equal.",
    syntax: "key max min [LIMIT offset_count(offset:integer count:integer)]",
    deprecated: { since: "6.2.0", replacedBy: "`ZRANGE` with the `REV` and `BYLEX` arguments" },
    handler: handlerOf({ by: BY_LEX, isReverse: true }),
  }),
];
