/**
 * Lists as payloads, beside the real server: the same bytes for what was pushed, either server restores what the other
 * dumped, every form that there ever was, and nothing damaged gets through.
 */
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { auditAll } from "../../../src/keyspace/audit.ts";
import * as mem from "../../../src/mem/mem.ts";
import * as pack from "../../../src/types/list/pack.ts";
import { listMaxListpackSize } from "../../../src/types/list/parameters.ts";
import { bodyOf, length, listpack, little, payload, string, withFooter, ziplist } from "../../rdb/payloads.ts";
import { seededRandom, seedOfRun } from "../../support/random.ts";
import { bulkOf, SideBySide } from "../../support/side-by-side.ts";

const seed = seedOfRun();
const LIMITS = [-2, -1, 3, 1, 0];

let both: SideBySide;
beforeAll(async () => {
  both = await SideBySide.start();
});
afterAll(() => both?.stop());
afterEach(async () => {
  pack.setPlainFrom(0);
  await both.configure(listMaxListpackSize, -2);
  await both.clear();
});

const ELEMENTS = ["a", "", "17", "-4096", "9223372036854775807", "x".repeat(64), "y".repeat(5000), "\0\xff", "007"];
const quicklist = (...nodes: string[]) => length(nodes.length) + nodes.join("");
const packed = (...elements: string[]) => length(2) + string(listpack(elements));
const plain = (element: string) => length(1) + string(element);

test(`what was pushed and popped has the bytes of Redis (SEED=${seed})`, async () => {
  const random = seededRandom(seed);
  for (const limit of LIMITS) {
    await both.configure(listMaxListpackSize, limit);
    for (let step = 0; step < 60; step++) {
      const elements = Array.from({ length: random.between(1, 30) }, () => random.pick(ELEMENTS));
      await both.same(random.pick(["LPUSH", "RPUSH"]), "l", ...elements);
      await both.line(random.pick(["LPOP l 3", "RPOP l 5", "LPOP l", "RPOP l"]));
      await both.line("DUMP l");
    }
    await both.line("DEL l");
  }
});

test("either server takes what the other has dumped", async () => {
  for (const limit of LIMITS) {
    await both.configure(listMaxListpackSize, limit);
    for (const plainFrom of [0, 1, 60]) {
      pack.setPlainFrom(plainFrom);
      await both.clear();
      for (let round = 0; round < 20; round++) await both.same("RPUSH", "l", ...ELEMENTS);
      await both.line("LREM l 5 17");
      const ours = bulkOf(both.runOurs("DUMP", "l").reply);
      const theirs = bulkOf((await both.runReal("DUMP", "l")).reply);
      await both.same("RESTORE", "ours", "0", ours);
      await both.same("RESTORE", "theirs", "0", theirs);
      for (const key of ["ours", "theirs"]) {
        await both.line(`LRANGE ${key} 0 -1`);
        await both.line(`DUMP ${key}`);
        await both.line(`LPOS ${key} a RANK -1 COUNT 3`);
        await both.same("LSET", key, "7", "z".repeat(100));
        await both.line(`LTRIM ${key} 3 -4`);
        await both.line(`LRANGE ${key} 0 -1`);
      }
      await both.sameState();
    }
  }
});

test("all forms that there ever were", async () => {
  const many = Array.from({ length: 3000 }, (_, i) => `element ${i}`);
  const forms: [type: number, value: string][] = [
    [1, length(ELEMENTS.length) + ELEMENTS.map(string).join("")],
    [1, length(many.length) + many.map(string).join("")],
    [10, string(ziplist(ELEMENTS))],
    [10, string(ziplist(many))],
    [14, quicklist(string(ziplist(ELEMENTS)), string(ziplist(many)), string(ziplist([])))],
    [18, quicklist(packed(...ELEMENTS))],
    [18, quicklist(plain("a"))],
    [18, quicklist(packed("a", "b"), packed(), plain("c"), packed(...many))],
  ];
  for (const [type, value] of forms) {
    await both.same("RESTORE", "l", "0", payload(type, value), "REPLACE");
    for (const look of ["LRANGE l 0 -1", "LLEN l", "LINDEX l -1", "LPOS l c", "RPUSH l new"]) await both.line(look);
    await both.line("LREM l 0 c");
    await both.line("LTRIM l 1 -2");
    await both.sameState();
  }
});

