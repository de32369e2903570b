/**
 * The checksums of a base of commands: Redis' own tool finds nothing wrong with them, and not a bit can be turned or lost without
 * being noticed. That the commands are those of the store is in test/keyspace/commands-save.test.ts. `SEED` replays.
 */
import { afterAll, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installStorage } from "../../../src/base/storage.ts";
import { saveBase } from "../../../src/features/persistence/aof-base.ts";
import { checkAof } from "../../../src/features/persistence/check-aof.ts";
import { disk } from "../../../src/server/disk.ts";
import { collect } from "../../rdb/memory-file.ts";
import { LocalClient, openStore } from "../../support/in-process.ts";
import { seededRandom, seedOfRun } from "../../support/random.ts";

const seed = seedOfRun();
const dir = mkdtempSync(join(tmpdir(), "ashlar-base-"));
const path = join(dir, "a.1.base.aof");
let client: LocalClient;

beforeEach(() => {
  openStore();
  installStorage(disk);
  client = new LocalClient();
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const save = (stampedMs?: number) => collect((out) => saveBase(out, { stampedMs })).bytes;

function check(bytes: Uint8Array) {
  writeFileSync(path, bytes);
  return checkAof(path, { fix: false });
}

/** The lines with checksums. */
const linesIn = (bytes: Uint8Array) =>
  Buffer.from(bytes)
    .toString("latin1")
    .match(/#CB:[0-9a-f]{16}:\d+\r\n/g)!;

/** Keys for some pieces, and values that are written in parts. */
function fill(): void {
  for (let i = 0; i < 3000; i++) client.raw("SET", `key:${i}`, `${i}`.repeat(20), "EX", "1000");
  client.raw("SET", "long", "x".repeat(300_000));
  client.raw("RPUSH", "list", "y".repeat(100_000), "z", "y".repeat(100_000));
  client.raw("HSET", "hash", ...Array.from({ length: 20_000 }, (_, i) => `${i}`.padEnd(10, "-")));
}

test("an empty one, and one with the time, are whole", () => {
  expect(Buffer.from(save()).toString()).toBe("#CB:0000000000000000:0\r\n".repeat(2));
  expect(check(save()).isValid).toBeTrue();
  const stamped = save(1_700_000_000_000);
  expect(Buffer.from(stamped).toString()).toMatch(/^#TS:1700000000\r\n#CB:[0-9a-f]{16}:16\r\n#CB:0{16}:0\r\n$/);
  expect(check(stamped).isValid).toBeTrue();
});

test("a large one has a line for about 64 KiB each, and Redis' tool finds nothing wrong with it", () => {
  fill();
  const bytes = save();
  const lengths = linesIn(bytes).map((line) => Number(line.split(":")[2]));
  expect(lengths.length).toBeGreaterThan(6);
  expect([lengths[0], lengths.at(-1)]).toEqual([0, 0]);
  // What is written in parts is in one of them.
  expect(Math.max(...lengths)).toBeGreaterThan(300_000);
  expect(check(bytes)).toMatchObject({ isValid: true });
  expect(Bun.spawnSync(["redis-check-aof", path]).exitCode).toBe(0);
});

test(`no bit is turned unnoticed (SEED=${seed})`, () => {
  fill();
  const bytes = save();
  const random = seededRandom(seed);
  for (let i = 0; i < 200; i++) {
    const at = random.below(bytes.length);
    bytes[at]! ^= 1 << (i % 8);
    if (check(bytes).isValid) throw new Error(`bit ${i % 8} of byte ${at} was turned`);
    bytes[at]! ^= 1 << (i % 8);
  }
  expect(check(bytes).isValid).toBeTrue();
});

test("no end is missed, not even where a line is the last", () => {
  fill();
  const bytes = save();
  let end = 0;
  for (const line of linesIn(bytes).slice(0, -1)) {
    end = Buffer.from(bytes).indexOf(line, end) + line.length;
    const { lines } = check(bytes.slice(0, end));
    expect(lines.join()).toContain("the end is missing");
    expect(lines.join()).toContain("this is damage");
  }
  expect(check(bytes.slice(0, bytes.length - 1)).isValid).toBeFalse();
});

test("a damaged one is not repaired by leaving out a part", () => {
  fill();
  const bytes = save();
  const at = Buffer.from(bytes).lastIndexOf("xxxx");
  bytes[at] = 0x79;
  const before = Buffer.from(bytes).lastIndexOf("#CB:", at);
  const good = Buffer.from(bytes).indexOf("\r\n", before) + 2;
  expect(check(bytes).lines.join("\n")).toContain(`at byte ${good} of ${bytes.length}`);
  const { isValid, lines } = checkAof(path, { fix: true });
  expect(isValid).toBeFalse();
  expect(lines.at(-1)).toBe(
    "Failed to truncate AOF a.1.base.aof, because nothing of a base may be missing: take it from a backup",
  );
  expect(readFileSync(path).equals(Buffer.from(bytes))).toBeTrue();
});

test("no line can be left out", () => {
  fill();
  const text = Buffer.from(save()).toString("latin1");
  for (const line of linesIn(Buffer.from(text, "latin1"))) {
    expect(check(Buffer.from(text.replace(line, ""), "latin1")).isValid).toBeFalse();
  }
});
