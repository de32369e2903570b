/**
 * What a HyperLogLog does, sparse and dense, inside its entry and grown out of it: the same commands to Ashlar and to a real
 * redis-server, in both protocols, and every reply and every byte is compared. In this process, each change is announced.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { install } from "../../src/base/env.ts";
import * as events from "../../src/keyspace/events.ts";
import * as mem from "../../src/mem/mem.ts";
import { seededRandom, seedOfRun } from "../support/random.ts";
import type { RawClient } from "../support/raw-client.ts";
import { encodeCommand, latin1, printable } from "../support/resp.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { StrictBarrier } from "../support/strict-barrier.ts";
import { Here } from "../types/string/beside.ts";

const seed = seedOfRun();

const SPARSE = `HYLL\x01${"\0".repeat(10)}\x80`;
/** Each kind of HyperLogLog: how it is made. */
const FORMS: Record<string, string[][]> = {
  empty: [["PFADD", "h"]],
  sparse: [["PFADD", "h", ..."abcdefghijklmnopqrstuvwxyz"]],
  "sparse, and written by somebody": [["SET", "h", `${SPARSE}\x7f\xff`]],
  dense: [
    ["PFADD", "h", ..."abcdefghijklmnopqrstuvwxyz"],
    ["PFDEBUG", "TODENSE", "h"],
  ],
  // Opcodes of one register each: 16,384 bytes, and an end that makes the string lie outside of its entry.
  "too long for what it says": [["SET", "h", `${SPARSE}${"\0".repeat(40_000)}`]],
};

let ashlar: TestServer;
let redis: TestServer;
beforeAll(async () => {
  [ashlar, redis] = await Promise.all([startServer("source"), startServer("redis")]);
});
afterAll(async () => {
  await Promise.all([ashlar?.stop(), redis?.stop()]);
});

/** Sends the same to both, and throws where the replies differ. */
async function same(ours: RawClient, theirs: RawClient, ...args: string[]): Promise<void> {
  const wire = encodeCommand(args);
  const [text, wanted] = await Promise.all(
    [ours, theirs].map(async (client) => {
      client.send(wire);
      return latin1((await client.replies(1))[0]!);
    }),
  );
  if (text === wanted) return;
  throw new Error(`${args.map((arg) => printable(arg)).join(" ")}\n${printable(text!)}\n${printable(wanted!)}`);
}

for (const [name, make] of Object.entries(FORMS)) {
  for (const protocol of ["2", "3"]) {
    test(`one that is ${name}, in RESP${protocol} (SEED=${seed})`, async () => {
      const random = seededRandom(seed);
      using ours = await ashlar.connect();
      using theirs = await redis.connect();
      const run = (...args: string[]) => same(ours, theirs, ...args);
      await Promise.all([ours, theirs].map((client) => client.command("HELLO", protocol)));
      await run("FLUSHALL");
      await run("RPUSH", "list", "x");
      for (const args of make) await run(...args);
      for (let round = 0; round < 60; round++) {
        await run("PFCOUNT", "h");
        await run("PFADD", "h", ...Array.from({ length: random.below(round) }, () => `e${random.below(3000)}`));
        await run("PFADD", `o${random.below(3)}`, random.bytes(random.below(20)));
        await run("PFCOUNT", "h", `o${random.below(4)}`, `o${random.below(4)}`);
        await run("PFMERGE", `o${random.below(3)}`, "h", `o${random.below(4)}`);
        for (const key of ["h", "o0", "o1", "o2"]) await run("GET", key);
        await run("OBJECT", "ENCODING", "h");
        await run("PFDEBUG", random.pick(["ENCODING", "DECODE", "decode", "x"]), random.pick(["h", "o0", "none"]));
      }
      for (const command of ["PFADD", "PFCOUNT", "PFMERGE"]) {
        for (const tail of [[], ["list"], ["list", "h"], ["h", "list"], ["none", "none"], ["fresh"]]) {
          await run(command, ...tail);
        }
      }
      await run("PFDEBUG", "GETREG", "h");
      await run("PFDEBUG", "ENCODING", "list");
      await run("PFDEBUG", "ENCODING");
      await run("PFDEBUG", "ENCODING", "h", "x");
      await run("DEBUG", "DIGEST");
    }, 30_000);
  }
}

describe("changes are announced", () => {
  let here: Here;
  beforeAll(() => {
    here = new Here();
  });
  afterAll(() => {
    here.clear();
    install();
    events.hooks.event = undefined;
    mem.setPoison(false);
  });

  for (const [name, make] of Object.entries(FORMS)) {
    test(`by one that is ${name} (SEED=${seed})`, () => {
      const random = seededRandom(seed);
      here.clear();
      const empty = mem.used.blocks;
      for (const step of make) here.run(step);
      const barrier = new StrictBarrier(() => new Set(["h", "o"].map((key) => here.entryOf(key))));
      const run = (...step: string[]) => barrier.watch(step.join(" ").slice(0, 60), () => here.run(step).reply);
      for (let round = 0; round < 40; round++) {
        run("PFADD", "h", ...Array.from({ length: random.below(60) }, () => `e${random.below(3000)}`));
        run("PFCOUNT", "h");
        run("PFMERGE", random.pick(["o", "h"]), "h", "o");
        run("PFCOUNT", "h", "o");
        run("PFDEBUG", random.pick(["DECODE", "ENCODING"]), "h");
      }
      expect(run("PFDEBUG", "TODENSE", "h")).toMatch(/^(:[01]|-INVALIDOBJ)/);
      expect(run("PFADD", "h", "a", "b", "c")).toMatch(/^(:[01]|-INVALIDOBJ)/);
      here.clear();
      expect(mem.used.blocks).toBe(empty);
    });
  }
});
