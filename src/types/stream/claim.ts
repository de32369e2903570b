/**
 * Taking over what is pending: XCLAIM, by IDs, and XAUTOCLAIM, whatever has been pending for long enough. Entries that were
 * deleted meanwhile are not pending any more after that.
 */
import { nowMs } from "../../base/env.ts";
import type { CommandSpec } from "../../command/command.ts";
import { nothing } from "../../command/propagation.ts";
import type { Session } from "../../command/session.ts";
import * as events from "../../keyspace/events.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { replay } from "../../keyspace/replay.ts";
import * as mem from "../../mem/mem.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { SYNTAX } from "../../resp/errors.ts";
import { integerOrReply } from "../../resp/integer-args.ts";
import type { Reply } from "../../resp/reply.ts";
import { declare, groupAt, head, openGroup } from "./access.ts";
import { beginArray, endArray, replyOne } from "./answer.ts";
import * as byId from "./by-id.ts";
import { seenOrMade } from "./consumer.ts";
import * as groups from "./group.ts";
import { Id, idOrReply, isId, rangeStartOrReply, replyId } from "./id.ts";
import * as int64 from "./int64-words.ts";
import { advance } from "./lag.ts";
import { beginTelling, tellPending, tellPosition } from "./tell.ts";
import * as stream from "./value.ts";

const id = new Id();
const lastId = new Id();

/** Without JUSTID, RETRYCOUNT: the number of deliveries goes up by one. */
const COUNT_UP = -1;
const KEEP_COUNT = -2;

// What the options of the command say.
let idleMinMs: number | bigint = 0;
let deliveredMs = 0;
let deliveries: number | bigint = COUNT_UP;
let isForced = false;
let isJustId = false;

function resetOptions(idleMin: number | bigint): void {
  idleMinMs = idleMin;
  deliveredMs = nowMs;
  deliveries = COUNT_UP;
  isForced = false;
  isJustId = false;
}

/** Whether the pending record at the place of by-id.ts has been there for long enough. */
function isIdle(): boolean {
  return idleMinMs <= 0 || nowMs - int64.readRounded(byId.pack, byId.word + groups.DELIVERED) >= idleMinMs;
}

/** Gives the pending entry to the consumer, and answers it. Argument `idAt` spelled its ID, if that is not 0. */
function claim(reply: Reply, group: Ref, consumer: Ref, idAt: number): void {
  byId.find(groups.pendingOf(group), id);
  const { pack, word } = byId;
  mem.touch(pack);
  int64.write(pack, word + groups.DELIVERED, deliveredMs);
  if (deliveries === COUNT_UP) int64.increment(pack, word + groups.DELIVERIES);
  else if (deliveries !== KEEP_COUNT) int64.write(pack, word + groups.DELIVERIES, deliveries);
  groups.give(group, consumer, id);
  tellPending(group, id, idAt);
  if (isJustId) replyId(reply, id);
  else replyOne(reply, head, id);
  events.changes.dirty++;
}

/** Reads the options of XCLAIM from argument `from` on; false after an error. */
function readClaimOptions(args: Args, from: number, reply: Reply): boolean {
  for (let i = from; i < args.count; i++) {
    const isLast = i + 1 === args.count;
    if (args.is(i, "force")) isForced = true;
    else if (args.is(i, "justid")) isJustId = true;
    else if (args.is(i, "idle") && !isLast) {
      const idle = integerOrReply(args, ++i, reply, "ERR Invalid IDLE option argument for XCLAIM");
      if (idle === undefined) return false;
      deliveredMs = nowMs - Number(idle);
    } else if (args.is(i, "time") && !isLast) {
      const time = integerOrReply(args, ++i, reply, "ERR Invalid TIME option argument for XCLAIM");
      if (time === undefined) return false;
      deliveredMs = Number(time);
    } else if (args.is(i, "retrycount") && !isLast) {
      const count = integerOrReply(args, ++i, reply, "ERR Invalid RETRYCOUNT option argument for XCLAIM");
      if (count === undefined) return false;
      deliveries = count < 0 ? COUNT_UP : count;
    } else if (args.is(i, "lastid") && !isLast) {
      if (!idOrReply(args, ++i, lastId, reply)) return false;
    } else {
      reply.error(`ERR Unrecognized XCLAIM option '${args.cString(i)}'`);
      return false;
    }
  }
  // A time that cannot be is now: clients compute it from clocks of their own.
  if (deliveredMs < 0 || deliveredMs > nowMs) deliveredMs = nowMs;
  if (isJustId && deliveries === COUNT_UP) deliveries = KEEP_COUNT;
  return true;
}

/**
 * LASTID: the group has read as far as that. It does not count entries, except where the command tells of the reading of
 * one (tell.ts): then the ID is that entry's.
 */
function moveOn(group: Ref): void {
  if (replay.isOn && isForced && id.compare(lastId) === 0) return advance(head, group, lastId);
  mem.touch(group);
  lastId.write(group, groups.LAST_ID);
}

