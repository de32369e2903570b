/**
 * What COMMAND INFO tells of one command: an array of name, arity, flags, first key, last key, step, ACL categories, tips,
 * key specifications and subcommands.
 */
import { categoriesOf } from "../../command/categories.ts";
import type { Command, Flag, KeySpec } from "../../command/command.ts";
import { areMovable } from "../../command/keys-of.ts";
import type { Reply } from "../../resp/reply.ts";

/** The order in which flags are shown. */
const FLAGS: readonly Flag[] = [
  "write",
  "readonly",
  "denyoom",
  "admin",
  "pubsub",
  "noscript",
  "blocking",
  "loading",
  "stale",
  "skip_monitor",
  "skip_slowlog",
  "asking",
  "fast",
  "no_auth",
  "may_replicate",
  "no_mandatory_keys",
  "no_async_loading",
  "no_multi",
  "movablekeys",
  "allow_busy",
];

export function replyInfo(reply: Reply, command: Command): void {
  const { spec } = command;
  const keys = spec.keys ?? [];
  const tips = spec.tips ?? [];
  reply.array(10);
  reply.bulkText(command.fullName);
  reply.integer(command.arity);
  replyWords(
    reply,
    FLAGS.filter((flag) => (flag === "movablekeys" ? areMovable(keys) : command.has(flag))),
  );
  reply.integer(command.firstKey);
  reply.integer(command.lastKey);
  reply.integer(command.keyStep);
  replyWords(
    reply,
    categoriesOf(command).map((category) => `@${category}`),
  );
  reply.set(tips.length);
  for (const tip of tips) reply.bulkText(tip);
  reply.set(keys.length);
  for (const key of keys) replyKeySpec(reply, key);
  // Redis answers a set when there are none, and an array when there are some.
  if (command.subcommands.length === 0) reply.set(0);
  else reply.array(command.subcommands.length);
  for (const subcommand of command.subcommands) replyInfo(reply, subcommand);
}

/** A set of simple strings. */
export function replyWords(reply: Reply, words: readonly string[]): void {
  reply.set(words.length);
  for (const word of words) reply.simple(word);
}

function replyKeySpec(reply: Reply, spec: KeySpec): void {
  reply.map(spec.notes === undefined ? 3 : 4);
  if (spec.notes !== undefined) {
    reply.bulkText("notes");
    reply.bulkText(spec.notes);
  }
  reply.bulkText("flags");
  replyWords(reply, spec.flags.split(" "));
  replySearch(reply, "begin_search", ...beginOf(spec));
  replySearch(reply, "find_keys", ...rangeOf(spec));
}

type Search = [type: string, details: Record<string, string | number>];

function beginOf({ begin, from }: KeySpec): Search {
  if (begin === 0) return ["unknown", {}];
  return typeof begin === "number"
    ? ["index", { index: begin }]
    : ["keyword", { keyword: begin.toUpperCase(), startfrom: from ?? 1 }];
}

function rangeOf({ begin, keyNumber, last, step, limit }: KeySpec): Search {
  if (begin === 0) return ["unknown", {}];
  const keystep = step ?? 1;
  return keyNumber === undefined
    ? ["range", { lastkey: last ?? 0, keystep, limit: limit ?? 0 }]
    : ["keynum", { keynumidx: keyNumber.at, firstkey: keyNumber.firstKey, keystep }];
}

function replySearch(reply: Reply, name: string, type: string, details: Record<string, string | number>): void {
  reply.bulkText(name);
  reply.map(2);
  reply.bulkText("type");
  reply.bulkText(type);
  reply.bulkText("spec");
  const entries = Object.entries(details);
  reply.map(entries.length);
  for (const [key, value] of entries) {
    reply.bulkText(key);
    if (typeof value === "number") reply.integer(value);
    else reply.bulkText(value);
  }
}
