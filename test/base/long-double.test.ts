import { describe, expect, test } from "bun:test";
import { bytesOf } from "../../src/base/ascii.ts";
import * as longDouble from "../../src/base/long-double.ts";
import { seededRandom, seedOfRun } from "../support/random.ts";
import { encodeCommand, latin1 } from "../support/resp.ts";
import { startServer } from "../support/server.ts";
import { HOSTILE_FLOATS, randomFloat } from "./float-cases.ts";

const seed = seedOfRun();
/** Pairs that are sent to the real server; `CASES=50000` for a long run. */
const cases = Number(process.env["CASES"] ?? 4000);
const BATCH = 200;

function parse(text: string): longDouble.LongDouble | undefined {
  const bytes = Buffer.from(`9${text}9`, "latin1");
  return longDouble.parse(bytes, 1, bytes.length - 1);
}

/** What INCRBYFLOAT should reply for a stored text and an increment. */
function incrByFloatReply(stored: string, increment: string): string {
  const a = parse(stored);
  const b = parse(increment);
  if (a === undefined || b === undefined) return "-ERR value is not a valid float\r\n";
  const sum = longDouble.add(a, b);
  if (!longDouble.isFinite(sum)) return "-ERR increment would produce NaN or Infinity\r\n";
  const text = longDouble.format(sum);
  return `$${text.length}\r\n${text}\r\n`;
}

function formatText(text: string): string | undefined {
  const value = parse(text);
  return value === undefined ? undefined : longDouble.format(value);
}

describe("long double", () => {
  test("prints what Redis stores", () => {
    const table: [string, string | undefined][] = [
      ["0", "0"],
      ["-0", "0"],
      ["10.50", "10.5"],
      ["3.0e3", "3000"],
      ["0x1p3", "8"],
      ["0.1", "0.1"],
      ["1e17", "100000000000000000"],
      ["123456789.123456789", "123456789.12345678899873747"],
      ["1234567890123.123456789", "1234567890123.12345683574676514"],
      ["18446744073709551617", "18446744073709551616"],
      ["-1e-30", "0"],
      ["5e-324", "0"],
      ["inf", "inf"],
      ["-inf", "-inf"],
      ["nan", undefined],
      ["1e5000", undefined],
      ["1e-5000", undefined],
      ["", undefined],
    ];
    for (const [text, expected] of table) expect([text, formatText(text)]).toEqual([text, expected]);
  });

  test("infinities add up as in IEEE arithmetic", () => {
    const inf = parse("inf")!;
    const minusInf = parse("-inf")!;
    const one = parse("1")!;
    expect(longDouble.format(longDouble.add(inf, one))).toBe("inf");
    expect(longDouble.format(longDouble.add(one, minusInf))).toBe("-inf");
    expect(longDouble.format(longDouble.add(inf, inf))).toBe("inf");
    const nan = longDouble.add(inf, minusInf);
    expect(longDouble.format(nan)).toBe("nan");
    expect(longDouble.isFinite(nan)).toBe(false);
    expect(longDouble.format(longDouble.add(nan, one))).toBe("nan");
    const largest = parse("1.18973149535723176502e4932")!;
    expect(longDouble.isFinite(longDouble.add(largest, largest))).toBe(false);
  });

  test("fromNumber keeps every bit of a double", () => {
    const random = seededRandom(seed);
    const view = new DataView(new ArrayBuffer(8));
    for (let i = 0; i < 2000; i++) {
      view.setUint32(0, random.below(2 ** 32));
      view.setUint32(4, random.below(2 ** 32));
      const value = random.chance(0.5) ? view.getFloat64(0) : (random.below(2 ** 32) - 2 ** 31) / 2 ** random.below(60);
      const { mantissa, exponent } = longDouble.fromNumber(value);
      if (!Number.isFinite(value)) continue;
      const shift = Math.max(-1000, Math.min(0, exponent)); // in two steps, as 2^exponent alone may be no double
      expect(Number(mantissa) * 2 ** shift * 2 ** (exponent - shift)).toBe(value === 0 ? 0 : value);
    }
    expect(longDouble.format(longDouble.fromNumber(0.1))).toBe("0.10000000000000001");
    expect(longDouble.format(longDouble.fromNumber(-0))).toBe("0");
    expect(longDouble.format(longDouble.fromNumber(-Infinity))).toBe("-inf");
    expect(longDouble.format(longDouble.fromNumber(NaN))).toBe("nan");
  });

  test("reads only its range", () => {
    const bytes = bytesOf("12345");
    expect(longDouble.format(longDouble.parse(bytes, 1, 3)!)).toBe("23");
    expect(longDouble.parse(bytes, 2, 2)).toBeUndefined();
  });

  test.skipIf(Bun.which("redis-server") === null)(
    `INCRBYFLOAT of a real server, SEED=${seed} CASES=${cases}`,
    async () => {
      await using server = await startServer("redis");
      using client = await server.connect();
      const random = seededRandom(seed);
      const pairs: [string, string][] = HOSTILE_FLOATS.flatMap((text): [string, string][] => [
        [text, "0"],
        ["1", text],
        [text, text],
      ]);
      while (pairs.length < cases) pairs.push([randomFloat(random), randomFloat(random)]);
      for (let first = 0; first < pairs.length; first += BATCH) {
        const batch = pairs.slice(first, first + BATCH);
        for (const [stored, increment] of batch) {
          client.send(encodeCommand(["SET", "k", stored]) + encodeCommand(["INCRBYFLOAT", "k", increment]));
        }
        const replies = await client.replies(2 * batch.length);
        batch.forEach(([stored, increment], i) => {
          const expected = latin1(replies[2 * i + 1]!);
          if (incrByFloatReply(stored, increment) === expected) return;
          expect({ stored, increment, reply: incrByFloatReply(stored, increment) }).toEqual({
            stored,
            increment,
            reply: expected,
          });
        });
      }
    },
    120_000,
  );
});
