/**
 * MULTI, EXEC, DISCARD: what is queued, what is refused, and what the answers look like, beside a real server.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { sameReplies } from "../../support/conversation.ts";
import { encodeCommand, latin1 } from "../../support/resp.ts";
import { startServer, subjectKind, type TestServer } from "../../support/server.ts";

let ours: TestServer;
let theirs: TestServer;
beforeAll(async () => {
  [ours, theirs] = await Promise.all([startServer(subjectKind()), startServer("redis")]);
});
afterAll(async () => {
  await Promise.all([ours?.stop(), theirs?.stop()]);
});

/** Takes out what HELLO says of the server itself. */
const neutral = (reply: string) =>
  reply.replace(/\$2\r\nid\r\n:\d+/, "").replace(/\$7\r\nversion\r\n\$\d\r\n[\d.]+/, "");
const say = (...lines: string[]) => sameReplies({ ours, theirs, neutral }, "FLUSHALL", ...lines);

describe("word by word as the real server", () => {
  test("the plain case, and an empty one", () =>
    say("MULTI", "SET a 1", "INCR a", "GET a", "GET none", "PING", "EXEC", "GET a", "MULTI", "EXEC"));

  test("out of place", () => say("EXEC", "DISCARD", "MULTI", "MULTI", "WATCH a", "PING", "EXEC", "EXEC", "DISCARD"));

  test("an error while it is queued breaks the whole", () =>
    say(
      "MULTI",
      "SET a 1",
      "NOSUCH",
      "SET a 2",
      "EXEC",
      "GET a",
      "MULTI",
      "GET",
      "EXEC",
      "MULTI",
      "CLIENT NOSUCH",
      "EXEC",
    ));

  test("an error while it runs breaks nothing else", () =>
    say("SET a text", "MULTI", "INCR a", "SET b 1", "HSET a f v", "INCR b", "EXEC", "GET b"));

  test("the words of transactions with arguments too many", () =>
    say("EXEC x", "MULTI x", "MULTI", "PING", "EXEC x", "EXEC", "MULTI", "DISCARD x", "EXEC", "UNWATCH x", "WATCH"));

  test("what may not be within, and what is not queued", () =>
    say("MULTI", "SHUTDOWN", "EXEC", "MULTI", "SET a 1", "RESET", "GET a", "EXEC", "MULTI", "SET a 1", "QUIT"));

  test("a protocol that changes within", () =>
    say("MULTI", "GET none", "HSET h f v", "EXEC", "HELLO 3", "MULTI", "GET none", "HGETALL h", "EXEC"));

  test("RESP3 has another null for a transaction that did not happen", () =>
    say("HELLO 3", "WATCH a", "SET a 1", "MULTI", "PING", "EXEC"));

  test("a database that changes within stays changed", () =>
    say("MULTI", "SET a 1", "SELECT 1", "SET a 2", "EXEC", "GET a", "SELECT 0", "GET a"));

  test("no memory: queueing is refused, and EXEC if something queued needs some", () =>
    say(
      "MULTI",
      "SET a 1",
      "CONFIG SET maxmemory 0",
      "EXEC",
      "MULTI",
      "GET a",
      "EXEC",
      "CONFIG SET maxmemory 1",
      "MULTI",
      "EXEC",
      "MULTI",
      "GET a",
      "EXEC",
      "WATCH a",
      "MULTI",
      "DISCARD",
      "CONFIG SET maxmemory 0",
    ));
});

test("HELLO within EXEC: what follows is in the new protocol", () =>
  say("MULTI", "GET none", "HELLO 3", "GET none", "EXEC", "GET none"));

test("memory that runs out between queueing and EXEC", async () => {
  for (const server of [ours, theirs]) {
    using client = await server.connect();
    using other = await server.connect();
    await client.raw("MULTI");
    expect(await client.raw("SET", "a", "1")).toBe("+QUEUED\r\n");
    await other.raw("CONFIG", "SET", "maxmemory", "1");
    expect(await client.raw("EXEC")).toBe(
      "-EXECABORT Transaction discarded because of: OOM command not allowed when used memory > 'maxmemory'.\r\n",
    );
    expect(await client.raw("EXEC")).toBe("-ERR EXEC without MULTI\r\n");
    await other.raw("CONFIG", "SET", "maxmemory", "0");
  }
});

