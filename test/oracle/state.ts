/**
 * Do two servers hold the same? First the digest of everything, then full iterations with each cursor, and what the digest
 * does not know of streams; and when the digests differ, a walk over databases and keys that names the first difference.
 */
import type { RawClient } from "../support/raw-client.ts";
import { printable, type Reply } from "../support/resp.ts";

export interface StateDifference {
  reason: string;
  subject: string;
  reference: string;
}

const DATABASES = 16;
const SCAN_PAGE = "7";
const ELEMENT_PAGE = "19";
/** Types that an iteration walks through: its command, and how many parts of its reply make an element. */
const WALKS: readonly (readonly [type: string, command: string, partsPerElement: 1 | 2])[] = [
  ["hash", "HSCAN", 2],
  ["set", "SSCAN", 1],
  ["zset", "ZSCAN", 2],
];
/** How a whole value is read, in its order if it has one. */
const READS: Record<string, (key: string) => string[]> = {
  string: (key) => ["GET", key],
  list: (key) => ["LRANGE", key, "0", "-1"],
  set: (key) => ["SMEMBERS", key],
  zset: (key) => ["ZRANGE", key, "0", "-1", "WITHSCORES"],
  hash: (key) => ["HGETALL", key],
  stream: (key) => ["XINFO", "STREAM", key, "FULL", "COUNT", "0"],
};
/** Values whose parts have no order: parts per element. */
const UNORDERED: Record<string, 1 | 2> = { set: 1, hash: 2 };
/** Parts of XINFO STREAM that are each server's own affair: how it stores, and when something happened. */
const OWN_AFFAIRS = new Set(["radix-tree-keys", "radix-tree-nodes", "seen-time"]);
/** Where the time of a delivery stands in an entry of a pending list, of a group and of a consumer. */
const DELIVERY_TIME_AT = { group: 2, consumer: 1 };
/** More pages than any table of a case needs. */
const PAGES_MAX = 20_000;

/** Compares the whole state of two servers through one connection each (left in RESP2, database 0). */
export async function stateDifference(subject: RawClient, reference: RawClient): Promise<StateDifference | null> {
  const difference = await anyDifference(subject, reference);
  await both(subject, reference, "SELECT", "0");
  return difference;
}

async function anyDifference(subject: RawClient, reference: RawClient): Promise<StateDifference | null> {
  await both(subject, reference, "RESET");
  const digests = await both(subject, reference, "DEBUG", "DIGEST");
  if (digests[0] === digests[1] && /^\+[0-9a-f]{40}\r\n$/.test(digests[0]))
    return await iterationDifference(subject, reference);
  return (
    (await firstKeyDifference(subject, reference)) ?? {
      reason: "DEBUG DIGEST differs but no key does (keys past their deadline that nobody asked for?)",
      subject: printable(digests[0]),
      reference: printable(digests[1]),
    }
  );
}

async function both(subject: RawClient, reference: RawClient, ...command: string[]): Promise<[string, string]> {
  return await Promise.all([subject.raw(...command), reference.raw(...command)]);
}

/** Walks every database with SCAN and every value with its cursor, in small pages, and compares what came out, as sets. */
async function iterationDifference(subject: RawClient, reference: RawClient): Promise<StateDifference | null> {
  for (let database = 0; database < DATABASES; database++) {
    await both(subject, reference, "SELECT", String(database));
    const sizes = await both(subject, reference, "DBSIZE");
    if (sizes[0] !== sizes[1]) return described(`DBSIZE of database ${database}`, sizes);
    if (sizes[1] === ":0\r\n") continue;
    const keys = await iterate(subject, reference, ["SCAN"], ["COUNT", SCAN_PAGE], 1);
    if (keys[0].join() !== keys[1].join()) return described(`a full SCAN of database ${database}`, joined(keys));
    for (const [type, command, parts] of WALKS) {
      const names = await iterate(subject, reference, ["SCAN"], ["TYPE", type, "COUNT", SCAN_PAGE], 1);
      if (names[0].join() !== names[1].join()) return described(`a full SCAN … TYPE ${type}`, joined(names));
      for (const name of names[1]) {
        const elements = await iterate(subject, reference, [command, name], ["COUNT", ELEMENT_PAGE], parts);
        if (elements[0].join() !== elements[1].join())
          return described(`a full ${command} of ${printable(name)}`, joined(elements));
      }
    }
    const streams = await iterate(subject, reference, ["SCAN"], ["TYPE", "stream", "COUNT", SCAN_PAGE], 1);
    for (const name of streams[1]) {
      const where = `key ${printable(name)} of database ${database}`;
      const difference = await partsDifference(subject, reference, "stream", name, where);
      if (difference !== null) return difference;
    }
  }
  return null;
}

/** Everything a cursor yields on both servers, without repetitions and sorted. */
async function iterate(
  subject: RawClient,
  reference: RawClient,
  head: string[],
  tail: string[],
  partsPerElement: 1 | 2,
): Promise<[string[], string[]]> {
  async function walk(client: RawClient): Promise<string[]> {
    const seen = new Set<string>();
    let cursor = "0";
    let pages = 0;
    do {
      if (pages++ > PAGES_MAX) return [`(no end after ${PAGES_MAX} pages)`];
      const page = await client.command(...head, cursor, ...tail);
      cursor = page.items?.[0]?.text ?? "0";
      const parts = page.items?.[1]?.items ?? [];
      for (let i = 0; i < parts.length; i += partsPerElement) seen.add(textOf(parts, i, partsPerElement));
    } while (cursor !== "0");
    return [...seen].sort();
  }
  return await Promise.all([walk(subject), walk(reference)]);
}

