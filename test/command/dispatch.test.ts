/**
 * A batch answers what its commands would answer one by one: prefetching, hashes computed ahead and slot hints change
 * nothing. The same random commands run in batches and then singly, on an empty store each time.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { install } from "../../src/base/env.ts";
import { dispatch } from "../../src/command/dispatch.ts";
import { Session } from "../../src/command/session.ts";
import * as lazyFree from "../../src/keyspace/lazy-free.ts";
import { BATCH_COMMANDS, Batch, parse, Torn } from "../../src/resp/parser.ts";
import { Reply } from "../../src/resp/reply.ts";
import { FakeClock, openStore } from "../support/in-process.ts";
import { type Random, seededRandom, seedOfRun } from "../support/random.ts";
import { encodeCommand, latin1, replyEnd } from "../support/resp.ts";

const seed = seedOfRun();
let clock: FakeClock;
beforeAll(() => {
  openStore();
  clock = new FakeClock(1_700_000_000_000);
});
afterAll(() => install());

/** Runs commands in one request, and returns the reply of each. */
function run(session: Session, commands: readonly string[][]): string[] {
  const bytes = new Uint8Array(Buffer.from(commands.map(encodeCommand).join(""), "latin1"));
  const batch = new Batch();
  const reply = new Reply();
  reply.protocol = session.protocol;
  let from = 0;
  for (let more = true; more && !session.closing; from = batch.consumed) {
    more = parse(batch, bytes, from, bytes.length, new Torn(), true);
    dispatch(session, batch, reply);
  }
  const replies: string[] = [];
  for (let at = 0; at < reply.length; ) {
    const end = replyEnd(reply.bytes, at, reply.length);
    replies.push(latin1(reply.bytes, at, end));
    at = end;
  }
  return replies;
}

function command(random: Random, keys: number): string[] {
  const key = `key:${random.below(keys)}`;
  const other = `key:${random.below(keys)}`;
  const field = `field:${random.below(700)}`;
  const big = `big:${random.below(2)}`;
  const value = "v".repeat(random.below(60)) + random.below(1000);
  if (random.chance(0.004)) {
    return random.pick([
      ["FLUSHDB"],
      ["SWAPDB", "0", "1"],
      ["SELECT", "1"],
      ["SELECT", "0"],
      ["DEL", "big:0", "big:1"],
    ]);
  }
  // EXEC runs a batch within a batch: what was prepared for the outer one must not mislead it afterwards.
  if (random.chance(0.06)) return [random.pick(["MULTI", "EXEC", "EXEC"])];
  return random.pick([
    ["SET", key, value],
    ["SET", key, value],
    ["SET", key, value, "PX", "40"],
    ["GET", key],
    ["GET", other],
    ["MGET", key, other, key],
    ["MSET", key, value, other, "x"],
    ["DEL", key],
    ["DEL", key, other, key],
    ["EXISTS", key, other, "none"],
    ["APPEND", key, "tail"],
    ["RENAME", key, other],
    ["INCR", `n:${random.below(5)}`],
    ["HSET", big, field, value],
    ["HSET", big, field, value, `field:${random.below(700)}`, value],
    ["HGET", big, field],
    ["HMGET", big, field, "field:1", "none"],
    ["HDEL", big, field],
    ["HGET", key, field],
    ["NOSUCH", key],
    ["GET"],
    ["TYPE", key],
  ]);
}

describe("in batches and one by one, the answers are the same", () => {
  for (const [keys, commands] of [
    [5, 3000],
    [3000, 12_000],
  ] as const) {
    test(`with ${keys} keys (SEED=${seed})`, () => {
      const random = seededRandom(seed);
      const bursts: string[][][] = [];
      for (let total = 0; total < commands; ) {
        const burst = Array.from({ length: random.pick([1, 2, 16, 100, 300]) }, () => command(random, keys));
        bursts.push(burst);
        total += burst.length;
      }
      const answers = [true, false].map((batched) => {
        const session = new Session();
        run(session, [["FLUSHALL"], ["SELECT", "0"]]);
        while (!lazyFree.step(1000));
        clock.set(1_700_000_000_000);
        const replies = bursts.map((burst) => {
          clock.set(clock.ms + 7);
          return batched ? run(session, burst) : burst.flatMap((one) => run(session, [one]));
        });
        return replies;
      });
      bursts.forEach((burst, i) => {
        const at = answers[0]![i]!.findIndex((reply, n) => reply !== answers[1]![i]![n]);
        if (at >= 0) {
          const shown = burst.slice(Math.max(0, at - 3), at + 1).map((one) => one.join(" "));
          expect({ shown, reply: answers[0]![i]![at] }).toEqual({ shown, reply: answers[1]![i]![at] });
        }
        expect(answers[0]![i]!.length).toBe(burst.length);
      });
    }, 60_000);
  }
});

test("a command with more keys than are prefetched is answered whole", () => {
  const session = new Session();
  const pairs = Array.from({ length: 3000 }, (_, i) => [`many:${i}`, String(i)]).flat();
  const keys = pairs.filter((_, i) => i % 2 === 0);
  expect(
    run(session, [
      ["MSET", ...pairs],
      ["EXISTS", ...keys],
      ["DEL", ...keys],
      ["EXISTS", ...keys],
    ]),
  ).toEqual(["+OK\r\n", ":3000\r\n", ":3000\r\n", ":0\r\n"]);
});

test("more commands than a batch holds are all answered, in order", () => {
  const count = BATCH_COMMANDS * 3 + 5;
  const echoes = Array.from({ length: count }, (_, i) => ["ECHO", String(i)]);
  expect(run(new Session(), echoes)).toEqual(echoes.map(([, word]) => `$${word!.length}\r\n${word}\r\n`));
});

test("after QUIT nothing is executed", () => {
  const session = new Session();
  const replies = run(session, [["SET", "q", "1"], ["QUIT"], ["SET", "q", "2"]]);
  expect(replies).toEqual(["+OK\r\n", "+OK\r\n"]);
  expect(session.closing).toBe(true);
  expect(
    run(new Session(), [
      ["GET", "q"],
      ["DEL", "q"],
    ]),
  ).toEqual(["$1\r\n1\r\n", ":1\r\n"]);
});

test("CLIENT REPLY silences what it should, within a batch and across", () => {
  const session = new Session();
  expect(
    run(session, [
      ["CLIENT", "REPLY", "SKIP"],
      ["PING", "a"],
      ["PING", "b"],
    ]),
  ).toEqual(["$1\r\nb\r\n"]);
  expect(
    run(session, [
      ["PING", "0"],
      ["CLIENT", "REPLY", "OFF"],
      ["PING", "1"],
    ]),
  ).toEqual(["$1\r\n0\r\n"]);
  expect(run(session, [["PING", "2"]])).toEqual([]);
  expect(
    run(session, [
      ["CLIENT", "REPLY", "ON"],
      ["PING", "3"],
    ]),
  ).toEqual(["+OK\r\n", "$1\r\n3\r\n"]);
  expect(run(session, [["CLIENT", "REPLY", "SKIP"]])).toEqual([]);
  expect(
    run(session, [
      ["PING", "4"],
      ["PING", "5"],
    ]),
  ).toEqual(["$1\r\n5\r\n"]);
});

test("the protocol changes in the middle of a batch", () => {
  const replies = run(new Session(), [["GET", "none"], ["HELLO", "3"], ["GET", "none"], ["RESET"], ["GET", "none"]]);
  expect([replies[0], replies[2], replies[4]]).toEqual(["$-1\r\n", "_\r\n", "$-1\r\n"]);
});
