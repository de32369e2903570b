/**
 * Every change is announced to the write barrier before it is made: shown for random work on structures and for random
 * commands, with a watcher that compares all memory after each operation (support/strict-barrier.ts).
 */
import { afterEach, describe, expect, test } from "bun:test";
import { install } from "../../src/base/env.ts";
import { Region } from "../../src/base/region.ts";
import { hash as hashOf } from "../../src/base/siphash.ts";
import { databases, tableOf } from "../../src/keyspace/database.ts";
import { expireDue } from "../../src/keyspace/expiry.ts";
import * as lazyFree from "../../src/keyspace/lazy-free.ts";
import type { Ref } from "../../src/mem/mem.ts";
import * as mem from "../../src/mem/mem.ts";
import * as entry from "../../src/struct/entry.ts";
import * as listpack from "../../src/struct/listpack.ts";
import * as table from "../../src/struct/table.ts";
import * as wheel from "../../src/struct/wheel.ts";
import { FakeClock, LocalClient, openStore } from "../support/in-process.ts";
import { type Random, seededRandom, seedOfRun } from "../support/random.ts";
import { StrictBarrier } from "../support/strict-barrier.ts";

const seed = seedOfRun();
const none = () => new Set<Ref>();

afterEach(() => {
  mem.listen(undefined);
  install();
});

function range(text: string): [Region, number, number] {
  return [new Region(new Uint8Array(Buffer.from(text, "latin1"))), 0, text.length];
}

describe("the watcher itself", () => {
  test("finds a change that is not announced, and one that is announced too late", () => {
    const refs = [8, 40, 5000, 200_000].map((bytes) => mem.allocZeroed(bytes));
    const barrier = new StrictBarrier(none);
    for (const ref of refs) {
      const last = mem.capacity(ref) / 4 - 1;
      expect(() => barrier.watch("canary", () => mem.setWord(ref, last, 1))).toThrow("not announced");
      expect(() =>
        barrier.watch("canary", () => {
          mem.setWord(ref, last, 2);
          mem.touch(ref);
        }),
      ).toThrow("after it was changed");
      barrier.watch("fair", () => {
        mem.touch(ref);
        mem.setWord(ref, last, 3);
      });
      barrier.watch("fair", () => undefined);
    }
    const change = (at: number) => mem.setByte(refs[2]!, at, mem.byte(refs[2]!, at) + 1);
    const inPart = (at: number) => () => {
      mem.touchPart(refs[2]!, 1000, 500);
      change(at);
    };
    for (const at of [1000, 1499]) barrier.watch("fair", inPart(at));
    for (const at of [0, 999, 1500]) expect(() => barrier.watch("canary", inPart(at))).toThrow("not announced");
    for (const ref of refs) barrier.watch("free", () => mem.free(ref));
  });

  test("lets pass what was allocated meanwhile, freed, and allocated again", () => {
    const barrier = new StrictBarrier(none);
    const random = seededRandom(seed);
    const live: Ref[] = [];
    for (let step = 0; step < 400; step++) {
      barrier.watch("allocations", () => {
        for (let i = 0; i < 5; i++) {
          if (live.length < 50 || random.chance(0.5)) live.push(mem.allocZeroed(2 ** random.between(3, 17)));
          else mem.free(live.splice(random.below(live.length), 1)[0]!);
        }
      });
    }
    for (const ref of live) mem.free(ref);
  });

  test("exempts the access bits of entries, and of entries only", () => {
    const ref = mem.alloc(24);
    entry.write(ref, 0, 5, ...range("key"), 0);
    const strict = new StrictBarrier(() => new Set([ref]));
    strict.watch("access", () => entry.setAccess(ref, 77));
    expect(() => strict.watch("flags", () => mem.setWord(ref, 0, mem.word(ref, 0) ^ 1))).toThrow("not announced");
    expect(() => new StrictBarrier(none).watch("no entry", () => entry.setAccess(ref, 78))).toThrow("not announced");
    mem.free(ref);
  });
});