function textOf(parts: Reply[], at: number, count: number): string {
  const texts = parts.slice(at, at + count).map((part) => part.text ?? "(null)");
  return texts.join(" → ");
}

async function firstKeyDifference(subject: RawClient, reference: RawClient): Promise<StateDifference | null> {
  for (let database = 0; database < DATABASES; database++) {
    await both(subject, reference, "SELECT", String(database));
    const [ours, theirs] = await Promise.all([keysOf(subject), keysOf(reference)]);
    for (const name of new Set([...ours, ...theirs])) {
      const where = `key ${printable(name)} of database ${database}`;
      const kinds = await both(subject, reference, "TYPE", name);
      if (kinds[0] !== kinds[1]) return described(`the type of ${where}`, kinds);
      const digests = await both(subject, reference, "DEBUG", "DIGEST-VALUE", name);
      if (digests[0] !== digests[1]) return await valueDifference(subject, reference, name, where);
      const deadlines = await both(subject, reference, "PEXPIRETIME", name);
      if ((deadlines[0] === ":-1\r\n") !== (deadlines[1] === ":-1\r\n"))
        return described(`the deadline of ${where}`, deadlines);
    }
  }
  return null;
}

async function keysOf(client: RawClient): Promise<string[]> {
  const reply = await client.command("KEYS", "*");
  return (reply.items ?? []).map((item) => item.text ?? "").sort();
}

async function valueDifference(
  subject: RawClient,
  reference: RawClient,
  name: string,
  where: string,
): Promise<StateDifference> {
  const type = (await subject.raw("TYPE", name)).slice(1, -2);
  const difference = await partsDifference(subject, reference, type, name, where);
  if (difference !== null) return difference;
  const values = await both(subject, reference, ...READS[type]!(name));
  return described(`the digest of ${where} (the values look the same)`, values);
}

/** The first part of a value that differs; null when none does. */
async function partsDifference(
  subject: RawClient,
  reference: RawClient,
  type: string,
  name: string,
  where: string,
): Promise<StateDifference | null> {
  const read = READS[type];
  if (read === undefined) return null;
  const replies = await Promise.all([subject.command(...read(name)), reference.command(...read(name))]);
  const [ours, theirs] = replies.map((reply) => partsOf(type, reply)) as [string[], string[]];
  const at = theirs.findIndex((part, i) => part !== ours[i]);
  if (at < 0 && ours.length === theirs.length) return null;
  const place = at < 0 ? theirs.length : at;
  const texts: [string, string] = [ours[place] ?? "(nothing)", theirs[place] ?? "(nothing)"];
  return described(`part ${place} of ${ours.length} here, ${theirs.length} there, of ${where} (${type})`, texts);
}

/** What a value consists of, one text each. */
function partsOf(type: string, reply: Reply): string[] {
  if (type === "stream") return streamParts(reply, "");
  if (reply.items === null) return [reply.text ?? "(null)"];
  const perElement = UNORDERED[type];
  if (perElement === undefined) return reply.items.map((item) => item.text ?? "(null)");
  const elements = reply.items.flatMap((_, i) => (i % perElement === 0 ? [textOf(reply.items!, i, perElement)] : []));
  return elements.sort();
}

/** XINFO STREAM FULL as lines of `path = value`, without what may differ. */
function streamParts(reply: Reply, path: string): string[] {
  if (reply.items === null) return [`${path} = ${reply.text}`];
  const { items } = reply;
  const isMap = items.length > 0 && items.every((item, i) => i % 2 === 1 || /^[a-z][a-z-]+$/.test(item.text ?? ""));
  if (!isMap || path.endsWith("entries")) return items.flatMap((item, i) => streamParts(item, `${path}[${i}]`));
  return items.flatMap((item, i) => {
    const key = item.text!;
    if (i % 2 === 1 || OWN_AFFAIRS.has(key)) return [];
    const inner = `${path} ${key}`;
    if (key !== "pel" && key !== "pending") return streamParts(items[i + 1]!, inner);
    return (items[i + 1]!.items ?? []).flatMap((entry, k) => pendingParts(entry, `${inner}[${k}]`));
  });
}

function pendingParts({ items }: Reply, path: string): string[] {
  const timeAt = items?.length === 4 ? DELIVERY_TIME_AT.group : DELIVERY_TIME_AT.consumer;
  return (items ?? []).flatMap((item, i) => (i === timeAt ? [] : [`${path}[${i}] = ${item.text}`]));
}

function joined(lists: [string[], string[]]): [string, string] {
  const [ours, theirs] = lists.map((list) => new Set(list)) as [Set<string>, Set<string>];
  const text = (own: Set<string>, other: Set<string>): string =>
    `${own.size} elements, alone here: ${[...own.difference(other)].slice(0, 5).join(", ")}`;
  return [text(ours, theirs), text(theirs, ours)];
}

function described(reason: string, texts: [string, string]): StateDifference {
  return {
    reason: `the final state differs: ${reason}`,
    subject: printable(texts[0], 800),
    reference: printable(texts[1], 800),
  };
}
