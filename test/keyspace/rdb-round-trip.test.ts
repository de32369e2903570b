/**
 * What is saved is what is loaded: every type in every encoding, keys of all lengths, deadlines, several databases. `SEED`
 * replays; `RDB_ROUNDS` says how many rounds.
 */
import { beforeAll, expect, test } from "bun:test";
import { auditAll } from "../../src/keyspace/audit.ts";
import { RdbLoader } from "../../src/keyspace/rdb-load.ts";
import { saveDatabases } from "../../src/keyspace/rdb-save.ts";
import * as mem from "../../src/mem/mem.ts";
import { collect, MemoryFile } from "../rdb/memory-file.ts";
import { configure, digest, keyCount, Store } from "../rdb/store.ts";
import { FakeClock, LocalClient, openStore } from "../support/in-process.ts";
import { seededRandom, seedOfRun } from "../support/random.ts";

const seed = seedOfRun();
const ROUNDS = Number(process.env["RDB_ROUNDS"] ?? 30);
const NOW = 1_700_000_000_000;
const clock = new FakeClock(NOW);
let client: LocalClient;
let store: Store;

beforeAll(() => {
  openStore();
  client = new LocalClient();
  store = new Store(client, clock);
});

const head = (bytes: Uint8Array): string => Buffer.from(bytes.slice(0, 9)).toString("latin1");

test(`random stores come back as they were (SEED=${seed})`, () => {
  for (let round = 0; round < ROUNDS; round++) {
    const random = seededRandom(seed + round);
    store.fill(random, random.below(60), random.chance(0.5));
    const before = digest();
    const keys = keyCount();
    const saved = store.save();
    store.empty();
    const loader = store.load(saved, {}, random.pick([1, 1000, 1e9]), random.pick([7, 5000, 1e9]));
    expect({ round, digest: digest() }).toEqual({ round, digest: before });
    expect(loader.keysLoaded).toBe(keys);
    expect(loader.end).toBe(saved.length);
    expect(auditAll()).toEqual([]);
    store.empty();
    expect(auditAll()).toEqual([]);
  }
}, 120_000);

test("the version is that of Redis 7.0, unless fields have deadlines", () => {
  client.raw("HSET", "h", "a", "1", "b", "2");
  client.raw("PEXPIREAT", "h", String(NOW + 1000));
  expect(head(store.save())).toBe("REDIS0010");
  client.raw("HPEXPIREAT", "h", String(NOW + 500), "FIELDS", "1", "a");
  const saved = store.save();
  expect(head(saved)).toBe("REDIS0012");
  store.empty();
  store.load(saved);
  expect(client.raw("HPEXPIRETIME", "h", "FIELDS", "2", "a", "b")).toBe(`*2\r\n:${NOW + 500}\r\n:-1\r\n`);
  expect(client.raw("PEXPIRETIME", "h")).toBe(`:${NOW + 1000}\r\n`);
  store.empty();
});

test("keys past their deadlines are left out, unless an AOF follows", () => {
  for (let i = 0; i < 100; i++) client.raw("SET", `k${i}`, "v", "PXAT", String(NOW + 1 + i));
  const saved = store.save();
  store.empty();
  clock.set(NOW + 51);
  const loader = store.load(saved);
  expect([loader.keysLoaded, loader.keysExpired]).toEqual([50, 50]);
  expect(client.raw("DBSIZE")).toBe(":50\r\n");
  store.empty();
  expect(store.load(saved, { dropsExpired: false }).keysLoaded).toBe(100);
  expect(keyCount()).toBe(100);
  expect(auditAll()).toEqual([]);
  store.empty();
  clock.set(NOW);
});

test("a key that is there already is an error, or replaced", () => {
  client.raw("SET", "a", "saved", "PXAT", String(NOW + 1000));
  client.raw("RPUSH", "b", "x");
  const saved = store.save();
  client.raw("SET", "a", "later");
  expect(() => store.load(saved)).toThrow(/the key '[ab]' is there already, in database 0/);
  expect(auditAll()).toEqual([]);
  store.load(saved, { merges: true });
  expect(client.raw("GET", "a")).toBe("$5\r\nsaved\r\n");
  expect(client.raw("PEXPIRETIME", "a")).toBe(`:${NOW + 1000}\r\n`);
  expect(keyCount()).toBe(2);
  expect(auditAll()).toEqual([]);
  store.empty();
});

