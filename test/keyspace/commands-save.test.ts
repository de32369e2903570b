/**
 * Databases as commands: random values of every type and encoding, here and on the real server, executed anew in an empty store,
 * give the same digest; and the real server writes the same commands. Large values go out in pieces. `SEED` replays.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Refusal } from "../../src/base/parameter.ts";
import { installStorage } from "../../src/base/storage.ts";
import type { SnapshotResult } from "../../src/command/snapshots.ts";
import { digestOfAll } from "../../src/features/introspection/digest.ts";
import { features } from "../../src/features.ts";
import { auditAll } from "../../src/keyspace/audit.ts";
import { saveCommands } from "../../src/keyspace/commands-save.ts";
import * as lazyFree from "../../src/keyspace/lazy-free.ts";
import * as mem from "../../src/mem/mem.ts";
import { disk } from "../../src/server/disk.ts";
import { snapshotThread } from "../../src/server/snapshot-thread.ts";
import { KINDS, SETTINGS, valueCommands } from "../exchange/values.ts";
import { FakeClock, LocalClient, openStore } from "../support/in-process.ts";
import { type Random, seededRandom, seedOfRun } from "../support/random.ts";
import type { RawClient } from "../support/raw-client.ts";
import { decodeReply, encodeCommand, latin1, replyEnd } from "../support/resp.ts";
import { startServer, type TestServer } from "../support/server.ts";

const seed = seedOfRun();
const NOW_MS = 1_700_000_000_000;
const KEYS = 150;

const clock = new FakeClock(NOW_MS);
openStore();
const client = new LocalClient();
let redis: TestServer;
let theirs: RawClient;

beforeAll(async () => {
  redis = await startServer("redis", { args: ["--aof-use-rdb-preamble", "no", "--appendfsync", "no"] });
  theirs = await redis.connect();
});
afterAll(async () => {
  theirs?.close();
  await redis?.stop();
  empty();
});
beforeEach(() => {
  clock.set(NOW_MS);
  empty();
});

function empty(): void {
  client.raw("FLUSHALL");
  while (!lazyFree.step(10_000));
  client.raw("SELECT", "0");
}

interface Saved {
  readonly commands: string[][];
  readonly bytes: number;
  readonly keys: number;
  readonly longest: number;
}

/** The commands that the store is saved as. */
function save(): Saved {
  const pieces: Buffer[] = [];
  let longest = 0;
  const keys = saveCommands((bytes, from, to) => {
    pieces.push(Buffer.from(bytes.slice(from, to)));
    longest = Math.max(longest, to - from);
  }, {});
  const all = Buffer.concat(pieces);
  return { commands: commandsIn(all), bytes: all.length, keys, longest };
}

/** Splits commands as they stand in a file, where lines with checksums are between them. */
function commandsIn(bytes: Uint8Array): string[][] {
  const commands: string[][] = [];
  for (let at = 0; at < bytes.length; ) {
    if (bytes[at] === 0x23) {
      at = bytes.indexOf(0x0a, at) + 1;
      continue;
    }
    const end = replyEnd(bytes, at, bytes.length);
    expect(end).toBeGreaterThan(at);
    commands.push(decodeReply(bytes.slice(at, end)).items!.map(({ text }) => text!));
    at = end;
  }
  return commands;
}

function replayHere(commands: readonly string[][]): void {
  for (const command of commands)
    expect([command.slice(0, 3), client.raw(...command)[0]]).not.toEqual([command.slice(0, 3), "-"]);
}

async function replayThere(commands: readonly string[][]): Promise<void> {
  for (let at = 0; at < commands.length; at += 500) {
    const some = commands.slice(at, at + 500);
    theirs.send(some.map(encodeCommand).join(""));
    for (const reply of await theirs.replies(some.length)) expect(latin1(reply)).not.toStartWith("-");
  }
}

const theirDigest = async () => (await theirs.raw("DEBUG", "DIGEST")).trim().slice(1);

/** A small sorted set forgets the sign of -0, and large ones begin as small ones: so does Redis. */
function withoutMinusZero(command: string[]): string[] {
  if (command[0] !== "ZADD") return command;
  return command.map((word, i) => (i % 2 === 0 && i > 0 && word === "-0" ? "0" : word));
}

