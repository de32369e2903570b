/**
 * Delivering entries to a consumer: those that are new to its group, which are pending then, and those that it has pending
 * already, as often as it asks.
 */
import { nowMs } from "../../base/env.ts";
import type { Ref } from "../../mem/mem.ts";
import * as mem from "../../mem/mem.ts";
import type { Reply } from "../../resp/reply.ts";
import { beginArray, endArray, replyEntry, replyOne, walk } from "./answer.ts";
import * as byId from "./by-id.ts";
import * as groups from "./group.ts";
import { Id, replyId } from "./id.ts";
import * as int64 from "./int64-words.ts";
import { advance } from "./lag.ts";
import { type Overdue, replyOverdue } from "./overdue.ts";
import { tellConsumer, tellPending, tellPosition } from "./tell.ts";
import * as stream from "./value.ts";

const id = new Id();
const MAX = new Id().setMax();

/**
 * Answers what comes after all that the group has read, at most `countMax` entries. With `overdue`, all entries have four
 * parts, and these are given to the consumer and answered first.
 */
export function replyNew(
  reply: Reply,
  head: Ref,
  group: Ref,
  consumer: Ref,
  countMax: number | bigint,
  isNoAck: boolean,
  overdue?: Overdue,
): void {
  const length = stream.length(head);
  const guessed = countMax < length ? Number(countMax) : length;
  const mark = beginArray(reply, guessed);
  if (isNoAck) tellConsumer();
  if (overdue !== undefined) replyOverdue(reply, head, group, consumer, overdue);
  // After the greatest ID comes the smallest.
  id.read(group, groups.LAST_ID).increment();
  walk.begin(stream.nodesOf(head), id, MAX, false);
  let count = overdue?.length ?? 0;
  let isFurther = false;
  while (count < countMax && walk.next()) {
    if (walk.id.compareAt(group, groups.LAST_ID) > 0) {
      advance(head, group, walk.id);
      isFurther = true;
    }
    replyEntry(reply, walk, overdue === undefined ? 2 : 4);
    if (overdue !== undefined) {
      reply.zero();
      reply.zero();
    }
    if (!isNoAck) {
      groups.deliver(group, consumer, walk.id);
      tellPending(group, walk.id);
    }
    count++;
  }
  if (isNoAck && isFurther) tellPosition(group);
  endArray(reply, mark, guessed, count);
}

/** Answers what the consumer has pending from `start` on, at most `countMax` entries; null for one that was deleted. */
export function replyHistory(
  reply: Reply,
  head: Ref,
  group: Ref,
  consumer: Ref,
  start: Id,
  countMax: number | bigint,
): void {
  const own = groups.consumerPending(consumer);
  const held = byId.count(own);
  const guessed = countMax < held ? Number(countMax) : held;
  const mark = beginArray(reply, guessed);
  let count = 0;
  id.copy(start);
  while (count < countMax && byId.seek(own, id)) {
    id.read(byId.pack, byId.word);
    count++;
    if (replyOne(reply, head, id)) noteDelivery(group);
    else {
      reply.array(2);
      replyId(reply, id);
      reply.nullArray();
    }
    if (!id.increment()) break;
  }
  endArray(reply, mark, guessed, count);
}

/** Notes that the pending entry was delivered once more. */
function noteDelivery(group: Ref): void {
  byId.find(groups.pendingOf(group), id);
  const { pack, word } = byId;
  mem.touch(pack);
  int64.write(pack, word + groups.DELIVERED, nowMs);
  int64.increment(pack, word + groups.DELIVERIES);
  tellPending(group, id);
}