test("how long ago, or how often, keys were used comes along", () => {
  client.raw("SET", "a", "1");
  clock.set(NOW + 500_000);
  const saved = store.save({ policy: "lru" });
  store.empty();
  store.load(saved);
  expect(client.raw("OBJECT", "IDLETIME", "a")).toBe(":500\r\n");
  configure("maxmemory-policy", "allkeys-lfu");
  client.raw("SET", "b", "1");
  const counted = store.save({ policy: "lfu" });
  store.empty();
  store.load(counted);
  expect(client.raw("OBJECT", "FREQ", "b")).toBe(":5\r\n");
  configure("maxmemory-policy", "noeviction");
  store.empty();
  clock.set(NOW);
});

test("a large value needs no buffer of its length to be saved", () => {
  configure("rdbcompression", "yes");
  client.raw("SETRANGE", "s", String(40_000_000), "end");
  client.raw("SET", "t", "text ".repeat(1_000_000));
  for (let i = 0; i < 200_000; i += 100) {
    client.raw("HSET", "h", ...Array.from({ length: 200 }, (_, n) => `${i + (n >> 1)}-${n & 1}`));
  }
  const before = digest();
  const saved = collect((out) =>
    saveDatabases(out, { isAofBase: true, checksum: true, usedBytes: 1, nowMs: NOW, policy: "none" }),
  );
  expect(saved.largest).toBeLessThanOrEqual(64 * 1024);
  store.empty();
  const blocks = mem.used.blocks;
  expect(store.load(saved.bytes).aux.get("aof-base")).toBe("1");
  expect(digest()).toBe(before);
  expect(auditAll()).toEqual([]);
  store.empty();
  expect(mem.used.blocks).toBe(blocks);
}, 60_000);

test("no memory is taken for what the file cannot hold", () => {
  const far = (type: number, rest: number[]): Uint8Array =>
    new Uint8Array([...Buffer.from("REDIS0010"), 251, 0x80, 0x7f, 255, 255, 255, 0, type, 1, 0x6b, ...rest, 255]);
  const huge = [0x81, 0, 0, 0, 1, 0, 0, 0, 0];
  const large = [0x80, 0x3f, 255, 255, 255];
  for (const length of [huge, large]) {
    for (const type of [0, 1, 2, 3, 4, 5, 10, 11, 14, 16, 17, 18, 19, 20, 21, 24]) {
      const before = mem.used.bytes;
      expect(() => store.load(far(type, length))).toThrow();
      expect(mem.used.bytes).toBe(before);
    }
    expect(() => store.load(far(0, [0xc3, 0x05, ...length, 1, 2, 3, 4, 5]))).toThrow(/cannot stand for/);
  }
  expect(auditAll()).toEqual([]);
});

test("what is damaged is refused with its place", () => {
  client.raw("SET", "key", "value");
  const saved = store.save();
  store.empty();
  const loader = new RdbLoader(new MemoryFile(saved.slice(0, -11)), { dropsExpired: true });
  expect(() => loader.step(1e9)).toThrow(`at byte ${saved.length - 14} (a value): 5 bytes are announced, 3 are left`);
  store.empty();
  const wrong = saved.slice();
  wrong[saved.length - 10]! ^= 1;
  expect(() => store.load(wrong)).toThrow(
    /^at byte \d+ \(the end\): RDB CRC error: the checksum should be [0-9a-f]{16}, and is/,
  );
  store.empty();
  expect(store.load(wrong, { checksum: false }).keysLoaded).toBe(1);
  store.empty();
  expect(store.load(store.save({ checksum: false })).keysLoaded).toBe(0);
  const more = new Uint8Array([...saved, 42, 43]);
  expect(store.load(more).end).toBe(saved.length);
  store.empty();
});
