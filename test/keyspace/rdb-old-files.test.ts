/**
 * Files that others have written: those of Redis' own tests, and files made by hand in every version and with every opcode
 * that there ever was.
 */
import { beforeAll, beforeEach, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { auditAll } from "../../src/keyspace/audit.ts";
import { libraries } from "../../src/keyspace/libraries.ts";
import type { RdbLoader } from "../../src/keyspace/rdb-load.ts";
import { length, little, payload, string, withFooter, ziplist } from "../rdb/payloads.ts";
import { digest, keyCount, Store } from "../rdb/store.ts";
import { FakeClock, LocalClient, openStore } from "../support/in-process.ts";

const ASSETS = resolve(import.meta.dir, "../../.cache/redis-suite/source/tests/assets");
const NOW = 1_700_000_000_000;
let client: LocalClient;
let store: Store;
let notes: string[] = [];

beforeAll(() => {
  openStore();
  client = new LocalClient();
  store = new Store(client, new FakeClock(NOW));
});
beforeEach(() => {
  store.empty();
  notes = [];
});

const char = (...codes: number[]): string => String.fromCharCode(...codes);
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));

function load(bytes: Uint8Array, dropsExpired = true): RdbLoader {
  const loader = store.load(bytes, { dropsExpired, note: (note) => void notes.push(note) });
  expect(auditAll()).toEqual([]);
  return loader;
}

/** A file of this magic with these records; its checksum is right, where there is one. */
function file(magic: string, ...records: string[]): Uint8Array {
  const body = `${magic}${records.join("")}\xff`;
  if (/REDIS000[1-4]/.test(magic)) return bytesOf(body);
  // The footer of a payload has a version before its checksum: here those two bytes are the last of the body.
  const version = body.charCodeAt(body.length - 2) | (body.charCodeAt(body.length - 1) << 8);
  return bytesOf(withFooter(body.slice(0, -2), version));
}

const key = (type: number, name: string, value: string): string => char(type) + string(name) + value;
const asset = (name: string): Uint8Array => new Uint8Array(readFileSync(join(ASSETS, name)));

test.skipIf(!existsSync(ASSETS))("the files of Redis' tests", () => {
  const loaded: Record<string, unknown> = {};
  const names = ["encodings", "hash-zipmap", "hash-ziplist", "zset-ziplist", "list-quicklist", "scriptbackup"];
  for (const name of names) {
    store.empty();
    const loader = load(asset(`${name}.rdb`));
    loaded[name] = [loader.keysLoaded, loader.version];
  }
  expect(loaded).toMatchInlineSnapshot(`
    {
      "encodings": [
        13,
        4,
      ],
      "hash-ziplist": [
        1,
        9,
      ],
      "hash-zipmap": [
        1,
        3,
      ],
      "list-quicklist": [
        2,
        8,
      ],
      "scriptbackup": [
        0,
        10,
      ],
      "zset-ziplist": [
        1,
        10,
      ],
    }
  `);
  store.empty();
  load(asset("encodings.rdb"));
  expect(client.raw("LRANGE", "list", "0", "3")).toBe("*4\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n$1\r\na\r\n");
  expect(client.raw("GET", "compressible")).toBe(`$137\r\n${"a".repeat(137)}\r\n`);
  store.empty();
  const empty = load(asset("corrupt_empty_keys.rdb"));
  expect([empty.keysLoaded, empty.keysEmpty]).toEqual([0, 9]);
  expect(notes[0]).toMatch(/skipping empty key: ./);
  store.empty();
  expect(() => load(asset("corrupt_ziplist.rdb"))).toThrow(/a ziplist is wrong about/);
});

test("version 1: no checksum, and nothing may follow", () => {
  const bytes = file(
    "REDIS0001",
    `\xfe${length(3)}`,
    key(0, "a", string("1")),
    key(1, "l", `${length(2)}${string("x")}\xc0\x05`),
  );
  expect(load(bytes).end).toBe(bytes.length);
  expect(() => store.load(new Uint8Array([...bytes, 0]), { isCheck: true })).toThrow("something follows");
  client.raw("SELECT", "3");
  expect(client.raw("LRANGE", "l", "0", "-1")).toBe("*2\r\n$1\r\nx\r\n$1\r\n5\r\n");
  client.raw("SELECT", "0");
});

