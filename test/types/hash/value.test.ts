/**
 * The hash value from inside: when it changes its encoding, what it owns, how it is freed, copied, scanned and drawn from.
 */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { hash as hashOf } from "../../../src/base/siphash.ts";
import * as keyspace from "../../../src/keyspace/keyspace.ts";
import { HASH, type ValueDigest } from "../../../src/keyspace/value-type.ts";
import type { Ref } from "../../../src/mem/mem.ts";
import * as mem from "../../../src/mem/mem.ts";
import * as entry from "../../../src/struct/entry.ts";
import { hashMaxListpackEntries, hashMaxListpackValue } from "../../../src/types/hash/parameters.ts";
import * as hash from "../../../src/types/hash/value.ts";
import { argsOf, blocksOf, detach, refOf, session } from "../../support/handlers.ts";
import { seededRandom, seedOfRun } from "../../support/random.ts";
import { latin1 } from "../../support/resp.ts";
import { run } from "./commands.ts";

const { hashType } = hash;
const seed = seedOfRun();

const encodingOf = (key: string) => hashType.encodingName(refOf(key));

function contentOf(ref: Ref): Map<string, string> {
  const content = new Map<string, string>();
  hash.each(ref, (name, value) => {
    content.set(
      latin1(name.region.bytes, name.start, name.start + name.length),
      latin1(value.region.bytes, value.start, value.start + value.length),
    );
  });
  return content;
}

/** A hash with `count` fields; every 50th value is too long to lie in its entry. */
function fill(key: string, count: number): Map<string, string> {
  const model = new Map<string, string>();
  for (let i = 0; i < count; i++) {
    const value = i % 50 === 49 ? "v".repeat(entry.INSIDE_MAX + i) : String(i);
    run("HSET", key, `f${i}`, value);
    model.set(`f${i}`, value);
  }
  return model;
}

/** Frees a value in small slices; in between, what is left is exactly what it says it owns. */
function releaseSlowly(ref: Ref, blocksBefore: number): number {
  const value = entry.outside(ref);
  const encoding = entry.encoding(ref);
  mem.free(ref);
  for (let slices = 1; ; slices++) {
    if (hashType.release(value, encoding, 10)) return slices;
    const left = blocksOf((visit) => hashType.releasing(value, encoding, visit)).size;
    expect(mem.used.blocks - blocksBefore).toBe(left);
  }
}

beforeEach(() => {
  for (const key of ["h", "c"]) keyspace.remove(session.db, argsOf("", key), 1);
});

afterEach(() => {
  hashMaxListpackEntries.reset();
  hashMaxListpackValue.reset();
});

describe("encoding", () => {
  test("follows the number of fields", () => {
    for (const limit of [0, 1, 5, 512]) {
      hashMaxListpackEntries.assign(limit);
      const model = new Map<string, string>();
      for (let i = 0; i <= limit; i++) {
        run("HSET", "h", `f${i}`, String(i));
        model.set(`f${i}`, String(i));
        expect(encodingOf("h")).toBe(i + 1 > limit ? "hashtable" : "listpack");
      }
      expect(contentOf(refOf("h"))).toEqual(model);
      for (const name of model.keys()) run("HDEL", "h", name);
      expect(refOf("h")).toBe(mem.NIL);
    }
  });

  test("follows the longest field or value, whichever command brings it", () => {
    const long = "x".repeat(65);
    const bring = [
      ["HSET", "h", "f", long],
      ["HSET", "h", long, "v"],
      ["HSETNX", "h", "g", long],
      ["HINCRBY", "h", long, "1"],
      ["HINCRBYFLOAT", "h", long, "1.5"],
      ["HINCRBYFLOAT", "h", "n", "1.0e80"],
    ];
    for (const command of bring) {
      run("HSET", "h", "f", "x".repeat(64), "x".repeat(64), "v");
      expect(encodingOf("h")).toBe("listpack");
      run(...command);
      expect(encodingOf("h")).toBe("hashtable");
      removeKeyAndFree("h");
    }
    // A field that exists is not set, and so nothing changes.
    run("HSET", "h", "f", "v");
    run("HSETNX", "h", "f", long);
    expect(encodingOf("h")).toBe("listpack");
    removeKeyAndFree("h");
  });
});

function removeKeyAndFree(key: string): void {
  const blocksBefore = mem.used.blocks - 1 - blocksOf((visit) => hashType.blocks(refOf(key), visit)).size;
  releaseSlowly(detach(key), blocksBefore);
  expect(mem.used.blocks).toBe(blocksBefore);
}

