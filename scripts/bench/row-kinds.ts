// What a row of the benchmark is, and the two kinds that most rows are of: throughput and latency of one command.
//
// A row either works on two servers that were filled alike and stand idle while the other is measured (`on` says with what
// they were filled), or starts a fresh server for each turn (`on: "fresh"`).

import type { Bound, Figure, Sample } from "./figures.ts";
import { type Filling, setKeys } from "./fill.ts";
import type { Candidate, Directives, Server } from "./server.ts";
import { type Load, measureLatency, measureThroughput } from "./throughput.ts";

/** How much of the full work is done: 1, or less with --quick. */
export type Effort = number;

/** What both servers hold before a row starts; rows with the same name share a pair of servers. */
export interface Stock {
  readonly name: string;
  readonly fillings: readonly Filling[];
  /** What the servers are told besides. */
  readonly directives?: Directives;
}

interface RowHead {
  readonly name: string;
  readonly what: string;
  readonly figures: readonly Figure[];
}

export interface StockedRow extends RowHead {
  readonly on: Stock;
  measure(server: Server, effort: Effort): Promise<Sample>;
}

export interface FreshRow extends RowHead {
  readonly on: "fresh";
  /** Turns per server; the slow rows have fewer, the short ones more. */
  readonly rounds: number;
  measure(candidate: Candidate, effort: Effort): Promise<Sample>;
}

export type Row = StockedRow | FreshRow;

/** Requests of one turn: about two seconds of Redis' time at each depth. */
const REQUESTS: Record<number, number> = { 1: 250_000, 16: 1_200_000, 64: 1_500_000 };

export const ratioAtLeast = (atLeast: number): Bound => ({ of: "ratio", atLeast });
export const ratioAtMost = (limit: number): Bound => ({ of: "ratio", atMost: limit });
export const atLeast = (limit: number): Bound => ({ of: "ashlar", atLeast: limit });
export const atMost = (limit: number): Bound => ({ of: "ashlar", atMost: limit });

/** One load, as far as its name and the row's effort leave it open. */
export interface Shape extends Omit<Load, "requests"> {
  /** What the servers hold; plain keys unless given. */
  readonly on?: Stock;
  /** Requests of a turn; by the pipeline's depth unless given. */
  readonly requests?: number;
}

/** A row that asks for one command as fast as it can. */
export function throughput(name: string, shape: Shape, atLeast: number): StockedRow {
  return {
    name,
    what: describe(shape),
    figures: [
      { label: "throughput", unit: "req/s", bound: ratioAtLeast(atLeast) },
      { label: "per processor second", unit: "req/s" },
    ],
    on: shape.on ?? keysOf(shape),
    measure: (server, effort) => measureThroughput(server, { ...shape, requests: requests(shape, effort) }),
  };
}

/** A row of latencies of the same load. */
export function latency(name: string, shape: Shape): StockedRow {
  return {
    name,
    what: describe(shape),
    figures: ["p50", "p99", "p99.9"].map((label) => ({ label, unit: "ms" })),
    on: shape.on ?? keysOf(shape),
    measure: (server, effort) => measureLatency(server, { ...shape, requests: requests(shape, effort) }),
  };
}

/** Plain keys, so that whatever is read or overwritten is there. */
function keysOf({ keys, valueBytes }: Shape): Stock {
  return { name: `${short(keys)} keys of ${valueBytes} bytes`, fillings: [setKeys(keys, valueBytes)] };
}

function requests(shape: Shape, effort: Effort): number {
  return Math.round((shape.requests ?? REQUESTS[shape.pipeline] ?? 1_000_000) * effort);
}

function describe({ test, pipeline, keys, valueBytes }: Shape): string {
  const command = typeof test === "string" ? test.toUpperCase().replace("_MBULK", "") : test.join(" ");
  return `${command}, 50 clients, pipeline ${pipeline}, ${short(keys)} keys, ${valueBytes}-byte values`;
}

export function short(keys: number): string {
  return keys >= 1_000_000 ? `${keys / 1_000_000}m` : `${keys / 1000}k`;
}
