/**
 * Large values never stall the server. However a value of tens of thousands of elements goes (deleted, overwritten, renamed
 * over, expired, flushed), no single step frees more than a slice, and afterwards exactly its memory is back. And however
 * large a value grows, adding one element never moves more than a bounded block. Counted, never timed.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { install, tickClock } from "../../src/base/env.ts";
import { auditAll } from "../../src/keyspace/audit.ts";
import { expireDue, expiry } from "../../src/keyspace/expiry.ts";
import * as keyspace from "../../src/keyspace/keyspace.ts";
import * as lazyFree from "../../src/keyspace/lazy-free.ts";
import { typeOf } from "../../src/keyspace/value-type.ts";
import * as mem from "../../src/mem/mem.ts";
import * as entry from "../../src/struct/entry.ts";
import { argsOf } from "../support/handlers.ts";
import { FakeClock, LocalClient, openStore } from "../support/in-process.ts";

const START = 1_700_000_000_000;
const BATCH = 1000;
/** As the tick frees (server/tick.ts). */
const FREE_SLICE = 256;
/**
 * An element has up to two blocks, beside which there are nodes and segments; and a slice of a database brings up values
 * that may be freed at once.
 */
const BLOCKS_FREED_MAX = 5 * FREE_SLICE;
/** The largest block of a collection: a segment, a node, or the directory of a table with so many elements. */
const BLOCK_BYTES_MAX = 16 * 1024;

let clock: FakeClock;
let client: LocalClient;

beforeAll(() => openStore());

beforeEach(() => {
  clock = new FakeClock(START);
  client = new LocalClient();
  client.raw("FLUSHALL");
  while (!lazyFree.step(1000));
  expiry.active = true;
});

afterEach(() => {
  client.raw("FLUSHALL");
  while (!lazyFree.step(1000));
  expect(auditAll()).toEqual([]);
});

afterAll(() => install());

/** How elements number `from` to `from + BATCH - 1` are added to a value of each kind. */
const KINDS: Record<string, (key: string, numbers: readonly number[]) => string[]> = {
  list: (key, numbers) => ["RPUSH", key, ...numbers.map((n) => `element:${n}`)],
  set: (key, numbers) => ["SADD", key, ...numbers.map((n) => `member:${n}`)],
  "set of integers": (key, numbers) => ["SADD", key, ...numbers.map(String)],
  "sorted set": (key, numbers) => [
    "ZADD",
    key,
    ...numbers.flatMap((n) => [String((n * 7919) % 10_007), `member:${n}`]),
  ],
  hash: (key, numbers) => ["HSET", key, ...numbers.flatMap((n) => [`field:${n}`, `value:${n}`])],
  "hash with deadlines": (key, numbers) => {
    const pairs = numbers.flatMap((n) => [`field:${n}`, `value:${n}`]);
    return ["HSETEX", key, "EX", "1000000", "FIELDS", String(numbers.length), ...pairs];
  },
  stream: (key, numbers) => ["XADD", key, `${numbers[0]! + 1}-1`, ...numbers.flatMap((n) => ["field", `value:${n}`])],
  "stream with pending entries": (key, numbers) => KINDS["stream"]!(key, numbers),
};

function fill(kind: string, key: string, elements: number): void {
  // An entry of a stream is one element, whatever is in it.
  const batch = kind.startsWith("stream") ? 1 : BATCH;
  for (let from = 0; from < elements; from += batch) {
    const numbers = Array.from({ length: batch }, (_, i) => from + i);
    const reply = client.raw(...KINDS[kind]!(key, numbers));
    if (reply.startsWith("-")) throw new Error(reply);
  }
  if (kind !== "stream with pending entries") return;
  client.raw("XGROUP", "CREATE", key, "group", "0");
  for (const consumer of ["a", "b", "c"]) {
    client.raw("XREADGROUP", "GROUP", "group", consumer, "COUNT", String(elements / 3), "STREAMS", key, ">");
  }
}

/** Runs a step and checks that it freed no more than a slice. */
function step<T>(what: string, run: () => T): T {
  const before = mem.used.blocks;
  const result = run();
  expect(before - mem.used.blocks, what).toBeLessThanOrEqual(BLOCKS_FREED_MAX);
  return result;
}

/** Frees what waits, slice by slice; the number of slices. */
function freeAll(): number {
  for (let slices = 1; ; slices++) if (step("a slice of the tick", () => lazyFree.step(FREE_SLICE))) return slices;
}

