/**
 * DEBUG beside the real server: what is deterministic has the same bytes, digests above all.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Random, seededRandom, seedOfRun } from "../../support/random.ts";
import { startServer } from "../../support/server.ts";
import { Beside, commandLines } from "./beside.ts";

let beside: Beside;

beforeAll(async () => {
  // Lengths of dumps are compared, and ours are not compressed.
  beside = await Beside.start({ args: ["--rdbcompression", "no"] });
});

afterAll(() => beside[Symbol.asyncDispose]());

test("subcommands answer alike", async () => {
  await beside.same(["FLUSHALL"]);
  await beside.same(["SET", "key:0", "value:0"]);
  const commands = commandLines(`
    DEBUG
    DEBUG nope
    DEBUG digest x
    DEBUG OBJECT
    DEBUG OBJECT absent
    DEBUG HELP x
    DEBUG JMAP
    DEBUG SLEEP
    DEBUG SLEEP 0
    DEBUG SLEEP -1
    DEBUG SLEEP x
    DEBUG SET-ACTIVE-EXPIRE
    DEBUG SET-ACTIVE-EXPIRE x
    DEBUG SET-ACTIVE-EXPIRE 1
    DEBUG POPULATE
    DEBUG POPULATE x
    DEBUG POPULATE -1
    DEBUG POPULATE 1 p -1
    DEBUG POPULATE 1 p x
    DEBUG POPULATE 99999999999999999999
    DEBUG DIGEST-VALUE
    DEBUG DIGEST-VALUE key:0 absent key:0
    DEBUG HTSTATS 1
    DEBUG HTSTATS x
    DEBUG HTSTATS 99
    DEBUG HTSTATS-KEY absent
    DEBUG HTSTATS-KEY key:0
    DEBUG LISTPACK absent
    DEBUG LISTPACK key:0
    DEBUG QUICKLIST-PACKED-THRESHOLD 100b
    DEBUG QUICKLIST-PACKED-THRESHOLD 0
    DEBUG QUICKLIST-PACKED-THRESHOLD 4gb
    DEBUG QUICKLIST-PACKED-THRESHOLD x
    DEBUG SET-DISABLE-DENY-SCRIPTS 1
    DEBUG SET-SKIP-CHECKSUM-VALIDATION 0
    DEBUG CHANGE-REPL-ID
    DEBUG REPLYBUFFER
    DEBUG REPLYBUFFER x y
    DEBUG REPLYBUFFER PEAK-RESET-TIME 100
    DEBUG REPLYBUFFER PEAK-RESET-TIME never
    DEBUG REPLYBUFFER PEAK-RESET-TIME x
    DEBUG REPLYBUFFER RESIZING 0
    DEBUG PAUSE-CRON
    DEBUG PAUSE-CRON 0
    DEBUG LOG hello
    DEBUG ERROR boo
  `);
  for (const command of commands) await beside.same(command);
  await beside.same(["DEBUG", "ERROR", "MYCODE two\r\nlines"]);
  await beside.same(["DEBUG", "ERROR", ""]);
  await beside.same(["DEBUG", "ERROR", "a\0b"]);
  await beside.same(["DEBUG", "x\0y"]);
  await beside.same(["DEBUG", "x".repeat(200)]);
  await beside.same(["DEBUG", "HTSTATS", "-1"]);
  await beside.same(["DEBUG", "HTSTATS", "99999999999"]);
  await beside.same(["DEBUG", "QUICKLIST-PACKED-THRESHOLD", ""]);
  await beside.same(["DEBUG", "QUICKLIST-PACKED-THRESHOLD", "1\0"]);
});

test("PROTOCOL has every kind of reply in both protocols", async () => {
  const kinds = "string integer double bignum null array set map attrib verbatim true false TRUE nope".split(" ");
  for (const protocol of ["2", "3"]) {
    await beside.both("HELLO", protocol);
    for (const kind of kinds) await beside.same(["DEBUG", "PROTOCOL", kind]);
  }
  await beside.same(["DEBUG", "PROTOCOL", "push"]);
  const [ours, real] = [await beside.ours.replies(1), await beside.real.replies(1)];
  expect(ours).toEqual(real);
  await beside.both("HELLO", "2");
  await beside.same(["DEBUG", "PROTOCOL", "push"]);
});

function randomBytes(random: Random): string {
  const length = random.pick([0, 1, 5, 20, 44, 100, 40_000]);
  return Array.from({ length }, () => String.fromCharCode(random.between(0, 255))).join("");
}

function randomWrite(random: Random): string[] {
  const key = `k${random.between(0, 20)}`;
  const value = () => (random.chance(0.3) ? String(random.between(-200, 70_000)) : randomBytes(random));
  const commands: (() => string[])[] = [
    () => ["SET", key, value()],
    () => ["SET", key, value(), "EX", "1000"],
    () => ["APPEND", key, value()],
    () => ["HSET", key, value(), value(), value(), value()],
    () => ["HSET", key, ...Array.from({ length: 1200 }, (_, i) => `${i}`)],
    () => ["EXPIRE", key, "1000"],
    () => ["PERSIST", key],
    () => ["DEL", key],
    () => ["SELECT", String(random.between(0, 3))],
  ];
  return random.pick(commands)();
}

test("digests are Redis' own, for strings and hashes, with and without deadlines, in several databases", async () => {
  const seed = seedOfRun();
  console.log(`seed ${seed}`);
  const random = seededRandom(seed);
  await beside.same(["FLUSHALL"]);
  const seen = new Set([await beside.same(["DEBUG", "DIGEST"])]);
  for (let round = 0; round < 40; round++) {
    for (let step = 0; step < 15; step++) await beside.same(randomWrite(random));
    seen.add(await beside.same(["DEBUG", "DIGEST"]));
    await beside.same(["DEBUG", "DIGEST-VALUE", ...Array.from({ length: 21 }, (_, i) => `k${i}`)]);
  }
  expect(seen.size).toBeGreaterThan(35);
  expect(await beside.ours.raw("DEBUG", "AUDIT")).toBe("+OK\r\n");
  await beside.same(["SELECT", "0"]);
}, 60_000);

test("POPULATE makes the keys that Redis makes, and no change is counted", async () => {
  await beside.same(["FLUSHALL"]);
  const changes = async () =>
    (await beside.both("INFO", "persistence")).map((info) => /changes_since\w+:(\d+)/.exec(info)![1]);
  const before = await changes();
  await beside.same(["SET", "key:5", "mine"]);
  for (const operands of ["1000", "1000", "20 p", "20 q 3", "20 r 0", "20 s 7000", "0 t", "2 u 40000"]) {
    await beside.same(["DEBUG", "POPULATE", ...operands.split(" ")]);
    await beside.same(["DEBUG", "DIGEST"]);
  }
  await beside.same(["GET", "key:5"]);
  const [ours, real] = await changes();
  expect(Number(ours) - Number(before[0])).toBe(Number(real) - Number(before[1]));
});

test("POPULATE refuses at once what no memory can hold", async () => {
  expect(await beside.ours.raw("DEBUG", "POPULATE", "9223372036854775807")).toStartWith("-ERR OOM");
  expect(await beside.ours.raw("DEBUG", "POPULATE", "1000000", "p", "1000000")).toStartWith("-ERR OOM");
});

test("OBJECT describes values in Redis' line", async () => {
  await beside.same(["FLUSHALL"]);
  const described = (reply: string) =>
    reply.replace(/0x[0-9a-f]{6,}/, "ADDRESS").replace(/lru:\d+ lru_seconds_idle:\d+/, "LRU");
  const values = ["", "1", "-1", "127", "128", "-128", "-129", "32767", "32768", "9999", "10000", "2147483647"];
  values.push("2147483648", "-2147483648", "-2147483649", "9223372036854775807", "01", "1.5", "a".repeat(44));
  values.push("a".repeat(45), "x".repeat(63), "x".repeat(64), "x".repeat(16_383), "x".repeat(16_384));
  for (const value of values) {
    await beside.same(["SET", "s", value]);
    await beside.same(["DEBUG", "OBJECT", "s"], described);
  }
  await beside.same(["HSET", "h", "long".repeat(20), "1", "b", "600000", "5", "text"]);
  await beside.same(["DEBUG", "OBJECT", "h"], described);
});

test("the address of a value that is changed where it lies stays", async () => {
  const address = async () => /0x\w+/.exec(await beside.ours.raw("DEBUG", "OBJECT", "n"))![0];
  await beside.ours.raw("SET", "n", "20000");
  const before = await address();
  await beside.ours.raw("INCR", "n");
  expect(await address()).toBe(before);
});

test("what looks at a key as it lies there neither removes nor refuses one past its deadline", async () => {
  await beside.same(["DEBUG", "SET-ACTIVE-EXPIRE", "0"]);
  await beside.same(["SET", "gone", "1", "PXAT", "1"]);
  await beside.same(["SET", "going", "1", "PX", "1"]);
  await Bun.sleep(20);
  await beside.same(["DEBUG", "DIGEST-VALUE", "gone", "going"]);
  const ours = await beside.ours.raw("DEBUG", "OBJECT", "going");
  expect(ours).toStartWith("+Value at:");
  await beside.same(["DEBUG", "HTSTATS-KEY", "going"]);
  await beside.same(["DEBUG", "OBJECT", "going"]);
  await beside.same(["DEBUG", "SET-ACTIVE-EXPIRE", "1"]);
});

test("OBJECT tells what a list is made of", async () => {
  const ofList = (reply: string) => / ql_.*/.exec(reply)![0];
  await beside.same(["FLUSHALL"]);
  for (const size of ["-2", "-1", "3", "0", "-9", "100000"]) {
    await beside.same(["CONFIG", "SET", "list-max-listpack-size", size]);
    for (const count of [1, 2, 3, 10, 1000]) {
      await beside.same(["DEL", "l"]);
      await beside.same(["RPUSH", "l", ...Array.from({ length: count }, (_, i) => `${"v".repeat(i % 50)}${i}`)]);
      await beside.same(["DEBUG", "OBJECT", "l"], ofList);
    }
  }
  await beside.same(["CONFIG", "SET", "list-max-listpack-size", "-2"]);
  await beside.same(["CONFIG", "SET", "list-compress-depth", "1"]);
  await beside.same(["DEL", "l"]);
  await beside.same(["RPUSH", "l", "v"]);
  await beside.same(["DEBUG", "OBJECT", "l"], ofList);
  await beside.same(["CONFIG", "SET", "list-compress-depth", "0"]);
});

