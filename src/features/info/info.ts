/**
 * INFO, and what else tells about the server as a whole: LATENCY HISTOGRAM, TIME, LOLWUT.
 *
 *     sections.ts    memory, CPU, keys and others that are a few lines each
 *     stats.ts       section stats, with rates sampled by a timer
 *     commands.ts    sections about commands: calls, errors, percentiles
 */

import type { CommandSpec } from "../../command/command.ts";
import type { Feature, InfoSection } from "../../command/feature.ts";
import { sections } from "../../command/info-sections.ts";
import { noteStartup } from "../../command/memory-overview.ts";
import type { Session } from "../../command/session.ts";
import type { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";
import { commandSections } from "./commands.ts";
import { latencyCommand } from "./latency.ts";
import { lolwutCommand } from "./lolwut.ts";
import { smallSections } from "./sections.ts";
import { sampleRates, statsSection } from "./stats.ts";
import { timeCommand } from "./time.ts";

function info(_session: Session, args: Args, reply: Reply): void {
  const asked: string[] = [];
  for (let i = 1; i < args.count; i++) asked.push(args.text(i).toLowerCase());
  reply.verbatim(
    "txt",
    sections
      .filter((section) => isAsked(section, asked))
      .map(printed)
      .join("\r\n"),
  );
}

function isAsked({ name, byDefault }: InfoSection, asked: readonly string[]): boolean {
  if (asked.includes("all") || asked.includes("everything") || asked.includes(name)) return true;
  return byDefault && (asked.length === 0 || asked.includes("default"));
}

function printed(section: InfoSection): string {
  let text = `# ${section.title}\r\n`;
  for (const [name, value] of section.lines()) text += `${name}:${value}\r\n`;
  return text;
}

const infoCommand: CommandSpec = {
  name: "info",
  arity: -1,
  flags: ["loading", "stale"],
  group: "server",
  categories: ["@dangerous"],
  tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
  since: "1.0.0",
  complexity: "O(N) where N is the number of lines",
  summary: "Tells how the server is doing.",
  syntax: "[section...]",
  history: [["7.0.0", "Takes several sections."]],
  handler: info,
};

const RATE_SAMPLE_MS = 100;

export const infoFeature: Feature = {
  name: "info",
  commands: [infoCommand, latencyCommand, timeCommand, lolwutCommand],
  info: [...smallSections, statsSection, ...commandSections],
  timers: [{ everyMs: RATE_SAMPLE_MS, run: sampleRates }],
  open: noteStartup,
};
