/**
 * What the server does with the data that it finds on disk when it starts: it loads them while clients are told to wait, or
 * refuses them and leaves them as they are.
 */
import { expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RawClient } from "../support/raw-client.ts";
import { launch, launchReady } from "./launch.ts";

const ARGS = ["--port", "{port}", "--enable-debug-command", "yes", "--save", ""];

async function inDirectory<T>(action: (dir: string) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), "ashlar-loading-"));
  try {
    return await action(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Makes a file of so many keys in the directory, and ends the server. Returns the digest of its data. */
async function fill(dir: string, keys: number, bytes = 100): Promise<string> {
  await using server = await launchReady([...ARGS, "--rdbcompression", "no"], { dir });
  using client = await server.connect();
  await client.raw("DEBUG", "POPULATE", String(keys), "key", String(bytes));
  await client.raw("HSET", "hash", "field", "value");
  await client.raw("SET", "later", "x", "EX", "1000");
  const digest = await client.raw("DEBUG", "DIGEST");
  expect(await client.raw("SAVE")).toBe("+OK\r\n");
  client.send("SHUTDOWN NOSAVE\r\n");
  expect(await server.exitCode()).toBe(0);
  return digest;
}

async function info(client: RawClient, field: string): Promise<string | undefined> {
  return new RegExp(`${field}:(.*)\r`).exec(await client.raw("INFO", "persistence"))?.[1];
}

test("what was saved is there after a restart; what has expired is not", () =>
  inDirectory(async (dir) => {
    const digest = await fill(dir, 1000);
    {
      await using server = await launchReady(ARGS, { dir });
      using client = await server.connect();
      expect(await client.raw("DEBUG", "DIGEST")).toBe(digest);
      expect(await info(client, "rdb_last_load_keys_loaded")).toBe("1002");
      expect(await info(client, "rdb_changes_since_last_save")).toBe("0");
      const printed = await server.printed();
      expect(printed).toMatch(/Server initialized.*Done loading RDB, keys loaded: 1002, keys expired: 0\./s);
      expect(printed).toMatch(/DB loaded from disk: \d\.\d{3} seconds.*Ready to accept connections/s);
      expect(printed).toContain("Loading RDB produced by version 7.0.15");
      await client.raw("DEBUG", "SET-ACTIVE-EXPIRE", "0");
      await client.raw("SET", "soon", "x", "PX", "1");
      await Bun.sleep(10);
      expect(await client.raw("SAVE")).toBe("+OK\r\n");
      server.kill("SIGKILL");
      await server.exitCode();
    }
    await using server = await launchReady(ARGS, { dir });
    using client = await server.connect();
    expect(await info(client, "rdb_last_load_keys_expired")).toBe("1");
    expect(await client.raw("DEBUG", "AUDIT")).toBe("+OK\r\n");
  }));

test(
  "while it loads: clients are turned away, INFO tells how far it is, a signal ends it without a save",
  () =>
    inDirectory(async (dir) => {
      await fill(dir, 20_000, 1000);
      const before = readFileSync(join(dir, "dump.rdb"));
      const args = ["--port", "{port}", "--enable-debug-command", "yes", "--key-load-delay", "300"];
      await using server = await launch(args, { dir });
      await server.says("Server initialized");
      await Bun.sleep(300);
      using client = await server.connect();
      const loading = "-LOADING Redis is loading the dataset in memory\r\n";
      for (const command of ["PING", "SAVE", "BGSAVE"]) expect(await client.raw(command)).toBe(loading);
      expect(await client.raw("GET", "key:0")).toBe(loading);
      expect(await client.raw("DEBUG", "RELOAD")).toBe(loading);
      expect(await info(client, "loading")).toBe("1");
      const bytes = Number(await info(client, "loading_loaded_bytes"));
      expect(bytes).toBeGreaterThan(0);
      expect(Number(await info(client, "loading_total_bytes"))).toBe(before.length);
      expect(Number(await info(client, "loading_rdb_used_mem"))).toBeGreaterThan(1e6);
      await Bun.sleep(200);
      expect(Number(await info(client, "loading_loaded_bytes"))).toBeGreaterThan(bytes);
      expect(await client.raw("CONFIG", "SET", "appendonly", "yes")).toBe(loading);
      await server.says("Loading: ");
      server.kill("SIGUSR1");
      server.kill("SIGTERM");
      expect(await server.exitCode()).toBe(0);
      expect(await server.printed()).toContain("Received shutdown signal during loading, scheduling shutdown.");
      expect(readFileSync(join(dir, "dump.rdb"))).toEqual(before);
    }),
  20_000,
);

test("a file that cannot be read whole ends it, and stays as it is", () =>
  inDirectory(async (dir) => {
    await fill(dir, 100);
    const path = join(dir, "dump.rdb");
    const good = readFileSync(path);
    const flipped = Buffer.from(good);
    flipped[good.length - 3]! ^= 1;
    for (const [bytes, reason] of [
      [flipped, "CRC error"],
      [good.subarray(0, good.length - 500), "at byte "],
      [good.subarray(0, 5), "at byte "],
      [Buffer.alloc(0), "at byte "],
      [Buffer.from("what is this"), "no RDB file"],
    ] as const) {
      writeFileSync(path, bytes);
      await using server = await launch(ARGS, { dir });
      expect(await server.exitCode()).toBe(1);
      const printed = await server.printed();
      expect(printed).toContain("Fatal error loading the DB: ");
      expect(printed).toContain(reason);
      expect(printed).not.toContain("BUG REPORT");
      expect(readFileSync(path).equals(bytes)).toBe(true);
    }
    rmSync(path);
    mkdirSync(path);
    await using server = await launch(ARGS, { dir });
    expect(await server.exitCode()).toBe(1);
    expect(await server.printed()).toContain("Fatal error loading the DB: Is a directory. Exiting.");
  }));

test.skipIf(process.getuid?.() === 0)("a file that may not be read ends it", () =>
  inDirectory(async (dir) => {
    writeFileSync(join(dir, "dump.rdb"), "");
    chmodSync(join(dir, "dump.rdb"), 0o222);
    await using server = await launch(ARGS, { dir });
    expect(await server.exitCode()).toBe(1);
    expect(await server.printed()).toContain("Fatal error loading the DB: Permission denied. Exiting.");
  }),
);

test("DEBUG RELOAD", async () => {
  await using server = await launchReady(ARGS);
  using client = await server.connect();
  using waiting = await server.connect();
  await client.raw("DEBUG", "POPULATE", "3000");
  for (let i = 0; i < 500; i++) await client.raw("ZADD", "zset", String(i), `member ${i}`);
  await client.raw("SET", "volatile", "x", "PX", "10000000");
  const digest = await client.raw("DEBUG", "DIGEST");
  expect(await client.raw("DEBUG", "RELOAD", "whatever")).toBe(
    "-ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.\r\n",
  );
  await waiting.raw("WATCH", "zset");
  await waiting.raw("MULTI");
  expect(await client.raw("DEBUG", "RELOAD")).toBe("+OK\r\n");
  expect(await client.raw("DEBUG", "DIGEST")).toBe(digest);
  expect(await waiting.raw("EXEC")).toBe("*-1\r\n");
  expect(await client.raw("DEBUG", "RELOAD", "NOFLUSH")).toBe("-ERR Error trying to load the RDB dump\r\n");
  await client.raw("SET", "new", "1");
  await client.raw("SET", "volatile", "changed");
  expect(await client.raw("DEBUG", "RELOAD", "NOSAVE", "noflush", "MERGE")).toBe("+OK\r\n");
  expect(await client.raw("GET", "new")).toBe("$1\r\n1\r\n");
  expect(await client.raw("GET", "volatile")).toBe("$1\r\nx\r\n");
  expect(await client.raw("DEBUG", "RELOAD", "NOSAVE")).toBe("+OK\r\n");
  expect(await client.raw("DEBUG", "DIGEST")).toBe(digest);
  expect(await client.raw("DEBUG", "AUDIT")).toBe("+OK\r\n");
  rmSync(join(server.dir, "dump.rdb"));
  expect(await client.raw("DEBUG", "RELOAD", "NOSAVE")).toBe("-ERR Error trying to load the RDB dump\r\n");
  expect(existsSync(join(server.dir, "dump.rdb"))).toBe(false);
});