/** The ways in which `big` can go, beside a small key `other`. */
const WAYS: Record<string, () => void> = {
  DEL: () => client.raw("DEL", "big"),
  UNLINK: () => client.raw("UNLINK", "big"),
  SET: () => client.raw("SET", "big", "value"),
  GETSET: () => client.raw("SET", "big", "value", "EX", "100"),
  "RENAME over it": () => client.raw("RENAME", "other", "big"),
  "COPY over it": () => client.raw("COPY", "other", "big", "REPLACE"),
  "SUNIONSTORE over it": () => client.raw("SUNIONSTORE", "big", "other"),
  "SINTERSTORE of nothing over it": () => client.raw("SINTERSTORE", "big", "other", "none"),
  "ZUNIONSTORE over it": () => client.raw("ZUNIONSTORE", "big", "1", "other"),
  "SORT … STORE over it": () => client.raw("SORT", "other", "ALPHA", "STORE", "big"),
  "BITOP over it": () => client.raw("BITOP", "AND", "big", "text", "text"),
  "PEXPIREAT in the past": () => client.raw("PEXPIREAT", "big", "1"),
  FLUSHDB: () => client.raw("FLUSHDB"),
  FLUSHALL: () => client.raw("FLUSHALL", "SYNC"),
  "its deadline": () => {
    client.raw("PEXPIRE", "big", "10");
    clock.ms += 11;
    tickClock();
    while (step("expiry", () => expireDue(64)));
  },
  "a look after its deadline": () => {
    client.raw("PEXPIRE", "big", "10");
    expiry.active = false;
    clock.ms += 11;
    tickClock();
    client.raw("EXISTS", "big");
  },
};

for (const kind of Object.keys(KINDS)) {
  describe(`a ${kind}`, () => {
    test("of 300,000 elements is freed in slices, and all of its memory comes back", () => {
      const bytes = mem.used.bytes;
      fill(kind, "big", 300_000);
      client.raw("DEL", "none");
      step("DEL", () => client.raw("DEL", "big"));
      // Lists and streams are freed by nodes of many elements.
      expect(freeAll()).toBeGreaterThan(kind === "list" ? 2 : 10);
      expect(lazyFree.lazyFree.pending).toBe(0);
      // Only a wheel may remain.
      expect(mem.used.bytes - bytes).toBeLessThan(200_000);
      client.raw("FLUSHALL");
      freeAll();
      expect(mem.used.bytes).toBe(bytes);
    }, 60_000);

    test("goes in slices whatever makes it go", () => {
      const bytes = mem.used.bytes;
      for (const [way, go] of Object.entries(WAYS)) {
        expiry.active = true;
        fill(kind, "big", 20_000);
        client.raw("SADD", "other", "a", "b");
        client.raw("SET", "text", "text");
        step(way, go);
        expect(auditAll()).toEqual([]);
        freeAll();
        client.raw("FLUSHALL");
        freeAll();
        expect({ way, grown: mem.used.bytes - bytes }).toEqual({ way, grown: 0 });
      }
    }, 60_000);

    test("grows without moving more than a bounded block", () => {
      let largest = 0;
      fill(kind, "big", 100_000);
      const ref = keyspace.peek(client.session.db, argsOf("", "big"), 1);
      typeOf(entry.type(ref)).blocks(ref, (block) => {
        largest = Math.max(largest, mem.capacity(block));
      });
      expect(largest).toBeLessThanOrEqual(BLOCK_BYTES_MAX);
      for (let n = 100_000; n < 104_000; n++) {
        const before = mem.used.bytes;
        client.raw(...KINDS[kind]!("big", [n]));
        expect(Math.abs(mem.used.bytes - before)).toBeLessThanOrEqual(2 * BLOCK_BYTES_MAX);
      }
    }, 60_000);
  });
}

test("a database of many values that are neither small nor large is freed in slices, too", () => {
  const bytes = mem.used.bytes;
  const pairs = Array.from({ length: 600 }, (_, i) => [`field:${i}`, "value"]).flat();
  for (let i = 0; i < 1000; i++) client.raw("HSET", `hash:${i}`, ...pairs);
  step("FLUSHALL", () => client.raw("FLUSHALL"));
  expect(freeAll()).toBeGreaterThan(100);
  expect(mem.used.bytes).toBe(bytes);
}, 60_000);

test("so are many values deleted by one command", () => {
  const pairs = Array.from({ length: 60 }, (_, i) => [`field:${i}`, "v".repeat(100)]).flat();
  const keys = Array.from({ length: 1000 }, (_, i) => `hash:${i}`);
  for (const key of keys) client.raw("HSET", key, ...pairs);
  const bytes = mem.used.bytes;
  const before = mem.used.blocks;
  client.raw("UNLINK", ...keys);
  // The keys themselves, and a slice of what they held.
  expect(before - mem.used.blocks).toBeLessThanOrEqual(keys.length + BLOCKS_FREED_MAX);
  freeAll();
  expect(mem.used.bytes).toBeLessThan(bytes);
});

test("a string of 64 MiB", () => {
  const bytes = mem.used.bytes;
  client.raw("SETRANGE", "big", String(64 * 1024 * 1024), "x");
  step("DEL", () => client.raw("DEL", "big"));
  freeAll();
  expect(mem.used.bytes).toBe(bytes);
});