test("deadlines in seconds and in milliseconds", () => {
  const seconds = NOW / 1000;
  const records = [
    `\xfd${little(seconds + 10, 4)}${key(0, "a", string("1"))}`,
    `\xfd${little(seconds - 10, 4)}${key(0, "gone", string("1"))}`,
    `\xfc${little(NOW + 1500, 8)}${key(0, "b", string("1"))}`,
    key(0, "c", string("1")),
  ];
  for (const magic of ["REDIS0002", "REDIS0003", "REDIS0008", "REDIS0012"]) {
    store.empty();
    expect(load(file(magic, ...records)).keysExpired).toBe(1);
    expect(client.raw("PEXPIRETIME", "a")).toBe(`:${NOW + 10_000}\r\n`);
    expect(client.raw("PEXPIRETIME", "b")).toBe(`:${NOW + 1500}\r\n`);
    expect(client.raw("PEXPIRETIME", "c")).toBe(":-1\r\n");
    expect(client.raw("EXISTS", "gone")).toBe(":0\r\n");
  }
});

test("a time before 1970 is one that is over", () => {
  const past = `\xfc${little(-5n & (2n ** 64n - 1n), 8)}${key(0, "a", string("1"))}`;
  expect(load(file("REDIS0010", past)).keysExpired).toBe(1);
  expect(load(file("REDIS0010", past), false).keysLoaded).toBe(1);
  expect(client.raw("GET", "a")).toBe("$-1\r\n");
});

test("all other opcodes", () => {
  const moduleAux = `\xf7\x81${"\x11\x22\x33\x44\x55\x66\x77\x88"}${length(2)}${length(1)}`;
  const moduleData = `${length(1)}${length(7)}${length(2)}${length(9)}${length(3)}abcd${length(4)}abcdefgh${length(5)}${string("data")}${length(0)}`;
  const records = [
    `\xfa${string("redis-ver")}${string("7.9.9")}\xfa${string("%who")}${string("me")}`,
    `\xfb${length(2)}${length(0)}`,
    `\xf5${string("#!lua name=x\nredis.call()")}`,
    `\xf6${string("x")}${string("LUA")}${length(1)}${string("about")}${string("code")}`,
    moduleAux + moduleData,
    `\xf4${length(5)}${length(1)}${length(0)}`,
    `\xf8${length(100)}${key(0, "a", string("1"))}`,
    `\xf9\x10${key(0, "b", string("2"))}`,
  ];
  const loader = load(file("REDIS0012", ...records));
  expect(loader.aux.get("redis-ver")).toBe("7.9.9");
  expect(notes.map((note) => note.replace(/'.*'/, "'…'"))).toEqual([
    "RDB '…': me",
    "a library of functions is kept, and cannot be called: there is no scripting here yet",
    "a library of functions of a release candidate of Redis 7.0 is passed over",
    "data of the module '…' are passed over: there are no modules here",
  ]);
  expect(client.raw("OBJECT", "IDLETIME", "a")).toBe(":100\r\n");
  expect(client.raw("GET", "b")).toBe("$1\r\n2\r\n");
  const library = file("REDIS0010", records[2]!);
  expect(() => load(library)).toThrow("there is a library of this name already");
  store.load(library, { merges: true });
  expect(libraries.code.map((code) => Buffer.from(code).toString())).toEqual(["#!lua name=x\nredis.call()"]);
});

test("what cannot be read is refused, and says why", () => {
  const refusals: [Uint8Array, string][] = [
    [bytesOf("HELLO0010"), "this is no RDB file"],
    [bytesOf("REDIS"), "9 bytes are announced, 5 are left"],
    [bytesOf("REDIS0013\xff"), "files of version REDIS0013 cannot be read"],
    [bytesOf("REDIS0000\xff"), "files of version REDIS0000 cannot be read"],
    [bytesOf("REDIS00x1\xff"), "files of version REDIS00x1 cannot be read"],
    [bytesOf("VALKEY079\xff"), "files of version VALKEY079 cannot be read"],
    [file("REDIS0010", key(7, "m", string("x"))), "the value belongs to a module"],
    [file("REDIS0010", key(6, "m", string("x"))), "the value belongs to a module"],
    [file("REDIS0010", key(8, "m", string("x"))), "no value has the type 8"],
    [file("REDIS0010", key(26, "m", string("x"))), "no value has the type 26"],
    [file("VALKEY080", key(24, "m", string("x"))), "no value of Valkey's has the type 24"],
    [file("REDIS0010", `\xfe${length(16)}`), "the database 16 is beyond the 16 that are configured"],
    [file("VALKEY080", `\xf3${string("job")}`), "while a slot was on its way"],
    [file("REDIS0010", `\xf7${length(5)}${length(3)}`), "the data of a module are damaged"],
  ];
  for (const [bytes, reason] of refusals) {
    expect(() => load(bytes)).toThrow(reason);
    expect(keyCount()).toBe(0);
  }
});

