/**
 * Ashlar as a process whose whole command line the test decides, and whose words and end it looks at. For tests that only
 * want a server to talk to there is support/server.ts.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RawClient } from "../support/raw-client.ts";
import { freePort } from "../support/server.ts";

const MAIN = join(import.meta.dir, "../../src/main.ts");
const PATIENCE_MS = 15_000;

export interface Launched extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
  /** A directory of its own, where it runs. */
  readonly dir: string;
  /** All that it printed so far, standard error behind it. */
  printed(): Promise<string>;
  /** Waits until it has printed this. */
  says(text: string): Promise<void>;
  /** Waits for its end. Undefined when a signal ended it. */
  exitCode(): Promise<number | null>;
  kill(signal: NodeJS.Signals): void;
  /** Connects to its port, or to the Unix socket of that name in its directory. */
  connect(unixName?: string): Promise<RawClient>;
}

export interface LaunchOptions {
  /** A file in its directory with this text is put in front of the arguments. */
  readonly config?: string;
  /** Another program than src/main.ts, as TypeScript. */
  readonly program?: string;
  readonly port?: number;
  /** A directory that exists already, and stays. */
  readonly dir?: string;
  readonly env?: Record<string, string>;
}

let launches = 0;

/** Starts it; `{port}` in an argument stands for a free port. */
export async function launch(args: readonly string[], options: LaunchOptions = {}): Promise<Launched> {
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), "ashlar-launch-"));
  const port = options.port ?? freePort();
  const config = join(dir, "test.conf");
  const output = `output${launches++}`;
  const program = options.program === undefined ? MAIN : join(dir, "program.ts");
  if (options.program !== undefined) await Bun.write(program, options.program);
  if (options.config !== undefined) await Bun.write(config, options.config.replaceAll("{port}", String(port)));
  const child = Bun.spawn(
    [
      process.execPath,
      program,
      ...(options.config === undefined ? [] : [config]),
      ...args.map((argument) => argument.replaceAll("{port}", String(port))),
    ],
    {
      cwd: dir,
      env: { ...process.env, ...options.env },
      stdin: "ignore",
      stdout: Bun.file(join(dir, output)),
      stderr: Bun.file(join(dir, `${output}.err`)),
    },
  );
  const read = async (name: string) => {
    const file = Bun.file(join(dir, name));
    return (await file.exists()) ? file.text() : "";
  };
  const launched: Launched = {
    pid: child.pid,
    port,
    dir,
    printed: async () => (await read(output)) + (await read(`${output}.err`)),
    async says(text) {
      for (const giveUpAt = performance.now() + PATIENCE_MS; performance.now() < giveUpAt; await Bun.sleep(10)) {
        if ((await launched.printed()).includes(text)) return;
        if (child.exitCode !== null) break;
      }
      const printed = await launched.printed();
      if (!printed.includes(text)) throw new Error(`never said "${text}" but:\n${printed}`);
    },
    exitCode: () => child.exited.then(() => child.exitCode),
    kill: (signal) => child.kill(signal),
    connect: (unixName) => RawClient.connect(unixName === undefined ? port : join(dir, unixName)),
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null) child.kill("SIGKILL");
      await child.exited;
      if (options.dir === undefined) rmSync(dir, { recursive: true, force: true });
    },
  };
  return launched;
}

/** As `launch`, and waits until it is ready. */
export async function launchReady(args: readonly string[], options: LaunchOptions = {}): Promise<Launched> {
  const launched = await launch(args, options);
  await launched.says("eady to accept connections").catch(async (error: unknown) => {
    await launched[Symbol.asyncDispose]();
    throw error;
  });
  return launched;
}
