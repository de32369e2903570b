// Stalls: while much is written or removed at once, how long does another client wait?
//
// The pinger is a process of its own on the load's core, and comes before the load there, where that is allowed.
// Two bare loops, one per core, tell before how much of the result is the machine's own noise (spinner.ts).

import type { Sample } from "./figures.ts";
import { type Filling, fill, setKeys } from "./fill.ts";
import { BEFORE_ALL, LOAD_CORE, SERVER_CORE } from "./machine.ts";
import type { PingReport } from "./pinger.ts";
import { type Candidate, type Server, startServer, waitedMs } from "./server.ts";

const NOISE_MS = 4_000;
const VALUE_BYTES = 32;
/** How long a value that was deleted may be freed behind the scenes while we look. */
const FREEING_MS = 4_000;

/** Values: worst and p99.9 of a PING while `keys` keys come in, and the longest pause of the busy machine itself. */
export async function measureGrowth(candidate: Candidate, keys: number): Promise<Sample> {
  const noiseMs = await longestPauseOfMachine();
  const server = await startServer(candidate);
  try {
    const waitedBeforeMs = waitedMs(server.pid);
    const filling = await pingDuring(server.port, () => fill(server.port, setKeys(keys, VALUE_BYTES)));
    const held = await server.control.call("DBSIZE");
    if (held !== keys) throw new Error(`${keys} keys went in, DBSIZE says ${held}`);
    return {
      values: [filling.worstMs, filling.p999Ms, noiseMs],
      remark: `${filling.answers} pings, ${circumstances(server, filling, waitedBeforeMs)}`,
    };
  } finally {
    await server.stop();
  }
}

/** Values: worst and p99.9 of a PING while one value grows, the worst while DEL removes it, and the machine's own. */
export async function measureBigValue(candidate: Candidate, key: string, filling: Filling): Promise<Sample> {
  const noiseMs = await longestPauseOfMachine();
  const server = await startServer(candidate);
  try {
    const waitedBeforeMs = waitedMs(server.pid);
    const growing = await pingDuring(server.port, () => fill(server.port, filling));
    const going = await pingDuring(server.port, async () => {
      await server.control.call("DEL", key);
      await Bun.sleep(FREEING_MS);
    });
    const held = await server.control.call("DBSIZE");
    if (held !== 0) throw new Error(`${key} is gone, and DBSIZE says ${held}`);
    return {
      values: [growing.worstMs, growing.p999Ms, going.worstMs, noiseMs],
      remark: circumstances(server, growing, waitedBeforeMs),
    };
  } finally {
    await server.stop();
  }
}

function circumstances(server: Server, report: PingReport, waitedBeforeMs: number): string {
  const waited = (waitedMs(server.pid) - waitedBeforeMs).toFixed(0);
  return `timer up to ${report.timerLateMs.toFixed(1)} ms late, server kept from its core for ${waited} ms in all`;
}

async function longestPauseOfMachine(): Promise<number> {
  const spin = (core: number) =>
    Bun.spawn(
      [
        "nice",
        "-n",
        "-20",
        "taskset",
        "-c",
        String(core),
        process.execPath,
        `${import.meta.dir}/spinner.ts`,
        String(NOISE_MS),
      ],
      { stdin: "ignore", stdout: "pipe", stderr: "ignore" },
    );
  const worst = await Promise.all([SERVER_CORE, LOAD_CORE].map(async (core) => Number(await spin(core).stdout.text())));
  return Math.max(...worst);
}

/** What a client that pings sees while the work is done. */
export async function pingDuring(port: number, work: () => Promise<void>): Promise<PingReport> {
  const pinger = Bun.spawn([...BEFORE_ALL, process.execPath, `${import.meta.dir}/pinger.ts`, String(port)], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
  });
  try {
    await Bun.sleep(300); // it has to compile and to connect
    await work();
    pinger.kill("SIGTERM");
    return JSON.parse(await pinger.stdout.text());
  } finally {
    pinger.kill("SIGKILL");
  }
}
