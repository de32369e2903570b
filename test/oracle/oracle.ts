/**
 * The oracle: the same random commands to Ashlar and to a real redis-server, case by case, until something differs or
 * enough has been asked. What differs is shrunk to the few steps that still show it. See `commands.ts` for what is asked.
 */
import { printable } from "../support/resp.ts";
import { shrinkFailing } from "../support/shrink.ts";
import { EXCLUDED, ROWS } from "./commands.ts";
import { generateCase, type Step } from "./generate.ts";
import { type Difference, type OracleServer, Pair } from "./pair.ts";

const CASE_LENGTH = 4000;
/** A fixed odd number, so that consecutive cases get seeds far apart and case 0 has the seed of the run. */
const SEED_STEP = 0x9e3779b1;

export interface OracleOptions {
  seed: number;
  /** How many commands to send in total. */
  commands: number;
  /** Names of the commands to ask (lower case); empty for all. */
  only?: readonly string[];
  startSubject(): Promise<OracleServer>;
  startReference(): Promise<OracleServer>;
  /** Called after each case with the number of commands so far. */
  onProgress?(commandsDone: number): void;
}

export interface OracleResult {
  commandsDone: number;
  durationMs: number;
  /** `null` when no difference was found. */
  failure: OracleFailure | null;
  /** What `DEBUG AUDIT` said after the last case; `null` when the subject doesn't know it. */
  audit: string | null;
}

export interface OracleFailure {
  /** `--seed` with this begins with the failing case. */
  caseSeed: number;
  settings: Record<string, string>;
  /** The difference as first seen, at its index in the case. */
  found: Difference;
  /** The fewest steps that still show a difference, and that difference. */
  steps: Step[];
  shrunk: Difference;
}

/** Runs cases until `commands` have been sent or a difference is found. */
export async function runOracle(options: OracleOptions): Promise<OracleResult> {
  const pair = new Pair(options.startSubject, options.startReference);
  const startedAt = performance.now();
  let audit: string | null = null;
  let failure: OracleFailure | null = null;
  let commandsDone = 0;
  try {
    for (let number = 0; commandsDone < options.commands && failure === null; number++) {
      const caseSeed = (options.seed + Math.imul(number, SEED_STEP)) >>> 0;
      const length = Math.min(CASE_LENGTH, options.commands - commandsDone);
      const { settings, steps } = generateCase(caseSeed, CASE_LENGTH, options.only);
      const asked = steps.slice(0, length);
      const found = (await pair.run(settings, asked)) ?? (await auditDifference(pair, length));
      commandsDone += found?.stepIndex ?? length;
      if (found !== null) {
        const { steps: fewest, difference } = await shrink(pair, settings, asked, found);
        failure = { caseSeed, settings, found, steps: fewest, shrunk: difference };
      } else {
        audit = await auditReply(pair);
      }
      options.onProgress?.(commandsDone);
    }
  } finally {
    await pair.stop();
  }
  return { commandsDone, durationMs: performance.now() - startedAt, failure, audit };
}

/** The report of a failure, for people. */
export function describeFailure(failure: OracleFailure): string {
  const changed = Object.entries(failure.settings).filter(([name]) => name.startsWith("hash-max"));
  const lines = [
    `Ashlar and redis-server differ. Replay: bun scripts/oracle.ts --seed ${failure.caseSeed} --commands ${failure.found.stepIndex + 1}`,
    `first seen at command ${failure.found.stepIndex}; shrunk to ${failure.steps.length}, settings ${JSON.stringify(Object.fromEntries(changed))}:`,
    "",
    ...failure.steps.map((step, i) => `${i === failure.shrunk.stepIndex ? "→" : " "} ${showStep(step)}`),
    "",
    `${failure.shrunk.reason}`,
    `  ashlar  ${failure.shrunk.subject}`,
    `  redis   ${failure.shrunk.reference}`,
  ];
  return lines.join("\n");
}

/** How often each row of the table was asked, how many answers were errors, and what is never asked. */
export function describeCoverage(): string {
  const line = (row: (typeof ROWS)[number]): string => {
    const how = row.args.filter((argument) => typeof argument === "string").join(" ");
    const errors = row.calls === 0 ? "-" : `${Math.round((100 * row.errors) / row.calls)} %`;
    return `${printable(row.name).padEnd(18)} ${how.slice(0, 24).padEnd(24)} ${String(row.calls).padStart(8)} ${errors.padStart(6)}  ${row.compare.name}`;
  };
  const excluded = EXCLUDED.map(({ what, reason }) => `not asked: ${what} (${reason})`);
  return ["command            with                        calls errors  compared", ...ROWS.map(line), ...excluded].join(
    "\n",
  );
}

function showStep({ connection, args, row }: Step): string {
  const witness =
    row.compare.witness === undefined ? "" : `   (after ${row.compare.witness(args).map(([name]) => name)})`;
  return `${connection === 0 ? "A" : "B"}: ${args.map((arg) => (/^[\w:.*+-]+$/.test(arg) && arg.length < 80 ? arg : printable(arg, 80))).join(" ")}${witness}`;
}

/** The subject's audit of its memory, or `null` when it doesn't know the command. */
async function auditReply(pair: Pair): Promise<string | null> {
  const reply = await pair.askSubject("DEBUG", "AUDIT");
  return /^-ERR (unknown|DEBUG)/i.test(reply) ? null : reply.trim();
}

async function auditDifference(pair: Pair, stepIndex: number): Promise<Difference | null> {
  const audit = await auditReply(pair);
  if (audit === null || audit === "+OK") return null;
  return { stepIndex, reason: "DEBUG AUDIT found memory in disorder", subject: audit, reference: "+OK" };
}

/** The fewest steps that still show a difference (any difference), and that difference. */
async function shrink(
  pair: Pair,
  settings: Record<string, string>,
  steps: readonly Step[],
  found: Difference,
): Promise<{ steps: Step[]; difference: Difference }> {
  async function differenceOf(candidate: readonly Step[]): Promise<Difference | null> {
    return (await pair.run(settings, candidate)) ?? (await auditDifference(pair, candidate.length));
  }
  const begin = steps.slice(0, found.stepIndex + 1);
  const fewest = await shrinkFailing(begin, async (candidate) => (await differenceOf(candidate))?.stepIndex ?? null);
  return { steps: fewest, difference: (await differenceOf(fewest)) ?? found };
}
