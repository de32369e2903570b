/** LZF against the real server, which compresses the strings of its payloads, and against whatever bytes there may be. */
import { expect, test } from "bun:test";
import * as lzf from "../../src/base/lzf.ts";
import { type Random, seededRandom, seedOfRun } from "../support/random.ts";
import { startServer } from "../support/server.ts";

const seed = seedOfRun();
const GUARD = 0xee;

/** Text with repetitions, near and far. */
function repetitive(random: Random, lengthMax: number): string {
  const letters = random.pick([1, 2, 3, 10, 40, 256]);
  const length = random.below(lengthMax);
  let text = "";
  while (text.length < length) {
    const from = random.below(text.length + 1);
    if (random.chance(0.3)) text += text.slice(from, from + random.below(400));
    else text += String.fromCharCode(random.below(letters));
  }
  return text.slice(0, length);
}

/** Compresses between two guards, which must survive. The compressed bytes, or null. */
function compressed(text: string, roomFor: number): Uint8Array | null {
  const input = Buffer.from(`##${text}##`, "latin1");
  const output = new Uint8Array(roomFor + 6).fill(GUARD);
  const written = lzf.compress(input, 2, input.length - 2, output, 3, 3 + roomFor);
  expect(output.slice(0, 3)).toEqual(new Uint8Array(3).fill(GUARD));
  expect(output.slice(3 + roomFor)).toEqual(new Uint8Array(3).fill(GUARD));
  expect(written).toBeLessThanOrEqual(roomFor);
  return written === 0 ? null : output.slice(3, 3 + written);
}

function decompressed(bytes: Uint8Array, length: number): string | null {
  const output = new Uint8Array(length + 4).fill(GUARD);
  const isRight = lzf.decompress(bytes, 0, bytes.length, output, 2, length + 2);
  expect([output[0], output[1], output[length + 2], output[length + 3]]).toEqual([GUARD, GUARD, GUARD, GUARD]);
  return isRight ? Buffer.from(output.slice(2, length + 2)).toString("latin1") : null;
}

test(`what is compressed comes back, whatever room it had (SEED=${seed})`, () => {
  const random = seededRandom(seed);
  for (let i = 0; i < 3000; i++) {
    const text = repetitive(random, i % 100 === 0 ? 60_000 : 600);
    const bytes = compressed(
      text,
      random.pick([text.length, Math.max(0, text.length - 4), random.below(text.length + 1), text.length * 2 + 4]),
    );
    if (bytes === null) continue;
    expect(decompressed(bytes, text.length)).toBe(text);
    expect(decompressed(bytes, text.length + 1)).toBeNull();
    if (text.length > 0) expect(decompressed(bytes, text.length - 1)).toBeNull();
  }
});

test(`damaged input writes nowhere else (SEED=${seed})`, () => {
  const random = seededRandom(seed);
  for (let i = 0; i < 20_000; i++) {
    const bytes = Buffer.from(random.bytes(random.below(30)), "latin1");
    decompressed(bytes, random.below(600));
  }
});

test(`payloads have the bytes of the real server (SEED=${seed})`, async () => {
  const random = seededRandom(seed);
  await using redis = await startServer("redis");
  using client = await redis.connect();
  let seen = 0;
  for (let i = 0; i < 400; i++) {
    const text = repetitive(random, i % 20 === 0 ? 40_000 : 800);
    if (text.length <= 20) continue;
    await client.raw("SET", "k", text);
    const dumped = await client.raw("DUMP", "k");
    const body = dumped.slice(dumped.indexOf("\r\n") + 3, -12);
    const bytes = compressed(text, text.length - 4);
    expect(bytes !== null).toBe(body[0] === "\xc3");
    if (bytes === null) continue;
    seen++;
    expect(body.endsWith(Buffer.from(bytes).toString("latin1"))).toBe(true);
  }
  expect(seen).toBeGreaterThan(100);
});
