import { beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installStorage } from "../../../src/base/storage.ts";
import { checkRdb } from "../../../src/features/persistence/check-rdb.ts";
import { auditAll } from "../../../src/keyspace/audit.ts";
import * as mem from "../../../src/mem/mem.ts";
import { disk } from "../../../src/server/disk.ts";
import { keyCount, Store } from "../../rdb/store.ts";
import { FakeClock, LocalClient, openStore } from "../../support/in-process.ts";

const NOW = 1_700_000_000_000;
let store: Store;
let saved: Uint8Array;

beforeAll(() => {
  installStorage(disk);
  openStore();
  const clock = new FakeClock(NOW);
  const client = new LocalClient();
  store = new Store(client, clock);
  store.empty();
  client.raw("SET", "a", "1", "PXAT", String(NOW + 1000));
  client.raw("SET", "b", "1", "PXAT", String(NOW + 100_000));
  client.raw("RPUSH", "l", "x");
  client.raw("SELECT", "5");
  for (let i = 0; i < 2000; i++) client.raw("HSET", "h", `f${i}`, "v");
  saved = store.save();
  store.empty();
  clock.set(NOW + 5000);
});

function check(bytes: Uint8Array) {
  const dir = mkdtempSync(join(tmpdir(), "ashlar-check-"));
  const before = mem.used.blocks;
  try {
    writeFileSync(join(dir, "x.rdb"), bytes);
    const { isValid, lines } = checkRdb(join(dir, "x.rdb"));
    expect([keyCount(), mem.used.blocks, auditAll()]).toEqual([0, before, []]);
    return { isValid, lines: lines.map((line) => line.replaceAll(dir, "…")) };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

test("a file that is whole", () => {
  expect(check(saved)).toEqual({
    isValid: true,
    lines: [
      "Format: version 10 of Redis",
      "redis-ver: 7.0.15",
      "redis-bits: 64",
      "ctime: 1700000000",
      "used-mem: 12345",
      "aof-base: 0",
      // Keys stand in no order that a test would know.
      expect.stringMatching(/^3 keys \(1 (string, 1 list|list, 1 string), 1 hash\) in 2 databases$/),
      "1 of them have a deadline; 1 more are expired, and would be left out",
      "RDB …/x.rdb is valid",
    ],
  });
});

test("a file that is cut off", () => {
  const { isValid, lines } = check(saved.slice(0, -1000));
  expect(isValid).toBe(false);
  expect(lines.at(-2)).toMatch(
    /^What is behind byte \d+ would be lost: \d+ of \d+ bytes, with 1 keys of those announced$/,
  );
  expect(lines.at(-1)).toMatch(
    /^RDB …\/x.rdb is not valid: at byte \d+ \(a value\): \d+ bytes are announced, \d+ are left$/,
  );
});

test("what is no RDB file, and what is not there", () => {
  expect(check(new Uint8Array(20)).lines.at(-1)).toMatch("is not valid: at byte 9 (the head): this is no RDB file");
  expect(checkRdb("/nowhere/x.rdb")).toEqual({
    isValid: false,
    lines: ["RDB /nowhere/x.rdb is not valid: No such file or directory"],
  });
});
