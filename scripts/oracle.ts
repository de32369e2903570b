#!/usr/bin/env bun
/** The command line of the oracle (`test/oracle/oracle.ts`): random commands to Ashlar and to a real redis-server. */
import { Command } from "commander";
import { describeInterleaved, runInterleaved } from "../test/oracle/interleaved.ts";
import { describeCoverage, describeFailure, runOracle } from "../test/oracle/oracle.ts";
import { seedOfRun } from "../test/support/random.ts";
import { type ServerKind, startServer } from "../test/support/server.ts";

interface Options {
  commands: string;
  seed?: string;
  only?: string;
  subject: ServerKind;
  coverage?: true;
  interleaved?: true;
  without?: string;
}

const options = new Command("oracle")
  .description(
    "Sends the same random commands to Ashlar and to redis-server 7.0, and compares replies and final state.",
  )
  .option("--commands <n>", "how many commands", "200000")
  .option("--seed <n>", "replay a run or a case")
  .option("--only <names>", "only these commands, separated by commas")
  .option("--subject <kind>", "what is tested: ashlar, binary, source, or redis (which must never differ)", "ashlar")
  .option("--coverage", "list how often each command was asked")
  .option("--interleaved", "several connections at once, with commands that wait, and transactions")
  .option("--without <names>", "with --interleaved: leave out these commands")
  .parse()
  .opts<Options>();

const seed = options.seed === undefined ? seedOfRun() : Number(options.seed) >>> 0;
const onProgress = (done: number) => process.stderr.isTTY && process.stderr.write(`\r${done} commands`);
const startSubject = () => startServer(options.subject);
const startReference = () => startServer("redis");
console.log(`oracle: seed ${seed}, ${options.commands} commands, ${options.subject} against redis-server`);
process.exit(options.interleaved === true ? await interleaved() : await ordinary());

async function ordinary(): Promise<number> {
  const result = await runOracle({
    seed,
    commands: Number(options.commands),
    only: options.only?.toLowerCase().split(",") ?? [],
    startSubject,
    startReference,
    onProgress,
  });
  report(result.commandsDone, result.durationMs);
  if (options.coverage) console.log(describeCoverage());
  if (result.failure !== null) console.log(`\n${describeFailure(result.failure)}`);
  else console.log(`no difference; audit: ${result.audit ?? "NOT DONE, the subject doesn't know DEBUG AUDIT"}`);
  return result.failure === null ? 0 : 1;
}

async function interleaved(): Promise<number> {
  const result = await runInterleaved({
    seed,
    commands: Number(options.commands),
    without: options.without?.toLowerCase().split(",") ?? [],
    startSubject,
    startReference,
    onProgress,
  });
  report(result.commandsDone, result.durationMs);
  console.log(`${result.waits} commands had to wait`);
  if (result.failure !== null) console.log(`\n${describeInterleaved(result.failure)}`);
  else console.log("no difference");
  return result.failure === null ? 0 : 1;
}

function report(commandsDone: number, durationMs: number): void {
  if (process.stderr.isTTY) process.stderr.write("\r");
  const perSecond = Math.round((1000 * commandsDone) / durationMs);
  console.log(`${commandsDone} commands in ${(durationMs / 1000).toFixed(1)} s (${perSecond}/s)`);
}
