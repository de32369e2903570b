/**
 * The oracle in CI, and the proof that it can fail: two real servers never differ, a server that lies does, and then the
 * report is short and replays. `ORACLE_COMMANDS` sets how much Ashlar is asked (200,000 in CI); `SEED` replays.
 */
import { afterAll, describe, expect, test } from "bun:test";
import type { Socket } from "bun";
import { seedOfRun } from "../support/random.ts";
import { latin1 } from "../support/resp.ts";
import { freePort, startServer, subjectKind } from "../support/server.ts";
import { ROWS } from "./commands.ts";
import type { Step } from "./generate.ts";
import { describeInterleaved, runInterleaved } from "./interleaved.ts";
import { describeCoverage, describeFailure, runOracle } from "./oracle.ts";
import { type OracleServer, Pair } from "./pair.ts";

const TIMEOUT_MS = 600_000;
const seed = seedOfRun();
const startRedis = (): Promise<OracleServer> => startServer("redis");

test(
  "Ashlar answers as redis-server does",
  async () => {
    const commands = Number(process.env["ORACLE_COMMANDS"] ?? 50_000);
    console.log(`oracle: SEED=${seed}, ${commands} commands`);
    const result = await runOracle({
      seed,
      commands,
      startSubject: () => startServer(subjectKind()),
      startReference: startRedis,
    });
    if (result.failure !== null) throw new Error(describeFailure(result.failure));
    expect(result.audit, "DEBUG AUDIT after the last case").toBe("+OK");
  },
  TIMEOUT_MS,
);

test(
  "Ashlar answers several clients, some of whom wait, as redis-server does",
  async () => {
    const commands = Number(process.env["ORACLE_COMMANDS"] ?? 50_000) / 5;
    const result = await runInterleaved({
      seed,
      commands,
      startSubject: () => startServer(subjectKind()),
      startReference: startRedis,
    });
    if (result.failure !== null) throw new Error(describeInterleaved(result.failure));
    expect(result.waits).toBeGreaterThan(commands / 10);
  },
  TIMEOUT_MS,
);

