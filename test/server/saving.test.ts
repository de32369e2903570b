/**
 * SAVE, BGSAVE, save points, and the end of the server, from outside: what is answered, what is logged and what lies on disk
 * then. Files are judged by the real redis-check-rdb.
 */
import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RawClient } from "../support/raw-client.ts";
import { type Launched, launch, launchReady } from "./launch.ts";

const DEBUG = ["--port", "{port}", "--enable-debug-command", "yes"];
const QUIET = [...DEBUG, "--save", ""];
const IN_PROGRESS = "-ERR Background save already in progress\r\n";

/** Keys in the file, as the real tool counts them. */
function keysIn(server: Launched, name = "dump.rdb"): number {
  const checked = Bun.spawnSync(["redis-check-rdb", join(server.dir, name)]).stdout.toString();
  if (!checked.includes("RDB looks OK!")) throw new Error(checked);
  return Number(/(\d+) keys read/.exec(checked)![1]);
}

async function info(client: RawClient, field: string): Promise<string> {
  return new RegExp(`${field}:(.*)\r`).exec(await client.raw("INFO", "persistence"))![1]!;
}

async function until(what: string, condition: () => Promise<boolean> | boolean): Promise<void> {
  for (const giveUpAt = performance.now() + 10_000; performance.now() < giveUpAt; await Bun.sleep(10)) {
    if (await condition()) return;
  }
  throw new Error(`never: ${what}`);
}

const saved = (client: RawClient) =>
  until("saved in the background", async () => (await info(client, "rdb_bgsave_in_progress")) === "0");

const temporary = (server: Launched) => readdirSync(server.dir).filter((name) => name.startsWith("temp-"));

