import { describe, expect, test } from "bun:test";
import { bytesOf, toLatin1 } from "../../src/base/ascii.ts";
import * as int64 from "../../src/base/int64.ts";
import { seededRandom, seedOfRun } from "../support/random.ts";

const seed = seedOfRun();

/** The rule in one line: the shortest spelling, within 64 bits. */
function parseByRule(text: string): bigint | undefined {
  if (!/^(0|-?[1-9][0-9]*)$/.test(text)) return undefined;
  const value = BigInt(text);
  return value >= int64.MIN && value <= int64.MAX ? value : undefined;
}

/** Checks both parsers on a text that sits in the middle of other digits, so that reading past the range shows. */
function checkParse(text: string): void {
  const bytes = bytesOf(`7${text}7`);
  const expected = parseByRule(text);
  expect({ text, big: int64.parseBig(bytes, 1, bytes.length - 1) }).toEqual({ text, big: expected });
  const isSafe = expected !== undefined && Number.isSafeInteger(Number(expected));
  const safe = int64.parseSafe(bytes, 1, bytes.length - 1);
  expect({ text, safe }).toEqual({ text, safe: isSafe ? Number(expected) : NaN });
}

function checkWrite(value: bigint): void {
  const bytes = new Uint8Array(40).fill(1);
  const text = String(value);
  expect(int64.writeBig(bytes, 3, value)).toBe(3 + text.length);
  expect(toLatin1(bytes, 3, 3 + text.length)).toBe(text);
  const near = Number(value);
  if (!Number.isSafeInteger(near)) return;
  bytes.fill(1);
  expect(int64.write(bytes, 3, near)).toBe(3 + text.length);
  expect(toLatin1(bytes, 3, 3 + text.length)).toBe(text);
  expect([bytes[2], bytes[3 + text.length]]).toEqual([1, 1]);
  expect(int64.lengthOf(near)).toBe(text.length);
}

/** Powers of ten and two, and everything within two of them, on both sides of zero. */
function boundaries(): bigint[] {
  const values: bigint[] = [];
  for (let exponent = 0n; exponent <= 64n; exponent++) {
    for (const power of [10n ** exponent, 2n ** exponent]) {
      for (let delta = -2n; delta <= 2n; delta++) values.push(power + delta, -power + delta);
    }
  }
  return values;
}

describe("int64", () => {
  test("refuses every spelling that is not the shortest", () => {
    const refused = [
      "",
      "-",
      "+1",
      " 1",
      "1 ",
      "01",
      "-01",
      "-0",
      "00",
      "1a",
      "a1",
      "1.0",
      "1e3",
      "--1",
      "0x1",
      "/",
      ":",
    ];
    for (const text of refused) {
      expect(parseByRule(text)).toBeUndefined();
      checkParse(text);
    }
    checkParse("0");
  });

  test("refuses a bad byte at every position of every length", () => {
    for (let length = 1; length <= 20; length++) {
      for (let at = 0; at < length; at++) {
        for (const bad of ["/", ":", "-", " ", "\0"]) {
          const digits = "1".repeat(length);
          checkParse(digits.slice(0, at) + bad + digits.slice(at + 1));
        }
      }
    }
  });

  test("reads and writes every boundary", () => {
    for (const value of boundaries()) {
      checkParse(String(value));
      if (value >= int64.MIN && value <= int64.MAX) checkWrite(value);
    }
  });

  test("empty and inverted ranges are no number", () => {
    expect(int64.parseSafe(bytesOf("12"), 1, 1)).toBeNaN();
    expect(int64.parseBig(bytesOf("12"), 2, 1)).toBeUndefined();
  });

  test(`random values of every length, SEED=${seed}`, () => {
    const random = seededRandom(seed);
    for (let i = 0; i < 20_000; i++) {
      const bits = BigInt(random.below(65));
      const raw = (BigInt(random.below(2 ** 32)) << 32n) | BigInt(random.below(2 ** 32));
      const value = BigInt.asIntN(64, raw >> (64n - bits));
      checkParse(String(value));
      checkWrite(value);
    }
  });
});
