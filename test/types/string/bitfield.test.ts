import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import * as integer from "../../../src/types/string/bitfield-integer.ts";
import { argsOf } from "../../support/handlers.ts";
import { seededRandom, seedOfRun } from "../../support/random.ts";
import { Beside, type Step } from "./beside.ts";

let both: Beside;
beforeAll(async () => {
  both = await Beside.start();
});
afterAll(() => both.stop());

const TYPES = ["u1", "i1", "u2", "i5", "u8", "i8", "u31", "i32", "u32", "i33", "u33", "u53", "i63", "u63", "i64"];
const OVERFLOWS = ["WRAP", "sat", "FAIL"];
const limitsOf = (type: string): bigint[] => {
  const bits = BigInt(type.slice(1));
  const [min, max] = type[0] === "u" ? [0n, 2n ** bits - 1n] : [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n];
  return [min, min + 1n, max - 1n, max, min - 1n, max + 1n, 0n, 1n, -1n];
};
const isInt64 = (value: bigint) => BigInt.asIntN(64, value) === value;
const EXTREMES = [-(2n ** 63n), -(2n ** 63n) + 1n, -(2n ** 63n) + 128n, 2n ** 63n - 1n, 2n ** 53n, -(2n ** 53n) - 1n];

for (const type of TYPES) {
  test(`${type}: every way of not fitting`, async () => {
    const values = [...new Set([...limitsOf(type), ...EXTREMES])].filter(isInt64).map(String);
    for (const overflow of OVERFLOWS) {
      for (const value of values) {
        const steps = values.flatMap((by): Step[] => [
          ["BITFIELD", "k", "SET", type, "5", value, "OVERFLOW", overflow, "INCRBY", type, "5", by, "GET", type, "5"],
          ["BITFIELD", "k", "OVERFLOW", overflow, "SET", type, "5", by, "GET", type, "#0"],
        ]);
        await both.compare(steps);
      }
    }
  }, 60_000);
}

test("operations in a row, and what counts as a change", async () => {
  const starts: Step[][] = [[], [["SET", "k", "12"]], [["SET", "k", "x".repeat(40_000), "PXAT", "99999999999999"]]];
  for (const start of starts) {
    await both.compare([
      ...start,
      ["BITFIELD", "k"],
      ["BITFIELD", "k", "GET", "u8", "100"],
      ["BITFIELD", "k", "GET", "u8", "0", "SET", "u8", "0", "0", "SET", "u8", "8", "0", "GET", "i4", "#3"],
      ["BITFIELD", "k", "SET", "u8", "0", "0", "INCRBY", "u8", "0", "0"],
      ["BITFIELD", "k", "SET", "u8", "#2", "0", "SET", "u8", "0", "0", "SET", "u8", "0", "0"],
      ["BITFIELD", "k", "OVERFLOW", "FAIL", "INCRBY", "u2", "400000", "9", "OVERFLOW", "SAT", "INCRBY", "u2", "0", "9"],
      ["BITFIELD", "k", "OVERFLOW", "FAIL", "INCRBY", "u2", "0", "9", "INCRBY", "u2", "2", "1"],
      ["BITFIELD_RO", "k", "GET", "u8", "0", "GET", "i64", "#1"],
    ]);
  }
  await both.compare([["BITFIELD", "k", "OVERFLOW", "FAIL", "SET", "u2", "0", "9"]], 3);
});

