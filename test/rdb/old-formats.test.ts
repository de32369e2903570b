/**
 * The compact formats of old servers, which ours reads and no longer writes: payloads made by hand are taken by the real
 * server and by ours, and mean the same to both.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { Region } from "../../src/base/region.ts";
import { RdbError } from "../../src/rdb/reader.ts";
import { eachZiplistEntry } from "../../src/rdb/ziplist.ts";
import { eachZipmapPair } from "../../src/rdb/zipmap.ts";
import type { Element } from "../../src/struct/listpack.ts";
import { hashMaxListpackEntries } from "../../src/types/hash/parameters.ts";
import { setMaxIntsetEntries } from "../../src/types/set/parameters.ts";
import { zsetMaxListpackEntries } from "../../src/types/zset/parameters.ts";
import { type Random, seededRandom, seedOfRun } from "../support/random.ts";
import { SideBySide } from "../support/side-by-side.ts";
import { intset, listpack, little, payload, string, ziplist, zipmap } from "./payloads.ts";

const seed = seedOfRun();
let both: SideBySide;
beforeAll(async () => {
  both = await SideBySide.start();
});
afterAll(() => both.stop());

const INTEGERS = ["0", "12", "13", "-1", "127", "128", "-129", "32767", "-32769", "8388607", "8388608", "2147483648"];
const ODD = ["", "01", "-0", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "a\0b", "\xff"];
const SIZES = [1, 62, 63, 64, 65, 240, 253, 254, 255, 4095, 4096, 16383, 16384, 20_000];

function elementsOf(random: Random, count: number): string[] {
  const all = new Set<string>();
  while (all.size < count) {
    const kind = random.below(10);
    if (kind < 4) all.add(random.pick([...INTEGERS, ...ODD]));
    else if (kind < 6) all.add(String(random.between(-(2 ** random.below(40)), 2 ** random.below(40))));
    else if (kind < 9) all.add(random.bytes(random.below(70)));
    else all.add(random.bytes(1).repeat(random.pick(SIZES)));
  }
  return [...all];
}

/** What stands in the text, by this walker; or null when it is refused. */
function walked(
  text: string,
  walk: (region: Region, start: number, length: number, visit: (...found: Element[]) => void) => number,
): string[] | null {
  const seen: string[] = [];
  try {
    walk(new Region(Buffer.from(`<${text}>`, "latin1")), 1, text.length, (...found) => {
      for (const { region, start, length } of found) {
        seen.push(Buffer.from(region.bytes.slice(start, start + length)).toString("latin1"));
      }
    });
  } catch (error) {
    expect(error).toBeInstanceOf(RdbError);
    expect(seen).toEqual([]);
    return null;
  }
  return seen;
}

test(`ziplists and zipmaps are read as they were written (SEED=${seed})`, () => {
  const random = seededRandom(seed);
  for (let i = 0; i < 300; i++) {
    const elements = elementsOf(random, random.below(30) * 2);
    expect(walked(ziplist(elements), eachZiplistEntry)).toEqual(elements);
    const pairs = elements.flatMap((name, k) => (k % 2 === 0 ? [[name, elements[k + 1]!] as const] : []));
    if (pairs.length > 0) expect(walked(zipmap(pairs, random.below(5)), eachZipmapPair)).toEqual(elements);
  }
  const many = Array.from({ length: 70_000 }, (_, i) => String(i));
  expect(walked(ziplist(many), eachZiplistEntry)?.length).toBe(70_000);
});

test(`damage is refused, or read as something else, and never more (SEED=${seed})`, () => {
  const random = seededRandom(seed);
  for (let i = 0; i < 4000; i++) {
    const elements = elementsOf(random, 2 + random.below(6) * 2).map((text) => text.slice(0, 300));
    const pairs = elements.flatMap((name, k) => (k % 2 === 0 ? [[name, elements[k + 1]!] as const] : []));
    const text = random.chance(0.5) ? ziplist(elements) : zipmap(pairs, random.below(3));
    const at = random.below(text.length);
    const damaged = random.pick([
      text.slice(0, at) + String.fromCharCode(random.below(256)) + text.slice(at + 1),
      text.slice(0, at),
      text.slice(0, at) + text.slice(at + 1 + random.below(5)),
      text + text.slice(at),
    ]);
    walked(damaged, eachZiplistEntry);
    walked(damaged, eachZipmapPair);
  }
});

