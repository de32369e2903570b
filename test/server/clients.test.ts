/** What a client may do to the server, and what ends its connection: each limit with its effect. */
import { expect, test } from "bun:test";
import { createConnection } from "node:net";
import type { RawClient } from "../support/raw-client.ts";
import { encodeCommand } from "../support/resp.ts";
import { startServer, subjectKind } from "../support/server.ts";
import { launchReady } from "./launch.ts";

const PATIENCE_MS = 10_000;

async function infoField(client: RawClient, section: string, name: string): Promise<string | undefined> {
  return new RegExp(`^${name}:(.*)\r$`, "m").exec((await client.command("INFO", section)).text!)?.[1];
}

test("timeout ends idle clients, and only those", async () => {
  await using server = await launchReady(["--port", "{port}", "--loglevel", "verbose"]);
  using idle = await server.connect();
  using busy = await server.connect();
  expect(await idle.raw("PING")).toBe("+PONG\r\n");
  expect(await busy.raw("CONFIG", "SET", "timeout", "1")).toBe("+OK\r\n");
  for (const giveUpAt = performance.now() + PATIENCE_MS; !idle.isClosed && performance.now() < giveUpAt; ) {
    expect(await busy.raw("PING")).toBe("+PONG\r\n");
    await Bun.sleep(50);
  }
  expect(idle.isClosed).toBe(true);
  expect(await server.printed()).toContain(" - Closing idle client\n");
});

test("those turned away for maxclients are counted, and those told apart who were not", async () => {
  await using server = await startServer(subjectKind(), { args: ["--maxclients", "2"] });
  using first = await server.connect();
  using second = await server.connect();
  await second.raw("PING");
  const rejected = Number(await infoField(first, "stats", "rejected_connections"));
  using third = await server.connect();
  expect(await third.untilClosed(PATIENCE_MS)).toEqual({
    text: "-ERR max number of clients reached\r\n",
    closed: true,
  });
  expect(Number(await infoField(first, "stats", "rejected_connections"))).toBe(rejected + 1);
  expect(await infoField(first, "clients", "connected_clients")).toBe("2");
  expect(await first.raw("CONFIG", "SET", "maxclients", "3")).toBe("+OK\r\n");
  using fourth = await server.connect();
  expect(await fourth.raw("PING")).toBe("+PONG\r\n");
});