/** The commands that make a store of all types and encodings, in two databases, some keys with a deadline. */
function storeCommands(random: Random, keys: number): string[][] {
  const made: string[][] = [];
  for (let i = 0; i < keys; i++) {
    const key = random.chance(0.05) ? random.bytes(300) : `key:${i}`;
    if (i === keys >> 1) made.push(["SELECT", "9"]);
    made.push(...valueCommands(random, random.pick(KINDS), key).map(withoutMinusZero));
    if (random.chance(0.3)) made.push(["PEXPIREAT", key, String(NOW_MS * 2 + random.below(100_000))]);
  }
  return made;
}

const parameters = features.flatMap((feature) => feature.parameters ?? []);

/** Gives parameters these values, or puts them back. */
function configure(settings: Readonly<Record<string, string>>, back = false): void {
  for (const [name, text] of Object.entries(settings)) {
    const parameter = parameters.find((one) => one.name === name);
    if (back) parameter?.reset();
    else {
      const parsed = parameter?.parse([text]);
      if (parsed !== undefined && !(parsed instanceof Refusal)) parameter!.store(parsed);
    }
  }
}

/** What XINFO says of all streams but when consumers were seen. */
function streams(): string[] {
  const told: string[] = [];
  for (const db of ["0", "9"]) {
    client.raw("SELECT", db);
    const keys = decodeReply(Buffer.from(client.raw("KEYS", "*"), "latin1")).items!.map(({ text }) => text!);
    for (const key of keys.sort()) {
      if (client.raw("TYPE", key) !== "+stream\r\n") continue;
      told.push(client.raw("XINFO", "STREAM", key), client.raw("XINFO", "GROUPS", key));
    }
  }
  client.raw("SELECT", "0");
  return told.map((text) => text.replace(/radix-tree-(keys|nodes)\r\n:\d+/g, ""));
}

for (const [index, settings] of SETTINGS.entries()) {
  test(`settings ${index}: executed anew, all is equal (SEED=${seed})`, async () => {
    configure(settings);
    for (const command of storeCommands(seededRandom(seed + index), KEYS)) client.raw(...command);
    const saved = save();
    const digest = digestOfAll().toHex();
    empty();
    replayHere(saved.commands);
    configure(settings, true);
    expect({ seed, digest: digestOfAll().toHex() }).toEqual({ seed, digest });
    expect(save().keys).toBe(saved.keys);
    await theirs.raw("FLUSHALL");
    await replayThere(saved.commands);
    expect({ seed, digest: await theirDigest() }).toEqual({ seed, digest });
  }, 60_000);
}

test("streams have their last IDs, counters and groups again", () => {
  const random = seededRandom(seed);
  for (let i = 0; i < 60; i++) for (const command of valueCommands(random, "stream", `s${i}`)) client.raw(...command);
  // What is pending and was deleted is lost.
  for (let i = 0; i < 60; i++) {
    for (let g = 0; g < 5; g++) forgetDeleted(`s${i}`, `g${g}`);
  }
  client.raw("XGROUP", "CREATE", "empty", "g", "$", "MKSTREAM");
  client.raw("XADD", "emptied", "5-5", "a", "b");
  client.raw("XDEL", "emptied", "5-5");
  const before = streams();
  const { commands } = save();
  empty();
  replayHere(commands);
  expect({ seed, streams: streams() }).toEqual({ seed, streams: before });
});

/** Acknowledges all that is pending. */
function forgetDeleted(key: string, group: string): void {
  const pending = decodeReply(Buffer.from(client.raw("XPENDING", key, group, "-", "+", "10000"), "latin1"));
  for (const { items } of pending.items ?? []) {
    const id = items![0]!.text!;
    if (client.raw("XRANGE", key, id, id) === "*0\r\n") client.raw("XACK", key, group, id);
  }
}

