/**
 * The sorted set value from inside: when it changes its encoding, what it owns, announces, copies and frees.
 */
import { afterEach, describe, expect, test } from "bun:test";
import { Region } from "../../../src/base/region.ts";
import * as keyspace from "../../../src/keyspace/keyspace.ts";
import type { ValueDigest } from "../../../src/keyspace/value-type.ts";
import type { Ref } from "../../../src/mem/mem.ts";
import * as mem from "../../../src/mem/mem.ts";
import * as entry from "../../../src/struct/entry.ts";
import { zsetMaxListpackEntries, zsetMaxListpackValue } from "../../../src/types/zset/parameters.ts";
import * as zset from "../../../src/types/zset/value.ts";
import { argsOf, refOf, removeKeys, session } from "../../support/handlers.ts";
import { seededRandom, seedOfRun } from "../../support/random.ts";
import { latin1 } from "../../support/resp.ts";
import { StrictBarrier } from "../../support/strict-barrier.ts";
import { checkTree, contentOf, encodingOf, run, zsetType } from "./commands.ts";

const seed = seedOfRun();
const LONG = "x".repeat(65);

afterEach(() => {
  removeKeys("z", "y", "c", "s");
  zsetMaxListpackEntries.reset();
  zsetMaxListpackValue.reset();
});

function fill(key: string, count: number): void {
  for (let i = 0; i < count; i++) run("ZADD", key, String((i * 7919) % 1000), `m${i}`);
}

function blocksOf(visitAll: (visit: (block: Ref) => void) => void): number {
  const seen = new Set<Ref>();
  visitAll((block) => {
    if (seen.has(block)) throw new Error(`block ${block} is owned twice`);
    seen.add(block);
  });
  return seen.size;
}

describe("encoding", () => {
  test("follows the number of members", () => {
    for (const limit of [0, 1, 5, 128]) {
      zsetMaxListpackEntries.assign(limit);
      for (let i = 0; i <= limit; i++) {
        run("ZADD", "z", String(-i), `m${i}`);
        run("ZADD", "z", String(i), `m${i}`);
        expect(encodingOf("z")).toBe(i < limit ? "listpack" : "skiplist");
      }
      expect(contentOf(refOf("z"))).toEqual(Array.from({ length: limit + 1 }, (_, i) => [`m${i}`, i]));
      removeKeys("z");
    }
  });

  test("follows the longest member, whichever command brings it", () => {
    const bring = ["ZADD z 1", "ZADD z INCR 5", "ZADD z NX CH 3", "ZINCRBY z 2"];
    for (const command of bring) {
      run("ZADD", "z", "1", LONG.slice(1), "2", "a");
      expect(encodingOf("z")).toBe("listpack");
      run(...command.split(" "), LONG);
      expect(encodingOf("z")).toBe("skiplist");
      removeKeys("z");
    }
    // A member that does not exist is not added, and so nothing changes.
    run("ZADD", "z", "1", "a");
    run("ZADD", "z", "XX", "1", LONG);
    expect(encodingOf("z")).toBe("listpack");
  });

  test("of what is stored follows the result", () => {
    fill("z", 200);
    for (const [command, encoding] of [
      ["ZRANGESTORE c z 0 127", "listpack"],
      ["ZRANGESTORE c z 0 128", "skiplist"],
      ["ZUNIONSTORE c 1 z", "skiplist"],
      ["ZDIFFSTORE c 1 z", "skiplist"],
      ["ZINTERSTORE c 2 z y", "listpack"],
    ] as const) {
      run("ZADD", "y", "1", "m1", "2", "m2");
      run(...command.split(" "));
      expect(encodingOf("c")).toBe(encoding);
    }
    zsetMaxListpackValue.assign(1);
    run("ZINTERSTORE", "c", "2", "z", "y");
    expect(encodingOf("c")).toBe("skiplist");
    expect(contentOf(refOf("c")).length).toBe(2);
  });

  test("a tree keeps the sign of zero, a listpack does not", () => {
    run("ZADD", "z", "-0", "a");
    expect(Object.is(contentOf(refOf("z"))[0]![1], 0)).toBe(true);
    zsetMaxListpackEntries.assign(0);
    run("ZADD", "y", "-0", "a");
    expect(Object.is(contentOf(refOf("y"))[0]![1], -0)).toBe(true);
    run("ZADD", "y", "0", "a");
    expect(Object.is(contentOf(refOf("y"))[0]![1], -0)).toBe(true);
  });
});

