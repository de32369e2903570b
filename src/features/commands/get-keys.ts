/**
 * COMMAND GETKEYS and GETKEYSANDFLAGS: the keys in a whole command that is given as arguments.
 */
import type { CommandSpec } from "../../command/command.ts";
import { type FoundKey, keysOf } from "../../command/keys-of.ts";
import type { Session } from "../../command/session.ts";
import * as commands from "../../command/table.ts";
import { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";
import { replyWords } from "./info.ts";

/** Where the command begins among the arguments. */
const GIVEN = 2;

function getKeys(_session: Session, args: Args, reply: Reply): void {
  const given = argumentsFrom(args, GIVEN);
  const found = keysOrReply(given, reply);
  if (found === undefined) return;
  reply.array(found.length);
  for (const { position } of found) reply.bulk(given.region, given.start(position), given.length(position));
}

function getKeysAndFlags(_session: Session, args: Args, reply: Reply): void {
  const given = argumentsFrom(args, GIVEN);
  const found = keysOrReply(given, reply);
  if (found === undefined) return;
  reply.array(found.length);
  for (const { position, flags } of found) {
    reply.array(2);
    reply.bulk(given.region, given.start(position), given.length(position));
    // Whether the flags vary is told of the command, not of one use of it.
    replyWords(
      reply,
      flags.split(" ").filter((flag) => flag !== "variable_flags"),
    );
  }
}

/** The arguments from `first` on, as if they were a command of their own. */
function argumentsFrom(args: Args, first: number): Args {
  const given = new Args();
  given.rebase(args.bytes);
  given.reserve(args.count - first);
  for (let i = first; i < args.count; i++) given.setRange(i - first, args.start(i), args.end(i));
  given.aim(0, args.count - first);
  return given;
}

function keysOrReply(given: Args, reply: Reply): readonly FoundKey[] | undefined {
  const command = commands.find(given);
  const called = command === undefined ? undefined : commands.resolve(command, given);
  if (called === undefined) return refuse(reply, "ERR Invalid command specified");
  if (called.spec.keys === undefined) return refuse(reply, "ERR The command has no key arguments");
  if (called.arity > 0 ? called.arity !== given.count : given.count < -called.arity) {
    return refuse(reply, "ERR Invalid number of arguments specified for command");
  }
  const found = keysOf(called.spec, given) ?? [];
  if (found.length > 0 || called.has("no_mandatory_keys")) return found;
  return refuse(reply, "ERR Invalid arguments specified for command");
}

function refuse(reply: Reply, error: string): undefined {
  reply.error(error);
  return undefined;
}

export const getKeysCommands: readonly CommandSpec[] = [
  {
    name: "getkeys",
    arity: -4,
    flags: ["loading", "stale"],
    group: "server",
    categories: ["@connection"],
    since: "2.8.13",
    complexity: "O(N) where N is the number of arguments",
    summary: "Answers the keys in a command.",
    syntax: "",
    handler: getKeys,
  },
  {
    name: "getkeysandflags",
    arity: -4,
    flags: ["loading", "stale"],
    group: "server",
    categories: ["@connection"],
    since: "7.0.0",
    complexity: "O(N) where N is the number of arguments",
    summary: "Answers the keys in a command, and what is done with each.",
    syntax: "",
    handler: getKeysAndFlags,
  },
];
