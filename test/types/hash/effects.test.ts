/**
 * What follows from a command besides its reply: the events and the number of changes, beside the real server.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import * as events from "../../../src/keyspace/events.ts";
import type { RawClient } from "../../support/raw-client.ts";
import { startServer, type TestServer } from "../../support/server.ts";
import { run } from "./commands.ts";

let redis: TestServer;
let client: RawClient;
let listener: RawClient;
beforeAll(async () => {
  redis = await startServer("redis", { args: ["--notify-keyspace-events", "EAn"] });
  client = await redis.connect();
  listener = await redis.connect();
  await listener.command("PSUBSCRIBE", "__keyevent@0__:*");
});
afterAll(async () => {
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
  "HSET h a 1",
  "HSET h a 1 b 2 a 3",
  "HSET h a",
  "HSETNX h a 1",
  "HSETNX h c 1",
  "HMSET h a 1 b 2 d 4",
  "HINCRBY h a 5",
  "HINCRBY h a x",
  "HINCRBY n a 5",
  "HINCRBYFLOAT h a 0.5",
  "HINCRBYFLOAT h a inf",
  "HINCRBYFLOAT m a 0.5",
  "HGET none a",
  "HMGET none a b",
  "HGETALL none",
  "HLEN none",
  "HSCAN none 0",
  "HRANDFIELD none",
  "HGET h a",
  "HDEL h none",
  "HDEL h a none b",
  "HDEL none a",
  "HDEL h c d e",
  "HDEL n a",
  "HDEL m a",
];

test("events and changes are those of the real server", async () => {
  for (const command of COMMANDS) {
    const ours = run(...command.split(" "));
    const theirs = await runReal(...command.split(" "));
    const isMiss = (event: string) => event.startsWith("keymiss");
    expect({
      command,
      ...ours,
      events: ours.events.map((event) => event.replace(/^\d+ /, "")).filter((e) => !isMiss(e)),
    }).toEqual({
      command,
      ...theirs,
    });
  }
});

test("events have their classes", () => {
  run("HSET", "k", "a", "1");
  expect(run("HDEL", "k", "a").events).toEqual([`${events.HASH} hdel k`, `${events.GENERIC} del k`]);
  expect(run("HSET", "k", "a", "1").events).toEqual([`${events.NEW} new k`, `${events.HASH} hset k`]);
  run("HDEL", "k", "a");
});