describe("the oracle itself", () => {
  const proxies: OracleServer[] = [];
  afterAll(() => Promise.all(proxies.map((proxy) => proxy.stop())));

  /** A redis-server that hears one command as another: a server with a bug. */
  async function startLiar(said: string, heard: string): Promise<OracleServer> {
    const proxy = await mishearingProxy(said, heard);
    proxies.push(proxy);
    return proxy;
  }

  test(
    "finds no difference between two real servers, and asks every row so that it succeeds",
    async () => {
      for (const row of ROWS) row.calls = row.errors = 0;
      const result = await runOracle({ seed, commands: 60_000, startSubject: startRedis, startReference: startRedis });
      if (result.failure !== null) throw new Error(describeFailure(result.failure));
      expect(result.commandsDone).toBe(60_000);
      const neverRight = ROWS.filter((row) => row.calls > 100 && row.calls === row.errors).map((row) => row.name);
      const meantToFail = [
        "NOSUCHCOMMAND",
        "nosuch\r\ncommand",
        "",
        "GETX",
        "OBJECT",
        "CLIENT",
        "CONFIG",
        "MEMORY",
        "SHUTDOWN",
        "DEBUG",
        "AUTH",
      ];
      expect(
        neverRight.filter((name) => !meantToFail.includes(name)),
        describeCoverage(),
      ).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "finds a wrong reply, and shrinks it to the command and what it needs",
    async () => {
      const result = await runOracle({
        seed,
        commands: 50_000,
        startSubject: () => startLiar("GETSET", "APPEND"),
        startReference: startRedis,
      });
      expect(result.failure).not.toBeNull();
      const { steps } = result.failure!;
      expect(steps.length).toBeLessThanOrEqual(3);
      expect(steps.some(({ args }) => /getset/i.test(args[0]!))).toBe(true);
      expect(describeFailure(result.failure!)).toContain(`--seed ${result.failure!.caseSeed}`);
    },
    TIMEOUT_MS,
  );

  test(
    "finds a wrong state when every reply was right",
    async () => {
      const pair = new Pair(() => startLiar("UNLINK", "EXISTS"), startRedis);
      try {
        const row = ROWS.find(({ name }) => name === "UNLINK")!;
        const steps = [
          ["MSET", "a", "1"],
          ["UNLINK", "a"],
        ].map((args): Step => ({ connection: 0, args, row }));
        expect(await pair.run({}, steps.slice(0, 1))).toBeNull();
        const difference = await pair.run({}, steps);
        expect(difference).toMatchObject({ stepIndex: 2, reason: expect.stringContaining("final state") });
      } finally {
        await pair.stop();
      }
    },
    TIMEOUT_MS,
  );

  test(
    "with clients that wait: finds no difference between two real servers, and a wrong reply to one who waited",
    async () => {
      const run = (startSubject: () => Promise<OracleServer>) =>
        runInterleaved({ seed, commands: 10_000, startSubject, startReference: startRedis });
      const none = (await run(startRedis)).failure;
      if (none !== null) throw new Error(describeInterleaved(none));
      const { failure } = await run(() => startLiar("BLPOP", "BRPOP"));
      expect(failure).not.toBeNull();
      expect(failure!.steps.length).toBeLessThanOrEqual(6);
      expect(describeInterleaved(failure!)).toContain(`--interleaved --seed ${failure!.caseSeed}`);
    },
    TIMEOUT_MS,
  );

  test(
    "a seed replays the same failure",
    async () => {
      const run = (replaySeed: number) =>
        runOracle({
          seed: replaySeed,
          commands: 50_000,
          startSubject: () => startLiar("GETDEL", "STRLEN"),
          startReference: startRedis,
        });
      const first = (await run(seed)).failure!;
      const again = (await run(first.caseSeed)).failure!;
      expect(again.found.stepIndex).toBe(first.found.stepIndex);
      expect(again.found.subject).toBe(first.found.subject);
    },
    TIMEOUT_MS,
  );
});

/** A proxy in front of a fresh redis-server that replaces one word of the traffic by another of the same length. */
async function mishearingProxy(said: string, heard: string): Promise<OracleServer> {
  const server = await startServer("redis");
  const port = freePort();
  const listener = Bun.listen<{ upstream: Promise<Socket> }>({
    hostname: "127.0.0.1",
    port,
    socket: {
      open(client) {
        client.data = { upstream: connectUpstream(server.port, client as unknown as Socket) };
      },
      async data(client, chunk) {
        const text = latin1(chunk).replaceAll(`\r\n${said}\r\n`, `\r\n${heard}\r\n`);
        const upstream = await client.data.upstream;
        await writeAll(upstream, Buffer.from(text, "latin1"));
      },
      async close(client) {
        (await client.data.upstream).end();
      },
    },
  });
  return {
    port,
    isRunning: () => server.isRunning(),
    async stop() {
      listener.stop(true);
      await server.stop();
    },
  };
}

function connectUpstream(port: number, client: Socket): Promise<Socket> {
  const handlers = {
    data: (_socket: Socket, chunk: Uint8Array) => void writeAll(client, chunk),
    close: () => void client.end(),
  };
  return Bun.connect({ hostname: "127.0.0.1", port, socket: handlers });
}

/** Chained per socket, so that parts never overtake each other while the kernel's buffer is full. */
const queues = new WeakMap<object, Promise<void>>();

function writeAll(socket: Socket, bytes: Uint8Array): Promise<void> {
  const queue = (queues.get(socket) ?? Promise.resolve()).then(async () => {
    for (let sent = 0; sent < bytes.length; ) {
      const written = socket.write(bytes.subarray(sent));
      if (written < 0) return;
      sent += written;
      if (sent < bytes.length) await Bun.sleep(1);
    }
  });
  queues.set(socket, queue);
  return queue;
}
