/**
 * MEMORY: how much memory is used, and for what.
 */
import type { CommandSpec } from "../../command/command.ts";
import { replyHelp } from "../../command/help.ts";
import { type DatabaseOverhead, memoryOverview } from "../../command/memory-overview.ts";
import { type Session, sessions } from "../../command/session.ts";
import { typeOf } from "../../keyspace/value-type.ts";
import * as mem from "../../mem/mem.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import { type ClassStatistics, classStatistics } from "../../mem/statistics.ts";
import type { Args } from "../../resp/args.ts";
import { SYNTAX } from "../../resp/errors.ts";
import { integerOrReply } from "../../resp/integer-args.ts";
import type { Reply } from "../../resp/reply.ts";
import * as entry from "../../struct/entry.ts";
import { entryAsIs } from "./as-is.ts";
import { diagnosis } from "./memory-doctor.ts";

/** A key's slot in its database's table. */
const SLOT_BYTES = 8;

function usage(session: Session, args: Args, reply: Reply): void {
  for (let i = 3; i < args.count; i += 2) {
    if (!args.is(i, "samples") || i + 1 === args.count) return reply.error(SYNTAX);
    const samples = integerOrReply(args, i + 1, reply);
    if (samples === undefined) return;
    if (samples < 0) return reply.error(SYNTAX);
  }
  const ref = entryAsIs(session, args, 2);
  if (ref === NIL) reply.null();
  else reply.integer(SLOT_BYTES + bytesOf(ref));
}

/** Bytes of an entry with all that its value has outside: counted, so there is nothing to sample. */
function bytesOf(ref: Ref): number {
  let bytes = mem.capacity(ref);
  if (entry.isOutside(ref)) {
    typeOf(entry.type(ref)).blocks(ref, (block) => {
      bytes += mem.capacity(block);
    });
  }
  return bytes;
}

/** A line of MEMORY STATS: an integer, a ratio, or a map of integers. */
type Statistic = readonly [name: string, write: (reply: Reply) => void];

const integer = (name: string, value: number): Statistic => [name, (reply) => reply.integer(value)];
const ratio = (name: string, part: number, whole: number): Statistic => [
  name,
  // Redis keeps these in single precision.
  (reply) => reply.double(whole === 0 ? 0 : Math.fround(part / whole)),
];

function databaseStatistic({ number, table, deadlines }: DatabaseOverhead): Statistic {
  const fields = [
    integer("overhead.hashtable.main", table),
    integer("overhead.hashtable.expires", deadlines),
    integer("overhead.hashtable.slot-to-keys", 0),
  ];
  return [`db.${number}`, (reply) => replyStatistics(reply, fields)];
}

function replyStatistics(reply: Reply, statistics: readonly Statistic[]): void {
  reply.map(statistics.length);
  for (const [name, write] of statistics) {
    reply.bulkText(name);
    write(reply);
  }
}

function stats(_session: Session, _args: Args, reply: Reply): void {
  const { peak, allocated, startup, clients, databases, overhead, keys, dataset, active, resident, rss } =
    memoryOverview();
  replyStatistics(reply, [
    integer("peak.allocated", peak),
    integer("total.allocated", allocated),
    integer("startup.allocated", startup),
    integer("replication.backlog", 0),
    integer("clients.slaves", 0),
    integer("clients.normal", clients),
    integer("cluster.links", 0),
    integer("aof.buffer", 0),
    integer("lua.caches", 0),
    integer("functions.caches", 0),
    ...databases.map(databaseStatistic),
    integer("overhead.total", overhead),
    integer("keys.count", keys),
    integer("keys.bytes-per-key", keys === 0 ? 0 : Math.floor((allocated - startup) / keys)),
    integer("dataset.bytes", dataset),
    ratio("dataset.percentage", dataset * 100, allocated - startup),
    ratio("peak.percentage", allocated * 100, peak),
    integer("allocator.allocated", allocated),
    integer("allocator.active", active),
    integer("allocator.resident", resident),
    ratio("allocator-fragmentation.ratio", active, allocated),
    integer("allocator-fragmentation.bytes", active - allocated),
    ratio("allocator-rss.ratio", resident, active),
    integer("allocator-rss.bytes", resident - active),
    ratio("rss-overhead.ratio", rss, resident),
    integer("rss-overhead.bytes", rss - resident),
    ratio("fragmentation", rss, allocated),
    integer("fragmentation.bytes", rss - allocated),
  ]);
}