function xclaim(session: Session, args: Args, reply: Reply): void {
  const group = openGroup(session, args, reply);
  if (group === NIL) return;
  const idleMin = integerOrReply(args, 4, reply, "ERR Invalid min-idle-time argument for XCLAIM");
  if (idleMin === undefined) return;
  resetOptions(idleMin);
  lastId.setMin();
  let idsEnd = 5;
  while (idsEnd < args.count && isId(args, idsEnd, id)) idsEnd++;
  if (!readClaimOptions(args, idsEnd, reply)) return;

  nothing();
  beginTelling(args, 1, 2, false);
  const isFurther = lastId.compareAt(group, groups.LAST_ID) > 0;
  let isLastIdNews = isFurther;
  if (isFurther) moveOn(group);
  const guessed = idsEnd - 5;
  const mark = beginArray(reply, guessed);
  let consumer: Ref = NIL;
  let claimed = 0;
  for (let i = 5; i < idsEnd; i++) {
    isId(args, i, id);
    if (!stream.has(head, id)) {
      tellPending(group, id, i);
      if (!groups.acknowledge(group, id)) continue;
      events.changes.dirty++;
      isLastIdNews = isFurther && id.compare(lastId) === 0;
      continue;
    }
    if (byId.find(groups.pendingOf(group), id)) {
      if (!isIdle()) continue;
    } else if (isForced) groups.addPending(group, id, nowMs, 1);
    else continue;
    if (consumer === NIL) consumer = seenOrMade(session.db, args, 1, 3, group);
    claim(reply, group, consumer, i);
    isLastIdNews = isFurther && id.compare(lastId) === 0;
    claimed++;
  }
  if (isLastIdNews) {
    if (claimed === 0) events.changes.dirty++;
    tellPosition(group);
  }
  endArray(reply, mark, guessed, claimed);
}

// XAUTOCLAIM claims so many entries unless told, at most; and looks at so many times as many.
const COUNT_DEFAULT = 100;
const COUNT_MAX = 576460752303423487n;
/** Above, Redis cannot note the deleted IDs. */
const NOTED_MAX = 2 ** 43;
const ATTEMPTS = 10;

/** Reads the options of XAUTOCLAIM; the count, or undefined after an error. */
function readAutoClaimOptions(args: Args, reply: Reply): number | undefined {
  let count: number | bigint = COUNT_DEFAULT;
  for (let i = 6; i < args.count; i++) {
    if (args.is(i, "count") && i + 1 < args.count) {
      const given = integerOrReply(args, ++i, reply, "ERR COUNT must be > 0");
      if (given === undefined) return undefined;
      if (given < 1 || given > COUNT_MAX) {
        reply.error("ERR COUNT must be > 0");
        return undefined;
      }
      count = given;
    } else if (args.is(i, "justid")) {
      isJustId = true;
      deliveries = KEEP_COUNT;
    } else {
      reply.error(SYNTAX);
      return undefined;
    }
  }
  return Number(count);
}

function xautoclaim(session: Session, args: Args, reply: Reply): void {
  const ref = keyspace.lookupRead(session.db, args, 1);
  const idleMin = integerOrReply(args, 4, reply, "ERR Invalid min-idle-time argument for XAUTOCLAIM");
  if (idleMin === undefined || !rangeStartOrReply(args, 5, id, reply)) return;
  resetOptions(idleMin);
  const count = readAutoClaimOptions(args, reply);
  if (count === undefined) return;
  const group = groupAt(ref, args, reply);
  if (group === NIL) return;
  if (count >= NOTED_MAX) {
    return reply.error("ERR Insufficient memory, failed allocating transient memory, COUNT too high.");
  }

  nothing();
  beginTelling(args, 1, 2, false);
  const pending = groups.pendingOf(group);
  reply.array(3);
  const mark = reply.length;
  const guessed = Math.min(count, byId.count(pending));
  beginArray(reply, guessed);
  let consumer: Ref = NIL;
  let claimed = 0;
  let isEnd = false;
  const deleted: Id[] = [];
  for (let attempts = count * ATTEMPTS; attempts > 0 && claimed + deleted.length < count; attempts--) {
    isEnd = isEnd || !byId.seek(pending, id);
    if (isEnd) break;
    id.read(byId.pack, byId.word);
    if (!stream.has(head, id)) {
      tellPending(group, id);
      groups.acknowledge(group, id);
      events.changes.dirty++;
      deleted.push(new Id().copy(id));
    } else if (isIdle()) {
      if (consumer === NIL) consumer = seenOrMade(session.db, args, 1, 3, group);
      claim(reply, group, consumer, 0);
      claimed++;
    }
    isEnd = !id.increment();
  }
  endArray(reply, mark, guessed, claimed);
  // Where to go on: the next that is pending.
  if (isEnd || !byId.seek(pending, id)) id.setMin();
  else id.read(byId.pack, byId.word);
  reply.headerAt(mark, () => replyId(reply, id));
  reply.array(deleted.length);
  for (const one of deleted) replyId(reply, one);
}

export const claimCommands: readonly CommandSpec[] = [
  declare({
    name: "xclaim",
    arity: -6,
    flags: ["write", "fast"],
    keyFlags: "RW update",
    tips: ["nondeterministic_output"],
    since: "5.0.0",
    complexity: "O(log N) for each ID and N pending entries.",
    summary: "Gives pending entries to another consumer.",
    syntax:
      "key group consumer min-idle-time id... [IDLE ms:integer] [TIME unix-time-milliseconds:unix-time] [RETRYCOUNT count:integer] [FORCE] [JUSTID] [LASTID id]",
    handler: xclaim,
  }),
  declare({
    name: "xautoclaim",
    arity: -6,
    flags: ["write", "fast"],
    keyFlags: "RW delete",
    tips: ["nondeterministic_output"],
    since: "6.2.0",
    complexity: "O(1) for a small count.",
    summary: "Gives what has been pending for long to another consumer.",
    syntax: "key group consumer min-idle-time start [COUNT count:integer] [JUSTID]",
    history: [["7.0.0", "Answers the IDs of entries that were deleted, too."]],
    handler: xautoclaim,
  }),
];
