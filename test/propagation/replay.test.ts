/**
 * The main property of what is told: executed again, in order, on an empty store, it makes the same store. At any later
 * time, for the clock has moved on by then. Random commands of all types, by several clients, some of which wait, in
 * transactions or not, while keys and fields expire.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { install } from "../../src/base/env.ts";
import * as blocking from "../../src/command/blocking.ts";
import { databases, flush } from "../../src/keyspace/database.ts";
import { expireDue } from "../../src/keyspace/expiry.ts";
import * as lazyFree from "../../src/keyspace/lazy-free.ts";
import { lazyfreeLazyExpire } from "../../src/keyspace/parameters.ts";
import { FakeClock, LocalClient, openStore } from "../support/in-process.ts";
import { type Random, seededRandom, seedOfRun } from "../support/random.ts";
import { WaitingClient } from "../support/waiting-client.ts";
import { BEGIN_MS, commandOf, oracleRows, ownRows, waitingRows, weighted } from "./commands.ts";
import { contents } from "./contents.ts";
import { Recording, replay } from "./recording.ts";

const seed = seedOfRun();
const CASES = Number(process.env["CASES"] ?? 40);
const CASE_LENGTH = 3000;
const CLIENTS = 3;
const WAITERS = 3;

let clock: FakeClock;
beforeAll(() => {
  openStore();
  blocking.watchDatabases();
  clock = new FakeClock(BEGIN_MS);
});
afterAll(() => {
  lazyfreeLazyExpire.assign(false);
  install();
});

const anyOracle = weighted(oracleRows);
const anyOwn = weighted(ownRows);
const anyWaiting = weighted(waitingRows);

/** What a server does between commands. */
function tick(random: Random): void {
  clock.set(clock.ms + random.pick([0, 0, 1, 1, 5, 40, 700]));
  if (random.chance(0.5)) while (expireDue(64)) lazyFree.step(64);
  blocking.timeOut();
  if (blocking.readyKeys.count > 0) blocking.serveReady();
}

/** Runs a case; returns what was told of it, and how many commands ran. */
function run(random: Random): Recording {
  clock.set(BEGIN_MS);
  for (const db of databases) flush(db);
  const recording = new Recording();
  const clients = Array.from({ length: CLIENTS }, () => new LocalClient());
  const waiters = Array.from({ length: WAITERS }, () => new WaitingClient());
  const ownShare = random.pick([0.5, 0.9, 1]);
  for (let i = 0; i < CASE_LENGTH; i++) {
    if (random.chance(0.1)) tick(random);
    const waiter = random.pick(waiters);
    if (random.chance(0.1) && !waiter.isWaiting()) {
      waiter.raw(...commandOf(anyWaiting(random), random));
      continue;
    }
    const row = random.chance(ownShare) ? anyOwn(random) : anyOracle(random);
    random.pick(clients).raw(...commandOf(row, random));
  }
  for (const waiter of waiters) blocking.stopWaiting(waiter.session);
  recording.stop();
  return recording;
}

test(`told again, commands make the same store (SEED=${seed})`, () => {
  for (let number = 0; number < CASES; number++) {
    const caseSeed = (seed + number) >>> 0;
    const random = seededRandom(caseSeed);
    lazyfreeLazyExpire.assign(random.chance(0.2));
    const recording = run(random);
    const told = recording.take();
    clock.set(clock.ms + random.pick([0, 1, 900, 20_000, 200_000_000]));
    const expected = contents();
    replay(told);
    const found = contents();
    if (!Bun.deepEquals(found, expected)) console.log(`SEED=${caseSeed}`);
    expect(found).toEqual(expected);
  }
}, 600_000);

test("units are whole, whatever they hold", () => {
  const recording = run(seededRandom(seed));
  for (const unit of recording.units) {
    const names = unit.map(([name]) => name);
    const begin = names[0] === "SELECT" ? 1 : 0;
    const isTransaction = names[begin] === "MULTI";
    expect(names.filter((name) => name === "MULTI" || name === "EXEC")).toEqual(isTransaction ? ["MULTI", "EXEC"] : []);
    if (isTransaction) expect(names.at(-1)).toBe("EXEC");
    const isLoose = names.slice(begin).every((name) => name === "DEL" || name === "UNLINK" || name === "HDEL");
    if (!isTransaction && !isLoose) expect(names.length).toBe(begin + 1);
  }
});
