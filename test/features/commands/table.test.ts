/**
 * Every command that we declare is declared as the real server declares it: arity, flags, categories, key specifications,
 * tips and arguments. Summaries, complexities, notes and changes are in our own words; only whether they exist is compared.
 */
import { expect, test } from "bun:test";
import type { RawClient } from "../../support/raw-client.ts";
import type { Reply } from "../../support/resp.ts";
import { startServer } from "../../support/server.ts";

/** What we have beyond Redis 7.0, each with the version that brought it. */
const NEWER: Record<string, string> = {
  "client|setinfo": "Redis 7.2: clients send it when they connect",
  "client|no-touch": "Redis 7.2",
  msetex: "Redis 8.4",
  hexpire: "Redis 7.4",
  hpexpire: "Redis 7.4",
  hexpireat: "Redis 7.4",
  hpexpireat: "Redis 7.4",
  hpersist: "Redis 7.4",
  httl: "Redis 7.4",
  hpttl: "Redis 7.4",
  hexpiretime: "Redis 7.4",
  hpexpiretime: "Redis 7.4",
  hgetdel: "Redis 8.0",
  hgetex: "Redis 8.0",
  hsetex: "Redis 8.0",
  xdelex: "Redis 8.2",
  xackdel: "Redis 8.2",
  waitaof: "Redis 7.2",
  delifeq: "Valkey 8.1 and Redis 8.4",
};

/** Texts that are our own. */
const OWN_WORDS = new Set(["summary", "complexity", "notes", "replaced_by"]);

interface Described {
  info: unknown;
  docs: unknown;
}

/** A reply as plain values; sets and maps become sorted arrays and objects, so that order does not matter there. */
function plain(reply: Reply): unknown {
  if (reply.items === null) return reply.type === ":" ? Number(reply.text) : reply.text;
  const items = reply.items.map(plain);
  if (reply.type === "~") return items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (reply.type !== "%") return items;
  const map: Record<string, unknown> = {};
  for (let i = 0; i < items.length; i += 2) {
    const key = String(items[i]);
    const text = items[i + 1];
    if (key === "history") map[key] = (text as [string, string][]).map(([version]) => version).sort();
    else map[key] = OWN_WORDS.has(key) ? "in own words" : text;
  }
  return map;
}

/** Every command and subcommand of a server by its full name. */
async function describeAll(client: RawClient): Promise<Map<string, Described>> {
  const all = new Map<string, Described>();
  const subcommandsAt = 9;
  for (const reply of (await client.command("COMMAND")).items!) {
    for (const each of [reply, ...reply.items![subcommandsAt]!.items!]) {
      const info = plain(each) as unknown[];
      all.set(String(info[0]), { info: info.slice(0, subcommandsAt), docs: undefined });
    }
  }
  const docs = plain(await client.command("COMMAND", "DOCS")) as Record<string, { subcommands?: object }>;
  for (const [name, { subcommands, ...own }] of Object.entries(docs)) {
    all.get(name)!.docs = own;
    for (const [subName, sub] of Object.entries(subcommands ?? {})) all.get(subName)!.docs = sub;
  }
  return all;
}

test("commands are declared as the real server declares them", async () => {
  await using redis = await startServer("redis");
  await using ashlar = await startServer("source");
  using theirClient = await redis.connect();
  using ourClient = await ashlar.connect();
  await theirClient.command("HELLO", "3");
  await ourClient.command("HELLO", "3");
  const theirs = await describeAll(theirClient);
  const ours = await describeAll(ourClient);
  expect(ours.size).toBeGreaterThan(50);
  for (const [name, our] of ours) {
    const their = theirs.get(name);
    if (their === undefined) {
      expect([...Object.keys(NEWER)], "newer than 7.0, hence in NEWER with its reason").toContain(name);
      continue;
    }
    expect(NEWER[name], `${name} exists in 7.0`).toBeUndefined();
    expect({ name, ...our }).toEqual({ name, ...their });
  }
}, 60_000);
