/** DUMP and RESTORE beside the real server: bytes, options, errors, events. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { auditAll } from "../../../src/keyspace/audit.ts";
import * as lazyFree from "../../../src/keyspace/lazy-free.ts";
import { maxmemoryPolicy } from "../../../src/keyspace/parameters.ts";
import * as mem from "../../../src/mem/mem.ts";
import { rdbcompression } from "../../../src/rdb/parameters.ts";
import { length, listpack, little, payload, string, withFooter } from "../../rdb/payloads.ts";
import { bulkOf, SideBySide } from "../../support/side-by-side.ts";

let both: SideBySide;
beforeAll(async () => {
  both = await SideBySide.start();
  // What expires here expires when it is looked at.
  await both.real.command("DEBUG", "SET-ACTIVE-EXPIRE", "0");
});
afterAll(() => both.stop());

const STRINGS = [
  "",
  "a",
  "0",
  "-1",
  "12345",
  "4294967296",
  "x".repeat(20),
  "x".repeat(21),
  "ab".repeat(30_000),
  "\0\xff\r\n",
];

test("a payload has the bytes of Redis", async () => {
  await both.clear();
  for (const text of STRINGS) {
    await both.same("SET", "k", text);
    const { reply } = await both.same("DUMP", "k");
    await both.same("RESTORE", "copy", "0", bulkOf(reply), "REPLACE");
    await both.same("GET", "copy");
    await both.same("OBJECT", "ENCODING", "copy");
  }
  await both.line("SET grown 12");
  await both.line("APPEND grown 34");
  await both.line("DUMP grown");
  await both.line("HSET h a 1 b 2 c text");
  await both.line("DUMP h");
  await both.same("HSET", "h", "long", "y".repeat(100));
  await both.line("HDEL h a b c");
  await both.line("DUMP h");
  await both.line("DUMP none");
  await both.configure(rdbcompression, false);
  await both.same("SET", "k", "ab".repeat(100));
  await both.line("DUMP k");
  await both.configure(rdbcompression, true);
  await both.sameState();
});

test("options, in every combination and order of errors", async () => {
  await both.clear();
  await both.line("SET k value");
  const good = bulkOf((await both.line("DUMP k")).reply);
  const ttls = ["0", "100000", "-1", "x", "", "9223372036854775807", "9223372036854775808", "99999999999999"];
  const options = [
    "",
    "REPLACE",
    "replace ABSTTL",
    "ABSTTL",
    "IDLETIME 10",
    "IDLETIME",
    "FREQ 5",
    "FREQ 256",
    "FREQ -1",
  ]
    .concat([
      "IDLETIME -1",
      "IDLETIME x",
      "FREQ x",
      "IDLETIME 5 FREQ 5",
      "FREQ 5 IDLETIME 5",
      "x",
      "REPLACE IDLETIME 1000",
    ])
    .concat([
      "IDLETIME 9223372036854775807",
      "FREQ 9223372036854775808",
      "REPLACE FREQ 0 REPLACE",
      "IDLETIME 1 IDLETIME 2",
    ]);
  for (const key of ["k", "fresh"]) {
    for (const ttl of ttls) {
      for (const text of [
        good,
        good.slice(1),
        "",
        "short",
        `${good.slice(0, -1)}x`,
        withFooter("", 10),
        withFooter("\x63", 10),
      ]) {
        for (const option of options) {
          await both.same("RESTORE", key, ttl, text, ...option.split(" ").filter(Boolean));
          const absolute = option.includes("ABSTTL") && ttl.length > 10 && ttl !== "9223372036854775808";
          if (absolute) await both.same("PEXPIRETIME", key);
          else await both.same("EXISTS", key);
          if (key === "fresh") await both.line("DEL fresh");
          else await both.line("SET k value");
        }
      }
    }
  }
  await both.line("RESTORE k 0");
  await both.sameState();
}, 120_000);

test("versions: ours, those before, and the newer ones whose values we know", () => {
  const text = string("value");
  for (const version of [1, 6, 9, 10, 11, 12, 80]) {
    expect(both.runOurs("RESTORE", "v", "0", payload(0, text, version), "REPLACE").reply).toBe("+OK\r\n");
  }
  for (const version of [13, 79, 81, 65535]) {
    expect(both.runOurs("RESTORE", "v", "0", payload(0, text, version), "REPLACE").reply).toStartWith(
      "-ERR DUMP payload",
    );
  }
  both.runOurs("DEL", "v");
});

test("idle time and frequency", async () => {
  await both.clear();
  const text = payload(0, string("value"));
  for (const idle of ["0", "10", "100000"]) {
    await both.same("RESTORE", "k", "0", text, "REPLACE", "IDLETIME", idle);
    await both.line("OBJECT IDLETIME k");
  }
  await both.configure(maxmemoryPolicy, "allkeys-lfu");
  for (const frequency of ["0", "1", "100", "255"]) {
    await both.same("RESTORE", "k", "0", text, "REPLACE", "FREQ", frequency);
    await both.line("OBJECT FREQ k");
  }
  await both.same("RESTORE", "k", "0", text, "REPLACE", "IDLETIME", "5");
  await both.line("OBJECT FREQ k");
  await both.configure(maxmemoryPolicy, "noeviction");
});

test("checksums count unless they are to be skipped", async () => {
  await both.clear();
  const text = `${payload(0, string("value")).slice(0, -1)}?`;
  await both.same("RESTORE", "k", "0", text);
  await both.line("DEBUG SET-SKIP-CHECKSUM-VALIDATION 1");
  await both.same("RESTORE", "k", "0", text);
  await both.line("GET k");
  await both.line("DEBUG SET-SKIP-CHECKSUM-VALIDATION 0");
  await both.same("RESTORE", "k", "0", text, "REPLACE");
});

test("a value that is refused, or too late, leaves nothing behind", () => {
  both.runOurs("FLUSHALL");
  while (!lazyFree.step(1000));
  const before = mem.used.blocks;
  const pairs = Array.from({ length: 100 }, (_, i) => string(`field${i}`) + string("v".repeat(100))).join("");
  expect(both.runOurs("RESTORE", "k", "1", payload(4, `\x40\x64${pairs}`), "ABSTTL").reply).toBe("+OK\r\n");
  expect(
    both.runOurs("RESTORE", "k", "0", payload(4, `\x40\x65${pairs}${string("field1")}${string("")}`)).reply,
  ).toStartWith("-ERR Bad");
  expect(both.runOurs("RESTORE", "k", "0", payload(4, `\x40\x65${pairs}`)).reply).toStartWith("-ERR Bad");
  expect(both.runOurs("EXISTS", "k").reply).toBe(":0\r\n");
  while (!lazyFree.step(1000));
  expect(auditAll()).toEqual([]);
  expect(mem.used.blocks).toBe(before);
});

test("fields keep their deadlines", () => {
  both.runOurs("FLUSHALL");
  both.runOurs("HSET", "h", "a", "1", "b", "2", "c", "3");
  both.runOurs("HPEXPIREAT", "h", "4102444800000", "FIELDS", "1", "a");
  both.runOurs("HPEXPIREAT", "h", "4102444900000", "FIELDS", "1", "b");
  const dumped = bulkOf(both.runOurs("DUMP", "h").reply);
  // Redis 7.0 must see that it does not know this.
  expect(dumped.charCodeAt(0)).toBe(24);
  expect(dumped.slice(-10, -8)).toBe("\x0c\0");
  expect(both.runOurs("RESTORE", "copy", "0", dumped).reply).toBe("+OK\r\n");
  expect(both.runOurs("HPEXPIRETIME", "copy", "FIELDS", "3", "a", "b", "c").reply).toBe(
    "*3\r\n:4102444800000\r\n:4102444900000\r\n:-1\r\n",
  );
  expect(both.runOurs("DEBUG", "DIGEST-VALUE", "copy").reply).toBe(both.runOurs("DEBUG", "DIGEST-VALUE", "h").reply);
  expect(auditAll()).toEqual([]);
});

test("values of newer servers", () => {
  both.runOurs("FLUSHALL");
  const set = payload(20, string(listpack(["a", "7", "b"])), 11);
  expect(both.runOurs("RESTORE", "s", "0", set).reply).toBe("+OK\r\n");
  expect(both.runOurs("SORT", "s", "ALPHA").reply).toBe("*3\r\n$1\r\n7\r\n$1\r\na\r\n$1\r\nb\r\n");
  const fields = ["a", "1", "4102444800000", "b", "2", "0"];
  const hash = payload(25, little(4102444800000, 8) + string(listpack(fields)), 12);
  // A deadline has to be a number there.
  expect(both.runOurs("RESTORE", "h", "0", hash).reply).toStartWith("-ERR Bad data format");
  const entry = (text: string, ms: number) => length(ms) + string(text) + string("v");
  const timed = payload(24, `${little(4102444800000, 8)}\x02${entry("a", 1)}${entry("b", 0)}`, 12);
  expect(both.runOurs("RESTORE", "h", "0", timed).reply).toBe("+OK\r\n");
  expect(both.runOurs("HPEXPIRETIME", "h", "FIELDS", "2", "a", "b").reply).toBe("*2\r\n:4102444800000\r\n:-1\r\n");
  expect(auditAll()).toEqual([]);
});