test("hashes with deadlines, of each who writes them", () => {
  const deadline = NOW + 5000;
  const early = `${length(2)}${length(0)}${string("a")}${string("1")}\x81${[...little(deadline, 8)].reverse().join("")}${string("b")}${string("2")}`;
  const now = `${little(deadline, 8)}${length(2)}${length(0)}${string("a")}${string("1")}${length(1)}${string("b")}${string("2")}`;
  const valkey = `${length(2)}${string("a")}${string("1")}${"\xff".repeat(8)}${string("b")}${string("2")}${little(deadline, 8)}`;
  for (const bytes of [
    file("REDIS0012", key(22, "h", early)),
    file("REDIS0012", key(24, "h", now)),
    file("VALKEY080", key(22, "h", valkey)),
  ]) {
    store.empty();
    load(bytes);
    expect(client.raw("HPEXPIRETIME", "h", "FIELDS", "2", "a", "b")).toBe(`*2\r\n:-1\r\n:${deadline}\r\n`);
    expect(client.raw("HMGET", "h", "a", "b")).toBe("*2\r\n$1\r\n1\r\n$1\r\n2\r\n");
  }
  expect(() => load(file("VALKEY080", key(22, "h", early)))).toThrow();
  // A payload says by its version whose it is.
  for (const [value, version] of [
    [early, 12],
    [valkey, 80],
  ] as const) {
    store.empty();
    expect(client.raw("RESTORE", "h", "0", payload(22, value, version))).toBe("+OK\r\n");
    expect(client.raw("HPEXPIRETIME", "h", "FIELDS", "2", "a", "b")).toBe(`*2\r\n:-1\r\n:${deadline}\r\n`);
  }
});

test("the compact forms of old, in a file of their time", () => {
  const zipmap = `\x02${"\x01"}a${"\x01\x00"}1${"\x01"}b${"\x01\x02"}2xx\xff`;
  const records = [
    key(9, "zipmap", string(zipmap)),
    key(10, "list", string(ziplist(["a", "1", "b"]))),
    key(12, "zset", string(ziplist(["a", "1", "b", "2.5"]))),
    key(13, "hash", string(ziplist(["a", "1", "b", "2"]))),
    key(14, "quicklist", length(2) + string(ziplist(["a"])) + string(ziplist(["b", "3"]))),
    key(11, "intset", string(`${little(2, 4)}${little(2, 4)}${little(5, 2)}${little(7, 2)}`)),
    key(3, "scores", `${length(2)}${string("a")}\x031.5${string("b")}\xfe`),
  ];
  load(file("REDIS0006", ...records));
  expect(client.raw("HMGET", "zipmap", "a", "b")).toBe("*2\r\n$1\r\n1\r\n$1\r\n2\r\n");
  expect(client.raw("LRANGE", "list", "0", "-1")).toBe("*3\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n");
  expect(client.raw("ZSCORE", "zset", "b")).toBe("$3\r\n2.5\r\n");
  expect(client.raw("HGET", "hash", "b")).toBe("$1\r\n2\r\n");
  expect(client.raw("LLEN", "quicklist")).toBe(":3\r\n");
  expect(client.raw("SMEMBERS", "intset")).toBe("*2\r\n$1\r\n5\r\n$1\r\n7\r\n");
  expect(client.raw("ZSCORE", "scores", "b")).toBe("$3\r\ninf\r\n");
  const before = digest();
  const saved = store.save();
  store.empty();
  load(saved);
  expect(digest()).toBe(before);
});
