/**
 * What becomes of a snapshot whose thread ends before it is done, or that gets none: an error, no file, memory as it was, and the
 * next one works.
 */
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
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
import { launchReady } from "./launch.ts";

const dir = mkdtempSync(join(tmpdir(), "ashlar-snapshot-thread-"));
const RealWorker = globalThis.Worker;

beforeAll(() => {
  installStorage(disk);
  openStore();
});
afterEach(() => {
  globalThis.Worker = RealWorker;
});
afterAll(() => rmSync(dir, { recursive: true }));

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
});

test.if(native && process.platform === "linux")(
  "where there is no thread to be had, it fails, and nothing else",
  async () => {
    globalThis.Worker = class extends RealWorker {
      constructor() {
        super("");
        throw new TypeError("Failed to spawn worker thread");
      }
    };
    expect(await take("none.rdb")).toMatchObject({ error: expect.stringContaining("Failed to spawn") });
    expect(isFrozen()).toBe(false);
    globalThis.Worker = RealWorker;
    expect(await take("one.rdb")).toMatchObject({ error: undefined });
  },
);

test.skipIf(Bun.which("prlimit") === null)(
  "where no file can be opened, the server goes on, and saves again later",
  async () => {
    await using server = await launchReady(["--port", "{port}", "--save", ""]);
    const limit = (files: number) => {
      const { exitCode } = Bun.spawnSync(["prlimit", "--pid", String(server.pid), `--nofile=${files}:`]);
      expect(exitCode).toBe(0);
    };
    using client = await server.connect();
    const status = async () => {
      let info: string;
      do info = await client.raw("INFO", "persistence");
      while (info.includes("rdb_bgsave_in_progress:1"));
      return /rdb_last_bgsave_status:(\w+)/.exec(info)![1];
    };
    await client.raw("SET", "key", "value");
    limit(Math.max(...readdirSync(`/proc/${server.pid}/fd`).map(Number)) + 1);
    expect(await client.raw("BGSAVE")).toBe("+Background saving started\r\n");
    expect(await status()).toBe("err");
    // Timers that look for threads have run by then.
    await Bun.sleep(1500);
    expect(await client.raw("GET", "key")).toBe("$5\r\nvalue\r\n");
    limit(1000);
    await client.raw("BGSAVE");
    expect(await status()).toBe("ok");
  },
  20_000,
);
