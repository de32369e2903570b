// The table for people, and the list of what fell short. Pure: results in, lines out.

import type { Bound, Judged, Unit } from "./figures.ts";
import type { RowResult } from "./run.ts";

const HEADINGS = ["row", "figure", "ashlar", "redis", "ratio", "spread", "bound", "", "busy", "remarks"];
/** Decimals of quantities, where it is not one. */
export const DECIMALS: Partial<Record<Unit, number>> = { s: 2, ms: 2, x: 2 };
const RIGHT_ALIGNED = new Set(["ashlar", "redis", "ratio"]);

/** One line per figure, under a line of headings, in columns. */
export function table(results: readonly RowResult[]): string[] {
  const body = results.flatMap((result) => result.figures.map((judged, at) => cells(result, judged, at === 0)));
  const grid = [HEADINGS, ...body];
  const widths = HEADINGS.map((_heading, column) => Math.max(...grid.map((line) => line[column]!.length)));
  return grid.map((line) =>
    line
      .map((cell, column) =>
        RIGHT_ALIGNED.has(HEADINGS[column]!) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join("  ")
      .trimEnd(),
  );
}

function cells(result: RowResult, judged: Judged, isFirst: boolean): string[] {
  const { busy } = result;
  const verdict = judged.met === undefined ? "" : judged.met ? "ok" : "BELOW";
  return [
    isFirst ? result.name : "",
    judged.figure,
    quantity(judged.ashlar, judged.unit),
    quantity(judged.redis, judged.unit),
    ratio(judged.ratio),
    judged.samples.ashlar.length > 1 ? `${ratio(judged.spread[0])}-${ratio(judged.spread[1])}` : "",
    judged.bound === undefined ? "" : boundText(judged.bound, judged.unit),
    verdict,
    isFirst && busy !== undefined ? `server ${percent(busy.server)}, load ${percent(busy.load)}` : "",
    isFirst ? (result.failure === undefined ? result.remarks.join("; ") : "failed: see below") : "",
  ];
}

/** The figures that miss their bound, worst news in plain words; empty if all is well. */
export function shortfalls(results: readonly RowResult[]): string[] {
  return results.flatMap((result) => {
    if (result.failure !== undefined) return [`${result.name}: could not be measured: ${firstWords(result.failure)}`];
    return result.figures
      .filter((judged) => judged.met === false)
      .map((judged) => {
        const got = judged.bound?.of === "ratio" ? ratio(judged.ratio) : quantity(judged.ashlar, judged.unit);
        return `${result.name}, ${judged.figure}: ${got}, wanted ${boundText(judged.bound!, judged.unit)}`;
      });
  });
}

function boundText(bound: Bound, unit: Unit): string {
  const [sign, limit] = "atLeast" in bound ? [">=", bound.atLeast] : ["<=", bound.atMost];
  return bound.of === "ashlar" ? `${sign} ${limit} ${unit}` : `${sign} ${limit.toFixed(2)}x`;
}

function quantity(value: number, unit: Unit): string {
  if (Number.isNaN(value)) return "-";
  if (unit === "req/s") return `${(value / 1000).toFixed(0)}k/s`;
  return `${value.toFixed(DECIMALS[unit] ?? 1)} ${unit}`;
}

function ratio(value: number): string {
  return Number.isFinite(value) ? `${value.toFixed(2)}x` : "-";
}

/** One line of bounded length: a failure may quote a server at any length. */
function firstWords(text: string): string {
  return text.replace(/\s+/g, " ").trim().slice(0, 200);
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}
