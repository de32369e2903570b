/**
 * Expiry in virtual time. Keys get deadlines from a millisecond to years away, which are changed, cleared and come back;
 * the clock moves from one deadline to the next, and each key must be removed by the wheel (nobody looks it up) at the
 * first tick after its deadline, and not before. After each case every block of memory has exactly one owner.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import { install, tickClock } from "../../src/base/env.ts";
import { auditAll } from "../../src/keyspace/audit.ts";
import { databases, expires, nextWheelOf, size, wheelOf } from "../../src/keyspace/database.ts";
import * as events from "../../src/keyspace/events.ts";
import { expireDue, expiry, nextDueMs } from "../../src/keyspace/expiry.ts";
import * as lazyFree from "../../src/keyspace/lazy-free.ts";
import * as mem from "../../src/mem/mem.ts";
import { NIL } from "../../src/mem/mem.ts";
import * as wheel from "../../src/struct/wheel.ts";
import { FakeClock, LocalClient, openStore } from "../support/in-process.ts";
import { type Random, seededRandom, seedOfRun } from "../support/random.ts";

const START = 1_700_000_000_000;
const YEAR = 365 * 24 * 3_600_000;
const BUDGET = 16;
const CASES = 30;

let clock: FakeClock;
let client: LocalClient;
let expired: string[];

beforeAll(() => {
  mem.setPoison(true);
  openStore();
});

beforeEach(() => {
  clock = new FakeClock(START);
  client = new LocalClient();
  client.raw("FLUSHALL");
  expired = [];
  events.hooks.event = (_kind, event, _db, key, start, end) => {
    if (event === "expired") expired.push(Buffer.from(key.bytes.slice(start, end)).toString("latin1"));
  };
  expiry.active = true;
});

afterEach(() => {
  events.hooks.event = undefined;
  client.raw("FLUSHALL");
  while (!lazyFree.step(1000));
  expect(auditAll()).toEqual([]);
  install();
});

afterAll(() => mem.setPoison(false));

/** A tick at this time: all that the wheel has to do. Returns the keys that expired. */
function tickAt(ms: number): string[] {
  clock.ms = ms;
  tickClock();
  expired = [];
  while (expireDue(BUDGET));
  return expired;
}

/** Keys and their deadlines, as they should be. */
class Deadlines extends Map<string, number> {
  checkTick(ms: number): void {
    const due = [...this].filter(([, deadline]) => deadline < ms).map(([key]) => key);
    for (const key of due) this.delete(key);
    expect(tickAt(ms).sort()).toEqual(due.sort());
    expect(nextDueMs()).toBeLessThanOrEqual(Math.min(Number.POSITIVE_INFINITY, ...this.values()) + 1);
  }
}

function randomChange(random: Random, deadlines: Deadlines): void {
  const key = `key:${random.below(60)}`;
  const spanMs = Math.floor(10 ** (random.below(11_500) / 1000));
  const deadline = clock.ms + Math.max(1, Math.min(spanMs, 10 * YEAR));
  switch (random.below(8)) {
    case 0:
      client.raw("DEL", key);
      deadlines.delete(key);
      return;
    case 1:
      client.raw("PERSIST", key);
      deadlines.delete(key);
      return;
    case 2: {
      const other = `key:${random.below(60)}`;
      if (client.raw("RENAME", key, other) !== "+OK\r\n" || key === other) return;
      const moved = deadlines.get(key);
      deadlines.delete(key);
      deadlines.delete(other);
      if (moved !== undefined) deadlines.set(other, moved);
      return;
    }
    case 3:
      client.raw("SET", key, "again");
      deadlines.delete(key);
      return;
    default:
      client.raw("SET", key, random.chance(0.1) ? "x".repeat(40_000) : "value");
      client.raw("PEXPIREAT", key, String(deadline));
      deadlines.set(key, deadline);
  }
}

test("every key goes at the first tick after its deadline, never before", () => {
  const seed = seedOfRun();
  console.log(`seed ${seed}`);
  const random = seededRandom(seed);
  for (let number = 0; number < CASES; number++) {
    const deadlines = new Deadlines();
    for (let step = 0; step < 60; step++) {
      for (let n = random.below(12); n > 0; n--) randomChange(random, deadlines);
      expect(expires(databases[0]!)).toBe(deadlines.size);
      const next = Math.min(clock.ms + YEAR, ...deadlines.values());
      // At the deadline the key lives, one millisecond later it does not; between, the clock moves as it likes.
      if (random.chance(0.5)) deadlines.checkTick(Math.max(clock.ms, next));
      if (random.chance(0.8)) deadlines.checkTick(next + 1);
      else deadlines.checkTick(clock.ms + random.below(3 * 24 * 3_600_000));
    }
    while (deadlines.size > 0) {
      const next = Math.min(...deadlines.values());
      deadlines.checkTick(next);
      deadlines.checkTick(next + 1);
    }
    expect(wheel.tokens(wheelOf(databases[0]!))).toBe(0);
    while (!lazyFree.step(100));
    expect(auditAll()).toEqual([]);
  }
}, 60_000);

test("deadlines set and dropped again and again do not pile up in the wheel", () => {
  const key = (i: number) => `key:${i % 100}`;
  for (let i = 0; i < 30_000; i++) {
    client.raw("SET", key(i), "value");
    client.raw("PEXPIREAT", key(i), String(START + 1_000_000 + i));
    if (i % 50 === 0) tickAt(START + Math.floor(i / 100));
  }
  tickAt(START + 500);
  expect(nextWheelOf(databases[0]!)).toBe(NIL);
  expect(wheel.tokens(wheelOf(databases[0]!))).toBeLessThan(4096 + 400);
  expect(tickAt(START + 1_000_000 + 40_000)).toHaveLength(100);
});

