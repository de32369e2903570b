#!/usr/bin/env bun
/** The command line of the fuzzers (`test/fuzz/fuzz.ts` and, of damaged payloads, `test/fuzz/restore.ts`). */
import { Command } from "commander";
import { fuzz } from "../test/fuzz/fuzz.ts";
import { keepSaving } from "../test/fuzz/keep-saving.ts";
import { fuzzRestoreHere } from "../test/fuzz/restore-here.ts";
import { seedOfRun } from "../test/support/random.ts";
import { type ServerKind, startServer } from "../test/support/server.ts";

interface Options {
  seconds: string;
  seed?: string;
  subject: ServerKind;
  snapshots?: true;
  smoke?: true;
  restore?: string;
}

const SMOKE_SECONDS = 6;

const options = new Command("fuzz")
  .description("Compares Ashlar with a simple model under random commands, and audits its memory after every case.")
  .option("--seconds <n>", "how long", "60")
  .option("--smoke", `only ${SMOKE_SECONDS} seconds`)
  .option("--seed <n>", "replay a run or a case")
  .option("--subject <kind>", "what is tested: ashlar, binary, source or redis", "ashlar")
  .option("--snapshots", "while snapshots are taken, one after the other")
  .option("--restore <n>", "instead, so many damaged payloads to RESTORE, in this process")
  .parse()
  .opts<Options>();

const seed = options.seed === undefined ? seedOfRun() : Number(options.seed) >>> 0;
process.exitCode = (await (options.restore === undefined ? compare() : restore(Number(options.restore)))) ? 0 : 1;

/** Compares with the model. */
async function compare(): Promise<boolean> {
  const seconds = options.smoke ? SMOKE_SECONDS : Number(options.seconds);
  console.log(`fuzz: seed ${seed}, ${seconds} s, ${options.subject}`);
  await using server = await startServer(options.subject);
  using client = await server.connect();
  using saver = await server.connect();
  await using _saving = options.snapshots && keepSaving(saver);
  const result = await fuzz({ seed, casesMax: Number.POSITIVE_INFINITY, timeMaxMs: seconds * 1000, client });
  console.log(`${result.cases} cases, ${result.commands} commands`);
  if (!result.audited) console.log("NOT AUDITED: the server doesn't know DEBUG AUDIT");
  if (result.failure !== null) console.log(result.failure);
  return result.failure === null;
}

async function restore(payloads: number): Promise<boolean> {
  console.log(`fuzz: seed ${seed}, ${payloads} payloads`);
  const result = await fuzzRestoreHere(seed, payloads, (done, accepted) => {
    if ((done + 1) % 100_000 === 0) console.log(`${done + 1} payloads, ${accepted} of them accepted`);
  });
  console.log(`${result.done} payloads, ${result.accepted} of them accepted`);
  if (result.failure !== null) console.log(result.failure);
  return result.failure === null;
}
