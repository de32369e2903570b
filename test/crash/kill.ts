/**
 * kill -9 of a real server under load, again and again on the same data: whatever it had acknowledged must be there when the next
 * one starts, and nothing that was not sent, in the order of sending. Saves and rewrites go on meanwhile.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Random, seededRandom } from "../support/random.ts";
import type { RawClient } from "../support/raw-client.ts";
import { encodeCommand } from "../support/resp.ts";
import { type ServerKind, startServer, type TestServer } from "../support/server.ts";
import { type Begin, isTransactional, LOG_LENGTH, type Report, SLOTS } from "./load.ts";

const CONNECTIONS = 6;
/** How long a server lives under load. */
const LIFE_MS = 120;
const REPORT_TIMEOUT_MS = 20_000;

export interface KillOptions {
  kind: ServerKind;
  cycles: number;
  seed: number;
  appendfsync: "always" | "everysec";
  args?: readonly string[];
}

export interface KillResult {
  cycles: number;
  acknowledged: number;
  /** Undefined when all was there. */
  failure: string | undefined;
}

export async function killAgainAndAgain(options: KillOptions): Promise<KillResult> {
  const { kind, cycles, seed, appendfsync } = options;
  const random = seededRandom(seed);
  const result: KillResult = { cycles: 0, acknowledged: 0, failure: undefined };
  const dir = mkdtempSync(join(tmpdir(), "ashlar-kill-"));
  const args = ["--dir", dir, "--appendonly", "yes", "--appendfsync", appendfsync];
  // Small, so that there is always a rewrite going on or about to begin.
  args.push("--auto-aof-rewrite-min-size", "64kb", "--auto-aof-rewrite-percentage", "100", ...(options.args ?? []));
  const load = new Load();
  let report: Report = { acknowledged: zeros(), sent: zeros(), error: undefined };
  try {
    for (; result.cycles <= cycles && result.failure === undefined; result.cycles++) {
      await using server = await startServer(kind, { args });
      const found = await countsOf(server, report);
      if (typeof found === "string") result.failure = `seed ${seed}, cycle ${result.cycles}: ${found}`;
      else if (result.cycles < cycles) {
        report = await live(server, load, found, random);
        result.acknowledged += report.acknowledged.reduce((sum, n, i) => sum + n - found[i]!, 0);
        if (report.error !== undefined) result.failure = `cycle ${result.cycles}: ${report.error}`;
      }
    }
  } finally {
    load.end();
    rmSync(dir, { recursive: true, force: true });
  }
  return result;
}

const zeros = (): number[] => new Array<number>(CONNECTIONS).fill(0);

/** The process that writes. */
class Load {
  private waiting: ((report: Report) => void) | undefined;
  private readonly child = Bun.spawn([process.execPath, join(import.meta.dir, "load.ts")], {
    stdin: "ignore",
    stdout: "inherit",
    stderr: "inherit",
    ipc: (message: Report) => this.waiting?.(message),
  });

  /** Writes until the server is gone. */
  async run(begin: Begin): Promise<Report> {
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("the writers do not end")), REPORT_TIMEOUT_MS);
      this.waiting = (report) => {
        clearTimeout(timer);
        resolve(report);
      };
      this.child.send(begin);
    });
  }

  end(): void {
    this.child.kill("SIGKILL");
  }
}

/** A server's life under load, up to its end in the middle of something. */
async function live(server: TestServer, load: Load, counts: number[], random: Random): Promise<Report> {
  const running = load.run({ port: server.port, counts });
  using client = await server.connect();
  await Bun.sleep(random.below(LIFE_MS));
  const work = random.pick(["BGREWRITEAOF", "BGSAVE", undefined]);
  if (work !== undefined) {
    client.send(encodeCommand([work]));
    await Bun.sleep(random.below(LIFE_MS / 2));
  }
  process.kill(server.pid, "SIGKILL");
  return await running;
}

/** How far each connection's data has come; or what is wrong with it. */
async function countsOf(server: TestServer, { acknowledged, sent }: Report): Promise<number[] | string> {
  using client = await server.connect();
  const counts: number[] = [];
  for (let connection = 0; connection < CONNECTIONS; connection++) {
    const found = await countOf(client, connection);
    if (typeof found === "string") return `connection ${connection}: ${found}`;
    const least = acknowledged[connection]!;
    if (found < least) return `connection ${connection}: ${least} was acknowledged, ${found} is there`;
    if (found > sent[connection]!) return `connection ${connection}: ${found} is there, ${sent[connection]} was sent`;
    counts.push(found);
  }
  return counts;
}

async function countOf(client: RawClient, connection: number): Promise<number | string> {
  const log = (await client.command("LRANGE", `log:${connection}`, "0", "-1")).items!.map(({ text }) => Number(text));
  const count = log.at(-1) ?? 0;
  for (const [i, n] of log.entries()) {
    if (n !== count - log.length + 1 + i) return `its log has a hole: ${log.join(" ")}`;
  }
  if (!isTransactional(connection)) return count;
  const counted = Number((await client.command("GET", `count:${connection}`)).text);
  if (counted !== count || log.length !== Math.min(count, LOG_LENGTH)) {
    return `half a transaction: counted ${counted}, the log is ${log.join(" ")}`;
  }
  for (let n = Math.max(1, count - SLOTS + 1); n <= count; n++) {
    const held = (await client.command("GET", `slot:${connection}:${n % SLOTS}`)).text;
    if (held !== String(n)) return `slot ${n % SLOTS} holds ${held} instead of ${n}`;
  }
  return count;
}
