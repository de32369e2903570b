/**
 * Reading what comes after an ID, and waiting for it: XREAD, and XREADGROUP for a consumer of a group.
 */
import { waitFor } from "../../command/blocking.ts";
import type { CommandSpec } from "../../command/command.ts";
import { nothing } from "../../command/propagation.ts";
import type { Session } from "../../command/session.ts";
import * as events from "../../keyspace/events.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";
import { headOf } from "./access.ts";
import { beginStreams, endStreams, replyKey, replyRange } from "./answer.ts";
import { isMade, seenOrMade } from "./consumer.ts";
import { replyHistory, replyNew } from "./deliver.ts";
import * as groups from "./group.ts";
import { Id } from "./id.ts";
import { findOverdue, type Overdue } from "./overdue.ts";
import { readIds, reading, readOptions } from "./read-args.ts";
import { beginTelling, tellConsumer } from "./tell.ts";
import * as stream from "./value.ts";
import { ClaimWaiting, GroupWaiting, StreamWaiting } from "./wait.ts";

const start = new Id();
const last = new Id();
const MAX = new Id().setMax();

/** Answers the streams that have something to be read; false, and nothing was written, when none has. */
function replyStreams(session: Session, args: Args, reply: Reply): boolean {
  const mark = beginStreams(reply, reading.keys);
  let served = 0;
  for (let k = 0; k < reading.keys; k++) {
    const head = headOf(keyspace.lookupRead(session.db, args, reading.keysAt + k));
    if (head === NIL) continue;
    const overdue = overdueFor(head, k);
    if (!overdue?.length && !hasNews(head, k)) continue;
    served++;
    replyKey(reply, args, reading.keysAt + k);
    if (reading.groupAt !== 0) serveGroup(session, args, reply, head, k, overdue);
    else {
      start.copy(reading.after[k]!).increment();
      replyRange(reply, head, start, MAX, countFor(k), false);
    }
  }
  endStreams(reply, mark, reading.keys, served);
  return served > 0;
}

/** At most so many entries of stream `k`. */
const countFor = (k: number) =>
  reading.isLast[k] ? 1 : reading.count === 0 ? Number.POSITIVE_INFINITY : reading.count;

/** What of stream `k` is claimed, if that is wanted. */
function overdueFor(head: Ref, k: number): Overdue | undefined {
  if (!reading.isClaiming(k)) return undefined;
  return findOverdue(head, reading.groups[k]!, reading.claimMs, countFor(k));
}

/** Whether stream `k` has what was asked for. */
function hasNews(head: Ref, k: number): boolean {
  const after = reading.after[k]!;
  if (reading.groupAt !== 0 && !after.isMax) return true;
  if (stream.length(head) === 0) return false;
  stream.readLastLive(head, last);
  if (reading.groupAt === 0) return last.compare(after) > 0;
  return last.compareAt(reading.groups[k]!, groups.LAST_ID) > 0;
}

/** Answers one stream's entries to a consumer: its history, or what is new. */
function serveGroup(session: Session, args: Args, reply: Reply, head: Ref, k: number, overdue?: Overdue): void {
  const group = reading.groups[k]!;
  const consumer = seenOrMade(session.db, args, reading.keysAt + k, reading.groupAt + 1, group);
  beginTelling(args, reading.keysAt + k, reading.groupAt, isMade);
  if (reading.isNew(k)) replyNew(reply, head, group, consumer, countFor(k), reading.isNoAck, overdue);
  else {
    start.copy(reading.after[k]!).increment();
    replyHistory(reply, head, group, consumer, start, countFor(k));
  }
  tellConsumer();
  events.changes.dirty++;
}

function xread(session: Session, args: Args, reply: Reply): void {
  if (!readOptions(args, reply, false) || !readIds(session, args, reply)) return;
  if (replyStreams(session, args, reply)) return;
  if (!reading.isBlocking) return reply.nullArray();
  waitFor(session, args, reply, new StreamWaiting(reading), reading.keysAt, reading.keys, reading.deadlineMs);
}

function xreadgroup(session: Session, args: Args, reply: Reply): void {
  // What is told is told on the way.
  nothing();
  if (!readOptions(args, reply, true) || !readIds(session, args, reply)) return;
  if (replyStreams(session, args, reply)) return;
  if (!reading.isBlocking) return reply.nullArray();
  const waiting = reading.isClaiming(0) ? new ClaimWaiting(reading) : new GroupWaiting(reading);
  waitFor(session, args, reply, waiting, reading.keysAt, reading.keys, reading.deadlineMs);
}

export const readCommands: readonly CommandSpec[] = [
  {
    name: "xread",
    arity: -4,
    flags: ["readonly", "blocking", "movablekeys"],
    group: "stream",
    keys: [{ flags: "RO access", begin: "STREAMS", from: 1, last: -1, limit: 2 }],
    since: "5.0.0",
    complexity: "O(N) for N entries answered, of each stream.",
    summary: "Answers what streams have after an ID each, and waits for it if it is to.",
    syntax: "[COUNT count:integer] [BLOCK milliseconds:integer] STREAMS streams(key... id...)",
    handler: xread,
  },
  {
    name: "xreadgroup",
    arity: -7,
    flags: ["write", "blocking", "movablekeys"],
    group: "stream",
    keys: [{ flags: "RO access", begin: "STREAMS", from: 4, last: -1, limit: 2 }],
    since: "5.0.0",
    complexity: "O(N) for N entries answered, of each stream.",
    summary: "Answers what a consumer is to process: what is new to its group, or what it has pending.",
    syntax:
      "GROUP group_consumer(group consumer) [COUNT count:integer] [BLOCK milliseconds:integer] [NOACK] STREAMS streams(key... id...)",
    handler: xreadgroup,
  },
];
