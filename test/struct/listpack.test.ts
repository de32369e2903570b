import { afterAll, describe, expect, test } from "bun:test";
import { Region } from "../../src/base/region.ts";
import type { Ref } from "../../src/mem/mem.ts";
import * as mem from "../../src/mem/mem.ts";
import * as listpack from "../../src/struct/listpack.ts";
import { type Random, seededRandom, seedOfRun } from "../support/random.ts";
import { latin1 } from "../support/resp.ts";
import { startServer } from "../support/server.ts";

const seed = seedOfRun();

/** A text as functions of listpack take it: in the middle of other bytes, so that reading past its end shows. */
function range(text: string): [Region, number, number] {
  const bytes = Buffer.from(`5${text}5`, "latin1");
  return [new Region(new Uint8Array(bytes)), 1, 1 + text.length];
}

const element = new listpack.Element();

function textAt(lp: Ref, at: number): string {
  listpack.readText(lp, at, element);
  return latin1(element.region.bytes, element.start, element.start + element.length);
}

function forwards(lp: Ref): string[] {
  const texts: string[] = [];
  for (let at = listpack.first(lp); at !== listpack.NONE; at = listpack.next(lp, at)) texts.push(textAt(lp, at));
  return texts;
}

function backwards(lp: Ref): string[] {
  const texts: string[] = [];
  for (let at = listpack.last(lp); at !== listpack.NONE; at = listpack.previous(lp, at)) texts.unshift(textAt(lp, at));
  return texts;
}

function content(lp: Ref): Uint8Array {
  const start = mem.byteOffset(lp);
  return mem.chunkOf(lp).bytes.slice(start, start + listpack.bytes(lp));
}

function made(texts: readonly string[]): Ref {
  let lp = listpack.create();
  for (const text of texts) lp = listpack.append(lp, ...range(text));
  return lp;
}

/** Integers at and around every limit of an encoding, and what only looks like an integer. */
const LIMITS = [0, 127, 4095, 32767, 8388607, 2147483647, 2 ** 40, Number.MAX_SAFE_INTEGER].map(BigInt);
const INTEGERS = [...LIMITS, 2n ** 53n, 2n ** 62n, 2n ** 63n - 2n]
  .flatMap((limit) => [limit - 1n, limit, limit + 1n, -limit - 2n, -limit - 1n, -limit])
  .filter((value) => BigInt.asIntN(64, value) === value)
  .map(String);
const LOOKALIKES = ["", "-", "-0", "00", "01", "+1", " 1", "1 ", "1.0", "9223372036854775808", "-9223372036854775809"];
/** Lengths at and around every limit of an encoding and of a backlen. */
const LENGTHS = [1, 62, 63, 64, 125, 126, 127, 4094, 4095, 4096, 16378, 16379, 16380, 16381, 16382, 16383, 70000];
const STRINGS = LENGTHS.map((length) => "s".repeat(length));

function randomText(random: Random): string {
  const kind = random.below(10);
  if (kind < 4) return random.pick(INTEGERS);
  if (kind < 5) return random.pick(LOOKALIKES);
  if (kind < 9) return random.bytes(random.below(80));
  return random.bytes(random.pick([126, 127, 4094, 4096, 16384]));
}

/** Compares everything that can be asked with the model. */
function check(lp: Ref, model: readonly string[]): void {
  expect(forwards(lp)).toEqual([...model]);
  expect(backwards(lp)).toEqual([...model]);
  expect(listpack.length(lp)).toBe(model.length);
  const bytes = content(lp);
  expect(listpack.isValid(bytes, 0, bytes.length)).toBe(true);
}

