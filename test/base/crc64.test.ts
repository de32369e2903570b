import { describe, expect, test } from "bun:test";
import * as crc64 from "../../src/base/crc64.ts";
import { seededRandom, seedOfRun } from "../support/random.ts";
import { startServer } from "../support/server.ts";

const seed = seedOfRun();
const POLYNOMIAL = 0xad93d23594c935a9n;

/** The definition, bit by bit: the polynomial as published, both input and result reflected. */
function crc64ByBits(bytes: Uint8Array): string {
  let crc = 0n;
  for (const byte of bytes) {
    for (let bit = 0; bit < 8; bit++) {
      const isOne = ((crc >> 63n) ^ BigInt((byte >>> bit) & 1)) & 1n;
      crc = BigInt.asUintN(64, crc << 1n) ^ (isOne ? POLYNOMIAL : 0n);
    }
  }
  const reflected = [...crc.toString(2).padStart(64, "0")].reverse().join("");
  return BigInt(`0b${reflected}`).toString(16).padStart(16, "0");
}

function hexOf(bytes: Uint8Array): string {
  const crc = crc64.create();
  crc64.update(crc, bytes, 0, bytes.length);
  return crc64.toHex(crc);
}

describe("crc64", () => {
  test("check value", () => {
    expect(hexOf(Buffer.from("123456789"))).toBe("e9c6d914c4b8d9ca");
    expect(hexOf(Buffer.from(""))).toBe("0000000000000000");
  });

  test(`the definition, for every length up to 40, SEED=${seed}`, () => {
    const random = seededRandom(seed);
    for (let length = 0; length <= 40; length++) {
      const bytes = Buffer.from(random.bytes(length), "latin1");
      expect(hexOf(bytes)).toBe(crc64ByBits(bytes));
    }
  });

  test(`any split gives the same checksum, SEED=${seed}`, () => {
    const random = seededRandom(seed);
    const bytes = Buffer.from(random.bytes(50), "latin1");
    const crc = crc64.create();
    for (let cut = 0; cut <= bytes.length; cut++) {
      crc64.reset(crc);
      crc64.update(crc, bytes, 0, cut);
      crc64.update(crc, bytes, cut, bytes.length);
      expect(crc64.toHex(crc)).toBe(hexOf(bytes));
    }
  });

  test("write and equalsAt agree, and every bit counts", () => {
    const crc = crc64.create();
    crc64.update(crc, Buffer.from("123456789"), 0, 9);
    const bytes = new Uint8Array(12);
    expect(crc64.write(crc, bytes, 2)).toBe(2 + crc64.BYTES);
    expect([...bytes]).toEqual([0, 0, 0xca, 0xd9, 0xb8, 0xc4, 0x14, 0xd9, 0xc6, 0xe9, 0, 0]);
    expect(crc64.equalsAt(crc, bytes, 2)).toBe(true);
    for (let bit = 0; bit < 64; bit++) {
      bytes[2 + (bit >> 3)]! ^= 1 << (bit & 7);
      expect(crc64.equalsAt(crc, bytes, 2)).toBe(false);
      bytes[2 + (bit >> 3)]! ^= 1 << (bit & 7);
    }
  });

  test.skipIf(Bun.which("redis-server") === null)(`DUMP payloads of a real server, SEED=${seed}`, async () => {
    await using server = await startServer("redis");
    using client = await server.connect();
    const random = seededRandom(seed);
    const crc = crc64.create();
    for (let i = 0; i < 100; i++) {
      await client.command("SET", "k", random.bytes(random.below(300)));
      const payload = Buffer.from((await client.command("DUMP", "k")).text!, "latin1");
      const end = payload.length - crc64.BYTES;
      crc64.reset(crc);
      crc64.update(crc, payload, 0, end);
      expect(crc64.equalsAt(crc, payload, end)).toBe(true);
    }
  });
});
