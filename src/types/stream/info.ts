/**
 * XINFO: what there is to be known of a stream, its groups and their consumers.
 */
import { nowMs } from "../../base/env.ts";
import type { CommandSpec } from "../../command/command.ts";
import { replyHelp } from "../../command/help.ts";
import { replyElement } from "../../command/open-value.ts";
import type { Session } from "../../command/session.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { NO_SUCH_KEY } from "../../resp/errors.ts";
import { integerOrReply } from "../../resp/integer-args.ts";
import type { Reply } from "../../resp/reply.ts";
import { Element } from "../../struct/listpack.ts";
import * as sequence from "../../struct/sequence.ts";
import { checkedHead, declareSub, wrongSubcommand } from "./access.ts";
import { replyEntry, replyRange, walk } from "./answer.ts";
import * as byId from "./by-id.ts";
import * as groups from "./group.ts";
import { Id, replyId } from "./id.ts";
import * as int64 from "./int64-words.ts";
import { replyEntriesRead, replyLag } from "./lag.ts";
import { radixNodes } from "./radix-nodes.ts";
import * as stream from "./value.ts";

const FULL_COUNT = 10;

const id = new Id();
const name = new Element();
const MIN = new Id();
const MAX = new Id().setMax();

/** The stream at argument 2, which has to be there; NIL after an error. */
function openStream(session: Session, args: Args, reply: Reply): Ref {
  const head = checkedHead(keyspace.lookupRead(session.db, args, 2), reply);
  if (head === undefined) return NIL;
  if (head === NIL) reply.error(NO_SUCH_KEY);
  return head;
}

const groupCount = (head: Ref) => (stream.groupsOf(head) === NIL ? 0 : sequence.items(stream.groupsOf(head)));

function eachGroup(head: Ref, visit: (group: Ref) => void): void {
  if (stream.groupsOf(head) !== NIL) sequence.each(stream.groupsOf(head), visit);
}

function replyIdAt(reply: Reply, label: string, ref: Ref, word: number): void {
  reply.bulkText(label);
  replyId(reply, id.read(ref, word));
}

function replyNumber(reply: Reply, label: string, value: int64.Int64): void {
  reply.bulkText(label);
  int64.reply(reply, value);
}

function replyName(reply: Reply): void {
  reply.bulkText("name");
  replyElement(reply, name);
}

// --- STREAM --------------------------------------------------------------------------------------------------------------

function infoStream(session: Session, args: Args, reply: Reply): void {
  const head = openStream(session, args, reply);
  if (head === NIL) return;
  if (args.count === 3) return replySummary(reply, head);
  if ((args.count !== 4 && args.count !== 6) || !args.is(3, "full")) return wrongSubcommand(args, reply);
  let count: number | bigint = FULL_COUNT;
  if (args.count === 6) {
    if (!args.is(4, "count")) return wrongSubcommand(args, reply);
    const given = integerOrReply(args, 5, reply);
    if (given === undefined) return;
    if (given >= 0) count = given;
  }
  replyFull(reply, head, count === 0 ? Number.POSITIVE_INFINITY : count);
}

/** What both forms begin with. */
function replyHead(reply: Reply, head: Ref): void {
  replyNumber(reply, "length", stream.length(head));
  replyNumber(reply, "radix-tree-keys", sequence.items(stream.nodesOf(head)));
  replyNumber(reply, "radix-tree-nodes", radixNodes(stream.nodesOf(head)));
  replyIdAt(reply, "last-generated-id", head, stream.LAST_ID);
  replyIdAt(reply, "max-deleted-entry-id", head, stream.MAX_DELETED_ID);
  replyNumber(reply, "entries-added", int64.read(head, stream.ENTRIES_ADDED));
  replyIdAt(reply, "recorded-first-entry-id", head, stream.FIRST_ID);
}

function replySummary(reply: Reply, head: Ref): void {
  reply.map(10);
  replyHead(reply, head);
  replyNumber(reply, "groups", groupCount(head));
  replyEdge(reply, "first-entry", head, false);
  replyEdge(reply, "last-entry", head, true);
}

function replyEdge(reply: Reply, label: string, head: Ref, isLast: boolean): void {
  reply.bulkText(label);
  walk.begin(stream.nodesOf(head), MIN, MAX, isLast);
  if (walk.next()) replyEntry(reply, walk);
  else reply.null();
}

/** Everything, with at most `countMax` elements of each list. */
function replyFull(reply: Reply, head: Ref, countMax: number | bigint): void {
  reply.map(9);
  replyHead(reply, head);
  reply.bulkText("entries");
  replyRange(reply, head, MIN, MAX, countMax, false);
  reply.bulkText("groups");
  reply.array(groupCount(head));
  eachGroup(head, (group) => replyFullGroup(reply, head, group, countMax));
}

