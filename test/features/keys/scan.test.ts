/**
 * SCAN's promise: a key that is there from the first step to the last is answered, however the table grows and shrinks
 * meanwhile, and nothing is answered that never was there. RANDOMKEY reaches every key.
 */
import { afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import { install } from "../../../src/base/env.ts";
import { auditAll } from "../../../src/keyspace/audit.ts";
import * as lazyFree from "../../../src/keyspace/lazy-free.ts";
import { FakeClock, LocalClient, openStore } from "../../support/in-process.ts";
import { seededRandom, seedOfRun } from "../../support/random.ts";

let client: LocalClient;

beforeAll(openStore);

beforeEach(() => {
  install();
  client = new LocalClient();
  client.raw("FLUSHALL");
});

afterEach(() => {
  client.raw("FLUSHALL");
  while (!lazyFree.step(1000));
  expect(auditAll()).toEqual([]);
  install();
});

/** The strings of a reply, in order: of SCAN's, the cursor first. */
const bulks = (reply: string) => [...reply.matchAll(/\$\d+\r\n(.*?)\r\n/gs)].map((match) => match[1]!);

test("SCAN answers every key that stays, while others come and go", () => {
  const seed = seedOfRun();
  console.log(`seed ${seed}`);
  const random = seededRandom(seed);
  for (let number = 0; number < 20; number++) {
    const staying = Array.from({ length: random.below(800) }, (_, i) => `stays:${i}`);
    for (const key of staying) client.raw("SET", key, "1");
    let come = 0;
    let gone = 0;
    const seen = new Set<string>();
    const grows = random.chance(0.5);
    if (!grows) while (come < 6000) client.raw("SET", `other:${come++}`, "1");
    for (let cursor = "0", steps = 0; ; steps++) {
      const [next, ...keys] = bulks(client.raw("SCAN", cursor, "COUNT", String(random.between(1, 200))));
      for (const key of keys) seen.add(key);
      cursor = next!;
      if (cursor === "0") break;
      for (let n = random.below(100); n > 0; n--) {
        if (grows) client.raw("SET", `other:${come++}`, "1");
        else client.raw("DEL", `other:${gone++}`);
      }
      expect(steps).toBeLessThan(100_000);
    }
    for (const key of staying) expect(seen.has(key)).toBe(true);
    for (const key of seen) expect(key).toMatch(/^(stays|other):\d+$/);
    client.raw("FLUSHALL");
  }
});

test("SCAN neither shows nor keeps keys past their deadline", () => {
  const clock = new FakeClock(1_700_000_000_000);
  for (let i = 0; i < 100; i++) client.raw("SET", `key:${i}`, "1");
  for (let i = 0; i < 100; i += 2) client.raw("PEXPIRE", `key:${i}`, "10");
  clock.ms += 11;
  const [cursor, ...keys] = bulks(client.raw("SCAN", "0", "COUNT", "1000"));
  expect(cursor).toBe("0");
  expect(keys).toHaveLength(50);
  expect(client.raw("DBSIZE")).toBe(":50\r\n");
});

test("RANDOMKEY reaches every key", () => {
  const missing = new Set(Array.from({ length: 300 }, (_, i) => `key:${i}`));
  for (const key of missing) client.raw("SET", key, "1");
  for (let n = 0; n < 20_000 && missing.size > 0; n++) missing.delete(bulks(client.raw("RANDOMKEY"))[0]!);
  expect([...missing]).toEqual([]);
});
