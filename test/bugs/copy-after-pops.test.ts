/**
 * Pops look ahead for members and their slots. COPY of that set, right afterwards, found the slots of the original: the copy shared
 * a member with it, which was freed twice.
 */
import { expect, test } from "bun:test";
import { auditAll } from "../../src/keyspace/audit.ts";
import { LocalClient, openStore } from "../support/in-process.ts";

test("a copy of a sorted set that was popped from shares nothing with it", () => {
  openStore();
  const client = new LocalClient();
  client.raw("FLUSHALL");
  for (const name of ["ZPOPMAX", "ZPOPMIN"]) {
    client.raw("DEL", "a");
    for (let score = 0; score < 8; score++) client.raw("ZADD", "a", String(score), `m${score}`);
    // A long member makes it a tree. With so few, neither its table nor that of the copy changes its slots.
    client.raw("ZADD", "a", name === "ZPOPMAX" ? "99" : "-99", "long".repeat(20));
    for (let i = 0; i < 3; i++) client.raw(name, "a");
    expect(client.raw("COPY", "a", "b", "REPLACE")).toBe(":1\r\n");
    for (let i = 0; i < 3; i++) expect(client.raw(name, "b")).toBe(client.raw(name, "a"));
    expect(auditAll()).toEqual([]);
  }
  client.raw("FLUSHALL");
});