describe("structures", () => {
  test(`a table announces what it changes (SEED=${seed})`, () => {
    const random = seededRandom(seed);
    const keys = table.create();
    const barrier = new StrictBarrier(none);
    const entries = new Map<string, Ref>();
    const find = (key: string) => table.find(keys, hashOf(range(key)[0].bytes, 0, key.length), ...range(key));
    const step = () => {
      const key = String(random.below(2500));
      const slot = find(key);
      if (slot === mem.NIL) {
        if (!random.chance(growing)) return;
        const ref = newEntry(key);
        entries.set(key, ref);
        table.insert(keys, hashOf(range(key)[0].bytes, 0, key.length), ref);
      } else if (random.chance(0.3)) {
        mem.free(table.entryAt(slot));
        const ref = newEntry(key);
        entries.set(key, ref);
        table.setEntry(keys, slot, ref);
      } else if (!random.chance(growing)) {
        table.remove(keys, slot);
        mem.free(entries.get(key)!);
        entries.delete(key);
      }
    };
    let growing = 0.9;
    for (const [steps, share] of [
      [1700, 0.97],
      [1800, 0.03],
      [300, 0.8],
    ] as const) {
      growing = share;
      for (let i = 0; i < steps; i++) barrier.watch("table", step);
    }
    while (!barrier.watch("drain", () => table.drain(keys, 40, mem.free)));
  }, 60_000);

  function newEntry(key: string): Ref {
    const ref = mem.alloc(entry.bytesFor(0, key.length, 0));
    entry.write(ref, 0, 0, ...range(key), 0);
    return ref;
  }

  test(`a wheel announces what it changes (SEED=${seed})`, () => {
    const random = seededRandom(seed);
    let now = 1_700_000_000_000;
    const turning = wheel.create(now);
    const barrier = new StrictBarrier(none);
    for (let step = 0; step < 1500; step++) {
      if (random.chance(0.7)) {
        const ms = now + Math.floor(2 ** random.between(0, 36) * 1.3) - 100;
        barrier.watch("add", () => wheel.add(turning, ms, random.below(2 ** 31)));
      } else {
        now += random.pick([0, 1, 5, 300, 5000, 40_000]);
        const again = (tokens: Int32Array, count: number) => {
          for (const token of tokens.slice(0, count)) {
            if (random.chance(0.3)) wheel.add(turning, now + random.below(100_000), token);
          }
        };
        barrier.watch("advance", () => wheel.advance(turning, now, random.between(1, 50), again));
      }
    }
    while (!barrier.watch("drain", () => wheel.drain(turning, 500)));
  }, 60_000);

  test(`a listpack announces what it changes (SEED=${seed})`, () => {
    const random = seededRandom(seed);
    let lp = listpack.create();
    const barrier = new StrictBarrier(none);
    for (let step = 0; step < 1500; step++) {
      const text = random.chance(0.4) ? String(random.below(2 ** 31)) : random.bytes(random.below(100));
      const length = listpack.length(lp);
      const at = length === 0 ? listpack.NONE : listpack.seek(lp, random.below(length));
      barrier.watch("listpack", () => {
        const kind = at === listpack.NONE ? random.below(2) : random.below(6);
        if (kind === 0) lp = listpack.append(lp, ...range(text));
        else if (kind === 1) lp = listpack.prepend(lp, ...range(text));
        else if (kind === 2) lp = listpack.insertBefore(lp, at, ...range(text));
        else if (kind === 3) lp = listpack.replace(lp, at, ...range(text));
        else lp = listpack.remove(lp, at, random.between(1, 3));
      });
    }
    mem.free(lp);
  }, 60_000);
});

