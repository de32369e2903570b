/**
 * Hashes with deadlines announce each change of a block before they make it, and every block has one owner: random commands,
 * with a watcher that compares all memory after each (support/strict-barrier.ts).
 */
import { afterEach, expect, test } from "bun:test";
import { install, tickClock } from "../../../src/base/env.ts";
import { auditAll } from "../../../src/keyspace/audit.ts";
import { databases, tableOf } from "../../../src/keyspace/database.ts";
import { expireDue } from "../../../src/keyspace/expiry.ts";
import * as lazyFree from "../../../src/keyspace/lazy-free.ts";
import type { Ref } from "../../../src/mem/mem.ts";
import * as mem from "../../../src/mem/mem.ts";
import * as table from "../../../src/struct/table.ts";
import { FakeClock, LocalClient, openStore } from "../../support/in-process.ts";
import { type Random, seededRandom, seedOfRun } from "../../support/random.ts";
import { StrictBarrier } from "../../support/strict-barrier.ts";

const seed = seedOfRun();
const STEPS = 700;

afterEach(() => {
  mem.listen(undefined);
  install();
});

function entriesNow(): ReadonlySet<Ref> {
  const found = new Set<Ref>();
  for (const db of databases) table.entries(tableOf(db), (ref) => found.add(ref));
  return found;
}

function command(random: Random): string[] {
  const key = `h${random.below(3)}`;
  const names = Array.from({ length: random.between(1, 8) }, () => `f${random.below(random.chance(0.2) ? 300 : 20)}`);
  const fields = ["FIELDS", String(names.length), ...names];
  const value = "v".repeat(random.pick([0, 3, 40, 300, 33_000]));
  const soon = String(random.between(1, 50));
  switch (random.below(12)) {
    case 0:
      return ["HSET", key, ...names.flatMap((name) => [name, value])];
    case 1:
      return ["HPEXPIRE", key, String(random.between(0, 1e9)), ...fields];
    case 2:
    case 3:
      return ["HPEXPIRE", key, soon, ...fields];
    case 4:
      return ["HPERSIST", key, ...fields];
    case 5:
      return ["HDEL", key, ...names];
    case 6:
      return ["HINCRBYFLOAT", key, "counter", "1.5"];
    case 7:
      return ["HGETDEL", key, ...fields];
    case 8:
      return ["HSETEX", key, "PX", soon, "FIELDS", "1", names[0]!, value];
    case 9:
      return ["HSETEX", key, "KEEPTTL", "FIELDS", "1", names[0]!, value];
    case 10:
      return random.chance(0.2) ? ["DEL", key] : ["COPY", key, `h${random.below(3)}`, "REPLACE"];
    default:
      return random.chance(0.3) ? ["RENAME", key, `h${random.below(3)}`] : ["HGETALL", key];
  }
}

test(`every change is announced (SEED=${seed})`, () => {
  const random = seededRandom(seed);
  const clock = new FakeClock(1_700_000_000_000);
  openStore();
  const client = new LocalClient();
  client.raw("FLUSHALL");
  while (!lazyFree.step(1000));
  const barrier = new StrictBarrier(entriesNow);
  for (let step = 0; step < STEPS; step++) {
    const words = command(random);
    barrier.watch(words.join(" ").slice(0, 100), () => client.raw(...words));
    if (!random.chance(0.3)) continue;
    clock.ms += random.below(40);
    tickClock();
    barrier.watch("a tick", () => {
      expireDue(random.between(1, 20));
      lazyFree.step(random.between(1, 100));
    });
  }
  expect(auditAll()).toEqual([]);
  client.raw("FLUSHALL");
  while (!lazyFree.step(1000));
  expect(auditAll()).toEqual([]);
}, 60_000);
