/**
 * Do two servers hold the same? First the digest of everything, then full SCAN and HSCAN iterations; and when the digests
 * differ, a walk over databases and keys that names the first difference.
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
const HSCAN_PAGE = "19";
/** More pages than any table of a case needs. */
const PAGES_MAX = 20_000;

/** Compares the whole state of two servers through one connection each (left in RESP2, database 0). */
export async function stateDifference(subject: RawClient, reference: RawClient): Promise<StateDifference | null> {
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

/** Walks every database with SCAN and every hash with HSCAN, in small pages, and compares what came out, as sets. */
async function iterationDifference(subject: RawClient, reference: RawClient): Promise<StateDifference | null> {
  for (let database = 0; database < DATABASES; database++) {
    await both(subject, reference, "SELECT", String(database));
    const sizes = await both(subject, reference, "DBSIZE");
    if (sizes[0] !== sizes[1]) return described(`DBSIZE of database ${database}`, sizes);
    if (sizes[1] === ":0\r\n") continue;
    const keys = await iterate(subject, reference, ["SCAN"], ["COUNT", SCAN_PAGE], 1);
    if (keys[0].join() !== keys[1].join()) return described(`a full SCAN of database ${database}`, joined(keys));
    const hashes = await iterate(subject, reference, ["SCAN"], ["TYPE", "hash", "COUNT", SCAN_PAGE], 1);
    if (hashes[0].join() !== hashes[1].join()) return described(`a full SCAN … TYPE hash`, joined(hashes));
    for (const name of hashes[1]) {
      const pairs = await iterate(subject, reference, ["HSCAN", name], ["COUNT", HSCAN_PAGE], 2);
      if (pairs[0].join() !== pairs[1].join()) return described(`a full HSCAN of ${printable(name)}`, joined(pairs));
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
  const isHash = (await subject.raw("TYPE", name)).includes("hash");
  const values = await both(subject, reference, isHash ? "HGETALL" : "GET", name);
  const sameValue = values[0] === values[1] ? " (the values look the same, so DIGEST-VALUE itself differs)" : "";
  return described(`the value of ${where}${sameValue}`, values);
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
