/**
 * What one server dumps the other restores: random values of every type and encoding, ours to the real server and the
 * reverse. Keys, values and encodings agree afterwards, and so do the payloads where nothing leaves their bytes open.
 * `SEED` replays; `EXCHANGE_VALUES` says how many values of each type.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { seededRandom, seedOfRun } from "../support/random.ts";
import type { RawClient } from "../support/raw-client.ts";
import { printable } from "../support/resp.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { bulkOf } from "../support/side-by-side.ts";
import { KINDS, SETTINGS, type ValueKind, valueCommands } from "./values.ts";

const seed = seedOfRun();
const VALUES = Number(process.env["EXCHANGE_VALUES"] ?? 40);

let ashlar: TestServer;
let redis: TestServer;
let ours: RawClient;
let theirs: RawClient;
beforeAll(async () => {
  [ashlar, redis] = await Promise.all([startServer("source"), startServer("redis")]);
  [ours, theirs] = await Promise.all([ashlar.connect(), redis.connect()]);
});
afterAll(async () => {
  ours?.close();
  theirs?.close();
  await Promise.all([ashlar?.stop(), redis?.stop()]);
});

const both = async (...words: string[]): Promise<[string, string]> =>
  await Promise.all([ours.raw(...words), theirs.raw(...words)]);

/** A table has no order, and consumers know when they were seen: then the payload's bytes are left open. */
const isDetermined = (encoding: string, commands: readonly string[][]) =>
  !/hashtable/.test(encoding) && !commands.some(([name]) => name === "XGROUP");

const savedLength = (text: string) => /serializedlength:\d+/.exec(text)?.[0];

async function exchange(kind: ValueKind, number: number): Promise<void> {
  const random = seededRandom(seed + number * 7919 + KINDS.indexOf(kind));
  const key = `${kind}:${number}`;
  const commands = valueCommands(random, kind, key);
  for (const command of commands) await both(...command);
  const [our, their] = await both("DUMP", key);
  const [encoding, theirEncoding] = await both("OBJECT", "ENCODING", key);
  const shown = { seed, key };
  expect({ ...shown, encoding }).toEqual({ ...shown, encoding: theirEncoding });
  if (encoding === "$-1\r\n") return;
  if (isDetermined(encoding, commands))
    expect({ ...shown, payload: printable(our, 2000) }).toEqual({ ...shown, payload: printable(their, 2000) });
  // Each gives the other what it has dumped.
  expect({ ...shown, reply: await ours.raw("RESTORE", `${key}:theirs`, "0", bulkOf(their)) }).toEqual({
    ...shown,
    reply: "+OK\r\n",
  });
  expect({ ...shown, reply: await theirs.raw("RESTORE", `${key}:theirs`, "0", bulkOf(their)) }).toEqual({
    ...shown,
    reply: "+OK\r\n",
  });
  expect({ ...shown, reply: await theirs.raw("RESTORE", `${key}:ours`, "0", bulkOf(our)) }).toEqual({
    ...shown,
    reply: "+OK\r\n",
  });
  expect({ ...shown, reply: await ours.raw("RESTORE", `${key}:ours`, "0", bulkOf(our)) }).toEqual({
    ...shown,
    reply: "+OK\r\n",
  });
  for (const name of [`${key}:theirs`, `${key}:ours`]) {
    const [ourEncoding, realEncoding] = await both("OBJECT", "ENCODING", name);
    expect({ name, encoding: ourEncoding }).toEqual({ name, encoding: realEncoding });
    const [digest, realDigest] = await both("DEBUG", "DIGEST-VALUE", name);
    expect({ seed, name, digest }).toEqual({ seed, name, digest: realDigest });
    const [described, realDescribed] = await both("DEBUG", "OBJECT", name);
    expect({ seed, name, length: savedLength(described) }).toEqual({ seed, name, length: savedLength(realDescribed) });
    for (const question of [["TYPE"], ["OBJECT", "FREQ"]]) {
      const [answer, realAnswer] = await both(...question, name);
      expect({ seed, name, question, answer }).toEqual({ seed, name, question, answer: realAnswer });
    }
    expect(await ours.raw("MEMORY", "USAGE", name)).toStartWith(":");
    if (kind !== "stream") continue;
    const [whole, realWhole] = await both("XINFO", "STREAM", name, "FULL", "COUNT", "0");
    expect({ seed, name, whole: printable(whole, 5000) }).toEqual({ seed, name, whole: printable(realWhole, 5000) });
  }
}

/** Values that both hold at most: the digest of all takes its time. */
const HELD_MAX = 5000;

/** Both hold the same, in good order; then nothing. */
async function settle(): Promise<void> {
  const [digest, realDigest] = await both("DEBUG", "DIGEST");
  expect(digest).toBe(realDigest);
  expect(await ours.raw("DEBUG", "AUDIT")).toBe("+OK\r\n");
  await both("FLUSHALL");
}

for (const kind of KINDS) {
  test(`${kind}: ${VALUES} values both ways (SEED=${seed})`, async () => {
    let held = 0;
    for (const [index, settings] of SETTINGS.entries()) {
      for (const [name, value] of Object.entries(settings)) await both("CONFIG", "SET", name, value);
      for (let i = index; i < VALUES; i += SETTINGS.length) {
        await exchange(kind, i);
        if (++held % HELD_MAX === 0) await settle();
      }
      for (const name of Object.keys(settings)) {
        const standard = STANDARD[name]!;
        await both("CONFIG", "SET", name, standard);
      }
    }
    await settle();
  }, 3_600_000);
}

/** What the settings are otherwise. */
const STANDARD: Record<string, string> = {
  "hash-max-listpack-entries": "512",
  "hash-max-listpack-value": "64",
  "zset-max-listpack-entries": "128",
  "zset-max-listpack-value": "64",
  "set-max-intset-entries": "512",
  "list-max-listpack-size": "-2",
  "list-compress-depth": "0",
  "stream-node-max-bytes": "4096",
  "stream-node-max-entries": "100",
  rdbcompression: "yes",
};
