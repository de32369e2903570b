/**
 * What a group has pending for too long: XREADGROUP CLAIM gives it to the consumer that asks, in front of what is new
 * (Redis 8.4). Entries that were deleted meanwhile are passed over and stay pending: XAUTOCLAIM is there to remove them.
 *
 * What is pending lies in the order of IDs, so all of it is looked at; of what is overdue, only as much is kept as was
 * asked for.
 */
import { nowMs } from "../../base/env.ts";
import type { Ref } from "../../mem/mem.ts";
import * as mem from "../../mem/mem.ts";
import type { Reply } from "../../resp/reply.ts";
import { replyOne } from "./answer.ts";
import * as byId from "./by-id.ts";
import * as groups from "./group.ts";
import { Id } from "./id.ts";
import * as int64 from "./int64-words.ts";
import { tellPending } from "./tell.ts";
import * as stream from "./value.ts";

/** A pending entry, for as long as a command runs. */
interface Pending {
  readonly id: Id;
  readonly deliveredMs: number;
}

/** Entries that are pending for too long, in the order in which they are claimed. */
export type Overdue = readonly Pending[];

const id = new Id();
const byDelivery = (a: Pending, b: Pending) => a.deliveredMs - b.deliveredMs;

/**
 * The entries that were delivered `idleMinMs` ago or earlier, those first that were delivered first, and by ID where that
 * is the same; at most `countMax`.
 */
export function findOverdue(head: Ref, group: Ref, idleMinMs: number, countMax: number | bigint): Overdue {
  const found: Pending[] = [];
  let latest = nowMs - idleMinMs;
  byId.each(groups.pendingOf(group), (pack, word) => {
    const deliveredMs = int64.readRounded(pack, word + groups.DELIVERED);
    if (deliveredMs > latest || !stream.has(head, id.read(pack, word))) return;
    found.push({ id: new Id().copy(id), deliveredMs });
    if (found.length < Number(countMax) * 2) return;
    // Enough to choose from: from here on an entry has to be older than the last one that was chosen.
    choose(found, countMax);
    latest = found.at(-1)!.deliveredMs - 1;
  });
  choose(found, countMax);
  return found;
}

function choose(found: Pending[], countMax: number | bigint): void {
  found.sort(byDelivery);
  if (found.length > countMax) found.length = Number(countMax);
}

/** Gives these entries to the consumer and answers them, each with how long it was pending and how often delivered. */
export function replyOverdue(reply: Reply, head: Ref, group: Ref, consumer: Ref, entries: Overdue): void {
  for (const entry of entries) {
    replyOne(reply, head, entry.id, 4);
    groups.give(group, consumer, entry.id);
    byId.find(groups.pendingOf(group), entry.id);
    const { pack, word } = byId;
    reply.integer(Math.max(0, nowMs - entry.deliveredMs));
    int64.reply(reply, int64.read(pack, word + groups.DELIVERIES));
    mem.touch(pack);
    int64.write(pack, word + groups.DELIVERED, nowMs);
    int64.increment(pack, word + groups.DELIVERIES);
    tellPending(group, entry.id);
  }
}

/** When `findOverdue` will find something, in ms since 1970, if nothing changes; Infinity for never. */
export function nextOverdueMs(head: Ref, group: Ref, idleMinMs: number): number {
  let next = Number.POSITIVE_INFINITY;
  byId.each(groups.pendingOf(group), (pack, word) => {
    const dueMs = int64.readRounded(pack, word + groups.DELIVERED) + idleMinMs;
    if (dueMs < next && stream.has(head, id.read(pack, word))) next = dueMs;
  });
  return next;
}
