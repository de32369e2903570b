/**
 * Clients that break the protocol, in every way we could think of: Ashlar must write the very bytes that a real
 * redis-server writes, and close when it closes. Each exchange runs on a connection of its own, on both servers at once.
 * `SEED` replays the random garbage.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Random, seededRandom, seedOfRun } from "../support/random.ts";
import { RawClient } from "../support/raw-client.ts";
import { encodeCommand, printable } from "../support/resp.ts";
import { startServer, subjectKind, type TestServer } from "../support/server.ts";

const TIMEOUT_MS = 120_000;
/** So long nothing may arrive until an exchange counts as over, when the server doesn't close. */
const SILENCE_MS = 250;
/** What the servers of these tests are protected with, where they are. */
const PASSWORD = "open sesame";

const seed = seedOfRun();
const ping = encodeCommand(["PING"]);
const kilobytes = (count: number): string => "x".repeat(count * 1024);

/**
 * Requests on multibulk lines, whole or broken. A PING behind shows whether the connection survived. (Redis looks for the
 * end of a line as C looks for a character in a string: a NUL hides what follows, and it waits.)
 */
const MULTIBULK: Record<string, string> = {
  "no arguments": `*0\r\n${ping}`,
  "*-1": `*-1\r\n${ping}`,
  "far below zero": `*-2147483649\r\n${ping}`,
  "a count that isn't a number": `*abc\r\n${ping}`,
  "no count": `*\r\n${ping}`,
  "a count with a sign": `*+1\r\n$4\r\nPING\r\n`,
  "a count with a leading zero": `*01\r\n$4\r\nPING\r\n`,
  "a count with a space": `* 1\r\n$4\r\nPING\r\n`,
  "*2147483648": `*2147483648\r\n${ping}`,
  "*2147483647": `*2147483647\r\n`,
  "one argument too many": `*1048577\r\n$1\r\na\r\n`,
  "beyond 64 bits": `*9223372036854775808\r\n${ping}`,
  "a count line without an end, 64 KB": `*${"1".repeat(70 * 1024)}`,
  "a count line just too long": `*${"1".repeat(65_536)}`,
  "a count line that still fits": `*${"0".repeat(65_000)}`,
  "only LF": "*1\n$4\nPING\n",
  "CR and something else": "*1\rX$4\rXPING\rX",
  "$-1": `*1\r\n$-1\r\n${ping}`,
  "$-1 as the second": `*2\r\n$3\r\nGET\r\n$-1\r\n${ping}`,
  "a length that isn't a number": `*1\r\n$abc\r\n${ping}`,
  "no length": `*1\r\n$\r\n${ping}`,
  "a length with a sign": `*1\r\n$+4\r\nPING\r\n`,
  "a length with a leading zero": `*1\r\n$04\r\nPING\r\n`,
  "a float as a length": `*1\r\n$4.0\r\nPING\r\n`,
  "a byte more than 512 MB": `*1\r\n$536870913\r\n`,
  "2 GB announced": `*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2147483648\r\n`,
  "2^63 announced": `*1\r\n$9223372036854775808\r\n`,
  "2^64 announced": `*1\r\n$18446744073709551616\r\n`,
  "a length line without an end, 64 KB": `*1\r\n$${"1".repeat(70 * 1024)}`,
  "another type instead of $": `*1\r\n:5\r\n${ping}`,
  "an inline word instead of $": `*1\r\nPING\r\n${ping}`,
  "an empty line instead of $": `*1\r\n\r\n${ping}`,
  "a nested array": `*1\r\n*1\r\n$4\r\nPING\r\n`,
  "a NUL instead of $": `*1\r\n\0\r\n`,
  "an argument longer than announced": `*1\r\n$4\r\nPINGPING\r\n${ping}`,
  "an argument shorter than announced": `*2\r\n$4\r\nECHO\r\n$10\r\nshort\r\n${ping}${ping}`,
  "no CR LF behind the argument": `*1\r\n$4\r\nPINGxx${ping}`,
  "an empty command name": `*1\r\n$0\r\n\r\n${ping}`,
  "an empty argument": `*2\r\n$4\r\nECHO\r\n$0\r\n\r\n${ping}`,
  "binary arguments": encodeCommand(["ECHO", "\0\r\n$5\r\n\xff"]) + ping,
  "a thousand arguments to an unknown command":
    encodeCommand(["nosuch", ...Array<string>(1000).fill("argument")]) + ping,
  "a very long name": encodeCommand(["n".repeat(100_000), "a", "b"]) + ping,
  "a name with line ends": encodeCommand(["a\r\nb", "c\r\nd", "\0e"]) + ping,
  "a good command, then garbage": `${ping}*1\r\n!4\r\n`,
  "a NUL in the count, then lines without end": `*\0${`${"A".repeat(1024)}\r\n`.repeat(100)}`,
  "a NUL in the length, then lines without end": `*1\r\n$\0${`${"A".repeat(1024)}\r\n`.repeat(100)}`,
  "a half command, then silence": "*2\r\n$4\r\nECHO\r\n$100\r\nonly this much",
  "a half line, then silence": "*2\r",
}; // prettier-ignore

