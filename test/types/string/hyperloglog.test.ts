/**
 * HyperLogLogs from inside: the hash beside MurmurHash64A written with BigInt, both forms of registers beside a plain array,
 * the estimates beside the truth; then the commands beside a real server, down to the bytes, events and changes.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import * as dense from "../../../src/types/string/hyperloglog-dense.ts";
import { DENSE_BYTES, REGISTERS } from "../../../src/types/string/hyperloglog-dense.ts";
import * as estimate from "../../../src/types/string/hyperloglog-estimate.ts";
import * as hash from "../../../src/types/string/hyperloglog-hash.ts";
import * as sparse from "../../../src/types/string/hyperloglog-sparse.ts";
import { hllSparseMaxBytes } from "../../../src/types/string/parameters.ts";
import { type Random, seededRandom, seedOfRun } from "../../support/random.ts";
import { Beside, type Step } from "./beside.ts";

const seed = seedOfRun();
const MASK = 2n ** 64n - 1n;

/** MurmurHash64A, as it is defined. */
function murmur(bytes: Uint8Array): bigint {
  const m = 0xc6a4a7935bd1e995n;
  let h = 0xadc83b19n ^ ((BigInt(bytes.length) * m) & MASK);
  const word = (from: number, to: number) => {
    let value = 0n;
    for (let i = to - 1; i >= from; i--) value = (value << 8n) | BigInt(bytes[i]!);
    return value;
  };
  const whole = bytes.length & ~7;
  for (let at = 0; at < whole; at += 8) {
    let k = (word(at, at + 8) * m) & MASK;
    k ^= k >> 47n;
    k = (k * m) & MASK;
    h = ((h ^ k) * m) & MASK;
  }
  if (whole < bytes.length) h = ((h ^ word(whole, bytes.length)) * m) & MASK;
  h ^= h >> 47n;
  h = (h * m) & MASK;
  return h ^ (h >> 47n);
}

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));

test(`the hash is MurmurHash64A, and says register and run (SEED=${seed})`, () => {
  const random = seededRandom(seed);
  for (let i = 0; i < 3000; i++) {
    const text = bytesOf(random.bytes(i < 100 ? i : random.below(40)));
    const inside = new Uint8Array([1, 2, 3, ...text, 9]);
    const wanted = murmur(text);
    expect(hash.hash64(inside, 3, 3 + text.length)).toBe(wanted);
    expect(hash.registerOf(inside, 3, 3 + text.length)).toBe(Number(wanted & 0x3fffn));
    const rest = (wanted >> 14n).toString(2).padStart(50, "0");
    expect(hash.run).toBe(1 + Math.min(50, /0*$/.exec(rest)![0].length));
  }
});

