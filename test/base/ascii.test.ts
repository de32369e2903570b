import { expect, test } from "bun:test";
import * as ascii from "../../src/base/ascii.ts";

test("lower and upper change letters only, over all 256 bytes", () => {
  for (let byte = 0; byte < 256; byte++) {
    const char = String.fromCharCode(byte);
    const isLetter = /[A-Za-z]/.test(char);
    expect(ascii.lower(byte)).toBe(isLetter ? char.toLowerCase().charCodeAt(0) : byte);
    expect(ascii.upper(byte)).toBe(isLetter ? char.toUpperCase().charCodeAt(0) : byte);
    expect(ascii.isDigit(byte)).toBe(/[0-9]/.test(char));
  }
});

test("equalsIgnoreCase compares exactly the range", () => {
  const bytes = ascii.bytesOf("xxSeTyy");
  const set = ascii.bytesOf("set");
  expect(ascii.equalsIgnoreCase(bytes, 2, 5, set)).toBe(true);
  expect(ascii.equalsIgnoreCase(bytes, 2, 4, set)).toBe(false);
  expect(ascii.equalsIgnoreCase(bytes, 2, 6, set)).toBe(false);
  expect(ascii.equalsIgnoreCase(bytes, 1, 4, set)).toBe(false);
  expect(ascii.equalsIgnoreCase(bytes, 3, 3, ascii.bytesOf(""))).toBe(true);
  expect(ascii.equalsIgnoreCase(ascii.bytesOf("@[`{"), 0, 4, ascii.bytesOf("`{@["))).toBe(false);
});

test("equals compares two ranges byte for byte", () => {
  const a = ascii.bytesOf("abcabd");
  expect(ascii.equals(a, 0, 2, a, 3, 5)).toBe(true);
  expect(ascii.equals(a, 0, 3, a, 3, 6)).toBe(false);
  expect(ascii.equals(a, 0, 2, a, 3, 6)).toBe(false);
  expect(ascii.equals(a, 1, 1, a, 4, 4)).toBe(true);
});

test("toLatin1 and writeLatin1 are inverses for every byte and length, on views too", () => {
  const whole = new Uint8Array(new SharedArrayBuffer(300));
  const bytes = whole.subarray(20);
  for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 37) & 255;
  for (const length of [0, 1, 23, 24, 25, 256]) {
    const text = ascii.toLatin1(bytes, 3, 3 + length);
    expect(text).toHaveLength(length);
    for (let i = 0; i < length; i++) expect(text.charCodeAt(i)).toBe(bytes[3 + i]!);
    const copy = new Uint8Array(length + 4);
    expect(ascii.writeLatin1(copy, 2, text)).toBe(2 + length);
    expect(ascii.equals(copy, 2, 2 + length, bytes, 3, 3 + length)).toBe(true);
  }
});

test("bytesOf encodes UTF-8", () => {
  expect([...ascii.bytesOf("OK é")]).toEqual([79, 75, 32, 0xc3, 0xa9]);
});