/** Requests as a person types them. */
const INLINE: Record<string, string> = {
  "a command": "PING\r\n",
  "only LF": "PING\n",
  "only CR": "PING\r",
  "spaces around": "   PING   hello   \r\n",
  tabs: "\tPING\thello\t\r\n",
  "empty lines": `\r\n\n\r\n   \r\n${ping}`,
  quotes: `ECHO "two words"\r\nECHO 'two words'\r\nECHO ""\r\n`,
  escapes: `${String.raw`ECHO "\x41\n\t\r\a\b\\\"\q\xZZ"`}\r\n`,
  "escapes in single quotes": `${String.raw`ECHO 'it\'s \x41 \n'`}\r\n`,
  "an open quote": `ECHO "open\r\n${ping}`,
  "an open single quote": `ECHO 'open\r\n${ping}`,
  "text right behind a quote": `ECHO "a"b\r\n${ping}`,
  "a quote inside a word": `ECHO a"b c"d\r\n${ping}`,
  NULs: `\0\0\0\r\n${ping}`,
  "a NUL inside": `ECHO a\0b\r\n${ping}`,
  "high bytes": `ECHO \xff\xfe\x80\r\n${ping}`,
  "64 KB without an end": kilobytes(65),
  "exactly 64 KB without an end": kilobytes(64),
  "just below 64 KB": `ECHO ${kilobytes(63)}\r\n${ping}`,
  "a NUL, then lines without end": `\0${`${"A".repeat(1024)}\n`.repeat(100)}`,
  "RESP3 types": `_\r\n${ping}`,
  "a bulk string alone": `$4\r\nPING\r\n${ping}`,
  "HTTP GET": "GET / HTTP/1.1\r\nUser-Agent: x\r\n\r\n",
  "HTTP POST": `POST / HTTP/1.1\r\n${ping}`,
  "an HTTP host line": `Host: localhost\r\n${ping}`,
  "a lower-case host line": `host: localhost\r\n${ping}`,
  TLS: "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n",
  "an unknown command": `nosuch "a b" c\r\n${ping}`,
}; // prettier-ignore

/** Commands after which replies come differently, or not at all. */
const CONVERSATIONS: Record<string, string[][]> = {
  "QUIT drops what follows": [["PING"], ["QUIT"], ["PING"], ["SET", "a", "1"]],
  "QUIT with arguments": [["QUIT", "now"], ["PING"]],
  "replies off": [
    ["CLIENT", "REPLY", "OFF"],
    ["PING"],
    ["SET", "a", "1"],
    ["NOSUCH"],
    ["CLIENT", "REPLY", "ON"],
    ["PING", "on"],
  ],
  "one reply skipped": [
    ["CLIENT", "REPLY", "SKIP"],
    ["PING", "skipped"],
    ["PING", "heard"],
  ],
  "skip while off": [
    ["CLIENT", "REPLY", "OFF"],
    ["CLIENT", "REPLY", "SKIP"],
    ["PING"],
    ["CLIENT", "REPLY", "ON"],
    ["PING", "on"],
  ],
  "HELLO 3 in the middle": [
    ["HSET", "{own}h", "f", "v"],
    ["HGETALL", "{own}h"],
    ["HELLO", "9"],
    ["DEBUG", "PROTOCOL", "map"],
  ],
  "RESET turns replies on": [
    ["CLIENT", "REPLY", "OFF"],
    ["RESET"],
    ["PING", "?"],
    ["CLIENT", "REPLY", "ON"],
    ["PING", "!"],
  ],
  "kills itself": [["CLIENT", "KILL", "TYPE", "nosuch"], ["CLIENT", "KILL", "SKIPME", "no", "ID", "0"], ["PING"]],
  "push in RESP2": [["DEBUG", "PROTOCOL", "push"], ["PING"]],
}; // prettier-ignore