describe("listpack", () => {
  test("holds each element at every limit, and knows integers as such", () => {
    for (const text of [...INTEGERS, ...LOOKALIKES, ...STRINGS]) {
      const lp = made(["before", text, "after"]);
      check(lp, ["before", text, "after"]);
      const at = listpack.next(lp, listpack.first(lp));
      listpack.read(lp, at, element);
      expect({ text, isInteger: element.isInteger }).toEqual({ text, isInteger: INTEGERS.includes(text) });
      if (element.isInteger) {
        expect(element.integer).toBe(Number(text));
        if (!Number.isSafeInteger(element.integer)) expect(element.big).toBe(BigInt(text));
      }
      expect(listpack.find(lp, listpack.first(lp), 0, ...range(text))).toBe(at);
      mem.free(lp);
    }
  });

  test("elements written one by one into any buffer are those of a listpack", () => {
    const other = new listpack.Element();
    for (const text of [...INTEGERS, ...LOOKALIKES, ...STRINGS]) {
      const lp = made([text]);
      const bytes = content(lp);
      const at = listpack.first(lp);
      const size = listpack.elementBytes(bytes, at);
      expect(size).toBeLessThanOrEqual(text.length + listpack.ELEMENT_OVERHEAD_MAX);

      const target = new Region(new Uint8Array(size + 2).fill(7));
      expect(listpack.writeElement(target, 1, ...range(text))).toBe(1 + size);
      expect(target.bytes.slice(1, 1 + size)).toEqual(bytes.slice(at, at + size));
      expect([target.bytes[0], target.bytes[1 + size]]).toEqual([7, 7]);
      expect(listpack.elementBytes(target.bytes, 1)).toBe(size);
      expect(listpack.elementBefore(target.bytes, 1 + size)).toBe(1);

      listpack.read(lp, at, element);
      listpack.readElement(target, 1, other);
      expect({ text, isInteger: listpack.isIntegerHead(target.bytes[1]!) }).toEqual({
        text,
        isInteger: INTEGERS.includes(text),
      });
      expect(other.isInteger).toBe(element.isInteger);
      if (other.isInteger) {
        listpack.readInteger(target.bytes, 1);
        const { low, high } = listpack;
        expect((BigInt(high) << 32n) | BigInt(low >>> 0)).toBe(BigInt(text));
        target.bytes.fill(7);
        expect(listpack.writeIntegerElement(target.bytes, 1, low, high)).toBe(1 + size);
        expect(target.bytes.slice(1, 1 + size)).toEqual(bytes.slice(at, at + size));
      }
      mem.free(lp);
    }
  });

  test(`does what an array does (SEED=${seed})`, () => {
    const random = seededRandom(seed);
    const announced = new Set<Ref>();
    mem.listen((ref) => announced.add(ref));
    for (let round = 0; round < 60; round++) {
      let lp = listpack.create();
      const model: string[] = [];
      for (let step = 0; step < 60; step++) {
        const text = randomText(random);
        const index = random.below(model.length + 1);
        const at = listpack.seek(lp, index);
        expect(at === listpack.NONE).toBe(index === model.length);
        const changing = lp;
        announced.clear();
        const action = at === listpack.NONE ? random.below(2) : random.below(7);
        if (action === 0) {
          lp = listpack.append(lp, ...range(text));
          model.push(text);
        } else if (action === 1) {
          lp = listpack.prepend(lp, ...range(text));
          model.unshift(text);
        } else if (action === 2) {
          lp = listpack.insertBefore(lp, at, ...range(text));
          model.splice(index, 0, text);
          expect(textAt(lp, at)).toBe(text);
        } else if (action === 3) {
          lp = listpack.insertAfter(lp, at, ...range(text));
          model.splice(index + 1, 0, text);
          expect(textAt(lp, listpack.next(lp, at))).toBe(text);
        } else if (action === 4) {
          lp = listpack.replace(lp, at, ...range(text));
          model[index] = text;
        } else {
          const count = action === 5 ? 1 : random.below(6);
          lp = listpack.remove(lp, at, count);
          model.splice(index, count);
          const following = listpack.placeAt(lp, at);
          expect(following === listpack.NONE ? undefined : textAt(lp, following)).toBe(model[index]);
        }
        expect(announced.has(changing)).toBe(true);
        const asked = random.below(2 * model.length + 3) - model.length - 1;
        const place = listpack.seek(lp, asked);
        expect(place === listpack.NONE ? undefined : textAt(lp, place)).toBe(model.at(asked));
        const skip = random.below(3);
        const wanted = random.chance(0.5) && model.length > 0 ? random.pick(model) : randomText(random);
        const found = listpack.find(lp, listpack.first(lp), skip, ...range(wanted));
        const expected = model.findIndex((held, i) => i % (skip + 1) === 0 && held === wanted);
        expect(found).toBe(expected < 0 ? listpack.NONE : listpack.seek(lp, expected));
      }
      check(lp, model);
      const copied = listpack.copy(lp);
      mem.free(lp);
      check(copied, model);
      mem.free(copied);
    }
    mem.listen(undefined);
  });

  test("counts its elements when they are more than the header can say", () => {
    let lp = made([]);
    const [region, start, end] = range("7");
    for (let i = 0; i < 65_540; i++) lp = listpack.append(lp, region, start, end);
    expect(listpack.length(lp)).toBe(65_540);
    expect(textAt(lp, listpack.seek(lp, 65_539))).toBe("7");
    expect(listpack.seek(lp, 65_540)).toBe(listpack.NONE);
    expect(listpack.seek(lp, -65_541)).toBe(listpack.NONE);
    lp = listpack.remove(lp, listpack.first(lp), 65_539);
    expect(forwards(lp)).toEqual(["7"]);
    expect(listpack.length(lp)).toBe(1);
    // What it no longer needs is given back.
    expect(mem.capacity(lp)).toBeLessThan(64);
    mem.free(lp);
  });

  test("frees what it leaves behind", () => {
    const before = mem.used.blocks;
    let lp = made([...STRINGS, ...INTEGERS]);
    lp = listpack.remove(lp, listpack.first(lp), STRINGS.length);
    expect(mem.used.blocks).toBe(before + 1);
    mem.free(lp);
    expect(mem.used.blocks).toBe(before);
  });
});

