// `bun run bench`: Ashlar and the real redis-server side by side. Starts both alike, pinned to one core with the load on
// another, measures the rows of bench/rows.ts in turns, prints ratios, and names what misses its acceptance bound.

import { existsSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { Command } from "commander";
import { describeMachine, goAhead, pinToLoadCore, shareOfOthers, unfitness } from "./bench/machine.ts";
import { shortfalls, table } from "./bench/report.ts";
import type { Row } from "./bench/row-kinds.ts";
import { rows } from "./bench/rows.ts";
import { type RowResult, runRows } from "./bench/run.ts";

/** More than this share of the machine taken by others before we start is worth a warning. */
const OTHERS_SHARE_MAX = 0.1;

let rowInProgress = "";

interface Options {
  readonly binary: string;
  readonly redis: string;
  readonly json?: string;
  readonly port: string;
  readonly rounds?: string;
  readonly priority: boolean;
  readonly quick: boolean;
  readonly list: boolean;
}

const program = new Command("bench")
  .description("Measures Ashlar against redis-server on this machine and prints ratios (ashlar / redis).")
  .argument("[rows...]", "names of rows, or globs such as 'get-*-64b-*'; default: all")
  .option("--binary <path>", "the Ashlar to measure", "dist/ashlar")
  .option("--redis <path>", "the redis-server to measure against", "redis-server")
  .option("--json <file>", "write the figures with every sample to a file")
  .option("--port <number>", "first of the two ports to use", "21400")
  .option("--rounds <number>", "turns per server (default: 3)")
  .option(
    "--priority",
    "put servers and load ahead of all other programs (nice -10; for a shared machine, needs root)",
    false,
  )
  .option("--quick", "a fifth of the work: for a first look, not for claims", false)
  .option("--list", "list the rows and stop", false)
  .action(bench);

async function bench(names: string[], options: Options): Promise<void> {
  const chosen = chooseRows(names);
  if (options.list) {
    for (const row of chosen) console.log(`${row.name.padEnd(20)} ${row.what}`);
    return;
  }
  const unfit = unfitness();
  if (unfit !== undefined) stop(unfit);
  const ashlar = findBinary(options.binary, "build it with `bun run build`, or name another with --binary PATH");
  const redis = findBinary(
    options.redis,
    "install it with `apt-get install redis-server`, or name one with --redis PATH",
  );
  findBinary("redis-benchmark", "install it with `apt-get install redis-tools`");
  pinToLoadCore();
  if (options.priority) goAhead();
  const othersShare = await shareOfOthers();
  if (othersShare > OTHERS_SHARE_MAX) {
    const percent = Math.round(othersShare * 100);
    console.error(`bench: other programs use ${percent}% of this machine: times will be noise (see --priority)`);
  }

  const port = positive(options.port, "--port");
  const results = await runRows(chosen, {
    ashlar: { label: "ashlar", binary: ashlar, port },
    redis: { label: "redis", binary: redis, port: port + 1 },
    rounds: positive(options.rounds ?? "3", "--rounds"),
    effort: options.quick ? 0.2 : 1,
    progress,
  });
  progress("");

  for (const line of table(results)) console.log(line);
  const missed = shortfalls(results);
  console.log(missed.length === 0 ? "\nEvery bound is kept." : "\nBelow the acceptance bound:");
  for (const line of missed) console.log(`  ${line}`);
  if (options.json !== undefined) writeJson(options, { ashlar, redis }, othersShare, results);
}

/** One line that is written over and over; where stderr is a file, one line per row instead. */
function progress(text: string): void {
  const row = text.split(":")[0]!;
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  else if (row !== rowInProgress && row !== "") process.stderr.write(`${row}\n`);
  rowInProgress = row;
}

/** Rows whose names match any of the globs, in the order of the list. */
function chooseRows(names: readonly string[]): Row[] {
  const globs = names.map((name) => new Bun.Glob(name));
  const stray = names.find((_name, at) => !rows.some((row) => globs[at]!.match(row.name)));
  if (stray !== undefined) stop(`no row is called '${stray}'; --list names them`);
  return rows.filter((row) => globs.length === 0 || globs.some((glob) => glob.match(row.name)));
}

/** The absolute path of a program, given as a path or by its name. Ends the benchmark with advice if there is none. */
function findBinary(nameOrPath: string, advice: string): string {
  const path = nameOrPath.includes("/") ? resolve(nameOrPath) : Bun.which(nameOrPath);
  if (path === null || !existsSync(path)) stop(`${nameOrPath} is missing: ${advice}`);
  return path;
}

function positive(text: string, option: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value <= 0 || value > 65_534) stop(`${option} must be a number from 1 to 65534`);
  return value;
}

function writeJson(
  options: Options,
  binaries: { ashlar: string; redis: string },
  othersShare: number,
  results: readonly RowResult[],
): void {
  const version = (binary: string) => Bun.spawnSync([binary, "--version"]).stdout.toString().trim();
  const document = {
    takenAt: new Date().toISOString(),
    machine: describeMachine(),
    othersShare,
    priority: options.priority,
    versions: { ashlar: version(binaries.ashlar), redis: version(binaries.redis), bun: Bun.version },
    quick: options.quick,
    rows: results,
  };
  writeFileSync(options.json!, `${JSON.stringify(document, null, 2)}\n`);
}

function stop(message: string): never {
  console.error(`bench: ${message}`);
  process.exit(2);
}

// The exit hook of bench/server.ts then kills the servers.
process.on("SIGINT", () => process.exit(130));
process.on("SIGTERM", () => process.exit(143));

await program.parseAsync().catch((error: Error) => stop(error.message));