test("refuses what is wrong, the first thing first, and changes nothing then", async () => {
  const tails = [
    "GET",
    "GET u8",
    "GET u8 x",
    "GET x x",
    "GET u8 0 SET",
    "SET u8 0",
    "SET u8 0 x",
    "SET u8 x x",
    "SET x x x",
    "INCRBY u8 0 9223372036854775808",
    "OVERFLOW",
    "OVERFLOW x",
    "OVERFLOW x SET",
    "OVERFLOW WRAP",
    "NOSUCH",
    "u8 0",
    "SET u8 0 1 GET u64 0",
    "SET u8 0 1 GET u8 -1",
    "SET u8 0 1 NOSUCH",
    "GET u0 0",
    "GET i65 0",
    "GET u08 0",
    "GET U8 0",
    "GET 8 0",
    "GET u 0",
    "GET u8 #",
    "GET u8 #-1",
    "GET u8 #x",
    "GET u8 ##1",
    "GET u8 # 1",
    "SET u8 0 1 SET u8 #x 1",
    "GET u8 #4611686018427387904",
    "GET u8 #2305843009213693952",
    "GET u63 #9223372036854775807",
    "GET i64 #-9223372036854775808",
    "GET u8 #4294967296",
  ];
  for (const made of [[], [["SET", "k", "abc"]], [["LIST", "k"]]]) {
    for (const tail of tails) {
      const words = tail.split(" ");
      await both.compare([...made, ["BITFIELD", "k", ...words], ["BITFIELD_RO", "k", ...words]]);
    }
  }
  await both.compare([["BITFIELD"], ["BITFIELD_RO"], ["BITFIELD_RO", "k", "SET", "u8", "0", "1"]]);
  await both.compare([
    ["SET", "k", "abc"],
    ["BITFIELD", "k", "GET", "u8\0x", "0"],
    ["BITFIELD", "k", "GET", "", ""],
  ]);
}, 60_000);

test("where its key is", async () => {
  const server = both.there.server;
  using client = await server.connect();
  const { bitfieldCommands } = await import("../../../src/types/string/bitfield.ts");
  const find = bitfieldCommands[0]!.keys![0]!.find!;
  for (const tail of [
    "",
    "GET u8 0",
    "get u8 0 GET u8 1",
    "OVERFLOW SAT",
    "OVERFLOW SAT GET u8 0",
    "SET u8 0 1",
    "GET u8 0 INCRBY u8 0 1",
    "GET u8",
    "x",
  ]) {
    const words = ["BITFIELD", "k", ...tail.split(" ").filter(Boolean)];
    const reply = await client.command("COMMAND", "GETKEYSANDFLAGS", ...words);
    const flags = reply.items![0]!.items![1]!.items!.map((flag) => flag.text);
    expect({ tail, flags: find(argsOf(...words)).map((key) => key.flags.split(" "))[0] }).toEqual({
      tail,
      flags: flags as string[],
    });
  }
});

describe("integers in bytes", () => {
  const random = seededRandom(seedOfRun());
  const toBits = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");

  test("are read and written wherever they lie, and nothing beside them", () => {
    for (let round = 0; round < 20_000; round++) {
      const bits = random.between(1, 64);
      const offset = random.below(100);
      const before = new Uint8Array(Buffer.from(random.bytes(24), "latin1"));
      const bytes = before.slice();
      const value = BigInt.asUintN(bits, (BigInt(random.below(2 ** 32)) << 32n) | BigInt(random.below(2 ** 32)));
      if (bits <= integer.NUMBER_BITS_MAX) integer.write(bytes, 2, offset, bits, Number(value));
      else integer.writeBig(bytes, 2, offset, bits, value);
      const was = toBits(before);
      const text = value.toString(2).padStart(bits, "0");
      expect(toBits(bytes)).toBe(was.slice(0, 16 + offset) + text + was.slice(16 + offset + bits));
      const read =
        bits <= integer.NUMBER_BITS_MAX
          ? BigInt(integer.read(bytes, 2, 22, offset, bits))
          : integer.readBig(bytes, 2, 22, offset, bits);
      expect(read).toBe(value);
    }
  });

  test("have zeros behind the end of the string", () => {
    const bytes = new Uint8Array([255, 255, 255, 255]);
    expect(integer.read(bytes, 0, 2, 12, 8)).toBe(0xf0);
    expect(integer.read(bytes, 0, 2, 16, 32)).toBe(0);
    expect(integer.readBig(bytes, 0, 2, 8, 64)).toBe(0xffn << 56n);
    expect(integer.readBig(bytes, 0, 0, 4_000_000_000, 64)).toBe(0n);
  });
});
