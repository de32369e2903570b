/**
 * DUMP, RESTORE and SORT announce each change of a block before they make it: random ones, with a watcher that compares all
 * memory after each (support/strict-barrier.ts).
 */
import { afterAll, expect, test } from "bun:test";
import { install } from "../../src/base/env.ts";
import { auditAll } from "../../src/keyspace/audit.ts";
import { databases, tableOf } from "../../src/keyspace/database.ts";
import * as lazyFree from "../../src/keyspace/lazy-free.ts";
import * as mem from "../../src/mem/mem.ts";
import * as table from "../../src/struct/table.ts";
import { LocalClient, openStore } from "../support/in-process.ts";
import { type Random, seededRandom, seedOfRun } from "../support/random.ts";
import { bulkOf } from "../support/side-by-side.ts";
import { StrictBarrier } from "../support/strict-barrier.ts";
import { KINDS, valueCommands } from "./values.ts";

const seed = seedOfRun();
const STEPS = 500;

afterAll(() => mem.listen(undefined));

function entriesNow(): ReadonlySet<mem.Ref> {
  const found = new Set<mem.Ref>();
  for (const db of databases) table.entries(tableOf(db), (ref) => found.add(ref));
  return found;
}

const anyKey = (random: Random): string => `k${random.below(8)}`;

function sortCommand(random: Random): string[] {
  const options = [["ALPHA"], ["DESC"], ["BY", "k*"], ["BY", "nosort"], ["GET", "#", "GET", "k*"], ["LIMIT", "1", "5"]];
  const chosen = options.filter(() => random.chance(0.4)).flat();
  return ["SORT", anyKey(random), ...chosen, ...(random.chance(0.6) ? ["STORE", anyKey(random)] : [])];
}

test(`every change is announced (SEED=${seed})`, () => {
  install();
  openStore();
  const random = seededRandom(seed);
  const client = new LocalClient();
  client.raw("FLUSHALL");
  while (!lazyFree.step(1000));
  const barrier = new StrictBarrier(entriesNow);
  const run = (...words: string[]): string => barrier.watch(words.join(" ").slice(0, 100), () => client.raw(...words));
  for (let step = 0; step < STEPS; step++) {
    const [key, other] = [anyKey(random), anyKey(random)];
    if (random.chance(0.4)) {
      run("DEL", key);
      for (const words of valueCommands(random, random.pick(KINDS), key).slice(0, 8)) run(...words);
    }
    const dumped = run("DUMP", key);
    if (dumped !== "$-1\r\n") {
      const ttl = random.pick(["0", "1000000", "1 ABSTTL"]).split(" ");
      run("RESTORE", other, ttl[0]!, bulkOf(dumped), ...ttl.slice(1), ...random.pick([[], ["REPLACE"]]));
    }
    run(...sortCommand(random));
    if (random.chance(0.2)) barrier.watch("a tick", () => lazyFree.step(random.between(1, 100)));
  }
  expect(auditAll()).toEqual([]);
  client.raw("FLUSHALL");
  while (!lazyFree.step(1000));
  expect(auditAll()).toEqual([]);
}, 60_000);
