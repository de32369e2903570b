/**
 * The AOF of the whole server: it survives the death of the process, is exchanged with a real redis-server in both directions,
 * and what is wrong with it is said in the log in the words of Redis.
 */
import { afterAll, describe, expect, test } from "bun:test";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, type ServerKind, startServer, type TestServer } from "../../support/server.ts";

const FOLDER = "appendonlydir";
const temporary: string[] = [];

/** A directory that outlives its servers. */
function directory(): string {
  const dir = mkdtempSync(join(tmpdir(), "ashlar-aof-"));
  temporary.push(dir);
  return dir;
}

afterAll(() => {
  for (const dir of temporary) rmSync(dir, { recursive: true, force: true });
});

const start = (kind: ServerKind, dir: string, ...args: string[]): Promise<TestServer> =>
  startServer(kind, { args: ["--dir", dir, "--appendonly", "yes", ...args] });

async function ask(server: TestServer, ...lines: string[]): Promise<string[]> {
  using client = await server.connect();
  const replies: string[] = [];
  for (const line of lines) replies.push(await client.raw(...line.split(" ")));
  return replies;
}

/** Ends a server as it should end: a Redis that is killed may not have written what it has answered, while it syncs. */
async function end(server: TestServer): Promise<void> {
  using client = await server.connect();
  client.send("SHUTDOWN NOSAVE\r\n");
  await client.closed;
  while (server.isRunning()) await Bun.sleep(5);
}

async function digest(server: TestServer): Promise<string> {
  return (await ask(server, "DEBUG DIGEST"))[0]!;
}

/** Something of each type, each kind of effect, two databases, deadlines far ahead. */
const HISTORY = [
  "SET s1 hello",
  "APPEND s1 -world",
  "SETEX s2 100000 soon",
  "INCRBYFLOAT f 1.5",
  "SETRANGE r 10 x",
  "RPUSH l a b c d e",
  "LPOP l",
  "LMOVE l l2 LEFT RIGHT",
  "SADD set a b c d e f",
  "SPOP set 2",
  "ZADD z 1 a 2.5 b inf c",
  "ZPOPMIN z",
  "HSET h f v g w",
  "HINCRBYFLOAT h n 0.1",
  "XADD st * a 1",
  "XADD st * a 2",
  "XGROUP CREATE st g 0",
  "XREADGROUP GROUP g c COUNT 1 STREAMS st >",
  "PFADD hll a b c",
  "SELECT 3",
  "MULTI",
  "SET t 1",
  "INCR t",
  "EXPIRE t 100000",
  "EXEC",
  "COPY t u",
  "SELECT 0",
  "MOVE s1 3",
  "SET gone 1",
  "DEL gone",
];

describe("exchange", () => {
  for (const preamble of ["yes", "no"]) {
    for (const [from, to] of [
      ["ashlar", "redis"],
      ["redis", "ashlar"],
    ] as const) {
      test(`${from} → ${to} → ${from}, aof-use-rdb-preamble ${preamble}`, async () => {
        const dir = directory();
        const args = ["--aof-use-rdb-preamble", preamble, "--aof-timestamp-enabled", preamble];
        let state: string;
        {
          await using server = await start(from, dir, ...args);
          await ask(server, ...HISTORY, "BGREWRITEAOF");
          await Bun.sleep(500);
          await ask(server, ...HISTORY, "RPUSH after rewrite");
          state = await digest(server);
          await end(server);
        }
        for (const kind of [to, from]) {
          await using server = await start(kind, dir, ...args);
          expect(await digest(server)).toBe(state);
          await ask(server, ...HISTORY, `RPUSH after ${kind}`);
          state = await digest(server);
          await end(server);
        }
      }, 60_000);
    }
  }

  test("a single file of an older Redis becomes the base", async () => {
    const dir = directory();
    writeFileSync(join(dir, "appendonly.aof"), "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n");
    await using server = await start("ashlar", dir);
    expect(await ask(server, "GET a")).toEqual(["$1\r\n1\r\n"]);
    expect(existsSync(join(dir, "appendonly.aof"))).toBeFalse();
    expect(readFileSync(join(dir, FOLDER, "appendonly.aof.manifest"), "utf8")).toBe(
      "file appendonly.aof seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n",
    );
  }, 20_000);
});

