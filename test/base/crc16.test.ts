import { describe, expect, test } from "bun:test";
import { crc16, keySlot, SLOTS } from "../../src/base/crc16.ts";
import { seededRandom, seedOfRun } from "../support/random.ts";
import { encodeCommand, latin1 } from "../support/resp.ts";
import { freePort, startServer } from "../support/server.ts";

const seed = seedOfRun();

/** The definition, bit by bit. */
function crc16ByBits(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      const isOne = ((crc >>> 15) ^ (byte >>> bit)) & 1;
      crc = ((crc << 1) & 0xffff) ^ (isOne ? 0x1021 : 0);
    }
  }
  return crc;
}

function slotOf(key: string): number {
  const bytes = Buffer.from(`{${key}}`, "latin1");
  return keySlot(bytes, 1, bytes.length - 1);
}

describe("crc16", () => {
  test("check value", () => {
    expect(crc16(Buffer.from("123456789"), 0, 9)).toBe(0x31c3);
    expect(crc16(Buffer.from("x123456789x"), 1, 10)).toBe(0x31c3);
    expect(crc16(Buffer.from(""), 0, 0)).toBe(0);
  });

  test(`the definition, SEED=${seed}`, () => {
    const random = seededRandom(seed);
    for (let i = 0; i < 500; i++) {
      const bytes = Buffer.from(random.bytes(random.below(60)), "latin1");
      expect(crc16(bytes, 0, bytes.length)).toBe(crc16ByBits(bytes));
    }
  });

  test("a tag decides the slot only if it isn't empty", () => {
    expect(slotOf("{user1000}.following")).toBe(slotOf("user1000"));
    expect(slotOf("foo{{bar}}zap")).toBe(slotOf("{bar"));
    expect(slotOf("foo{bar}{zap}")).toBe(slotOf("bar"));
    expect(slotOf("foo{}{bar}")).toBe(crc16(Buffer.from("foo{}{bar}"), 0, 10) % SLOTS);
    expect(slotOf("foo{bar")).toBe(crc16(Buffer.from("foo{bar"), 0, 7) % SLOTS);
    expect(slotOf("}foo{")).toBe(crc16(Buffer.from("}foo{"), 0, 5) % SLOTS);
  });

  test.skipIf(Bun.which("redis-server") === null)(`CLUSTER KEYSLOT of a real server, SEED=${seed}`, async () => {
    await using server = await startServer("redis", {
      args: ["--cluster-enabled", "yes", "--cluster-port", String(freePort())],
    });
    using client = await server.connect();
    const random = seededRandom(seed);
    const keys = ["", "{", "}", "{}", "{}a", "a{b}", "{a}b", "{{a}}", "{a}{b}", "a}{b", "a}b{c}"];
    while (keys.length < 3000) {
      const parts = Array.from({ length: random.below(8) }, () => random.pick(["{", "}", "a", random.bytes(1)]));
      keys.push(parts.join(""));
    }
    for (const key of keys) client.send(encodeCommand(["CLUSTER", "KEYSLOT", key]));
    const replies = await client.replies(keys.length);
    keys.forEach((key, i) => {
      expect([key, `:${slotOf(key)}\r\n`]).toEqual([key, latin1(replies[i]!)]);
    });
  });
});
