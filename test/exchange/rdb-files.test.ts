/**
 * Files that the real server loads are ours, and the other way round: random stores of all types and encodings, in several
 * databases, with deadlines; digests are equal. `SEED` replays; `RDB_ROUNDS` says how many rounds.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { auditAll } from "../../src/keyspace/audit.ts";
import { digest, keyCount, Store } from "../rdb/store.ts";
import { FakeClock, LocalClient, openStore } from "../support/in-process.ts";
import { seededRandom, seedOfRun } from "../support/random.ts";
import type { RawClient } from "../support/raw-client.ts";
import { startServer, type TestServer } from "../support/server.ts";

const seed = seedOfRun();
const ROUNDS = Number(process.env["RDB_ROUNDS"] ?? 20);
let redis: TestServer;
let theirs: RawClient;
let store: Store;

beforeAll(async () => {
  openStore();
  store = new Store(new LocalClient(), new FakeClock(Date.now()));
  redis = await startServer("redis");
  theirs = await redis.connect();
});
afterAll(async () => {
  theirs?.close();
  await redis?.stop();
});

test(`each loads what the other has saved (SEED=${seed})`, async () => {
  const path = join(redis.dir, "dump.rdb");
  for (let round = 0; round < ROUNDS; round++) {
    const random = seededRandom(seed + round);
    store.fill(random, random.below(80), false);
    const expected = { round, digest: digest(), keys: keyCount() };
    writeFileSync(path, store.save({ checksum: random.chance(0.8), isAofBase: random.chance(0.3) }));
    expect(await theirs.raw("DEBUG", "RELOAD", "NOSAVE")).toBe("+OK\r\n");
    expect({ ...expected, digest: (await theirs.command("DEBUG", "DIGEST")).text }).toEqual(expected);

    // Saved with other limits than ours, so with other encodings, and once in a while without compression.
    for (const name of ["hash-max-listpack-entries", "zset-max-listpack-entries", "set-max-intset-entries"]) {
      await theirs.raw("CONFIG", "SET", name, random.pick(["0", "4", "128", "512"]));
    }
    await theirs.raw("CONFIG", "SET", "rdbcompression", random.pick(["yes", "no"]));
    await theirs.raw("CONFIG", "SET", "maxmemory-policy", random.pick(["noeviction", "allkeys-lru", "allkeys-lfu"]));
    expect(await theirs.raw("DEBUG", "RELOAD")).toBe("+OK\r\n");
    store.empty();
    store.load(new Uint8Array(readFileSync(path)), {}, random.pick([100, 1e9]), random.pick([100, 1e9]));
    expect({ round, digest: digest(), keys: keyCount() }).toEqual(expected);
    expect(auditAll()).toEqual([]);
    store.empty();
  }
}, 120_000);
