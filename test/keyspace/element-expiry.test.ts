/**
 * Deadlines of elements in virtual time: hundreds of fields of hashes get deadlines that are changed, cleared and come
 * back, while the hashes are renamed, copied, moved and deleted. The clock moves on, and each field must be removed by the
 * wheel (nobody looks at it) at the first tick after its deadline, not before, and its hash with the last one. After each
 * case every block of memory has exactly one owner.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import { install, tickClock } from "../../src/base/env.ts";
import { auditAll } from "../../src/keyspace/audit.ts";
import { databases, nextWheelOf, tableOf, wheelOf } from "../../src/keyspace/database.ts";
import { earliestWithin } from "../../src/keyspace/element-expiry.ts";
import * as events from "../../src/keyspace/events.ts";
import { expireDue, expiry, nextDueMs } from "../../src/keyspace/expiry.ts";
import * as lazyFree from "../../src/keyspace/lazy-free.ts";
import * as mem from "../../src/mem/mem.ts";
import { NIL } from "../../src/mem/mem.ts";
import * as entry from "../../src/struct/entry.ts";
import * as table from "../../src/struct/table.ts";
import * as wheel from "../../src/struct/wheel.ts";
import * as hash from "../../src/types/hash/value.ts";
import { FakeClock, LocalClient, openStore } from "../support/in-process.ts";
import { type Random, seededRandom, seedOfRun } from "../support/random.ts";
import { latin1 } from "../support/resp.ts";

const START = 1_700_000_000_000;
const YEAR = 365 * 24 * 3_600_000;
const CASES = 25;
const NEVER = Number.POSITIVE_INFINITY;

let clock: FakeClock;
let client: LocalClient;
let told: string[];

beforeAll(() => {
  mem.setPoison(true);
  openStore();
});

beforeEach(() => {
  clock = new FakeClock(START);
  client = new LocalClient();
  client.raw("FLUSHALL");
  told = [];
  events.hooks.event = (_kind, event, _db, key, start, end) => {
    if (event === "hexpired") told.push(latin1(key.bytes.slice(start, end)));
  };
  expiry.active = true;
});

afterEach(() => {
  events.hooks.event = undefined;
  client.raw("FLUSHALL");
  while (!lazyFree.step(1000));
  expect(auditAll()).toEqual([]);
  install();
});

afterAll(() => mem.setPoison(false));

/** Hashes as they should be: by key, the fields with their deadlines. */
type Model = Map<string, Map<string, number>>;

/** What is stored, without any command that might remove something on its way. */
function stored(): Model {
  const found: Model = new Map();
  table.entries(tableOf(databases[0]!), (ref) => {
    const fields = new Map<string, number>();
    const name = latin1(mem.chunkOf(ref).bytes.slice(entry.keyStart(ref), entry.keyStart(ref) + entry.keyLength(ref)));
    const held = hash.tableOf(ref);
    if (held === NIL) hash.each(ref, (field) => fields.set(textOf(field), NEVER));
    else {
      table.entries(held, (field) => {
        const start = entry.keyStart(field);
        const text = latin1(mem.chunkOf(field).bytes.slice(start, start + entry.keyLength(field)));
        fields.set(text, entry.hasDeadline(field) ? entry.deadlineMs(field) : NEVER);
      });
    }
    expect(earliestWithin(ref)).toBe(Math.min(NEVER, ...fields.values()));
    expect(hash.isTimed(ref)).toBe(earliestWithin(ref) !== NEVER);
    found.set(name, fields);
  });
  return found;
}

const textOf = ({ region, start, length }: { region: { bytes: Uint8Array }; start: number; length: number }) =>
  latin1(region.bytes.slice(start, start + length));

function tickAt(ms: number): void {
  clock.ms = ms;
  tickClock();
  told = [];
  while (expireDue(16));
}

/** A tick at this time, and what it must have done. */
function checkTick(model: Model, ms: number): void {
  const changed: string[] = [];
  for (const [key, fields] of model) {
    const before = fields.size;
    for (const [field, deadline] of fields) if (deadline < ms) fields.delete(field);
    if (fields.size < before) changed.push(key);
    if (fields.size === 0) model.delete(key);
  }
  tickAt(ms);
  expect([...new Set(told)].sort()).toEqual(changed.sort());
  expect(stored()).toEqual(model);
  expect(nextDueMs()).toBeLessThanOrEqual(earliestOf(model) + 1);
}

