/**
 * The wire, compared with a real redis-server byte for byte: protocol errors, quoting in inline requests, and every type
 * of reply in both protocols.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Region } from "../../src/base/region.ts";
import { Reply } from "../../src/resp/reply.ts";
import { seededRandom, seedOfRun } from "../support/random.ts";
import { RawClient } from "../support/raw-client.ts";
import { encodeCommand, latin1 } from "../support/resp.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { understand } from "./commands-of.ts";
import { INVALID, VALID } from "./requests.ts";

const seed = seedOfRun();
let real: TestServer;
beforeAll(async () => {
  real = await startServer("redis");
});
afterAll(() => real.stop());

/** Everything the real server says to these bytes until it closes the connection. */
async function untilClosed(bytes: string, port = real.port): Promise<string> {
  using client = await RawClient.connect(port);
  client.send(bytes);
  const { text, closed } = await client.untilClosed(5000);
  expect(closed).toBe(true);
  return text;
}

const errorOf = (text: string, trusted = true) => `-ERR ${understand(text, [], trusted).error}\r\n`;

describe("requests", () => {
  for (const [text] of INVALID) {
    test(`the error for ${JSON.stringify(text.slice(0, 40))}`, async () => {
      expect(await untilClosed(text)).toBe(errorOf(text));
    });
  }

  test("the error names the byte that came instead of '$', whichever it is", async () => {
    for (const byte of ["\n", " ", "\t", "%", "'", "\x7f", "\x80", "\xff"]) {
      const text = `*1\r\n${byte}1\r\n`;
      const reply = new Reply();
      reply.error(`ERR ${understand(text).error}`);
      expect(await untilClosed(text)).toBe(latin1(reply.bytes, 0, reply.length));
    }
  });

  test("valid requests are as many commands there as here", async () => {
    for (const [text, commands] of VALID) {
      using client = await RawClient.connect(real.port);
      client.send(`${text}*1\r\n$4\r\nQUIT\r\n`);
      await client.closed;
      expect({ text, replies: client.repliesWaiting }).toEqual({ text, replies: commands.length + 1 });
    }
  });

  test("the limits for those who have yet to authenticate", async () => {
    await using locked = await startServer("redis", { args: ["--requirepass", "secret"] });
    const many = encodeCommand(Array.from({ length: 11 }, () => "a"));
    const long = encodeCommand(["AUTH", "x".repeat(16_385)]);
    for (const text of [many, long]) {
      expect(errorOf(text, false)).toMatch("unauthenticated");
      expect(await untilClosed(text, locked.port)).toBe(errorOf(text, false));
    }
  });

  test("the least length that 64 bits hold means nothing there too", async () => {
    const text = "*-9223372036854775808\r\nQUIT\r\n";
    expect(understand(text)).toEqual({ commands: [["QUIT"]], error: undefined });
    expect(await untilClosed(text)).toBe("+OK\r\n");
  });
});

test(`inline requests are split as there (SEED=${seed})`, async () => {
  const random = seededRandom(seed);
  const pieces = [
    '"',
    "'",
    "\\",
    "\\x",
    "\\n",
    "4",
    "aF",
    "g",
    " ",
    "  ",
    "\t",
    "\v",
    "\f",
    "\r",
    "\x01",
    "\xe4",
    "\\'",
    '\\"',
  ];
  let client = await RawClient.connect(real.port);
  let failures = 0;
  for (let round = 0; round < 1500; round++) {
    const line = Array.from({ length: random.between(1, 9) }, () => random.pick(pieces)).join("");
    const request = `RPUSH words ${line}\r\n`;
    const here = understand(request);
    client.send(request);
    const [first] = await client.replies(1);
    const there = latin1(first!);
    if (there.startsWith("-ERR Protocol")) {
      failures++;
      expect({ line, error: here.error }).toEqual({ line, error: there.slice(5, -2) });
      await client.closed;
      client.close();
      client = await RawClient.connect(real.port);
      continue;
    }
    const words = (await client.command("LRANGE", "words", "0", "-1")).items!.map((item) => item.text);
    expect({ line, words: here.commands[0]!.slice(2) }).toEqual({ line, words: words as string[] });
    await client.command("DEL", "words");
  }
  client.close();
  expect(failures).toBeGreaterThan(100);
  expect(failures).toBeLessThan(1400);
}, 60_000);

