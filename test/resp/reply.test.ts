/**
 * The reply writer's buffer: it grows, is handed over and given back, and nothing that was written is lost. What it writes
 * is compared with a real server in against-redis.test.ts.
 */
import { describe, expect, test } from "bun:test";
import { Region } from "../../src/base/region.ts";
import { Reply } from "../../src/resp/reply.ts";
import { seededRandom, seedOfRun } from "../support/random.ts";
import { decodeReply, latin1, replyEnd } from "../support/resp.ts";

const seed = seedOfRun();
const INITIAL_BYTES = 256 * 1024;
const textOf = (reply: Reply, from = 0) => latin1(reply.bytes, from, reply.length);

/** Every scalar the writer has, with what it must look like in RESP2 and RESP3. */
const SCALARS: readonly (readonly [(reply: Reply) => void, string, string])[] = [
  [(r) => r.ok(), "+OK\r\n", "+OK\r\n"],
  [(r) => r.null(), "$-1\r\n", "_\r\n"],
  [(r) => r.nullArray(), "*-1\r\n", "_\r\n"],
  [(r) => r.zero(), ":0\r\n", ":0\r\n"],
  [(r) => r.one(), ":1\r\n", ":1\r\n"],
  [(r) => r.boolean(true), ":1\r\n", "#t\r\n"],
  [(r) => r.boolean(false), ":0\r\n", "#f\r\n"],
  ...[0, 9, 10, 42, 99, 100, 101, -1, -9, -10, -100, 2 ** 31, 2 ** 53 - 1, -(2 ** 53 - 1)].map(
    (n) => [(r: Reply) => r.integer(n), `:${n}\r\n`, `:${n}\r\n`] as const,
  ),
  ...[0n, 2n ** 63n - 1n, -(2n ** 63n)].map((n) => [(r: Reply) => r.bigInteger(n), `:${n}\r\n`, `:${n}\r\n`] as const),
  ...[0, 5, 10, 99, 12_345, -77, -(2 ** 53 - 1)].map((n) => {
    const bulk = `$${String(n).length}\r\n${n}\r\n`;
    return [(r: Reply) => r.bulkInteger(n), bulk, bulk] as const;
  }),
  ...["", "x", "0123456789", "y".repeat(100)].map((text) => {
    const bulk = `$${text.length}\r\n${text}\r\n`;
    const source = new Region(new Uint8Array(Buffer.from(`<${text}>`)));
    return [(r: Reply) => r.bulk(source, 1, text.length), bulk, bulk] as const;
  }),
  [(r) => r.bulkText("grüß"), "$6\r\ngr\xc3\xbc\xc3\x9f\r\n", "$6\r\ngr\xc3\xbc\xc3\x9f\r\n"],
  [(r) => r.bulkBytes(new Uint8Array([0, 13, 10, 255])), "$4\r\n\0\r\n\xff\r\n", "$4\r\n\0\r\n\xff\r\n"],
  [(r) => r.verbatim("txt", "hi"), "$2\r\nhi\r\n", "=6\r\ntxt:hi\r\n"],
  [(r) => r.double(1.5), "$3\r\n1.5\r\n", ",1.5\r\n"],
  [(r) => r.double(Number.POSITIVE_INFINITY), "$3\r\ninf\r\n", ",inf\r\n"],
  [(r) => r.double(Number.NEGATIVE_INFINITY), "$4\r\n-inf\r\n", ",-inf\r\n"],
  [(r) => r.bigNumber(-12n), "$3\r\n-12\r\n", "(-12\r\n"],
  [(r) => r.simple("PONG"), "+PONG\r\n", "+PONG\r\n"],
  [(r) => r.error("ERR no\nway"), "-ERR no way\r\n", "-ERR no way\r\n"],
];

const HEADERS: readonly (readonly [
  (reply: Reply, count: number) => void,
  (n: number) => string,
  (n: number) => string,
])[] = [
  [(r, n) => r.array(n), (n) => `*${n}\r\n`, (n) => `*${n}\r\n`],
  [(r, n) => r.map(n), (n) => `*${n * 2}\r\n`, (n) => `%${n}\r\n`],
  [(r, n) => r.set(n), (n) => `*${n}\r\n`, (n) => `~${n}\r\n`],
  [(r, n) => r.push(n), (n) => `*${n}\r\n`, (n) => `>${n}\r\n`],
  [(r, n) => r.attribute(n), () => "", (n) => `|${n}\r\n`],
];

