/**
 * Servers for tests: Ashlar (the binary when it is built, else the source) or a real redis-server, each on a free port
 * with a directory of its own, gone at the end even when the test failed. Use `await using server = await startServer(…)`.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { RawClient } from "./raw-client.ts";

const ROOT = resolve(import.meta.dir, "../..");
const BINARY = join(ROOT, "dist/ashlar");
const SOURCE = join(ROOT, "src/main.ts");
const READY_TIMEOUT_MS = 15_000;
const START_ATTEMPTS = 10;

/** `ashlar` is the binary if it is as new as the source, else the source; `binary` and `source` insist. */
export type ServerKind = "ashlar" | "binary" | "source" | "redis";

export interface ServerOptions {
  /** Directives as on the command line, such as `["--maxclients", "20"]`. */
  args?: string[];
  /** Environment variables on top of this process's. */
  env?: Record<string, string>;
}

export interface TestServer extends AsyncDisposable {
  readonly kind: ServerKind;
  readonly port: number;
  readonly pid: number;
  /** The server's working directory, removed at the end. */
  readonly dir: string;
  /** False once the process has ended. */
  isRunning(): boolean;
  /** Everything the server printed. */
  log(): string;
  connect(): Promise<RawClient>;
  /** Resident memory of the process in bytes. */
  residentBytes(): number;
  stop(): Promise<void>;
}

/** What the tests test: Ashlar, unless `SUBJECT` says otherwise (`SUBJECT=redis` shows whether a test itself is right). */
export function subjectKind(): ServerKind {
  return (process.env["SUBJECT"] as ServerKind | undefined) ?? "ashlar";
}

/** True when `dist/ashlar` exists and no file of `src/` is younger. */
function binaryIsFresh(): boolean {
  if (!existsSync(BINARY)) return false;
  const builtAt = statSync(BINARY).mtimeMs;
  const sources = readdirSync(dirname(SOURCE), { recursive: true, encoding: "utf8" });
  return sources.every((name) => statSync(join(dirname(SOURCE), name)).mtimeMs <= builtAt);
}

let warned = false;

function freshest(): "binary" | "source" {
  if (binaryIsFresh()) return "binary";
  if (!warned) console.warn("dist/ashlar is missing or older than src/: TESTING THE SOURCE instead");
  warned = true;
  return "source";
}

/** Starts a server and waits until it answers. The port range is `TEST_PORTS` ("21500-21599" unless set). */
export async function startServer(kind: ServerKind, options: ServerOptions = {}): Promise<TestServer> {
  let lastLog = "";
  for (let attempt = 0; attempt < START_ATTEMPTS; attempt++) {
    const server = spawnServer(kind, freePort(), options);
    if (await becomesReady(server)) return server;
    lastLog = server.log();
    await server.stop();
    if (!/address already in use|EADDRINUSE/i.test(lastLog)) break;
  }
  throw new Error(`${kind} did not start:\n${lastLog}`);
}

/** Ports of servers of this process: one that is being started listens only a moment later. */
const ports = new Set<number>();

/** A port of the range that nothing listens on. */
export function freePort(): number {
  const [low = 21500, high = 21599] = (process.env["TEST_PORTS"] ?? "").split("-").filter(Boolean).map(Number);
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = low + Math.floor(Math.random() * (high - low + 1));
    if (ports.has(port)) continue;
    try {
      Bun.listen({ hostname: "127.0.0.1", port, socket: { data() {} } }).stop(true);
      return port;
    } catch {
      // taken: try another
    }
  }
  throw new Error(`no free port from ${low} to ${high}`);
}

function commandLine(kind: ServerKind): string[] {
  switch (kind) {
    case "redis":
      return ["redis-server"];
    case "binary":
      return [BINARY];
    case "source":
      return [process.execPath, SOURCE];
    case "ashlar":
      return commandLine(freshest());
  }
}

/** A prefix that makes the kernel end a server with the process that started it, where the system has one. */
const UNTIL_PARENT_ENDS = Bun.which("setpriv") === null ? [] : ["setpriv", "--pdeathsig", "KILL"];

function spawnServer(kind: ServerKind, port: number, options: ServerOptions): TestServer {
  ports.add(port);
  const dir = mkdtempSync(join(tmpdir(), `ashlar-test-${kind}-`));
  const logPath = join(dir, "server.log");
  const directives = ["--port", String(port), "--save", "", "--dir", dir, "--enable-debug-command", "yes"];
  const child = Bun.spawn([...UNTIL_PARENT_ENDS, ...commandLine(kind), ...directives, ...(options.args ?? [])], {
    cwd: dir,
    env: { ...process.env, ...options.env },
    stdin: "ignore",
    stdout: Bun.file(logPath),
    stderr: Bun.file(`${logPath}.err`),
  });
  const read = (path: string): string => (existsSync(path) ? readFileSync(path, "utf8") : "");
  const server: TestServer = {
    kind,
    port,
    pid: child.pid,
    dir,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    log: () => read(logPath) + read(`${logPath}.err`),
    connect: () => RawClient.connect(port),
    residentBytes: () => residentBytes(child.pid),
    async stop() {
      if (server.isRunning()) child.kill("SIGKILL");
      await child.exited;
      ports.delete(port);
      rmSync(dir, { recursive: true, force: true });
    },
    [Symbol.asyncDispose]: () => server.stop(),
  };
  return server;
}

/** What a server answers PING with when it is ready, if its disk is full, too. */
const READY = /^(PONG$|NOAUTH|MISCONF)/;

/** Waits until the server answers PING; false when it ends or stays silent. */
async function becomesReady(server: TestServer): Promise<boolean> {
  const giveUpAt = performance.now() + READY_TIMEOUT_MS;
  while (performance.now() < giveUpAt && server.isRunning()) {
    try {
      using client = await server.connect();
      const reply = await client.command("PING");
      if (READY.test(reply.text ?? "") && (await isItself(server, client))) return true;
    } catch {
      // not listening yet
    }
    await Bun.sleep(5);
  }
  return false;
}

/** Whether it is this server that answers, and not one that another program has started on its port a moment earlier. */
async function isItself(server: TestServer, client: RawClient): Promise<boolean> {
  const pid = /process_id:(\d+)/.exec((await client.command("INFO", "server")).text ?? "")?.[1];
  return pid === undefined || Number(pid) === server.pid;
}

/** The resident memory of a process from /proc, in bytes; 0 when it is gone. */
function residentBytes(pid: number): number {
  try {
    const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return Number(line?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
