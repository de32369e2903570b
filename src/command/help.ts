/**
 * The answer to HELP that commands with subcommands share: a line per subcommand, and what it does indented below.
 */
import type { Reply } from "../resp/reply.ts";

/** Answers the help of `container` (in capitals); `lines` says everything but HELP itself. */
export function replyHelp(reply: Reply, container: string, lines: readonly string[]): void {
  const all = [
    `${container} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`,
    ...lines,
    "HELP",
    "    Prints this help.",
  ];
  reply.array(all.length);
  for (const line of all) reply.simple(line);
}