describe("replies", () => {
  /** What a real server answers, with what precedes the answer to a PING behind it. */
  async function answer(protocol: number, ...command: string[]): Promise<string> {
    using client = await RawClient.connect(real.port);
    await client.command("HELLO", String(protocol));
    client.send(encodeCommand(command) + encodeCommand(["QUIT"]));
    await client.closed;
    return client.received().replace(/\+OK\r\n$/, "");
  }

  function written(protocol: number, write: (reply: Reply) => void): string {
    const reply = new Reply();
    reply.protocol = protocol;
    write(reply);
    return latin1(reply.bytes, 0, reply.length);
  }

  const three = (reply: Reply) => {
    for (let i = 0; i < 3; i++) reply.integer(i);
  };
  /** Each type of DEBUG PROTOCOL, as our writer writes it. */
  const TYPES: Record<string, (reply: Reply) => void> = {
    string: (reply) => reply.bulkText("Hello World"),
    integer: (reply) => reply.integer(12345),
    // biome-ignore lint/suspicious/noApproximativeNumericConstant: it is the number that DEBUG PROTOCOL answers.
    double: (reply) => reply.double(3.141),
    null: (reply) => reply.null(),
    array(reply) {
      reply.array(3);
      three(reply);
    },
    set(reply) {
      reply.set(3);
      three(reply);
    },
    map(reply) {
      reply.map(3);
      for (let i = 0; i < 3; i++) {
        reply.integer(i);
        reply.boolean(i === 1);
      }
    },
    verbatim: (reply) => reply.verbatim("txt", "This is a verbatim\nstring"),
    true: (reply) => reply.boolean(true),
    false: (reply) => reply.boolean(false),
    bignum: (reply) => reply.bigNumber(1234567999999999999999999999999999999n),
  };
  for (const [type, write] of Object.entries(TYPES)) {
    test(`${type}, in both protocols`, async () => {
      for (const protocol of [2, 3]) {
        expect(written(protocol, write)).toBe(await answer(protocol, "DEBUG", "PROTOCOL", type));
      }
    });
  }

  test("attributes and push messages, which only RESP3 has", async () => {
    const attribute = written(3, (reply) => {
      reply.attribute(1);
      reply.bulkText("key-popularity");
      reply.array(2);
      reply.bulkText("key:123");
      reply.integer(90);
      reply.bulkText("Some real reply following the attribute");
    });
    expect(attribute).toBe(await answer(3, "DEBUG", "PROTOCOL", "attrib"));
    const push = written(3, (reply) => {
      reply.push(2);
      reply.bulkText("server-cpu-usage");
      reply.integer(42);
    });
    expect(await answer(3, "DEBUG", "PROTOCOL", "push")).toContain(push);
    expect(written(2, (reply) => reply.attribute(1))).toBe("");
  });

  test("no value where there could be one, or several", async () => {
    for (const protocol of [2, 3]) {
      expect(written(protocol, (reply) => reply.null())).toBe(await answer(protocol, "GET", "none"));
      expect(written(protocol, (reply) => reply.nullArray())).toBe(await answer(protocol, "LPOP", "none", "1"));
    }
  });

  test("doubles", async () => {
    for (const value of [
      0,
      1,
      -1,
      0.1,
      1 / 3,
      1e21,
      1e-7,
      123456789.125,
      Number.MAX_VALUE,
      5e-324,
      Infinity,
      -Infinity,
    ]) {
      for (const protocol of [2, 3]) {
        using client = await RawClient.connect(real.port);
        await client.command(
          "ZADD",
          "z",
          value === Infinity ? "inf" : value === -Infinity ? "-inf" : String(value),
          "m",
        );
        expect(written(protocol, (reply) => reply.double(value))).toBe(await answer(protocol, "ZSCORE", "z", "m"));
      }
    }
  });

  test("errors with line breaks in them, and at their ends", async () => {
    for (const middle of ["a\r\nb", "\n", "\r"]) {
      const theirs = await answer(2, middle);
      const ours = written(2, (reply) => reply.error(`ERR unknown command '${middle}', with args beginning with: `));
      expect(ours).toBe(theirs);
    }
    // No command of theirs answers an error that ends in a line break: their formatter cuts it off.
    for (const text of ["ERR a\r\n", "ERR a\n\n", "\rERR a\r"]) {
      expect(written(2, (reply) => reply.error(text))).toBe("-ERR a\r\n");
    }
  });
});

test("bytes of any length come out as they went in", () => {
  const source = new Region(new Uint8Array(3 * 2 ** 20).map((_, i) => i * 31));
  const reply = new Reply();
  for (const length of [0, 1, 9, 10, 23, 24, 99, 100, 1000, 300_000, 3 * 2 ** 20 - 5]) {
    reply.truncate(0);
    reply.bulk(source, 5, length);
    const expected = `$${length}\r\n${latin1(source.bytes, 5, 5 + length)}\r\n`;
    expect(latin1(reply.bytes, 0, reply.length) === expected).toBe(true);
  }
});
