/**
 * From a seed to a case: some settings and a few thousand steps. A step is one command on one of two connections (the
 * first begins in RESP2, the second in RESP3), so protocol versions, databases and names are state like the data.
 */
import { type Random, seededRandom } from "../support/random.ts";
import { BOUNDARIES, expand, POISON_WORDS, TIMELESS_BOUNDARIES } from "./arguments.ts";
import { ROWS } from "./commands.ts";
import type { Row } from "./row.ts";

export interface Step {
  connection: 0 | 1;
  args: string[];
  row: Row;
}

export interface Case {
  seed: number;
  /** Directives set on both servers before the first step. */
  settings: Record<string, string>;
  steps: Step[];
}

/** What every case starts from, for whatever the steps of the one before have set. */
const DEFAULT_SETTINGS: Record<string, string> = {
  "hash-max-listpack-entries": "512",
  "hash-max-listpack-value": "64",
  "slowlog-log-slower-than": "10000",
  "slowlog-max-len": "128",
  "lfu-log-factor": "10",
  "lfu-decay-time": "1",
  "lazyfree-lazy-user-del": "no",
  "set-max-intset-entries": "512",
  "list-max-listpack-size": "-2",
  "list-compress-depth": "0",
  "zset-max-listpack-entries": "128",
  "zset-max-listpack-value": "64",
  "stream-node-max-bytes": "4096",
  "stream-node-max-entries": "100",
  "hll-sparse-max-bytes": "3000",
  "maxmemory-policy": "noeviction",
};

const DAMAGE_PROBABILITY = 0.03;
/** How often a transaction stands where a single command could, and how many commands it has at most. */
const TRANSACTION_PROBABILITY = 0.01;
const TRANSACTION_LENGTH_MAX = 15;

/** Generates a case of `length` steps; `only` keeps the rows of the named commands (lower case), or all when empty. */
export function generateCase(seed: number, length: number, only: readonly string[] = []): Case {
  const random = seededRandom(seed);
  const pickRow = weightedRows(only);
  const settings = { ...DEFAULT_SETTINGS };
  if (random.chance(0.6)) settings["hash-max-listpack-entries"] = random.pick(["0", "1", "4", "16", "128"]);
  if (random.chance(0.4)) settings["hash-max-listpack-value"] = random.pick(["0", "1", "8", "32", "5000"]);
  if (random.chance(0.5)) settings["set-max-intset-entries"] = random.pick(["0", "1", "4", "30"]);
  if (random.chance(0.6)) settings["list-max-listpack-size"] = random.pick(["1", "2", "5", "-1", "-5"]);
  if (random.chance(0.3)) settings["list-compress-depth"] = random.pick(["1", "3"]);
  if (random.chance(0.6)) settings["zset-max-listpack-entries"] = random.pick(["0", "1", "4", "16"]);
  if (random.chance(0.4)) settings["zset-max-listpack-value"] = random.pick(["0", "8", "32", "5000"]);
  if (random.chance(0.5)) settings["stream-node-max-entries"] = random.pick(["0", "1", "3", "10"]);
  if (random.chance(0.3)) settings["stream-node-max-bytes"] = random.pick(["0", "100", "1000"]);
  if (random.chance(0.4)) settings["hll-sparse-max-bytes"] = random.pick(["0", "50", "500"]);
  if (random.chance(0.2)) settings["maxmemory-policy"] = random.pick(["allkeys-lfu", "volatile-lru"]);
  const steps: Step[] = [];
  while (steps.length < length) {
    const connection = random.chance(0.5) ? 0 : 1;
    const burst = Math.min(random.between(1, 400), length - steps.length);
    for (const end = steps.length + burst; steps.length < end; ) {
      if (!random.chance(TRANSACTION_PROBABILITY)) steps.push(generateStep(connection, pickRow(random), random));
      else steps.push(...generateTransaction(connection, pickRow, only, random));
    }
  }
  return { seed, settings, steps };
}

function generateStep(connection: 0 | 1, row: Row, random: Random): Step {
  let args = [row.name, ...expand(row.args, random)];
  if (row.damage !== "never" && random.chance(DAMAGE_PROBABILITY)) args = damage(args, row, random);
  if (random.chance(0.1)) args[0] = random.chance(0.5) ? args[0]!.toLowerCase() : capitalize(args[0]!);
  return { connection, args, row };
}

/** MULTI, some commands, and EXEC or now and then DISCARD: those of them that are asked. */
function generateTransaction(
  connection: 0 | 1,
  pickRow: (random: Random) => Row,
  only: readonly string[],
  random: Random,
): Step[] {
  const queued = Array.from({ length: random.between(0, TRANSACTION_LENGTH_MAX) }, () =>
    generateStep(connection, pickRow(random), random),
  );
  const step = (name: string): Step[] => {
    const row = ROWS.find((each) => each.name === name && each.args.length === 0);
    if (row === undefined || (only.length > 0 && !only.includes(name.toLowerCase()))) return [];
    return [{ connection, args: [name], row }];
  };
  return [...step("MULTI"), ...queued, ...step(random.chance(0.9) ? "EXEC" : "DISCARD")];
}

/** One random injury; the command's name stays. */
function damage(args: string[], row: Row, random: Random): string[] {
  const numbers = row.damage === "timeless" ? TIMELESS_BOUNDARIES : BOUNDARIES;
  const poison = random.chance(0.6) ? random.pick(numbers) : random.pick(POISON_WORDS);
  const at = random.between(1, args.length);
  switch (row.damage === "arity" ? random.below(2) : random.below(4)) {
    case 0:
      return args.slice(0, at);
    case 1:
      return [...args, random.pick(POISON_WORDS)];
    case 2:
      return args.toSpliced(at, 0, poison);
    default:
      return args.with(Math.min(at, args.length - 1), args.length === 1 ? args[0]! : poison);
  }
}

function capitalize(name: string): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1).toLowerCase();
}

function weightedRows(only: readonly string[]): (random: Random) => Row {
  const rows = ROWS.filter((row) => only.length === 0 || only.includes(row.name.toLowerCase()));
  if (rows.length === 0) throw new Error(`no such command in the table: ${only.join(", ")}`);
  const limits: number[] = [];
  let total = 0;
  for (const row of rows) {
    total += row.weight;
    limits.push(total);
  }
  return (random) => {
    const drawn = (random.below(2 ** 32) / 2 ** 32) * total;
    return rows[limits.findIndex((limit) => drawn < limit)]!;
  };
}
