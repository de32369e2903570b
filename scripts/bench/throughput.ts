// Throughput and latency: 50 clients on the load core, keys drawn at random from a filled set.
//
// Most rows are asked by redis-benchmark, which has one thread; `--threads` on one core is slower. By its processor time on the
// machine of DESIGN.md it can make about 130,000 unpipelined requests per second (system calls fill both cores then, whatever
// the server), and 1 to 2 million in pipelines, while Redis answers at most 0.14 million, and 1.2 million in pipelines. That is not
// enough for a server twice as fast: GET and SET in pipelines are asked by a client of our own (random-keys.ts). Redis gets
// a fifth more from it than from redis-benchmark (pipeline 16). Each sample carries both sides' share of their core, so that a row
// where the load was the limit says so.
//
// Other programs on the machine take time from the server; requests per second of its own processor time do not see them.

import type { Sample } from "./figures.ts";
import { type Filling, fill } from "./fill.ts";
import { askForRandomKeys } from "./random-keys.ts";
import { processorMs, type Server } from "./server.ts";

const CLIENTS = 50;
const RUN_MS_MAX = 120_000;

export interface Load {
  /** redis-benchmark's own test (`-t`), or the words of a command in which __rand_int__ stands for a random number. */
  readonly test: string | readonly string[];
  readonly requests: number;
  readonly pipeline: number;
  readonly keys: number;
  readonly valueBytes: number;
  /** 50 unless given. */
  readonly clients?: number;
}

export interface BenchmarkOutput {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
}

/** Runs one load to its end; the sample's values are requests per second, and per second of the server's processor time. */
export async function measureThroughput(server: Server, load: Load): Promise<Sample> {
  const { test, pipeline } = load;
  if (pipeline > 1 && (test === "get" || test === "set")) return askOurselves(server, load, test);
  const { output, serverMs, busy } = await runBenchmark(server, load);
  return { values: [output.requestsPerSecond, load.requests / (serverMs / 1000)], busy };
}

async function askOurselves(server: Server, load: Load, command: "get" | "set"): Promise<Sample> {
  const serverBefore = processorMs(server.pid);
  const loadBefore = process.cpuUsage();
  const wallMs = await askForRandomKeys(server.port, { clients: CLIENTS, ...load, command });
  const { user, system } = process.cpuUsage(loadBefore);
  const serverMs = processorMs(server.pid) - serverBefore;
  return {
    values: [load.requests / (wallMs / 1000), load.requests / (serverMs / 1000)],
    busy: { server: serverMs / wallMs, load: (user + system) / 1000 / wallMs },
  };
}

/** As `measureThroughput`, for a sequence of commands, which redis-benchmark can't send: our own client does. */
export async function measureSequence(server: Server, filling: Filling): Promise<Sample> {
  const serverBefore = processorMs(server.pid);
  const startedMs = performance.now();
  await fill(server.port, filling);
  const wallMs = performance.now() - startedMs;
  const serverMs = processorMs(server.pid) - serverBefore;
  return { values: [filling.count / (wallMs / 1000), filling.count / (serverMs / 1000)] };
}

/** Runs one load to its end; the sample's values are p50, p99 and p99.9 in ms. */
export async function measureLatency(server: Server, load: Load): Promise<Sample> {
  const { output, busy } = await runBenchmark(server, load);
  return { values: [output.p50Ms, output.p99Ms, output.p999Ms], busy };
}

async function runBenchmark(server: Server, load: Load) {
  const serverBefore = processorMs(server.pid);
  const startedMs = performance.now();
  const child = Bun.spawn(["redis-benchmark", ...benchmarkArguments(server.port, load)], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: RUN_MS_MAX,
    killSignal: "SIGKILL",
  });
  const [text, errors, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  const wallMs = performance.now() - startedMs;
  if (code !== 0) {
    const words = `${text}\n${errors}`
      .trim()
      .split(/[\r\n]+/)
      .slice(-3)
      .join("\n");
    throw new Error(`redis-benchmark ended with ${code ?? "a signal (too slow?)"}: ${words}`);
  }
  const loadMs = Number(child.resourceUsage()?.cpuTime.total ?? 0n) / 1000;
  const serverMs = processorMs(server.pid) - serverBefore;
  return { output: parseBenchmark(text), serverMs, busy: { server: serverMs / wallMs, load: loadMs / wallMs } };
}

function benchmarkArguments(port: number, load: Load): string[] {
  const numbers = {
    "-c": load.clients ?? CLIENTS,
    "-n": load.requests,
    "-P": load.pipeline,
    "-r": load.keys,
    "-d": load.valueBytes,
  };
  return [
    ...["-h", "127.0.0.1", "-p", String(port)],
    ...Object.entries(numbers).flatMap(([name, value]) => [name, String(value)]),
    ...(typeof load.test === "string" ? ["-t", load.test] : load.test),
  ];
}

/**
 * Reads redis-benchmark's long output (its CSV has no p99.9). The distribution comes in steps that halve the rest, so a
 * percentile is the first step at or above it: 99.219 for p99, 99.902 for p99.9.
 */
export function parseBenchmark(text: string): BenchmarkOutput {
  const rate = /throughput summary: ([0-9.]+) requests per second/.exec(text);
  if (rate === null) throw new Error(`redis-benchmark printed no summary: ${text.slice(-300)}`);
  const steps = [...text.slice(0, text.indexOf("Cumulative distribution")).matchAll(/^([0-9.]+)% <= ([0-9.]+) mill/gm)];
  const latencyMs = (percent: number) => {
    const step = steps.find((match) => Number(match[1]) >= percent);
    return step === undefined ? Number.NaN : Number(step[2]);
  };
  return {
    requestsPerSecond: Number(rate[1]),
    p50Ms: latencyMs(50),
    p99Ms: latencyMs(99),
    p999Ms: latencyMs(99.9),
  };
}
