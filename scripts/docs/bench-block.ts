// The comparison with redis-server, from the figures of `bun run bench --json FILE` (scripts/bench.ts, writeJson).

import type { Judged, Unit } from "../bench/figures.ts";
import { DECIMALS } from "../bench/report.ts";
import type { RowResult } from "../bench/run.ts";
import { markdownTable } from "./block.ts";

/** JSON knows no NaN: a figure that a server did not tell is null. */
type Stored<T> = { readonly [K in keyof T]: T[K] extends number ? number | null : T[K] };

export interface BenchDocument {
  readonly takenAt: string;
  readonly machine: { readonly processor?: string; readonly cores: number; readonly kernel: string };
  readonly othersShare: number;
  readonly versions: { readonly ashlar: string; readonly redis: string };
  readonly quick: boolean;
  readonly rows: readonly (Omit<RowResult, "figures"> & { readonly figures: readonly Stored<Judged>[] })[];
}

type BenchRow = BenchDocument["rows"][number];

/** Rows of SET and GET in pipelines, which fill a grid: `get-p16-64b-1m`. */
const GRID_ROW = /^(set|get)-p(\d+)-(\d+)b-(\w+)$/;

/** The whole comparison: under which conditions, the grid of ratios, then each other figure with both values. */
export function benchBlock(document: BenchDocument): string {
  const measured = document.rows.filter((row) => !row.failure);
  const parts = [conditions(document)];
  const grid = gridOf(measured);
  if (grid !== "") parts.push("Throughput of SET and GET in pipelines, as ratio (Redis = 1):", grid);
  const others = measured.filter((row) => !GRID_ROW.test(row.name));
  if (others.length > 0) parts.push("Everything else, with both values:", figureTable(others));
  if (measured.some(isLoadBound)) parts.push("`+`: the load was the limit, which pulls the ratio towards 1.");
  const failed = document.rows.filter((row) => row.failure).map((row) => row.name);
  if (failed.length > 0) parts.push(`Could not be measured: ${failed.join(", ")}.`);
  return parts.join("\n\n");
}

function conditions({ takenAt, machine, othersShare, versions, quick }: BenchDocument): string {
  const redis = /v=(\S+)/.exec(versions.redis)?.[1] ?? versions.redis;
  return [
    `Measured on ${takenAt.slice(0, 10)} with redis-server ${redis} on ${machine.processor ?? "an unnamed processor"},`,
    `${machine.cores} cores, Linux ${machine.kernel}; other programs used ${Math.round(othersShare * 100)} % of the machine`,
    "when it began. Both servers in turns in the same run, 50 clients on one machine, the server pinned to one core and the load",
    "to another; without persistence, except where that is what is measured (snapshots may then use both cores); medians over",
    `the turns.${quick ? " A quick run, a fifth of the work." : ""}`,
  ].join("\n");
}

/** Ratios with sizes down and commands across; empty if there is no such row. */
function gridOf(rows: readonly BenchRow[]): string {
  const lines = new Map<string, Map<string, string>>();
  const columns = new Set<string>();
  for (const row of rows) {
    const match = GRID_ROW.exec(row.name);
    const throughput = row.figures[0];
    if (match === null || throughput === undefined) continue;
    const [, command, pipeline, valueBytes, keys] = match;
    const head = `${keys} keys, ${valueBytes}-byte values`;
    const column = `${command!.toUpperCase()} × ${pipeline}:`;
    columns.add(column);
    if (!lines.has(head)) lines.set(head, new Map());
    lines.get(head)!.set(column, ratio(throughput.ratio) + (isLoadBound(row) ? " +" : ""));
  }
  if (lines.size === 0) return "";
  const sorted = [...columns].sort();
  const body = [...lines].map(([head, cells]) => [head, ...sorted.map((column) => cells.get(column) ?? "")]);
  return markdownTable(["", ...sorted], body);
}

/** One line per figure. The throughput per processor second is for whoever reads the JSON. */
function figureTable(rows: readonly BenchRow[]): string {
  const body = rows.flatMap((row) =>
    row.figures
      .filter((judged) => judged.figure !== "per processor second")
      .map((judged, at) => [
        at === 0 ? row.what : "",
        judged.figure,
        quantity(judged.redis, judged.unit),
        quantity(judged.ashlar, judged.unit),
        ratio(judged.ratio) + (at === 0 && isLoadBound(row) ? " +" : ""),
      ]),
  );
  return markdownTable(["", "Figure", "Redis:", "Ashlar:", "Ratio:"], body);
}

const isLoadBound = (row: BenchRow) => row.remarks.some((remark) => remark.startsWith("the load was the limit"));

function quantity(value: number | null, unit: Unit): string {
  if (value === null) return "–";
  if (unit === "req/s") return `${Math.round(value / 1000)}k/s`;
  return `${value.toFixed(DECIMALS[unit] ?? 1)} ${unit}`;
}

const ratio = (value: number | null) => (value === null ? "–" : value.toFixed(2));
