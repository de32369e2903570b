/**
 * A folder in which `runtest` runs: the suite's own files, and in `src/` the executables it calls. Each job has one, since
 * the harness empties `tests/tmp` when it starts.
 */
import { chmodSync, cpSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suiteSource } from "./fetch.ts";

const TOOLS = ["redis-cli", "redis-benchmark", "redis-check-aof", "redis-check-rdb"];

/** Makes the folder `name` of one job anew, with `server` (an absolute path) as its `src/redis-server`. */
export function makeTree(name: string, server: string): string {
  const source = suiteSource();
  const tree = join(source, "..", name);
  rmSync(tree, { recursive: true, force: true });
  mkdirSync(join(tree, "src"), { recursive: true });
  cpSync(join(source, "tests"), join(tree, "tests"), { recursive: true });
  mkdirSync(join(tree, "tests/tmp"), { recursive: true });
  for (const entry of readdirSync(source)) {
    if (entry !== "tests" && entry !== "src") symlinkSync(join(source, entry), join(tree, entry));
  }
  for (const tool of TOOLS) symlinkSync(installed(tool), join(tree, "src", tool));
  // The harness signals the pid that it started, so the script must become the server; and it looks for its name.
  const wrapper = join(tree, "src/redis-server");
  writeFileSync(wrapper, `#!/bin/bash\nexec -a "$0" ${server} "$@"\n`);
  chmodSync(wrapper, 0o755);
  return tree;
}

/** Where a program of Debian's redis packages is. */
export function installed(name: string): string {
  const path = Bun.which(name);
  if (path === null) throw new Error(`${name} is not installed: run scripts/setup --tests`);
  return path;
}