describe("saving", () => {
  test("SAVE and BGSAVE write files that Redis reads, and count", async () => {
    await using server = await launchReady(QUIET);
    using client = await server.connect();
    await client.raw("SET", "a", "1");
    expect(await info(client, "rdb_changes_since_last_save")).toBe("1");
    expect(await client.raw("SAVE")).toBe("+OK\r\n");
    expect(keysIn(server)).toBe(1);
    expect(await info(client, "rdb_changes_since_last_save")).toBe("0");
    expect(await client.raw("LASTSAVE")).toBe(`:${await info(client, "rdb_last_save_time")}\r\n`);
    await client.raw("MSET", "b", "2", "c", "3");
    expect(await client.raw("BGSAVE")).toBe("+Background saving started\r\n");
    await saved(client);
    expect(keysIn(server)).toBe(3);
    expect(await info(client, "rdb_changes_since_last_save")).toBe("0");
    expect(await info(client, "rdb_last_bgsave_status")).toBe("ok");
    expect(Number(await info(client, "rdb_last_bgsave_time_sec"))).toBeGreaterThanOrEqual(0);
    expect(await info(client, "rdb_saves")).toBe("2");
    expect(temporary(server)).toEqual([]);
    const printed = await server.printed();
    for (const line of ["DB saved on disk", "Background saving started by pid", "terminated with success"]) {
      expect(printed).toContain(line);
    }
    expect(await client.raw("CONFIG", "RESETSTAT")).toBe("+OK\r\n");
    expect(await info(client, "rdb_saves")).toBe("0");
    // What is saved besides is not counted.
    await client.raw("DEBUG", "RELOAD");
    expect(await info(client, "rdb_saves")).toBe("0");
  });

  test("one at a time; the file holds what was there at the beginning", async () => {
    await using server = await launchReady([...QUIET, "--rdb-key-save-delay", "20000"]);
    using client = await server.connect();
    for (let i = 0; i < 20; i++) await client.raw("SET", `key:${i}`, "x");
    expect(await client.raw("BGSAVE", "later")).toBe("-ERR syntax error\r\n");
    expect(await client.raw("BGSAVE")).toBe("+Background saving started\r\n");
    expect(await client.raw("BGSAVE")).toBe(IN_PROGRESS);
    expect(await client.raw("BGSAVE", "SCHEDULE")).toBe(IN_PROGRESS);
    expect(await client.raw("SAVE")).toBe(IN_PROGRESS);
    await until("begun", () => temporary(server).length === 1);
    await client.raw("SET", "one more", "x");
    await until("progress", async () => Number(await info(client, "current_save_keys_processed")) > 0);
    expect(await info(client, "current_save_keys_total")).toBe("20");
    expect(Number(await info(client, "current_fork_perc"))).toBeGreaterThan(0);
    await saved(client);
    expect(keysIn(server)).toBe(20);
    expect(await info(client, "rdb_changes_since_last_save")).toBe("1");
    expect(await info(client, "current_save_keys_total")).toBe("0");
  });

  test("in a transaction it waits for the end; FLUSHALL ends it", async () => {
    await using server = await launchReady([...QUIET, "--rdb-key-save-delay", "100000"]);
    using client = await server.connect();
    for (let i = 0; i < 50; i++) await client.raw("SET", `key:${i}`, "x");
    await client.raw("MULTI");
    await client.raw("BGSAVE");
    expect(await client.raw("SAVE")).toBe("-ERR Command not allowed inside a transaction\r\n");
    await client.raw("DISCARD");
    await client.raw("MULTI");
    await client.raw("BGSAVE");
    await client.raw("BGSAVE", "SCHEDULE");
    const scheduled = "+Background saving scheduled\r\n";
    expect(await client.raw("EXEC")).toBe(`*2\r\n${scheduled}${scheduled}`);
    await until("begun", async () => (await info(client, "rdb_bgsave_in_progress")) === "1");
    await client.raw("FLUSHALL");
    await saved(client);
    expect(await info(client, "rdb_last_bgsave_status")).toBe("ok");
    expect(Number(await info(client, "rdb_changes_since_last_save"))).toBe(100);
    expect(existsSync(join(server.dir, "dump.rdb"))).toBe(false);
    expect(temporary(server)).toEqual([]);
    await server.says("Background saving terminated");
    expect(await client.raw("SET", "x", "y")).toBe("+OK\r\n");
  });

  test("save points; FLUSHALL writes an empty file at once", async () => {
    await using server = await launchReady([...DEBUG, "--save", "1", "2"]);
    using client = await server.connect();
    await client.raw("SET", "a", "1");
    await Bun.sleep(2500);
    expect(existsSync(join(server.dir, "dump.rdb"))).toBe(false);
    await client.raw("SET", "b", "1");
    await until("saved", () => existsSync(join(server.dir, "dump.rdb")));
    expect(keysIn(server)).toBe(2);
    await server.says("2 changes in 1 seconds. Saving...");
    await client.raw("SET", "c", "1");
    expect(await client.raw("FLUSHALL")).toBe("+OK\r\n");
    expect(await info(client, "rdb_changes_since_last_save")).toBe("0");
    expect(keysIn(server)).toBe(0);
  });

  test("a file goes where it was to go when it was begun, whatever `dir` and `dbfilename` are by then", async () => {
    await using server = await launchReady([
      ...QUIET,
      "--rdb-key-save-delay",
      "20000",
      "--enable-protected-configs",
      "yes",
    ]);
    using client = await server.connect();
    for (let i = 0; i < 20; i++) await client.raw("SET", `key:${i}`, "x");
    mkdirSync(join(server.dir, "other"));
    expect(await client.raw("BGSAVE")).toBe("+Background saving started\r\n");
    expect(await client.raw("CONFIG", "SET", "dir", join(server.dir, "other"), "dbfilename", "b.rdb")).toBe("+OK\r\n");
    await saved(client);
    expect(await info(client, "rdb_last_bgsave_status")).toBe("ok");
    expect(keysIn(server)).toBe(20);
    expect(temporary(server)).toEqual([]);
    expect(readdirSync(join(server.dir, "other"))).toEqual([]);
    await client.raw("CONFIG", "SET", "rdb-key-save-delay", "0");
    expect(await client.raw("SAVE")).toBe("+OK\r\n");
    expect(readdirSync(join(server.dir, "other"))).toEqual(["b.rdb"]);
  });

  test("SIGUSR1 saves in the background", async () => {
    await using server = await launchReady(QUIET);
    using client = await server.connect();
    await client.raw("SET", "a", "1");
    server.kill("SIGUSR1");
    await server.says("Background saving terminated with success");
    expect(keysIn(server)).toBe(1);
  });

  test("when it fails: who writes is turned away until it works again", async () => {
    await using server = await launchReady([...DEBUG, "--save", "3600", "1"]);
    using client = await server.connect();
    await client.raw("SET", "a", "1");
    mkdirSync(join(server.dir, "dump.rdb"));
    expect(await client.raw("SAVE")).toBe("-ERR\r\n");
    await server.says("Error moving temp DB file temp-");
    expect(await client.raw("SET", "a", "1")).toBe("+OK\r\n");
    await client.raw("MULTI");
    await client.raw("SET", "a", "queued");
    using other = await server.connect();
    expect(await other.raw("BGSAVE")).toBe("+Background saving started\r\n");
    await saved(other);
    expect(await info(other, "rdb_last_bgsave_status")).toBe("err");
    expect(temporary(server)).toEqual([]);
    const misconf = await other.raw("SET", "a", "2");
    expect(misconf).toStartWith(
      "-MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist",
    );
    expect(await other.raw("PING")).toBe(misconf);
    expect(await client.raw("EXEC")).toBe(misconf.replace("-", "-EXECABORT Transaction discarded because of: "));
    expect(await other.raw("GET", "a")).toBe("$1\r\n1\r\n");
    await other.raw("CONFIG", "SET", "stop-writes-on-bgsave-error", "no");
    expect(await other.raw("SET", "a", "2")).toBe("+OK\r\n");
    await other.raw("CONFIG", "SET", "stop-writes-on-bgsave-error", "yes", "save", "");
    expect(await other.raw("PING")).toBe("+PONG\r\n");
    await other.raw("CONFIG", "SET", "save", "3600 1");
    expect(await other.raw("PING")).toBe(misconf);
    rmdirSync(join(server.dir, "dump.rdb"));
    await other.raw("BGSAVE");
    await saved(other);
    expect(await other.raw("SET", "a", "2")).toBe("+OK\r\n");
  });
});