test("too much unparsed input ends the connection, and is logged", async () => {
  await using server = await launchReady(["--port", "{port}", "--client-query-buffer-limit", "1mb"]);
  using client = await server.connect();
  client.send(`*2\r\n$4\r\nECHO\r\n$3000000\r\n${"x".repeat(2_900_000)}`);
  expect(await client.untilClosed(PATIENCE_MS)).toEqual({ text: "", closed: true });
  expect(await server.printed()).toMatch(/ # Closing client that reached max query buffer length: id=\d+ addr=/);
});

test("too much output ends the connection, is logged, and stops the pipeline that causes it", async () => {
  const limit = "normal 2mb 0 0 slave 0 0 0 pubsub 0 0 0";
  await using server = await launchReady(["--port", "{port}", "--client-output-buffer-limit", limit]);
  using client = await server.connect();
  using other = await server.connect();
  await client.raw("SET", "k", "v".repeat(1_000_000));
  client.stopReading();
  // In one batch: the limit must hold in the middle of it.
  client.send(`${encodeCommand(["GET", "k"]).repeat(100)}${encodeCommand(["SET", "end", "reached"])}`);
  await server.says("scheduled to be closed ASAP for overcoming of output buffer limits.");
  expect(await other.raw("EXISTS", "end")).toBe(":0\r\n");
});

test("who has not said who it is, and doesn't read, is soon closed", async () => {
  await using server = await launchReady(["--port", "{port}", "--requirepass", "secret"]);
  using stranger = await server.connect();
  using friend = await server.connect();
  expect(await friend.raw("AUTH", "secret")).toBe("+OK\r\n");
  await friend.raw("SET", "k", "v".repeat(1_000_000));
  stranger.stopReading();
  friend.stopReading();
  friend.send(encodeCommand(["GET", "k"]).repeat(20));
  stranger.send(encodeCommand(["GET", "k"]).repeat(500_000));
  await server.says("scheduled to be closed ASAP for overcoming of output buffer limits.");
  friend.readAgain();
  expect((await friend.replies(20)).length).toBe(20);
});

test("QUIT, a protocol error and CLIENT KILL come after the output that was waiting before them", async () => {
  await using server = await startServer(subjectKind());
  const value = "v".repeat(1_000_000);
  const reply = `$1000000\r\n${value}\r\n`;
  for (const [last, answer] of [
    [encodeCommand(["QUIT"]) + encodeCommand(["SET", "after", "1"]), "+OK\r\n"],
    [`*1\r\n!4\r\n${encodeCommand(["SET", "after", "1"])}`, "-ERR Protocol error: expected '$', got '!'\r\n"],
  ] as const) {
    using client = await server.connect();
    await client.raw("SET", "k", value);
    client.stopReading();
    client.send(encodeCommand(["GET", "k"]).repeat(20) + last);
    await Bun.sleep(200); // the kernel's buffers are full now
    client.readAgain();
    const { text, closed } = await client.untilClosed(PATIENCE_MS);
    expect(closed).toBe(true);
    expect(text.length).toBe(20 * reply.length + answer.length);
    expect(text.endsWith(answer)).toBe(true);
    using other = await server.connect();
    expect(await other.raw("EXISTS", "after")).toBe(":0\r\n");
  }
});

test("who shuts down the writing half gets all answers, then the end", async () => {
  await using server = await startServer(subjectKind());
  using setter = await server.connect();
  // So many that they are served in several turns.
  const value = "v".repeat(100_000);
  const count = 2000;
  await setter.raw("SET", "k", value);
  const received = await new Promise<number>((resolve, reject) => {
    let bytes = 0;
    const socket = createConnection({ host: "127.0.0.1", port: server.port, allowHalfOpen: true });
    socket.on("error", reject);
    socket.on("end", () => resolve(bytes));
    socket.end(encodeCommand(["GET", "k"]).repeat(count) + encodeCommand(["PING"]));
    setTimeout(() => socket.on("data", (chunk) => (bytes += chunk.length)), 200);
  });
  expect(received).toBe(count * `$100000\r\n${value}\r\n`.length + "+PONG\r\n".length);
});

test("an HTTP request runs nothing of its body, gets no answer, and is logged once", async () => {
  await using server = await launchReady(["--port", "{port}"]);
  using other = await server.connect();
  for (const request of ["POST / HTTP/1.1\r\nSET a 1\r\n", "PING\r\nhost: localhost\r\nSET a 1\r\n"]) {
    using client = await server.connect();
    client.send(request);
    expect(await client.untilClosed(PATIENCE_MS)).toEqual({ text: "", closed: true });
  }
  expect(await other.raw("EXISTS", "a")).toBe(":0\r\n");
  expect((await server.printed()).split("Possible SECURITY ATTACK detected").length).toBe(2);
});

test("tcp-keepalive reaches the socket", async () => {
  if (Bun.which("ss") === null) return console.warn("no ss here: not tested");
  for (const [seconds, timer] of [
    ["300", "timer:(keepalive,"],
    ["0", ""],
  ] as const) {
    await using server = await startServer(subjectKind(), { args: ["--tcp-keepalive", seconds] });
    using client = await server.connect();
    await client.raw("PING");
    const { stdout } = Bun.spawnSync(["ss", "-tnoH", "state", "established", `sport = :${server.port}`]);
    expect(stdout.toString()).toContain(timer);
    expect(stdout.toString().includes("keepalive")).toBe(timer !== "");
  }
});

test("a fault of our own is reported with its place, and ends the process", async () => {
  const main = `
    import { features } from "${import.meta.dir}/../../src/features.ts";
    import { start } from "${import.meta.dir}/../../src/server/server.ts";
    const command = (name, handler) =>
      ({ name, handler, arity: 1, flags: [], group: "server", since: "1", complexity: "", summary: "", syntax: "" });
    const boom = command("boom", function breaksInTheMiddle() { throw new TypeError("a hole in the floor"); });
    const later = command("later", (s, a, reply) => { reply.ok(); setTimeout(() => { throw new Error("too late"); }, 10); });
    start({ file: undefined, stdin: false, options: "port " + process.argv.at(-1) },
      [...features, { name: "faulty", commands: [boom, later] }]);`;
  for (const [command, trace, answers] of [
    ["boom", /a hole in the floor\n.*breaksInTheMiddle/, ""],
    ["later", /too late/, "+PONG\r\n+OK\r\n"],
  ] as const) {
    await using server = await launchReady(["--port", "{port}"], { program: main });
    using client = await server.connect();
    client.send(encodeCommand(["PING"]) + encodeCommand([command]));
    expect(await server.exitCode()).toBe(1);
    const printed = (await server.printed()).replace(/^\d+:M .{24} # /gm, "");
    expect(printed).toContain("=== ASHLAR BUG REPORT START");
    expect(printed).toMatch(trace);
    expect(printed).toContain("=== ASHLAR BUG REPORT END");
    expect(client.received()).toBe(answers);
  }
}, 20_000);

test("a long pipeline lets others have their turns, and loses nothing", async () => {
  await using server = await startServer(subjectKind());
  using greedy = await server.connect();
  using modest = await server.connect();
  const count = 4000;
  await greedy.raw("SET", "n", "0");
  await greedy.raw("SET", "k", "v".repeat(20_000));
  greedy.stopReading();
  greedy.send((encodeCommand(["INCR", "n"]) + encodeCommand(["GET", "k"])).repeat(count));
  const seen = new Set<number>();
  while (!seen.has(count)) seen.add(Number((await modest.command("GET", "n")).text));
  expect(seen.size).toBeGreaterThan(2);
  greedy.readAgain();
  const replies = await greedy.replies(2 * count);
  for (let i = 0; i < count; i++) expect(Buffer.from(replies[2 * i]!).toString()).toBe(`:${i + 1}\r\n`);
}, 20_000);
