// Which directives do something today, and which are only accepted and remembered. A directive does something when code
// reads its cell (base/parameter.ts); so the two lists follow the source and nobody has to keep them honest by hand.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Parameter } from "../../src/base/parameter.ts";

const LINE_MAX = 120;
const SRC = join(import.meta.dir, "../../src");

/** Cells that are read, but only to be shown, or to say that they are set in vain (src/server/unsupported.ts). */
const READ_IN_VAIN = new Set([
  "aclfile",
  "cluster-enabled",
  "hz",
  "repl-backlog-size",
  "replicaof",
  "syslog-enabled",
  "tls-port",
]);

/** The two lists, sorted. */
export async function directives(): Promise<{ effective: string[]; kept: string[] }> {
  const paths = [...new Bun.Glob("**/*.ts").scanSync(SRC)].sort();
  const code = paths.filter((path) => !path.startsWith("base/")).map((path) => readFileSync(join(SRC, path), "utf8"));
  const effective: string[] = [];
  const kept: string[] = [];
  for (const path of paths.filter((each) => each.endsWith("/parameters.ts"))) {
    const exports = (await import(join(SRC, path))) as Record<string, unknown>;
    for (const [cell, parameter] of Object.entries(exports)) {
      if (!(parameter instanceof Parameter) || parameter.hidden) continue;
      const read = new RegExp(`\\b${cell}\\.(value|text)\\b`);
      const isRead = code.some((text) => read.test(text)) && !READ_IN_VAIN.has(parameter.name);
      (isRead ? effective : kept).push(parameter.name);
    }
  }
  return { effective: effective.sort(), kept: kept.sort() };
}

/** Names as code, in lines of bounded length. */
function names(list: readonly string[]): string {
  const lines = [""];
  for (const name of list) {
    if (lines.at(-1)!.length + name.length + 3 > LINE_MAX) lines.push("");
    lines.push(`${lines.pop()} \`${name}\``.trimStart());
  }
  return lines.join("\n");
}

/** Both lists as two paragraphs, the second folded. */
export async function directivesBlock(): Promise<string> {
  const { effective, kept } = await directives();
  return [
    `**${effective.length} directives have an effect:**`,
    names(effective),
    "",
    `<details><summary>${kept.length} more are checked and kept for CONFIG GET, SET and REWRITE, and do nothing yet</summary>`,
    "",
    names(kept),
    "",
    "</details>",
  ].join("\n");
}
