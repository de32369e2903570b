/**
 * Sorted sets as payloads, beside the real server: the same bytes for the same commands, either server restores what the other
 * dumped, every form that there ever was, and nothing damaged gets through.
 */
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { auditAll } from "../../../src/keyspace/audit.ts";
import * as lazyFree from "../../../src/keyspace/lazy-free.ts";
import * as mem from "../../../src/mem/mem.ts";
import { zsetMaxListpackEntries, zsetMaxListpackValue } from "../../../src/types/zset/parameters.ts";
import { bodyOf, length, listpack, payload, string, withFooter, ziplist } from "../../rdb/payloads.ts";
import { seededRandom, seedOfRun } from "../../support/random.ts";
import { bulkOf, SideBySide } from "../../support/side-by-side.ts";

const seed = seedOfRun();

let both: SideBySide;
beforeAll(async () => {
  both = await SideBySide.start();
});
afterAll(() => both?.stop());
afterEach(async () => {
  await both.configure(zsetMaxListpackEntries, 128);
  await both.configure(zsetMaxListpackValue, 64);
  await both.clear();
});

const MEMBERS = ["a", "", "17", "-4096", "9223372036854775807", "x".repeat(64), "\0\xff", "007"];
const SCORES = [
  "0",
  "-0",
  "1",
  "-5",
  "0.1",
  "1e17",
  "4611686018427387904",
  "4611686018427387905",
  "inf",
  "-inf",
  "1e-300",
];
const EVERY_LOOK = [
  "ZRANGE z 0 -1 WITHSCORES",
  "OBJECT ENCODING z",
  "ZRANK z a",
  "ZADD z 3 a 2 new",
  "ZREM z 17",
  "DUMP z",
];

test(`what was added has the bytes of Redis (SEED=${seed})`, async () => {
  const random = seededRandom(seed);
  for (const limit of [128, 4, 0]) {
    await both.configure(zsetMaxListpackEntries, limit);
    for (let step = 0; step < 100; step++) {
      await both.same("ZADD", "z", random.pick(SCORES), random.pick(MEMBERS), random.pick(SCORES), `m${step % 9}`);
      await both.same("ZREM", "z", random.pick(MEMBERS));
      await both.line("DUMP z");
    }
    await both.line("ZUNIONSTORE y 1 z WEIGHTS 2");
    await both.line("DUMP y");
    await both.line("DEL z y");
  }
});

test("either server takes what the other has dumped", async () => {
  for (const limit of [128, 0]) {
    await both.configure(zsetMaxListpackEntries, limit);
    for (const score of SCORES)
      await both.same("ZADD", "z", score, `s${score}`, score, MEMBERS[SCORES.indexOf(score) % 8]!);
    const ours = bulkOf(both.runOurs("DUMP", "z").reply);
    const theirs = bulkOf((await both.runReal("DUMP", "z")).reply);
    for (const other of [128, 0]) {
      await both.configure(zsetMaxListpackEntries, other);
      for (const dumped of [ours, theirs]) {
        await both.same("RESTORE", "z", "0", dumped, "REPLACE");
        for (const look of EVERY_LOOK) await both.line(look);
        await both.sameState();
      }
    }
    await both.clear();
  }
});

const scoreText = (text: string) => String.fromCharCode(text.length) + text;
/** A double as its 8 bytes. */
function double(value: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes.toString("latin1");
}
const INFINITY = "\xfe";
const MINUS_INFINITY = "\xff";
const NAN = "\xfd";

