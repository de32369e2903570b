/**
 * COMMAND: what commands there are, as told by their declarations.
 */
import { bytesOf } from "../../base/ascii.ts";
import * as glob from "../../base/glob.ts";
import { CATEGORIES, categoriesOf } from "../../command/categories.ts";
import type { Command, CommandSpec, Flag } from "../../command/command.ts";
import type { Feature } from "../../command/feature.ts";
import { replyHelp } from "../../command/help.ts";
import type { Session } from "../../command/session.ts";
import * as commands from "../../command/table.ts";
import type { Args } from "../../resp/args.ts";
import { SYNTAX } from "../../resp/errors.ts";
import type { Reply } from "../../resp/reply.ts";
import { replyDocs } from "./docs.ts";
import { getKeysCommands } from "./get-keys.ts";
import { replyInfo } from "./info.ts";

/** The commands that the arguments from 2 on name, undefined for each that is none. */
function named(args: Args): (Command | undefined)[] {
  const found: (Command | undefined)[] = [];
  for (let i = 2; i < args.count; i++) found.push(commands.byName(args.text(i).toLowerCase()));
  return found;
}

function all(_session: Session, _args: Args, reply: Reply): void {
  reply.array(commands.commands.size);
  for (const command of commands.commands.values()) replyInfo(reply, command);
}

function info(session: Session, args: Args, reply: Reply): void {
  if (args.count === 2) return all(session, args, reply);
  reply.array(args.count - 2);
  for (const command of named(args)) {
    if (command === undefined) reply.null();
    else replyInfo(reply, command);
  }
}

function docs(_session: Session, args: Args, reply: Reply): void {
  const asked = args.count === 2 ? [...commands.commands.values()] : named(args);
  const found = asked.filter((command) => command !== undefined);
  reply.map(found.length);
  for (const command of found) replyDocs(reply, command);
}

function count(_session: Session, _args: Args, reply: Reply): void {
  reply.integer(commands.commands.size);
}

function list(_session: Session, args: Args, reply: Reply): void {
  const passes = filterOf(args);
  if (passes === undefined) return reply.error(SYNTAX);
  const found = [...commands.everyCommand()].filter(passes);
  reply.array(found.length);
  for (const command of found) reply.bulkText(command.fullName);
}

/** Which commands LIST was asked for; undefined when the arguments are wrong. */
function filterOf(args: Args): ((command: Command) => boolean) | undefined {
  if (args.count === 2) return () => true;
  if (args.count !== 5 || !args.is(2, "filterby")) return undefined;
  // No command comes from a module: there are none.
  if (args.is(3, "module")) return () => false;
  if (args.is(3, "aclcat")) {
    const asked = CATEGORIES.find((category) => args.is(4, category));
    return (command) => asked !== undefined && categoriesOf(command).includes(asked);
  }
  if (args.is(3, "pattern")) {
    return ({ fullName }) => {
      const name = bytesOf(fullName);
      return glob.matches(args.bytes, args.start(4), args.end(4), name, 0, name.length, true);
    };
  }
  return undefined;
}

const HELP = [
  "(no subcommand)",
  "    Everything that INFO tells, of all commands.",
  "COUNT",
  "    How many commands there are.",
  "LIST",
  "    The names of the commands.",
  "INFO [<command-name> ...]",
  "    How commands behave: arity, flags, categories, keys.",
  "DOCS [<command-name> ...]",
  "    How commands are used: summaries and arguments.",
  "GETKEYS <full-command>",
  "    The keys in a whole command.",
  "GETKEYSANDFLAGS <full-command>",
  "    The keys in a whole command, and what is done with each.",
];

const FLAGS: readonly Flag[] = ["loading", "stale"];
const CATEGORY = ["@connection"];
const TIPS = ["nondeterministic_output_order"];

const commandCommand: CommandSpec = {
  name: "command",
  arity: -1,
  flags: FLAGS,
  group: "server",
  categories: CATEGORY,
  tips: TIPS,
  since: "2.8.13",
  complexity: "O(N) where N is the number of commands",
  summary: "Describes all commands.",
  syntax: "",
  handler: all,
  subcommands: [
    {
      name: "info",
      arity: -2,
      flags: FLAGS,
      group: "server",
      categories: CATEGORY,
      tips: TIPS,
      since: "2.8.13",
      complexity: "O(N) where N is the number of commands asked for",
      summary: "Describes how commands behave.",
      syntax: "[command-name...]",
      history: [["7.0.0", "Without names, describes all commands."]],
      handler: info,
    },
    {
      name: "docs",
      arity: -2,
      flags: FLAGS,
      group: "server",
      categories: CATEGORY,
      tips: TIPS,
      since: "7.0.0",
      complexity: "O(N) where N is the number of commands asked for",
      summary: "Describes how commands are used.",
      syntax: "[command-name...]",
      handler: docs,
    },
    {
      name: "count",
      arity: 2,
      flags: FLAGS,
      group: "server",
      categories: CATEGORY,
      since: "2.8.13",
      complexity: "O(1)",
      summary: "Answers how many commands there are.",
      syntax: "",
      handler: count,
    },
    {
      name: "list",
      arity: -2,
      flags: FLAGS,
      group: "server",
      categories: CATEGORY,
      tips: TIPS,
      since: "7.0.0",
      complexity: "O(N) where N is the number of commands",
      summary: "Answers the names of commands.",
      syntax: "[FILTERBY filterby(MODULE module-name|ACLCAT category|PATTERN pattern)]",
      handler: list,
    },
    ...getKeysCommands,
    {
      name: "help",
      arity: 2,
      flags: FLAGS,
      group: "server",
      categories: CATEGORY,
      since: "5.0.0",
      complexity: "O(1)",
      summary: "Explains the subcommands.",
      syntax: "",
      handler: (_session, _args, reply) => replyHelp(reply, "COMMAND", HELP),
    },
  ],
};

export const commandsFeature: Feature = { name: "commands", commands: [commandCommand] };
