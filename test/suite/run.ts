/**
 * Runs Redis' own test suite against dist/ashlar, one row per file: `bun run suite [files…]`. See README.md beside this.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { leftOut, readCommitted, readExclusions, readReal, type Scores, writeCommitted } from "./lists.ts";
import { parse, type Report } from "./report.ts";
import { installed, makeTree } from "./tree.ts";

const PORTS_PER_JOB = 50;

const USAGE = `bun run suite [files…]         such as unit/type/hash; none means those of score.csv
  --all               every file that the real server passes tests of
  --real              run the real redis-server instead, for comparison
  --check             fail if a file is below its committed score, or a test fails that excluded.txt doesn't list
  --update            raise the committed scores to what was reached
  --only NAME         just this test (may be repeated)
  --details           print each failure in full, not just its first line
  --jobs N            files at a time (2)
  --baseport N        first port; each job takes ${PORTS_PER_JOB} from there (21200)
  --limit SECONDS     for one file (300)`;

/** The harness' own control port is searched below the servers' ports. */
const CONTROL_PORTS = 32;
const NO_PROGRESS_SECONDS = 120;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    all: { type: "boolean", default: false },
    real: { type: "boolean", default: false },
    check: { type: "boolean", default: false },
    update: { type: "boolean", default: false },
    only: { type: "string", multiple: true, default: [] },
    details: { type: "boolean", default: false },
    jobs: { type: "string", default: "2" },
    baseport: { type: "string", default: "21200" },
    limit: { type: "string", default: "300" },
    help: { type: "boolean", default: false },
  },
});
const real = readReal();
const committed = readCommitted();
const exclusions = options.real ? [] : readExclusions();

interface Outcome extends Report {
  file: string;
  seconds: number;
}

/** Takes files from the queue until it is empty. */
async function work(port: number, queue: string[], done: (outcome: Outcome) => void): Promise<void> {
  const tree = makeTree(`job-${port}`, serverPath());
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    let outcome = await runFile(file, port, tree);
    if (options.check && complaint(outcome) !== undefined) {
      console.log(`${file}: ${complaint(outcome)}; tests of timing can fail on a busy machine, so once more`);
      for (const { test, detail } of outcome.failures) console.log(`    ${test}: ${detail}`);
      outcome = await runFile(file, port, tree);
    }
    done(outcome);
  }
}

function serverPath(): string {
  if (options.real) return installed("redis-server");
  const path = resolve(import.meta.dir, "../../dist/ashlar");
  if (!existsSync(path)) throw new Error("dist/ashlar is not there: run `bun run build`");
  return path;
}

/** One file in a harness of its own, in a process group of its own, which ends with it. */
async function runFile(file: string, port: number, tree: string): Promise<Outcome> {
  const { skipLines, tags } = leftOut(exclusions, file);
  const skipFile = join(tree, "skip.txt");
  writeFileSync(skipFile, skipLines.join("\n"));
  const args = ["--durable", "--single", file, "--clients", "1", "--timeout", `${NO_PROGRESS_SECONDS}`];
  args.push(
    "--baseport",
    `${port + CONTROL_PORTS}`,
    "--portcount",
    `${PORTS_PER_JOB - CONTROL_PORTS}`,
    "--skipfile",
    skipFile,
  );
  if (tags.length > 0) args.push("--tags", tags.join(" "));
  for (const name of options.only) args.push("--only", name);

  const started = Bun.nanoseconds();
  const child = Bun.spawn(["./runtest", ...args], {
    cwd: tree,
    detached: true,
    env: { ...process.env, TERM: "dumb" },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  running.add(child.pid);
  let late = false;
  const limit = setTimeout(() => {
    late = true;
    killGroup(child.pid);
  }, Number(options.limit) * 1000);
  const output = await new Response(child.stdout).text();
  await child.exited;
  clearTimeout(limit);
  killGroup(child.pid);
  running.delete(child.pid);

  const logs = join(tree, "../logs");
  mkdirSync(logs, { recursive: true });
  writeFileSync(join(logs, `${file.replaceAll("/", "-")}.log`), output);
  const report = parse(output);
  if (late) report.abort = `not done after ${options.limit} seconds`;
  return { ...report, file, seconds: (Bun.nanoseconds() - started) / 1e9 };
}

/** The groups that live now, so that none outlives us. */
const running = new Set<number>();

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nobody of that group is left.
  }
}

