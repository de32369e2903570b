/** Everything that must hold: the checks, the build, then what judges dist/ashlar from outside. Runs to the end. */
import { bunTest, bunTestApart, runAll, script, testFolders } from "./stages.ts";

await runAll(
  [
    { name: "check", command: script("scripts/check.ts"), live: true },
    { name: "build", command: script("scripts/build.ts") },
    { name: "simulated crashes", command: bunTestApart("sim/"), live: true },
    { name: "black box", command: bunTest(...testFolders().blackBox), live: true },
    { name: "oracle", command: script("scripts/oracle.ts", "--commands", "200000", "--subject", "binary"), live: true },
    {
      name: "oracle, several clients",
      command: script("scripts/oracle.ts", "--interleaved", "--commands", "30000", "--subject", "binary"),
      live: true,
    },
    { name: "official suite", command: script("test/suite/run.ts", "--check"), live: true },
  ],
  false,
);