function replyFullGroup(reply: Reply, head: Ref, group: Ref, countMax: number | bigint): void {
  reply.map(7);
  groups.readName(group, name);
  replyName(reply);
  replyIdAt(reply, "last-delivered-id", group, groups.LAST_ID);
  replyProgress(reply, head, group);
  replyNumber(reply, "pel-count", groups.pendingCount(group));
  reply.bulkText("pending");
  const pending = groups.pendingOf(group);
  replyPending(reply, pending, countMax, () => {
    reply.array(4);
    replyId(reply, id);
    groups.readConsumerName(groups.consumerAt(byId.pack, byId.word), name);
    replyElement(reply, name);
  });
  reply.bulkText("consumers");
  reply.array(groups.consumerCount(group));
  groups.eachConsumer(group, (consumer) => {
    reply.map(4);
    groups.readConsumerName(consumer, name);
    replyName(reply);
    replyNumber(reply, "seen-time", int64.read(consumer, groups.SEEN));
    const own = groups.consumerPending(consumer);
    replyNumber(reply, "pel-count", byId.count(own));
    reply.bulkText("pending");
    replyPending(reply, own, countMax, () => {
      reply.array(3);
      replyId(reply, id);
      byId.find(pending, id);
    });
  });
}

/** Answers pending records: what `begin` writes of the one with the ID at hand, then when it was delivered, how often. */
function replyPending(reply: Reply, set: Ref, countMax: number | bigint, begin: () => void): void {
  const held = byId.count(set);
  const shown = countMax < held ? Number(countMax) : held;
  reply.array(shown);
  id.setMin();
  for (let left = shown; left > 0; left--) {
    byId.seek(set, id);
    id.read(byId.pack, byId.word);
    begin();
    int64.reply(reply, int64.read(byId.pack, byId.word + groups.DELIVERED));
    int64.reply(reply, int64.read(byId.pack, byId.word + groups.DELIVERIES));
    id.increment();
  }
}

// --- GROUPS, CONSUMERS -----------------------------------------------------------------------------------------------------

function replyProgress(reply: Reply, head: Ref, group: Ref): void {
  reply.bulkText("entries-read");
  replyEntriesRead(reply, group);
  reply.bulkText("lag");
  replyLag(reply, head, group);
}

function infoGroups(session: Session, args: Args, reply: Reply): void {
  const head = openStream(session, args, reply);
  if (head === NIL) return;
  reply.array(groupCount(head));
  eachGroup(head, (group) => {
    reply.map(6);
    groups.readName(group, name);
    replyName(reply);
    replyNumber(reply, "consumers", groups.consumerCount(group));
    replyNumber(reply, "pending", groups.pendingCount(group));
    replyIdAt(reply, "last-delivered-id", group, groups.LAST_ID);
    replyProgress(reply, head, group);
  });
}

function infoConsumers(session: Session, args: Args, reply: Reply): void {
  const head = openStream(session, args, reply);
  if (head === NIL) return;
  const group = stream.findGroup(head, args, 3);
  if (group === NIL) {
    return reply.error(`NOGROUP No such consumer group '${args.cString(3)}' for key name '${args.cString(2)}'`);
  }
  reply.array(groups.consumerCount(group));
  groups.eachConsumer(group, (consumer) => {
    reply.map(3);
    groups.readConsumerName(consumer, name);
    replyName(reply);
    replyNumber(reply, "pending", byId.count(groups.consumerPending(consumer)));
    replyNumber(reply, "idle", Math.max(0, nowMs - int64.readRounded(consumer, groups.SEEN)));
  });
}

function help(_session: Session, _args: Args, reply: Reply): void {
  replyHelp(reply, "XINFO", [
    "CONSUMERS <key> <groupname>",
    "    Lists the consumers of a group.",
    "GROUPS <key>",
    "    Lists the groups of a stream.",
    "STREAM <key> [FULL [COUNT <count>]]",
    "    Describes a stream; FULL shows its entries, groups and consumers, too.",
  ]);
}

export const infoCommands: readonly CommandSpec[] = [
  {
    name: "xinfo",
    arity: -2,
    flags: [],
    group: "stream",
    since: "5.0.0",
    complexity: "Depends on the subcommand.",
    summary: "Holds the subcommands that describe streams.",
    syntax: "",
    subcommands: [
      declareSub({
        name: "consumers",
        arity: 4,
        flags: ["readonly"],
        keyFlags: "RO access",
        tips: ["nondeterministic_output"],
        since: "5.0.0",
        complexity: "O(N) for N consumers.",
        summary: "Lists the consumers of a group.",
        syntax: "key groupname",
        handler: infoConsumers,
      }),
      declareSub({
        name: "groups",
        arity: 3,
        flags: ["readonly"],
        keyFlags: "RO access",
        since: "5.0.0",
        complexity: "O(N) for N groups.",
        summary: "Lists the groups of a stream.",
        syntax: "key",
        history: [["7.0.0", "Answers `entries-read` and `lag`, too."]],
        handler: infoGroups,
      }),
      declareSub({
        name: "stream",
        arity: -3,
        flags: ["readonly"],
        keyFlags: "RO access",
        since: "5.0.0",
        complexity: "O(N) for N nodes of the stream.",
        summary: "Describes a stream.",
        syntax: "key [FULL full([COUNT count:integer])]",
        history: [
          ["6.0.0", "Takes `FULL`."],
          ["7.0.0", "Answers more of the past: what was added, deleted, read, and the lag."],
        ],
        handler: infoStream,
      }),
      {
        name: "help",
        arity: 2,
        flags: ["loading", "stale"],
        group: "stream",
        since: "5.0.0",
        complexity: "O(1)",
        summary: "Explains the subcommands.",
        syntax: "",
        handler: help,
      },
    ],
  },
];
