import { describe, expect, test } from "bun:test";
import { toLatin1 } from "../../src/base/ascii.ts";
import * as double from "../../src/base/double.ts";
import { type Random, seededRandom, seedOfRun } from "../support/random.ts";
import { encodeCommand, latin1 } from "../support/resp.ts";
import { startServer } from "../support/server.ts";
import { HOSTILE_FLOATS, randomFloat } from "./float-cases.ts";

const seed = seedOfRun();
/** Texts that are sent to the real server; `CASES=50000` for a long run. */
const cases = Number(process.env["CASES"] ?? 4000);
const BATCH = 200;

function parse(text: string): number | undefined {
  const bytes = Buffer.from(`9${text}9`, "latin1");
  return double.parse(bytes, 1, bytes.length - 1);
}

/** What ZSCORE should reply for a score given as a text, in RESP2. */
function scoreReply(text: string): string {
  const value = parse(text);
  if (value === undefined) return "-ERR value is not a valid float\r\n";
  const printed = double.format17g(value);
  return `$${printed.length}\r\n${printed}\r\n`;
}

/** A double of any bit pattern, or one with few bits, where ties between decimal digits are common. */
function randomDouble(random: Random): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, random.below(2 ** 32));
  view.setUint32(4, random.below(2 ** 32));
  if (random.chance(0.5)) return view.getFloat64(0);
  const mantissa = Number(view.getBigUint64(0) >> BigInt(random.between(11, 63)));
  return (random.chance(0.5) ? -mantissa : mantissa) / 2 ** random.below(40);
}