test("more elements than a listpack's header can tell", async () => {
  // The real server keeps 16 bits of their number, and so makes 4,464 of them.
  const many = Array.from({ length: 70_000 }, () => "1");
  both.runOurs("RESTORE", "l", "0", payload(18, quicklist(packed(...many))));
  const replies = ["LLEN l", "LINDEX l 69999", "RPOP l 2", "LLEN l", "LPUSH l 2", "LRANGE l 0 1"].map(
    (look) => both.runOurs(...look.split(" ")).reply,
  );
  const one = "$1\r\n1\r\n";
  expect(replies).toEqual([
    ":70000\r\n",
    one,
    `*2\r\n${one}${one}`,
    ":69998\r\n",
    ":69999\r\n",
    `*2\r\n$1\r\n2\r\n${one}`,
  ]);
  expect(auditAll()).toEqual([]);
  both.runOurs("DEL", "l");
  // A header that does not tell although it could.
  const untold = listpack(["a", "b"]).replace("\x02\0", "\xff\xff");
  for (let i = 0; i < 3; i++) {
    await both.same("RESTORE", "u", "0", payload(18, quicklist(`\x02${string(untold)}`, packed("a", "c"))), "REPLACE");
    await both.line(`LREM u ${i - 1} a`);
    await both.line("LRANGE u 0 -1");
    await both.line("LLEN u");
  }
  await both.sameState();
});

test("what no list may be is refused", async () => {
  const wrong: [type: number, value: string][] = [
    [1, length(0)],
    [1, length(2) + string("a")],
    [10, string(ziplist([]))],
    [10, string(ziplist(["a"]).slice(0, -1))],
    [14, quicklist()],
    [14, quicklist(string(ziplist([])))],
    [14, quicklist(string(ziplist(["a"])), string("text"))],
    [18, quicklist()],
    [18, quicklist(packed())],
    [18, quicklist(packed("a"), plain(""))],
    [18, quicklist(length(3) + string("a"))],
    [18, quicklist(length(0) + string("a"))],
    [18, quicklist(`\x02${string("text")}`)],
    [18, quicklist(packed("a"), `\x02${string(listpack(["a"]).slice(1))}`)],
    [18, length(2) + packed("a")],
    [18, `\x81${little(0xffffffff, 4)}${little(0xffffffff, 4)}${packed("a")}`],
  ];
  for (const [type, value] of wrong) {
    const { reply } = both.runOurs("RESTORE", "l", "0", payload(type, value));
    expect(`${type} ${JSON.stringify(value)} ${reply}`).toContain("-ERR Bad data format");
    expect(auditAll()).toEqual([]);
  }
});

test(`damaged payloads are refused or are lists, and leave nothing behind (SEED=${seed})`, () => {
  const random = seededRandom(seed);
  both.runOurs("RPUSH", "l", ...ELEMENTS.slice(0, 6));
  const whole = bodyOf(bulkOf(both.runOurs("DUMP", "l").reply));
  const before = mem.used.blocks;
  for (let step = 0; step < 3000; step++) {
    const at = random.between(1, whole.length - 1);
    const damaged = random.chance(0.2)
      ? whole.slice(0, at)
      : whole.slice(0, at) + random.bytes(1) + whole.slice(at + 1);
    if (both.runOurs("RESTORE", "d", "0", withFooter(damaged)).reply !== "+OK\r\n") continue;
    for (const look of ["LRANGE d 0 -1", "LPOP d", "LINSERT d BEFORE 17 x", "LSET d 0 y", "LREM d 0 x", "DEL d"]) {
      both.runOurs(...look.split(" "));
    }
  }
  expect(mem.used.blocks).toBe(before);
  expect(auditAll()).toEqual([]);
});