describe("blocks", () => {
  for (const count of [3, 6000]) {
    test(`of ${count} members are what it says, and are freed in slices`, () => {
      const before = mem.used.blocks;
      fill("z", count);
      const ref = refOf("z");
      expect(mem.used.blocks - before).toBe(1 + blocksOf((visit) => zsetType.blocks(ref, visit)));
      const held = entry.outside(ref);
      const encoding = entry.encoding(ref);
      mem.free(keyspace.detach(session.db, argsOf("", "z"), 1));
      let slices = 1;
      for (; !zsetType.release(held, encoding, 40); slices++) {
        expect(mem.used.blocks - before).toBe(blocksOf((visit) => zsetType.releasing(held, encoding, visit)));
      }
      expect(slices > 10).toBe(count === 6000);
      expect(mem.used.blocks).toBe(before);
    });

    test(`of a copy of ${count} members are its own`, () => {
      const before = mem.used.blocks;
      fill("z", count);
      const ref = refOf("z");
      const model = contentOf(ref);
      const copied = keyspace.put(session.db, argsOf("", "c"), 1, entry.flags(ref) & ~entry.LONG_KEY, 0);
      zsetType.copyOutside(ref, copied);
      removeKeys("z");
      expect(contentOf(refOf("c"))).toEqual(model);
      if (count > 128) {
        const { leaves } = checkTree(entry.outside(refOf("c")));
        expect(leaves.filter((items) => items < 170).length).toBe(1);
      }
      expect(run("ZINCRBY", "c", "1", "m1")).toBe("$3\r\n920\r\n");
      expect(run("ZREM", "c", "m0", "m2")).toBe(":2\r\n");
      removeKeys("c");
      expect(mem.used.blocks).toBe(before);
    });
  }

  test("nothing is left of what is combined, stored or refused", () => {
    fill("z", 300);
    fill("y", 50);
    run("SADD", "s", "m1", "m400");
    const before = mem.used.blocks;
    for (const command of ["ZUNION 3 z y s WITHSCORES", "ZINTER 2 z s", "ZDIFF 2 z y", "ZINTERCARD 2 z y LIMIT 3"]) {
      run(...command.split(" "));
      while (mem.used.blocks > before) removeKeys();
      expect(mem.used.blocks).toBe(before);
    }
    for (const command of [
      "ZUNIONSTORE c 2 z s",
      "ZINTERSTORE c 2 z s",
      "ZRANGESTORE c z 0 -1",
      "ZDIFFSTORE c 1 none",
    ]) {
      run(...command.split(" "));
      run("ZUNIONSTORE", "c", "1", "none");
      removeKeys();
      expect(mem.used.blocks).toBe(before);
    }
  });

  test("a member of 16 bytes takes less than half of what it takes in Redis", () => {
    const before = mem.used.bytes;
    const random = seededRandom(1);
    for (let i = 0; i < 20_000; i++) run("ZADD", "z", String(random.below(2 ** 31) / 7), String(i).padStart(16, "m"));
    // Redis 7.0.15: 126 bytes.
    expect((mem.used.bytes - before) / 20_000).toBeLessThan(57);
  });
});

test(`does what a map with an order does, and announces each change (SEED=${seed})`, () => {
  const random = seededRandom(seed);
  for (const members of [40, 400]) {
    const before = mem.used.blocks;
    const model = new Map<string, number>();
    const barrier = new StrictBarrier(() => new Set(refOf("z") === mem.NIL ? [] : [refOf("z")]));
    const step = (...words: string[]) => barrier.watch(words.join(" "), () => run(...words));
    const sorted = () => [...model].sort(([a, scoreA], [b, scoreB]) => scoreA - scoreB || (a < b ? -1 : a > b ? 1 : 0));
    for (let i = 0; i < 700; i++) {
      const name = `m${random.below(members)}`;
      const score = random.between(-20, 20) / 4;
      switch (random.below(i < 500 ? 7 : 9)) {
        case 0:
        case 1:
        case 2:
        case 3:
          expect(step("ZADD", "z", String(score), name)).toBe(model.has(name) ? ":0\r\n" : ":1\r\n");
          model.set(name, score);
          break;
        case 4:
          step("ZINCRBY", "z", String(score), name);
          model.set(name, (model.get(name) ?? 0) + score);
          break;
        case 5:
        case 6:
          expect(step("ZREM", "z", name)).toBe(model.delete(name) ? ":1\r\n" : ":0\r\n");
          break;
        case 7: {
          for (const [gone] of sorted().slice(3, 9)) model.delete(gone);
          step("ZREMRANGEBYRANK", "z", "3", "8");
          break;
        }
        default: {
          const top = sorted().at(-1);
          step("ZPOPMAX", "z");
          if (top !== undefined) model.delete(top[0]);
        }
      }
      if (i % 50 !== 0 || model.size === 0) continue;
      expect(contentOf(refOf("z"))).toEqual(sorted());
      if (encodingOf("z") === "skiplist") checkTree(entry.outside(refOf("z")));
    }
    expect(encodingOf("z")).toBe(members > 128 ? "skiplist" : "listpack");
    removeKeys("z");
    expect(mem.used.blocks).toBe(before);
  }
}, 30_000);