describe("double", () => {
  test("prints as C does with %.17g", () => {
    const table: [number, string][] = [
      [0, "0"],
      [-0, "-0"],
      [1, "1"],
      [-1.5, "-1.5"],
      [0.1, "0.10000000000000001"],
      [0.3, "0.29999999999999999"],
      [100, "100"],
      [1e16, "10000000000000000"],
      [99999999999999984, "99999999999999984"],
      [1e17, "1e+17"],
      [1e21, "1e+21"],
      [1e22, "1e+22"],
      [0.0001, "0.0001"],
      [0.00001, "1.0000000000000001e-05"],
      [1e-7, "9.9999999999999995e-08"],
      [1e100, "1e+100"],
      [5e-324, "4.9406564584124654e-324"],
      [Number.MAX_VALUE, "1.7976931348623157e+308"],
      [2 ** 50 + 0.25, "1125899906842624.2"],
      [2 ** 50 + 0.75, "1125899906842624.8"],
      [9.6559524536132812e-5, "9.6559524536132812e-05"],
      [Infinity, "inf"],
      [-Infinity, "-inf"],
      [NaN, "nan"],
    ];
    for (const [value, text] of table) {
      expect(double.format17g(value)).toBe(text);
      const bytes = new Uint8Array(40);
      expect(double.write(bytes, 5, value)).toBe(5 + text.length);
      expect(toLatin1(bytes, 5, 5 + text.length)).toBe(text);
    }
    expect(double.format17g(-Number.MAX_VALUE)).toHaveLength(double.LENGTH_MAX);
  });

  test(`reads what it printed, SEED=${seed}`, () => {
    const random = seededRandom(seed);
    for (let i = 0; i < 5000; i++) {
      const value = randomDouble(random);
      if (!Number.isNaN(value)) expect(Object.is(parse(double.format17g(value)), value)).toBe(true);
    }
  });

  test("writes by the quick way what the whole way writes", () => {
    const random = seededRandom(seed);
    const fraction = () => random.below(2 ** 32) / 2 ** 32;
    const bits = new DataView(new ArrayBuffer(8));
    const kinds = [
      () => fraction() * 10 ** (fraction() * 24 - 6),
      () => random.below(1e6) / 10 ** random.below(9),
      () => -random.below(2 ** 53) / 2 ** random.below(60),
      () => randomDouble(random),
      () => {
        // A power of ten, or one of the doubles next to it.
        bits.setFloat64(0, 10 ** (random.below(22) - 5));
        bits.setBigUint64(0, bits.getBigUint64(0) + BigInt(random.below(9) - 4));
        return bits.getFloat64(0);
      },
    ];
    const bytes = new Uint8Array(double.LENGTH_MAX);
    for (let i = 0; i < 100_000; i++) {
      const value = random.pick(kinds)();
      const written = toLatin1(bytes, 0, double.write(bytes, 0, value));
      if (written !== double.format17g(value)) expect([value, written]).toEqual([value, double.format17g(value)]);
    }
  });

  test("the quick way and the whole way agree", () => {
    // A leading '+' sends the same number through the scanner.
    const random = seededRandom(seed);
    for (let i = 0; i < 5000; i++) {
      const digits = String(random.below(10 ** random.between(1, 15)));
      const at = random.between(0, digits.length);
      const text = random.chance(0.2) ? digits : `${digits.slice(0, at)}.${digits.slice(at)}`;
      expect(parse(text)).toBe(Number(text));
      expect(parse(`+${text}`)).toBe(Number(text));
      expect(Object.is(parse(`-${text}`), -Number(text))).toBe(true);
    }
  });

  test("so they do for all that has up to 19 digits or an exponent", () => {
    const random = seededRandom(seed);
    for (let i = 0; i < 100_000; i++) {
      let digits = "";
      for (let left = random.between(1, 21); left > 0; left--) digits += random.below(10);
      const at = random.between(0, digits.length);
      let text = random.chance(0.2) ? digits : `${digits.slice(0, at)}.${digits.slice(at)}`;
      if (random.chance(0.3)) text += `${random.pick(["e", "E", "e+", "e-"])}${random.below(30)}`;
      if (!Object.is(parse(text), Number(text))) expect([text, parse(text)]).toEqual([text, Number(text)]);
      if (!Object.is(parse(`-${text}`), -Number(text)))
        expect([text, parse(`-${text}`)]).toEqual([text, -Number(text)]);
    }
  });

  test("and for what lies in the middle between two doubles, or next to it", () => {
    const random = seededRandom(seed);
    for (let i = 0; i < 20_000; i++) {
      // 54 bits, the last of them set, and up to ten of these behind the point.
      const odd = (BigInt(random.below(2 ** 26)) << 27n) | (1n << 53n) | BigInt(random.below(2 ** 26) * 2 + 1);
      const places = random.below(4);
      const scaled = String(odd * 5n ** BigInt(places));
      const at = scaled.length - places;
      for (const step of [-1n, 0n, 1n]) {
        const last = String(BigInt(scaled) + step);
        const text = `${last.slice(0, at)}.${last.slice(at)}`;
        if (parse(text) !== Number(text)) expect([text, parse(text)]).toEqual([text, Number(text)]);
      }
    }
  });

  test("reads spellings", () => {
    for (const text of [
      "1e5",
      "1E5",
      "1e+5",
      "1.e-5",
      ".5e2",
      "0e9",
      "5.",
      "00000000000000000000012.5",
      "1e022",
      "12e22",
    ])
      expect([text, parse(text)]).toEqual([text, Number(text)]);
    for (const text of ["", "-", ".", "e5", ".e5", "1e", "1e+", "1e-", "1e5.", "1.2.3", "1e5e5", "1e 5", "--1", "1-"])
      expect([text, parse(text)]).toEqual([text, undefined]);
  });

  describe.skipIf(Bun.which("redis-server") === null)("against a real server", () => {
    test(`scores in and out, SEED=${seed} CASES=${cases}`, async () => {
      // A skiplist keeps the score as a double; a listpack would turn "-0" into 0.
      await using server = await startServer("redis", { args: ["--zset-max-listpack-entries", "0"] });
      using client = await server.connect();
      const random = seededRandom(seed);
      const texts = [...HOSTILE_FLOATS];
      while (texts.length < cases) {
        texts.push(random.chance(0.5) ? randomFloat(random) : double.format17g(randomDouble(random)));
      }
      for (let first = 0; first < texts.length; first += BATCH) {
        const batch = texts.slice(first, first + BATCH);
        for (const text of batch) {
          client.send(encodeCommand(["DEL", "z"]) + encodeCommand(["ZADD", "z", text, "m"]));
          client.send(encodeCommand(["ZSCORE", "z", "m"]));
        }
        const replies = await client.replies(3 * batch.length);
        batch.forEach((text, i) => {
          const added = latin1(replies[3 * i + 1]!);
          const expected = added.startsWith("-") ? added : latin1(replies[3 * i + 2]!);
          if (scoreReply(text) !== expected) expect([text, scoreReply(text)]).toEqual([text, expected]);
        });
      }
    }, 120_000);

    test("RESP3 sends the same digits", async () => {
      await using server = await startServer("redis");
      using client = await server.connect();
      await client.raw("HELLO", "3");
      for (const value of [0.1, 1, -2.5, 1e17, 1e-5, 3.3, Infinity, -Infinity]) {
        await client.raw("ZADD", "z", double.format17g(value), "m");
        expect(await client.raw("ZSCORE", "z", "m")).toBe(`,${double.format17g(value)}\r\n`);
      }
    });
  });
});
