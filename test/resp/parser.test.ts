/**
 * The request parser, whole, byte by byte and at every split point; what it says of wrong requests is compared with a real
 * server in against-redis.test.ts.
 */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { BATCH_COMMANDS, Batch, parse, Torn } from "../../src/resp/parser.ts";
import { seedOfRun } from "../support/random.ts";
import { encodeCommand } from "../support/resp.ts";
import { Connection, understand } from "./commands-of.ts";
import { INVALID, VALID } from "./requests.ts";

const seed = seedOfRun();

/** The same answer, however the bytes arrive. */
function checkEverySplit(text: string): void {
  const whole = understand(text);
  const each = Array.from({ length: text.length - 1 }, (_, i) => i + 1);
  expect(understand(text, each)).toEqual(whole);
  for (const cut of each) expect(understand(text, [cut])).toEqual(whole);
}

describe("a valid request", () => {
  for (const [text, commands] of VALID) {
    test(JSON.stringify(text), () => {
      expect(understand(text)).toEqual({ commands: commands as string[][], error: undefined });
      checkEverySplit(text);
      checkEverySplit(text + text);
    });
  }

  test(`any commands, cut in any way, arrive as they were sent (SEED=${seed})`, () => {
    const argument = fc.oneof(
      fc.string({ unit: "binary-ascii", maxLength: 12 }),
      fc.constantFrom("", "*1\r\n$1\r\na\r\n", "\r\n", "$3", "x".repeat(300), "\0"),
    );
    const command = fc.array(argument, { minLength: 1, maxLength: 6 });
    const commands = fc.array(command, { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(commands, fc.array(fc.nat(), { maxLength: 8 }), (sent, places) => {
        const text = sent.map(encodeCommand).join("");
        const cuts = [...new Set(places.map((place) => place % text.length))].sort((a, b) => a - b);
        expect(understand(text, cuts)).toEqual({ commands: sent, error: undefined });
      }),
      { seed, numRuns: 500 },
    );
  });

  test(`any bytes are understood alike, cut or whole (SEED=${seed})`, () => {
    const piece = fc.constantFrom(
      "*",
      "$",
      "1",
      "2",
      "-",
      "0",
      "\r",
      "\n",
      "\r\n",
      "a",
      '"',
      "'",
      "\\",
      "x",
      " ",
      "\0",
      "\v",
    );
    const text = fc.array(piece, { minLength: 2, maxLength: 40 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(text, (bytes) => checkEverySplit(bytes)),
      { seed, numRuns: 400 },
    );
  });
});

describe("an invalid request", () => {
  for (const [text, error] of INVALID) {
    test(`${JSON.stringify(text.slice(0, 40))}: ${error}`, () => {
      const expected = { commands: [["PING"]], error: `Protocol error: ${error}` };
      expect(understand(`PING\r\n${text}`)).toEqual(expected);
      if (text.length < 1000) {
        const after = `PING\r\n${text}PING\r\n`;
        for (let cut = 1; cut < after.length; cut++) expect(understand(after, [cut])).toEqual(expected);
      } else {
        const cuts = Array.from({ length: 20 }, (_, i) => 10 + i * 3400);
        expect(understand(`PING\r\n${text}`, cuts)).toEqual(expected);
      }
    });
  }

  test("the least integer of 64 bits is a length, and means nothing", () => {
    expect(understand("*-9223372036854775808\r\nPING\r\n")).toEqual({ commands: [["PING"]], error: undefined });
  });
});

describe("limits", () => {
  test("who has yet to say who they are may not send much", () => {
    const long = "x".repeat(16_385);
    const ten = Array.from({ length: 10 }, () => "a");
    expect(understand(encodeCommand(ten), [], false).commands).toEqual([ten]);
    expect(understand(encodeCommand([...ten, "a"]), [], false).error).toBe(
      "Protocol error: unauthenticated multibulk length",
    );
    expect(understand(encodeCommand([...ten, "a"])).commands.length).toBe(1);
    expect(understand(encodeCommand(["AUTH", long]), [], false).error).toBe(
      "Protocol error: unauthenticated bulk length",
    );
    expect(understand(encodeCommand(["AUTH", long.slice(1)]), [], false).error).toBeUndefined();
    expect(understand(encodeCommand(["AUTH", long])).error).toBeUndefined();
  });

  test("their commands are parsed one by one, since the first may change who they are", () => {
    const bytes = Buffer.from(encodeCommand(["AUTH", "x"]) + encodeCommand(Array.from({ length: 20 }, () => "a")));
    const batch = new Batch();
    const torn = new Torn();
    expect(parse(batch, bytes, 0, bytes.length, torn, false)).toBe(true);
    expect(batch.commands).toBe(1);
    expect(parse(batch, bytes, batch.consumed, bytes.length, torn, true)).toBe(false);
    expect([batch.commands, batch.counts[0], batch.error]).toEqual([1, 20, undefined]);
  });

  test("what is merely announced takes no memory", () => {
    const connection = new Connection();
    connection.receive(Buffer.from("*2147483647\r\n$500000000\r\nabc"));
    expect(connection.error).toBeUndefined();
    expect(connection.torn.bytes.length).toBeLessThan(1000);
    expect(connection.torn.ranges.length).toBeLessThan(100);
  });
});

describe("long requests", () => {
  test("a pipeline of 1,000 commands comes in batches", () => {
    const sent = Array.from({ length: 1000 }, (_, i) => ["GET", `key${i}`]);
    const connection = new Connection();
    connection.receive(Buffer.from(sent.map(encodeCommand).join("")));
    expect(connection.commands).toEqual(sent);
    expect(connection.parses).toBe(Math.ceil(1000 / BATCH_COMMANDS));
    const many = Array.from({ length: 100 }, (_, i) => [
      "MSET",
      ...Array.from({ length: 40 }, (_unused, n) => `${i}-${n}`),
    ]);
    expect(understand(many.map(encodeCommand).join("")).commands).toEqual(many);
  });

  test("the early arguments of a torn command are looked at once, not once per chunk", () => {
    const steps = (count: number) => {
      const args = Array.from({ length: count }, (_, i) => `argument${i}`);
      const bytes = Buffer.from(encodeCommand(args));
      const connection = new Connection();
      // Each range that is written, to the batch or to what is torn, is a step.
      let written = 0;
      const { args: ranges } = connection.batch;
      const setRange = ranges.setRange.bind(ranges);
      ranges.setRange = (index, start, end) => {
        written++;
        setRange(index, start, end);
      };
      let rangesRead = 0;
      const rangeStart = ranges.rangeStart.bind(ranges);
      ranges.rangeStart = (index) => {
        rangesRead++;
        return rangeStart(index);
      };
      for (let at = 0; at < bytes.length; at += 65_536) connection.receive(bytes.subarray(at, at + 65_536));
      expect(connection.commands.length).toBe(1);
      expect(connection.commands[0]).toEqual(args);
      return written + rangesRead;
    };
    expect(steps(1_000_000)).toBeLessThan(3_100_000);
  }, 30_000);

  test("a torn value of 10 MB is copied a few times at most, and parsed twice", () => {
    const value = "v".repeat(10 * 2 ** 20);
    const bytes = Buffer.from(encodeCommand(["SET", "k", value]) + encodeCommand(["GET", "k"]));
    const connection = new Connection();
    let grown = 0;
    let last = connection.torn.bytes;
    for (let at = 0; at < bytes.length; at += 65_536) {
      connection.receive(bytes.subarray(at, at + 65_536));
      if (connection.torn.bytes !== last && connection.torn.length > 0) grown += connection.torn.length;
      last = connection.torn.bytes;
    }
    expect(connection.commands).toEqual([
      ["SET", "k", value],
      ["GET", "k"],
    ]);
    expect(connection.parses).toBeLessThanOrEqual(3);
    expect(grown).toBeLessThan(3 * bytes.length);
    expect(connection.torn.bytes.length).toBe(0);
  });

  test("many small commands behind a torn one cost no more than their bytes", () => {
    const sent = Array.from({ length: 5000 }, (_, i) => ["SET", `k${i}`, "v".repeat(i % 100)]);
    const bytes = Buffer.from(sent.map(encodeCommand).join(""));
    const connection = new Connection();
    for (let at = 0; at < bytes.length; at += 333) connection.receive(bytes.subarray(at, at + 333));
    expect(connection.commands).toEqual(sent);
    expect(connection.torn.length).toBe(0);
  });
});

test("arguments point into the buffer they came in, and say so", () => {
  const bytes = new Uint8Array(Buffer.from("*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n"));
  const batch = new Batch();
  parse(batch, bytes, 0, bytes.length, new Torn(), true);
  batch.args.aim(batch.firsts[0]!, batch.counts[0]!);
  expect(batch.args.bytes).toBe(bytes);
  expect(batch.args.region.bytes).toBe(bytes);
  bytes[17] = 75;
  expect(batch.args.text(1)).toBe("Key");
  // The next buffer takes over: nothing of the old one is left to be read.
  const next = new Uint8Array(Buffer.from("PING\r\n"));
  parse(batch, next, 0, next.length, new Torn(), true);
  expect([batch.args.bytes, batch.args.region.bytes]).toEqual([next, next]);
  batch.args.aim(batch.firsts[0]!, batch.counts[0]!);
  expect(batch.args.text(0)).toBe("PING");
});

test("a connection's leftovers are its own: two connections may share a batch", () => {
  const batch = new Batch();
  const torn = [new Torn(), new Torn()];
  const sent = [encodeCommand(["SET", "a", "1"]), encodeCommand(["SET", "b", "22222"])];
  const got: string[][] = [];
  for (let i = 0; i < sent[1]!.length; i++) {
    for (const n of [0, 1]) {
      const byte = sent[n]![i];
      if (byte === undefined) continue;
      torn[n]!.append(Buffer.from(byte));
      parse(batch, torn[n]!.bytes, 0, torn[n]!.length, torn[n]!, true);
      for (let c = 0; c < batch.commands; c++) {
        batch.args.aim(batch.firsts[c]!, batch.counts[c]!);
        got.push([0, 1, 2].map((arg) => batch.args.text(arg)));
      }
    }
  }
  expect(got).toEqual([
    ["SET", "a", "1"],
    ["SET", "b", "22222"],
  ]);
});

test("what is left of a Buffer is a copy: the socket's memory may be given back", () => {
  const chunk = Buffer.from(`PING\r\n${encodeCommand(["SET", "a", "1"]).slice(0, -1)}`);
  const batch = new Batch();
  const torn = new Torn();
  parse(batch, chunk, 0, chunk.length, torn, true);
  chunk.fill(0);
  torn.append(Buffer.from("\n"));
  parse(batch, torn.bytes, 0, torn.length, torn, true);
  batch.args.aim(batch.firsts[0]!, batch.counts[0]!);
  expect([0, 1, 2].map((arg) => batch.args.text(arg))).toEqual(["SET", "a", "1"]);
});