const earliestOf = (model: Model) => Math.min(NEVER, ...[...model.values()].map((f) => Math.min(NEVER, ...f.values())));

function randomChange(random: Random, model: Model): void {
  const key = `key:${random.below(8)}`;
  const other = `key:${random.below(8)}`;
  const names = Array.from({ length: random.between(1, 6) }, () => `f${random.below(30)}`);
  const count = String(names.length);
  const deadline = clock.ms + Math.max(1, Math.min(Math.floor(10 ** (random.below(11_500) / 1000)), 10 * YEAR));
  const value = random.chance(0.05) ? "x".repeat(40_000) : "v".repeat(random.below(60));
  const fields = model.get(key) ?? new Map<string, number>();
  const put = () => {
    if (fields.size > 0) model.set(key, fields);
    else model.delete(key);
  };
  switch (random.below(14)) {
    case 0:
      client.raw("DEL", key);
      model.delete(key);
      return;
    case 1:
      client.raw("HPERSIST", key, "FIELDS", count, ...names);
      for (const name of names) if (fields.has(name)) fields.set(name, NEVER);
      return;
    case 2:
      if (client.raw("RENAME", key, other) !== "+OK\r\n" || key === other) return;
      model.set(other, fields);
      model.delete(key);
      return;
    case 3:
      if (client.raw("COPY", key, other, "REPLACE") === ":1\r\n") model.set(other, new Map(fields));
      return;
    case 4:
      client.raw("HDEL", key, ...names);
      for (const name of names) fields.delete(name);
      return put();
    case 5:
      client.raw("HINCRBYFLOAT", key, `n${names[0]}`, "0.5");
      if (!fields.has(`n${names[0]}`)) fields.set(`n${names[0]}`, NEVER);
      return put();
    case 6:
      client.raw("HSETEX", key, "KEEPTTL", "FIELDS", "1", names[0]!, value);
      if (!fields.has(names[0]!)) fields.set(names[0]!, NEVER);
      return put();
    case 7:
      client.raw("HSETEX", key, "PXAT", String(deadline), "FIELDS", count, ...names.flatMap((name) => [name, value]));
      for (const name of names) fields.set(name, deadline);
      return put();
    case 8:
      client.raw("HGETDEL", key, "FIELDS", count, ...names);
      for (const name of names) fields.delete(name);
      return put();
    case 9:
    case 10:
      client.raw("HSET", key, ...names.flatMap((name) => [name, value]));
      for (const name of names) fields.set(name, NEVER);
      return put();
    default:
      client.raw("HPEXPIREAT", key, String(deadline), "FIELDS", count, ...names);
      for (const name of names) if (fields.has(name)) fields.set(name, deadline);
  }
}

test("every field goes at the first tick after its deadline, never before", () => {
  const seed = seedOfRun();
  console.log(`seed ${seed}`);
  const random = seededRandom(seed);
  for (let number = 0; number < CASES; number++) {
    const model: Model = new Map();
    for (let step = 0; step < 50; step++) {
      for (let n = random.below(15); n > 0; n--) randomChange(random, model);
      expect(stored()).toEqual(model);
      const next = Math.min(clock.ms + YEAR, earliestOf(model));
      if (random.chance(0.5)) checkTick(model, Math.max(clock.ms, next));
      if (random.chance(0.8)) checkTick(model, next + 1);
      else checkTick(model, clock.ms + random.below(3 * 24 * 3_600_000));
    }
    while (earliestOf(model) < NEVER) checkTick(model, earliestOf(model) + 1);
    expect(auditAll()).toEqual([]);
    client.raw("FLUSHALL");
    while (!lazyFree.step(100));
    expect(auditAll()).toEqual([]);
  }
}, 60_000);

