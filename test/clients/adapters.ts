/**
 * The client libraries that people use, behind one small interface, so that one suite (`clients.test.ts`) asks the same of
 * each. Every method goes through the library's own way of doing it: its pipeline, its iterator, its hash methods.
 */
import { RedisClient } from "bun";
import { Redis } from "ioredis";
import { createClient, RESP_TYPES } from "redis";

export interface Connection {
  /** Any command; errors are rejections. */
  command(name: string, ...args: string[]): Promise<unknown>;
  setBytes(key: string, value: Buffer): Promise<unknown>;
  getBytes(key: string): Promise<Buffer | null>;
  setHash(key: string, fields: Record<string, string>): Promise<unknown>;
  getHash(key: string): Promise<Record<string, string>>;
  /** Several commands in one go; an error is a value among the replies. */
  pipeline(commands: string[][]): Promise<unknown[]>;
  scanKeys(pattern: string): Promise<string[]>;
  scanHash(key: string): Promise<Record<string, string>>;
  close(): void;
}

export interface ClientAdapter {
  name: string;
  connect(port: number, password?: string): Promise<Connection>;
}

function ioredisAdapter(protocol: 2 | 3): ClientAdapter {
  return {
    name: `ioredis, RESP${protocol}`,
    async connect(port, password) {
      const options = { port, protocol, lazyConnect: true, retryStrategy: () => 50, ...(password && { password }) };
      const client = new Redis(options);
      client.on("error", () => {}); // a lost connection is part of the tests
      await client.connect();
      return {
        command: (name, ...args) => client.call(name, ...args),
        setBytes: (key, value) => client.set(key, value),
        getBytes: (key) => client.getBuffer(key),
        setHash: (key, fields) => client.hset(key, fields),
        getHash: (key) => client.hgetall(key),
        async pipeline(commands) {
          const pipeline = client.pipeline();
          for (const [name = "", ...args] of commands) pipeline.call(name, ...args);
          const replies = await pipeline.exec();
          return (replies ?? []).map(([error, reply]) => error ?? reply);
        },
        async scanKeys(match) {
          const keys: string[] = [];
          for await (const page of client.scanStream({ match, count: 7 })) keys.push(...(page as string[]));
          return keys;
        },
        async scanHash(key) {
          const flat: string[] = [];
          for await (const page of client.hscanStream(key, { count: 7 })) flat.push(...(page as string[]));
          return fromPairs(flat);
        },
        close: () => client.disconnect(),
      };
    },
  };
}

function nodeRedisAdapter(protocol: 2 | 3): ClientAdapter {
  return {
    name: `node-redis, RESP${protocol}`,
    async connect(port, password) {
      const client = createClient({
        RESP: protocol,
        socket: { host: "127.0.0.1", port, reconnectStrategy: () => 50 },
        ...(password && { password }),
      });
      client.on("error", () => {}); // a lost connection is part of the tests
      await client.connect();
      const inBytes = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
      return {
        command: (name, ...args) => client.sendCommand([name, ...args]),
        setBytes: (key, value) => client.set(key, value),
        getBytes: (key) => inBytes.get(key) as Promise<Buffer | null>,
        setHash: (key, fields) => client.hSet(key, fields),
        async getHash(key) {
          return { ...(await client.hGetAll(key)) };
        },
        async pipeline(commands) {
          const replies = await Promise.allSettled(commands.map((command) => client.sendCommand(command)));
          return replies.map((reply) => (reply.status === "fulfilled" ? reply.value : reply.reason));
        },
        async scanKeys(MATCH) {
          const keys: string[] = [];
          for await (const page of client.scanIterator({ MATCH, COUNT: 7 })) keys.push(...page);
          return keys;
        },
        async scanHash(key) {
          const fields: Record<string, string> = {};
          for await (const page of client.hScanIterator(key, { COUNT: 7 })) {
            for (const { field, value } of page) fields[field] = value;
          }
          return fields;
        },
        close: () => client.destroy(),
      };
    },
  };
}

/** Bun's client speaks RESP3 only. */
const bunAdapter: ClientAdapter = {
  name: "Bun's RedisClient, RESP3",
  async connect(port, password) {
    const client = new RedisClient(`redis://${password ? `:${encodeURIComponent(password)}@` : ""}127.0.0.1:${port}`);
    await client.connect();
    return {
      command: (name, ...args) => client.send(name, args),
      setBytes: (key, value) => client.set(key, value),
      async getBytes(key) {
        const bytes = await client.getBuffer(key);
        return bytes === null ? null : Buffer.from(bytes);
      },
      setHash: (key, fields) => client.hset(key, fields),
      getHash: (key) => client.hgetall(key),
      async pipeline(commands) {
        const replies = await Promise.allSettled(commands.map(([name = "", ...args]) => client.send(name, args)));
        return replies.map((reply) => (reply.status === "fulfilled" ? reply.value : reply.reason));
      },
      scanKeys: (pattern) => walk((cursor) => client.scan(cursor, "MATCH", pattern, "COUNT", 7)),
      async scanHash(key) {
        return fromPairs(await walk((cursor) => client.hscan(key, cursor, "COUNT", 7)));
      },
      close: () => client.close(),
    };
  },
};

export const ADAPTERS: ClientAdapter[] = [
  ioredisAdapter(2),
  ioredisAdapter(3),
  nodeRedisAdapter(2),
  nodeRedisAdapter(3),
  bunAdapter,
];

async function walk(page: (cursor: string) => Promise<[string, string[]]>): Promise<string[]> {
  const all: string[] = [];
  let cursor = "0";
  do {
    const [next, elements] = await page(cursor);
    all.push(...elements);
    cursor = next;
  } while (cursor !== "0");
  return all;
}

function fromPairs(flat: string[]): Record<string, string> {
  const fields: Record<string, string> = {};
  for (let i = 0; i < flat.length; i += 2) fields[flat[i]!] = flat[i + 1]!;
  return fields;
}
