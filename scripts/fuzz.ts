#!/usr/bin/env bun
/** The command line of the fuzzer (`test/fuzz/fuzz.ts`). */
import { Command } from "commander";
import { fuzz } from "../test/fuzz/fuzz.ts";
import { seedOfRun } from "../test/support/random.ts";
import { type ServerKind, startServer } from "../test/support/server.ts";

interface Options {
  seconds: string;
  seed?: string;
  subject: ServerKind;
  smoke?: true;
}

const SMOKE_SECONDS = 6;

const options = new Command("fuzz")
  .description("Compares Ashlar with a simple model under random commands, and audits its memory after every case.")
  .option("--seconds <n>", "how long", "60")
  .option("--smoke", `only ${SMOKE_SECONDS} seconds`)
  .option("--seed <n>", "replay a run or a case")
  .option("--subject <kind>", "what is tested: ashlar, binary, source or redis", "ashlar")
  .parse()
  .opts<Options>();

const seed = options.seed === undefined ? seedOfRun() : Number(options.seed) >>> 0;
const seconds = options.smoke ? SMOKE_SECONDS : Number(options.seconds);
console.log(`fuzz: seed ${seed}, ${seconds} s, ${options.subject}`);
await using server = await startServer(options.subject);
using client = await server.connect();
const result = await fuzz({ seed, casesMax: Number.POSITIVE_INFINITY, timeMaxMs: seconds * 1000, client });
console.log(`${result.cases} cases, ${result.commands} commands`);
if (!result.audited) console.log("NOT AUDITED: the server doesn't know DEBUG AUDIT");
if (result.failure !== null) console.log(result.failure);
process.exitCode = result.failure === null ? 0 : 1;
