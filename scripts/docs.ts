#!/usr/bin/env bun
// `bun scripts/docs.ts`: writes the parts of README.md that are made from the source, between `<!-- name:begin -->` and
// `<!-- name:end -->`. With --bench also the comparison, from a file of `bun run bench --json`.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { type BenchDocument, benchBlock } from "./docs/bench-block.ts";
import { replaceBlock } from "./docs/block.ts";
import { commandsBlock } from "./docs/commands-block.ts";
import { directivesBlock } from "./docs/directives-block.ts";

const README = join(import.meta.dir, "../README.md");

const options = new Command("docs")
  .description("Writes the generated parts of README.md.")
  .option("--bench <file>", "also the comparison, from a file of `bun run bench --json FILE`")
  .option("--check", "write nothing; fail when a part is out of date")
  .parse()
  .opts<{ bench?: string; check?: true }>();

const before = readFileSync(README, "utf8");
let after = replaceBlock(before, "commands", commandsBlock());
after = replaceBlock(after, "directives", await directivesBlock());
if (options.bench !== undefined) {
  const document = JSON.parse(readFileSync(options.bench, "utf8")) as BenchDocument;
  after = replaceBlock(after, "bench", benchBlock(document));
}

if (options.check && after !== before) {
  console.error("README.md is out of date: run `bun scripts/docs.ts`");
  process.exitCode = 1;
} else if (after !== before) {
  writeFileSync(README, after);
  console.log("README.md: written");
} else {
  console.log("README.md: up to date");
}
