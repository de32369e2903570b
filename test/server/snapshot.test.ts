/**
 * A snapshot is the state at its start, whatever is written while it is made: many saves under random commands of all types, each
 * loaded again and compared by its digest. In this process, with the real Worker and the real disk.
 *
 * SNAPSHOT_RUNS sets how many (200 by default); SEED replays a run.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { install } from "../../src/base/env.ts";
import { installStorage, storage } from "../../src/base/storage.ts";
import type { SnapshotResult } from "../../src/command/snapshots.ts";
import { commands } from "../../src/command/table.ts";
import { digestOfAll } from "../../src/features/introspection/digest.ts";
import { auditAll } from "../../src/keyspace/audit.ts";
import { databases, size } from "../../src/keyspace/database.ts";
import * as lazyFree from "../../src/keyspace/lazy-free.ts";
import { RdbLoader } from "../../src/keyspace/rdb-load.ts";
import * as mem from "../../src/mem/mem.ts";
import { disk } from "../../src/server/disk.ts";
import { snapshotThread } from "../../src/server/snapshot-thread.ts";
import { generateCase, type Step } from "../oracle/generate.ts";
import { FakeClock, LocalClient, openStore } from "../support/in-process.ts";
import { seededRandom, seedOfRun } from "../support/random.ts";

const RUNS = Number(process.env["SNAPSHOT_RUNS"] ?? 200);
const seed = seedOfRun();
const dir = mkdtempSync(join(tmpdir(), "ashlar-snapshot-"));
const path = join(dir, "temp.rdb");
let writes: string[] = [];
let clients: LocalClient[] = [];

beforeAll(() => {
  openStore();
  installStorage(disk);
  new FakeClock(1_800_000_000_000);
  clients = [new LocalClient(), new LocalClient()];
  writes = [...commands.values()].filter((each) => each.write && !each.has("blocking")).map((each) => each.fullName);
});

afterAll(() => {
  clients[0]?.raw("FLUSHALL");
  drain();
  rmSync(dir, { recursive: true, force: true });
  install();
});

function drain(): void {
  while (!(lazyFree.step(1000) && mem.release(1000) && mem.unmapEnded(1000)));
}

function run(steps: readonly Step[]): void {
  for (const { connection, args } of steps) clients[connection]!.raw(...args);
}

/**
 * Steps of random writes; those that empty everything are rare, else there would be nothing to save. No score becomes -0: a
 * sorted set that is loaded as a listpack has 0 instead, with Redis as well.
 */
function randomWrites(from: number, count: number): Step[] {
  const random = seededRandom(from);
  return generateCase(from, count, writes).steps.filter(
    ({ args }) =>
      (!/^(flush|swapdb)/i.test(args[0]!) || random.chance(0.05)) && !args.some((arg) => /^-0|^weights$/i.test(arg)),
  );
}

/** Takes a snapshot and writes meanwhile, until it is there. */
async function saveUnder(steps: readonly Step[]): Promise<SnapshotResult> {
  let result: SnapshotResult | undefined;
  snapshotThread.start({ path, format: "rdb", done: (outcome) => (result = outcome) });
  for (let at = 0; result === undefined; at = (at + 20) % steps.length) {
    run(steps.slice(at, at + 20));
    lazyFree.step(50);
    mem.purge(5);
    await Bun.sleep(0);
  }
  return result;
}

function load(): void {
  clients[0]!.raw("FLUSHALL");
  drain();
  const file = storage.open(path, "read");
  const loader = new RdbLoader(file, { dropsExpired: false });
  while (!loader.step(1_000_000));
  file.close();
}

test(`${RUNS} saves under writes hold what was there when they began (SEED=${seed})`, async () => {
  let copied = 0;
  let keys = 0;
  for (let i = 0; i < RUNS; i++) {
    run(randomWrites(seed + 2 * i, 400));
    // Now and then there is so much that the Worker is late.
    if (i % 20 === 0) clients[0]!.raw("DEBUG", "POPULATE", "50000", `many-${i}`, "60");
    const before = digestOfAll().toHex();
    const total = databases.reduce((sum, db) => sum + size(db), 0);
    const result = await saveUnder(randomWrites(seed + 2 * i + 1, 2000));
    expect(result.error).toBeUndefined();
    expect(result.keys).toBe(total);
    load();
    expect(digestOfAll().toHex()).toBe(before);
    expect(auditAll()).toEqual([]);
    copied += result.copiedBytes;
    keys += result.keys;
    if (i % 20 === 19) clients[0]!.raw("FLUSHALL");
  }
  console.log(`${RUNS} saves of ${keys} keys, ${Math.round(copied / 2 ** 20)} MiB copied before they were overwritten`);
  // Else nothing would have been written in time.
  expect(copied).toBeGreaterThan(RUNS * 4096);
}, 600_000);

test("a snapshot that is cancelled leaves no file, and the next one is whole", async () => {
  run(randomWrites(seed, 500));
  clients[0]!.raw("DEBUG", "POPULATE", "200000", "cancelled", "100");
  const cancelled = await new Promise<SnapshotResult>((done) => {
    snapshotThread.start({ path, format: "rdb", done });
    snapshotThread.cancel();
  });
  expect(cancelled).toMatchObject({ isCancelled: true, error: undefined });
  expect(storage.size(path)).toBeUndefined();
  expect(snapshotThread.progress()).toBeUndefined();
  const before = digestOfAll().toHex();
  expect((await saveUnder(randomWrites(seed + 1, 100))).error).toBeUndefined();
  load();
  expect(digestOfAll().toHex()).toBe(before);
}, 60_000);

test("a file that cannot be written is an error, and leaves nothing behind", async () => {
  const result = await new Promise<SnapshotResult>((done) => {
    snapshotThread.start({ path: join(dir, "nowhere", "x.rdb"), format: "rdb", done });
  });
  expect(result).toMatchObject({ isCancelled: false, error: "No such file or directory" });
  expect(auditAll()).toEqual([]);
}, 60_000);
