// Starting and stopping the servers under test, and reading their memory and processor time from /proc.
//
// Both servers get the same command line, run pinned to SERVER_CORE with an empty directory of their own, and are killed by
// pid: by `stop`, or, whatever way this process ends (SIGKILL excepted), by the exit hook at the bottom.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Connection } from "./client.ts";
import { SERVER_CORE } from "./machine.ts";

const START_MS_MAX = 10_000;
/** /proc counts processor time in these; fixed by the kernel's interface on every architecture that matters. */
const MS_PER_CLOCK_TICK = 10;

export type Label = "ashlar" | "redis";

/** What is needed to start a server any number of times. */
export interface Candidate {
  readonly label: Label;
  readonly binary: string;
  readonly port: number;
}

export interface Server {
  readonly label: Label;
  readonly port: number;
  readonly pid: number;
  /** From spawn to the first PONG. */
  readonly startMs: number;
  /** An open connection for commands between measurements. */
  readonly control: Connection;
  stop(): Promise<void>;
}

/** Every server that was started and not stopped yet. */
const running = new Set<{ readonly child: Bun.Subprocess; readonly directory: string }>();

/** Starts a candidate, pinned and empty, and waits for its first PONG. Throws with the server's own words if none comes. */
export async function startServer(candidate: Candidate): Promise<Server> {
  const { label, binary, port } = candidate;
  if (await isPortTaken(port)) throw new Error(`port ${port} is taken by another program; choose others with --port`);
  const directory = mkdtempSync(join(tmpdir(), `ashlar-bench-${label}-`));
  const log = join(directory, "server.log");
  const startedMs = performance.now();
  const child = Bun.spawn(["taskset", "-c", String(SERVER_CORE), binary, ...serverArguments(port, directory)], {
    cwd: directory,
    stdin: "ignore",
    stdout: Bun.file(log),
    stderr: Bun.file(log),
  });
  const started = { child, directory };
  running.add(started);

  const stop = async () => {
    child.kill("SIGKILL");
    await child.exited;
    running.delete(started);
    rmSync(directory, { recursive: true, force: true });
  };

  const control = await firstPong(port, startedMs + START_MS_MAX, () => child.exitCode !== null);
  if (control === undefined) {
    const words = readFileSync(log, "latin1").trim().split("\n").slice(-5).join("\n");
    await stop();
    throw new Error(`${binary} gave no PONG on port ${port} within ${START_MS_MAX} ms; its last words:\n${words}`);
  }
  const startMs = performance.now() - startedMs;
  return {
    label,
    port,
    pid: child.pid,
    startMs,
    control,
    stop: () => {
      control.close();
      return stop();
    },
  };
}

/** The one configuration of both: nothing is saved, nothing is logged, 10,000 connections fit. */
function serverArguments(port: number, directory: string): string[] {
  const directives: [string, string][] = [
    ["port", String(port)],
    ["bind", "127.0.0.1"],
    ["dir", directory],
    ["save", ""],
    ["appendonly", "no"],
    ["loglevel", "warning"],
    ["maxclients", "10500"],
  ];
  return directives.flatMap(([name, value]) => [`--${name}`, value]);
}

async function isPortTaken(port: number): Promise<boolean> {
  const connection = await Connection.open(port).catch(() => undefined);
  connection?.close();
  return connection !== undefined;
}

/** Tries without a pause, since the core is ours and start-up time is one of the figures. */
async function firstPong(port: number, deadlineMs: number, hasExited: () => boolean): Promise<Connection | undefined> {
  while (performance.now() < deadlineMs && !hasExited()) {
    try {
      const connection = await Connection.open(port);
      if ((await connection.call("PING")) === "PONG") return connection;
      connection.close();
    } catch {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return undefined;
}

/** Resident memory of a process in bytes. */
export function residentBytes(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"));
  if (line === null) throw new Error(`process ${pid} has no VmRSS: it is gone`);
  return Number(line[1]) * 1024;
}

/** Processor time of a process so far, user and system, in ms (in steps of 10). */
export function processorMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" "); // the name before it may hold spaces
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_CLOCK_TICK;
}

/** How long a process' main thread has waited so far, ready to run, for its core, in ms: time taken by other programs. */
export function waitedMs(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/schedstat`, "latin1").split(" ")[1]) / 1e6;
}

/** One field of INFO as a number, NaN if the server has no such field. */
export async function infoField(server: Server, section: string, field: string): Promise<number> {
  const text = String(await server.control.call("INFO", section));
  const line = new RegExp(`^${field}:([-0-9.]+)\r$`, "m").exec(text);
  return line === null ? Number.NaN : Number(line[1]);
}

/** Stops whatever a failed measurement has left running. */
export async function stopStragglers(): Promise<void> {
  const children = [...running].map(({ child }) => child);
  killAll();
  await Promise.all(children.map((child) => child.exited));
}

function killAll(): void {
  for (const { child, directory } of running) {
    child.kill("SIGKILL");
    rmSync(directory, { recursive: true, force: true });
  }
  running.clear();
}

process.on("exit", killAll);
