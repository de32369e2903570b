/** CONFIG and SHUTDOWN beside a real redis-server: the same replies to the same words, and the effects. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { launchReady } from "../../server/launch.ts";
import { startServer, subjectKind, type TestServer } from "../../support/server.ts";

let subject: TestServer;
let real: TestServer;

beforeAll(async () => {
  [subject, real] = await Promise.all([startServer(subjectKind()), startServer("redis")]);
}, 30_000);

afterAll(async () => {
  await Promise.all([subject.stop(), real.stop()]);
});

const SAME: string[][] = [
  ["CONFIG"],
  ["CONFIG", "NOSUCH"],
  ["CONFIG", "GET"],
  ["CONFIG", "GET", "maxmemory-policy"],
  ["CONFIG", "GET", "MaxMemory"],
  ["CONFIG", "GET", "hash-max-ziplist-entries"],
  ["CONFIG", "GET", "nosuch"],
  ["CONFIG", "GET", "requirepas?"],
  ["CONFIG", "SET", "maxmemory"],
  ["CONFIG", "SET", "maxmemory", "1", "hz"],
  ["CONFIG", "SET", "maxmemory", "100mb"],
  ["CONFIG", "GET", "maxmemory"],
  ["CONFIG", "SET", "maxmemory", "0", "hz", "twenty"],
  ["CONFIG", "GET", "maxmemory"],
  ["CONFIG", "SET", "maxmemory", "0", "hz", "20"],
  ["CONFIG", "GET", "hz"],
  ["CONFIG", "SET", "nosuch", "1"],
  ["CONFIG", "SET", "databases", "3"],
  ["CONFIG", "SET", "dir", "/"],
  ["CONFIG", "SET", "hz", "10", "hz", "20"],
  ["CONFIG", "SET", "maxmemory-policy", "most"],
  ["CONFIG", "SET", "client-output-buffer-limit", "normal 1mb 2mb 3"],
  ["CONFIG", "GET", "client-output-buffer-limit"],
  ["CONFIG", "RESETSTAT", "now"],
  ["CONFIG", "RESETSTAT"],
  ["CONFIG", "REWRITE"],
  ["CONFIG", "REWRITE", "now"],
  ["CONFIG", "HELP", "me"],
  ["SHUTDOWN", "ABORT"],
  ["SHUTDOWN", "now", "ABORT"],
  ["SHUTDOWN", "SAVE", "NOSAVE"],
  ["SHUTDOWN", "later"],
];

test.each(["2", "3"])("the same replies in RESP%s", async (protocol) => {
  using ours = await subject.connect();
  using theirs = await real.connect();
  for (const client of [ours, theirs]) await client.raw("HELLO", protocol);
  for (const command of SAME) {
    expect(`${command.join(" ")} → ${await ours.raw(...command)}`).toBe(
      `${command.join(" ")} → ${await theirs.raw(...command)}`,
    );
  }
});

test("CONFIG HELP names every subcommand", async () => {
  using client = await subject.connect();
  const lines = (await client.command("CONFIG", "HELP")).items!.map((item) => item.text!);
  for (const name of ["GET", "SET", "RESETSTAT", "REWRITE", "HELP"]) {
    expect(lines.some((line) => line.split(" ")[0] === name)).toBe(true);
  }
});

test("CONFIG RESETSTAT sets the counters back", async () => {
  using client = await subject.connect();
  await client.raw("GET", "missing");
  await client.raw("NOSUCH");
  const before = (await client.command("INFO", "everything")).text!;
  expect(before).toMatch(/keyspace_misses:[1-9]/);
  expect(before).toMatch(/cmdstat_get:/);
  expect(before).toMatch(/errorstat_ERR:/);
  expect(await client.raw("CONFIG", "RESETSTAT")).toBe("+OK\r\n");
  const after = (await client.command("INFO", "everything")).text!;
  expect(after).toContain("keyspace_misses:0\r\n");
  expect(after).toContain("total_error_replies:0\r\n");
  expect(after).not.toMatch(/cmdstat_get:|errorstat_ERR:/);
});

test("CONFIG SET takes effect: the LFU policy counts, a password locks", async () => {
  await using server = await startServer(subjectKind());
  using client = await server.connect();
  await client.raw("SET", "k", "v");
  expect(await client.raw("OBJECT", "FREQ", "k")).toStartWith("-ERR An LFU maxmemory policy is not selected");
  await client.raw("CONFIG", "SET", "maxmemory-policy", "allkeys-lfu");
  expect(await client.raw("OBJECT", "FREQ", "k")).toMatch(/^:\d+\r\n$/);
  await client.raw("CONFIG", "SET", "requirepass", "pass\xff");
  using stranger = await server.connect();
  expect(await stranger.raw("GET", "k")).toBe("-NOAUTH Authentication required.\r\n");
  expect(await stranger.raw("AUTH", "pass\xff")).toBe("+OK\r\n");
  expect(await stranger.raw("CONFIG", "GET", "requirepass")).toBe("*2\r\n$11\r\nrequirepass\r\n$5\r\npass\xff\r\n");
});

test("CONFIG REWRITE writes the file, comments stay", async () => {
  await using server = await launchReady([], { config: "# mine\nport {port}\nhz 20\n" });
  using client = await server.connect();
  await client.raw("CONFIG", "SET", "hz", "30", "maxmemory", "1gb");
  expect(await client.raw("CONFIG", "REWRITE")).toBe("+OK\r\n");
  const text = readFileSync(join(server.dir, "test.conf"), "utf8");
  expect(text).toStartWith(`# mine\nport ${server.port}\nhz 30\n`);
  expect(text).toContain("\nmaxmemory 1gb\n");
});

test("SHUTDOWN NOSAVE ends the process without an answer", async () => {
  await using server = await launchReady(["--port", "{port}"]);
  using client = await server.connect();
  expect(await client.raw("SHUTDOWN", "SAVE", "NOSAVE")).toBe("-ERR syntax error\r\n");
  expect(await client.raw("SET", "still", "here")).toBe("+OK\r\n");
  client.send("SHUTDOWN NOSAVE\r\n");
  expect(await server.exitCode()).toBe(0);
  expect(await client.untilClosed(1000)).toEqual({ text: "", closed: true });
  expect(await server.printed()).toContain("# Ashlar is now ready to exit, bye bye...\n");
});
