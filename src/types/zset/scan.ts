/**
 * Walking through a sorted set in steps (ZSCAN), and taking members out of it by chance (ZRANDMEMBER).
 */
import { env } from "../../base/env.ts";
import * as int64 from "../../base/int64.ts";
import * as prng from "../../base/prng.ts";
import type { CommandSpec } from "../../command/command.ts";
import { openRead, replyElement, replyEmptyArray, replyNull } from "../../command/open-value.ts";
import { replyRepeated } from "../../command/repeated-reply.ts";
import { matches, parseCursor, parseOptions, replyScanned } from "../../command/scan-options.ts";
import type { Session } from "../../command/session.ts";
import { ZSET } from "../../keyspace/value-type.ts";
import { NIL } from "../../mem/mem.ts";
import { Args } from "../../resp/args.ts";
import { NOT_AN_INTEGER, SYNTAX } from "../../resp/errors.ts";
import type { Reply } from "../../resp/reply.ts";
import { declare, replyMember, replyMembersHeader } from "./access.ts";
import * as zset from "./value.ts";

const replyNothingScanned = (reply: Reply) => replyScanned(reply, reply.length, 0, 0);

function zscan(session: Session, args: Args, reply: Reply): void {
  const cursor = parseCursor(args, 2, reply);
  if (Number.isNaN(cursor)) return;
  const ref = openRead(session, args, reply, ZSET, replyNothingScanned);
  if (ref === NIL) return;
  const asked = withoutNoScores(args);
  const options = parseOptions(asked, 3, reply);
  if (options === undefined) return;
  const mark = reply.length;
  let items = 0;
  const next = zset.scan(ref, cursor, options.count, (member, score) => {
    if (!matches(asked, options, member.region.bytes, member.start, member.start + member.length)) return;
    replyElement(reply, member);
    items++;
    if (asked !== args) return;
    reply.bulk(zset.scoreText, 0, zset.spellScore(ref, score));
    items++;
  });
  replyScanned(reply, mark, next, items);
}

/** The arguments without the option NOSCORES, which only ZSCAN has; the same arguments where it is not given. */
function withoutNoScores(args: Args): Args {
  let at = 3;
  while (at < args.count && !args.is(at, "noscores")) at += 2; // every other option has a value
  if (at >= args.count) return args;
  const rest = new Args();
  rest.rebase(args.bytes);
  rest.reserve(args.count);
  for (let i = 0; i < args.count; i++) if (i !== at) rest.setRange(i < at ? i : i - 1, args.start(i), args.end(i));
  rest.aim(0, args.count - 1);
  return withoutNoScores(rest);
}

const COUNT_OUT_OF_RANGE = `ERR value is out of range, value must between ${-int64.MAX} and ${int64.MAX}`;
/** With scores there are twice as many to answer. */
const COUNT_WITH_SCORES_MAX = int64.MAX / 2n;
const COUNT_WITH_SCORES_OUT_OF_RANGE = "ERR value is out of range";

function zrandmember(session: Session, args: Args, reply: Reply): void {
  const state = prng.create(env.random32());
  const below = (n: number) => prng.below(state, n);
  if (args.count === 2) {
    const ref = openRead(session, args, reply, ZSET, replyNull);
    if (ref !== NIL) zset.pick(ref, below, (member) => replyElement(reply, member));
    return;
  }
  const count = int64.parseBig(args.bytes, args.start(2), args.end(2));
  if (count === undefined) return reply.error(NOT_AN_INTEGER);
  if (count === int64.MIN) return reply.error(COUNT_OUT_OF_RANGE);
  const withScores = args.count === 4 && args.is(3, "withscores");
  if (args.count > 3 && !withScores) return reply.error(SYNTAX);
  if (withScores && (count > COUNT_WITH_SCORES_MAX || count < -COUNT_WITH_SCORES_MAX)) {
    return reply.error(COUNT_WITH_SCORES_OUT_OF_RANGE);
  }
  const ref = openRead(session, args, reply, ZSET, replyEmptyArray);
  if (ref === NIL) return;

  const there = zset.length(ref);
  const different = Math.min(Number(count), there);
  const visit: zset.Visit = (member, score) => replyMember(reply, member, score, withScores);
  if (count < 0n) {
    const times = Number(-count);
    replyRepeated(
      reply,
      times,
      () => replyMembersHeader(reply, times, withScores),
      () => zset.pick(ref, below, visit),
    );
    return;
  }
  replyMembersHeader(reply, different, withScores);
  if (different === there) zset.each(ref, true, visit);
  else zset.sample(ref, different, below, visit);
}

export const scanCommands: readonly CommandSpec[] = [
  declare({
    name: "zscan",
    arity: -3,
    flags: ["readonly"],
    keyFlags: "RO access",
    tips: ["nondeterministic_output"],
    since: "2.8.0",
    complexity: "O(1) a call; O(N) for the calls that visit all of N members.",
    summary: "Visits the members of a sorted set and their scores, a few with each call.",
    // NOSCORES (Valkey 9.1) is understood too, but Redis 7.0 does not document it.
    syntax: "key cursor:integer [MATCH pattern] [COUNT count:integer]",
    handler: zscan,
  }),
  declare({
    name: "zrandmember",
    arity: -2,
    flags: ["readonly"],
    keyFlags: "RO access",
    tips: ["nondeterministic_output"],
    since: "6.2.0",
    complexity: "O(N) for N members answered.",
    summary: "Answers members chosen by chance.",
    syntax: "key [options(count:integer [WITHSCORES])]",
    handler: zrandmember,
  }),
];
