import { afterAll, beforeAll, expect, test } from "bun:test";
import { Chunk } from "../../../src/mem/mem.ts";
import { countOnes, findByteWith } from "../../../src/types/string/bitmap-words.ts";
import { seededRandom, seedOfRun } from "../../support/random.ts";
import { Beside, type Step } from "./beside.ts";

let both: Beside;
beforeAll(async () => {
  both = await Beside.start();
});
afterAll(() => both.stop());

const FAR = ["9223372036854775807", "-9223372036854775808", "9007199254740993", "9223372036854775808", "x", ""];
const BYTES = ["0", "1", "2", "4", "5", "6", "-1", "-2", "-5", "-6", "-100", "100"];
const BITS = ["0", "1", "7", "8", "9", "15", "16", "39", "40", "41", "-1", "-7", "-8", "-9", "-40", "-41", "1000"];

const UNITS = [[], ["BYTE"], ["bit"], ["what"], [""]];

test("BITCOUNT between any two ends", async () => {
  for (const value of ["\x01\x80\xff\0\x55", "12345", ""]) {
    for (const unit of UNITS) {
      const ends = unit[0] === "bit" ? BITS : BYTES;
      for (const first of [...ends, ...FAR]) {
        const steps = [...ends, ...FAR].map((last): Step => ["BITCOUNT", "k", first, last, ...unit]);
        await both.compare([["SET", "k", value], ...steps]);
      }
    }
  }
}, 60_000);

test("BITPOS between any two ends", async () => {
  for (const value of ["\0\0\x10\xff\0", "\xff\xff\xef", "\0\0", ""]) {
    for (const bit of ["0", "1"]) {
      await both.compare([
        ["SET", "k", value],
        ["BITPOS", "k", bit],
        ...BYTES.map((first) => ["BITPOS", "k", bit, first]),
      ]);
      for (const unit of UNITS) {
        const ends = unit[0] === "bit" ? BITS : BYTES;
        for (const first of [...ends, ...FAR]) {
          const steps = [...ends, ...FAR].map((last): Step => ["BITPOS", "k", bit, first, last, ...unit]);
          await both.compare([["SET", "k", value], ...steps]);
        }
      }
    }
  }
}, 120_000);

test("missing keys, other types, wrong arguments, the first thing first", async () => {
  const steps = [
    "",
    " x",
    " 1",
    " 2",
    " 1 x",
    " 1 1 x",
    " 1 1 1 x",
    " 1 1 1 BIT",
    " x 1 1 BIT",
    " 1 x 1 what",
    " 1 1 x what",
  ];
  for (const start of [["LIST", "k"], ["SET", "k", "a"], ["DEL"]]) {
    const made = start[0] === "DEL" ? [] : [start];
    for (const name of ["BITCOUNT", "BITPOS"]) {
      await both.compare([...made, ...steps.map((tail) => `${name} k${tail}`.split(" "))]);
    }
    await both.compare([
      ...made,
      ["BITPOS", "k", "1", "0", "-1", "BIT", "x"],
      ["BITCOUNT", "k", "0", "-1", "BIT", "x"],
    ]);
  }
});

test("random ranges of random strings", async () => {
  const random = seededRandom(seedOfRun());
  console.log(`SEED=${random.seed}`);
  const runs = (length: number) => {
    let text = "";
    while (text.length < length) text += random.pick(["\0", "\xff", random.bytes(1)]).repeat(random.between(1, 50));
    return text.slice(0, length);
  };
  for (let round = 0; round < 60; round++) {
    const length = random.pick([3, 40, 200, 1000, 33_000]);
    const at = (unit: string) => `${random.between(-length, length) * (unit === "BIT" ? random.between(1, 8) : 1)}`;
    const steps = Array.from({ length: 20 }, (): Step => {
      const unit = random.pick(["BIT", "BYTE"]);
      if (random.chance(0.5)) return ["BITCOUNT", "k", at(unit), at(unit), unit];
      return ["BITPOS", "k", `${random.below(2)}`, at(unit), at(unit), unit];
    });
    await both.compare([["SET", "k", runs(length)], ["BITCOUNT", "k"], ["BITPOS", "k", "0"], ...steps]);
  }
}, 60_000);

test("counting and finding by words is counting and finding by bytes, wherever a range lies", () => {
  const random = seededRandom(seedOfRun());
  const chunk = new Chunk(new ArrayBuffer(1024), -1);
  for (let i = 0; i < 300; i++) chunk.bytes[i] = random.pick([0, 255, random.below(256)]);
  const onesIn = (byte: number) => byte.toString(2).replaceAll("0", "").length;
  for (let start = 0; start < 12; start++) {
    for (let end = start; end < 300; end++) {
      const bytes = [...chunk.bytes.slice(start, end)];
      const found = (isIt: (byte: number) => boolean) => (bytes.some(isIt) ? start + bytes.findIndex(isIt) : end);
      expect(countOnes(chunk, start, end)).toBe(bytes.reduce((sum, byte) => sum + onesIn(byte), 0));
      expect(findByteWith(chunk, start, end, 1)).toBe(found((byte) => byte !== 0));
      expect(findByteWith(chunk, start, end, 0)).toBe(found((byte) => byte !== 255));
    }
  }
  for (const [fill, bit] of [
    [0, 1],
    [255, 0],
  ] as const) {
    for (let odd = 5; odd < 100; odd++) {
      chunk.bytes.fill(fill, 0, 200);
      chunk.bytes[odd] = 0x3c;
      expect(findByteWith(chunk, 5, 200, bit)).toBe(odd);
      expect(findByteWith(chunk, odd + 1, 200, bit)).toBe(200);
    }
  }
});