test("all forms that there ever were", async () => {
  const many = Array.from({ length: 2000 }, (_, i) => `member ${(i * 7) % 2000}`);
  const inOrder = ["b", "-1", "a", "0", "c", "0", "17", "1.5", "d", "inf"];
  const forms: [type: number, value: string][] = [
    [
      3,
      length(4) +
        string("a") +
        scoreText("1.5") +
        string("b") +
        INFINITY +
        string("c") +
        MINUS_INFINITY +
        string("") +
        scoreText("-3"),
    ],
    [
      5,
      length(3) +
        string("a") +
        double(2) +
        string("b") +
        double(-0.5) +
        string("17") +
        double(Number.POSITIVE_INFINITY),
    ],
    [5, length(2) + string("a") + double(-0) + string("x".repeat(65)) + double(0)],
    [5, length(many.length) + many.map((member, i) => string(member) + double(i % 50)).join("")],
    [12, string(ziplist(inOrder))],
    [12, string(ziplist(Array.from({ length: 400 }, (_, i) => [`m${i}`, String(i)]).flat()))],
    [17, string(listpack(inOrder))],
    [17, string(listpack(["x".repeat(70), "-1", "a", "5"]))],
    [17, string(listpack(Array.from({ length: 400 }, (_, i) => [`m${i}`, String(i / 2)]).flat()))],
  ];
  for (const [type, value] of forms) {
    for (const limit of [128, 2, 0]) {
      await both.configure(zsetMaxListpackEntries, limit);
      await both.same("RESTORE", "z", "0", payload(type, value), "REPLACE");
      for (const look of EVERY_LOOK) await both.line(look);
      await both.sameState();
    }
  }
});

test("what no sorted set may be is refused", () => {
  const wrong: [type: number, value: string][] = [
    [3, length(0)],
    [3, length(1) + string("a")],
    [3, length(1) + string("a") + NAN],
    [3, length(1) + string("a") + scoreText("x")],
    [3, length(2) + string("a") + scoreText("1") + string("a") + scoreText("2")],
    [5, length(0)],
    [5, length(1) + string("a") + double(1).slice(1)],
    [5, length(1) + string("a") + double(Number.NaN)],
    [5, length(2) + string("a") + double(1) + string("a") + double(2)],
    [12, string(ziplist([]))],
    [12, string(ziplist(["a"]))],
    [12, string(ziplist(["a", "1", "a", "2"]))],
    [12, string(ziplist(["a", "x"]))],
    [17, string(listpack([]))],
    [17, string(listpack(["a", "1", "b"]))],
    [17, string(listpack(["a", "1", "a", "2"]))],
    [17, string(listpack(["a", "1", "b", "1", "a", "1"]))],
    [17, string(listpack(["a", "2", "b", "1"]))],
    [17, string(listpack(["b", "1", "a", "1"]))],
    [17, string(listpack(["a", "nan"]))],
    [17, string(listpack(["a", ""]))],
    [17, string(listpack(["a", "1"]).slice(0, -1))],
    [17, string("text")],
  ];
  for (const limit of [128, 0]) {
    zsetMaxListpackEntries.assign(limit);
    for (const [type, value] of wrong) {
      const { reply } = both.runOurs("RESTORE", "z", "0", payload(type, value));
      expect(`${type} ${JSON.stringify(value)} ${reply}`).toContain("-ERR Bad data format");
      expect(auditAll()).toEqual([]);
    }
  }
});

/** Frees what waits to be freed. */
function freeAll(): void {
  while (!lazyFree.step(1000));
}

test(`damaged payloads are refused or are sorted sets, and leave nothing behind (SEED=${seed})`, () => {
  const random = seededRandom(seed);
  for (const limit of [128, 0]) {
    zsetMaxListpackEntries.assign(limit);
    for (const [i, member] of MEMBERS.entries()) both.runOurs("ZADD", "z", SCORES[i]!, member);
    const whole = bodyOf(bulkOf(both.runOurs("DUMP", "z").reply));
    freeAll();
    const before = mem.used.blocks;
    for (let step = 0; step < 2000; step++) {
      const at = random.between(1, whole.length - 1);
      const damaged = random.chance(0.2)
        ? whole.slice(0, at)
        : whole.slice(0, at) + random.bytes(1) + whole.slice(at + 1);
      if (both.runOurs("RESTORE", "d", "0", withFooter(damaged)).reply !== "+OK\r\n") continue;
      for (const look of ["ZRANGE d 0 -1 WITHSCORES", "ZADD d 1.5 a", "ZRANK d a", "ZPOPMIN d", "ZREM d 17", "DEL d"]) {
        both.runOurs(...look.split(" "));
      }
    }
    freeAll();
    expect(mem.used.blocks).toBe(before);
    both.runOurs("DEL", "z");
  }
  expect(auditAll()).toEqual([]);
});