describe("blocks", () => {
  test("a hash owns what it says, and frees it in slices", () => {
    for (const count of [3, 6000]) {
      const before = mem.used.blocks;
      fill("h", count);
      const ref = refOf("h");
      const owned = blocksOf((visit) => hashType.blocks(ref, visit)).size;
      expect(mem.used.blocks - before).toBe(owned + 1);
      const slices = releaseSlowly(detach("h"), before);
      // A slice is at least a segment of the table: up to 1,023 slots.
      expect(slices > 5).toBe(count === 6000);
      expect(mem.used.blocks).toBe(before);
    }
  });

  test("a copy shares nothing with what it was made from", () => {
    for (const count of [3, 1000]) {
      const before = mem.used.blocks;
      const model = fill("h", count);
      const ref = refOf("h");
      const copied = keyspace.put(session.db, argsOf("", "c"), 1, entry.flags(ref) & ~entry.LONG_KEY, 0);
      hashType.copyOutside(ref, copied);
      removeKeyAndFree("h");
      expect(contentOf(refOf("c"))).toEqual(model);
      expect(run("HGET", "c", "f1").reply).toBe("$1\r\n1\r\n");
      removeKeyAndFree("c");
      expect(mem.used.blocks).toBe(before);
    }
  });
});

test(`a table does what a map does (SEED=${seed})`, () => {
  const random = seededRandom(seed);
  const before = mem.used.blocks;
  const model = new Map<string, string>();
  const announced = new Set<Ref>();
  mem.listen((ref) => announced.add(ref));
  for (let step = 0; step < 10_000; step++) {
    const name = `f${random.below(step < 6000 ? 3000 : 200)}`;
    if (random.chance(0.6)) {
      const value = "v".repeat(random.pick([0, 1, 8, 30, 70, 700, 33_000]));
      expect(run("HSET", "h", name, value).reply).toBe(model.has(name) ? ":0\r\n" : ":1\r\n");
      model.set(name, value);
    } else {
      expect(run("HDEL", "h", name).reply).toBe(model.delete(name) ? ":1\r\n" : ":0\r\n");
    }
    if (model.size === 0) continue;
    const asked = `f${random.below(3000)}`;
    expect(hash.has(refOf("h"), argsOf("", "", asked), 2)).toBe(model.has(asked));
  }
  mem.listen(undefined);
  expect(announced.size).toBeGreaterThan(0);
  expect(contentOf(refOf("h"))).toEqual(model);
  removeKeyAndFree("h");
  expect(mem.used.blocks).toBe(before);
});

test("a scan visits each field that stays, whatever comes and goes meanwhile", () => {
  const staying = [...fill("h", 2000).keys()];
  const seen = new Set<string>();
  let cursor = 0;
  let calls = 0;
  do {
    cursor = hash.scan(refOf("h"), cursor, 10, (name) => {
      seen.add(latin1(name.region.bytes, name.start, name.start + name.length));
    });
    // Grows to several times the size, then shrinks again.
    for (let i = 0; i < 40; i++) run(calls < 100 ? "HSET" : "HDEL", "h", `g${calls % 100} ${i}`, "x");
    calls++;
  } while (cursor !== 0);
  expect(calls).toBeGreaterThan(100);
  for (const name of staying) expect(seen.has(name)).toBe(true);
  removeKeyAndFree("h");
});

test(`all fields are drawn equally often (SEED=${seed})`, () => {
  const random = seededRandom(seed);
  for (const [fields, count] of [
    [20, 5],
    [600, 30],
    [600, 400],
  ] as const) {
    for (let i = 0; i < fields; i++) run("HSET", "h", `f${i}`, "x");
    const drawn = new Map<string, number>();
    const rounds = 60_000 / count;
    const visit: hash.Visit = (name) => {
      const text = latin1(name.region.bytes, name.start, name.start + name.length);
      drawn.set(text, (drawn.get(text) ?? 0) + 1);
    };
    for (let round = 0; round < rounds; round++) hash.sample(refOf("h"), count, random.below, visit);
    const expected = (rounds * count) / fields;
    expect(drawn.size).toBe(fields);
    // Seven standard deviations: one run in a billion fails by chance.
    for (const times of drawn.values()) expect(Math.abs(times - expected)).toBeLessThan(7 * Math.sqrt(expected));
    removeKeyAndFree("h");
  }
});

test("the digest says which value belongs to which field", () => {
  const digestOf = () => {
    const elements: string[] = [];
    const mixed: string[] = [];
    const digest: ValueDigest = {
      mix: (bytes, start, end) => mixed.push(latin1(bytes, start, end)),
      xor: () => mixed.push("not called"),
      xorElement(fill) {
        fill(digest);
        elements.push(mixed.splice(0).join("="));
      },
    };
    hashType.digest(refOf("h"), digest);
    return elements.sort();
  };
  run("HSET", "h", "a", "1", "b", "text");
  expect(digestOf()).toEqual(["a=1", "b=text"]);
  run("HSET", "h", "c", "x".repeat(65));
  expect(digestOf()).toEqual(["a=1", "b=text", `c=${"x".repeat(65)}`]);
  removeKeyAndFree("h");
});

test("names and hashes agree after the change to a table", () => {
  hashMaxListpackEntries.assign(3);
  for (const name of ["1", "-9223372036854775808", "x", "004"]) run("HSET", "h", name, name);
  const args = argsOf("", "", "-9223372036854775808");
  expect(args.hash(2)).toBe(hashOf(args.bytes, args.start(2), args.end(2)));
  expect(hash.find(refOf("h"), args, 2)).toBe(true);
  expect(entry.type(refOf("h"))).toBe(HASH);
  removeKeyAndFree("h");
});
