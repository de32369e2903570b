/**
 * A real server on disks that really fail (broken-disk.ts): nobody is told OK for what may be lost, who reads is served, and when
 * the disk is well again the server finds out by itself. After each of it comes kill -9, another start, and a look at what is there.
 */
import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer, subjectKind, type TestServer } from "../support/server.ts";
import { FailingCalls, SmallDisk, whyNotMounted, whyNotTraced } from "./broken-disk.ts";
import { StubbornWriters } from "./stubborn-writers.ts";

const SYNCS = "fdatasync,fsync";
const AOF_ERROR = "-MISCONF Errors writing to the AOF file: ";
const RDB_ERROR = "-MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.";
const SHUTDOWN_ERROR = "-ERR Errors trying to SHUTDOWN. Check logs.\r\n";
const MIB = 1024 * 1024;
const DISK_BYTES = 8 * MIB;
const RECOVERY_MS = 10_000;

const notTraced = await whyNotTraced();
const notMounted = whyNotMounted();
if (notTraced !== undefined) console.warn(`SKIPPED, no system call can be made to fail here: ${notTraced}`);
if (notMounted !== undefined) console.warn(`SKIPPED, no disk can be mounted here: ${notMounted}`);

const opened: (() => void)[] = [];
afterAll(() => {
  for (const close of opened) close();
});

