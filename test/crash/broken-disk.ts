/**
 * Disks that really fail, for a server that really runs: system calls that answer with an error (`strace -e inject`), a small file
 * system of its own that becomes full or read-only. Not every machine permits that: `whyNotTraced` and `whyNotMounted` ask it.
 */
import { closeSync, existsSync, mkdtempSync, openSync, rmdirSync, rmSync, truncateSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ATTACH_MS_MAX = 10_000;
const PAGE = 4096;

function run(...command: string[]): { ok: boolean; said: string } {
  if (Bun.which(command[0]!) === null) return { ok: false, said: `there is no ${command[0]}` };
  const { exitCode, stderr } = Bun.spawnSync(command, { stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  return { ok: exitCode === 0, said: stderr.toString().split("\n", 1)[0]! };
}

/** System calls of a process that fail from now on, until this is disposed of. */
export class FailingCalls implements AsyncDisposable {
  private constructor(private readonly tracer: Bun.Subprocess<"ignore", "ignore", "pipe">) {}

  /** `calls` are names with commas, `fault` is what strace makes of them: `error=EIO:when=1` counts for each thread anew. A `path` is the only one that fails. */
  static async begin(
    pid: number,
    calls: string,
    { fault = "error=EIO", threads = "all" as "all" | "main", path = "" } = {},
  ): Promise<FailingCalls> {
    const which = [...(threads === "all" ? ["-f"] : []), ...(path === "" ? [] : ["-P", path])];
    const command = ["strace", ...which, "-p", String(pid), "-e", `trace=${calls}`, "-e", `inject=${calls}:${fault}`];
    const tracer = Bun.spawn(command, { stdin: "ignore", stdout: "ignore", stderr: "pipe" });
    const timer = setTimeout(() => tracer.kill("SIGKILL"), ATTACH_MS_MAX);
    const reader = tracer.stderr.getReader();
    const decoder = new TextDecoder();
    let said = "";
    // "strace: Process 123 attached", "… attached with 12 threads"
    while (!said.includes("attached")) {
      const { done, value } = await reader.read();
      if (done) throw new Error(`strace does not attach: ${said}`);
      said += decoder.decode(value, { stream: true });
    }
    clearTimeout(timer);
    // What it goes on to say nobody needs, but it must find somebody who takes it.
    void (async () => {
      while (!(await reader.read()).done);
    })();
    return new FailingCalls(tracer);
  }

  /** The disk is well again. */
  async end(): Promise<void> {
    this.tracer.kill("SIGTERM");
    const timer = setTimeout(() => this.tracer.kill("SIGKILL"), ATTACH_MS_MAX);
    await this.tracer.exited;
    clearTimeout(timer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}

/** Why system calls cannot be made to fail on this machine; undefined when they can. */
export async function whyNotTraced(): Promise<string | undefined> {
  if (Bun.which("strace") === null) return "there is no strace (scripts/setup --tests installs it)";
  const traced = Bun.spawn(["sleep", "20"], { stdin: "ignore", stdout: "ignore", stderr: "ignore" });
  try {
    await (await FailingCalls.begin(traced.pid, "fdatasync")).end();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  } finally {
    traced.kill("SIGKILL");
  }
}

/** A file system in memory, of its own size, and gone when it is disposed of. */
export class SmallDisk implements Disposable {
  private readonly filler: string;

  private constructor(readonly path: string) {
    this.filler = join(path, "filler");
  }

  static mount(bytes: number): SmallDisk {
    const path = mkdtempSync(join(tmpdir(), "ashlar-disk-"));
    const { ok, said } = run("mount", "-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", path);
    if (!ok) {
      rmdirSync(path);
      throw new Error(said);
    }
    return new SmallDisk(path);
  }

  /** Takes all the space but so many bytes, in whole pages. */
  fill(left = 0): void {
    const fd = openSync(this.filler, "a");
    const block = new Uint8Array(PAGE);
    let filled = 0;
    try {
      for (;;) filled += writeSync(fd, block);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    } finally {
      closeSync(fd);
    }
    if (left > 0) truncateSync(this.filler, filled - left);
  }

  /** Gives back what was taken. */
  free(): void {
    rmSync(this.filler, { force: true });
  }

  /** Nothing may be written any more, or everything again. */
  setReadOnly(isReadOnly: boolean): void {
    const { ok, said } = run("mount", "-o", `remount,${isReadOnly ? "ro" : "rw"}`, this.path);
    if (!ok) throw new Error(said);
  }

  [Symbol.dispose](): void {
    if (!existsSync(this.path)) return;
    // Lazily: whoever still has something open there is about to end.
    run("umount", "--lazy", this.path);
    rmdirSync(this.path);
  }
}

/** Why no file system can be mounted on this machine; undefined when one can. */
export function whyNotMounted(): string | undefined {
  try {
    SmallDisk.mount(PAGE)[Symbol.dispose]();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
