/**
 * What the keyspace promises commands that random comparison with Redis does not reach: time and use of keys.
 */
import { afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import { install } from "../../src/base/env.ts";
import { auditAll } from "../../src/keyspace/audit.ts";
import * as events from "../../src/keyspace/events.ts";
import { expiry } from "../../src/keyspace/expiry.ts";
import * as lazyFree from "../../src/keyspace/lazy-free.ts";
import { maxmemory, maxmemoryPolicy } from "../../src/keyspace/parameters.ts";
import { FakeClock, LocalClient, openStore } from "../support/in-process.ts";

let clock: FakeClock;
let client: LocalClient;
let seen: string[];

beforeAll(openStore);

beforeEach(() => {
  clock = new FakeClock(1_700_000_000_000);
  client = new LocalClient();
  client.raw("FLUSHALL");
  expiry.active = false;
  seen = [];
  events.hooks.event = (_kind, event) => seen.push(event);
});

afterEach(() => {
  events.hooks.event = undefined;
  expiry.active = true;
  maxmemoryPolicy.assign("noeviction");
  maxmemory.assign(0);
  client.raw("FLUSHALL");
  while (!lazyFree.step(1000));
  expect(auditAll()).toEqual([]);
  install();
});

test("a key lives through the millisecond of its deadline and is gone after it, for every command", () => {
  const commands = [
    ["GET"],
    ["EXISTS"],
    ["TYPE"],
    ["TTL"],
    ["DEL"],
    ["RENAME", "other"],
    ["COPY", "other"],
    ["MOVE", "1"],
  ];
  for (const [name, ...rest] of [...commands, ["PERSIST"], ["EXPIRE", "100"], ["OBJECT"], ["TOUCH"]]) {
    client.raw("SET", "key", "value");
    client.raw("PEXPIRE", "key", "10");
    clock.ms += 10;
    expect(client.raw("EXISTS", "key")).toBe(":1\r\n");
    clock.ms += 1;
    seen = [];
    // KEYS hides it, and leaves it where it is.
    expect(client.raw("KEYS", "key")).toBe("*0\r\n");
    expect(seen).toEqual([]);
    const before = client.raw(name!, ...(name === "OBJECT" ? ["ENCODING"] : []), "key", ...rest);
    expect(before).toMatch(/^(\$-1|:0|:-2|\+none|-ERR no such key|\*0)\r\n/);
    expect(seen[0]).toBe("expired");
    expect(client.raw("DBSIZE")).toBe(":0\r\n");
  }
});

test("SET over a key past its deadline is a new key", () => {
  client.raw("SET", "key", "value");
  client.raw("PEXPIRE", "key", "10");
  clock.ms += 11;
  seen = [];
  client.raw("SET", "key", "value");
  expect(seen).toEqual(["expired", "new", "set"]);
  expect(client.raw("PTTL", "key")).toBe(":-1\r\n");
});

test("idle time and frequency follow the policy, and survive what they survive in Redis", () => {
  client.raw("SET", "key", "value");
  clock.ms += 90_000;
  expect(client.raw("TYPE", "key")).toBe("+string\r\n");
  expect(client.raw("OBJECT", "IDLETIME", "key")).toBe(":90\r\n");
  expect(client.raw("OBJECT", "FREQ", "key")).toStartWith("-ERR An LFU maxmemory policy is not selected, ");
  client.raw("COPY", "key", "copy");
  expect(client.raw("OBJECT", "IDLETIME", "key")).toBe(":0\r\n");
  clock.ms += 5000;
  client.raw("RENAME", "copy", "renamed");
  clock.ms += 5000;
  expect(client.raw("OBJECT", "IDLETIME", "renamed")).toBe(":5\r\n");

  maxmemoryPolicy.assign("allkeys-lfu");
  client.raw("SET", "often", "value");
  for (let i = 0; i < 10; i++) client.raw("TOUCH", "often");
  // Chance is 0 in this world: each use counts.
  expect(client.raw("OBJECT", "FREQ", "often")).toBe(":15\r\n");
  client.raw("SET", "often", "another value, of another length");
  expect(client.raw("OBJECT", "FREQ", "often")).toBe(":16\r\n");
  clock.ms += 3 * 60_000;
  expect(client.raw("OBJECT", "FREQ", "often")).toBe(":13\r\n");
  expect(client.raw("OBJECT", "IDLETIME", "often")).toStartWith("-ERR An LFU maxmemory policy is selected, ");
});

test("only small integers count as shared, and none while keys are evicted by their use", () => {
  const references = (value: string) => {
    client.raw("SET", "key", value);
    return client.raw("OBJECT", "REFCOUNT", "key");
  };
  for (const value of ["0", "7", "9999"]) expect(references(value)).toBe(":2147483647\r\n");
  for (const value of ["-1", "10000", "text", "", "00", "1.5"]) expect(references(value)).toBe(":1\r\n");
  maxmemory.assign(1e9);
  expect(references("7")).toBe(":2147483647\r\n");
  maxmemoryPolicy.assign("volatile-lru");
  expect(references("7")).toBe(":1\r\n");
});

test("deadlines above 2^53 are exact", () => {
  client.raw("SET", "key", "value");
  client.raw("PEXPIREAT", "key", "9223372036854775807");
  expect(client.raw("PEXPIRETIME", "key")).toBe(":9223372036854775807\r\n");
  expect(client.raw("PTTL", "key")).toBe(`:${9223372036854775807n - BigInt(clock.ms)}\r\n`);
  expect(client.raw("PEXPIREAT", "key", "9223372036854775806", "GT")).toBe(":0\r\n");
  expect(client.raw("PEXPIREAT", "key", "9223372036854775806", "LT")).toBe(":1\r\n");
  client.raw("RENAME", "key", "renamed");
  client.raw("COPY", "renamed", "copy");
  client.raw("MOVE", "copy", "1");
  client.raw("SELECT", "1");
  expect(client.raw("PEXPIRETIME", "copy")).toBe(":9223372036854775806\r\n");
  client.raw("SELECT", "0");
});
