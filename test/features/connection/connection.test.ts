/**
 * A client's own connection: the same conversations with Ashlar and with the real server, byte for byte.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { sameReplies as sameRepliesOf } from "../../support/conversation.ts";
import type { RawClient } from "../../support/raw-client.ts";
import { startServer, type TestServer } from "../../support/server.ts";

let ashlar: TestServer;
let redis: TestServer;

beforeAll(async () => {
  [ashlar, redis] = await Promise.all([startServer("source"), startServer("redis")]);
});
afterAll(() => Promise.all([ashlar.stop(), redis.stop()]));

/** What differs between any two servers: numbers of connections, ports, sizes of buffers. */
function neutral(reply: string): string {
  return reply
    .replace(/\$2\r\nid\r\n:\d+/, "$2\r\nid\r\n:ID")
    .replace(/^[$=]\d+\r\n(txt:)?id=/, "LENGTH id=")
    .replace(/\b(id|addr|laddr|fd|age|idle|qbuf-free|argv-mem|rbs|rbp|tot-mem)=\S*/g, "$1=*");
}

const sameReplies = (...lines: string[]): Promise<void> =>
  sameRepliesOf({ ours: ashlar, theirs: redis, neutral }, ...lines);

test("PING and ECHO", () => sameReplies("ping", "ping x", "ping x y", "PiNg", "echo x", "echo", "hello 3", "ping x"));

test("SELECT", () =>
  sameReplies("select 1", "client info", "select abc", "select 16", "select -1", "select 0", "select"));

describe("HELLO", () => {
  test("changes the protocol", () => sameReplies("hello", "hello 3", "get none", "hello 2", "get none", "hello"));
  test("refuses other protocols", () => sameReplies("hello 1", "hello 4", "hello -1", "hello x", "hello 99999999999"));
  test("takes options", () =>
    sameReplies(
      "hello 3 setname me",
      "client getname",
      'hello 2 auth default ""',
      "hello 2 AUTH default x SETNAME you",
    ));
  test("refuses bad options, and then changes nothing", () =>
    sameReplies(
      "hello 3 what",
      "hello 3 auth",
      "hello 3 auth default",
      "hello 3 setname",
      "hello 3 setname a_b",
      "hello 3 auth nobody x setname me",
      "client getname",
    ));
});

test("AUTH without a password set", () =>
  sameReplies("auth x", "auth default x", "auth nobody x", "auth a b c", "auth", 'auth default ""'));

test("RESET", () => sameReplies("hello 3", "select 3", "client setname me", "reset", "client info", "get none"));

test("names", () =>
  sameReplies("client getname", "client setname me", "client getname", "client setname a_b", 'client setname ""'));

test("CLIENT LIST and INFO have the real format", () =>
  sameReplies("client info", "client list", "client list type normal", "client setname me", "hello 3", "client list"));

test("CLIENT LIST refuses", () =>
  sameReplies(
    "client list type",
    "client list type what",
    "client list type replica",
    "client list id",
    "client list id x",
    "client list id 0 99999",
    "client list what",
    "client list type normal x",
  ));

test("CLIENT KILL refuses", () =>
  sameReplies(
    "client kill",
    "client kill 1.2.3.4:5",
    "client kill id 0",
    "client kill id x y",
    "client kill id 0 type normal",
    "client kill id 99999 type normal",
    "client kill type what type what",
    "client kill user nobody skipme no",
    "client kill skipme maybe id 1",
    "client kill addr 1.2.3.4:5 laddr 1.2.3.4:5",
    "client kill what 1 skipme no",
    "client kill skipme yes skipme",
  ));

test("CLIENT NO-EVICT, UNBLOCK and unknown subcommands", () =>
  sameReplies(
    "client no-evict on",
    "client info",
    "client no-evict off",
    "client no-evict what",
    "client unblock 99999",
    "client unblock 99999 timeout",
    "client unblock 99999 error",
    "client unblock 99999 what",
    "client unblock x",
    "client what",
    "client",
    'client ""',
  ));

test("QUIT answers and closes", async () => {
  using client = await ashlar.connect();
  client.send("QUIT x\r\nPING\r\n");
  expect(await client.untilClosed(5000)).toEqual({ text: "+OK\r\n", closed: true });
});

