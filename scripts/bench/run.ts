// Runs the chosen rows in order: starts the servers a row needs, lets them take turns, collects what they say.

import { type Busy, isLoadBound, type Judged, judge, type Sample } from "./figures.ts";
import { fill } from "./fill.ts";
import type { Effort, FreshRow, Row, Stock, StockedRow } from "./row-kinds.ts";
import { type Candidate, type Label, type Server, startServer, stopStragglers } from "./server.ts";

/** No turn of any row takes longer; one that does is given up with its servers. */
const TURN_MS_MAX = 240_000;
/** The effort of an uncounted turn before each row on filled servers: code that is compiled as it runs gets to be compiled. */
const WARM_UP: Effort = 0.2;
const LABELS: readonly Label[] = ["ashlar", "redis"];

export interface Plan {
  readonly ashlar: Candidate;
  readonly redis: Candidate;
  /** Turns per server for the rows that don't say their own number. */
  readonly rounds: number;
  readonly effort: Effort;
  progress(text: string): void;
}

export interface RowResult {
  readonly name: string;
  readonly what: string;
  readonly figures: readonly Judged[];
  /** Ashlar's and the load's share of their core, for rows with a separate load. */
  readonly busy: Busy | undefined;
  readonly remarks: readonly string[];
  /** Set if the row could not be measured. */
  readonly failure: string | undefined;
}

interface Pair<T> {
  readonly ashlar: T;
  readonly redis: T;
}

/** Measures each row; a row that fails is reported as failed and the next one starts with new servers. */
export async function runRows(rows: readonly Row[], plan: Plan): Promise<RowResult[]> {
  const results: RowResult[] = [];
  const stocked = new StockedPair(plan);
  for (const [index, row] of rows.entries()) {
    const head = `[${index + 1}/${rows.length}] ${row.name}`;
    try {
      if (row.on === "fresh") await stocked.stop();
      const samples = row.on === "fresh" ? await runFresh(row, plan, head) : await runStocked(row, stocked, plan, head);
      results.push(conclude(row, samples));
    } catch (error) {
      await stocked.stop();
      await stopStragglers();
      results.push(fail(row, error instanceof Error ? error.message : String(error)));
    }
  }
  await stocked.stop();
  return results;
}

async function runFresh(row: FreshRow, plan: Plan, head: string): Promise<Pair<Sample[]>> {
  const rounds = plan.effort < 1 ? Math.min(row.rounds, 3) : row.rounds;
  return takeTurns(rounds, plan, head, (label) => row.measure(plan[label], plan.effort));
}

async function runStocked(row: StockedRow, stocked: StockedPair, plan: Plan, head: string): Promise<Pair<Sample[]>> {
  plan.progress(`${head}: filling (${row.on.name})`);
  const servers = await stocked.holding(row.on);
  plan.progress(`${head}: warming up`);
  for (const label of LABELS) await within(TURN_MS_MAX, row.measure(servers[label], WARM_UP));
  return takeTurns(plan.rounds, plan, head, (label) => row.measure(servers[label], plan.effort));
}

async function takeTurns(
  rounds: number,
  plan: Plan,
  head: string,
  measure: (label: Label) => Promise<Sample>,
): Promise<Pair<Sample[]>> {
  const samples: Pair<Sample[]> = { ashlar: [], redis: [] };
  for (let round = 1; round <= rounds; round++) {
    for (const label of LABELS) {
      plan.progress(`${head}: ${label} ${round}/${rounds}`);
      samples[label].push(await within(TURN_MS_MAX, measure(label)));
    }
  }
  return samples;
}

/** The two servers that rows with the same stock share. */
class StockedPair {
  private readonly plan: Plan;
  private name: string | undefined;
  private servers: Server[] = [];

  constructor(plan: Plan) {
    this.plan = plan;
  }

  async holding(stock: Stock): Promise<Pair<Server>> {
    if (this.name !== stock.name) {
      await this.stop();
      for (const candidate of [this.plan.ashlar, this.plan.redis]) {
        const server = await startServer(candidate, { directives: stock.directives ?? [] });
        this.servers.push(server);
        for (const filling of stock.fillings) await within(TURN_MS_MAX, fill(server.port, filling));
      }
      this.name = stock.name;
    }
    return { ashlar: this.servers[0]!, redis: this.servers[1]! };
  }

  async stop(): Promise<void> {
    this.name = undefined;
    for (const server of this.servers.splice(0)) await server.stop();
  }
}

function conclude(row: Row, samples: Pair<Sample[]>): RowResult {
  const column = (label: Label, at: number) => samples[label].map((sample) => sample.values[at] ?? Number.NaN);
  const busy = meanBusy(samples.ashlar);
  const remarks = LABELS.flatMap((label) => {
    const remark = samples[label].at(-1)?.remark;
    return remark === undefined ? [] : [`${label}: ${remark}`];
  });
  if (busy !== undefined && isLoadBound(busy)) remarks.push("the load was the limit: that pulls the ratio towards 1");
  const figures = row.figures.map((figure, at) => judge(figure, column("ashlar", at), column("redis", at)));
  return { name: row.name, what: row.what, figures, busy, remarks, failure: undefined };
}

function meanBusy(samples: readonly Sample[]): Busy | undefined {
  const all = samples.flatMap((sample) => sample.busy ?? []);
  if (all.length === 0) return undefined;
  const mean = (side: keyof Busy) => all.reduce((sum, busy) => sum + busy[side], 0) / all.length;
  return { server: mean("server"), load: mean("load") };
}

function fail(row: Row, failure: string): RowResult {
  const figures = row.figures.map((figure) => judge(figure, [], []));
  return { name: row.name, what: row.what, figures, busy: undefined, remarks: [], failure };
}

async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: Timer | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`took more than ${limitMs / 1000} s`)), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