test("what others ask of it", () => {
  const name = (text: string) => new Region(new Uint8Array(Buffer.from(text, "latin1")));
  for (const limit of [128, 0]) {
    zsetMaxListpackEntries.assign(limit);
    const ref = zset.create(session.db, argsOf("", "z"), 1);
    for (const [member, score] of [
      ["b", 2],
      ["a", 1],
      ["c", 3],
      ["b", 5],
    ] as const) {
      expect(zset.set(ref, name(member), 0, 1, score)).toBe(score !== 5);
    }
    expect(zset.score(ref, name("b"), 0, 1)).toBe(5);
    expect(zset.score(ref, name("x"), 0, 1)).toBeNaN();
    expect(zset.rank(ref, name("b"), 0, 1)).toBe(2);
    expect(zset.rank(ref, name("x"), 0, 1)).toBe(-1);
    const seen: unknown[] = [];
    const visit: zset.Visit = ({ region, start, length }, score) =>
      seen.push([latin1(region.bytes, start, start + length), score]) < 2;
    zset.eachByRank(ref, 0, 2, true, visit);
    expect(seen.splice(0)).toEqual([
      ["b", 5],
      ["c", 3],
    ]);
    const range = { min: 1, max: 5, minExclusive: true, maxExclusive: false };
    zset.eachByScore(ref, range, false, 0, -1, visit);
    expect(seen.splice(0)).toEqual([
      ["c", 3],
      ["b", 5],
    ]);
    zset.eachByScore(ref, range, true, 1, 9, visit);
    expect(seen.splice(0)).toEqual([["c", 3]]);
    zsetType.elements!.each(ref, visit);
    expect(seen.splice(0)).toEqual([
      ["a", 1],
      ["c", 3],
    ]);
    expect(zsetType.elements!.score!(ref, name("c"), 0, 1)).toBe(3);
    expect(zset.remove(ref, name("b"), 0, 1)).toBe(true);
    expect(zset.remove(ref, name("b"), 0, 1)).toBe(false);
    removeKeys("z");
  }
});

test("a scan visits each member that stays, whatever comes and goes meanwhile", () => {
  fill("z", 2000);
  const seen = new Set<string>();
  let cursor = 0;
  let calls = 0;
  do {
    cursor = zset.scan(refOf("z"), cursor, 10, ({ region, start, length }) => {
      seen.add(latin1(region.bytes, start, start + length));
    });
    // Grows to several times the size, then shrinks again.
    for (let i = 0; i < 40; i++) {
      if (calls < 100) run("ZADD", "z", String(i), `g${calls} ${i}`);
      else run("ZREM", "z", `g${calls % 100} ${i}`);
    }
    calls++;
  } while (cursor !== 0);
  expect(calls).toBeGreaterThan(100);
  const missed = Array.from({ length: 2000 }, (_, i) => `m${i}`).filter((name) => !seen.has(name));
  expect(missed).toEqual([]);
});

test(`all members are drawn equally often (SEED=${seed})`, () => {
  const random = seededRandom(seed);
  for (const [members, count] of [
    [20, 5],
    [600, 30],
    [600, 400],
  ] as const) {
    fill("z", members);
    const drawn = new Map<string, number>();
    const rounds = 24_000 / count;
    const visit: zset.Visit = ({ region, start, length }) => {
      const text = latin1(region.bytes, start, start + length);
      drawn.set(text, (drawn.get(text) ?? 0) + 1);
    };
    for (let round = 0; round < rounds; round++) zset.sample(refOf("z"), count, random.below, visit);
    const expected = (rounds * count) / members;
    expect(drawn.size).toBe(members);
    // Seven standard deviations: one run in a billion fails by chance.
    for (const times of drawn.values()) expect(Math.abs(times - expected)).toBeLessThan(7 * Math.sqrt(expected));
    removeKeys("z");
  }
});

test("the digest says which score belongs to which member", () => {
  const digestOf = () => {
    const elements: string[] = [];
    const mixed: string[] = [];
    const digest: ValueDigest = {
      mix: (bytes, start, end) => mixed.push(latin1(bytes, start, end)),
      xor: () => mixed.push("not called"),
      xorElement(add) {
        add(digest);
        elements.push(mixed.splice(0).join("="));
      },
    };
    zsetType.digest(refOf("z"), digest);
    return elements;
  };
  run("ZADD", "z", "0.1", "a", "inf", "b", "1e17", "c");
  expect(digestOf()).toEqual(["a=0.10000000000000001", "c=1e+17", "b=inf"]);
  run("ZADD", "z", "-2", LONG);
  expect(digestOf()).toEqual([`${LONG}=-2`, "a=0.10000000000000001", "c=1e+17", "b=inf"]);
});