describe("CLIENT KILL", () => {
  const idOf = async (client: RawClient): Promise<string> => (await client.command("CLIENT", "ID")).text!;

  test("by id ends the other connection", async () => {
    using killer = await ashlar.connect();
    using victim = await ashlar.connect();
    expect(await killer.raw("CLIENT", "KILL", "ID", await idOf(victim))).toBe(":1\r\n");
    expect(await victim.untilClosed(5000)).toEqual({ text: "", closed: true });
    expect(await killer.raw("PING")).toBe("+PONG\r\n");
  });

  test("spares the killer unless told otherwise, and answers it first", async () => {
    using killer = await ashlar.connect();
    const id = await idOf(killer);
    expect(await killer.raw("CLIENT", "KILL", "ID", id)).toBe(":0\r\n");
    killer.send(`CLIENT KILL ID ${id} SKIPME no\r\nPING\r\n`);
    expect(await killer.untilClosed(5000)).toEqual({ text: ":1\r\n", closed: true });
  });

  test("by address, in the old form", async () => {
    using killer = await ashlar.connect();
    using victim = await ashlar.connect();
    const address = /addr=(\S+)/.exec((await victim.command("CLIENT", "INFO")).text!)![1]!;
    expect(await killer.raw("CLIENT", "KILL", address)).toBe("+OK\r\n");
    expect((await victim.untilClosed(5000)).closed).toBe(true);
  });
});

test("CLIENT REPLY", async () => {
  using ours = await ashlar.connect();
  using theirs = await redis.connect();
  const conversation =
    "CLIENT REPLY OFF\r\nPING\r\nCLIENT REPLY SKIP\r\nCLIENT REPLY ON\r\nPING a\r\nCLIENT REPLY SKIP\r\nPING b\r\n" +
    "PING c\r\nCLIENT REPLY SKIP\r\nCLIENT REPLY SKIP\r\nPING d\r\nCLIENT REPLY SKIP\r\nCLIENT REPLY ON\r\nPING e\r\n" +
    "CLIENT REPLY SKIP\r\nRESET\r\nPING f\r\nCLIENT REPLY OFF\r\nRESET\r\nPING last\r\n";
  for (const client of [ours, theirs]) client.send(conversation);
  const last = "$4\r\nlast\r\n";
  while (!ours.received().endsWith(last) || !theirs.received().endsWith(last)) await Bun.sleep(5);
  expect(ours.received()).toBe(theirs.received());
});

test("CLIENT LIST tells the last command, whether it was refused or not", async () => {
  using ours = await ashlar.connect();
  using theirs = await redis.connect();
  for (const command of [["GET", "a"], ["GET"], ["NOSUCH"], ["CONFIG", "nosuch"], ["ECHO"]]) {
    const shown = async (client: RawClient, other: TestServer) => {
      const id = (await client.command("CLIENT", "ID")).text!;
      await client.raw(...command);
      using observer = await other.connect();
      return / cmd=\S+/.exec((await observer.command("CLIENT", "LIST", "ID", id)).text!)![0];
    };
    expect([command, await shown(ours, ashlar)]).toEqual([command, await shown(theirs, redis)]);
  }
});

test("what clients of Redis 7.2 say when they connect", async () => {
  using client = await ashlar.connect();
  expect(await client.raw("CLIENT", "SETINFO", "LIB-NAME", "ioredis")).toBe("+OK\r\n");
  expect(await client.raw("CLIENT", "SETINFO", "lib-ver", "6.0.0")).toBe("+OK\r\n");
  expect((await client.command("CLIENT", "INFO")).text).toContain("lib-name=ioredis lib-ver=6.0.0");
  expect(await client.raw("CLIENT", "SETINFO", "lib-name", "a b")).toStartWith("-ERR lib-name cannot contain");
  expect(await client.raw("CLIENT", "SETINFO", "what", "x")).toBe("-ERR Unrecognized option 'what'\r\n");
  expect(await client.raw("CLIENT", "NO-TOUCH", "ON")).toBe("+OK\r\n");
  expect((await client.command("CLIENT", "INFO")).text).toContain("flags=T ");
});
