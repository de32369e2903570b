/**
 * Clients that take rather than break: they announce what never comes, send without end, or never read. Each test holds
 * three things: the offender is bounded or closed, memory stays bounded, and somebody else is served meanwhile.
 */
import { expect, test } from "bun:test";
import type { RawClient } from "../support/raw-client.ts";
import { encodeCommand, latin1 } from "../support/resp.ts";
import { startServer, subjectKind, type TestServer } from "../support/server.ts";

const TIMEOUT_MS = 120_000;
const MEGABYTE = 1 << 20;

/** A second client that asks all the time; `stop` tells how often it was answered. */
function startWitness(server: TestServer): { stop(): Promise<number> } {
  let answers = 0;
  let running = true;
  const loop = (async () => {
    using client = await server.connect();
    while (running) {
      expect(await client.raw("PING")).toBe("+PONG\r\n");
      answers++;
      await Bun.sleep(2);
    }
  })();
  return {
    async stop() {
      running = false;
      await loop;
      return answers;
    },
  };
}

async function connectMany(server: TestServer, count: number): Promise<RawClient[]> {
  const clients: RawClient[] = [];
  while (clients.length < count) {
    clients.push(
      ...(await Promise.all(Array.from({ length: Math.min(50, count - clients.length) }, () => server.connect()))),
    );
  }
  return clients;
}

function closeAll(clients: RawClient[]): void {
  for (const client of clients) client.close();
}

test(
  "what is announced takes no memory before it comes",
  async () => {
    await using server = await startServer(subjectKind());
    const before = server.residentBytes();
    const announcements = ["*1048576\r\n", "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$536870912\r\n", "*1\r\n$536870912\r\nsome"];
    const clients = await connectMany(server, 300);
    for (const [i, client] of clients.entries()) client.send(announcements[i % announcements.length]!);
    const witness = startWitness(server);
    await Bun.sleep(500);
    expect(await witness.stop()).toBeGreaterThan(20);
    expect((server.residentBytes() - before) / MEGABYTE).toBeLessThan(64);
    expect(clients.filter((client) => client.isClosed).length).toBe(0);
    closeAll(clients);
  },
  TIMEOUT_MS,
);

test(
  "hundreds of half commands disturb nobody, and can be finished",
  async () => {
    await using server = await startServer(subjectKind());
    const clients = await connectMany(server, 500);
    const whole = encodeCommand(["ECHO", "finished after all"]);
    for (const [i, client] of clients.entries()) client.send(whole.slice(0, 1 + (i % (whole.length - 1))));
    const witness = startWitness(server);
    await Bun.sleep(300);
    expect(await witness.stop()).toBeGreaterThan(10);
    for (const [i, client] of clients.entries()) client.send(whole.slice(1 + (i % (whole.length - 1))));
    for (const client of clients) expect(latin1((await client.replies(1))[0]!)).toBe("$18\r\nfinished after all\r\n");
    closeAll(clients);
  },
  TIMEOUT_MS,
);

test(
  "a pipeline of 100 MB is answered in full",
  async () => {
    await using server = await startServer(subjectKind());
    const before = server.residentBytes();
    const count = 100_000;
    const command = encodeCommand(["SET", "k", "v".repeat(1000)]);
    const client = await server.connect();
    const witness = startWitness(server);
    const bytes = Buffer.from(command.repeat(count), "latin1");
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, server.residentBytes());
    }, 20);
    client.send(bytes);
    const replies = await client.replies(count, 60_000);
    clearInterval(watch);
    expect(replies.every((reply) => latin1(reply) === "+OK\r\n")).toBe(true);
    expect(await witness.stop()).toBeGreaterThan(3);
    expect((most - before) / MEGABYTE).toBeLessThan(200);
    client.close();
  },
  TIMEOUT_MS,
);

test(
  "a pipeline whose replies nobody reads is kept, and lost is nothing",
  async () => {
    await using server = await startServer(subjectKind());
    using client = await server.connect();
    const value = "v".repeat(10_000);
    await client.raw("SET", "k", value);
    client.stopReading();
    const count = 4000;
    client.send(encodeCommand(["GET", "k"]).repeat(count));
    const witness = startWitness(server);
    await Bun.sleep(400);
    expect(await witness.stop()).toBeGreaterThan(10);
    client.readAgain();
    const replies = await client.replies(count, 60_000);
    const expected = `$10000\r\n${value}\r\n`;
    expect(replies.every((reply) => latin1(reply) === expected)).toBe(true);
  },
  TIMEOUT_MS,
);

