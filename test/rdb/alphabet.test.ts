/** The alphabet of RDB files: what is written is read, and what is damaged is refused. */
import { expect, test } from "bun:test";
import { Region } from "../../src/base/region.ts";
import { BLOCK_BYTES_MAX } from "../../src/mem/mem.ts";
import { rdbcompression } from "../../src/rdb/parameters.ts";
import { RdbError, RdbReader } from "../../src/rdb/reader.ts";
import { RdbWriter } from "../../src/rdb/writer.ts";
import type { Element } from "../../src/struct/listpack.ts";
import { length, string } from "./payloads.ts";

const regionOf = (text: string) => new Region(Buffer.from(text, "latin1"));
const textOf = ({ region, start, length }: Element) =>
  Buffer.from(region.bytes.slice(start, start + length)).toString("latin1");

/** What `write` writes, as text. */
function written(write: (writer: RdbWriter) => void): string {
  const writer = new RdbWriter();
  write(writer);
  return Buffer.from(writer.bytes.slice(0, writer.size)).toString("latin1");
}

function readerOf(text: string): RdbReader {
  const reader = new RdbReader();
  const bytes = Buffer.from(`<<${text}>>`, "latin1");
  reader.aim(bytes, 2, bytes.length - 2);
  return reader;
}

const LENGTHS = [0, 1, 63, 64, 16383, 16384, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 5, Number.MAX_SAFE_INTEGER];

test("lengths", () => {
  for (const value of LENGTHS) {
    const text = written((writer) => writer.length(value));
    expect(text).toBe(length(value));
    expect(written((writer) => writer.length64(BigInt(value)))).toBe(text);
    const reader = readerOf(text);
    expect(reader.length()).toBe(value);
    expect(reader.at).toBe(reader.end);
    expect(readerOf(text).length64()).toBe(BigInt(value));
    for (let cut = 0; cut < text.length; cut++) {
      expect(() => readerOf(text.slice(0, cut)).length()).toThrow(RdbError);
      expect(() => readerOf(text.slice(0, cut)).length64()).toThrow(RdbError);
    }
  }
  for (const value of [2n ** 53n, 2n ** 64n - 1n]) {
    const text = written((writer) => writer.length64(value));
    expect(readerOf(text).length64()).toBe(value);
    expect(() => readerOf(text).length()).toThrow(RdbError);
  }
  expect(written((writer) => writer.length64(-1n))).toBe(`\x81${"\xff".repeat(8)}`);
  for (const head of ["\x82", "\xbf", "\xc0", "\xff"])
    expect(() => readerOf(`${head}${"\0".repeat(8)}`).length()).toThrow(RdbError);
});

const STRINGS: Record<string, string> = {
  "": "\0",
  a: "\x01a",
  "0": "\xc0\0",
  "-1": "\xc0\xff",
  "127": "\xc0\x7f",
  "-128": "\xc0\x80",
  "128": "\xc1\x80\0",
  "-129": "\xc1\x7f\xff",
  "32767": "\xc1\xff\x7f",
  "32768": "\xc2\0\x80\0\0",
  "-2147483648": "\xc2\0\0\0\x80",
  "2147483647": "\xc2\xff\xff\xff\x7f",
  "2147483648": "\x0a2147483648",
  "-0": "\x02-0",
  "01": "\x0201",
  "+1": "\x02+1",
  "1.0": "\x031.0",
  aaaaaaaaaaaaaaaaaaaa: "\x14aaaaaaaaaaaaaaaaaaaa",
  aaaaaaaaaaaaaaaaaaaaa: "\xc3\x06\x15\x01aa\xe0\x0a\0",
};

test("strings", () => {
  for (const [text, expected] of Object.entries(STRINGS)) {
    expect(written((writer) => writer.string(regionOf(`x${text}x`), 1, text.length))).toBe(expected);
    const reader = readerOf(expected);
    reader.string();
    expect(textOf(reader.text)).toBe(text);
    expect(reader.at).toBe(reader.end);
    for (let cut = 0; cut < expected.length; cut++)
      expect(() => readerOf(expected.slice(0, cut)).string()).toThrow(RdbError);
  }
  for (const value of [0, -5, 300, 2 ** 31, -(2 ** 40), 2n ** 62n]) {
    const text = String(value);
    const plain = written((writer) => writer.string(regionOf(text), 0, text.length));
    expect(written((writer) => writer.integerString(value))).toBe(plain);
  }
});