test("each type has its form in each protocol", () => {
  const reply = new Reply();
  for (const protocol of [2, 3] as const) {
    reply.protocol = protocol;
    for (const one of SCALARS) {
      reply.truncate(0);
      one[0](reply);
      expect(textOf(reply)).toBe(one[protocol - 1] as string);
    }
    for (const one of HEADERS) {
      for (const count of [0, 1, 10, 99, 100, 123_456]) {
        reply.truncate(0);
        one[0](reply, count);
        expect(textOf(reply)).toBe((one[protocol - 1] as (n: number) => string)(count));
      }
    }
  }
});

test("each type is written whole, however little of the buffer is left", () => {
  for (const one of SCALARS) {
    for (let left = 0; left < 140; left++) {
      const reply = new Reply();
      const mark = INITIAL_BYTES - left;
      reply.length = mark;
      one[0](reply);
      expect(textOf(reply, mark)).toBe(one[1]);
      expect(reply.bytes.length).toBeGreaterThanOrEqual(reply.length);
    }
  }
});

describe("the buffer", () => {
  test(`grows with what is written, and every reply stays whole (SEED=${seed})`, () => {
    const random = seededRandom(seed);
    const reply = new Reply();
    const source = new Region(new Uint8Array(Buffer.from(random.bytes(400_000), "latin1")));
    const expected: string[] = [];
    while (reply.length < 5_000_000) {
      const length = random.pick([0, 5, 23, 24, 99, 100, 5000, 300_000]);
      const start = random.below(400_000 - length);
      reply.bulk(source, start, length);
      expected.push(latin1(source.bytes, start, start + length));
      reply.integer(length);
      expected.push(String(length));
    }
    let at = 0;
    for (const text of expected) {
      const end = replyEnd(reply.bytes, at, reply.length);
      expect(decodeReply(reply.bytes.slice(at, end)).text === text).toBe(true);
      at = end;
    }
    expect(at).toBe(reply.length);
  });

  test("is given back once it has grown large, and kept while it is not", () => {
    const reply = new Reply();
    const small = reply.bytes;
    reply.simple("x");
    reply.truncate(0);
    expect(reply.bytes).toBe(small);
    reply.reserve(2 * 2 ** 20);
    const mark = 5;
    reply.truncate(mark);
    expect(reply.bytes.length).toBeGreaterThan(2 ** 20);
    reply.truncate(0);
    expect(reply.bytes.length).toBe(INITIAL_BYTES);
    expect(reply.region.bytes).toBe(reply.bytes);
  });

  test("hands over what is left, and goes on with another", () => {
    const reply = new Reply();
    reply.simple("taken");
    const mark = reply.length;
    reply.simple("left");
    const rest = reply.detach(mark);
    expect(latin1(rest)).toBe("+left\r\n");
    expect(reply.length).toBe(0);
    reply.simple("other stuff");
    expect(latin1(rest)).toBe("+left\r\n");
    expect(textOf(reply)).toBe("+other stuff\r\n");
  });
});

test("a header can be put in front of what it announces", () => {
  const reply = new Reply();
  for (const count of [0, 1, 9, 12, 5000]) {
    reply.truncate(0);
    reply.simple("before");
    const mark = reply.length;
    for (let i = 0; i < count; i++) reply.integer(i);
    reply.arrayAt(mark, count);
    const items = Array.from({ length: count }, (_, i) => `:${i}\r\n`).join("");
    expect(textOf(reply)).toBe(`+before\r\n*${count}\r\n${items}`);
  }
  reply.protocol = 3;
  reply.truncate(0);
  reply.integer(7);
  reply.headerAt(0, () => reply.set(1));
  expect(textOf(reply)).toBe("~1\r\n:7\r\n");
});

test("errors are counted, and nothing else is", () => {
  const reply = new Reply();
  for (const one of SCALARS) one[0](reply);
  expect(reply.errors).toBe(1);
  reply.error("ERR again");
  reply.truncate(0);
  expect(reply.errors).toBe(2);
});