/** What reads a whole value of each type. */
const WHOLE: Record<string, string[]> = {
  hash: ["HGETALL"],
  list: ["LRANGE", "0", "-1"],
  zset: ["ZRANGE", "0", "-1", "WITHSCORES"],
  set: ["SCARD"],
};

async function sameRestored(kind: keyof typeof WHOLE, type: number, value: string): Promise<void> {
  await both.same("RESTORE", "k", "0", payload(type, value), "REPLACE");
  const [name = "", ...rest] = WHOLE[kind]!;
  // A table has no order.
  const { reply } = await both.same("OBJECT", "ENCODING", "k");
  if (!reply.includes("hashtable")) await both.same(name, "k", ...rest);
  await both.sameState();
}

test(`old payloads mean to us what they mean to the real server (SEED=${seed})`, async () => {
  const random = seededRandom(seed);
  const limits = [hashMaxListpackEntries, zsetMaxListpackEntries, setMaxIntsetEntries];
  for (const entries of [512, 4]) {
    for (const limit of limits) await both.configure(limit, entries);
    for (let i = 0; i < 20; i++) {
      const elements = elementsOf(random, 2 + random.below(i % 5 === 0 ? 400 : 10) * 2);
      const pairs = elements.flatMap((name, k) => (k % 2 === 0 ? [[name, elements[k + 1]!] as const] : []));
      await sameRestored("hash", 13, string(ziplist(elements)));
      await sameRestored("hash", 9, string(zipmap(pairs)));
      await sameRestored("hash", 16, string(listpack(elements)));
      await sameRestored("list", 10, string(ziplist(elements)));
      const quicklist = [elements.slice(0, 2), elements.slice(2)].map((part) => string(ziplist(part)));
      await sameRestored("list", 14, `\x02${quicklist.join("")}`);
      // Sorted by score; what a sorted set of old is sorted by within a score, nobody asks.
      const scored = pairs.flatMap(([name], k) => [name, String(k)]);
      await sameRestored("zset", 12, string(ziplist(scored)));
      await sameRestored("zset", 17, string(listpack(scored)));
      const numbers = [...new Set(elements.map((text) => text.length))].sort((a, b) => a - b);
      await sameRestored("set", 11, string(intset(numbers, 2)));
    }
  }
  for (const limit of limits) await both.configure(limit, limit.default);
});

test("scores as text", async () => {
  const score = (text: string): string => String.fromCharCode(text.length) + text;
  const members = [string("a"), score("1.5"), string("b"), "\xff", string("c"), "\xfe", string("d"), score("-1e300")];
  await sameRestored("zset", 3, `\x04${members.join("")}`);
  await both.same("RESTORE", "n", "0", payload(3, `\x01${string("a")}\xfd`));
});

test("what no value may be is refused by both", async () => {
  const wrong: [type: number, value: string][] = [
    [1, "\0"],
    [2, "\0"],
    [4, "\0"],
    [3, "\0"],
    [5, "\0"],
    [14, "\0"],
    [18, "\0"],
    [2, `\x02${string("a")}${string("a")}`],
    [2, `\x02${string("1")}${string("1")}`],
    [5, `\x02${string("a")}${"\0".repeat(8)}${string("a")}${"\0".repeat(8)}`],
    [5, `\x01${string("a")}${"\xff".repeat(8)}`],
    [9, string(zipmap([]))],
    [10, string(ziplist([]))],
    [12, string(ziplist([]))],
    [13, string(ziplist([]))],
    [16, string(listpack([]))],
    [17, string(listpack([]))],
    [13, string(ziplist(["a"]))],
    [13, string(ziplist(["a", "1", "a", "2"]))],
    [
      9,
      string(
        zipmap([
          ["a", "1"],
          ["a", "2"],
        ]),
      ),
    ],
    [11, string(intset([1, 2, 3], 4).slice(0, -1))],
    [11, string(little(3, 4) + little(0, 4))],
    [8, "\0"],
    [26, "\0"],
    [255, "\0"],
    [4, `\x02${string("a")}${string("b")}`],
  ];
  for (const [type, value] of wrong) {
    const shown = `type ${type}: ${JSON.stringify(value)}`;
    const ours = both.runOurs("RESTORE", "w", "0", payload(type, value), "REPLACE").reply;
    const theirs = (await both.runReal("RESTORE", "w", "0", payload(type, value), "REPLACE")).reply;
    expect(`${shown}: ${ours}`).toBe(`${shown}: ${theirs}`);
    expect(ours).toStartWith("-ERR Bad data format");
  }
});