/** What a client may do before it has said the password. */
const UNAUTHENTICATED: Record<string, string> = {
  "a command": encodeCommand(["GET", "a"]) + ping,
  "an unknown command": encodeCommand(["NOSUCH"]),
  "wrong arity": encodeCommand(["GET"]),
  "ten arguments": encodeCommand(["MGET", ..."abcdefghi"]),
  "eleven arguments": encodeCommand(["MGET", ..."abcdefghij"]),
  "eleven announced": "*11\r\n",
  "16 KB": encodeCommand(["ECHO", kilobytes(16)]),
  "a byte more than 16 KB": encodeCommand(["ECHO", `${kilobytes(16)}x`]),
  "a byte more announced": "*1\r\n$16385\r\n",
  inline: `GET a\r\n${ping}`,
  "a long inline request": `ECHO ${kilobytes(60)}\r\n`,
  HELLO: encodeCommand(["HELLO"]) + ping,
  "HELLO 3": encodeCommand(["HELLO", "3"]) + ping,
  "HELLO with a wrong password": encodeCommand(["HELLO", "2", "AUTH", "default", "no"]) + ping,
  "a wrong password": encodeCommand(["AUTH", "no"]) + ping,
  "a wrong user": encodeCommand(["AUTH", "nobody", PASSWORD]) + ping,
  "the password":
    encodeCommand(["AUTH", PASSWORD]) +
    encodeCommand(["ECHO", kilobytes(20)]) +
    encodeCommand(["MGET", ..."abcdefghijkl"]),
  "the default user": encodeCommand(["AUTH", "default", PASSWORD]) + ping,
  "RESET forgets": encodeCommand(["AUTH", PASSWORD]) + ping + encodeCommand(["RESET"]) + ping,
  QUIT: encodeCommand(["QUIT"]) + ping,
}; // prettier-ignore

let subject: TestServer;
let reference: TestServer;
let lockedSubject: TestServer;
let lockedReference: TestServer;

beforeAll(async () => {
  const locked = { args: ["--requirepass", PASSWORD] };
  const kind = subjectKind();
  [subject, reference] = await Promise.all([startServer(kind), startServer("redis")]);
  [lockedSubject, lockedReference] = await Promise.all([startServer(kind, locked), startServer("redis", locked)]);
}, TIMEOUT_MS);

afterAll(async () => {
  await Promise.all([subject, reference, lockedSubject, lockedReference].map((server) => server?.stop()));
});

describe("a broken multibulk request", () => {
  for (const [name, bytes] of Object.entries(MULTIBULK)) test.concurrent(name, () => sameExchange(bytes));
});

describe("an inline request", () => {
  for (const [name, bytes] of Object.entries(INLINE)) test.concurrent(name, () => sameExchange(bytes));
});

describe("a conversation", () => {
  for (const [name, commands] of Object.entries(CONVERSATIONS)) {
    test.concurrent(name, () => sameExchange(commands.map(encodeCommand).join("")));
  }
});

describe("before the password", () => {
  for (const [name, bytes] of Object.entries(UNAUTHENTICATED)) {
    test.concurrent(name, () => sameExchange(bytes, lockedSubject, lockedReference));
  }
});

test(
  "random garbage",
  async () => {
    const random = seededRandom(seed);
    const requests = Array.from({ length: 400 }, () => garbage(`${word(random)}:`, random));
    for (let from = 0; from < requests.length; from += 40) {
      await Promise.all(requests.slice(from, from + 40).map((bytes) => sameExchange(bytes)));
    }
  },
  TIMEOUT_MS,
);

/** Commands of all kinds of framing, with replies of all lengths, on two keys of its own that are gone afterwards. */
function mixedPipeline(tag: string): string {
  return [
    encodeCommand(["SET", `${tag}a`, "some value"]),
    encodeCommand(["GET", `${tag}a`]),
    "PING inline\r\n",
    encodeCommand(["HSET", `${tag}h`, "field", "\r\n", "", "\0\xff"]),
    "\r\n*0\r\n",
    encodeCommand(["HGETALL", `${tag}h`]),
    `ECHO "quoted \\x41"\n`,
    encodeCommand(["NOSUCH", "a"]),
    encodeCommand(["DEL", `${tag}a`, `${tag}h`]),
    encodeCommand(["ECHO", "e".repeat(40)]),
  ].join("");
}