/** A directory that outlives its servers. */
function directory(): string {
  const dir = mkdtempSync(join(tmpdir(), "ashlar-faults-"));
  opened.push(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** The same of 8 MiB in all; unmounted even when a test never comes to its end. */
function smallDisk(): SmallDisk {
  const disk = SmallDisk.mount(DISK_BYTES);
  opened.push(() => disk[Symbol.dispose]());
  return disk;
}

const start = (dir: string, ...args: string[]): Promise<TestServer> =>
  startServer(subjectKind(), { args: ["--dir", dir, ...args] });

async function ask(server: TestServer, ...command: string[]): Promise<string> {
  using client = await server.connect();
  return await client.raw(...command);
}

async function info(server: TestServer, field: string): Promise<string> {
  return new RegExp(`${field}:(.*)\r`).exec(await ask(server, "INFO", "persistence"))![1]!;
}

async function until(what: string, condition: () => Promise<boolean> | boolean, ms = RECOVERY_MS): Promise<void> {
  for (const giveUpAt = performance.now() + ms; performance.now() < giveUpAt; await Bun.sleep(20)) {
    if (await condition()) return;
  }
  throw new Error(`never: ${what}`);
}

const says = (server: TestServer, text: string) => until(`the log says: ${text}`, () => server.log().includes(text));
const ends = (server: TestServer) => until("it ends", () => !server.isRunning());

async function kill(server: TestServer): Promise<void> {
  process.kill(server.pid, "SIGKILL");
  await ends(server);
}

/** Reading goes on while nobody may write. */
async function servesReaders(server: TestServer): Promise<void> {
  expect(Number((await ask(server, "LLEN", "log:0")).slice(1))).toBeGreaterThan(0);
}

/** Saves in the background, and tells how that ended. */
async function bgsave(server: TestServer): Promise<string> {
  expect(await ask(server, "BGSAVE")).toBe("+Background saving started\r\n");
  await until("saved", async () => (await info(server, "rdb_bgsave_in_progress")) === "0");
  return await info(server, "rdb_last_bgsave_status");
}

/** Files that should not have been left behind. */
const temporary = (dir: string) => readdirSync(dir, { recursive: true, encoding: "utf8" }).filter(isTemporary);
const isTemporary = (path: string) => path.includes("temp-");

const basesIn = (dir: string) => readdirSync(join(dir, "appendonlydir")).filter((name) => name.includes(".base."));

/** The AOF is whole, as the real tool sees it. */
function expectWholeAof(dir: string): void {
  const manifest = join(dir, "appendonlydir/appendonly.aof.manifest");
  const { exitCode, stdout } = Bun.spawnSync(["redis-check-aof", manifest], { stdin: "ignore" });
  expect(stdout.toString()).toContain("All AOF files and manifest are valid");
  expect(exitCode).toBe(0);
}

/** Another server on the same directory has what was acknowledged. */
async function checkRestarted(dir: string, writers: StubbornWriters, ...args: string[]): Promise<void> {
  await using server = await start(dir, ...args);
  await writers.check(server.port);
}

/** Some 60 KiB per key, which no compression makes less. */
async function fillWithNoise(server: TestServer, keys: number): Promise<void> {
  using client = await server.connect();
  for (let i = 0; i < keys; i++) {
    const noise = crypto.getRandomValues(new Uint8Array(60_000)).toHex();
    expect(await client.raw("SET", `noise:${i}`, noise.slice(0, 60_000))).toBe("+OK\r\n");
  }
}

describe.skipIf(notTraced !== undefined)("system calls fail", () => {
  for (const policy of ["always", "everysec"]) {
    const args = ["--appendonly", "yes", "--appendfsync", policy];

    test(`appendfsync ${policy}: MISCONF until they work again, then a new base`, async () => {
      const dir = directory();
      await using server = await start(dir, ...args);
      await using writers = new StubbornWriters(server.port);
      await writers.progress(100);
      const failing = await FailingCalls.begin(server.pid, SYNCS);
      try {
        await until("noticed", () => writers.error !== "");
        expect(writers.error).toBe(`${AOF_ERROR}Input/output error\r\n`);
        expect(await info(server, "aof_last_write_status")).toBe("err");
        // Under `always` those that were waiting for the sync; under `everysec` what was answered had been written.
        if (policy === "always") expect(writers.closed).toBeGreaterThan(0);
        const { acknowledged, refused } = writers;
        await Bun.sleep(2500);
        expect(writers.acknowledged).toBe(acknowledged);
        expect(writers.refused).toBeGreaterThan(refused);
        await servesReaders(server);
        expect(await ask(server, "SHUTDOWN")).toBe(SHUTDOWN_ERROR);
      } finally {
        await failing.end();
      }
      await writers.progress(100, RECOVERY_MS);
      await says(server, "A new AOF base has been written from memory: changes are accepted again.");
      expect(basesIn(dir)).not.toContain("appendonly.aof.1.base.rdb");
      expect(await info(server, "aof_last_write_status")).toBe("ok");
      await kill(server);
      await writers.end();
      expect(temporary(dir)).toEqual([]);
      await checkRestarted(dir, writers, ...args);
    }, 60_000);

    test(`appendfsync ${policy}: killed while they fail`, async () => {
      const dir = directory();
      await using server = await start(dir, ...args);
      await using writers = new StubbornWriters(server.port);
      await writers.progress(100);
      await using _ = await FailingCalls.begin(server.pid, SYNCS);
      await until("noticed", () => writers.error !== "");
      await Bun.sleep(1200);
      await kill(server);
      await writers.end();
      await checkRestarted(dir, writers, ...args);
    }, 60_000);
  }

  test("one that fails is enough: what follows is no proof", async () => {
    const dir = directory();
    const args = ["--appendonly", "yes", "--appendfsync", "always"];
    await using server = await start(dir, ...args);
    await using writers = new StubbornWriters(server.port);
    await writers.progress(100);
    await using _ = await FailingCalls.begin(server.pid, "fdatasync", { fault: "error=EIO:when=1", threads: "main" });
    await says(server, "is given up");
    await says(server, "changes are accepted again");
    await writers.progress(100);
    await kill(server);
    await writers.end();
    await checkRestarted(dir, writers, ...args);
  }, 60_000);

  test("a file that cannot be written: it is tried again until it can", async () => {
    const dir = directory();
    const args = ["--appendonly", "yes"];
    await using server = await start(dir, ...args);
    await using writers = new StubbornWriters(server.port);
    await writers.progress(100);
    const path = join(dir, "appendonlydir/appendonly.aof.1.incr.aof");
    const failing = await FailingCalls.begin(server.pid, "write", { fault: "error=EROFS", path });
    try {
      await until("noticed", () => writers.error !== "");
      expect(writers.error).toBe(`${AOF_ERROR}Read-only file system\r\n`);
      const { acknowledged } = writers;
      await Bun.sleep(1500);
      expect(writers.acknowledged).toBe(acknowledged);
      await servesReaders(server);
      expectWholeAof(dir);
    } finally {
      await failing.end();
    }
    await writers.progress(100);
    await kill(server);
    await writers.end();
    await checkRestarted(dir, writers, ...args);
  }, 60_000);

  test("a directory that cannot be synced: BGREWRITEAOF fails, and the AOF goes on as it was", async () => {
    const dir = directory();
    const args = ["--appendonly", "yes"];
    await using server = await start(dir, ...args);
    await using writers = new StubbornWriters(server.port);
    await writers.progress(100);
    const failing = await FailingCalls.begin(server.pid, "fsync");
    try {
      expect(await ask(server, "BGREWRITEAOF")).toBe("+Background append only file rewriting started\r\n");
      await until("failed", async () => (await info(server, "aof_last_bgrewrite_status")) === "err");
      expect(await ask(server, "SET", "k", "v")).toBe("+OK\r\n");
      expect(existsSync(join(dir, "appendonlydir/appendonly.aof.1.base.rdb"))).toBe(true);
    } finally {
      await failing.end();
    }
    await writers.progress(100);
    await kill(server);
    await writers.end();
    await checkRestarted(dir, writers, ...args);
  }, 60_000);

  test("BGSAVE and SAVE: refused or failed, nothing left behind, the old file untouched", async () => {
    const dir = directory();
    await using server = await start(dir, "--save", "3600", "1");
    await ask(server, "SET", "k", "old");
    expect(await ask(server, "SAVE")).toBe("+OK\r\n");
    const old = readFileSync(join(dir, "dump.rdb"));
    await ask(server, "SET", "k", "new");
    const failing = await FailingCalls.begin(server.pid, "fdatasync");
    try {
      expect(await bgsave(server)).toBe("err");
      expect(await ask(server, "SET", "k", "newer")).toStartWith(RDB_ERROR);
      expect(await ask(server, "SAVE")).toBe("-ERR\r\n");
      expect(await ask(server, "GET", "k")).toBe("$3\r\nnew\r\n");
      expect(readFileSync(join(dir, "dump.rdb"))).toEqual(old);
      expect(temporary(dir)).toEqual([]);
    } finally {
      await failing.end();
    }
    expect(await bgsave(server)).toBe("ok");
    expect(await ask(server, "SET", "k", "newer")).toBe("+OK\r\n");
  }, 60_000);
});

describe.skipIf(notMounted !== undefined)("the disk is full", () => {
  for (const policy of ["always", "everysec"]) {
    const args = ["--appendonly", "yes", "--appendfsync", policy];

    test(`appendfsync ${policy}: MISCONF until there is space again`, async () => {
      using disk = smallDisk();
      await using server = await start(disk.path, ...args);
      await using writers = new StubbornWriters(server.port, 1);
      await writers.progress(20);
      disk.fill(128 * 1024);
      await until("noticed", () => writers.error !== "");
      expect(writers.error).toBe(`${AOF_ERROR}No space left on device\r\n`);
      expect(await info(server, "aof_last_write_status")).toBe("err");
      const { acknowledged } = writers;
      await Bun.sleep(1500);
      expect(writers.acknowledged).toBe(acknowledged);
      await servesReaders(server);
      expectWholeAof(disk.path);
      expect(await ask(server, "SHUTDOWN")).toBe(SHUTDOWN_ERROR);
      disk.free();
      await writers.progress(100, RECOVERY_MS);
      expect(await info(server, "aof_last_write_status")).toBe("ok");
      expect(basesIn(disk.path)).toEqual(["appendonly.aof.1.base.rdb"]);
      await kill(server);
      await writers.end();
      await checkRestarted(disk.path, writers, ...args);
    }, 60_000);

    test(`appendfsync ${policy}: killed while it is full, and started again`, async () => {
      using disk = smallDisk();
      await using server = await start(disk.path, ...args);
      await using writers = new StubbornWriters(server.port, 1);
      await writers.progress(20);
      disk.fill(64 * 1024);
      await until("noticed", () => writers.error !== "");
      disk.fill();
      await kill(server);
      await writers.end();
      await using another = await start(disk.path, ...args);
      await writers.check(another.port);
      // What is left of the last page may take a few more.
      const set = () => ask(another, "SET", "k", "v").catch(() => "closed");
      await until("noticed", async () => !["+OK\r\n", "closed"].includes(await set()));
      expect(await set()).toBe(`${AOF_ERROR}No space left on device\r\n`);
      await servesReaders(another);
      disk.free();
      await until("there is space", async () => (await set()) === "+OK\r\n");
      await kill(another);
      await checkRestarted(disk.path, writers, ...args);
    }, 60_000);
  }

  test("BGREWRITEAOF: the base does not fit, the AOF goes on as it was", async () => {
    using disk = smallDisk();
    const args = ["--appendonly", "yes"];
    await using server = await start(disk.path, ...args);
    await using writers = new StubbornWriters(server.port, 1);
    await writers.progress(20);
    await fillWithNoise(server, 30);
    disk.fill(MIB);
    expect(await ask(server, "BGREWRITEAOF")).toBe("+Background append only file rewriting started\r\n");
    await until("failed", async () => (await info(server, "aof_last_bgrewrite_status")) === "err");
    await says(server, "No space left on device");
    await until("cleared away", () => temporary(disk.path).length === 0);
    disk.free();
    await writers.progress(20);
    expect(await ask(server, "BGREWRITEAOF")).toBe("+Background append only file rewriting started\r\n");
    await until("rewritten", async () => (await info(server, "aof_last_bgrewrite_status")) === "ok");
    await writers.progress(20);
    await kill(server);
    await writers.end();
    await checkRestarted(disk.path, writers, ...args);
  }, 60_000);

  test("BGSAVE: an error, MISCONF for writers, the old file untouched; a save point tries again", async () => {
    using disk = smallDisk();
    await using server = await start(disk.path, "--save", "1", "1");
    await fillWithNoise(server, 10);
    expect(await ask(server, "SAVE")).toBe("+OK\r\n");
    const old = readFileSync(join(disk.path, "dump.rdb"));
    disk.fill(64 * 1024);
    await ask(server, "SET", "k", "v");
    await until("failed", async () => (await info(server, "rdb_last_bgsave_status")) === "err");
    expect(await ask(server, "SET", "k", "w")).toStartWith(RDB_ERROR);
    expect(await ask(server, "GET", "k")).toBe("$1\r\nv\r\n");
    expect(await ask(server, "SAVE")).toBe("-ERR\r\n");
    await says(server, "Write error saving DB on disk");
    expect(readFileSync(join(disk.path, "dump.rdb"))).toEqual(old);
    expect(temporary(disk.path)).toEqual([]);
    expect(await ask(server, "CONFIG", "SET", "stop-writes-on-bgsave-error", "no")).toBe("+OK\r\n");
    expect(await ask(server, "SET", "k", "w")).toBe("+OK\r\n");
    expect(await ask(server, "CONFIG", "SET", "stop-writes-on-bgsave-error", "yes")).toBe("+OK\r\n");
    disk.free();
    await until("tried again", async () => (await ask(server, "SET", "k", "x")) === "+OK\r\n", 2 * RECOVERY_MS);
    expect(await info(server, "rdb_last_bgsave_status")).toBe("ok");
    await using another = await start(disk.path);
    expect(await ask(another, "GET", "k")).toBe("$1\r\nw\r\n");
  }, 60_000);
});

describe.skipIf(notMounted !== undefined)("the disk is read-only", () => {
  test("BGSAVE, SAVE, BGREWRITEAOF and appendonly yes fail; all goes on; so does saving when it is well", async () => {
    using disk = smallDisk();
    await using server = await start(disk.path, "--save", "3600", "1");
    await ask(server, "SET", "k", "v");
    expect(await ask(server, "SAVE")).toBe("+OK\r\n");
    const old = readFileSync(join(disk.path, "dump.rdb"));
    await ask(server, "SET", "k", "w");
    disk.setReadOnly(true);
    expect(await ask(server, "SAVE")).toBe("-ERR\r\n");
    expect(await bgsave(server)).toBe("err");
    await says(server, "Read-only file system");
    expect(await ask(server, "SET", "k", "x")).toStartWith(RDB_ERROR);
    expect(await ask(server, "BGREWRITEAOF")).toStartWith("-ERR Can't execute an AOF background rewriting.");
    expect(await ask(server, "CONFIG", "SET", "appendonly", "yes")).toContain("Unable to turn on AOF.");
    expect(await ask(server, "GET", "k")).toBe("$1\r\nw\r\n");
    expect(readFileSync(join(disk.path, "dump.rdb"))).toEqual(old);
    disk.setReadOnly(false);
    expect(await bgsave(server)).toBe("ok");
    expect(await ask(server, "SET", "k", "x")).toBe("+OK\r\n");
  }, 60_000);

  test("SHUTDOWN and signals: a save that fails keeps the server alive, and the log says why", async () => {
    using disk = smallDisk();
    await using server = await start(disk.path, "--save", "3600", "1");
    await ask(server, "SET", "k", "v");
    disk.setReadOnly(true);
    expect(await ask(server, "SHUTDOWN")).toBe(SHUTDOWN_ERROR);
    expect(server.log()).toContain("Read-only file system");
    expect(server.log()).toContain("Error trying to save the DB, can't exit.");
    const before = server.log().length;
    process.kill(server.pid, "SIGTERM");
    await until("it says why", () => server.log().slice(before).includes("can't exit"));
    expect(await ask(server, "SET", "k", "w")).toBe("+OK\r\n");
    expect(await ask(server, "GET", "k")).toBe("$1\r\nw\r\n");
  }, 60_000);

  for (const how of ["FORCE", "NOSAVE"]) {
    test(`SHUTDOWN ${how} ends it`, async () => {
      using disk = smallDisk();
      await using server = await start(disk.path, "--save", "3600", "1");
      await ask(server, "SET", "k", "v");
      disk.setReadOnly(true);
      using client = await server.connect();
      client.send(`SHUTDOWN ${how}\r\n`);
      await ends(server);
      expect(server.log()).toContain("bye bye");
    }, 60_000);
  }
});

describe("a directory that disappears", () => {
  test("that of the AOF: BGREWRITEAOF makes it anew, with all data", async () => {
    const dir = directory();
    const args = ["--appendonly", "yes"];
    await using server = await start(dir, ...args);
    await using writers = new StubbornWriters(server.port);
    await writers.progress(50);
    rmSync(join(dir, "appendonlydir"), { recursive: true });
    await writers.progress(50);
    expect(await ask(server, "BGREWRITEAOF")).toBe("+Background append only file rewriting started\r\n");
    await says(server, "Background AOF rewrite finished successfully");
    await writers.progress(50);
    await kill(server);
    await writers.end();
    await checkRestarted(dir, writers, ...args);
  }, 60_000);

  test("that of the server: saving fails, all else goes on, another directory can be named", async () => {
    const dir = directory();
    const spare = directory();
    await using server = await start(dir, "--save", "3600", "1", "--enable-protected-configs", "yes");
    await ask(server, "SET", "k", "v");
    rmSync(dir, { recursive: true });
    expect(await ask(server, "SAVE")).toBe("-ERR\r\n");
    expect(await bgsave(server)).toBe("err");
    await says(server, "No such file or directory");
    expect(await ask(server, "SET", "k", "w")).toStartWith(RDB_ERROR);
    expect(await ask(server, "BGREWRITEAOF")).toStartWith("-ERR Can't execute an AOF background rewriting.");
    expect(await ask(server, "SHUTDOWN")).toBe(SHUTDOWN_ERROR);
    expect(await ask(server, "GET", "k")).toBe("$1\r\nv\r\n");
    expect(await ask(server, "CONFIG", "SET", "dir", spare)).toBe("+OK\r\n");
    expect(await bgsave(server)).toBe("ok");
    expect(await ask(server, "SET", "k", "w")).toBe("+OK\r\n");
    expect(existsSync(join(spare, "dump.rdb"))).toBe(true);
  }, 60_000);
});
