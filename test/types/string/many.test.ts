import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Beside } from "./beside.ts";

let both: Beside;
beforeAll(async () => {
  both = await Beside.start();
});
afterAll(() => both.stop());

test("MGET, MSET, MSETNX", async () => {
  const past = ["SET", "p", "1", "PXAT", "1"];
  await both.compare([
    ["MSET", "a", "1", "b", "2", "a", "3"],
    ["MGET", "a", "b", "c", "a"],
  ]);
  await both.compare([["LIST", "l"], past, ["MGET", "l", "p", "x"], ["MSET", "l", "1", "p", "2"], ["MGET", "l", "p"]]);
  await both.compare([past, ["MSETNX", "p", "1", "q", "2"], ["MSETNX", "r", "1", "q", "2"], ["MGET", "r"]], 3);
  await both.compare([
    ["LIST", "l"],
    ["MSETNX", "a", "1", "l", "2"],
  ]);
  await both.compare([
    ["SET", "a", "1", "PXAT", "99999999999999"],
    ["MSET", "a", "2"],
  ]);
  await both.compare([["MSET", "a"], ["MSET", "a", "1", "b"], ["MSETNX", "a", "1", "b"], ["MGET"], ["MSETNX", "a"]]);
  const many = Array.from({ length: 500 }, (_, i) => [`key:${i}`, `value:${i}`]);
  await both.compare([
    ["MSET", ...many.flat()],
    ["MGET", ...many.map(([key]) => key!)],
  ]);
});

// Redis 8.4's: what a Redis 7.0 has no answer to.
describe("MSETEX", () => {
  const run = (...step: string[]) => both.here.run(["MSETEX", ...step]).reply;
  const deadline = (key: string) => both.here.state(key)?.deadline;

  test("sets all keys with one deadline", () => {
    both.here.clear();
    const outcome = both.here.run(["MSETEX", "2", "a", "1", "b", "2", "PXAT", "99999999999999"]);
    expect(outcome.reply).toBe(":1\r\n");
    expect(outcome.events).toEqual(["new a", "set a", "expire a", "new b", "set b", "expire b"]);
    expect(outcome.dirty).toBe(2);
    expect(deadline("a")).toBe("99999999999999");
    expect(run("2", "a", "3", "c", "4", "KEEPTTL")).toBe(":1\r\n");
    expect([deadline("a"), deadline("c")]).toEqual(["99999999999999", "-1"]);
    expect(run("1", "a", "5")).toBe(":1\r\n");
    expect(both.here.state("a")).toEqual({ value: "5", encoding: "int", deadline: "-1" });
  });

  test("on condition sets all keys or none", () => {
    both.here.clear();
    both.here.run(["SET", "a", "1"]);
    expect(run("2", "b", "2", "a", "2", "NX")).toBe(":0\r\n");
    expect(run("2", "a", "2", "b", "2", "XX")).toBe(":0\r\n");
    expect(both.here.run(["MGET", "a", "b"]).reply).toBe("*2\r\n$1\r\n1\r\n$-1\r\n");
    expect(run("2", "b", "2", "c", "2", "EX", "10", "nx")).toBe(":1\r\n");
    expect(run("3", "a", "3", "b", "3", "c", "3", "xx")).toBe(":1\r\n");
  });

  test("refuses what it cannot read", () => {
    for (const count of ["a", "0", "-1", "2147483648", ""]) {
      expect(run(count, "k", "v")).toBe("-ERR invalid numkeys value\r\n");
    }
    expect(run("2147483647", "k", "v", "EX", "1")).toBe("-ERR wrong number of key-value pairs\r\n");
    for (const options of [["NX", "XX"], ["EX", "1", "PX", "1"], ["EX"], ["GET"], ["PERSIST"], ["what"]]) {
      expect(run("1", "k", "v", ...options)).toBe("-ERR syntax error\r\n");
    }
    expect(run("1", "k", "v", "EX", "0")).toBe("-ERR invalid expire time in 'msetex' command\r\n");
    expect(run("1", "k", "v", "EX", "x")).toBe("-ERR value is not an integer or out of range\r\n");
    expect(run("1", "k")).toBe("-ERR wrong number of arguments for 'msetex' command\r\n");
  });
});
