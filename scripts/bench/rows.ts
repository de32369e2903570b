// Everything the benchmark measures, in one list: name, what it does, and the bound its figures must keep (the acceptance
// list of issue 2). Bounds are set against redis-server 7.0.15 on the same machine in the same run.
//
// A row either works on two servers that were filled alike and stand idle while the other is measured (`on` says with what
// they were filled), or starts a fresh server for each turn (`on: "fresh"`).

import { measureExpiry } from "./expiry.ts";
import type { Bound, Figure, Sample } from "./figures.ts";
import { type Filling, NUMBER, setKeys } from "./fill.ts";
import { measureGrowth } from "./growth.ts";
import { measureConnections, measureIdle, measureKeys, measureStart } from "./memory.ts";
import type { Candidate, Server } from "./server.ts";
import { type Load, measureLatency, measureThroughput } from "./throughput.ts";

/** How much of the full work is done: 1, or less with --quick. */
export type Effort = number;

/** What both servers hold before a row starts; rows with the same name share a pair of servers. */
export interface Stock {
  readonly name: string;
  readonly filling: Filling;
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

const VALUE_SIZES = [16, 64, 1024];
const KEY_COUNTS = [100_000, 1_000_000];
const PIPELINES = [16, 64];

/** Requests of one turn: about two seconds of Redis' time at each depth. */
const REQUESTS: Record<number, number> = { 1: 250_000, 16: 1_200_000, 64: 1_500_000 };

const ratioAtLeast = (atLeast: number): Bound => ({ of: "ratio", atLeast });
const atMost = (limit: number): Bound => ({ of: "ashlar", atMost: limit });

export const rows: readonly Row[] = [
  // Unpipelined: one system call each way per request, so the two can only be equal.
  throughput("ping-p1", { test: "ping_mbulk", pipeline: 1, keys: 100_000, valueBytes: 16 }, 0.95),
  throughput("incr-p1", { test: "incr", pipeline: 1, keys: 100_000, valueBytes: 16 }, 0.95),
  ...VALUE_SIZES.flatMap((valueBytes) =>
    ["set", "get"].map((test) =>
      throughput(`${test}-p1-${valueBytes}b`, { test, pipeline: 1, keys: 100_000, valueBytes }, 0.95),
    ),
  ),

  // Pipelined reads and writes, in a cache-sized and in a bigger keyspace.
  ...KEY_COUNTS.flatMap((keys) =>
    VALUE_SIZES.flatMap((valueBytes) =>
      PIPELINES.flatMap((pipeline) =>
        ["set", "get"].map((test) =>
          throughput(
            `${test}-p${pipeline}-${valueBytes}b-${short(keys)}`,
            { test, pipeline, keys, valueBytes },
            valueBytes === 1024 ? 1.0 : keys === 1_000_000 ? 2.2 : 1.5,
          ),
        ),
      ),
    ),
  ),

  // Other commands.
  throughput("incr-p16", { test: "incr", pipeline: 16, keys: 100_000, valueBytes: 16 }, 1.3),
  throughput("mset10-p16", { test: "mset", pipeline: 16, keys: 100_000, valueBytes: 16 }, 1.3, 0.2),
  throughput("hset-p16", { test: "hset", pipeline: 16, keys: 100_000, valueBytes: 16 }, 1.3),
  throughput(
    "hget-p16",
    { test: ["HGET", "myhash", "element:__rand_int__"], pipeline: 16, keys: 100_000, valueBytes: 16 },
    1.3,
  ),

  // Latency of the same load. No bound: at full load it only mirrors throughput, but its tail shows pauses.
  latency("latency-set-p1", { test: "set", pipeline: 1, keys: 100_000, valueBytes: 64 }),
  latency("latency-get-p1", { test: "get", pipeline: 1, keys: 100_000, valueBytes: 64 }),
  latency("latency-set-p16", { test: "set", pipeline: 16, keys: 1_000_000, valueBytes: 64 }),
  latency("latency-get-p16", { test: "get", pipeline: 16, keys: 1_000_000, valueBytes: 64 }),

  {
    name: "memory-1m",
    what: "1,000,000 keys of 16 bytes with 32-byte values, without and with a TTL, then FLUSHALL",
    figures: [
      { label: "used_memory per key", unit: "bytes", bound: atMost(70) },
      { label: "RSS growth", unit: "MB", bound: atMost(80) },
      { label: "used_memory per TTL", unit: "bytes", bound: atMost(16) },
      { label: "RSS per TTL", unit: "bytes" },
      { label: "RSS left after FLUSHALL", unit: "MB", bound: atMost(20) },
    ],
    on: "fresh",
    rounds: 1,
    measure: (candidate) => measureKeys(candidate, 1_000_000),
  },
  {
    name: "growth-10m",
    what: "PING every ms from a second client while 10,000,000 keys come in (a quick run: 2,000,000)",
    figures: [
      { label: "worst", unit: "ms", bound: atMost(5) },
      { label: "p99.9", unit: "ms" },
      { label: "worst while idle (noise)", unit: "ms" },
    ],
    on: "fresh",
    rounds: 1,
    measure: (candidate, effort) => measureGrowth(candidate, effort < 1 ? 2_000_000 : 10_000_000),
  },
  {
    name: "expiry-1m",
    what: "1,000,000 keys that expire over ten seconds: how late each is gone (a quick run: 200,000 over two)",
    figures: [
      { label: "p99 by DBSIZE", unit: "ms", bound: atMost(5) },
      { label: "worst by DBSIZE", unit: "ms" },
      { label: "p99 by INFO", unit: "ms", bound: atMost(5) },
    ],
    on: "fresh",
    rounds: 1,
    measure: (candidate, effort) =>
      effort < 1 ? measureExpiry(candidate, 200_000, 2_000) : measureExpiry(candidate, 1_000_000, 10_000),
  },
  {
    name: "start-up",
    what: "from spawn to the first PONG",
    figures: [{ label: "time", unit: "ms", bound: atMost(50) }],
    on: "fresh",
    rounds: 9,
    measure: measureStart,
  },
  {
    name: "idle-rss",
    what: "RSS of a server that was asked nothing",
    figures: [{ label: "RSS", unit: "MB", bound: atMost(60) }],
    on: "fresh",
    rounds: 3,
    measure: measureIdle,
  },
  {
    name: "connections-10k",
    what: "10,000 connections that sent one PING each",
    figures: [{ label: "RSS growth", unit: "MB", bound: atMost(40) }],
    on: "fresh",
    rounds: 1,
    measure: (candidate) => measureConnections(candidate, 10_000),
  },
];

type Shape = Omit<Load, "requests">;

function throughput(name: string, shape: Shape, atLeast: number, share = 1): StockedRow {
  return {
    name,
    what: describe(shape),
    figures: [
      { label: "throughput", unit: "req/s", bound: ratioAtLeast(atLeast) },
      { label: "per processor second", unit: "req/s" },
    ],
    on: stock(shape),
    measure: (server, effort) => measureThroughput(server, { ...shape, requests: requests(shape, effort * share) }),
  };
}

function latency(name: string, shape: Shape): StockedRow {
  return {
    name,
    what: describe(shape),
    figures: ["p50", "p99", "p99.9"].map((label) => ({ label, unit: "ms" })),
    on: stock(shape),
    measure: (server, effort) => measureLatency(server, { ...shape, requests: requests(shape, effort) }),
  };
}

/** Before a row starts, everything that its command reads or overwrites is there, in values of the row's size. */
function stock({ test, keys, valueBytes }: Shape): Stock {
  const value = "v".repeat(valueBytes);
  const command = typeof test === "string" ? test : test[0]!.toLowerCase();
  switch (command) {
    case "hset":
    case "hget": {
      const words = ["HSET", "myhash", `element:${NUMBER}`, value];
      return { name: `a hash of ${short(keys)} fields`, filling: { words, reply: ":1\r\n", count: keys } };
    }
    case "incr": {
      const words = ["SET", `counter:${NUMBER}`, "0"];
      return { name: `${short(keys)} counters`, filling: { words, reply: "+OK\r\n", count: keys } };
    }
    default:
      return { name: `${short(keys)} keys of ${valueBytes} bytes`, filling: setKeys(keys, valueBytes) };
  }
}

function requests(shape: Shape, effort: Effort): number {
  return Math.round((REQUESTS[shape.pipeline] ?? 1_000_000) * effort);
}

function describe({ test, pipeline, keys, valueBytes }: Shape): string {
  const command = typeof test === "string" ? test.toUpperCase().replace("_MBULK", "") : test[0];
  return `${command}, 50 clients, pipeline ${pipeline}, ${short(keys)} keys, ${valueBytes}-byte values`;
}

function short(keys: number): string {
  return keys >= 1_000_000 ? `${keys / 1_000_000}m` : `${keys / 1000}k`;
}