describe("answers", () => {
  test("under `always` fifty clients are answered when their writes are on the disk, and only then", async () => {
    const dir = directory();
    const values: number[] = [];
    {
      await using server = await start("ashlar", dir, "--appendfsync", "always");
      const clients = await Promise.all(Array.from({ length: 50 }, () => server.connect()));
      const write = async (i: number): Promise<void> => {
        for (let n = 1; n <= 20; n++) {
          if ((await clients[i]!.raw("SET", `key${i}`, String(n))) === "+OK\r\n") values[i] = n;
          if (n > 10 && i === 0) process.kill(server.pid, "SIGKILL");
        }
      };
      await Promise.allSettled(clients.map((_, i) => write(i)));
    }
    await using server = await start("ashlar", dir);
    for (const [i, value] of values.entries()) {
      const found = Number((await ask(server, `GET key${i}`))[0]!.split("\r\n")[1]);
      expect(found).toBeGreaterThanOrEqual(value);
      expect(found).toBeLessThanOrEqual(value + 1);
    }
  }, 60_000);

  test("pipelines, large answers and answers that nobody reads at once come whole and in order", async () => {
    await using server = await start("ashlar", directory(), "--appendfsync", "always");
    using client = await server.connect();
    const value = "v".repeat(300_000);
    client.send(`*3\r\n$3\r\nSET\r\n$1\r\na\r\n$${value.length}\r\n${value}\r\n`);
    for (let i = 0; i < 100; i++) client.send("*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n");
    const replies = await client.replies(201);
    expect(replies.slice(1).map((reply) => reply.length)).toEqual(
      Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? String(i / 2 + 1).length + 3 : value.length + 11)),
    );
    expect(await client.raw("QUIT")).toBe("+OK\r\n");
    await client.closed;
  }, 20_000);

  test("what is sent to CLIENT REPLY OFF and subscribers' messages are held and written, too", async () => {
    const dir = directory();
    {
      await using server = await start("ashlar", dir, "--appendfsync", "always");
      using client = await server.connect();
      client.send("CLIENT REPLY OFF\r\nSET a 1\r\n");
      await Bun.sleep(300);
      process.kill(server.pid, "SIGKILL");
    }
    await using server = await start("ashlar", dir);
    expect(await ask(server, "GET a")).toEqual(["$1\r\n1\r\n"]);
  }, 20_000);
});

/** Starts on these files and waits for the end; returns the log. */
async function refusal(files: Record<string, string>, ...args: string[]): Promise<{ log: string; dir: string }> {
  const dir = directory();
  mkdirSync(join(dir, FOLDER));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, FOLDER, name), text, "latin1");
  const source = join(import.meta.dir, "../../../src/main.ts");
  const child = Bun.spawn(
    [
      process.execPath,
      source,
      "--port",
      String(freePort()),
      "--dir",
      dir,
      "--appendonly",
      "yes",
      "--save",
      "",
      ...args,
    ],
    { stdout: "pipe", stderr: "ignore", timeout: 10_000 },
  );
  const log = await new Response(child.stdout).text();
  expect(await child.exited).toBe(1);
  return { log, dir };
}

const MANIFEST = "appendonly.aof.manifest";
const INCREMENTAL = "appendonly.aof.1.incr.aof";
const ONE = `file ${INCREMENTAL} seq 1 type i\n`;
const SET = "*3\r\n$3\r\nSET\r\n$3\r\nfoo\r\n$5\r\nhello\r\n";