/** Gives keys deadlines until a rebuild of the wheel has begun, and is not done. */
function beginRebuild(): Deadlines {
  const deadlines = new Deadlines();
  for (let i = 0; i < 2000; i++) deadlines.set(`key:${i}`, START + 10_000 + i * 7);
  for (const [key, deadline] of deadlines) {
    client.raw("SET", key, "value");
    client.raw("PEXPIREAT", key, String(deadline));
  }
  for (let i = 0; nextWheelOf(client.session.db) === NIL; i++) {
    client.raw("SET", "other", "value");
    client.raw("PEXPIREAT", "other", String(START + 99_000 + (i % 10)));
  }
  deadlines.set("other", Number(client.raw("PEXPIRETIME", "other").slice(1)));
  expireDue(BUDGET);
  expect(nextWheelOf(client.session.db)).not.toBe(NIL);
  return deadlines;
}

test("keys changed while the wheel is made anew go at their time", () => {
  const deadlines = beginRebuild();
  for (let i = 0; i < 2000; i += 3) {
    client.raw("PEXPIREAT", `key:${i}`, String(START + 3000 + i));
    deadlines.set(`key:${i}`, START + 3000 + i);
    client.raw("PEXPIREAT", `key:${i + 1}`, String(START + 200_000 + i));
    if (i + 1 < 2000) deadlines.set(`key:${i + 1}`, START + 200_000 + i);
    if (i % 30 === 0) expireDue(BUDGET);
  }
  for (let ms = START + 1; ms < START + 30_000; ms += 11) deadlines.checkTick(ms);
  for (let ms = START + 30_000; ms < START + 210_000; ms += 1100) deadlines.checkTick(ms);
  expect(deadlines.size).toBe(0);
});

test("SWAPDB takes a rebuild along, FLUSHDB ends it", () => {
  const deadlines = beginRebuild();
  client.raw("SWAPDB", "0", "1");
  expect(nextWheelOf(databases[0]!)).toBe(NIL);
  expect(nextWheelOf(databases[1]!)).not.toBe(NIL);
  deadlines.checkTick(START + 15_000);
  deadlines.checkTick(START + 100_000);
  expect(deadlines.size).toBe(0);

  clock.set(START);
  client.raw("FLUSHALL");
  beginRebuild();
  client.raw("FLUSHDB", "ASYNC");
  expect(size(databases[0]!)).toBe(0);
  expect(auditAll()).toEqual([]);
  for (let done = false; !done; ) {
    done = lazyFree.step(100);
    expect(auditAll()).toEqual([]);
  }
  expect(lazyFree.lazyFree.pending).toBe(0);
  expect(tickAt(START + 100_000)).toEqual([]);
});

test("a clock that jumps years ahead, or back, is followed", () => {
  const deadlines = new Deadlines();
  for (let i = 0; i < 1000; i++) {
    const deadline = START + i * (YEAR / 100);
    client.raw("SET", `key:${i}`, "value");
    client.raw("PEXPIREAT", `key:${i}`, String(deadline + 1));
    deadlines.set(`key:${i}`, deadline + 1);
  }
  deadlines.checkTick(START + 5 * YEAR);
  // Set while the clock is ahead, due before it was set back: the keys have to be found again.
  clock.set(START);
  client.raw("SET", "soon", "value", "PX", "100");
  deadlines.set("soon", START + 100);
  deadlines.checkTick(START + 50);
  deadlines.checkTick(START + 101);
  expect(deadlines.has("soon")).toBe(false);
  deadlines.checkTick(START + 10 * YEAR);
  expect(deadlines.size).toBe(0);
});

test("what is due while expiry is switched off goes when it is switched on, and is never seen", () => {
  const deadlines = new Deadlines();
  for (let i = 0; i < 500; i++) {
    client.raw("SET", `key:${i}`, "value");
    client.raw("PEXPIRE", `key:${i}`, String(10 + i));
    deadlines.set(`key:${i}`, START + 10 + i);
  }
  expiry.active = false;
  expect(tickAt(START + 3_600_000)).toEqual([]);
  expect(client.raw("GET", "key:1")).toBe("$-1\r\n");
  expect(client.raw("KEYS", "*")).toBe("*0\r\n");
  expect(client.raw("RANDOMKEY")).toBe("$-1\r\n");
  expect(client.raw("DBSIZE")).toBe(":0\r\n");
  client.raw("SET", "later", "value");
  client.raw("PEXPIRE", "later", "10");
  expiry.active = true;
  expect(tickAt(START + 3_600_011)).toEqual(["later"]);
});

test("all databases get their turn, however much expires in one", () => {
  for (let i = 0; i < 200; i++) {
    client.raw("SELECT", i < 100 ? "0" : "3");
    client.raw("SET", `key:${i}`, "value");
    client.raw("PEXPIRE", `key:${i}`, "5");
  }
  clock.ms = START + 10;
  tickClock();
  while (size(databases[3]!) === 100) {
    client.raw("SELECT", "0");
    // As much more to do in database 0 as one call can do.
    for (let i = 0; i < 8; i++) {
      client.raw("SET", `more:${i}`, "value");
      client.raw("PEXPIREAT", `more:${i}`, String(clock.ms + 1));
    }
    clock.ms += 2;
    tickClock();
    expireDue(8);
    expect(clock.ms).toBeLessThan(START + 1000);
  }
});
