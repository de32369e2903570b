/**
 * SLOWLOG: reading the slow log.
 */
import * as int64 from "../../base/int64.ts";
import type { CommandSpec, Flag } from "../../command/command.ts";
import { replyHelp } from "../../command/help.ts";
import type { Session } from "../../command/session.ts";
import type { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";
import * as slowlog from "./slowlog.ts";

const COUNT_DEFAULT = 10;

function get(_session: Session, args: Args, reply: Reply): void {
  if (args.count > 3) {
    return reply.error(`ERR unknown subcommand or wrong number of arguments for '${args.text(1)}'. Try SLOWLOG HELP.`);
  }
  const count = args.count === 2 ? COUNT_DEFAULT : int64.parseBig(args.bytes, args.start(2), args.end(2));
  if (count === undefined || count < -1) return reply.error("ERR count should be greater than or equal to -1");
  const entries = slowlog.newest(count < 0 ? Number.POSITIVE_INFINITY : Number(count));
  reply.array(entries.length);
  for (const entry of entries) replyEntry(reply, entry);
}

function replyEntry(reply: Reply, { id, unixSeconds, durationUs, args, address, name }: slowlog.SlowCommand): void {
  reply.array(6);
  reply.integer(id);
  reply.integer(unixSeconds);
  reply.integer(durationUs);
  reply.array(args.length);
  for (const text of args) reply.bulkBytes(Buffer.from(text, "latin1"));
  reply.bulkText(address);
  reply.bulkText(name);
}

function len(_session: Session, _args: Args, reply: Reply): void {
  reply.integer(slowlog.length());
}

function reset(_session: Session, _args: Args, reply: Reply): void {
  slowlog.clear();
  reply.ok();
}

const HELP = [
  "GET [<count>]",
  "    The newest entries (default: 10, all: -1), each of them: id, time, duration in",
  "    microseconds, arguments, the client's address, the client's name.",
  "LEN",
  "    How many entries there are.",
  "RESET",
  "    Forget them.",
];

const ADMIN: readonly Flag[] = ["admin", "loading", "stale"];

export const slowlogCommand: CommandSpec = {
  name: "slowlog",
  arity: -2,
  flags: [],
  group: "server",
  since: "2.2.12",
  complexity: "That of the subcommand.",
  summary: "Holds the commands about the slow log.",
  syntax: "",
  subcommands: [
    {
      name: "get",
      arity: -2,
      flags: ADMIN,
      group: "server",
      tips: ["request_policy:all_nodes", "nondeterministic_output"],
      since: "2.2.12",
      complexity: "O(N) in the number of entries answered.",
      summary: "Answers the newest entries of the slow log.",
      syntax: "[count:integer]",
      history: [["4.0.0", "Shows address and name of the client."]],
      handler: get,
    },
    {
      name: "len",
      arity: 2,
      flags: ADMIN,
      group: "server",
      tips: ["request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output"],
      since: "2.2.12",
      complexity: "O(1)",
      summary: "Counts the entries of the slow log.",
      syntax: "",
      handler: len,
    },
    {
      name: "reset",
      arity: 2,
      flags: ADMIN,
      group: "server",
      tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
      since: "2.2.12",
      complexity: "O(N) in the number of entries.",
      summary: "Empties the slow log.",
      syntax: "",
      handler: reset,
    },
    {
      name: "help",
      arity: 2,
      flags: ["loading", "stale"],
      group: "server",
      since: "6.2.0",
      complexity: "O(1)",
      summary: "Explains the subcommands.",
      syntax: "",
      handler: (_session, _args, reply) => replyHelp(reply, "SLOWLOG", HELP),
    },
  ],
};