describe("registers", () => {
  test(`of 6 bits leave their neighbours alone (SEED=${seed})`, () => {
    const random = seededRandom(seed);
    const bytes = new Uint8Array(DENSE_BYTES + 2).fill(0xaa);
    bytes.fill(0, 1, DENSE_BYTES + 1);
    const model = new Uint8Array(REGISTERS);
    for (let step = 0; step < 40_000; step++) {
      const index = step < 100 ? REGISTERS - 1 - step : random.below(REGISTERS);
      model[index] = random.below(64);
      dense.set(bytes, 1, index, model[index]!);
    }
    for (let i = 0; i < REGISTERS; i++) expect(dense.get(bytes, 1, i)).toBe(model[i]!);
    expect([bytes[0], bytes[DENSE_BYTES + 1]]).toEqual([0xaa, 0xaa]);
    const maxima = new Uint8Array(REGISTERS).fill(30);
    dense.merge(bytes, 1, maxima);
    expect(maxima).toEqual(model.map((held) => Math.max(held, 30)));
    estimate.begin();
    dense.count(bytes, 1, estimate.histogram);
    for (let held = 0; held < 64; held++) {
      expect(estimate.histogram[held]).toBe(model.filter((value) => value === held).length);
    }
  });

  test(`in opcodes are those that were set (SEED=${seed})`, () => {
    const random = seededRandom(seed);
    const bytes = new Uint8Array(DENSE_BYTES * 2);
    bytes.set([0x7f, 0xff]);
    let end = 2;
    const model = new Uint8Array(REGISTERS);
    for (let step = 0; step < 4000; step++) {
      const near = random.below(REGISTERS - 8);
      const index = step % 3 === 0 ? near : Math.min(REGISTERS - 1, (near & ~0xff) + random.below(9));
      const count = random.pick([1, 1, 1, 2, 2, 3, random.between(1, 32)]);
      const found = sparse.prepare(bytes, 0, end, index, count);
      expect(found).toBe(count > model[index]! ? sparse.CHANGED : sparse.UNCHANGED);
      if (found !== sparse.CHANGED) continue;
      model[index] = count;
      end = sparse.apply(bytes, 0, end);
      if (step % 50 > 0) continue;
      const registers = new Uint8Array(REGISTERS);
      expect(sparse.merge(bytes, 0, end, registers)).toBe(true);
      expect(registers).toEqual(model);
    }
    const target = new Uint8Array(DENSE_BYTES + 5);
    expect(sparse.toDense(bytes, 0, end, target, 5)).toBe(true);
    for (let i = 0; i < REGISTERS; i++) expect(dense.get(target, 5, i)).toBe(model[i]!);
    expect(sparse.prepare(bytes, 0, end, 0, 33)).toBe(sparse.NEEDS_DENSE);
  });

  test(`in opcodes that are anything at all never lead astray (SEED=${seed})`, () => {
    const random = seededRandom(seed);
    let corrupt = 0;
    for (let round = 0; round < 5000; round++) {
      const opcodes = bytesOf(random.bytes(random.below(40)));
      const bytes = new Uint8Array(opcodes.length + 12).fill(0xee);
      bytes.set(opcodes, 4);
      let end = 4 + opcodes.length;
      const registers = new Uint8Array(REGISTERS);
      const isSound = sparse.merge(bytes, 4, end, registers);
      estimate.begin();
      expect(sparse.count(bytes, 4, end, estimate.histogram)).toBe(isSound);
      expect(sparse.toDense(bytes, 4, end, new Uint8Array(DENSE_BYTES), 0)).toBe(isSound);
      if (sparse.prepare(bytes, 4, end, random.below(REGISTERS), random.between(1, 32)) === sparse.CHANGED) {
        const room = end + Math.max(0, sparse.growth());
        end = sparse.apply(bytes, 4, end);
        expect([...bytes.slice(0, 4), ...bytes.slice(room)].every((byte) => byte === 0xee)).toBe(true);
        expect(sparse.merge(bytes, 4, end, registers)).toBe(isSound);
      } else corrupt++;
    }
    expect(corrupt).toBeGreaterThan(300);
  });
});

test("estimates are near the truth", () => {
  const registers = new Uint8Array(REGISTERS);
  for (let added = 0, checkpoint = 1; added <= 300_000; added++) {
    if (added === checkpoint) {
      estimate.begin();
      estimate.countBytes(registers);
      // Six times the standard error; a collision among few is no surprise.
      expect(Math.abs(estimate.estimate() - added)).toBeLessThan(2 + added * 6 * 0.0081);
      checkpoint = Math.ceil(checkpoint * 1.7);
    }
    const text = bytesOf(`element ${added}`);
    const index = hash.registerOf(text, 0, text.length);
    registers[index] = Math.max(registers[index]!, hash.run);
  }
  estimate.begin();
  estimate.histogram[0] = REGISTERS;
  expect(estimate.estimate()).toBe(0);
  // No element can make such registers. The first estimate just fits into 64 bits, the others do not.
  for (const [held, wanted] of [
    [49, 0.7213475204444817 * 2 ** 63],
    [50, -(2 ** 63)],
    [63, -(2 ** 63)],
  ] as const) {
    estimate.begin();
    estimate.histogram[held] = REGISTERS;
    expect(estimate.estimate()).toBe(wanted);
  }
});