describe("refused at the start", () => {
  const CASES: Record<string, { files: Record<string, string>; args?: string[]; says: RegExp }> = {
    "a file that is missing": {
      files: { [MANIFEST]: ONE },
      says: /appendonly\.aof\.1\.incr\.aof .*No such file or directory/,
    },
    "a manifest that is none": { files: { [MANIFEST]: "nonsense\n" }, says: /Invalid AOF manifest file format/ },
    "no command": {
      files: { [MANIFEST]: ONE, [INCREMENTAL]: `${SET}!!!${SET}` },
      says: /Bad file format reading the append only file .* at offset 33/,
    },
    "an unknown command": {
      files: { [MANIFEST]: ONE, [INCREMENTAL]: `${SET}*1\r\n$3\r\nbla\r\n` },
      says: /Unknown command 'bla' reading the append only file/,
    },
    "a command that is called wrongly": {
      files: { [MANIFEST]: ONE, [INCREMENTAL]: "*2\r\n$3\r\nSET\r\n$1\r\na\r\n" },
      says: /Wrong number of arguments for 'set' reading the append only file/,
    },
    "an end that came early, if that is not allowed": {
      files: { [MANIFEST]: ONE, [INCREMENTAL]: SET.slice(0, -1) },
      args: ["--aof-load-truncated", "no"],
      says: /Unexpected end of file reading the append only file/,
    },
    "a file that is not the last and ends early": {
      files: {
        [MANIFEST]: `${ONE}file appendonly.aof.2.incr.aof seq 2 type i\n`,
        [INCREMENTAL]: SET.slice(0, -1),
        "appendonly.aof.2.incr.aof": SET,
      },
      says: /the truncated file is not the last file/,
    },
  };
  for (const [name, { files, args = [], says }] of Object.entries(CASES)) {
    test(name, async () => {
      const { log, dir } = await refusal(files, ...args);
      expect(log.trimEnd().split("\n").at(-1)).toMatch(says);
      for (const [file, text] of Object.entries(files)) {
        expect(readFileSync(join(dir, FOLDER, file), "latin1")).toBe(text);
      }
    }, 20_000);
  }

  test("a flipped bit within what is known to have been synced", async () => {
    const dir = directory();
    {
      await using server = await start("source", dir, "--appendfsync", "always");
      await ask(server, "SET a 11111111", "SET b 2");
    }
    const path = join(dir, FOLDER, INCREMENTAL);
    const text = readFileSync(path, "latin1");
    const { log } = await refusal({
      [MANIFEST]: ONE,
      [INCREMENTAL]: text.replace("11111111", "11111110"),
    });
    expect(log).toMatch(/Bad file format reading the append only file .* at offset \d+/);
  }, 30_000);
});

test("an end that came early is cut off, and the log says so", async () => {
  const dir = directory();
  mkdirSync(join(dir, FOLDER));
  writeFileSync(join(dir, FOLDER, MANIFEST), ONE);
  const path = join(dir, FOLDER, INCREMENTAL);
  writeFileSync(path, `${SET}*1\r\n$5\r\nMULTI\r\n${SET.replace("hello", "world")}`);
  cpSync(join(dir, FOLDER), join(dir, "again"), { recursive: true });
  {
    await using server = await start("ashlar", dir);
    expect(await ask(server, "GET foo", "SET bar 1")).toEqual(["$5\r\nhello\r\n", "+OK\r\n"]);
    expect(server.log()).toContain(`Revert incomplete MULTI/EXEC transaction in AOF file ${INCREMENTAL}`);
    expect(server.log()).toContain("loaded anyway because aof-load-truncated is enabled");
  }
  await using server = await start("redis", dir);
  expect(await ask(server, "MGET foo bar")).toEqual(["*2\r\n$5\r\nhello\r\n$1\r\n1\r\n"]);
  expect(readdirSync(join(dir, FOLDER))).toHaveLength(2);
}, 30_000);
