/** What happens while nobody asks: keys expire, memory is given back, and somebody who does ask is served meanwhile. */
import { expect, test } from "bun:test";
import type { RawClient } from "../support/raw-client.ts";
import { encodeCommand } from "../support/resp.ts";
import { startServer, subjectKind } from "../support/server.ts";

const PATIENCE_MS = 20_000;

async function field(client: RawClient, section: string, name: string): Promise<number> {
  return Number(new RegExp(`^${name}:(\\d+)`, "m").exec((await client.command("INFO", section)).text!)![1]);
}

async function becomes(wanted: number, read: () => Promise<number>): Promise<void> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  while ((await read()) !== wanted && performance.now() < giveUpAt) await Bun.sleep(20);
  expect(await read()).toBe(wanted);
}

test("keys expire in an idle server, in every database, and a deadline that is set earlier is not missed", async () => {
  await using server = await startServer(subjectKind());
  using client = await server.connect();
  for (const database of ["0", "3", "15"]) {
    await client.raw("SELECT", database);
    for (let i = 0; i < 50; i++) {
      client.send(
        encodeCommand(["SET", `late${i}`, "v", "PX", "100000"]) + encodeCommand(["SET", `k${i}`, "v", "PX", "300"]),
      );
    }
    client.send(encodeCommand(["PEXPIRE", "late0", "200"]));
    await client.replies(101);
  }
  await becomes(3 * 51, () => field(client, "stats", "expired_keys"));
  expect((await client.command("INFO", "keyspace")).text).toContain("db3:keys=49,expires=49");
});

test("a large database is taken apart in slices, and its pages go back to the kernel", async () => {
  await using server = await startServer(subjectKind());
  using client = await server.connect();
  using witness = await server.connect();
  await client.raw("PING");
  const before = server.residentBytes();
  await client.raw("DEBUG", "POPULATE", "300000", "key", "100");
  const filled = server.residentBytes();
  expect(filled - before).toBeGreaterThan(30e6);
  expect(await client.raw("FLUSHALL", "ASYNC")).toBe("+OK\r\n");
  const seen: number[] = [];
  for (const giveUpAt = performance.now() + PATIENCE_MS; performance.now() < giveUpAt; ) {
    seen.push(await field(witness, "memory", "lazyfree_pending_objects"));
    if (seen.at(-1) === 0) break;
  }
  expect(seen.at(-1)).toBe(0);
  expect(new Set(seen).size).toBeGreaterThan(2); // served in between
  const giveUpAt = performance.now() + PATIENCE_MS;
  while (server.residentBytes() - before > 20e6 && performance.now() < giveUpAt) await Bun.sleep(50);
  expect(server.residentBytes() - before).toBeLessThan(20e6);
}, 60_000);