test("pending entries have their consumer, time and deliveries again", () => {
  client.raw("XADD", "s", "1-1", "a", "b");
  client.raw("XADD", "s", "2-1", "a", "b");
  client.raw("XGROUP", "CREATE", "s", "g", "0");
  client.raw("XREADGROUP", "GROUP", "g", "Ada", "STREAMS", "s", ">");
  client.raw("XCLAIM", "s", "g", "Bob", "0", "2-1", "TIME", "12345", "RETRYCOUNT", "7", "JUSTID");
  client.raw("XGROUP", "CREATECONSUMER", "s", "g", "Eve");
  const asked = () => [client.raw("XPENDING", "s", "g", "-", "+", "10"), client.raw("XINFO", "GROUPS", "s")];
  const before = asked();
  const { commands } = save();
  expect(commands).toEqual([
    ["SELECT", "0"],
    ["XADD", "s", "1-1", "a", "b"],
    ["XADD", "s", "2-1", "a", "b"],
    ["XSETID", "s", "2-1", "ENTRIESADDED", "2", "MAXDELETEDID", "0-0"],
    ["XGROUP", "CREATE", "s", "g", "2-1", "ENTRIESREAD", "2"],
    ["XCLAIM", "s", "g", "Ada", "0", "1-1", "TIME", String(NOW_MS), "RETRYCOUNT", "1", "JUSTID", "FORCE"],
    ["XCLAIM", "s", "g", "Bob", "0", "2-1", "TIME", "12345", "RETRYCOUNT", "7", "JUSTID", "FORCE"],
    ["XGROUP", "CREATECONSUMER", "s", "g", "Eve"],
  ]);
  empty();
  replayHere(commands);
  expect(asked()).toEqual(before);
});

test("deadlines of fields come after their fields", () => {
  for (let i = 0; i < 200; i++) client.raw("HSET", "h", `f${i}`, "v".repeat(i));
  client.raw("HPEXPIREAT", "h", String(NOW_MS + 5000), "FIELDS", "2", "f7", "f8");
  const asked = () => client.raw("HPEXPIRETIME", "h", "FIELDS", "3", "f7", "f8", "f9");
  const before = [digestOfAll().toHex(), asked()];
  const { commands } = save();
  expect(commands).toHaveLength(1 + 200 + 2);
  const at = commands.findIndex(([name, , , , , field]) => name === "HPEXPIREAT" && field === "f7");
  expect(commands.slice(at - 1, at + 1)).toEqual([
    ["HMSET", "h", "f7", "v".repeat(7)],
    ["HPEXPIREAT", "h", String(NOW_MS + 5000), "FIELDS", "1", "f7"],
  ]);
  empty();
  replayHere(commands);
  expect([digestOfAll().toHex(), asked()]).toEqual(before);
});

test("a deadline beyond 2^53 keeps all its digits", () => {
  client.raw("SET", "k", "v");
  client.raw("PEXPIREAT", "k", "9223372036854775807");
  expect(save().commands.at(-1)).toEqual(["PEXPIREAT", "k", "9223372036854775807"]);
});

test("an empty store is an empty file", () => {
  expect(save()).toEqual({ commands: [], bytes: 0, keys: 0, longest: 0 });
});

const MANY = 50_000;

test("large values go out in pieces, and leave memory as it is", () => {
  const bytes = 300_000;
  client.raw("SET", "long", "x".repeat(bytes * 10));
  for (let i = 0; i < 40; i++) client.raw("RPUSH", "elements", String(i).repeat(bytes).slice(0, bytes));
  const fields = Array.from({ length: MANY }, (_, i) => [`field:${i}`, "v".repeat(20)]);
  client.raw("HSET", "fields", ...fields.flat());
  client.raw("XADD", "wide", "1-1", ...fields.flat());
  const digest = digestOfAll().toHex();
  const used = mem.used.bytes;
  const touched: unknown[] = [];
  mem.listen((...what) => touched.push(what));
  const saved = save();
  mem.listen(undefined);
  expect(touched).toEqual([]);
  expect(mem.used.bytes).toBe(used);
  expect(saved.bytes).toBeGreaterThan(17_000_000);
  expect(saved.longest).toBeLessThan(200_000);
  empty();
  replayHere(saved.commands);
  expect(digestOfAll().toHex()).toBe(digest);
});

test("progress is told as keys are written, and what it throws ends the work", () => {
  for (let i = 0; i < 3000; i++) client.raw("SET", `k${i}`, "v");
  const told: number[] = [];
  saveCommands(() => {}, { onKey: (keys) => told.push(keys) });
  expect(told).toEqual([1024, 2048]);
  const onKey = () => {
    throw new Error("cancelled");
  };
  expect(() => saveCommands(() => {}, { onKey })).toThrow("cancelled");
});

const SNAPSHOTS = 5;

