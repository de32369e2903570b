/**
 * Libraries of functions come from a real redis-server, go through all that Ashlar writes, and are the same when they come back.
 */
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RawClient } from "../support/raw-client.ts";
import { type ServerKind, startServer, subjectKind } from "../support/server.ts";

const LIBRARIES = [
  "#!lua name=one\nredis.register_function('ping', function() return 'pong from one' end)",
  `#!lua name=two\n-- ${"long ".repeat(20_000)}\nredis.register_function('two', function() return 2 end)`,
];

/** Runs a server on a directory that outlives it. */
async function withServer(kind: ServerKind, dir: string, args: string[], use: (client: RawClient) => Promise<void>) {
  await using server = await startServer(kind, { args: ["--dir", dir, ...args] });
  using client = await server.connect();
  await use(client);
  client.send("SHUTDOWN SAVE\r\n");
  await client.closed;
  while (server.isRunning()) await Bun.sleep(5);
}

async function ended(client: RawClient, field: string): Promise<void> {
  while (!(await client.raw("INFO", "persistence")).includes(`${field}:0`)) await Bun.sleep(5);
}

for (const [how, ...args] of [
  ["RDB files"],
  ["an AOF with an RDB base", "--appendonly", "yes"],
  ["an AOF with a base of commands", "--appendonly", "yes", "--aof-use-rdb-preamble", "no"],
] as const) {
  test(`through ${how}`, async () => {
    const dir = mkdtempSync(join(tmpdir(), "ashlar-functions-"));
    try {
      let there = "";
      await withServer("redis", dir, [...args], async (client) => {
        for (const code of LIBRARIES) await client.raw("FUNCTION", "LOAD", code);
        // An AOF tells of each of these.
        await client.raw("FUNCTION", "LOAD", LIBRARIES[0]!.replaceAll("one", "gone").replace("ping", "gone"));
        expect(await client.raw("FUNCTION", "DELETE", "gone")).toBe("+OK\r\n");
        const dump = (await client.command("FUNCTION", "DUMP")).text!;
        expect(await client.raw("FUNCTION", "FLUSH")).toBe("+OK\r\n");
        expect(await client.raw("FUNCTION", "RESTORE", dump)).toBe("+OK\r\n");
        expect(await client.raw("FUNCTION", "RESTORE", dump, "REPLACE")).toBe("+OK\r\n");
        expect(await client.raw("FUNCTION", "LOAD", "REPLACE", LIBRARIES[0]!.replace("name=one", 'NAME="one"'))).toBe(
          "$3\r\none\r\n",
        );
        await client.raw("SET", "key", "value");
        there = await client.raw("FUNCTION", "LIST", "LIBRARYNAME", "two", "WITHCODE");
        expect(there).toContain("register_function");
      });
      await withServer(subjectKind(), dir, [...args], async (client) => {
        expect(await client.raw("DEBUG", "RELOAD")).toBe("+OK\r\n");
        await client.raw(...(args.length > 0 ? ["BGREWRITEAOF"] : ["BGSAVE"]));
        await ended(client, "aof_rewrite_in_progress");
        await ended(client, "rdb_bgsave_in_progress");
        expect(await client.raw("GET", "key")).toBe("$5\r\nvalue\r\n");
      });
      await withServer("redis", dir, [...args], async (client) => {
        expect(await client.raw("FUNCTION", "LIST", "LIBRARYNAME", "two", "WITHCODE")).toBe(there);
        expect(await client.raw("FCALL", "ping", "0")).toBe("$13\r\npong from one\r\n");
        expect(await client.raw("FUNCTION", "STATS")).toContain("libraries_count\r\n:2\r\n");
        expect(await client.raw("GET", "key")).toBe("$5\r\nvalue\r\n");
      });
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  }, 60_000);
}
