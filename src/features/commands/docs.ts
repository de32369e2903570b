/**
 * What COMMAND DOCS tells of one command: its name, then a map of what people want to know, arguments included.
 */
import type { Command } from "../../command/command.ts";
import { type Argument, parse } from "../../command/syntax.ts";
import type { Reply } from "../../resp/reply.ts";
import { replyWords } from "./info.ts";

/** An entry of a map that is not yet written: what has nothing to say is left out, and the map counts the rest. */
type Entry = [key: string, write: (reply: Reply) => void];

const text =
  (value: string) =>
  (reply: Reply): void =>
    reply.bulkText(value);

const words =
  (list: readonly string[]) =>
  (reply: Reply): void =>
    replyWords(reply, list);

function replyMap(reply: Reply, entries: readonly Entry[]): void {
  reply.map(entries.length);
  for (const [key, write] of entries) {
    reply.bulkText(key);
    write(reply);
  }
}

export function replyDocs(reply: Reply, command: Command): void {
  const { spec } = command;
  const args = parse(spec.syntax);
  const history = spec.history ?? [];
  const entries: Entry[] = [
    ["summary", text(spec.summary)],
    ["since", text(spec.since)],
    ["group", text(spec.group)],
  ];
  if (spec.complexity !== "") entries.push(["complexity", text(spec.complexity)]);
  const flags = [...(spec.deprecated ? ["deprecated"] : []), ...(spec.internal ? ["syscmd"] : [])];
  if (flags.length > 0) entries.push(["doc_flags", words(flags)]);
  if (spec.deprecated) {
    entries.push(["deprecated_since", text(spec.deprecated.since)], ["replaced_by", text(spec.deprecated.replacedBy)]);
  }
  if (history.length > 0) entries.push(["history", (to) => replyHistory(to, history)]);
  if (args.length > 0) entries.push(["arguments", (to) => replyArguments(to, args)]);
  if (command.subcommands.length > 0) entries.push(["subcommands", (to) => replySubcommands(to, command.subcommands)]);
  reply.bulkText(command.fullName);
  replyMap(reply, entries);
}

function replyHistory(reply: Reply, history: readonly (readonly [version: string, change: string])[]): void {
  reply.set(history.length);
  for (const [version, change] of history) {
    reply.array(2);
    reply.bulkText(version);
    reply.bulkText(change);
  }
}

function replySubcommands(reply: Reply, subcommands: readonly Command[]): void {
  reply.map(subcommands.length);
  for (const subcommand of subcommands) replyDocs(reply, subcommand);
}

function replyArguments(reply: Reply, args: readonly Argument[]): void {
  reply.array(args.length);
  for (const arg of args) replyMap(reply, entriesOf(arg));
}

function entriesOf(arg: Argument): Entry[] {
  const entries: Entry[] = [
    ["name", text(arg.name)],
    ["type", text(arg.type)],
  ];
  const { keySpec } = arg;
  if (keySpec !== undefined) entries.push(["key_spec_index", (reply) => reply.integer(keySpec)]);
  if (arg.token !== undefined) entries.push(["token", text(arg.token)]);
  if (arg.since !== undefined) entries.push(["since", text(arg.since)]);
  if (arg.deprecatedSince !== undefined) entries.push(["deprecated_since", text(arg.deprecatedSince)]);
  const flags = [
    ...(arg.optional ? ["optional"] : []),
    ...(arg.multiple ? ["multiple"] : []),
    ...(arg.multipleToken ? ["multiple_token"] : []),
  ];
  if (flags.length > 0) entries.push(["flags", words(flags)]);
  if (arg.parts.length > 0) entries.push(["arguments", (reply) => replyArguments(reply, arg.parts)]);
  return entries;
}