/** A random command of those that change something, and some that only read. */
function command(random: Random): string[] {
  const key = `k${random.below(40)}`;
  const other = `k${random.below(40)}`;
  const field = `f${random.below(60)}`;
  const value = random.chance(0.5)
    ? String(random.between(-9999, 9999))
    : "v".repeat(random.pick([1, 20, 100, 3000, 40_000]));
  const seconds = String(random.pick([-1, 1, 2, 100, 10_000, 10_000_000]));
  return random.pick<string[]>([
    ["SET", key, value],
    ["SET", key, value, "EX", "5"],
    ["SET", key, value, "KEEPTTL"],
    ["SETEX", key, "3", value],
    ["SETNX", key, value],
    ["MSET", key, value, other, "x"],
    ["GETSET", key, value],
    ["GETDEL", key],
    ["GETEX", key, "PX", "700"],
    ["GETEX", key, "PERSIST"],
    ["APPEND", key, value],
    ["SETRANGE", key, String(random.below(50_000)), value],
    ["SETBIT", key, String(random.below(400_000)), String(random.below(2))],
    ["BITFIELD", key, "SET", "u8", String(random.below(300_000)), "77", "INCRBY", "i5", "9", "3"],
    ["INCR", key],
    ["DECRBY", key, "77"],
    ["INCRBYFLOAT", key, "1.25"],
    ["GET", key],
    ["STRLEN", key],
    ["HSET", key, field, value],
    ["HSET", `h${random.below(3)}`, field, value, `g${random.below(600)}`, "1"],
    // A hash that is a table from its first field on, whose values keep their size: they are changed where they are.
    ["HSET", "table", `f${random.below(4)}`, "w".repeat(100) + random.below(9)],
    ["HSET", "table", `f${random.below(4)}`, "x".repeat(100) + random.below(9)],
    ["HDEL", key, field],
    ["HDEL", `h${random.below(3)}`, field, `g${random.below(600)}`],
    ["HINCRBY", key, field, "5"],
    ["HINCRBYFLOAT", key, field, "0.5"],
    ["HSETNX", key, field, value],
    ["HGETALL", key],
    ["HRANDFIELD", key, "3"],
    ["DEL", key],
    ["UNLINK", key, other],
    ["EXPIRE", key, seconds],
    ["PEXPIRE", key, String(random.below(3000))],
    ["PERSIST", key],
    ["RENAME", key, other],
    ["COPY", key, other, "REPLACE"],
    ["MOVE", key, "1"],
    ["TOUCH", key],
    ["SCAN", "0"],
    ["RANDOMKEY"],
    ...(random.chance(0.02) ? [["FLUSHDB", "ASYNC"], ["SWAPDB", "0", "1"], ["FLUSHALL"]] : []),
  ]);
}

test(`every command announces what it changes, and so do expiry and lazy freeing (SEED=${seed})`, () => {
  openStore();
  const random = seededRandom(seed);
  const clock = new FakeClock(1_700_000_000_000);
  const client = new LocalClient();
  client.raw("FLUSHALL");
  while (!lazyFree.step(1000));
  const barrier = new StrictBarrier(() => {
    const entries = new Set<Ref>();
    for (const db of databases) table.entries(tableOf(db), (held) => entries.add(held));
    return entries;
  });
  const seen = new Map<string, number>();
  for (let step = 0; step < 1500; step++) {
    const args = command(random);
    const reply = barrier.watch(args.map((arg) => arg.slice(0, 30)).join(" "), () => client.raw(...args));
    if (!reply.startsWith("-")) seen.set(args[0]!, (seen.get(args[0]!) ?? 0) + 1);
    if (random.chance(0.1)) {
      clock.set(clock.ms + random.pick([1, 50, 900, 4000]));
      barrier.watch("expiry", () => {
        client.raw("PING");
        expireDue(random.between(1, 30));
      });
    }
    if (random.chance(0.3)) barrier.watch("lazy freeing", () => lazyFree.step(random.between(1, 40)));
  }
  // No command was refused all the time: then nothing would have been shown.
  expect([...seen.keys()].length).toBeGreaterThan(28);
  client.raw("FLUSHALL");
  while (!lazyFree.step(1000));
}, 120_000);
