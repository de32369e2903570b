/**
 * LATENCY HISTOGRAM: how many calls of each command took at most so long, in powers of two of microseconds.
 */
import type { Command, CommandSpec } from "../../command/command.ts";
import { replyHelp } from "../../command/help.ts";
import type { Session } from "../../command/session.ts";
import * as commands from "../../command/table.ts";
import type { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";

/** The first bound. Redis calls it a microsecond, and doubles it from there. */
const FIRST_BOUND_NS = 1024;
/** What a bound is called: the last duration that Redis' own histogram cannot tell from it. */
const nameOfBound = (ns: number) => Math.floor((ns + ns / 128 - 1) / 1000);

function histogram(_session: Session, args: Args, reply: Reply): void {
  const called = chosen(args).filter((command) => command.statistics.calls > 0);
  reply.map(called.length);
  for (const command of called) {
    reply.bulkText(command.fullName);
    replyHistogram(reply, command);
  }
}

/** The commands that were asked for, each with its subcommands; all when none was. */
function chosen(args: Args): Command[] {
  if (args.count === 2) return [...commands.everyCommand()];
  const found: Command[] = [];
  for (let i = 2; i < args.count; i++) {
    const command = commands.byName(args.text(i).toLowerCase());
    if (command !== undefined) found.push(command, ...command.subcommands);
  }
  return found;
}

function replyHistogram(reply: Reply, { statistics }: Command): void {
  reply.map(2);
  reply.bulkText("calls");
  reply.integer(statistics.calls);
  reply.bulkText("histogram_usec");
  const mark = reply.length;
  let bounds = 0;
  let before = 0;
  for (let boundNs = FIRST_BOUND_NS; before < statistics.calls; boundNs *= 2) {
    const calls = statistics.callsWithin(boundNs);
    if (calls === before) continue;
    reply.integer(nameOfBound(boundNs));
    reply.integer(calls);
    bounds++;
    before = calls;
  }
  reply.headerAt(mark, () => reply.map(bounds));
}

const HELP = [
  "HISTOGRAM [COMMAND ...]",
  "    How many calls of these commands, or of all, took at most so many microseconds.",
];

export const latencyCommand: CommandSpec = {
  name: "latency",
  arity: -2,
  flags: [],
  group: "server",
  since: "2.8.13",
  complexity: "As the subcommand.",
  summary: "Holds the commands about time taken.",
  syntax: "",
  subcommands: [
    {
      name: "histogram",
      arity: -2,
      flags: ["admin", "noscript", "loading", "stale"],
      group: "server",
      tips: ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
      since: "7.0.0",
      complexity: "O(N) where N is the number of commands asked for",
      summary: "Answers how long commands took, as a cumulative histogram.",
      syntax: "[command...]",
      handler: histogram,
    },
    {
      name: "help",
      arity: 2,
      flags: ["loading", "stale"],
      group: "server",
      since: "2.8.13",
      complexity: "O(1)",
      summary: "Explains the subcommands.",
      syntax: "",
      handler: (_session, _args, reply) => replyHelp(reply, "LATENCY", HELP),
    },
  ],
};
