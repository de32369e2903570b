/**
 * SLOWLOG beside the real server: with a threshold of 0 both log everything, and the entries are the same but for the time.
 */
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { decodeReply, type Reply } from "../../support/resp.ts";
import { Beside, commandLines } from "./beside.ts";

let beside: Beside;

beforeAll(async () => {
  beside = await Beside.start({ args: ["--slowlog-log-slower-than", "-1", "--slowlog-max-len", "200"] });
});

afterAll(() => beside[Symbol.asyncDispose]());

afterEach(async () => {
  await beside.same(["CONFIG", "SET", "slowlog-log-slower-than", "-1", "slowlog-max-len", "200"]);
  await beside.same(["SLOWLOG", "RESET"]);
});

/** Entries without id, time and duration; the port of the client is taken out. */
function entries(reply: string): string[] {
  const decoded = decodeReply(Buffer.from(reply, "latin1"));
  return (decoded.items ?? []).map(({ items }) => {
    const [id, time, duration, args, address, name] = items as [Reply, Reply, Reply, Reply, Reply, Reply];
    expect([id.type, time.type, duration.type]).toEqual([":", ":", ":"]);
    const words = args.items!.map((arg) => arg.text);
    return JSON.stringify([words, address.text!.replace(/\d+$/, "PORT"), name.text]);
  });
}

const shown = (reply: string) => entries(reply).join("\n");
const LONG = "x".repeat(128);

test("SLOWLOG answers bad arguments alike", async () => {
  const commands = commandLines(`
    SLOWLOG
    SLOWLOG NOPE
    SLOWLOG GET x
    SLOWLOG GET -2
    SLOWLOG GET -1
    SLOWLOG GET 0
    SLOWLOG GET 1 2
    SLOWLOG GET 99999999999
    SLOWLOG GET 9999999999999999999999
    SLOWLOG LEN
    SLOWLOG LEN x
    SLOWLOG RESET x
    SLOWLOG GET
  `);
  for (const command of commands) await beside.same(command);
});

test("everything is logged as Redis logs it: clipped, redacted, with the client's name", async () => {
  await beside.same(["CONFIG", "SET", "slowlog-log-slower-than", "0"]);
  const commands: string[][] = [
    ["PING"],
    ["CLIENT", "SETNAME", "somebody"],
    ["SET", "\xff\0\r\n", `${LONG}12345`],
    ["SET", LONG, "v"],
    ["MGET", ...Array.from({ length: 30 }, (_, i) => `k${i}`)],
    ["MGET", ...Array.from({ length: 31 }, (_, i) => `k${i}`)],
    ["MGET", ...Array.from({ length: 32 }, (_, i) => `k${i}`)],
    ["MGET", ...Array.from({ length: 500 }, (_, i) => `k${i}`)],
    ["GET"],
    ["NOPE", "x"],
    ["HSET", "k", "f"],
    ["INCR", LONG],
    ["AUTH", "secret"],
    ["AUTH", "someone", "secret"],
    ["HELLO", "2", "AUTH", "default", "secret", "SETNAME", "other"],
    ["CONFIG", "SET", "maxmemory", "0", "requirepass", ""],
    ["CONFIG", "SET", "MasterAuth", "secret"],
    ["CONFIG", "GET", "requirepass"],
    ["DEBUG", "ERROR", "x"],
    ["SLOWLOG", "LEN"],
  ];
  for (const command of commands) await beside.same(command, (reply) => reply.replace(/:\d+\r\n\$4\r\nmode/, "ID"));
  const logged = await beside.same(["SLOWLOG", "GET", "-1"], shown);
  expect(entries(logged).length).toBeGreaterThan(15);
  expect(logged).not.toContain("secret");
});

test("commands that are quick by nature are logged one by one, in the middle of a pipeline too", async () => {
  await beside.same(["CONFIG", "SET", "slowlog-log-slower-than", "0"]);
  await beside.same(["SLOWLOG", "RESET"]);
  for (const client of [beside.ours, beside.real]) {
    client.send("SET a 1\r\nGET a\r\nGET a\r\nPING\r\nINCR a\r\n");
    await client.replies(5);
  }
  await beside.same(["SLOWLOG", "GET", "100"], shown);
  await beside.same(["CONFIG", "SET", "slowlog-log-slower-than", "-1"]);
  const before = await beside.same(["SLOWLOG", "LEN"]);
  await beside.same(["GET", "a"]);
  expect(await beside.same(["SLOWLOG", "LEN"])).toBe(before);
});

test("the newest slowlog-max-len entries are kept, and ids go on", async () => {
  await beside.same(["CONFIG", "SET", "slowlog-log-slower-than", "0"]);
  for (let i = 0; i < 20; i++) await beside.same(["SET", "k", String(i)]);
  await beside.same(["SLOWLOG", "GET"], shown);
  await beside.same(["SLOWLOG", "GET", "3"], shown);
  await beside.same(["CONFIG", "SET", "slowlog-max-len", "4"]);
  await beside.same(["SLOWLOG", "LEN"]);
  await beside.same(["PING"]);
  await beside.same(["SLOWLOG", "GET", "-1"], shown);
  const newestId = async () => Number(/^\*1\r\n\*6\r\n:(\d+)/.exec(await beside.ours.raw("SLOWLOG", "GET", "1"))![1]);
  const before = await newestId();
  await beside.same(["SLOWLOG", "RESET"]);
  expect(await newestId()).toBe(before + 2);
  await beside.same(["CONFIG", "SET", "slowlog-max-len", "0"]);
  await beside.same(["PING"]);
  await beside.same(["SLOWLOG", "LEN"], () => "either");
});

test("only what takes long enough is logged", async () => {
  await beside.same(["CONFIG", "SET", "slowlog-log-slower-than", "100000"]);
  await beside.same(["PING"]);
  await beside.same(["DEBUG", "SLEEP", "0.15"]);
  expect(entries(await beside.same(["SLOWLOG", "GET"], shown))).toHaveLength(1);
});
