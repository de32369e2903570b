/**
 * The set value from inside: when it changes its encoding, what it owns, how it is freed, copied and scanned.
 */
import { afterEach, describe, expect, test } from "bun:test";
import * as keyspace from "../../../src/keyspace/keyspace.ts";
import type { Ref } from "../../../src/mem/mem.ts";
import * as mem from "../../../src/mem/mem.ts";
import * as entry from "../../../src/struct/entry.ts";
import { setMaxIntsetEntries } from "../../../src/types/set/parameters.ts";
import { setType } from "../../../src/types/set/set-type.ts";
import * as set from "../../../src/types/set/value.ts";
import { argsOf, blocksOf, refOf, removeKeys, session, visited } from "../../support/handlers.ts";
import { seededRandom, seedOfRun } from "../../support/random.ts";
import { latin1 } from "../../support/resp.ts";
import { StrictBarrier } from "../../support/strict-barrier.ts";
import { run } from "./commands.ts";

const seed = seedOfRun();

/** Which of the three encodings a set has, of which two have one name. */
function encodingOf(key: string): "intset" | "listpack" | "table" {
  const ref = refOf(key);
  if (setType.encodingName(ref) === "intset") return "intset";
  expect(setType.encodingName(ref)).toBe("hashtable");
  return setType.elementTable!(ref) === mem.NIL ? "listpack" : "table";
}

const membersOf = (key: string) => visited((visit) => set.each(refOf(key), visit));
const words = (count: number) => Array.from({ length: count }, (_, i) => `m${i}`);
const integers = (count: number) => Array.from({ length: count }, (_, i) => String(i));
/** A set of each encoding. */
const OF_EACH = { intset: integers(300), listpack: words(100), table: [...words(3000), "x".repeat(70_000), ""] };

afterEach(() => {
  setMaxIntsetEntries.reset();
  removeKeys("s", "c");
});

describe("encoding", () => {
  test("follows the number of integers", () => {
    for (const limit of [0, 1, 5, 300]) {
      setMaxIntsetEntries.assign(limit);
      for (let i = 0; i <= limit; i++) {
        run("SADD", "s", String(i));
        run("SADD", "s", String(i));
        expect(encodingOf("s")).toBe(i < limit ? "intset" : limit < 128 ? "listpack" : "table");
      }
      expect(membersOf("s").sort()).toEqual(integers(limit + 1).sort());
      removeKeys("s");
    }
  });

  test("follows the first member that is no integer", () => {
    for (const [count, then] of [
      [0, "listpack"],
      [127, "listpack"],
      [128, "table"],
      [129, "table"],
    ] as const) {
      if (count > 0) run("SADD", "s", ...integers(count));
      run("SADD", "s", "word");
      expect(encodingOf("s")).toBe(then);
      expect(membersOf("s").sort()).toEqual([...integers(count), "word"].sort());
      // It never becomes an intset again.
      run("SREM", "s", "word");
      if (count > 0) expect(encodingOf("s")).toBe(then);
      removeKeys("s");
    }
  });

  test("of words follows their number and length", () => {
    for (let i = 0; i < 128; i++) {
      run("SADD", "s", `m${i}`);
      expect(encodingOf("s")).toBe("listpack");
    }
    run("SADD", "s", "m5");
    expect(encodingOf("s")).toBe("listpack");
    run("SADD", "s", "one more");
    expect(encodingOf("s")).toBe("table");
    removeKeys("s");
    run("SADD", "s", "x".repeat(64));
    expect(encodingOf("s")).toBe("listpack");
    run("SADD", "s", "x".repeat(65));
    expect(encodingOf("s")).toBe("table");
    expect(membersOf("s").sort()).toEqual(["x".repeat(64), "x".repeat(65)]);
  });
});

describe("blocks", () => {
  for (const [encoding, members] of Object.entries(OF_EACH)) {
    test(`of a set as ${encoding} are what it says, and are freed in slices`, () => {
      const before = mem.used.blocks;
      run("SADD", "s", ...members);
      expect(encodingOf("s")).toBe(encoding as "table");
      const ref = refOf("s");
      expect(mem.used.blocks - before).toBe(1 + blocksOf((visit) => setType.blocks(ref, visit)).size);
      const held = entry.outside(ref);
      const how = entry.encoding(ref);
      mem.free(keyspace.detach(session.db, argsOf("", "s"), 1));
      let slices = 1;
      for (; !setType.release(held, how, 10); slices++) {
        const left = blocksOf((visit) => setType.releasing(held, how, visit)).size;
        expect(mem.used.blocks - before).toBe(left);
      }
      expect(slices > 2).toBe(encoding === "table");
      expect(mem.used.blocks).toBe(before);
    });

    test(`of a copy of a set as ${encoding} are its own`, () => {
      const before = mem.used.blocks;
      run("SADD", "s", ...members);
      const ref = refOf("s");
      const copied = keyspace.put(session.db, argsOf("", "c"), 1, entry.flags(ref) & ~entry.LONG_KEY, 0);
      setType.copyOutside(ref, copied);
      removeKeys("s");
      expect(membersOf("c").sort()).toEqual([...members].sort());
      expect(encodingOf("c")).toBe(encoding as "table");
      run("SREM", "c", members[1]!);
      expect(set.length(refOf("c"))).toBe(members.length - 1);
      removeKeys("c");
      expect(mem.used.blocks).toBe(before);
    });
  }

  test("a member of 16 bytes takes less than half of what it takes in Redis", () => {
    const before = mem.used.bytes;
    for (let i = 0; i < 20_000; i++) run("SADD", "s", String(i).padStart(16, "m"));
    // Redis 7.0.15: 24 bytes for the dictionary's entry, 32 for the string, 8 to 16 for the slot.
    expect((mem.used.bytes - before) / 20_000).toBeLessThan(36);
  });
});

