/**
 * What follows from a command besides its reply: the events and the number of changes, beside the real server.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import * as events from "../../../src/keyspace/events.ts";
import { zsetMaxListpackEntries } from "../../../src/types/zset/parameters.ts";
import { SideBySide } from "../../support/side-by-side.ts";

let both: SideBySide;
beforeAll(async () => {
  both = await SideBySide.start();
});
afterAll(async () => {
  await both?.configure(zsetMaxListpackEntries, 128);
  await both?.stop();
});

const COMMANDS = [
  "ZADD z 1 a",
  "ZADD z 1 a",
  "ZADD z 2 a 3 b 3 c",
  "ZADD z CH 2 a 4 b 5 d",
  "ZADD z NX 9 a",
  "ZADD z XX 9 new",
  "ZADD z GT 1 a",
  "ZADD z INCR 1 a",
  "ZADD z INCR 0 a",
  "ZADD z XX INCR 1 new",
  "ZADD none XX 1 a",
  "ZADD none XX INCR 1 a",
  "ZADD z x a",
  "ZINCRBY z 1.5 a",
  "ZINCRBY z 0 a",
  "ZINCRBY y 1 a",
  "ZINCRBY y nan a",
  "ZADD y inf high",
  "ZINCRBY y -inf high",
  "ZREM y high none a a",
  "ZREM none a",
  "ZADD y 1 a 2 b 3 c 4 d 5 e",
  "ZREM y none",
  "ZREM y a none b",
  "ZREMRANGEBYRANK y 5 9",
  "ZREMRANGEBYRANK y 0 0",
  "ZREMRANGEBYSCORE y 9 10",
  "ZREMRANGEBYSCORE y 4 (5",
  "ZREMRANGEBYLEX y [z +",
  "ZREMRANGEBYLEX y - +",
  "ZRANGESTORE y z 0 -1",
  "ZRANGESTORE y z 5 1",
  "ZRANGESTORE y z 5 1",
  "ZRANGESTORE y none 0 1",
  "SADD s a x",
  "ZUNIONSTORE y 2 z s",
  "ZINTERSTORE y 2 z s",
  "ZDIFFSTORE y 2 z s",
  "ZDIFFSTORE y 2 z z",
  "ZDIFFSTORE y 2 z z",
  "ZUNIONSTORE s 1 z",
  "ZINTERSTORE s 2 z none",
  "ZPOPMIN z",
  "ZPOPMAX z 2",
  "ZPOPMIN z 0",
  "ZPOPMIN none",
  "ZADD z 1 a 2 b 3 c",
  "ZMPOP 2 none z MAX",
  "ZMPOP 1 z MIN COUNT 9",
  "ZMPOP 1 z MIN",
  "ZADD z 1 a 2 b 3 c",
  "BZPOPMIN none z 1",
  "BZPOPMAX z 1",
  "BZMPOP 1 1 z MIN COUNT 5",
  "ZSCORE none a",
  "ZRANGE none 0 1",
  "ZCARD none",
  "ZSCAN none 0",
];

describe("events and changes are those of the real server", () => {
  for (const limit of [128, 0]) {
    test(limit > 0 ? "as a listpack" : "as a tree", async () => {
      await both.clear();
      await both.configure(zsetMaxListpackEntries, limit);
      for (const command of COMMANDS) await both.line(command);
      await both.sameState();
    });
  }

  test("events have their classes", () => {
    const heard: string[] = [];
    const listener = events.hooks.event;
    events.hooks.event = (kind, event) => heard.push(`${kind} ${event}`);
    for (const command of ["ZADD k 1 a", "ZINCRBY k 1 a", "ZPOPMAX k"]) both.ours.raw(...command.split(" "));
    events.hooks.event = listener;
    const { GENERIC, NEW, ZSET } = events;
    expect(heard).toEqual([`${NEW} new`, `${ZSET} zadd`, `${ZSET} zincr`, `${ZSET} zpopmax`, `${GENERIC} del`]);
  });
});
