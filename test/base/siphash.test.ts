/**
 * The hash against another implementation, written from the paper with rounds as parameters; and that one against vectors:
 * HalfSipHash-2-4 from its authors, HalfSipHash-1-3 from the Linux kernel's self-test (key bytes 0 to 7, inputs 0, 1, 2 …).
 */
import { expect, test } from "bun:test";
import { hash } from "../../src/base/siphash.ts";
import { seededRandom, seedOfRun } from "../support/random.ts";

const run = seedOfRun();
const MASK = 0xffffffffn;
const rotate = (value: bigint, bits: bigint) => ((value << bits) | (value >> (32n - bits))) & MASK;

function halfSipHash(perWord: number, atEnd: number, k0: number, k1: number, input: Uint8Array): number {
  const key = [BigInt(k0 >>> 0), BigInt(k1 >>> 0)] as const;
  let [a, b, c, d] = [key[0], key[1], 0x6c796765n ^ key[0], 0x74656462n ^ key[1]];
  const rounds = (count: number) => {
    for (let i = 0; i < count; i++) {
      a = (a + b) & MASK;
      c = (c + d) & MASK;
      b = rotate(b, 5n) ^ a;
      d = rotate(d, 8n) ^ c;
      a = rotate(a, 16n);
      a = (a + d) & MASK;
      c = (c + b) & MASK;
      d = rotate(d, 7n) ^ a;
      b = rotate(b, 13n) ^ c;
      c = rotate(c, 16n);
    }
  };
  const padded = [...input];
  while (padded.length % 4 !== 3) padded.push(0);
  padded.push(input.length & 0xff);
  for (let i = 0; i < padded.length; i += 4) {
    const word =
      BigInt(padded[i]!) |
      (BigInt(padded[i + 1]!) << 8n) |
      (BigInt(padded[i + 2]!) << 16n) |
      (BigInt(padded[i + 3]!) << 24n);
    d ^= word;
    rounds(perWord);
    a ^= word;
  }
  c ^= 0xffn;
  rounds(atEnd);
  return Number(b ^ d);
}

const input = (length: number) => new Uint8Array(length).map((_, i) => i);
const [LOW, HIGH] = [0x03020100, 0x07060504];

test("the other implementation agrees with the published vectors", () => {
  const two = [0x5b9f35a9, 0xb85a4727, 0x03a662fa, 0x04e7fe8a, 0x89466e2a, 0x69b6fac5, 0x23fc6358, 0xc563cf8b];
  expect(two.map((_, n) => halfSipHash(2, 4, LOW, HIGH, input(n)))).toEqual(two);
  const one = [
    0x5814c896, 0xe7e864ca, 0xbc4b0e30, 0x01539939, 0x7e059ea6, 0x88e3d89b, 0xa0080b65, 0x9d38d9d6, 0x577999b1,
  ];
  expect(one.map((_, n) => halfSipHash(1, 3, LOW, HIGH, input(n)))).toEqual(one);
});

/**
 * The rest runs in a process of its own: the seed is for ever, and the tables of other tests hang on it.
 */
async function hashesOf(k0: number, k1: number, inputs: readonly Uint8Array[]): Promise<number[]> {
  const script = `
    import { hash, seed } from ${JSON.stringify(new URL("../../src/base/siphash.ts", import.meta.url).pathname)};
    const { k0, k1, inputs } = JSON.parse(await Bun.stdin.text());
    seed(k0, k1);
    console.log(JSON.stringify(inputs.map((each, i) => {
      // In the middle of other bytes, so that reading beside the range shows.
      const bytes = new Uint8Array([...new Array(i % 5).fill(255), ...each, 255, 255, 255, 255]);
      return hash(bytes, i % 5, i % 5 + each.length);
    })));`;
  const child = Bun.spawn([process.execPath, "-e", script], {
    stdin: Buffer.from(JSON.stringify({ k0, k1, inputs: inputs.map((each) => [...each]) })),
    stdout: "pipe",
  });
  return JSON.parse(await new Response(child.stdout).text());
}

test(`the hash is the upper 31 bits of HalfSipHash-1-3, for every length and seed (SEED=${run})`, async () => {
  const random = seededRandom(run);
  const seeds = [
    [LOW, HIGH],
    [0, 0],
    [-1, -1],
    [random.below(2 ** 32), random.below(2 ** 32)],
  ] as const;
  for (const [k0, k1] of seeds) {
    const inputs = Array.from({ length: 300 }, (_, i) => {
      if (k0 === LOW) return input(i % 64);
      return new Uint8Array(i < 70 ? i : random.below(600)).map(() => random.below(256));
    });
    const expected = inputs.map((each) => halfSipHash(1, 3, k0, k1, each) >>> 1);
    expect(await hashesOf(k0, k1, inputs)).toEqual(expected);
  }
});

test("every process has a seed of its own", async () => {
  const here = hash(input(8), 0, 8);
  const script = `
    import { hash } from ${JSON.stringify(new URL("../../src/base/siphash.ts", import.meta.url).pathname)};
    console.log(hash(new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7]), 0, 8));`;
  const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe" });
  const there = Number(await new Response(child.stdout).text());
  expect(Number.isInteger(there)).toBe(true);
  expect(there).not.toBe(here);
});
