/** What a change must pass before it is committed, from the quickest to the slowest. */
import { bunTest, bunTestApart, runAll, script, testFolders } from "./stages.ts";

const BIOME = "node_modules/@biomejs/biome/bin/biome";

await runAll(
  [
    { name: "format", command: script(BIOME, "check", "--linter-enabled=false", "--error-on-warnings") },
    { name: "lint", command: script(BIOME, "lint", "--error-on-warnings") },
    { name: "types", command: script("node_modules/typescript/bin/tsc", "--noEmit", "-p", ".") },
    { name: "architecture", command: bunTest("architecture.test.ts") },
    { name: "dead code", command: script("node_modules/knip/bin/knip.js") },
    { name: "unit tests", command: bunTestApart(...testFolders().unit) },
    { name: "smoke crashes", command: script("scripts/crash.ts", "--points", "5000") },
    { name: "smoke fuzz", command: script("scripts/fuzz.ts", "--smoke") },
  ],
  true,
);
