/**
 * INFO has the real server's sections and lines, in its order, and true numbers; LATENCY, TIME, LOLWUT and CONFIG
 * RESETSTAT beside it.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { RawClient } from "../../support/raw-client.ts";
import { startServer, type TestServer } from "../../support/server.ts";

let ashlar: TestServer;
let redis: TestServer;

beforeAll(async () => {
  [ashlar, redis] = await Promise.all([startServer("source"), startServer("redis")]);
});
afterAll(() => Promise.all([ashlar.stop(), redis.stop()]));

/** Lines that only we have. */
const OURS = ["ashlar_version", "expire_lag_p50_ms", "expire_lag_p99_ms", "expire_lag_max_ms"];

async function info(client: RawClient, ...sections: string[]): Promise<string> {
  return (await client.command("INFO", ...sections)).text!;
}

async function field(client: RawClient, name: string): Promise<string> {
  return new RegExp(`^${name}:(.*)\r$`, "m").exec(await info(client, "everything"))![1]!;
}

/** Headings and names of lines, empty lines included; values left out. */
const outline = (text: string): string[] =>
  text
    .split("\r\n")
    .map((line) => line.replace(/:.*/, ""))
    .filter((name) => !OURS.includes(name));

test("has the real server's sections and lines", async () => {
  using ours = await ashlar.connect();
  using theirs = await redis.connect();
  const questions = [
    [],
    ["default"],
    ["server", "Clients"],
    ["keyspace", "modules", "cpu"],
    ["nosuch"],
    ["nosuch", "stats"],
    ["replication", "default"],
    ["memory", "memory"],
  ];
  for (const sections of questions) {
    const asked = `INFO ${sections.join(" ")}`;
    const [our, their] = [await info(ours, ...sections), await info(theirs, ...sections)];
    expect([asked, ...outline(our)]).toEqual([asked, ...outline(their)]);
  }
  for (const all of ["all", "everything"]) {
    const headings = (text: string): string[] => text.match(/^#.*/gm)!;
    expect(headings(await info(ours, all))).toEqual(headings(await info(theirs, all)));
  }
});

test("lines of commands and errors have the real form", async () => {
  using ours = await ashlar.connect();
  using theirs = await redis.connect();
  const withoutTimes = (text: string): string[] =>
    text
      .replace(/(usec|usec_per_call)=[\d.]+/g, "$1=*")
      .replace(/(p[\d.]+)=\d+\.\d{3}/g, "$1=*")
      .split("\r\n")
      .filter((line) => /_(set|get|ping|select|info):|errorstat_/.test(line))
      .sort();
  const answers: string[][] = [];
  for (const client of [ours, theirs]) {
    const config = client === theirs ? ["CONFIG", "RESETSTAT"] : undefined;
    if (config) await client.command(...config);
    for (const line of ["SET k v", "SET k v x", "GET k", "GET", "SELECT 99", "PING", "NOSUCH"]) {
      await client.command(...line.split(" "));
    }
    answers.push(withoutTimes(await info(client, "commandstats", "errorstats", "latencystats")));
  }
  const counted = answers[0]!.filter((line) => !/ping|info/.test(line));
  expect(counted).toEqual(answers[1]!.filter((line) => !/ping|info/.test(line)));
  expect(counted.length).toBeGreaterThan(5);
});

test("counts what happens", async () => {
  using client = await ashlar.connect();
  const before = Number(await field(client, "total_commands_processed"));
  const hits = Number(await field(client, "keyspace_hits"));
  await client.command("SET", "counted", "x");
  await client.command("GET", "counted");
  await client.command("GET", "counted");
  expect(Number(await field(client, "total_commands_processed"))).toBe(before + 5);
  expect(Number(await field(client, "keyspace_hits"))).toBe(hits + 2);
  expect(await field(client, "db0")).toMatch(/^keys=\d+,expires=\d+,avg_ttl=\d+$/);
  expect(Number(await field(client, "used_memory_rss"))).toBeGreaterThan(1e6);
  expect(Number(await field(client, "total_net_input_bytes"))).toBeGreaterThan(100);
  expect(await field(client, "master_replid")).toMatch(/^[0-9a-f]{40}$/);
});

test("tells how many commands run per second", async () => {
  using client = await ashlar.connect();
  let perSecond = 0;
  for (let i = 0; i < 100 && perSecond === 0; i++) {
    client.send("PING\r\n".repeat(200));
    await client.replies(200);
    perSecond = Number(await field(client, "instantaneous_ops_per_sec"));
    await Bun.sleep(20);
  }
  expect(perSecond).toBeGreaterThan(0);
});

test("LATENCY HISTOGRAM counts every call once, in growing bounds", async () => {
  using client = await ashlar.connect();
  await client.command("HELLO", "3");
  for (let i = 0; i < 50; i++) await client.command("STRLEN", "k");
  const [name, histogram] = (await client.command("LATENCY", "HISTOGRAM", "strlen", "nosuch")).items!;
  expect(name!.text).toBe("strlen");
  const [, calls, , bounds] = histogram!.items!;
  const numbers = bounds!.items!.map(({ text }) => Number(text));
  const counts = numbers.filter((_, i) => i % 2 === 1);
  expect(calls!.text).toBe("50");
  expect(counts.at(-1)).toBe(50);
  expect(counts).toEqual([...new Set(counts)].sort((a, b) => a - b));
  const known = [1, 2, 4, 8, 16, 33, 66, 132, 264, 528, 1056, 2113, 4227, 8454, 16909, 33818, 67637];
  for (const bound of numbers.filter((_, i) => i % 2 === 0)) expect(known).toContain(bound);
  expect((await client.command("LATENCY", "HISTOGRAM", "nosuch")).items).toEqual([]);
});

test("TIME goes forward, and is the real one", async () => {
  using client = await ashlar.connect();
  let last = 0;
  for (let i = 0; i < 200; i++) {
    const [seconds, micros] = (await client.command("TIME")).items!.map(({ text }) => Number(text));
    expect(micros!).toBeLessThan(1e6);
    const now = seconds! * 1e6 + micros!;
    expect(now).toBeGreaterThanOrEqual(last);
    last = now;
  }
  expect(Math.abs(last / 1000 - Date.now())).toBeLessThan(60_000);
});

test("LOLWUT ends with the version", async () => {
  using client = await ashlar.connect();
  expect((await client.command("LOLWUT")).text).toEndWith("\nRedis ver. 7.0.15\n");
  expect((await client.command("LOLWUT", "VERSION", "5", "10", "2")).text!.split("\n")[0]).toBe("_".repeat(10));
  expect(await client.raw("LOLWUT", "VERSION", "x")).toBe("-ERR value is not an integer or out of range\r\n");
});
