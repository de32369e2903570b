/**
 * Random commands of this feature to the server in this process and to a real redis-server: the replies, the keyspace
 * events in their order, and the count of changes must be the same. `SEED=… bun test` replays a run.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { install } from "../../../src/base/env.ts";
import { auditAll } from "../../../src/keyspace/audit.ts";
import { numberOf } from "../../../src/keyspace/database.ts";
import * as events from "../../../src/keyspace/events.ts";
import { lfuLogFactor, maxmemoryPolicy } from "../../../src/keyspace/parameters.ts";
import { stats } from "../../../src/keyspace/stats.ts";
import { LocalClient, openStore } from "../../support/in-process.ts";
import { type Random, seededRandom, seedOfRun } from "../../support/random.ts";
import type { RawClient } from "../../support/raw-client.ts";
import { startServer, type TestServer } from "../../support/server.ts";

const CASES = 40;
const CASE_LENGTH = 400;
const KEYS = ["a", "b", "c", "d", "", "\0\xff\r\n", "long".repeat(20)];
const NUMBERS = ["0", "1", "2", "-1", "16", "x", "", "9999999999", "99999999999999999999", "1.5", "+1", " 1", "01"];
const TIMES = [
  "100000",
  "200000",
  "99999999",
  "0",
  "-1",
  "-100000000000000000",
  "9223372036854775807",
  "9223372036854775",
  "9223372036854776",
  "-9223372036854776",
  "4102444800000",
  "4102444800",
  "4102444801000",
  "9223372036854774",
  "nan",
  "1e5",
];
const POLICIES = ["noeviction", "allkeys-lfu"] as const;
const LARGE = "x".repeat(40_000);

let server: TestServer;
let real: RawClient;
let listener: RawClient;

beforeAll(async () => {
  install();
  openStore();
  server = await startServer("redis", { args: ["--notify-keyspace-events", "EAnm"] });
  real = await server.connect();
  // With a limit of memory, Redis does not count uses of one integer for all keys that have it.
  await real.raw("CONFIG", "SET", "maxmemory", "1gb");
  await real.raw("DEBUG", "SET-ACTIVE-EXPIRE", "0");
  listener = await server.connect();
  await listener.raw("PSUBSCRIBE", "__keyevent@*__:*");
});

afterAll(async () => {
  lfuLogFactor.reset();
  maxmemoryPolicy.reset();
  events.hooks.event = undefined;
  await server.stop();
});

function randomCommand(random: Random): string[] {
  const key = () => random.pick(KEYS);
  const keys = () => Array.from({ length: random.between(1, 3) }, key);
  const conditions = () =>
    Array.from({ length: random.pick([0, 0, 1, 1, 2, 3]) }, () => random.pick(["NX", "xx", "GT", "lt", "LT", "foo"]));
  const time = () => random.pick(TIMES);
  const number = () => random.pick(NUMBERS);
  const commands: (() => string[])[] = [
    () => ["SET", key(), random.pick(["1", "9999", "10000", "-5", "text", "", LARGE])],
    () => ["SET", key(), "text"],
    () => ["SET", key(), LARGE],
    // Past its deadline from the first: it expires when a command comes upon it, and not every command does.
    () => ["SET", key(), "past", "PXAT", "1"],
    () => ["HSET", key(), "f", "v"],
    () => ["HSET", key(), ...Array.from({ length: 1200 }, (_, i) => `n${i}`)],
    () => ["GET", key()],
    () => [random.pick(["DEL", "UNLINK", "EXISTS", "TOUCH"]), ...keys()],
    () => [random.pick(["TYPE", "TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME", "PERSIST", "PERSIST"]), key()],
    () => [random.pick(["EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT"]), key(), time(), ...conditions()],
    () => ["PEXPIREAT", key(), "4102444800000"],
    () => ["EXPIRE", key(), "100000"],
    () => [random.pick(["RENAME", "RENAMENX"]), key(), key()],
    () => ["MOVE", key(), number()],
    () => ["MOVE", key(), "1"],
    () => [
      "COPY",
      key(),
      key(),
      ...random.pick([[], ["REPLACE"], ["DB", number()], ["db", "1", "replace"], ["DB"], ["x"]]),
    ],
    () => ["OBJECT", "FREQ", key()],
    () => ["OBJECT", random.pick(["ENCODING", "REFCOUNT", "FREQ", "IDLETIME", "nothing"]), key()],
    () => ["KEYS", random.pick(["*", "a", "?", "[a-c]", "", "\\a", "l*g", "none"])],
    () => ["SCAN", random.pick(["0", "0", "x", "-"]), ...random.pick([[], ["COUNT", "100"], ["COUNT", "0"], ["TYPE"]])],
    () => [
      "SCAN",
      "0",
      "COUNT",
      "100",
      "MATCH",
      random.pick(["*", "a*", "?", ""]),
      "TYPE",
      random.pick(["hash", "STRING", "q"]),
    ],
    () => ["SELECT", random.pick(["0", "0", "1", "2", number()])],
    () => ["DBSIZE"],
  ];
  const rare: (() => string[])[] = [
    () => ["SWAPDB", number(), number()],
    () => ["SWAPDB", "0", "1"],
    () => ["FLUSHDB", ...random.pick([[], ["ASYNC"], ["sync"], ["x"], ["SYNC", "ASYNC"]])],
    () => ["FLUSHALL", ...random.pick([[], ["async"], ["x"]])],
    () => [random.pick(["COPY", "RENAME", "TTL", "OBJECT", "SWAPDB", "DBSIZE", "EXPIRE"]), key()],
  ];
  return random.pick(random.chance(0.04) ? rare : commands)();
}

/** What may differ: the order of KEYS and SCAN, a little time, and that Redis gives the copy of a shared integer its own object. */
function comparable(command: readonly string[], reply: string): string {
  const name = command[0]!;
  if ((name === "KEYS" || name === "SCAN") && reply[0] === "*")
    return reply
      .split(/\r\n\$|\r\n/)
      .sort()
      .join();
  if (command[1] === "IDLETIME" && /^:[01]\r/.test(reply)) return "just now";
  if (command[1] === "REFCOUNT" && reply[0] === ":") return "counted";
  const relative = ["TTL", "PTTL"].includes(name) || (/EXPIRETIME/.test(name) && reply.length < 20);
  if (relative && reply.length > 6)
    return String(Math.round(Number(reply.slice(1)) / (name.startsWith("P") ? 2e5 : 200)));
  return reply;
}

