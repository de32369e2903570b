/**
 * Removing members: ZREM, ZREMRANGEBYRANK, ZREMRANGEBYSCORE, ZREMRANGEBYLEX.
 */
import type { CommandSpec } from "../../command/command.ts";
import { openWrite, replyZero } from "../../command/open-value.ts";
import type { Session } from "../../command/session.ts";
import * as events from "../../keyspace/events.ts";
import { elementsRemoved } from "../../keyspace/removal.ts";
import { ZSET } from "../../keyspace/value-type.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { integerOrReply } from "../../resp/integer-args.ts";
import type { Reply } from "../../resp/reply.ts";
import { declare } from "./access.ts";
import { membersOrReply, scoresOrReply } from "./interval.ts";
import * as zset from "./value.ts";

function zrem(session: Session, args: Args, reply: Reply): void {
  const ref = openWrite(session, args, reply, ZSET, replyZero);
  if (ref === NIL) return;
  let removed = 0;
  for (let i = 2; i < args.count; i++) if (zset.removeOf(ref, args, i)) removed++;
  const isEmpty = zset.length(ref) === 0;
  tell(session, args, removed, "zrem", isEmpty);
  reply.integer(removed);
}

function tell(session: Session, args: Args, removed: number, event: string, isEmpty: boolean): void {
  if (removed === 0) return;
  elementsRemoved(session.db, args, 1, removed, isEmpty, events.ZSET, event);
}

/** Removes the members of `zset.span`. */
function removeSpan(session: Session, args: Args, reply: Reply, ref: Ref, event: string): void {
  const { from, length } = zset.span;
  const isEmpty = length === zset.length(ref);
  // Whole, it is freed in slices with its key, however large it is.
  if (!isEmpty && length > 0) zset.removeRange(ref, from, length);
  tell(session, args, length, event, isEmpty);
  reply.integer(length);
}

function zremrangebyrank(session: Session, args: Args, reply: Reply): void {
  const start = integerOrReply(args, 2, reply);
  if (start === undefined) return;
  const stop = integerOrReply(args, 3, reply);
  if (stop === undefined) return;
  const ref = openWrite(session, args, reply, ZSET, replyZero);
  if (ref === NIL) return;
  zset.seekRanks(ref, Number(start), Number(stop));
  removeSpan(session, args, reply, ref, "zremrangebyrank");
}

function zremrangebyscore(session: Session, args: Args, reply: Reply): void {
  const range = scoresOrReply(args, 2, 3, reply);
  if (range === undefined) return;
  const ref = openWrite(session, args, reply, ZSET, replyZero);
  if (ref === NIL) return;
  zset.seekScores(ref, range, false, 0, -1);
  removeSpan(session, args, reply, ref, "zremrangebyscore");
}

function zremrangebylex(session: Session, args: Args, reply: Reply): void {
  const range = membersOrReply(args, 2, 3, reply);
  if (range === undefined) return;
  const ref = openWrite(session, args, reply, ZSET, replyZero);
  if (ref === NIL) return;
  zset.seekMembers(ref, range, false, 0, -1);
  removeSpan(session, args, reply, ref, "zremrangebylex");
}

export const removeCommands: readonly CommandSpec[] = [
  declare({
    name: "zrem",
    arity: -3,
    flags: ["write", "fast"],
    keyFlags: "RW delete",
    elements: { first: 2, step: 1 },
    since: "1.2.0",
    complexity: "O(M*log(N)) for M of N members.",
    summary: "Removes members, and the sorted set with the last of them.",
    syntax: "key member...",
    history: [["2.4.0", "Takes several members."]],
    handler: zrem,
  }),
  declare({
    name: "zremrangebyrank",
    arity: 4,
    flags: ["write"],
    keyFlags: "RW delete",
    since: "2.0.0",
    complexity: "O(log(N)+M) for M of N members removed.",
    summary: "Removes the members within a range of ranks.",
    syntax: "key start:integer stop:integer",
    handler: zremrangebyrank,
  }),
  declare({
    name: "zremrangebyscore",
    arity: 4,
    flags: ["write"],
    keyFlags: "RW delete",
    since: "1.2.0",
    complexity: "O(log(N)+M) for M of N members removed.",
    summary: "Removes the members whose scores lie within a range.",
    syntax: "key min:double max:double",
    handler: zremrangebyscore,
  }),
  declare({
    name: "zremrangebylex",
    arity: 4,
    flags: ["write"],
    keyFlags: "RW delete",
    since: "2.8.9",
    complexity: "O(log(N)+M) for M of N members removed.",
    summary: "Removes the members that lie within a range of members, all scores being equal.",
    syntax: "key min max",
    handler: zremrangebylex,
  }),
];