describe("listpack.isValid", () => {
  const samples = [[], ["a"], ["1", "-5000", "s".repeat(70), "300000"], ["s".repeat(5000), INTEGERS.at(-1)!]];

  test("refuses every shortened, lengthened and mislabelled listpack", () => {
    for (const sample of samples) {
      const lp = made(sample);
      const bytes = content(lp);
      for (let length = 0; length < bytes.length; length++) {
        expect(listpack.isValid(bytes, 0, length)).toBe(false);
        const relabelled = bytes.slice(0, length);
        if (length >= 4) new DataView(relabelled.buffer).setUint32(0, length, true);
        expect(listpack.isValid(relabelled, 0, length)).toBe(false);
      }
      const miscounted = bytes.slice();
      miscounted[4]! ^= 1;
      expect(listpack.isValid(miscounted, 0, bytes.length)).toBe(false);
      mem.free(lp);
    }
  });

  test(`what it accepts can be walked both ways, whatever was broken (SEED=${seed})`, () => {
    const random = seededRandom(seed);
    let accepted = 0;
    for (let round = 0; round < 3000; round++) {
      const lp = made(random.pick(samples));
      const bytes = content(lp);
      mem.free(lp);
      for (let flips = random.between(1, 3); flips > 0; flips--) bytes[random.below(bytes.length)] = random.below(256);
      if (!listpack.isValid(bytes, 0, bytes.length)) continue;
      accepted++;
      const loaded = listpack.load(new Region(bytes), 0, bytes.length);
      const texts = forwards(loaded);
      expect(backwards(loaded)).toEqual(texts);
      expect(listpack.length(loaded)).toBe(texts.length);
      for (const text of texts) expect(listpack.find(loaded, listpack.first(loaded), 0, ...range(text))).not.toBe(0);
      mem.free(loaded);
    }
    expect(accepted).toBeGreaterThan(0);
  });
});

describe("beside the real server", () => {
  let real: Awaited<ReturnType<typeof startServer>> | undefined;
  afterAll(() => real?.stop());

  test(`the bytes are those that DUMP shows (SEED=${seed})`, async () => {
    const directives = ["--rdbcompression", "no", "--hash-max-listpack-value", "100000"];
    real = await startServer("redis", { args: directives });
    using client = await real.connect();
    const random = seededRandom(seed);
    const texts = [...new Set([...INTEGERS, ...LOOKALIKES, ...STRINGS, random.bytes(40)])];
    for (let size = 2; size <= texts.length; size += 2) {
      const lp = made(texts.slice(0, size));
      await client.command("DEL", "h");
      await client.command("HSET", "h", ...texts.slice(0, size));
      expect((await client.command("OBJECT", "ENCODING", "h")).text).toBe("listpack");
      const dumped = (await client.command("DUMP", "h")).text!;
      // Behind the type and a length: the listpack; behind it: the version (2 bytes) and a checksum (8 bytes).
      const total = listpack.bytes(lp);
      const header = dumped.length - total - 10;
      expect(header).toBeGreaterThan(1);
      expect(header).toBeLessThanOrEqual(10);
      expect(dumped.slice(header, header + total) === latin1(content(lp))).toBe(true);
      mem.free(lp);
    }
  });
});
