/**
 * The comparison of final states: two real servers with the same data do not differ, and one element that is different is
 * named, whatever the type.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import type { RawClient } from "../support/raw-client.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { stateDifference } from "./state.ts";

let servers: TestServer[];
let clients: [RawClient, RawClient];

beforeAll(async () => {
  servers = [await startServer("redis"), await startServer("redis")];
  clients = (await Promise.all(servers.map((server) => server.connect()))) as [RawClient, RawClient];
});

afterAll(async () => {
  for (const client of clients) client.close();
  await Promise.all(servers.map((server) => server.stop()));
});

const SAME = [
  "SET string text",
  "RPUSH list a b c d",
  "SADD set a b c 4",
  "ZADD zset 1 a 2 b 3 c",
  "HSET hash f 1 g 2",
  "XADD stream 1-1 field value",
  "XADD stream 2-1 pel value",
  "XGROUP CREATE stream group 0",
  "XREADGROUP GROUP group consumer STREAMS stream >",
];

beforeEach(async () => {
  for (const client of clients) {
    await client.raw("FLUSHALL");
    for (const command of SAME) await client.raw(...command.split(" "));
    // Times of delivery differ.
    await Bun.sleep(2);
  }
});

test("equal data is equal", async () => {
  expect(await stateDifference(...clients)).toBeNull();
});

/** A change to one of the servers, and what the report must name. */
const CASES: [change: string, named: RegExp[]][] = [
  ["SET string texts", [/"string" of database 0 \(string\)/, /texts/]],
  ["LSET list 2 x", [/part 2 of 4 here, 4 there/, /x/]],
  ["RPUSH list e", [/part 4 of 5 here, 4 there/, /nothing/]],
  ["SREM set b", [/"set"/, /b/]],
  ["ZADD zset 2.5 b", [/part 3 of 6/, /2\.5/]],
  ["HSET hash g 3", [/"hash"/, /g → 3/]],
  ["XDEL stream 2-1", [/stream/]],
  ["XSETID stream 3-1", [/last-generated-id/, /3-1/]],
  ["XACK stream group 1-1", [/pel-count/]],
  ["XCLAIM stream group other 0 1-1", [/pending|pel|consumers/]],
  ["DEL list", [/type|digest|DBSIZE|key/]],
  ["PEXPIRE list 100000", [/deadline|digest/]],
];

for (const [change, named] of CASES) {
  test(`${change} is found`, async () => {
    await clients[0].raw(...change.split(" "));
    const difference = await stateDifference(...clients);
    const text = `${difference?.reason}: ${difference?.subject} / ${difference?.reference}`;
    for (const part of named) expect(text).toMatch(part);
  });
}