test(`does what a Set does, and announces each change (SEED=${seed})`, () => {
  const random = seededRandom(seed);
  const before = mem.used.blocks;
  for (const kind of ["integers", "few words", "many words"]) {
    const word = () => {
      if (kind === "integers") return String(random.between(-900, 900));
      return random.chance(0.2) ? String(random.below(99)) : `m${random.below(kind === "few words" ? 60 : 1500)}`;
    };
    const model = new Set<string>();
    const barrier = new StrictBarrier(() => new Set([refOf("s")]));
    for (let step = 0; step < 500; step++) {
      const members = Array.from({ length: random.between(1, 12) }, word);
      const adds = random.chance(step < 300 ? 0.75 : 0.3);
      const known = new Set(members.filter((member) => model.has(member)));
      const changes = adds ? new Set(members).size - known.size : known.size;
      const { reply, dirty } = barrier.watch(members.join(" "), () => run(adds ? "SADD" : "SREM", "s", ...members));
      expect(reply).toBe(`:${changes}\r\n`);
      expect(dirty).toBe(changes);
      for (const member of members)
        if (adds) model.add(member);
        else model.delete(member);
      const asked = Array.from({ length: 5 }, word);
      const answers = asked.map((member) => `:${model.has(member) ? 1 : 0}\r\n`).join("");
      expect(run("SMISMEMBER", "s", ...asked).reply).toBe(`*5\r\n${answers}`);
    }
    if (model.size > 0) expect(membersOf("s").sort()).toEqual([...model].sort());
    removeKeys("s");
    expect(mem.used.blocks).toBe(before);
  }
}, 60_000);

test("a scan visits each member that stays, whatever comes and goes meanwhile", () => {
  const staying = words(2000);
  run("SADD", "s", ...staying);
  const seen = new Set<string>();
  let cursor = 0;
  let calls = 0;
  do {
    for (const member of visited((visit) => {
      cursor = set.scan(refOf("s"), cursor, 10, visit);
    })) {
      seen.add(member);
    }
    for (let i = 0; i < 40; i++) run(calls < 100 ? "SADD" : "SREM", "s", `other ${calls % 100} ${i}`);
    calls++;
  } while (cursor !== 0);
  expect(calls).toBeGreaterThan(100);
  for (const member of staying) expect(seen.has(member)).toBe(true);
});

test("the digest is of the members, whatever the encoding", () => {
  const digestOf = (ref: Ref) => {
    const seen: string[] = [];
    setType.digest(ref, {
      mix: () => seen.push("not called"),
      xor: (bytes, start, end) => seen.push(latin1(bytes, start, end)),
      xorElement: () => seen.push("not called"),
    });
    return seen.sort();
  };
  run("SADD", "s", "-7", "9223372036854775807", "15");
  expect(digestOf(refOf("s"))).toEqual(["-7", "15", "9223372036854775807"]);
  run("SADD", "s", "word");
  expect(digestOf(refOf("s"))).toEqual(["-7", "15", "9223372036854775807", "word"]);
});

test("others may ask for its elements", () => {
  for (const members of Object.values(OF_EACH)) {
    run("SADD", "s", ...members);
    const ref = refOf("s");
    const scores = new Set<number>();
    const seen = visited((visit) =>
      setType.elements!.each(ref, (member, score) => {
        scores.add(score);
        visit(member);
      }),
    );
    expect(seen.sort()).toEqual([...members].sort());
    expect([...scores]).toEqual([1]);
    const scoreOf = (member: string) => {
      const args = argsOf(member);
      return setType.elements!.score!(ref, args.region, args.start(0), args.end(0));
    };
    expect(scoreOf(members[7]!)).toBe(1);
    expect(scoreOf("none")).toBe(Number.NaN);
    removeKeys("s");
  }
});
