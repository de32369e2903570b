/**
 * WATCH: what counts as a change and what does not, above all around deadlines and whole databases. In this process, with
 * the clock in our hand; test/oracle asks the same of both servers at random.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { install } from "../../../src/base/env.ts";
import { discard } from "../../../src/features/transactions/queue.ts";
import { transactions } from "../../../src/features/transactions/transactions.ts";
import * as events from "../../../src/keyspace/events.ts";
import { expireDue } from "../../../src/keyspace/expiry.ts";
import { FakeClock, LocalClient, openStore } from "../../support/in-process.ts";

const HAPPENED = "*1\r\n+PONG\r\n";
const NULL = "*-1\r\n";

let clock: FakeClock;
let client: LocalClient;
let other: LocalClient;
beforeAll(() => {
  openStore();
  transactions.open!();
  clock = new FakeClock(1_700_000_000_000);
});
afterAll(() => install());
beforeEach(() => {
  client = new LocalClient();
  other = new LocalClient();
  other.raw("FLUSHALL");
});

function all(who: LocalClient, ...lines: string[]): void {
  for (const line of lines) expect(who.raw(...line.split(" ")), line).not.toMatch(/^-/);
}

/** What a transaction of one PING answers. */
function transaction(): string {
  all(client, "MULTI", "PING");
  return client.raw("EXEC");
}

describe("a change", () => {
  test.each([
    "SET k v",
    "APPEND k v",
    "DEL k",
    "EXPIRE k 100",
    "RENAME k l",
    "RENAME o k",
    "COPY o k REPLACE",
    "MOVE k 1",
    "FLUSHDB",
    "FLUSHALL",
    "SWAPDB 0 1",
    "SWAPDB 1 0",
    "GETDEL k",
  ])("by %s", (line) => {
    all(other, "SET k v", "SET o v");
    all(client, "WATCH x k");
    all(other, line);
    expect(transaction()).toBe(NULL);
    expect(transaction()).toBe(HAPPENED);
  });

  test("of one's own counts, too", () => {
    all(client, "WATCH k", "SET k v");
    expect(transaction()).toBe(NULL);
  });

  test("of a key that was not there, and of one that is not there any more", () => {
    all(client, "WATCH k");
    all(other, "SET k v", "DEL k");
    expect(transaction()).toBe(NULL);
  });
});

describe("no change", () => {
  test.each(["GET k", "SET l v", "DEL absent", "SETNX k v", "SWAPDB 2 3", "PERSIST k", "SELECT 1"])("by %s", (line) => {
    all(other, "SET k v");
    all(client, "WATCH k");
    all(other, line);
    expect(transaction()).toBe(HAPPENED);
  });

  test.each(["FLUSHALL", "SWAPDB 0 1"])("by %s, of a key that is not there before and after", (line) => {
    all(other, "SET o v");
    all(client, "WATCH k");
    all(other, line);
    expect(transaction()).toBe(HAPPENED);
  });

  test("of the same key in another database", () => {
    all(client, "SELECT 1", "WATCH k", "SELECT 0");
    all(other, "SET k v");
    expect(transaction()).toBe(HAPPENED);
    all(client, "SELECT 1", "WATCH k", "SELECT 0");
    all(other, "SELECT 1", "SET k v");
    expect(transaction()).toBe(NULL);
  });

  test.each(["UNWATCH", "DISCARD", "EXEC", "RESET"])("after %s", (line) => {
    all(client, "WATCH k");
    if (line !== "UNWATCH") all(client, "MULTI");
    all(client, line);
    all(other, "SET k v");
    expect(transaction()).toBe(HAPPENED);
  });

  test.each(["UNWATCH", "DISCARD", "RESET"])("after a change that %s forgot", (line) => {
    all(client, "WATCH k");
    all(other, "SET k v");
    if (line === "DISCARD") all(client, "MULTI");
    all(client, line);
    expect(transaction()).toBe(HAPPENED);
  });
});

describe("a deadline", () => {
  test("that passes is a change, whether anybody has looked or not", () => {
    for (const look of [[], ["GET k"]]) {
      all(other, "SET k v PX 10");
      all(client, "WATCH k");
      clock.set(clock.ms + 11);
      all(other, ...look);
      expect(transaction()).toBe(NULL);
    }
  });

  test("that is reached by the wheel is a change", () => {
    all(other, "SET k v PX 10");
    all(client, "WATCH k");
    clock.set(clock.ms + 11);
    while (expireDue(100));
    expect(transaction()).toBe(NULL);
  });

  test("that had passed before is none, not even when the key is removed at last", () => {
    for (const [look, answer] of [
      [[], HAPPENED],
      [["GET k"], HAPPENED],
      [["FLUSHALL"], HAPPENED],
      [["SET k new"], NULL],
      [["GET k", "SET k new"], NULL],
      [["SWAPDB 0 1"], HAPPENED],
      [["SELECT 1", "SET k v", "SWAPDB 0 1"], NULL],
    ] as const) {
      all(other, "FLUSHALL", "SELECT 0", "SET k v PX 10");
      clock.set(clock.ms + 11);
      all(client, "WATCH k");
      all(other, ...look);
      expect(transaction(), look.join(", ")).toBe(answer);
    }
  });

  test("of a key that comes dead by SWAPDB", () => {
    all(other, "SELECT 1", "SET k v PX 10");
    clock.set(clock.ms + 11);
    all(client, "WATCH k");
    all(other, "SWAPDB 0 1");
    expect(transaction()).toBe(HAPPENED);
  });
});

test("while nobody watches, nobody is told of changes", () => {
  expect(events.hooks.modified).toBeUndefined();
  all(client, "WATCH a b a");
  all(other, "WATCH a");
  expect(events.hooks.modified).toBeDefined();
  all(new LocalClient(), "SET a 1");
  expect(events.hooks.modified).toBeUndefined();
  all(client, "UNWATCH");
  discard(other.session);
  all(other, "WATCH a");
  discard(other.session);
  expect(events.hooks.modified).toBeUndefined();
});