async function changes(): Promise<number> {
  return Number(/rdb_changes_since_last_save:(\d+)/.exec(await real.raw("INFO", "persistence"))![1]);
}

test("replies, events, changes and hits are Redis' own", async () => {
  const seed = seedOfRun();
  console.log(`seed ${seed}`);
  const random = seededRandom(seed);
  const local = new LocalClient();
  const seen: string[] = [];
  events.hooks.event = (_kind, event, db, key, start, end) => {
    seen.push(`__keyevent@${numberOf(db)}__:${event} ${Buffer.from(key.bytes.slice(start, end)).toString("latin1")}`);
  };
  for (let number = 0; number < CASES; number++) {
    // With a factor of 0 each use is counted, and chance has no part in it.
    await real.raw("CONFIG", "SET", "lfu-log-factor", "0", "maxmemory-policy", POLICIES[number % 2]!);
    lfuLogFactor.assign(0);
    maxmemoryPolicy.assign(POLICIES[number % 2]!);
    for (const client of [local, real]) {
      await client.raw("SELECT", "0");
      await client.raw("FLUSHALL");
    }
    await real.raw("CONFIG", "RESETSTAT");
    stats.hits = stats.misses = 0;
    seen.length = 0;
    // Where the events of a SCAN begin and end: their order is that of the table.
    const scans: [from: number, to: number][] = [];
    const dirtyBefore = [events.changes.dirty, await changes()] as const;
    for (let step = 0; step < CASE_LENGTH; step++) {
      const command = randomCommand(random);
      const shown = `case ${number}, step ${step}: ${JSON.stringify(command).slice(0, 200)}`;
      const expected = comparable(command, await real.raw(...command));
      const from = seen.length;
      expect(`${shown} → ${comparable(command, local.raw(...command))}`).toBe(`${shown} → ${expected}`);
      if (command[0] === "SCAN") scans.push([from, seen.length]);
    }
    expect(events.changes.dirty - dirtyBefore[0]).toBe((await changes()) - dirtyBefore[1]);
    const info = await real.raw("INFO", "stats");
    expect(`hits:${stats.hits} misses:${stats.misses}`).toBe(
      `hits:${/keyspace_hits:(\d+)/.exec(info)![1]} misses:${/keyspace_misses:(\d+)/.exec(info)![1]}`,
    );
    const heard = (await listener.replies(seen.length)).map((reply) => {
      const parts = Buffer.from(reply).toString("latin1").split("\r\n");
      return `${parts[6]} ${parts.slice(8, -1).join("\r\n")}`;
    });
    for (const told of [seen, heard])
      for (const [from, to] of scans) told.splice(from, to - from, ...told.slice(from, to).sort());
    expect(seen).toEqual(heard);
    expect(listener.repliesWaiting).toBe(0);
    expect(auditAll()).toEqual([]);
  }
}, 120_000);