test(
  "a pipeline cut in two at every byte",
  async () => {
    const pipeline = mixedPipeline("cut:");
    const whole = await exchange(reference.port, [pipeline]);
    using witness = await subject.connect();
    for (let cut = 1; cut < pipeline.length; cut++) {
      using client = await subject.connect();
      client.send(pipeline.slice(0, cut));
      await witness.raw("PING"); // by now the first part has been read
      client.send(pipeline.slice(cut));
      expect(await receivedLength(client, whole.text.length), `cut at ${cut}`).toBe(whole.text);
    }
  },
  TIMEOUT_MS,
);

test(
  "a pipeline byte by byte",
  async () => {
    const pipeline = mixedPipeline("bytes:");
    const whole = await exchange(reference.port, [pipeline]);
    using witness = await subject.connect();
    using client = await subject.connect();
    for (const byte of pipeline) {
      client.send(byte);
      await witness.raw("PING");
    }
    expect(await receivedLength(client, whole.text.length)).toBe(whole.text);
  },
  TIMEOUT_MS,
);

/** A word so long that no mutation turns one into another. */
function word(random: Random): string {
  return String.fromCharCode(...Array.from({ length: 12 }, () => random.between(97, 122)));
}

/** Protocol-like bytes with a few mutations, or plain noise. The tag keeps exchanges that run at once apart. */
function garbage(tag: string, random: Random): string {
  if (random.chance(0.2)) return random.bytes(random.between(1, 3000));
  let bytes = mixedPipeline(tag);
  for (let i = random.between(1, 4); i > 0; i--) {
    const at = random.below(bytes.length);
    const noise = random.pick([
      "\r\n",
      "*",
      "$",
      "-1",
      "\0",
      "9999999999",
      '"',
      "'",
      " ",
      random.bytes(3),
      "*3\r\n",
      "$5\r\n",
    ]);
    bytes = bytes.slice(0, at) + noise + bytes.slice(at + random.below(4));
  }
  return bytes;
}

interface Exchange {
  text: string;
  closed: boolean;
}

/** Both servers write the same and both or neither close. */
async function sameExchange(bytes: string, ours = subject, theirs = reference): Promise<void> {
  const [actual, expected] = await Promise.all([exchange(ours.port, [bytes]), exchange(theirs.port, [bytes])]);
  const shown = ({ text, closed }: Exchange): string =>
    `${printable(withoutIdentity(text), 2000)}${closed ? ", then closes" : ""}`;
  expect(shown(actual), `seed ${seed}, sent ${printable(bytes, 400)}`).toBe(shown(expected));
}

/** Waits until the server has answered somebody else, for silence on a busy machine may be mere slowness. */
async function answers(port: number): Promise<void> {
  using witness = await RawClient.connect(port);
  await witness.raw("PING");
}

/** HELLO tells a server's version and a connection's number: they may differ. */
function withoutIdentity(text: string): string {
  return text
    .replace(/(version\r\n\$)\d+\r\n[^\r]*/, "$1…")
    .replace(/(\nid\r\n:)\d+/, "$1…")
    .replace(/(\nserver\r\n\$)\d+\r\n\w+/, "$1…");
}

/** Sends bytes and collects everything until the server closes or falls silent. */
async function exchange(port: number, parts: string[]): Promise<Exchange> {
  using client = await RawClient.connect(port);
  for (const part of parts) client.send(part);
  for (let length = -1; length !== client.received().length && !client.isClosed; ) {
    length = client.received().length;
    await Promise.race([client.closed, Bun.sleep(SILENCE_MS)]);
    if (!client.isClosed) await answers(port);
  }
  return { text: client.received(), closed: client.isClosed };
}

/** Everything received once it has this many bytes, or after ten seconds. */
async function receivedLength(client: RawClient, length: number): Promise<string> {
  const giveUpAt = performance.now() + 10_000;
  while (client.received().length < length && performance.now() < giveUpAt) await Bun.sleep(0);
  return client.received();
}
