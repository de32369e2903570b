/**
 * XPENDING: what a group has pending, in numbers or entry by entry.
 */
import { nowMs } from "../../base/env.ts";
import type { CommandSpec } from "../../command/command.ts";
import { replyElement } from "../../command/open-value.ts";
import type { Session } from "../../command/session.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { SYNTAX } from "../../resp/errors.ts";
import { integerOrReply } from "../../resp/integer-args.ts";
import type { Reply } from "../../resp/reply.ts";
import { Element } from "../../struct/listpack.ts";
import { declare, openGroup } from "./access.ts";
import { beginArray, endArray } from "./answer.ts";
import * as byId from "./by-id.ts";
import * as groups from "./group.ts";
import { Id, rangeEndOrReply, rangeStartOrReply, replyId } from "./id.ts";
import * as int64 from "./int64-words.ts";

const id = new Id();
const end = new Id();
const name = new Element();

/** In numbers: how many, the first and the last ID, and how many each consumer has. */
function replySummary(reply: Reply, group: Ref): void {
  const pending = groups.pendingOf(group);
  const count = byId.count(pending);
  reply.array(4);
  reply.integer(count);
  if (count === 0) {
    reply.null();
    reply.null();
    return reply.nullArray();
  }
  byId.seek(pending, id.setMin());
  replyId(reply, id.read(byId.pack, byId.word));
  byId.readLast(pending, id);
  replyId(reply, id);
  const guessed = groups.consumerCount(group);
  const mark = beginArray(reply, guessed);
  let consumers = 0;
  groups.eachConsumer(group, (consumer) => {
    const held = byId.count(groups.consumerPending(consumer));
    if (held === 0) return;
    consumers++;
    reply.array(2);
    groups.readConsumerName(consumer, name);
    replyElement(reply, name);
    reply.bulkInteger(held);
  });
  endArray(reply, mark, guessed, consumers);
}

/** Entry by entry: from `id` to `end`, of all or of one consumer. */
function replyEntries(
  reply: Reply,
  group: Ref,
  consumer: Ref,
  idleMinMs: number | bigint,
  count: number | bigint,
): void {
  const pending = groups.pendingOf(group);
  const walked = consumer === NIL ? pending : groups.consumerPending(consumer);
  const held = byId.count(walked);
  const guessed = count < held ? Number(count) : held;
  const mark = beginArray(reply, guessed);
  let shown = 0;
  while (shown < count && byId.seek(walked, id)) {
    id.read(byId.pack, byId.word);
    if (id.compare(end) > 0) break;
    if (walked !== pending) byId.find(pending, id);
    const { pack, word } = byId;
    const idleMs = nowMs - int64.readRounded(pack, word + groups.DELIVERED);
    if (idleMinMs === 0 || idleMs >= idleMinMs) {
      shown++;
      reply.array(4);
      replyId(reply, id);
      groups.readConsumerName(groups.consumerAt(pack, word), name);
      replyElement(reply, name);
      reply.integer(Math.max(0, idleMs));
      int64.reply(reply, int64.read(pack, word + groups.DELIVERIES));
    }
    if (!id.increment()) break;
  }
  endArray(reply, mark, guessed, shown);
}

function xpending(session: Session, args: Args, reply: Reply): void {
  const isSummary = args.count === 3;
  if (!isSummary && (args.count < 6 || args.count > 9)) return reply.error(SYNTAX);
  let idleMinMs: number | bigint = 0;
  let count: number | bigint = 0;
  let at = 3;
  if (!isSummary) {
    if (args.is(3, "idle")) {
      const given = integerOrReply(args, 4, reply);
      if (given === undefined) return;
      if (args.count < 8) return reply.error(SYNTAX);
      idleMinMs = given;
      at = 5;
    }
    const given = integerOrReply(args, at + 2, reply);
    if (given === undefined) return;
    count = given;
    if (!rangeStartOrReply(args, at, id, reply) || !rangeEndOrReply(args, at + 1, end, reply)) return;
  }
  const group = openGroup(session, args, reply);
  if (group === NIL) return;
  if (isSummary) return replySummary(reply, group);
  let consumer = NIL;
  if (at + 3 < args.count) {
    consumer = groups.findConsumer(group, args.region, args.start(at + 3), args.end(at + 3));
    if (consumer === NIL) return reply.array(0);
  }
  replyEntries(reply, group, consumer, idleMinMs, count < 0 ? 0 : count);
}

export const pendingCommands: readonly CommandSpec[] = [
  declare({
    name: "xpending",
    arity: -3,
    flags: ["readonly"],
    keyFlags: "RO access",
    tips: ["nondeterministic_output"],
    since: "5.0.0",
    complexity: "O(N) for N entries looked at, or N consumers.",
    summary: "Describes the entries that were delivered and not acknowledged.",
    syntax: "key group [filters([IDLE min-idle-time:integer@6.2.0] start end count:integer [consumer])]",
    history: [["6.2.0", "Takes `IDLE`, and bounds that are left out."]],
    handler: xpending,
  }),
];
