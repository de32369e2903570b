/**
 * Giving scores: ZADD, ZINCRBY.
 */
import * as double from "../../base/double.ts";
import type { CommandSpec } from "../../command/command.ts";
import { checked } from "../../command/open-value.ts";
import type { Session } from "../../command/session.ts";
import * as events from "../../keyspace/events.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { ZSET } from "../../keyspace/value-type.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { NOT_A_FLOAT, SYNTAX } from "../../resp/errors.ts";
import type { Reply } from "../../resp/reply.ts";
import { declare } from "./access.ts";
import * as zset from "./value.ts";

// Options, one bit each.
const NX = 1; // only new members
const XX = 2; // only those that exist
const GT = 4; // an existing one only if its score becomes greater
const LT = 8; // … less
const CH = 16; // answer how many changed, rather than how many are new
const INCR = 32;
const OPTIONS: readonly (readonly [word: string, bit: number])[] = [
  ["nx", NX],
  ["xx", XX],
  ["ch", CH],
  ["incr", INCR],
  ["gt", GT],
  ["lt", LT],
];

const NX_AND_XX = "ERR XX and NX options at the same time are not compatible";
const GT_LT_NX = "ERR GT, LT, and/or NX options at the same time are not compatible";
const SEVERAL_INCREMENTS = "ERR INCR option supports a single increment-element pair";
const SUM_NOT_A_NUMBER = "ERR resulting score is not a number (NaN)";

/** The scores of a command, which are all read before the first one is used. It grows for the longest command. */
let scores = new Float64Array(1024);

const zadd = (session: Session, args: Args, reply: Reply) => setScores(session, args, reply, 0);
// Its increment is read as ZADD would read it: an option in that place is a syntax error.
const zincrby = (session: Session, args: Args, reply: Reply) => setScores(session, args, reply, INCR);

const isLetter = (byte: number) => byte >= 65;

function optionAt(args: Args, i: number): number {
  for (const [word, bit] of OPTIONS) if (args.is(i, word)) return bit;
  return 0;
}

/** Does the work of both; `given` are the options that the command's name implies. */
function setScores(session: Session, args: Args, reply: Reply, given: number): void {
  let options = given;
  let first = 2;
  // A score begins with no letter but those of "inf" and "nan", so nearly all commands ask for no word.
  for (; first < args.count && isLetter(args.bytes[args.start(first)]!); first++) {
    const option = optionAt(args, first);
    if (option === 0) break;
    options |= option;
  }
  const rest = args.count - first;
  if (rest === 0 || rest % 2 !== 0) return reply.error(SYNTAX);
  const error = contradiction(options, rest / 2);
  if (error !== undefined) return reply.error(error);
  if (!readScores(args, first)) return reply.error(NOT_A_FLOAT);

  const there = keyspace.lookupWrite(session.db, args, 1);
  if (there !== NIL && checked(there, reply, ZSET) === NIL) return;
  if (there === NIL && (options & XX) !== 0) return replyNothingDone(reply, options);
  const ref = there === NIL ? zset.create(session.db, args, 1) : there;
  if ((options & INCR) !== 0) return increment(session, args, reply, ref, first, options);

  let added = 0;
  let updated = 0;
  for (let i = first; i < args.count; i += 2) {
    const score = scores[(i - first) >> 1]!;
    const old = zset.scoreOf(ref, args, i + 1);
    if (Number.isNaN(old)) {
      if ((options & XX) !== 0) continue;
      zset.addNew(ref, args, i + 1, score);
      added++;
    } else if (mayReplace(old, score, options) && old !== score) {
      zset.changeFound(ref, args, i + 1, score);
      updated++;
    }
  }
  tell(session, args, added + updated, "zadd");
  reply.integer((options & CH) !== 0 ? added + updated : added);
}

function contradiction(options: number, pairs: number): string | undefined {
  const has = (both: number) => (options & both) === both;
  if (has(NX | XX)) return NX_AND_XX;
  if (has(GT | NX) || has(LT | NX) || has(GT | LT)) return GT_LT_NX;
  return has(INCR) && pairs > 1 ? SEVERAL_INCREMENTS : undefined;
}

function readScores(args: Args, first: number): boolean {
  const pairs = (args.count - first) >> 1;
  if (pairs > scores.length) scores = new Float64Array(pairs * 2);
  for (let i = 0; i < pairs; i++) {
    const at = first + i * 2;
    const score = double.parse(args.bytes, args.start(at), args.end(at));
    if (score === undefined) return false;
    scores[i] = score;
  }
  return true;
}

/** Whether an existing member may get another score, or the same one. */
function mayReplace(old: number, score: number, options: number): boolean {
  if ((options & NX) !== 0) return false;
  return !((options & LT) !== 0 && score >= old) && !((options & GT) !== 0 && score <= old);
}

/** ZINCRBY, and ZADD INCR: one member, and its new score is the answer. */
function increment(session: Session, args: Args, reply: Reply, ref: Ref, first: number, options: number): void {
  const difference = scores[0]!;
  const old = zset.scoreOf(ref, args, first + 1);
  if (Number.isNaN(old)) {
    if ((options & XX) !== 0) return reply.null();
    zset.addNew(ref, args, first + 1, difference);
    tell(session, args, 1, "zincr");
    return reply.double(difference);
  }
  if ((options & NX) !== 0) return reply.null();
  const sum = old + difference;
  if (Number.isNaN(sum)) return reply.error(SUM_NOT_A_NUMBER);
  if (!mayReplace(old, sum, options)) return reply.null();
  if (old !== sum) {
    zset.changeFound(ref, args, first + 1, sum);
    tell(session, args, 1, "zincr");
  }
  reply.double(sum);
}

function replyNothingDone(reply: Reply, options: number): void {
  if ((options & INCR) !== 0) reply.null();
  else reply.zero();
}

function tell(session: Session, args: Args, changes: number, event: string): void {
  if (changes === 0) return;
  events.changes.dirty += changes - 1;
  events.changed(session.db, args, 1, events.ZSET, event);
}

export const addCommands: readonly CommandSpec[] = [
  declare({
    name: "zadd",
    arity: -4,
    flags: ["write", "denyoom", "fast"],
    keyFlags: "RW update",
    elements: { first: 3, step: 2 },
    since: "1.2.0",
    complexity: "O(log(N)) for each member, in a set of N.",
    summary: "Gives members their scores, and makes the sorted set where there is none.",
    syntax:
      "key [condition(NX|XX)@3.0.2] [comparison(GT|LT)@6.2.0] [change=CH@3.0.2] [increment=INCR@3.0.2] score_member(score:double member)...",
    history: [
      ["2.4.0", "Takes several members."],
      ["3.0.2", "Understands `NX`, `XX`, `CH` and `INCR`."],
      ["6.2.0", "Understands `GT` and `LT`."],
    ],
    handler: zadd,
  }),
  declare({
    name: "zincrby",
    arity: 4,
    flags: ["write", "denyoom", "fast"],
    keyFlags: "RW access update",
    elements: { first: 3 },
    since: "1.2.0",
    complexity: "O(log(N)) in a set of N members.",
    summary: "Adds to the score of a member, which is new with a score of 0 where it does not exist.",
    syntax: "key increment:integer member",
    handler: zincrby,
  }),
];
