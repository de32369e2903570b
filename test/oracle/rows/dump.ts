/**
 * The oracle asks: DUMP, and RESTORE of payloads in every format that a server has ever written. Damaged ones have a wrong
 * checksum: what is let in with a right one is for test/fuzz/restore.ts to find out.
 */
import { intset, listpack, payload, string, withFooter, ziplist, zipmap } from "../../rdb/payloads.ts";
import type { Random } from "../../support/random.ts";
import { decodeReply, latin1 } from "../../support/resp.ts";
import {
  type Argument,
  FIELDS,
  group,
  hashKey,
  hostile,
  key,
  listKey,
  maybe,
  ms,
  oneOf,
  rarely,
  setKey,
  stringKey,
  unixMs,
  zsetKey,
} from "../arguments.ts";
import { type Comparison, exact } from "../compare.ts";
import { type Row, row, seldom, timeless } from "../row.ts";

/**
 * A payload: a table may be written in any order, consumers of a stream know the time, and how the elements of a list are
 * parted is history (test/exchange compares the bytes of fresh ones).
 */
const dumped: Comparison = {
  name: "exact, but for the order of tables, the parts of lists, the time in streams",
  witness: (args) => [["OBJECT", "ENCODING", args[1] ?? ""]],
  judge(subject, reference) {
    const encoding = latin1(reference.witness!);
    const [ours, theirs] = [decodeReply(subject.reply).text, decodeReply(reference.reply).text];
    if (ours === null || theirs === null) return "one is null";
    if (ours[0] !== theirs[0]) return "the types of the payloads differ";
    if (/stream|quicklist/.test(encoding)) return null;
    if (!encoding.includes("hashtable")) return "the bytes differ";
    return ours.length === theirs.length ? null : "the lengths differ";
  },
};

const listOf = <T>(random: Random, countMax: number, make: () => T): T[] =>
  Array.from({ length: 1 + random.below(random.chance(0.05) ? 400 : countMax) }, make);

/** Different short texts, some of them integers. */
const names = (random: Random): string[] => [
  ...new Set(
    listOf(random, 12, () => (random.chance(0.5) ? random.pick(FIELDS) : String(random.between(-70_000, 70_000)))),
  ),
];
const pairsOf = (random: Random) => names(random).map((name) => [name, random.pick(FIELDS)] as const);
/** Members with scores that ascend. */
function scored(random: Random): string[] {
  const step = random.pick([1, 1.5]);
  return names(random).flatMap((name, i) => [name, String(i * step)]);
}
const countOf = (list: readonly unknown[]): string =>
  list.length < 64
    ? String.fromCharCode(list.length)
    : String.fromCharCode(0x40 | (list.length >> 8), list.length & 255);

function stringPayload(random: Random): string {
  return payload(0, random.pick([string(random.pick(FIELDS)), "\xc0\x05", "\xc1\x39\x30", "\xc2\xff\xff\xff\x7f"]));
}

function hashPayload(random: Random): string {
  const pairs = pairsOf(random);
  const flat = pairs.flat();
  return random.pick([
    () => payload(4, countOf(pairs) + flat.map(string).join("")),
    () => payload(9, string(zipmap(pairs, random.below(3)))),
    () => payload(13, string(ziplist(flat))),
    () => payload(16, string(listpack(flat))),
  ])();
}

function listPayload(random: Random): string {
  const elements = names(random);
  const more = names(random);
  return random.pick([
    () => payload(1, countOf(elements) + elements.map(string).join("")),
    () => payload(10, string(ziplist(elements))),
    () => payload(14, `\x02${string(ziplist(elements))}${string(ziplist(more))}`),
    () => payload(18, `\x03\x02${string(listpack(elements))}\x01${string("plain")}\x02${string(listpack(more))}`),
  ])();
}

function setPayload(random: Random): string {
  const members = names(random);
  const numbers = [...new Set(listOf(random, 20, () => random.between(-30_000, 30_000)))].sort((a, b) => a - b);
  return random.pick([
    () => payload(2, countOf(members) + members.map(string).join("")),
    () => payload(11, string(intset(numbers, random.pick([2, 4, 8])))),
  ])();
}

function zsetPayload(random: Random): string {
  const flat = scored(random);
  return random.pick([() => payload(12, string(ziplist(flat))), () => payload(17, string(listpack(flat)))])();
}

/** A payload that is no good: its checksum is wrong, its end is missing, or its type does not exist. */
function brokenPayload(random: Random): string {
  const whole = hashPayload(random);
  const at = random.below(whole.length);
  const flipped = String.fromCharCode(whole.charCodeAt(at) ^ (1 << random.below(8)));
  return random.pick([
    whole.slice(0, at),
    whole.slice(0, at) + flipped + whole.slice(at + 1),
    withFooter(String.fromCharCode(random.pick([8, 26, 99, 255]))),
    withFooter(""),
    payload(4, "\x02\x01a"),
    "",
  ]);
}

const ttl = oneOf(group("0"), group("0"), group(ms), group(unixMs, "|ABSTTL|"));
/** TTL, payload and options in their order. */
function restored(made: (random: Random) => string, options: Argument): Argument {
  return (random) => {
    const stated = (ttl as (random: Random) => string[])(random);
    const rest = (options as (random: Random) => string[])(random);
    return [stated[0]!, made(random), ...(stated.length > 1 ? ["ABSTTL"] : []), ...rest];
  };
}

const use = oneOf(
  group("IDLETIME", oneOf("0", "100", "100000", hostile)),
  group("FREQ", oneOf("0", "5", "255", "256", hostile)),
);
const options = group(oneOf("REPLACE", "replace", "REPLACE"), rarely(use), rarely(hostile));
const anyOptions = group(maybe("REPLACE"), maybe(use), rarely("ABSTTL"));

export const dumpRows: Row[] = [
  row("DUMP", [key], dumped),
  row("RESTORE", [stringKey, restored(stringPayload, options)], exact, timeless),
  row("RESTORE", [hashKey, restored(hashPayload, options)], exact, timeless),
  row("RESTORE", [listKey, restored(listPayload, options)], exact, timeless),
  row("RESTORE", [setKey, restored(setPayload, options)], exact, timeless),
  row("RESTORE", [zsetKey, restored(zsetPayload, options)], exact, timeless),
  row("RESTORE", [stringKey, restored(stringPayload, anyOptions)], exact, timeless),
  row("RESTORE", [key, restored(brokenPayload, anyOptions)], exact, { ...seldom, ...timeless }),
];
