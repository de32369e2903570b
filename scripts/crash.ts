#!/usr/bin/env bun
/** The command line of the crash tests in virtual time (`test/sim/crash.ts`). */
import { Command } from "commander";
import { crash } from "../test/sim/crash.ts";
import { seedOfRun } from "../test/support/random.ts";

const REPORT_EVERY = 20_000;

const options = new Command("crash")
  .description(
    "Crashes the server in virtual time at every operation of its disk, and compares what comes back with what was promised.",
  )
  .option("--points <n>", "how many crashes to recover from", "100000")
  .option("--seed <n>", "where to begin; with --only, the history that a report names")
  .option("--only", "only one history")
  .parse()
  .opts<{ points: string; seed?: string; only?: true }>();

const seed = options.seed === undefined ? seedOfRun() : Number(options.seed) >>> 0;
console.log(`crash: seed ${seed}`);
let reported = 0;
const result = crash({
  seed,
  points: Number(options.points),
  only: options.only === true,
  onHistory(points) {
    if (points - reported < REPORT_EVERY) return;
    reported = points;
    console.log(`${points} crashes`);
  },
});
console.log(
  `${result.points} crashes at ${result.operations} operations of ${result.histories} histories; ` +
    `${result.refused} refused because of garbage`,
);
if (result.failure !== undefined) console.log(result.failure);
process.exitCode = result.failure === undefined ? 0 : 1;