describe("the end", () => {
  test.each(["SIGTERM", "SIGINT", "SHUTDOWN"] as const)("%s saves when there are save points", async (how) => {
    await using server = await launchReady(["--port", "{port}"]);
    using client = await server.connect();
    await client.raw("SET", "a", "1");
    if (how === "SHUTDOWN") client.send("SHUTDOWN\r\n");
    else server.kill(how);
    expect(await server.exitCode()).toBe(0);
    expect(keysIn(server)).toBe(1);
    expect(await server.printed()).toContain("Saving the final RDB snapshot before exiting.");
  });

  test("without save points it does not, unless told; with them, unless told", async () => {
    for (const [points, word, isSaved] of [
      ["", undefined, false],
      ["", "SAVE", true],
      ["1 1", "NOSAVE", false],
    ] as const) {
      await using server = await launchReady(["--port", "{port}", "--save", points]);
      using client = await server.connect();
      await client.raw("SET", "a", "1");
      client.send(`SHUTDOWN ${word ?? ""}\r\n`);
      expect(await server.exitCode()).toBe(0);
      expect(existsSync(join(server.dir, "dump.rdb"))).toBe(isSaved);
    }
  });

  test("what cannot be saved is not ended, unless forced", async () => {
    await using server = await launchReady(["--port", "{port}"]);
    using client = await server.connect();
    mkdirSync(join(server.dir, "dump.rdb"));
    await client.raw("SET", "a", "1");
    expect(await client.raw("SHUTDOWN")).toBe("-ERR Errors trying to SHUTDOWN. Check logs.\r\n");
    expect(await client.raw("SET", "a", "2")).toBe("+OK\r\n");
    server.kill("SIGINT");
    await until("refused twice", async () => (await server.printed()).split("can't exit.").length === 3);
    expect(await client.raw("PING")).toBe("+PONG\r\n");
    client.send("SHUTDOWN FORCE\r\n");
    expect(await server.exitCode()).toBe(0);
    expect(await server.printed()).toContain("Error trying to save the DB. Exit anyway.");
  });

  test("while it saves, who reads is served, who writes waits, and ABORT takes it back", async () => {
    await using server = await launchReady([...DEBUG, "--rdb-key-save-delay", "300000"]);
    using asking = await server.connect();
    using writing = await server.connect();
    using reading = await server.connect();
    for (let i = 0; i < 20; i++) await writing.raw("SET", `key:${i}`, "x");
    const asked = asking.raw("SHUTDOWN");
    await server.says("Saving the final RDB snapshot");
    const wrote = writing.raw("SET", "key:0", "y");
    expect(await reading.raw("GET", "key:0")).toBe("$1\r\nx\r\n");
    expect(await reading.raw("SHUTDOWN", "ABORT", "NOW")).toBe("-ERR syntax error\r\n");
    expect(await reading.raw("SHUTDOWN", "ABORT")).toBe("+OK\r\n");
    expect(await asked).toBe("-ERR Errors trying to SHUTDOWN. Check logs.\r\n");
    expect(await wrote).toBe("+OK\r\n");
    expect(await reading.raw("SHUTDOWN", "ABORT")).toBe("-ERR No shutdown in progress.\r\n");
    await server.says("Shutdown manually aborted.");
    await until("removed", () => temporary(server).length === 0);
    asking.send("SHUTDOWN NOSAVE\r\n");
    expect(await server.exitCode()).toBe(0);
  });

  test("a signal can be taken back before it is heeded", async () => {
    await using server = await launchReady(QUIET);
    using client = await server.connect();
    await client.raw("DEBUG", "PAUSE-CRON", "1");
    server.kill("SIGTERM");
    await server.says("Received SIGTERM scheduling shutdown...");
    expect(await client.raw("SHUTDOWN", "ABORT")).toBe("+OK\r\n");
    await client.raw("DEBUG", "PAUSE-CRON", "0");
    await Bun.sleep(200);
    expect(await client.raw("PING")).toBe("+PONG\r\n");
  });

  test("who insists leaves nothing half done behind", async () => {
    await using server = await launchReady([...DEBUG, "--rdb-key-save-delay", "300000"]);
    using client = await server.connect();
    for (let i = 0; i < 20; i++) await client.raw("SET", `key:${i}`, "x");
    server.kill("SIGINT");
    await until("begun", () => existsSync(join(server.dir, `temp-${server.pid}.rdb`)));
    server.kill("SIGINT");
    expect(await server.exitCode()).toBe(1);
    expect(temporary(server)).toEqual([]);
  });

  test("what is being saved in the background is given up", async () => {
    await using server = await launchReady([...QUIET, "--rdb-key-save-delay", "300000"]);
    using client = await server.connect();
    for (let i = 0; i < 20; i++) await client.raw("SET", `key:${i}`, "x");
    await client.raw("BGSAVE");
    await until("begun", () => temporary(server).length === 1);
    client.send("SHUTDOWN NOSAVE\r\n");
    expect(await server.exitCode()).toBe(0);
    expect(temporary(server)).toEqual([]);
    expect(await server.printed()).toContain("There is a child saving an .rdb. Killing it!");
  });
});