test("CLIENT REPLY within a transaction, and around it", async () => {
  const requests = [
    [
      ["MULTI"],
      ["SET", "a", "1"],
      ["CLIENT", "REPLY", "OFF"],
      ["GET", "a"],
      ["EXEC"],
      ["PING"],
      ["CLIENT", "REPLY", "ON"],
      ["PING", "1"],
    ],
    [
      ["CLIENT", "REPLY", "OFF"],
      ["MULTI"],
      ["GET", "a"],
      ["CLIENT", "REPLY", "ON"],
      ["GET", "a"],
      ["EXEC"],
      ["PING", "2"],
    ],
    [["MULTI"], ["CLIENT", "REPLY", "SKIP"], ["GET", "a"], ["EXEC"], ["PING", "skipped"], ["PING", "3"]],
    [["CLIENT", "REPLY", "SKIP"], ["MULTI"], ["GET", "a"], ["EXEC"], ["PING", "4"]],
  ];
  for (const request of requests) {
    const [our, their] = await Promise.all(
      [ours, theirs].map(async (server) => {
        using client = await server.connect();
        client.send(`${request.map((words) => encodeCommand(words)).join("")}*1\r\n$4\r\nQUIT\r\n`);
        return (await client.untilClosed(5000)).text;
      }),
    );
    expect(our).toBe(their!);
  }
});

test("a long transaction, pipelined: its answers are one array, and nothing of others comes between", async () => {
  using client = await ours.connect();
  using rival = await ours.connect();
  const count = 5000;
  const commands = Array.from({ length: count }, (_, i) => ["INCR", i % 2 === 0 ? "n" : "m"]);
  client.send([["DEL", "n", "m"], ["MULTI"], ...commands, ["EXEC"]].map((words) => encodeCommand(words)).join(""));
  rival.send(encodeCommand(["INCRBY", "n", "1000000"]).repeat(50));
  const replies = (await client.replies(count + 3)).map((reply) => latin1(reply));
  const numbers = replies
    .at(-1)!
    .trim()
    .split("\r\n")
    .slice(1)
    .map((line) => Number(line.slice(1)));
  expect(numbers.length).toBe(count);
  for (let i = 2; i < count; i++) expect(numbers[i]! - numbers[i - 2]!).toBe(1);
  await rival.replies(50);
});

test("CLIENT LIST shows what is queued, and that EXEC will fail", async () => {
  for (const server of [ours, theirs]) {
    using client = await server.connect();
    using other = await server.connect();
    const id = (await client.command("CLIENT", "ID")).text!;
    const fields = async (...names: string[]) => {
      const line = (await other.command("CLIENT", "LIST", "ID", id)).text!;
      return names.map((name) => new RegExp(` ${name}=(\\S*)`).exec(line)![1]);
    };
    await client.raw("WATCH", "watched");
    expect(await fields("flags", "multi", "multi-mem")).toEqual(["N", "-1", "0"]);
    await client.raw("MULTI");
    for (let i = 0; i < 3; i++) await client.raw("SET", "a", "12345");
    expect(await fields("flags", "multi", "cmd")).toEqual(["x", "3", "set"]);
    expect(Number((await fields("multi-mem"))[0])).toBeGreaterThanOrEqual(27);
    await other.raw("SET", "watched", "1");
    await client.raw("GET", "a");
    expect(await fields("flags", "multi", "cmd")).toEqual(["xd", "3", "get"]);
    expect(await client.raw("EXEC")).toBe("*-1\r\n");
    expect(await fields("flags", "multi", "multi-mem")).toEqual(["N", "-1", "0"]);
  }
});

test("INFO commandstats counts what EXEC runs, and no failure of its commands as its own", async () => {
  const figures = await Promise.all(
    [ours, theirs].map(async (server) => {
      using client = await server.connect();
      await client.raw("CONFIG", "RESETSTAT");
      for (const line of ["SET text x", "MULTI", "INCR text", "GET text", "EXEC", "EXEC", "MULTI", "NOSUCH", "EXEC"])
        await client.raw(...line.split(" "));
      const stats = (await client.command("INFO", "commandstats")).text!;
      const errors = (await client.command("INFO", "errorstats")).text!;
      const calls = [...stats.matchAll(/cmdstat_(\w+):calls=(\d+).*(rejected_calls=\d+,failed_calls=\d+)/g)]
        .filter(([, name]) => name !== "info" && name !== "config|resetstat")
        .map(([, name, count, failures]) => `${name} ${count} ${failures}`)
        .sort();
      return { calls, errors };
    }),
  );
  expect(figures[0]).toEqual(figures[1]!);
});