test(
  "client-output-buffer-limit closes a client that never reads",
  async () => {
    await using server = await startServer(subjectKind(), {
      args: ["--client-output-buffer-limit", "normal 16mb 0 0"],
    });
    const before = server.residentBytes();
    using client = await server.connect();
    const id = await idOf(client);
    await client.raw("SET", "k", "v".repeat(100_000));
    client.stopReading();
    const witness = startWitness(server);
    client.send(encodeCommand(["GET", "k"]).repeat(5000)); // 500 MB of replies
    await connectionsEnd(server, [id]);
    expect((server.residentBytes() - before) / MEGABYTE).toBeLessThan(100);
    expect(await witness.stop()).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);

test(
  "the soft output limit closes after its seconds",
  async () => {
    await using server = await startServer(subjectKind(), {
      args: ["--client-output-buffer-limit", "normal 0 1mb 1"],
    });
    using client = await server.connect();
    const id = await idOf(client);
    await client.raw("SET", "k", "v".repeat(100_000));
    client.stopReading();
    client.send(encodeCommand(["GET", "k"]).repeat(300)); // 30 MB
    await connectionsEnd(server, [id], () => client.send(encodeCommand(["PING"])));
  },
  TIMEOUT_MS,
);

test(
  "client-query-buffer-limit closes a client whose command never ends",
  async () => {
    await using server = await startServer(subjectKind(), { args: ["--client-query-buffer-limit", "1mb"] });
    const before = server.residentBytes();
    using client = await server.connect();
    client.send(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100000000\r\n${"x".repeat(20 * MEGABYTE)}`);
    const { closed } = await client.untilClosed(10_000);
    expect(closed).toBe(true);
    expect((server.residentBytes() - before) / MEGABYTE).toBeLessThan(64);
    using other = await server.connect();
    expect(await other.raw("PING")).toBe("+PONG\r\n");
  },
  TIMEOUT_MS,
);

test(
  "maxclients turns away the one too many, with Redis' words, and lets in the next when one has left",
  async () => {
    await using server = await startServer(subjectKind(), { args: ["--maxclients", "10"] });
    await using reference = await startServer("redis", { args: ["--maxclients", "10"] });
    const refusals: string[] = [];
    for (const each of [server, reference]) {
      const clients = await connectMany(each, 10);
      for (const client of clients) await client.raw("PING");
      using refused = await each.connect();
      const { text, closed } = await refused.untilClosed(3000);
      expect(closed).toBe(true);
      refusals.push(text);
      clients.pop()!.close();
      await Bun.sleep(50);
      using late = await each.connect();
      expect(await late.raw("PING")).toBe("+PONG\r\n");
      closeAll(clients);
    }
    expect(refusals[0]).toBe(refusals[1]!);
  },
  TIMEOUT_MS,
);

test(
  "thousands of connections that are torn off leave nothing behind",
  async () => {
    await using server = await startServer(subjectKind());
    using survivor = await server.connect();
    const rounds: number[] = [];
    const ids: string[] = [];
    for (let round = 0; round < 20; round++) {
      const clients = await connectMany(server, 100);
      ids.push(await idOf(clients[0]!));
      for (const [i, client] of clients.entries())
        client.send(i % 2 ? "*2\r\n$4\r\nECHO\r\n$1000\r\nhalf" : encodeCommand(["PING"]));
      closeAll(clients);
      expect(await survivor.raw("PING")).toBe("+PONG\r\n");
      rounds.push(server.residentBytes());
    }
    await connectionsEnd(server, ids);
    expect((rounds.at(-1)! - rounds[4]!) / MEGABYTE).toBeLessThan(20);
  },
  TIMEOUT_MS,
);

test(
  "a killed connection ends, whoever kills it",
  async () => {
    await using server = await startServer(subjectKind());
    using victim = await server.connect();
    using killer = await server.connect();
    const id = await idOf(victim);
    expect(await killer.raw("CLIENT", "KILL", "ID", id)).toBe(":1\r\n");
    expect((await victim.untilClosed(5000)).closed).toBe(true);
    const ownId = await idOf(killer);
    killer.send(encodeCommand(["CLIENT", "KILL", "ID", ownId, "SKIPME", "no"]) + encodeCommand(["PING"]));
    expect(await killer.untilClosed(5000)).toEqual({ text: ":1\r\n", closed: true });
  },
  TIMEOUT_MS,
);

async function idOf(client: RawClient): Promise<string> {
  return (await client.command("CLIENT", "ID")).text!;
}

/** Waits until the server lists none of these connections any more; `poke` runs before each look. */
async function connectionsEnd(server: TestServer, ids: string[], poke: () => void = () => {}): Promise<void> {
  const giveUpAt = performance.now() + 20_000;
  using client = await server.connect();
  let left = ids;
  while (left.length > 0 && performance.now() < giveUpAt) {
    poke();
    const list = (await client.command("CLIENT", "LIST")).text ?? "";
    expect(list).toContain(`id=${await idOf(client)} `);
    left = ids.filter((id) => new RegExp(`(^|\n)id=${id} `).test(list));
    if (left.length > 0) await Bun.sleep(50);
  }
  expect(left).toEqual([]);
}