test(`a Worker writes what was there when it began, whatever is written meanwhile (SEED=${seed})`, async () => {
  const directory = mkdtempSync(join(tmpdir(), "ashlar-commands-"));
  const path = join(directory, "base.aof");
  installStorage(disk);
  for (let i = 0; i < SNAPSHOTS; i++) {
    for (const command of storeCommands(seededRandom(seed + i), KEYS)) client.raw(...command);
    for (let f = 0; f < 20_000; f++) client.raw("HSET", "large", `field:${f}`, `value:${f}`);
    const digest = digestOfAll().toHex();
    const meanwhile = storeCommands(seededRandom(seed - i - 1), KEYS);
    let result: SnapshotResult | undefined;
    snapshotThread.start({ path, format: "commands", done: (outcome) => (result = outcome) });
    for (let at = 0; result === undefined; at++) {
      const command = meanwhile[at % meanwhile.length]!;
      if (at % 3 === 0) client.raw("DEL", command[1]!);
      client.raw(...command);
      client.raw("HSET", "large", `field:${at % 20_000}`, `other:${at}`);
      if (at % 20 === 0) await Bun.sleep(0);
    }
    expect(result.error).toBeUndefined();
    while (!(mem.release(10_000) && mem.unmapEnded(1000)));
    empty();
    replayHere(commandsIn(readFileSync(path)));
    expect({ seed, i, digest: digestOfAll().toHex() }).toEqual({ seed, i, digest });
    expect(auditAll()).toEqual([]);
    empty();
  }
  rmSync(directory, { recursive: true, force: true });
}, 120_000);

// --- Beside the real server ------------------------------------------------------------------------------------------

/** Commands by the key that they are about, SELECT left out. */
function byKey(commands: readonly string[][]): Map<string, string[][]> {
  const grouped = new Map<string, string[][]>();
  for (const command of commands) {
    if (command[0] === "SELECT") continue;
    const key = command[command[0] === "XGROUP" ? 2 : 1]!;
    grouped.set(key, [...(grouped.get(key) ?? []), command]);
  }
  return grouped;
}

/** What the real server has as the base of its AOF. */
async function theirBase(): Promise<string[][]> {
  await theirs.raw("CONFIG", "SET", "appendonly", "no");
  await theirs.raw("CONFIG", "SET", "appendonly", "yes");
  for (let i = 0; ; i++) {
    const info = await theirs.raw("INFO", "persistence");
    if (/aof_rewrite_in_progress:0/.test(info) && /aof_rewrite_scheduled:0/.test(info)) break;
    if (i > 500) throw new Error("the real server does not end its rewrite");
    await Bun.sleep(10);
  }
  const directory = join(redis.dir, "appendonlydir");
  const base = readdirSync(directory).find((name) => name.endsWith(".base.aof"))!;
  return commandsIn(readFileSync(join(directory, base)));
}

/** The elements of a command that adds some, and what is beside them: for what has no order. */
function unordered(commands: readonly string[][]): unknown {
  const width = /^(ZADD|HMSET)$/.test(commands[0]![0]!) ? 2 : 1;
  const added = commands.filter(([name]) => name !== "PEXPIREAT");
  const elements = added.flatMap((words) => {
    const rest = words.slice(2);
    return Array.from({ length: rest.length / width }, (_, i) => rest.slice(i * width, (i + 1) * width).join("\0"));
  });
  return [added.map((words) => [words[0], words[1], words.length]), elements.sort(), commands.slice(added.length)];
}

test(`the real server writes the same commands (SEED=${seed})`, async () => {
  const made = storeCommands(seededRandom(seed), KEYS).filter(([name]) => name !== "SELECT");
  await theirs.raw("FLUSHALL");
  // The clock of a delivery is part of what is written.
  const timed = made.filter(([name]) => name !== "XREADGROUP");
  for (const command of timed) client.raw(...command);
  for (const command of timed) await theirs.raw(...command);
  const ours = byKey(save().commands);
  const real = byKey(await theirBase());
  expect([...ours.keys()].sort()).toEqual([...real.keys()].sort());
  for (const [key, commands] of real) {
    const encoding = client.raw("OBJECT", "ENCODING", key);
    const hasOrder = !/hashtable|skiplist/.test(encoding);
    const shown = (from: readonly string[][]) => ({ seed, key, encoding, commands: hasOrder ? from : unordered(from) });
    expect(shown(ours.get(key)!)).toEqual(shown(commands));
  }
}, 60_000);
