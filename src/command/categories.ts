/**
 * ACL categories: most follow from a command's flags and group, and only the others are declared.
 */
import type { Command, Flag, Group } from "./command.ts";

/** All categories, in the order in which COMMAND INFO shows them. */
export const CATEGORIES = [
  "keyspace",
  "read",
  "write",
  "set",
  "sortedset",
  "list",
  "hash",
  "string",
  "bitmap",
  "hyperloglog",
  "geo",
  "stream",
  "pubsub",
  "admin",
  "fast",
  "slow",
  "blocking",
  "dangerous",
  "connection",
  "transaction",
  "scripting",
] as const;

export type Category = (typeof CATEGORIES)[number];

const BY_GROUP: Partial<Record<Group, Category>> = {
  generic: "keyspace",
  string: "string",
  list: "list",
  set: "set",
  "sorted-set": "sortedset",
  hash: "hash",
  stream: "stream",
  geo: "geo",
  hyperloglog: "hyperloglog",
  bitmap: "bitmap",
  transactions: "transaction",
  connection: "connection",
  scripting: "scripting",
};

const BY_FLAG: readonly (readonly [Flag, Category])[] = [
  ["write", "write"],
  ["admin", "admin"],
  ["admin", "dangerous"],
  ["pubsub", "pubsub"],
  ["blocking", "blocking"],
];

/** The categories of a command, in the order of CATEGORIES. */
export function categoriesOf(command: Command): readonly Category[] {
  const found = new Set<string>([command.has("fast") ? "fast" : "slow"]);
  for (const [flag, category] of BY_FLAG) if (command.has(flag)) found.add(category);
  // A command that only holds others belongs to no group of its own.
  const group = command.handler === undefined ? undefined : BY_GROUP[command.spec.group];
  if (group !== undefined) found.add(group);
  if (command.has("readonly") && group !== "scripting") found.add("read");
  for (const declared of command.spec.categories ?? []) {
    if (declared.startsWith("-@")) found.delete(declared.slice(2));
    else found.add(declared.slice(1));
  }
  return CATEGORIES.filter((category) => found.has(category));
}