function doctor(_session: Session, _args: Args, reply: Reply): void {
  reply.verbatim("txt", diagnosis(memoryOverview(), sessions.size));
}

function mallocStats(_session: Session, _args: Args, reply: Reply): void {
  const { allocated, active, resident, rss } = memoryOverview();
  const lines = [
    `Blocks: ${mem.used.blocks} live, ${allocated} bytes (${mem.used.peakBytes} at most)`,
    `Pages of ${mem.PAGE_BYTES} bytes: ${mem.pageCounts.used} in use, ${mem.pageCounts.dirty} free and still backed`,
    `Chunks of 1 GiB: ${mem.chunks.length}`,
    `Allocated ${allocated}, active ${active}, resident ${resident}, process ${rss}`,
    "",
    "Size class   Live blocks   Pages",
    ...classStatistics().map(sizeClassLine),
  ];
  reply.verbatim("txt", `${lines.join("\n")}\n`);
}

function sizeClassLine({ blockBytes, blocks, pages }: ClassStatistics): string {
  const name = blockBytes === 0 ? "large" : String(blockBytes);
  return name.padStart(10) + String(blocks).padStart(14) + String(pages).padStart(8);
}

/** Gives back all free pages: more than a tick would, since somebody asks for it. */
function purge(_session: Session, _args: Args, reply: Reply): void {
  mem.purge(Number.POSITIVE_INFINITY);
  reply.ok();
}

const HELP = [
  "DOCTOR",
  "    What is notable about the memory, in words.",
  "MALLOC-STATS",
  "    Blocks and pages, by size class.",
  "PURGE",
  "    Give free pages back to the system.",
  "STATS",
  "    What the memory is used for.",
  "USAGE <key> [SAMPLES <count>]",
  "    Bytes of a key with its value. They are counted, so SAMPLES changes nothing.",
];

const EACH_SHARD = "request_policy:all_shards";
const OWN_POLICY = "response_policy:special";

/** What most subcommands have in common. */
const plain = { arity: 2, flags: [], group: "server", since: "4.0.0", syntax: "" } as const;

export const memoryCommand: CommandSpec = {
  name: "memory",
  arity: -2,
  flags: [],
  group: "server",
  since: "4.0.0",
  complexity: "That of the subcommand.",
  summary: "Holds the commands about memory.",
  syntax: "",
  subcommands: [
    {
      ...plain,
      name: "doctor",
      tips: ["nondeterministic_output", EACH_SHARD, OWN_POLICY],
      complexity: "O(1)",
      summary: "Says what is notable about the memory.",
      handler: doctor,
    },
    {
      ...plain,
      name: "malloc-stats",
      tips: ["nondeterministic_output", EACH_SHARD, OWN_POLICY],
      complexity: "O(N) in the number of pages in use.",
      summary: "Describes blocks and pages by size class.",
      handler: mallocStats,
    },
    {
      ...plain,
      name: "purge",
      tips: [EACH_SHARD, "response_policy:all_succeeded"],
      complexity: "O(N) in the number of free pages.",
      summary: "Gives free pages back to the system.",
      handler: purge,
    },
    {
      ...plain,
      name: "stats",
      tips: ["nondeterministic_output", EACH_SHARD, OWN_POLICY],
      complexity: "O(N) in the number of databases and clients.",
      summary: "Tells what the memory is used for.",
      handler: stats,
    },
    {
      name: "usage",
      arity: -3,
      flags: ["readonly"],
      group: "server",
      keys: [{ flags: "RO", begin: 2 }],
      since: "4.0.0",
      complexity: "O(N) in the number of elements.",
      summary: "Counts the bytes of a key with its value.",
      syntax: "key [SAMPLES count:integer]",
      handler: usage,
    },
    {
      ...plain,
      name: "help",
      flags: ["loading", "stale"],
      complexity: "O(1)",
      summary: "Explains the subcommands.",
      handler: (_session, _args, reply) => replyHelp(reply, "MEMORY", HELP),
    },
  ],
};
