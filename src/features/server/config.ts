/**
 * CONFIG: reads and changes the configuration while the server runs.
 */
import type { CommandSpec, Flag } from "../../command/command.ts";
import { replyHelp } from "../../command/help.ts";
import type { Session } from "../../command/session.ts";
import type { Args } from "../../resp/args.ts";
import { SYNTAX } from "../../resp/errors.ts";
import type { Reply } from "../../resp/reply.ts";
import { host } from "./host.ts";

const bytesOf = (text: string) => Buffer.from(text, "latin1");

function get(_session: Session, args: Args, reply: Reply): void {
  const patterns: string[] = [];
  for (let i = 2; i < args.count; i++) patterns.push(args.text(i));
  const found = host?.getConfig(patterns) ?? [];
  reply.map(found.length);
  for (const [name, value] of found) {
    reply.bulkBytes(bytesOf(name));
    reply.bulkBytes(bytesOf(value));
  }
}

function set(session: Session, args: Args, reply: Reply): void {
  if (args.count % 2 !== 0) return reply.error(SYNTAX);
  const pairs: [string, string][] = [];
  for (let i = 2; i < args.count; i += 2) pairs.push([args.text(i), args.text(i + 1)]);
  const address = session.connection?.address;
  okOr(host?.setConfig(pairs, address === undefined || host.isLocal(address)), reply);
}

/** The values of passwords. */
function secretValues(args: Args): number[] {
  const places: number[] = [];
  for (let i = 2; i + 1 < args.count; i += 2) if (host?.isSecret(args.text(i))) places.push(i + 1);
  return places;
}

function rewrite(_session: Session, _args: Args, reply: Reply): void {
  okOr(host?.rewriteConfig(false), reply);
}

function okOr(error: string | undefined, reply: Reply): void {
  if (error === undefined) reply.ok();
  else reply.error(error);
}

function resetStatistics(_session: Session, _args: Args, reply: Reply): void {
  host?.resetStatistics();
  reply.ok();
}

const HELP = [
  "GET <pattern> [<pattern> ...]",
  "    The parameters whose names match any of these glob patterns, and their values.",
  "SET <directive> <value> [<directive> <value> ...]",
  "    Change parameters: all of them, or none if one is refused.",
  "RESETSTAT",
  "    Let the counters that INFO reports begin anew.",
  "REWRITE",
  "    Write the configuration in force to the configuration file.",
];

const FLAGS: readonly Flag[] = ["admin", "noscript", "loading", "stale"];

export const configCommand: CommandSpec = {
  name: "config",
  arity: -2,
  flags: [],
  group: "server",
  since: "2.0.0",
  complexity: "Depends on subcommand.",
  summary: "Reads and changes the configuration of the running server.",
  syntax: "",
  subcommands: [
    {
      name: "get",
      arity: -3,
      flags: FLAGS,
      group: "server",
      since: "2.0.0",
      complexity: "O(N) where N is the number of parameters asked for",
      summary: "The values of the parameters whose names match.",
      syntax: "parameter(parameter)...",
      history: [["7.0.0", "Takes several patterns in one call."]],
      handler: get,
    },
    {
      name: "set",
      arity: -4,
      flags: FLAGS,
      group: "server",
      tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
      since: "2.0.0",
      complexity: "O(N) where N is the number of parameters given",
      summary: "Changes parameters, all of them or none.",
      syntax: "parameter_value(parameter value)...",
      history: [["7.0.0", "Takes several parameters in one call."]],
      secrets: secretValues,
      handler: set,
    },
    {
      name: "rewrite",
      arity: 2,
      flags: FLAGS,
      group: "server",
      since: "2.8.0",
      complexity: "O(1)",
      summary: "Writes the configuration in force to its file, whose comments and order stay.",
      syntax: "",
      handler: rewrite,
    },
    {
      name: "resetstat",
      arity: 2,
      flags: FLAGS,
      group: "server",
      since: "2.0.0",
      complexity: "O(1)",
      summary: "Lets the counters that INFO reports begin anew.",
      syntax: "",
      handler: resetStatistics,
    },
    {
      name: "help",
      arity: 2,
      flags: ["loading", "stale"],
      group: "server",
      since: "5.0.0",
      complexity: "O(1)",
      summary: "Helpful text about the subcommands.",
      syntax: "",
      handler: (_session, _args, reply) => replyHelp(reply, "CONFIG", HELP),
    },
  ],
};
