/**
 * Sets in RDB files: what is saved is what was there, what Redis 7.2 saves is understood, and nothing damaged is believed.
 */
import { afterEach, expect, test } from "bun:test";
import * as keyspace from "../../../src/keyspace/keyspace.ts";
import * as mem from "../../../src/mem/mem.ts";
import { RdbError, RdbReader } from "../../../src/rdb/reader.ts";
import { RDB_SET, RDB_SET_INTSET, RDB_SET_LISTPACK } from "../../../src/rdb/types.ts";
import { RdbWriter } from "../../../src/rdb/writer.ts";
import * as listpack from "../../../src/struct/listpack.ts";
import { setMaxIntsetEntries } from "../../../src/types/set/parameters.ts";
import { setType } from "../../../src/types/set/set-type.ts";
import * as set from "../../../src/types/set/value.ts";
import { argsOf, refOf, removeKeys, session, visited } from "../../support/handlers.ts";
import { seededRandom, seedOfRun } from "../../support/random.ts";
import { run } from "./commands.ts";

const seed = seedOfRun();
afterEach(() => {
  setMaxIntsetEntries.reset();
  removeKeys("s", "to");
});

const OF_EACH = {
  intset: ["1", "-70000", "9223372036854775807"],
  listpack: ["a", "17", "", "x".repeat(64)],
  table: [...Array.from({ length: 900 }, (_, i) => `m${i}`), "y".repeat(70_000), "5"],
};

function saved(key: string): Uint8Array {
  const writer = new RdbWriter();
  setType.save!(refOf(key), writer);
  return writer.bytes.slice(0, writer.size);
}

/** Loads what was saved into the key `to`. */
function load(type: number, bytes: Uint8Array): void {
  const reader = new RdbReader();
  reader.aim(bytes, 0, bytes.length);
  const rest = setType.load!(type, reader, (flags, inside) =>
    keyspace.put(session.db, argsOf("", "to"), 1, flags, inside),
  );
  while (rest?.next().done === false);
  if (reader.at !== bytes.length) throw new RdbError("something is left");
}

const sortedMembers = (key: string) => visited((visit) => set.each(refOf(key), visit)).sort();

for (const [encoding, members] of Object.entries(OF_EACH)) {
  test(`a set as ${encoding} is saved and loaded`, () => {
    run("SADD", "s", ...members);
    const type = setType.rdbType!(refOf("s"));
    expect(type).toBe(encoding === "intset" ? RDB_SET_INTSET : RDB_SET);
    load(type, saved("s"));
    expect(sortedMembers("to")).toEqual([...members].sort());
    expect(setType.encodingName(refOf("to"))).toBe(setType.encodingName(refOf("s")));
    expect(setType.elementTable!(refOf("to")) === mem.NIL).toBe(setType.elementTable!(refOf("s")) === mem.NIL);
  });

  test(`a damaged set, once ${encoding}, is refused or sound, and nothing is left of it (SEED=${seed})`, () => {
    const random = seededRandom(seed);
    run("SADD", "s", ...members.slice(0, 40));
    const type = setType.rdbType!(refOf("s"));
    const whole = saved("s");
    const before = mem.used.blocks;
    for (let round = 0; round < 1500; round++) {
      const bytes = whole.slice(0, random.chance(0.2) ? random.below(whole.length) : whole.length);
      for (let left = random.between(1, 3); left > 0 && bytes.length > 0; left--) {
        bytes[random.below(bytes.length)] = random.below(256);
      }
      try {
        load(type, bytes);
        expect(sortedMembers("to").length).toBe(set.length(refOf("to")));
      } catch (error) {
        expect(error).toBeInstanceOf(RdbError);
      }
      removeKeys("to");
      expect(mem.used.blocks).toBe(before);
    }
  });
}

test("an intset that has more integers than allowed becomes something else", () => {
  run("SADD", "s", "3", "1", "2");
  const bytes = saved("s");
  setMaxIntsetEntries.assign(2);
  load(RDB_SET_INTSET, bytes);
  expect(setType.encodingName(refOf("to"))).toBe("hashtable");
  expect(sortedMembers("to")).toEqual(["1", "2", "3"]);
});

/** A listpack as a string in an RDB file. */
function listpackOf(...texts: string[]): Uint8Array {
  let lp = listpack.create();
  const args = argsOf(...texts);
  texts.forEach((_, i) => {
    lp = listpack.append(lp, args.region, args.start(i), args.end(i));
  });
  const writer = new RdbWriter();
  writer.blob(lp, listpack.bytes(lp));
  mem.free(lp);
  return writer.bytes.slice(0, writer.size);
}

test("the listpack of Redis 7.2 is understood", () => {
  load(RDB_SET_LISTPACK, listpackOf("a", "17", "b"));
  expect(sortedMembers("to")).toEqual(["17", "a", "b"]);
  removeKeys("to");
  const many = Array.from({ length: 500 }, (_, i) => `m${i}`);
  load(RDB_SET_LISTPACK, listpackOf(...many));
  expect(sortedMembers("to")).toEqual(many.sort());
});

test("empty sets and members that come twice are refused", () => {
  const before = mem.used.blocks;
  const damaged: [number, Uint8Array][] = [
    [RDB_SET_LISTPACK, listpackOf()],
    [RDB_SET_LISTPACK, listpackOf("a", "b", "a")],
    [RDB_SET_LISTPACK, new Uint8Array([3, 1, 2, 3])],
    [RDB_SET, new Uint8Array([0])],
    [RDB_SET, new Uint8Array([2, 1, 97, 1, 97])],
    [RDB_SET, new Uint8Array([3, 1, 49, 1, 97, 0xc0, 1])],
    [RDB_SET, new Uint8Array([0x80, 0xff, 0xff, 0xff, 0xff, 1, 97])],
    [RDB_SET_INTSET, new Uint8Array([8, 2, 0, 0, 0, 0, 0, 0, 0])],
    [RDB_SET_INTSET, new Uint8Array([12, 2, 0, 0, 0, 2, 0, 0, 0, 5, 0, 5, 0])],
  ];
  for (const [type, bytes] of damaged) {
    expect(() => load(type, bytes)).toThrow(RdbError);
    expect(refOf("to")).toBe(mem.NIL);
    expect(mem.used.blocks).toBe(before);
  }
});
