// Starting and stopping the servers under test, and reading their memory and processor time from /proc.
//
// Both servers get the same command line, run pinned to SERVER_CORE with an empty directory of their own, and are killed by
// pid: by `stop`, or, whatever way this process ends (SIGKILL excepted), by the exit hook at the bottom.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Connection } from "./client.ts";
import { LOAD_CORE, SERVER_CORE } from "./machine.ts";

const START_MS_MAX = 10_000;
/** How long a server that has data to load may take until its first PONG, and how often it is asked meanwhile. */
const LOAD_MS_MAX = 120_000;
const LOAD_POLL_MS = 5;
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

export type Directives = readonly (readonly [name: string, value: string])[];

export interface StartOptions {
  /** On top of the configuration of all rows. */
  readonly directives?: Directives;
  /** With data to load, perhaps: it stays when the server goes. Else an empty one that goes with it. */
  readonly directory?: string;
  /** Not pinned to one core, for rows that measure what is done beside the commands. */
  readonly onBothCores?: boolean;
}

/** Every server that was started and not stopped yet. */
const running = new Set<{ readonly child: Bun.Subprocess; readonly temporary: string | undefined }>();

/** An empty directory for a server, on the disk. */
export function makeDirectory(label: Label): string {
  return mkdtempSync(join(tmpdir(), `ashlar-bench-${label}-`));
}

/** Starts a candidate, pinned, and waits for its first PONG. Throws with the server's own words if none comes. */
export async function startServer(candidate: Candidate, options: StartOptions = {}): Promise<Server> {
  const { label, binary, port } = candidate;
  if (await isPortTaken(port)) throw new Error(`port ${port} is taken by another program; choose others with --port`);
  const temporary = options.directory === undefined ? makeDirectory(label) : undefined;
  const directory = options.directory ?? temporary!;
  const startMsMax = temporary === undefined ? LOAD_MS_MAX : START_MS_MAX;
  const log = join(directory, "server.log");
  const startedMs = performance.now();
  const cores = options.onBothCores ? [SERVER_CORE, LOAD_CORE] : [SERVER_CORE];
  const told = serverArguments(port, directory, options.directives ?? []);
  const child = Bun.spawn(["taskset", "-c", cores.join(","), binary, ...told], {
    cwd: directory,
    stdin: "ignore",
    stdout: Bun.file(log),
    stderr: Bun.file(log),
  });
  const started = { child, temporary };
  running.add(started);

  const stop = async () => {
    child.kill("SIGKILL");
    await child.exited;
    running.delete(started);
    removeTemporary(temporary);
  };

  const control = await firstPong(port, startedMs + startMsMax, () => child.exitCode !== null);
  if (control === undefined) {
    const words = readFileSync(log, "latin1").trim().split("\n").slice(-5).join("\n");
    await stop();
    throw new Error(`${binary} gave no PONG on port ${port} within ${startMsMax} ms; its last words:\n${words}`);
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

/** The one configuration of both: nothing is saved unless told, nothing is logged, 10,000 connections fit. */
function serverArguments(port: number, directory: string, more: Directives): string[] {
  const directives: Directives = [
    ["port", String(port)],
    ["bind", "127.0.0.1"],
    ["dir", directory],
    ["save", ""],
    ["appendonly", "no"],
    ["loglevel", "warning"],
    ["maxclients", "10500"],
    ...more,
  ];
  return directives.flatMap(([name, value]) => [`--${name}`, value]);
}

async function isPortTaken(port: number): Promise<boolean> {
  const connection = await Connection.open(port).catch(() => undefined);
  connection?.close();
  return connection !== undefined;
}

/** Tries without a pause until it listens, since the core is ours and start-up time is one of the figures. */
async function firstPong(port: number, deadlineMs: number, hasExited: () => boolean): Promise<Connection | undefined> {
  while (performance.now() < deadlineMs && !hasExited()) {
    const connection = await Connection.open(port).catch(() => undefined);
    if (connection === undefined) {
      await new Promise((resolve) => setImmediate(resolve));
      continue;
    }
    if ((await connection.call("PING").catch(() => undefined)) === "PONG") return connection;
    // It is loading: to be asked too often would slow it down.
    connection.close();
    await Bun.sleep(LOAD_POLL_MS);
  }
  return undefined;
}

/** Resident memory of a process in bytes. */
export function residentBytes(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"));
  if (line === null) throw new Error(`process ${pid} has no VmRSS: it is gone`);
  return Number(line[1]) * 1024;
}

/**
 * Memory of a process and its children in bytes, each page that they share counted once. The kernel walks through all pages for
 * it, which holds the process up: not to be asked while pauses are measured.
 */
export function sharedOnceBytes(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").split(" ").filter(Boolean).map(Number);
  return [pid, ...children].reduce((sum, one) => sum + proportionalBytes(one), 0);
}

/** 0 for a process that is gone. */
function proportionalBytes(pid: number): number {
  try {
    return Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "latin1"))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
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
  for (const { child, temporary } of running) {
    child.kill("SIGKILL");
    removeTemporary(temporary);
  }
  running.clear();
}

function removeTemporary(directory: string | undefined): void {
  if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
}

process.on("exit", killAll);