test("with an AOF the end syncs it, and the next start has it all", async () => {
  const aof = ["--port", "{port}", "--appendonly", "yes", "--save", "", "--enable-debug-command", "yes"];
  await using server = await launchReady(aof);
  using client = await server.connect();
  await client.raw("SET", "a", "1");
  const digest = await client.raw("DEBUG", "DIGEST");
  server.kill("SIGTERM");
  expect(await server.exitCode()).toBe(0);
  expect(await server.printed()).toContain("Calling fsync() on the AOF file.");
  await using next = await launchReady(aof, { dir: server.dir });
  using other = await next.connect();
  expect(await other.raw("DEBUG", "DIGEST")).toBe(digest);
  // Switched off and on, there is nothing to rely upon until the new base is there.
  await other.raw("CONFIG", "SET", "appendonly", "no", "rdb-key-save-delay", "2000000");
  await other.raw("CONFIG", "SET", "appendonly", "yes");
  expect(await other.raw("SHUTDOWN")).toBe("-ERR Errors trying to SHUTDOWN. Check logs.\r\n");
  expect(await next.printed()).toContain("Writing initial AOF, can't exit.");
  other.send("SHUTDOWN FORCE\r\n");
  expect(await next.exitCode()).toBe(0);
});

test("ashlar check looks at what was saved", async () => {
  await using server = await launchReady(QUIET);
  using client = await server.connect();
  await client.raw("SET", "a", "1");
  await client.raw("SAVE");
  const path = join(server.dir, "dump.rdb");
  await using good = await launch(["check", "rdb", path]);
  expect(await good.exitCode()).toBe(0);
  expect(await good.printed()).toContain("1 keys");
  const bytes = readFileSync(path);
  bytes[bytes.length - 12]! ^= 1;
  writeFileSync(path, bytes);
  await using bad = await launch(["check", "rdb", path]);
  expect(await bad.exitCode()).toBe(1);
  expect(await bad.printed()).toContain("at byte ");
  expect(readFileSync(path).equals(bytes)).toBe(true);
});