test("while the clients are paused, fields past their deadlines are hidden, and stay", () => {
  const run = (line: string) =>
    client
      .raw(...line.split(" "))
      .replaceAll("\r\n", " ")
      .trim();
  run("HSETEX h PX 100 FIELDS 2 a 1 b 2");
  run("HSET h c 3");
  run("HSETEX all PX 100 FIELDS 1 a 1");
  clock.set(clock.ms + 101);
  expiry.isHeld = true;
  try {
    expect(run("HGET h a")).toBe("$-1");
    expect(run("HGETALL h")).toBe("*2 $1 c $1 3");
    expect(run("HKEYS h")).toBe("*1 $1 c");
    expect(run("HVALS h")).toBe("*1 $1 3");
    expect(run("HSCAN h 0")).toBe("*2 $1 0 *2 $1 c $1 3");
    expect(run("HRANDFIELD h")).toBe("$1 c");
    for (const count of [1, 2, 9]) expect(run(`HRANDFIELD h ${count}`)).toBe("*1 $1 c");
    expect(run("HRANDFIELD h -3 WITHVALUES")).toBe("*6 $1 c $1 3 $1 c $1 3 $1 c $1 3");
    expect(run("HTTL h FIELDS 1 a")).toBe("*1 :-2");
    for (const command of ["HGETALL", "HKEYS", "HVALS"]) expect(run(`${command} all`)).toBe("*0");
    expect(run("HRANDFIELD all")).toBe("$-1");
    expect(run("HRANDFIELD all -3")).toBe("*0");
    expect(expireDue(1000)).toBe(false);
    // As in Redis, HLEN is what is there.
    expect([run("HLEN h"), run("HLEN all"), told]).toEqual([":3", ":1", []]);
  } finally {
    expiry.isHeld = false;
  }
  expect(run("HGETALL h")).toBe("*2 $1 c $1 3");
  expect([run("HLEN h"), run("EXISTS all")]).toEqual([":1", ":1"]);
  expireDue(1000);
  expect([run("EXISTS all"), told]).toEqual([":0", ["h", "all"]]);
});

test("a large hash whose fields are all due at once goes in slices", () => {
  const FIELDS = 20_000;
  const before = mem.used.bytes;
  for (let i = 0; i < FIELDS; i += 1000) {
    const pairs = Array.from({ length: 1000 }, (_, k) => [`f${i + k}`, "value"]).flat();
    client.raw("HSETEX", "h", "PX", "100", "FIELDS", "1000", ...pairs);
  }
  clock.ms += 101;
  tickClock();
  const left = () => Number(client.raw("DBSIZE").slice(1)) && stored().get("h")!.size;
  let slices = 0;
  for (let last: number = FIELDS; expireDue(16); slices++) {
    if (slices % 10 !== 0) continue;
    // One token stands for 16 fields at most, and a slice for 16 tokens.
    expect(last - left()).toBeLessThanOrEqual(10 * 16 * 16);
    last = left();
  }
  expect(slices).toBeGreaterThanOrEqual(FIELDS / 256 - 1);
  expect(client.raw("DBSIZE")).toBe(":0\r\n");
  client.raw("FLUSHALL");
  while (!lazyFree.step(1000));
  expect(mem.used.bytes).toBeLessThanOrEqual(before);
});

test("many hashes with deadlines do not make the wheel anew again and again", () => {
  const KEYS = 20_000;
  let rebuilds = 0;
  let wasRebuilding = false;
  for (let i = 0; i < KEYS; i++) {
    client.raw("HSETEX", `h${i}`, "PX", String(1000 + i), "FIELDS", "1", "f", "v");
    const isRebuilding = nextWheelOf(databases[0]!) !== NIL;
    if (isRebuilding && !wasRebuilding) rebuilds++;
    wasRebuilding = isRebuilding;
    if (i % 4 === 0) expireDue(4);
  }
  expect(rebuilds).toBeLessThan(5);
  while (expireDue(1000));
  expect(wheel.tokens(wheelOf(databases[0]!))).toBeLessThan(1.1 * KEYS);
  tickAt(START + 1000 + KEYS);
  expect(client.raw("DBSIZE")).toBe(":0\r\n");
});

test("a jump of the clock finds the fields that are due", () => {
  client.raw("HSETEX", "h", "PXAT", String(START + YEAR), "FIELDS", "1", "f", "v");
  client.raw("HSETEX", "h", "PXAT", String(START + 2 * YEAR), "FIELDS", "1", "g", "v");
  tickAt(START + YEAR + 1);
  expect(stored().get("h")!.size).toBe(1);
  clock.set(START);
  client.raw("HSETEX", "h", "PX", "100", "FIELDS", "1", "soon", "v");
  tickAt(START + 50);
  tickAt(START + 101);
  expect([...stored().get("h")!.keys()]).toEqual(["g"]);
  tickAt(START + 2 * YEAR + 1);
  expect(client.raw("DBSIZE")).toBe(":0\r\n");
});
