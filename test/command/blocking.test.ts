/**
 * Who waits is served in order, once, from the first key that has something; and leaves nothing behind. In this process,
 * with the clock in our hand.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { install } from "../../src/base/env.ts";
import * as blocking from "../../src/command/blocking.ts";
import * as deadlines from "../../src/command/deadline-heap.ts";
import * as events from "../../src/keyspace/events.ts";
import { FakeClock, LocalClient, openStore } from "../support/in-process.ts";
import { WaitingClient } from "../support/waiting-client.ts";

let clock: FakeClock;
beforeAll(() => {
  openStore();
  blocking.watchDatabases();
  clock = new FakeClock(1_700_000_000_000);
});
afterAll(() => install());

const waiting = (...args: string[]) => new WaitingClient().wait(...args);
const bulks = (...texts: string[]) =>
  `*${texts.length}\r\n${texts.map((text) => `$${text.length}\r\n${text}\r\n`).join("")}`;

let feeder: LocalClient;
beforeEach(() => {
  feeder = new LocalClient();
  feeder.raw("FLUSHALL");
});

function expectNobodyWaits(): void {
  expect(blocking.waitingSessions()).toEqual({ all: 0, withDeadline: 0 });
  expect(events.hooks.ready).toBeUndefined();
  expect(blocking.readyKeys.count).toBe(0);
}

describe("who is served", () => {
  test("the first who came, as long as there is something", () => {
    const [a, b, c] = [waiting("BLPOP", "l", "0"), waiting("BRPOP", "x", "l", "0"), waiting("BLPOP", "l", "0")];
    expect(feeder.raw("RPUSH", "l", "1", "2")).toBe(":2\r\n");
    expect([a.sent, b.sent, c.sent]).toEqual([bulks("l", "1"), bulks("l", "2"), ""]);
    expect([a.timesLetGo, b.timesLetGo, c.timesLetGo]).toEqual([1, 1, 0]);
    feeder.raw("RPUSH", "x", "unheard");
    feeder.raw("RPUSH", "l", "3");
    expect(c.sent).toBe(bulks("l", "3"));
    expect(b.sent).toBe(bulks("l", "2"));
    expectNobodyWaits();
  });

  test("a key named twice is waited for once", () => {
    const client = waiting("BLPOP", "l", "l", "0");
    feeder.raw("RPUSH", "l", "1", "2");
    expect(client.sent).toBe(bulks("l", "1"));
    expect(feeder.raw("LLEN", "l")).toBe(":1\r\n");
    expectNobodyWaits();
  });

  test("a chain: who is served may make another key ready", () => {
    const last = waiting("BLPOP", "c", "0");
    const middle = waiting("BLMOVE", "b", "c", "LEFT", "LEFT", "0");
    const first = waiting("BLMOVE", "a", "b", "LEFT", "LEFT", "0");
    feeder.raw("RPUSH", "a", "x");
    expect([first.sent, middle.sent, last.sent]).toEqual(["$1\r\nx\r\n", "$1\r\nx\r\n", bulks("c", "x")]);
    expect(feeder.raw("DBSIZE")).toBe(":0\r\n");
    expectNobodyWaits();
  });

  test("those for whom the type fits; the others wait on", () => {
    const [list, zset] = [waiting("BLPOP", "k", "0"), waiting("BZPOPMIN", "k", "0")];
    feeder.raw("SET", "k", "text");
    feeder.raw("DEL", "k");
    feeder.raw("ZADD", "k", "1", "member");
    expect([list.sent, zset.sent]).toEqual(["", bulks("k", "member", "1")]);
    feeder.raw("RPUSH", "k", "element");
    expect(list.sent).toBe(bulks("k", "element"));
    expectNobodyWaits();
  });

  test("nobody within a transaction, and then by what it left", () => {
    const client = waiting("BLPOP", "l", "0");
    for (const command of [["MULTI"], ["RPUSH", "l", "1"], ["DEL", "l"], ["EXEC"]]) feeder.raw(...command);
    expect(client.isWaiting()).toBe(true);
    for (const command of [["MULTI"], ["RPUSH", "l", "1"], ["LSET", "l", "0", "2"]]) feeder.raw(...command);
    expect(feeder.raw("EXEC")).toBe("*2\r\n:1\r\n+OK\r\n");
    expect(client.sent).toBe(bulks("l", "2"));
    expectNobodyWaits();
  });

  test("the databases are apart", () => {
    const client = new WaitingClient();
    client.raw("SELECT", "1");
    client.wait("BLPOP", "l", "0");
    feeder.raw("RPUSH", "l", "here");
    expect(client.isWaiting()).toBe(true);
    feeder.raw("MOVE", "l", "1");
    expect(client.sent).toBe(bulks("l", "here"));
    expectNobodyWaits();
  });

  test.each([
    ["RENAME", [["RENAME", "other", "l"]]],
    ["COPY", [["COPY", "other", "l"]]],
    ["LMOVE", [["LMOVE", "other", "l", "LEFT", "LEFT"]]],
    [
      "SWAPDB",
      [
        ["RENAME", "other", "l2"],
        ["MOVE", "l2", "1"],
        ["SELECT", "1"],
        ["RENAME", "l2", "l"],
        ["SELECT", "0"],
        ["SWAPDB", "0", "1"],
      ],
    ],
  ])("a key that comes by %s", (_, commands) => {
    feeder.raw("RPUSH", "other", "x");
    const client = waiting("BLPOP", "l", "0");
    for (const command of commands as string[][]) feeder.raw(...command);
    expect(client.sent).toBe(bulks("l", "x"));
    expectNobodyWaits();
  });
});

describe("who is not served", () => {
  test("is told when the time is up: after its last millisecond, the earliest first", () => {
    const [late, early] = [waiting("BLPOP", "l", "2"), waiting("BLMOVE", "l", "m", "LEFT", "LEFT", "0.0015")];
    const forever = waiting("BLPOP", "l", "0");
    expect(blocking.nextTimeoutMs()).toBe(clock.ms + 3);
    clock.set(clock.ms + 2);
    blocking.timeOut();
    expect(early.isWaiting()).toBe(true);
    clock.set(clock.ms + 1);
    blocking.timeOut();
    expect([early.sent, early.timesLetGo]).toEqual(["*-1\r\n", 1]);
    clock.set(clock.ms + 1998);
    blocking.timeOut();
    expect([late.sent, forever.sent]).toEqual(["*-1\r\n", ""]);
    expect(blocking.nextTimeoutMs()).toBe(Number.POSITIVE_INFINITY);
    feeder.raw("RPUSH", "l", "x");
    expect(forever.sent).toBe(bulks("l", "x"));
    expectNobodyWaits();
  });

  test("and is served before its deadline, leaves no deadline behind", () => {
    waiting("BLPOP", "l", "1000");
    expect(deadlines.size()).toBe(1);
    feeder.raw("RPUSH", "l", "x");
    expectNobodyWaits();
  });

  test("in the protocol that it speaks", () => {
    const client = new WaitingClient();
    client.raw("HELLO", "3");
    client.wait("BZPOPMIN", "z", "0");
    expect(blocking.unblock(client.session, undefined)).toBe(true);
    client.wait("BZPOPMIN", "z", "0");
    feeder.raw("ZADD", "z", "1.5", "m");
    expect(client.sent).toBe("_\r\n*3\r\n$1\r\nz\r\n$1\r\nm\r\n,1.5\r\n");
  });

  test("goes without a word when its connection goes", () => {
    const client = waiting("BLPOP", "l", "l2", "5");
    client.session.connection!.close(true);
    expectNobodyWaits();
    expect(feeder.raw("RPUSH", "l", "x")).toBe(":1\r\n");
    expect(client.sent).toBe("");
  });

  test("does not wait in a transaction, nor without a connection", () => {
    const client = new WaitingClient();
    for (const command of [["MULTI"], ["BLPOP", "l", "0"], ["BLMOVE", "l", "m", "LEFT", "LEFT", "0"]])
      client.raw(...command);
    expect(client.raw("EXEC")).toBe("*2\r\n*-1\r\n$-1\r\n");
    expect(feeder.raw("BLPOP", "l", "0")).toBe("*-1\r\n");
    expectNobodyWaits();
  });

  test("CLIENT REPLY OFF and SKIP hold for those who are served later", () => {
    const [off, skip] = [new WaitingClient(), new WaitingClient()];
    off.raw("CLIENT", "REPLY", "OFF");
    skip.raw("CLIENT", "REPLY", "SKIP");
    off.wait("BLPOP", "l", "0");
    skip.wait("BLPOP", "l", "0");
    feeder.raw("RPUSH", "l", "1", "2");
    expect([off.sent, skip.sent, off.timesLetGo, skip.timesLetGo]).toEqual(["", "", 1, 1]);
    expect([off.raw("PING"), skip.raw("PING")]).toEqual(["", "+PONG\r\n"]);
    expectNobodyWaits();
  });
});

test("ten thousand who wait for one key cost a push no more than one", () => {
  const clients = Array.from({ length: 10_000 }, () => waiting("BLPOP", "l", "0"));
  install();
  // Asking all of them each time would take longer than a test may.
  for (let i = 0; i < 10_000; i++) feeder.raw("RPUSH", "l", String(i));
  clock.set(clock.ms);
  expect(clients.every((client, i) => client.sent === bulks("l", String(i)))).toBe(true);
  expectNobodyWaits();
});
