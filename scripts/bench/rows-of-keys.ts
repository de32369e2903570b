// The rows of strings, hashes and keys, with the bounds of the acceptance list of issue 2.

import { measureExpiry } from "./expiry.ts";
import { NUMBER } from "./fill.ts";
import { measureGrowth } from "./growth.ts";
import { measureConnections, measureIdle, measureKeys, measureStart } from "./memory.ts";
import { atMost, latency, type Row, type Stock, short, throughput } from "./row-kinds.ts";

const VALUE_SIZES = [16, 64, 1024];
const KEY_COUNTS = [100_000, 1_000_000];
const PIPELINES = [16, 64];

const COUNTERS: Stock = {
  name: "100k counters",
  fillings: [{ commands: [["SET", `counter:${NUMBER}`, "0"]], count: 100_000 }],
};
const HASH: Stock = {
  name: "a hash of 100k fields",
  fillings: [{ commands: [["HSET", "myhash", `element:${NUMBER}`, "v".repeat(16)]], count: 100_000 }],
};

export const keyRows: readonly Row[] = [
  // Unpipelined: one system call each way per request, so the two can only be equal.
  throughput("ping-p1", { test: "ping_mbulk", pipeline: 1, keys: 100_000, valueBytes: 16 }, 0.95),
  throughput("incr-p1", { test: "incr", pipeline: 1, keys: 100_000, valueBytes: 16, on: COUNTERS }, 0.95),
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
  throughput("incr-p16", { test: "incr", pipeline: 16, keys: 100_000, valueBytes: 16, on: COUNTERS }, 1.3),
  throughput("mset10-p16", { test: "mset", pipeline: 16, keys: 100_000, valueBytes: 16, requests: 240_000 }, 1.3),
  throughput("hset-p16", { test: "hset", pipeline: 16, keys: 100_000, valueBytes: 16, on: HASH }, 1.3),
  throughput(
    "hget-p16",
    { test: ["HGET", "myhash", "element:__rand_int__"], pipeline: 16, keys: 100_000, valueBytes: 16, on: HASH },
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
      { label: "the busy machine's own worst", unit: "ms" },
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
