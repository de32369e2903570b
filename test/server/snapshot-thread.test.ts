/** What becomes of a snapshot whose thread ends before it is done: an error, no file, memory as it was, and the next one works. */
import { afterEach, beforeAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { native } from "../../src/base/libc.ts";
import { installStorage } from "../../src/base/storage.ts";
import type { SnapshotResult } from "../../src/command/snapshots.ts";
import { auditAll } from "../../src/keyspace/audit.ts";
import * as mem from "../../src/mem/mem.ts";
import { isFrozen } from "../../src/mem/snapshot.ts";
import { disk } from "../../src/server/disk.ts";
import { snapshotThread } from "../../src/server/snapshot-thread.ts";
import { LocalClient, openStore } from "../support/in-process.ts";

const dir = mkdtempSync(join(tmpdir(), "ashlar-snapshot-thread-"));
const RealWorker = globalThis.Worker;

beforeAll(() => {
  installStorage(disk);
  openStore();
});
afterEach(() => {
  globalThis.Worker = RealWorker;
});

const take = (name: string) =>
  new Promise<SnapshotResult>((done) => snapshotThread.start({ path: join(dir, name), format: "rdb", done }));

test.if(native && process.platform === "linux")("a thread that ends by itself leaves nothing behind", async () => {
  const client = new LocalClient();
  client.raw("FLUSHALL");
  for (let i = 0; i < 500; i++) client.raw("SET", `key:${i}`, "before");
  globalThis.Worker = class extends RealWorker {
    constructor() {
      super("data:text/javascript,self.onmessage=()=>process.exit(1)");
    }
  };
  const failed = take("lost.rdb");
  for (let i = 0; i < 500; i++) client.raw("SET", `key:${i}`, "during");
  expect(await failed).toMatchObject({ error: expect.stringContaining("has ended") });
  expect(isFrozen()).toBe(false);
  expect(existsSync(join(dir, "lost.rdb"))).toBe(false);
  while (!(mem.release(100) && mem.unmapEnded(1000)));
  expect(auditAll()).toEqual([]);
  globalThis.Worker = RealWorker;
  expect(await take("next.rdb")).toMatchObject({ error: undefined, keys: 500 });
  expect(existsSync(join(dir, "next.rdb"))).toBe(true);
  rmSync(dir, { recursive: true });
});
