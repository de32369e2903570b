/**
 * MEMORY: USAGE against the allocator's own account; STATS and the errors beside the real server.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { install } from "../../../src/base/env.ts";
import { databases, tableOf, wheelOf } from "../../../src/keyspace/database.ts";
import * as lazyFree from "../../../src/keyspace/lazy-free.ts";
import * as mem from "../../../src/mem/mem.ts";
import { classStatistics } from "../../../src/mem/statistics.ts";
import * as table from "../../../src/struct/table.ts";
import * as wheel from "../../../src/struct/wheel.ts";
import { LocalClient, openStore } from "../../support/in-process.ts";
import { decodeReply } from "../../support/resp.ts";
import { Beside, commandLines } from "./beside.ts";

let beside: Beside;

beforeAll(async () => {
  install();
  openStore();
  beside = await Beside.start();
});

afterAll(() => beside[Symbol.asyncDispose]());

/** A fresh store, with nothing left to free. */
function emptyStore(): LocalClient {
  const client = new LocalClient();
  client.raw("FLUSHALL");
  while (!lazyFree.step(1000));
  return client;
}

/** What database 0 takes beside its entries. */
function overheadBytes(): number {
  const db = databases[0]!;
  let bytes = table.bytes(tableOf(db));
  if (wheelOf(db) !== mem.NIL) {
    wheel.blocks(wheelOf(db), (block) => {
      bytes += mem.capacity(block);
    });
  }
  return bytes;
}

const DEADLINE = "4102444800000";

test("USAGE of all keys, but for their slots, is what the allocator handed out", () => {
  const client = emptyStore();
  const before = mem.used.bytes - overheadBytes();
  const keys = ["small", "large", "wide", "k".repeat(70_000)];
  client.raw("HSET", keys[0]!, "f", "v");
  client.raw("HSET", keys[1]!, ...Array.from({ length: 3000 }, (_, i) => `field${i}`));
  client.raw("HSET", keys[2]!, "f", "v".repeat(100_000));
  client.raw("SET", keys[3]!, "long key");
  for (const length of [0, 1, 8, 100, 32_768, 32_769, 300_000]) {
    keys.push(`s${length}`, `t${length}`);
    client.raw("SET", `s${length}`, "x".repeat(length));
    client.raw("SET", `t${length}`, "x".repeat(length), "PXAT", DEADLINE);
  }
  let usage = 0;
  for (const key of keys) usage += Number(client.raw("MEMORY", "USAGE", key).slice(1)) - 8;
  expect(usage).toBeGreaterThan(800_000);
  expect(mem.used.bytes - overheadBytes() - before).toBe(usage);
});

test("a key of 16 bytes with a value of 32 takes 64 bytes, and 8 more with a deadline", () => {
  const client = emptyStore();
  client.raw("SET", "k".repeat(16), "v".repeat(32));
  expect(client.raw("MEMORY", "USAGE", "k".repeat(16))).toBe(":64\r\n");
  client.raw("PEXPIREAT", "k".repeat(16), DEADLINE);
  expect(client.raw("MEMORY", "USAGE", "k".repeat(16))).toBe(":72\r\n");
});

test("PURGE gives back every free page, and the classes add up", () => {
  const client = emptyStore();
  client.raw("HSET", "h", ...Array.from({ length: 20_000 }, (_, i) => `${i}`));
  client.raw("SET", "large", "x".repeat(1_000_000));
  const classes = classStatistics();
  const sum = (of: (each: (typeof classes)[number]) => number) => classes.reduce((total, each) => total + of(each), 0);
  expect(sum(({ blocks }) => blocks)).toBe(mem.used.blocks);
  expect(sum(({ pages }) => pages)).toBe(mem.pageCounts.used);
  const large = classes.find(({ blockBytes }) => blockBytes === 0)!;
  expect(sum(({ blockBytes, blocks }) => blockBytes * blocks) + large.pages * mem.PAGE_BYTES).toBe(mem.used.bytes);
  client.raw("FLUSHALL");
  while (!lazyFree.step(1000));
  expect(mem.pageCounts.dirty).toBeGreaterThan(0);
  expect(client.raw("MEMORY", "PURGE")).toBe("+OK\r\n");
  expect(mem.pageCounts.dirty).toBe(0);
  expect(client.raw("MEMORY", "MALLOC-STATS")).toContain("Size class");
});

test("MEMORY answers bad arguments and absent keys alike", async () => {
  await beside.same(["SET", "k", "v"]);
  const commands = commandLines(`
    MEMORY
    MEMORY NOPE
    MEMORY USAGE
    MEMORY USAGE absent
    MEMORY USAGE absent SAMPLES 0
    MEMORY USAGE absent SAMPLES 1 samples 2
    MEMORY USAGE k SAMPLES -1
    MEMORY USAGE k SAMPLES
    MEMORY USAGE k FOO 1
    MEMORY USAGE k SAMPLES x
    MEMORY USAGE absent SAMPLES x
    MEMORY STATS x
    MEMORY DOCTOR x
    MEMORY PURGE
  `);
  for (const command of commands) await beside.same(command);
});

test("STATS has Redis' fields in Redis' types, in both protocols", async () => {
  await beside.same(["FLUSHALL"]);
  for (const database of ["0", "3"]) {
    await beside.same(["SELECT", database]);
    await beside.same(["SET", "k", "v", "PXAT", DEADLINE]);
  }
  const values = (reply: string) =>
    reply
      .replace(/:-?\d+\r/g, ":INTEGER\r")
      .replace(/,[\d.]+\r/g, ",DOUBLE\r")
      .replace(/\$\d+\r\n[\d.]+\r/g, "DOUBLE\r");
  for (const protocol of ["2", "3"]) {
    await beside.both("HELLO", protocol);
    await beside.same(["MEMORY", "STATS"], values);
    const [ours] = await beside.both("MEMORY", "DOCTOR");
    expect(ours).toMatch(protocol === "2" ? /^\$\d+\r\n.*\n\r\n$/s : /^=\d+\r\ntxt:.*\n\r\n$/s);
  }
  await beside.both("HELLO", "2");
});

test("STATS tells the truth: the parts add up", async () => {
  await beside.ours.raw("FLUSHALL", "SYNC");
  await beside.ours.raw("DEBUG", "POPULATE", "20000", "k", "300");
  const { items } = decodeReply(Buffer.from(await beside.ours.raw("MEMORY", "STATS"), "latin1"));
  const at = (name: string) => Number(items![items!.findIndex(({ text }) => text === name) + 1]!.text);
  expect(at("keys.count")).toBe(20_000);
  expect(at("overhead.total") + at("dataset.bytes")).toBe(at("total.allocated") + at("clients.normal"));
  // 8 bytes before the key, 2 to 6 of key, 300 of value, rounded up to 320.
  expect(at("dataset.bytes")).toBeWithin(20_000 * 320, 20_000 * 330);
  expect(at("keys.bytes-per-key")).toBeWithin(320, 345);
  expect(at("allocator.active")).toBeGreaterThanOrEqual(at("allocator.allocated"));
  expect(at("allocator-fragmentation.bytes")).toBe(at("allocator.active") - at("allocator.allocated"));
  expect(await beside.ours.raw("MEMORY", "DOCTOR")).toContain("Nothing is the matter");
});