/** What --check holds against a file, if anything. */
function complaint({ file, ok, failures, abort }: Outcome): string | undefined {
  const wanted = committed.get(file) ?? 0;
  if (abort !== undefined) return abort;
  if (failures.length > 0) return `${failures.length} unlisted failures`;
  if (ok < wanted && options.only.length === 0) return `${ok} [ok], but ${wanted} are committed`;
  return undefined;
}

function row(cells: (string | number)[]): string {
  const [file, ...figures] = cells;
  return `${String(file).padEnd(42)}${figures.map((cell) => String(cell).padStart(7)).join("")}`;
}

function print(outcome: Outcome): void {
  const { file, ok, failures, abort, skipped, seconds } = outcome;
  console.log(row([file, ok, real.get(file) ?? "-", failures.length, abort ? 1 : 0, skipped, seconds.toFixed(1)]));
  if (abort !== undefined) console.log(`    aborted: ${abort}`);
  for (const { test, detail } of failures) {
    console.log(`    ${test}: ${options.details ? detail : (detail.split("\n")[0] ?? "").slice(0, 160)}`);
  }
}

/** A file enters the scoreboard once something in it passes and nothing fails that is not listed. */
function raiseCommitted(outcomes: Outcome[]): void {
  const scores: Scores = new Map(committed);
  const clean = outcomes.filter(({ ok, failures, abort }) => ok > 0 && failures.length === 0 && abort === undefined);
  for (const { file, ok } of clean) scores.set(file, Math.max(ok, committed.get(file) ?? 0));
  writeCommitted(scores);
}

async function main(): Promise<number> {
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const wanted = options.all ? [...real.keys()] : positionals.length > 0 ? positionals : [...committed.keys()];
  const files = wanted.map((file) => file.replace(/^tests\//, "").replace(/\.tcl$/, ""));
  const outcomes: Outcome[] = [];
  const queue = [...files];
  if (files.length === 0) throw new Error("score.csv is empty: name files, or use --all");
  const jobs = Math.min(Number(options.jobs), files.length);
  console.log(row(["file", "ok", "real", "err", "abort", "skip", "s"]));
  const done = (outcome: Outcome): void => {
    outcomes.push(outcome);
    print(outcome);
  };
  const portOf = (job: number): number => Number(options.baseport) + job * PORTS_PER_JOB;
  await Promise.all(Array.from({ length: jobs }, (_, job) => work(portOf(job), queue, done)));

  const sum = (figure: (outcome: Outcome) => number): number =>
    outcomes.reduce((total, each) => total + figure(each), 0);
  const failed = sum(({ failures, abort }) => failures.length + (abort ? 1 : 0));
  console.log(row(["all", sum(({ ok }) => ok), sum(({ file }) => real.get(file) ?? 0), failed]));
  if (options.update && !options.real && options.only.length === 0) raiseCommitted(outcomes);
  const complaints = options.check ? outcomes.filter((outcome) => complaint(outcome) !== undefined) : [];
  for (const outcome of complaints) console.log(`below the scoreboard: ${outcome.file}: ${complaint(outcome)}`);
  console.log(`${sum(({ ok }) => ok)} passed, ${Math.max(failed, complaints.length)} failed`);
  return options.check && complaints.length > 0 ? 1 : 0;
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    for (const pid of running) killGroup(pid);
    process.exit(130);
  });
}
process.exit(await main());
