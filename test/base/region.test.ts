/**
 * Copying and comparing ranges of bytes, through the C library and without it: the same tests run again in a process where
 * `ASHLAR_PURE=1` takes the library away.
 */
import { describe, expect, test } from "bun:test";
import { native } from "../../src/base/libc.ts";
import { compare, copy, equal, move, Region } from "../../src/base/region.ts";
import { seededRandom, seedOfRun } from "../support/random.ts";

const seed = seedOfRun();
const random = seededRandom(seed);
const isPure = process.env["ASHLAR_PURE"] === "1";

/** Lengths around which the way of doing it changes, and others. */
const LENGTHS = [0, 1, 2, 7, 8, 22, 23, 24, 25, 31, 32, 63, 64, 65, 100, 1000, 4096, 70_000];

function noise(length: number): Uint8Array {
  return new Uint8Array(length).map(() => random.below(256));
}

test("the library is there exactly when it should be", () => {
  expect(native).toBe(!isPure);
  expect(new Region(new Uint8Array(8)).address !== 0).toBe(!isPure);
  expect(new Region(new Uint8Array(0)).address).toBe(0);
});

describe(`with the C library ${isPure ? "missing" : "at hand"} (SEED=${seed})`, () => {
  test("copy copies the range and nothing beside it", () => {
    for (const length of LENGTHS) {
      for (let round = 0; round < 10; round++) {
        const source = noise(length + 40);
        const target = noise(length + 40);
        const [from, to] = [random.below(40), random.below(40)];
        const expected = target.slice();
        expected.set(source.slice(from, from + length), to);
        const region = new Region(target);
        copy(region, to, new Region(source), from, length);
        expect(Buffer.compare(target, expected)).toBe(0);
      }
    }
  });

  test("copy works on parts of buffers, and on shared ones", () => {
    const shared = new Uint8Array(new SharedArrayBuffer(5000));
    const part = new Uint8Array(noise(6000).buffer, 500, 5000);
    copy(new Region(shared), 10, new Region(part), 20, 3000);
    expect(Buffer.compare(shared.slice(10, 3010), part.slice(20, 3020))).toBe(0);
    const back = new Uint8Array(3000);
    copy(new Region(back), 0, new Region(shared), 10, 3000);
    expect(Buffer.compare(back, part.slice(20, 3020))).toBe(0);
  });

  test("a region can be aimed at another buffer", () => {
    const region = new Region(noise(100));
    const other = noise(100);
    region.aim(other);
    const target = new Uint8Array(100);
    copy(new Region(target), 0, region, 0, 100);
    expect(Buffer.compare(target, other)).toBe(0);
  });

  test("move moves within a region, both ways, over itself", () => {
    for (const length of LENGTHS) {
      for (const [to, from] of [
        [0, 5],
        [5, 0],
        [3, 3],
        [0, length],
        [length, 0],
      ] as const) {
        const bytes = noise(2 * length + 10);
        const expected = bytes.slice();
        expected.set(bytes.slice(from, from + length), to);
        move(new Region(bytes), to, from, length);
        expect(Buffer.compare(bytes, expected)).toBe(0);
      }
    }
  });

  test("equal sees a difference in any byte", () => {
    for (const length of LENGTHS.filter((each) => each <= 1000)) {
      const left = noise(length + 10);
      const right = new Uint8Array(length + 20);
      right.set(left.slice(3, 3 + length), 7);
      const [a, b] = [new Region(left), new Region(right)];
      expect(equal(a, 3, b, 7, length)).toBe(true);
      for (let at = 0; at < length; at += length > 100 ? 37 : 1) {
        right[7 + at]! ^= 1 << random.below(8);
        expect(equal(a, 3, b, 7, length)).toBe(false);
        right[7 + at] = left[3 + at]!;
      }
      // What lies beside the ranges does not matter.
      right[6] = ~left[2]!;
      right[7 + length] = ~left[3 + length]!;
      expect(equal(a, 3, b, 7, length)).toBe(true);
    }
  });

  test("compare sorts as Buffer.compare does", () => {
    for (let round = 0; round < 3000; round++) {
      const left = new Uint8Array(random.below(6)).map(() => random.pick([0, 1, 127, 128, 255]));
      const right = new Uint8Array(random.below(6)).map(() => random.pick([0, 1, 127, 128, 255]));
      const got = compare(new Region(left), 0, left.length, new Region(right), 0, right.length);
      expect(Math.sign(got)).toBe(Buffer.compare(left, right));
    }
    const bytes = new Region(new Uint8Array([9, 1, 2, 3, 9, 1, 2, 4]));
    expect(compare(bytes, 1, 3, bytes, 5, 7)).toBe(0);
    expect(compare(bytes, 1, 4, bytes, 5, 8)).toBeLessThan(0);
    expect(compare(bytes, 5, 8, bytes, 1, 4)).toBeGreaterThan(0);
  });
});

if (!isPure) {
  test("all of this holds without the C library", async () => {
    const child = Bun.spawn([process.execPath, "test", import.meta.path], {
      env: { ...process.env, ASHLAR_PURE: "1" },
      stdout: "pipe",
      stderr: "pipe",
    });
    const [output, code] = [await new Response(child.stderr).text(), await child.exited];
    expect({ code, output: code === 0 ? "" : output }).toEqual({ code: 0, output: "" });
    expect(output).toContain("C library missing");
  }, 30_000);
}
