// The compatibility table, from the declarations of the commands.

import type { CommandSpec } from "../../src/command/command.ts";
import { features } from "../../src/features.ts";
import { markdownTable } from "./block.ts";

/** The Redis that answers are compared with: what is younger is marked. */
const REFERENCE = [7, 0];

const TOO_LARGE = "a reply of more than 512 MiB is refused";

/** What a user of Redis 7.0 should know of a command beside its subcommands. */
const NOTES: Record<string, string> = {
  bitop: "also `DIFF`, `DIFF1`, `ANDOR` and `ONE` (Redis 8.2)",
  debug: "off unless `enable-debug-command` allows it; `DEBUG HELP` lists what there is",
  delifeq: "newer than Redis 7.0: Valkey 9.0",
  flushall: "`ASYNC` and `SYNC` do the same: memory is freed in slices",
  flushdb: "as FLUSHALL",
  geosearch: "also `BYPOLYGON` (Valkey 9.0)",
  geosearchstore: "as GEOSEARCH",
  hrandfield: TOO_LARGE,
  hscan: "also `NOVALUES` (Redis 7.4)",
  msetex: "newer than Redis 7.0: Redis 8.4",
  set: "also `IFEQ` (Valkey 8.1)",
  shutdown: "while it saves, who reads is served",
  srandmember: TOO_LARGE,
  unlink: "the same as DEL, which never blocks either",
  xackdel: "newer than Redis 7.0: Redis 8.2",
  xdelex: "newer than Redis 7.0: Redis 8.2",
  xread: "also the ID `+` (Redis 7.4)",
  xreadgroup: "also `CLAIM` (Redis 8.4)",
  zrandmember: TOO_LARGE,
  zrank: "also `WITHSCORE` (Redis 7.2)",
  zrevrank: "as ZRANK",
  zscan: "also `NOSCORES` (Valkey 9.1)",
};

const title = (group: string) => group[0]!.toUpperCase() + group.slice(1);

/** Whether a command came after the version that answers are compared with. */
export function isNewer(spec: CommandSpec): boolean {
  const [major = 0, minor = 0] = spec.since.split(".").map(Number);
  return major > REFERENCE[0]! || (major === REFERENCE[0] && minor > REFERENCE[1]!);
}

/** One row per command, by group and name. */
export function commandsBlock(): string {
  const specs = features.flatMap((feature) => feature.commands ?? []);
  const stray = Object.keys(NOTES).find((name) => !specs.some((spec) => spec.name === name));
  if (stray !== undefined) throw new Error(`there is a note on ${stray}, which is no command`);
  const groups = [...new Set(specs.map((spec) => spec.group))].sort();
  const rows = groups.flatMap((group) =>
    specs
      .filter((spec) => spec.group === group)
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((spec, at) => [at === 0 ? title(group) : "", spec.name.toUpperCase(), spec.since, notes(spec)]),
  );
  return `${specs.length} commands.\n\n${markdownTable(["Group", "Command", "Since", "Notes"], rows)}`;
}

function notes(spec: CommandSpec): string {
  const subcommands = (spec.subcommands ?? []).map(
    (sub) => sub.name.toUpperCase() + (isNewer(sub) ? ` (${sub.since})` : ""),
  );
  const own = NOTES[spec.name] ?? (isNewer(spec) ? "newer than Redis 7.0" : "");
  return [subcommands.sort().join(", "), own].filter((text) => text !== "").join("; ");
}