test("SET-ACTIVE-EXPIRE stops and resumes removal at the deadline", async () => {
  await beside.same(["FLUSHALL"]);
  await beside.same(["DEBUG", "SET-ACTIVE-EXPIRE", "0"]);
  await beside.ours.raw("SET", "k", "v", "PX", "1");
  await Bun.sleep(300);
  expect(await beside.ours.raw("DBSIZE")).toBe(":1\r\n");
  await beside.same(["DEBUG", "SET-ACTIVE-EXPIRE", "1"]);
  const giveUpAt = performance.now() + 5000;
  while ((await beside.ours.raw("DBSIZE")) !== ":0\r\n" && performance.now() < giveUpAt) await Bun.sleep(10);
  expect(await beside.ours.raw("DBSIZE")).toBe(":0\r\n");
});

test("after SLEEP the commands of the same batch see the time that has passed", async () => {
  for (const client of [beside.ours, beside.real]) {
    client.send("SET nap 1 PX 30\r\nDEBUG SLEEP 0.06\r\nGET nap\r\n");
    const replies = await client.replies(3);
    expect(Buffer.from(replies[2]!).toString()).toBe("$-1\r\n");
  }
});

test("AUDIT notices memory that nobody owns, and LOG reaches the log", async () => {
  await using server = await startServer("ashlar");
  using client = await server.connect();
  await client.raw("SET", "k", "v");
  expect(await client.raw("DEBUG", "AUDIT")).toBe("+OK\r\n");
  await client.raw("DEBUG", "LEAK", "eight by");
  expect(await client.raw("DEBUG", "AUDIT")).toMatch(/^-ERR .*1 live blocks, 0 with owners|with owners/);
  await client.raw("DEBUG", "LOG", "seen by the log");
  expect(server.log()).toContain("# DEBUG LOG: seen by the log\n");
  expect(server.log()).toContain("# DEBUG AUDIT: ");
});

test("enable-debug-command says who may", async () => {
  for (const [setting, allowed] of [
    ["no", false],
    ["local", true],
  ] as const) {
    await using pair = await Beside.start({ args: ["--enable-debug-command", setting] });
    const reply = await pair.same(["DEBUG", "SLEEP", "0"]);
    expect(reply === "+OK\r\n").toBe(allowed);
  }
}, 30_000);

test("ASSERT, OOM, PANIC and SEGFAULT end the server, and it says why", async () => {
  for (const end of ["ASSERT", "OOM", "PANIC", "SEGFAULT"]) {
    await using server = await startServer("ashlar");
    using client = await server.connect();
    client.send(`DEBUG ${end}\r\n`);
    await client.closed;
    const giveUpAt = performance.now() + 5000;
    while (server.isRunning() && performance.now() < giveUpAt) await Bun.sleep(5);
    expect(server.isRunning()).toBe(false);
    expect(server.log()).toMatch(/BUG REPORT START.*(DEBUG \w+ called|at outOfMemory)/s);
  }
}, 30_000);
