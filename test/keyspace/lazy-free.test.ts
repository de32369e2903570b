/**
 * Freeing in slices: nothing is lost however the slices fall, what waits can be audited at every step, and all memory
 * comes back.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { install } from "../../src/base/env.ts";
import { auditAll } from "../../src/keyspace/audit.ts";
import { lazyFree, step } from "../../src/keyspace/lazy-free.ts";
import * as mem from "../../src/mem/mem.ts";
import { LocalClient, openStore } from "../support/in-process.ts";

let client: LocalClient;

beforeAll(() => {
  install();
  mem.setPoison(true);
  openStore();
});

beforeEach(() => {
  client = new LocalClient();
  client.raw("FLUSHALL");
  while (!step(1000));
});

afterAll(() => mem.setPoison(false));

function fill(prefix: string): void {
  for (let i = 0; i < 40; i++) {
    client.raw("SET", `${prefix}:string:${i}`, "x".repeat(i * 2000), "PX", String(100_000 + i * 1e6));
    client.raw("HSET", `${prefix}:small:${i}`, "field", "value");
    client.raw("HSET", `${prefix}:large:${i}`, ...Array.from({ length: 5000 }, (_, k) => `item:${k}`));
  }
}

/** Frees in slices of this size, with an audit after each; the number of slices. */
function freeAll(budget: number): number {
  for (let slices = 1; ; slices++) {
    const isDone = step(budget);
    if (slices % 100 === 0 || isDone) expect(auditAll()).toEqual([]);
    if (isDone) return slices;
  }
}

test("FLUSHALL gives all memory back, in slices", () => {
  const before = mem.used.bytes;
  for (const budget of [50, 200, 5000]) {
    fill("a");
    expect(mem.used.bytes).toBeGreaterThan(before + 1_000_000);
    client.raw("FLUSHALL");
    expect(lazyFree.pending).toBeGreaterThanOrEqual(120);
    expect(auditAll()).toEqual([]);
    expect(freeAll(budget)).toBeGreaterThan(2);
    expect(lazyFree.pending).toBe(0);
    expect(mem.used.bytes).toBe(before);
  }
});

test("large values deleted one by one wait, and go", () => {
  fill("a");
  const filled = mem.used.bytes;
  const freed = lazyFree.freed;
  for (let i = 0; i < 40; i++) client.raw(i % 2 === 0 ? "DEL" : "UNLINK", `a:large:${i}`);
  expect(lazyFree.pending).toBe(40);
  expect(auditAll()).toEqual([]);
  expect(freeAll(100)).toBeGreaterThanOrEqual(40);
  expect(lazyFree.freed - freed).toBe(40);
  expect(mem.used.bytes).toBeLessThan(filled);
});

test("databases flushed while others wait are freed too", () => {
  const before = mem.used.bytes;
  for (let i = 0; i < 3; i++) {
    fill(String(i));
    client.raw("FLUSHDB");
    step(100);
  }
  fill("kept");
  client.raw("SWAPDB", "0", "5");
  freeAll(100);
  expect(client.raw("DBSIZE")).toBe(":0\r\n");
  client.raw("SELECT", "5");
  expect(client.raw("DBSIZE")).toBe(":120\r\n");
  client.raw("FLUSHALL");
  freeAll(1000);
  expect(mem.used.bytes).toBe(before);
});
