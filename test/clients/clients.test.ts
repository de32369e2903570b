/**
 * Real client libraries against the compiled binary: what their users do every day, the same for each library and
 * protocol. `SUBJECT=redis` runs the suite against a real server, which must pass it too.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { startServer, subjectKind, type TestServer } from "../support/server.ts";
import { ADAPTERS, type Connection } from "./adapters.ts";

const TIMEOUT_MS = 30_000;
const MEGABYTE = 1 << 20;

let server: TestServer;
beforeAll(async () => {
  server = await startServer(subjectKind());
}, TIMEOUT_MS);
afterAll(() => server?.stop());

for (const adapter of ADAPTERS) {
  describe(adapter.name, () => {
    let client: Connection;
    beforeEach(async () => {
      client = await adapter.connect(server.port);
      await client.command("FLUSHALL");
    });
    afterEach(() => client?.close());

    test("stores text, numbers and nothing", async () => {
      expect(await client.command("SET", "name", "Zoë ☃")).toBe("OK");
      expect(await client.command("GET", "name")).toBe("Zoë ☃");
      expect(await client.command("INCRBY", "count", "41")).toBe(41);
      expect(await client.command("INCR", "count")).toBe(42);
      expect(await client.command("GET", "absent")).toBeNull();
      expect(await client.command("SET", "name", "x", "NX")).toBeNull();
      expect(await client.command("MGET", "count", "absent")).toEqual(["42", null]);
    });

    test("returns every byte as it was stored", async () => {
      const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
      await client.setBytes("bytes", everyByte);
      expect(await client.getBytes("bytes")).toEqual(everyByte);
      expect(await client.getBytes("absent")).toBeNull();
      expect(await client.command("STRLEN", "bytes")).toBe(256);
    });

    test(
      "carries 10 MB there and back",
      async () => {
        const large = Buffer.alloc(10 * MEGABYTE, "0123456789abcdef");
        await client.setBytes("large", large);
        const back = await client.getBytes("large");
        expect(back?.length).toBe(large.length);
        expect(back?.equals(large)).toBe(true);
      },
      TIMEOUT_MS,
    );

    test("reads hashes as objects, small and large", async () => {
      for (const size of [1, 3, 1000]) {
        const fields = Object.fromEntries(Array.from({ length: size }, (_, i) => [`field${i}`, `value ${i}`]));
        expect(await client.setHash(`hash${size}`, fields)).toBe(size);
        expect(await client.getHash(`hash${size}`)).toEqual(fields);
        expect(await client.command("HLEN", `hash${size}`)).toBe(size);
      }
      expect(await client.command("HINCRBY", "hash1", "n", "-3")).toBe(-3);
      expect(await client.command("HMGET", "hash3", "field1", "absent")).toEqual(["value 1", null]);
      expect(await client.getHash("absent")).toEqual({});
    });

    test("pipelines, with an error in the middle", async () => {
      const sets = Array.from({ length: 500 }, (_, i) => ["SET", `key${i}`, `${i}`]);
      const replies = await client.pipeline([
        ...sets,
        ["HGET", "key0", "f"],
        ...sets.map(([, key = ""]) => ["GET", key]),
      ]);
      expect(replies.slice(0, 500)).toEqual(Array(500).fill("OK"));
      expect(String(replies[500])).toContain("WRONGTYPE");
      expect(replies.slice(501)).toEqual(Array.from({ length: 500 }, (_, i) => String(i)));
    });

    test("answers two thousand requests at once, in order", async () => {
      const replies = await Promise.all(Array.from({ length: 2000 }, () => client.command("INCR", "counter")));
      expect(replies).toEqual(Array.from({ length: 2000 }, (_, i) => i + 1));
    });

    test("iterates over keys and fields", async () => {
      const names = Array.from({ length: 300 }, (_, i) => `scan:${i}`);
      const fields = Object.fromEntries(names.map((name) => [name, "v"]));
      await client.pipeline(names.map((name) => ["SET", name, "v"]));
      await client.command("SET", "other", "v");
      await client.setHash("hash", fields);
      expect([...new Set(await client.scanKeys("scan:*"))].sort()).toEqual(names.toSorted());
      expect(await client.scanHash("hash")).toEqual(fields);
    });

    test("expires keys", async () => {
      await client.command("SET", "short", "v", "PX", "60");
      await client.command("SET", "long", "v", "EX", "100");
      expect(await client.command("TTL", "long")).toBeWithin(99, 101);
      expect(await client.command("PEXPIRE", "absent", "100")).toBe(0);
      await Bun.sleep(120);
      expect(await client.command("GET", "short")).toBeNull();
      expect(await client.command("DBSIZE")).toBe(1);
      expect(await client.command("PERSIST", "long")).toBe(1);
      expect(await client.command("TTL", "long")).toBe(-1);
    });

    test("rejects with Redis' words, and goes on", async () => {
      await client.command("SET", "text", "abc");
      await expect(client.command("INCR", "text")).rejects.toThrow("value is not an integer or out of range");
      await expect(client.command("HGETALL", "text")).rejects.toThrow(
        "Operation against a key holding the wrong kind of value",
      );
      await expect(client.command("NOSUCH", "a")).rejects.toThrow("unknown command");
      await expect(client.command("GET")).rejects.toThrow("wrong number of arguments for 'get' command");
      expect(await client.command("PING")).toBe("PONG");
    });

    test(
      "connects again when it was thrown out",
      async () => {
        await client.command("SET", "kept", "v");
        using killer = await server.connect();
        await killer.command("CLIENT", "KILL", "TYPE", "normal");
        expect(await retry(() => client.command("GET", "kept"))).toBe("v");
      },
      TIMEOUT_MS,
    );

    test(
      "gives the password",
      async () => {
        await using locked = await startServer(subjectKind(), { args: ["--requirepass", "p ä:ss"] });
        const welcome = await adapter.connect(locked.port, "p ä:ss");
        expect(await welcome.command("SET", "a", "1")).toBe("OK");
        welcome.close();
      },
      TIMEOUT_MS,
    );
  });
}

test(
  "fifty connections work side by side",
  async () => {
    const adapter = ADAPTERS[0]!;
    const clients = await Promise.all(Array.from({ length: 50 }, () => adapter.connect(server.port)));
    await clients[0]!.command("FLUSHALL");
    await Promise.all(clients.map((client) => client.pipeline(Array.from({ length: 100 }, () => ["INCR", "shared"]))));
    expect(await clients[0]!.command("GET", "shared")).toBe("5000");
    for (const client of clients) client.close();
  },
  TIMEOUT_MS,
);

/** The first success, for a client that may still be noticing that its connection is gone. */
async function retry<T>(attempt: () => Promise<T>): Promise<T> {
  for (let left = 40; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0) throw error;
      await Bun.sleep(50);
    }
  }
}
