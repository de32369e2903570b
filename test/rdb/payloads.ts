/**
 * Payloads made by hand, for tests: the alphabet of RDB files and the compact formats of old, written apart from src/rdb so
 * that one mistake isn't made twice. All bytes are Latin-1 strings.
 */
import * as crc64 from "../../src/base/crc64.ts";

const char = (...bytes: number[]): string => String.fromCharCode(...bytes.map((byte) => byte & 255));
const bytesOf = (text: string): Uint8Array => Buffer.from(text, "latin1");

/** `bytes` bytes of a number, the lowest first. */
export function little(value: number | bigint, bytes: number): string {
  let text = "";
  for (let i = 0; i < bytes; i++) text += char(Number((BigInt(value) >> BigInt(8 * i)) & 255n));
  return text;
}

const big = (value: number, bytes: number) => [...little(value, bytes)].reverse().join("");

/** A length as RDB files have it. */
export function length(value: number): string {
  if (value < 64) return char(value);
  if (value < 16384) return char(0x40 | (value >> 8), value);
  if (value < 2 ** 32) return char(0x80) + big(value, 4);
  return char(0x81) + big(value, 8);
}

/** A string as RDB files have it, as it is. */
export const string = (text: string): string => length(text.length) + text;

/** Completes a payload: the version of the format and the checksum. */
export function withFooter(body: string, version = 10): string {
  const all = body + little(version, 2);
  const crc = crc64.create();
  crc64.update(crc, bytesOf(all), 0, all.length);
  const footer = new Uint8Array(8);
  crc64.write(crc, footer, 0);
  return all + Buffer.from(footer).toString("latin1");
}

/** A payload of this type with this value. */
export const payload = (type: number, value: string, version = 10): string => withFooter(char(type) + value, version);

/** A payload without its footer. */
export const bodyOf = (whole: string): string => whole.slice(0, -10);

const isInteger = (text: string): boolean =>
  /^(0|-?[1-9]\d{0,18})$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text);

/** A ziplist of these elements; integers in the shortest form that there is. */
export function ziplist(elements: readonly string[]): string {
  let body = "";
  let before = 0;
  let tail = 10;
  for (const element of elements) {
    tail = 10 + body.length;
    const entry = (before < 254 ? char(before) : char(254) + little(before, 4)) + ziplistData(element);
    body += entry;
    before = entry.length;
  }
  return `${little(11 + body.length, 4)}${little(tail, 4)}${little(Math.min(elements.length, 0xffff), 2)}${body}\xff`;
}

function ziplistData(text: string): string {
  if (isInteger(text)) {
    const value = BigInt(text);
    if (value >= 0n && value <= 12n) return char(0xf1 + Number(value));
    for (const [bits, encoding] of [
      [8, 0xfe],
      [16, 0xc0],
      [24, 0xf0],
      [32, 0xd0],
      [64, 0xe0],
    ] as const) {
      if (BigInt.asIntN(bits, value) === value) return char(encoding) + little(BigInt.asUintN(64, value), bits / 8);
    }
  }
  if (text.length < 64) return char(text.length) + text;
  if (text.length < 16384) return char(0x40 | (text.length >> 8), text.length) + text;
  return char(0x80) + big(text.length, 4) + text;
}

/** A zipmap of these pairs; each value has `unused` bytes behind it. */
export function zipmap(pairs: readonly (readonly [string, string])[], unused = 0): string {
  const size = (text: string): string => (text.length < 254 ? char(text.length) : char(254) + little(text.length, 4));
  const body = pairs.map(
    ([name, value]) => size(name) + name + size(value) + char(unused) + value + "\0".repeat(unused),
  );
  return `${char(Math.min(pairs.length, 254))}${body.join("")}\xff`;
}

/** An intset of these integers, which ascend. */
export function intset(integers: readonly (number | bigint)[], width: 2 | 4 | 8): string {
  const numbers = integers.map((value) => little(BigInt.asUintN(64, BigInt(value)), width));
  return little(width, 4) + little(integers.length, 4) + numbers.join("");
}

/** A listpack of these elements, all of them strings. */
export function listpack(elements: readonly string[]): string {
  const body = elements.map((text) => {
    const { length: size } = text;
    const head =
      size < 64 ? char(0x80 | size) : size < 4096 ? char(0xe0 | (size >> 8), size) : char(0xf0) + little(size, 4);
    return head + text + backlen(head.length + size);
  });
  const all = body.join("");
  return `${little(7 + all.length, 4)}${little(Math.min(elements.length, 0xffff), 2)}${all}\xff`;
}

function backlen(size: number): string {
  if (size <= 127) return char(size);
  if (size < 16383) return char(size >> 7, (size & 127) | 128);
  return char(size >> 14, ((size >> 7) & 127) | 128, (size & 127) | 128);
}