test("strings of every length, compressed or not", () => {
  for (const compresses of [true, false]) {
    rdbcompression.assign(compresses);
    for (const count of [62, 63, 64, 65, 4095, 5000, 16383, 16384, 70_000, 1_000_000]) {
      for (const text of [
        "ab".repeat(count / 2),
        Buffer.from(crypto.getRandomValues(new Uint8Array(Math.min(count, 65_536)))).toString("latin1"),
      ]) {
        const bytes = written((writer) => writer.string(regionOf(text), 0, text.length));
        expect(bytes.startsWith("\xc3")).toBe(compresses && text.startsWith("ab"));
        const reader = readerOf(bytes);
        reader.string();
        expect(textOf(reader.text)).toBe(text);
      }
    }
  }
  rdbcompression.reset();
});

test("two strings are both there at once", () => {
  const long = ["ab".repeat(100), "cd".repeat(50)];
  const forms = ["x", "17", ...long];
  for (const first of forms) {
    for (const second of forms) {
      const bytes = written((writer) => {
        for (const text of [first, second, first]) writer.string(regionOf(text), 0, text.length);
      });
      const reader = readerOf(bytes);
      reader.pair();
      expect([textOf(reader.name), textOf(reader.text)]).toEqual([first, second]);
      reader.string();
      expect(textOf(reader.text)).toBe(first);
    }
  }
});

test("doubles and times", () => {
  for (const value of [0, -0, 1.5, -1e300, 5e-324, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]) {
    const text = written((writer) => writer.double(value));
    expect(text.length).toBe(8);
    expect(readerOf(text).double()).toBe(value);
    expect(() => readerOf(text.slice(1)).double()).toThrow(RdbError);
  }
  for (const value of [0, -1, 1, 2 ** 53 - 1, -(2 ** 53) + 1, 2n ** 63n - 1n, -(2n ** 63n)]) {
    expect(readerOf(written((writer) => writer.millis(value))).millis()).toBe(value);
  }
  expect(readerOf(written((writer) => writer.millis(5n))).millis()).toBe(5);
  const texts: [string, number][] = [
    ["\xff", Number.NEGATIVE_INFINITY],
    ["\xfe", Number.POSITIVE_INFINITY],
    ["\xfd", Number.NaN],
    ["\x011", 1],
    ["\x06-1.5e3", -1500],
  ];
  for (const [text, value] of texts) expect(readerOf(text).textDouble()).toBe(value);
  for (const text of ["", "\0", "\x05", "\x03abc", "\x051.5"])
    expect(() => readerOf(text).textDouble()).toThrow(RdbError);
});

test("what is announced and not there takes no memory", () => {
  const before = process.memoryUsage().arrayBuffers;
  for (const value of [100, 2 ** 31, BLOCK_BYTES_MAX + 1, 2 ** 40, Number.MAX_SAFE_INTEGER]) {
    expect(() => readerOf(`${length(value)}abc`).string()).toThrow(RdbError);
    expect(() => readerOf(`${length(value)}abc`).count()).toThrow(RdbError);
    // Compressed: three bytes stand for 264 at most.
    expect(() => readerOf(`\xc3\x03${length(value * 3)}\xe0\xff\0`).string()).toThrow(RdbError);
    expect(() => readerOf(`\xc3${length(value)}\x10abc`).string()).toThrow(RdbError);
  }
  expect(() => readerOf(`${length(5)}${string("a")}`).count(2)).toThrow(RdbError);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
});

test("a buffer that was large once is given back", () => {
  const writer = new RdbWriter();
  const text = "x".repeat(5_000_000);
  writer.raw(regionOf(text), 0, text.length);
  writer.reset();
  expect(writer.bytes.length).toBeLessThan(10_000);
});
