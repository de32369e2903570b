// The growth stall: while the table grows from nothing to millions of keys, how long does another client wait?
//
// The pinger is a process of its own on the load's core, put ahead of the load in the scheduler (nice -20, where allowed).
// The same pinger against the idle server before tells how much of the result is the machine's own noise.

import type { Sample } from "./figures.ts";
import { fill, setKeys } from "./fill.ts";
import type { PingReport } from "./pinger.ts";
import { type Candidate, startServer, waitedMs } from "./server.ts";

const IDLE_MS = 3_000;
const VALUE_BYTES = 32;

/** Values: worst and p99.9 of a PING while `keys` keys come in, and the worst against the same server while it was idle. */
export async function measureGrowth(candidate: Candidate, keys: number): Promise<Sample> {
  const server = await startServer(candidate);
  try {
    const idle = await pingDuring(server.port, () => Bun.sleep(IDLE_MS));
    const waitedBeforeMs = waitedMs(server.pid);
    const filling = await pingDuring(server.port, () => fill(server.port, setKeys(keys, VALUE_BYTES)));
    const held = await server.control.call("DBSIZE");
    if (held !== keys) throw new Error(`${keys} keys went in, DBSIZE says ${held}`);
    return {
      values: [filling.worstMs, filling.p999Ms, idle.worstMs],
      remark: [
        `${filling.answers} pings`,
        `timer up to ${filling.timerLateMs.toFixed(1)} ms late`,
        `server kept from its core for ${(waitedMs(server.pid) - waitedBeforeMs).toFixed(0)} ms in all`,
      ].join(", "),
    };
  } finally {
    await server.stop();
  }
}

async function pingDuring(port: number, work: () => Promise<void>): Promise<PingReport> {
  const pinger = Bun.spawn(["nice", "-n", "-20", process.execPath, `${import.meta.dir}/pinger.ts`, String(port)], {
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