describe("commands, beside a real server", () => {
  let beside: Beside;
  beforeAll(async () => {
    beside = await Beside.start();
  });
  afterAll(async () => {
    hllSparseMaxBytes.reset();
    await beside.stop();
  });

  const elements = (random: Random, count: number) => Array.from({ length: count }, () => `e${random.below(100_000)}`);

  test("answer, count changes and tell of events as it does", async () => {
    await beside.compare([
      ["PFADD", "h"],
      ["PFADD", "h"],
      ["PFCOUNT", "h"],
      ["PFCOUNT", "h"],
      ["PFADD", "h", "a", "b", "a"],
      ["GET", "h"],
      ["PFADD", "h", "a"],
      ["PFCOUNT", "h"],
      ["GET", "h"],
      ["PFADD", "i", "b", "c"],
      ["PFCOUNT", "h", "i", "none"],
      ["PFCOUNT", "none"],
      ["PFMERGE", "m", "h", "i", "none"],
      ["GET", "m"],
      ["PFMERGE", "none"],
      ["PFMERGE", "h"],
      ["PFDEBUG", "ENCODING", "m"],
      ["PFDEBUG", "DECODE", "m"],
      ["PFDEBUG", "TODENSE", "m"],
      ["PFDEBUG", "todense", "m"],
      ["PFDEBUG", "DECODE", "m"],
      ["PFDEBUG", "GETREG", "h"],
      ["PFDEBUG", "ENCODING", "h"],
      ["PFDEBUG", "nosuch", "h"],
      ["PFDEBUG", "ENCODING", "nothing"],
      ["GET", "m"],
      ["PFMERGE", "i", "m"],
      ["PFDEBUG", "ENCODING", "i"],
      ["PFCOUNT", "i"],
    ]);
  });

  test("keep the deadline, whatever becomes of the form", async () => {
    const later = String(Date.now() + 86_400_000);
    const steps: Step[] = [
      ["PFADD", "h", "a"],
      ["GETEX", "h", "PXAT", later],
      ["PFADD", "h", "b", "c", "d"],
    ];
    await beside.compare([...steps, ["PFDEBUG", "TODENSE", "h"], ["PFADD", "h", "e"], ["PFCOUNT", "h"]]);
  });

  test("refuse what is no HyperLogLog", async () => {
    const header = `HYLL\x01${"\0".repeat(11)}`;
    const dense = `HYLL\0${"\0".repeat(11)}`;
    const none = [
      "",
      "text",
      "12",
      header.slice(1),
      header.slice(0, 15),
      `HYLM${header.slice(4)}`,
      `HYLL\x02${header.slice(5)}`,
    ];
    const corrupt = [
      header,
      `${header}\x7f\xfe`,
      `${header}\x7f\xff\0`,
      `${header}\x80\x80`,
      `${header}\x7f\xff\x7f\xff`,
    ];
    const wrongLength = [dense, dense + "\0".repeat(DENSE_BYTES - 1), dense + "\0".repeat(DENSE_BYTES + 1)];
    for (const value of [...none, ...corrupt, ...wrongLength, dense + "\xff".repeat(DENSE_BYTES)]) {
      const stale = value.length > 15 ? `${value.slice(0, 15)}\x80${value.slice(16)}` : value;
      for (const held of [value, stale]) {
        const set: Step = ["SET", "h", held];
        const other: Step = ["PFADD", "i", "a"];
        await beside.compare([set, ["PFADD", "h", "a", "b"], ["GET", "h"]]);
        await beside.compare([set, ["PFCOUNT", "h"], ["PFCOUNT", "h"], ["GET", "h"]]);
        await beside.compare([set, other, ["PFCOUNT", "h", "i"], ["PFMERGE", "i", "h"], ["PFMERGE", "h", "i"]]);
        for (const what of ["ENCODING", "DECODE", "TODENSE"]) await beside.compare([set, ["PFDEBUG", what, "h"]]);
      }
    }
    const list: Step = ["LIST", "l"];
    await beside.compare([list, ["PFADD", "l", "a"], ["PFCOUNT", "l"], ["PFCOUNT", "l", "l"], ["PFMERGE", "x", "l"]]);
    await beside.compare([list, ["PFMERGE", "l", "x"], ["PFDEBUG", "ENCODING", "l"]]);
  }, 60_000);

  test("are followed by the same bytes, from one element to thousands", async () => {
    const random = seededRandom(seed);
    for (const limit of ["3000", "60", "0"]) {
      hllSparseMaxBytes.assign(Number(limit));
      await beside.there.configure("hll-sparse-max-bytes", limit);
      const steps: Step[] = [];
      for (let i = 0; i < 40; i++) {
        steps.push(["PFADD", "h", ...elements(random, random.below(2 + i * 2))]);
        if (i % 5 === 0) steps.push(["GET", "h"], ["PFCOUNT", "h"], ["PFMERGE", "m", "h"], ["GET", "m"]);
      }
      steps.push(["PFMERGE", "n", "m", "h"], ["GET", "n"], ["PFCOUNT", "n", "h"], ["PFCOUNT", "n"]);
      await beside.compare(steps);
    }
  }, 60_000);

  test("PFSELFTEST finds nothing", async () => {
    await beside.compare([["PFSELFTEST"]]);
  }, 60_000);
});
