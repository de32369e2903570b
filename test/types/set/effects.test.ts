/**
 * What follows from a command besides its reply: the events and the number of changes, beside the real server.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import * as events from "../../../src/keyspace/events.ts";
import { removeKeys } from "../../support/handlers.ts";
import type { RawClient } from "../../support/raw-client.ts";
import { startServer, type TestServer } from "../../support/server.ts";
import { run } from "./commands.ts";

let redis: TestServer;
let client: RawClient;
let listener: RawClient;
beforeAll(async () => {
  redis = await startServer("redis", { args: ["--notify-keyspace-events", "EAmn"] });
  client = await redis.connect();
  listener = await redis.connect();
  await listener.command("PSUBSCRIBE", "__keyevent@0__:*");
});
afterAll(async () => {
  removeKeys("s", "w", "to");
  client?.close();
  listener?.close();
  await redis?.stop();
});

const changesOfReal = async () => Number(/changes_since_last_save:(\d+)/.exec(await client.raw("INFO"))![1]);

/** Runs the command on the real server: its reply, events and changes. */
async function runReal(...words: string[]) {
  const dirtyBefore = await changesOfReal();
  const reply = await client.raw(...words);
  const dirty = (await changesOfReal()) - dirtyBefore;
  // An event of our own ends the list.
  await client.command("PUBLISH", "__keyevent@0__:end", "");
  const seen: string[] = [];
  for (;;) {
    const [message] = await listener.replies(1);
    const parts = Buffer.from(message!).toString("latin1").split("\r\n");
    const event = parts[6]!.replace("__keyevent@0__:", "");
    if (event === "end") return { reply, events: seen, dirty };
    seen.push(`${event} ${parts[8]!}`);
  }
}

const COMMANDS = [
  "SADD s 1 2 3",
  "SADD s 1",
  "SADD s 1 5 5",
  "SADD w a",
  "SREM s 5 7",
  "SREM s 9",
  "SREM none 9",
  "SREM w a a b",
  "SMOVE s w 1",
  "SMOVE s w 1",
  "SMOVE none w 1",
  "SMOVE w s 1",
  "SMOVE s s 2",
  "SMOVE s s 77",
  "SADD w 2",
  "SMOVE s w 2",
  "SPOP none",
  "SPOP none 5",
  "SPOP w 0",
  "SPOP w",
  "SADD w 1 2 3",
  "SPOP w 3",
  "SADD w 1",
  "SPOP w 99",
  "SADD w 1 2",
  "SRANDMEMBER none",
  "SRANDMEMBER none 5",
  "SINTERSTORE to w s",
  "SINTERSTORE to w",
  "SINTERSTORE to w none",
  "SINTERSTORE to none w",
  "SUNIONSTORE to none",
  "SUNIONSTORE to w s",
  "SUNIONSTORE to to w",
  "SDIFFSTORE to to w to",
  "SDIFFSTORE to w s",
  "SDIFFSTORE to none w",
  "SDIFFSTORE w w w",
  "SINTER none s",
  "SUNION none",
  "SDIFF none s",
  "SINTERCARD 2 none s",
  "SISMEMBER none 1",
  "SMISMEMBER none 1 2",
  "SMEMBERS none",
  "SCARD none",
  "SSCAN none 0",
];

test("events and changes are those of the real server", async () => {
  for (const command of COMMANDS) {
    const ours = run(...command.split(" "));
    const theirs = await runReal(...command.split(" "));
    expect({ command, ...ours, events: ours.events.map((event) => event.replace(/^\d+ /, "")) }).toEqual({
      command,
      ...theirs,
    });
  }
});

test("events have their classes", () => {
  expect(run("SADD", "k", "a").events).toEqual([`${events.NEW} new k`, `${events.SET} sadd k`]);
  expect(run("SREM", "k", "a").events).toEqual([`${events.SET} srem k`, `${events.GENERIC} del k`]);
  run("SADD", "k", "a");
  expect(run("SPOP", "k").events).toEqual([`${events.SET} spop k`, `${events.GENERIC} del k`]);
  run("SADD", "k", "a");
  expect(run("SUNIONSTORE", "t", "k").events).toEqual([`${events.NEW} new t`, `${events.SET} sunionstore t`]);
  expect(run("SINTERSTORE", "t", "k", "none").events).toEqual([
    `${events.KEY_MISS} keymiss none`,
    `${events.GENERIC} del t`,
  ]);
  removeKeys("k", "t");
});
