/**
 * What we tell is what a real redis-server writes to its AOF, command for command and byte for byte: the oracle's random
 * commands are sent to both. Times may differ a little, for the two read two clocks. What we tell beyond Redis, and what
 * chance decides, is not asked here: `isAsked` says what that is; replay.test.ts shows that it is right.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { install } from "../../src/base/env.ts";
import { type Parameter, Refusal } from "../../src/base/parameter.ts";
import * as blocking from "../../src/command/blocking.ts";
import { transactions } from "../../src/features/transactions/transactions.ts";
import { features } from "../../src/features.ts";
import { parameters as keyspaceParameters } from "../../src/keyspace/parameters.ts";
import { generateCase } from "../oracle/generate.ts";
import { FEEDING, TRANSACTIONS, WAITING } from "../oracle/rows/interleaved.ts";
import { LocalClient, openStore } from "../support/in-process.ts";
import { seededRandom, seedOfRun } from "../support/random.ts";
import type { RawClient } from "../support/raw-client.ts";
import { encodeCommand, printable } from "../support/resp.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { WaitingClient } from "../support/waiting-client.ts";
import { commandOf, oracleRows, weighted } from "./commands.ts";
import { type Command, commandsOf, Recording } from "./recording.ts";

const seed = seedOfRun();
const CASES = Number(process.env["CASES"] ?? 30);
const CASE_LENGTH = 4000;
const TOLERANCE_MS = 5000;

const LONG_AGO = 1_000_000_000_000;
const SESSION_COMMANDS = [
  "multi",
  "exec",
  "discard",
  "watch",
  "unwatch",
  "select",
  "reset",
  "flushall",
  "flushdb",
  "swapdb",
];
const NAMES = [...new Set([...oracleRows.map(({ name }) => name.toLowerCase()), ...SESSION_COMMANDS])];

let redis: TestServer;
/** The file that Redis writes, and how much of it was read. */
let file: number;
let readTo = 0;

beforeAll(async () => {
  openStore();
  transactions.open?.();
  install();
  redis = await startServer("redis", {
    args: [
      "--appendonly",
      "yes",
      "--aof-use-rdb-preamble",
      "no",
      "--appendfsync",
      "no",
      "--auto-aof-rewrite-percentage",
      "0",
    ],
  });
  file = openSync(join(redis.dir, "appendonlydir", "appendonly.aof.1.incr.aof"), "r");
});
afterAll(async () => {
  closeSync(file);
  await redis.stop();
});

/** What Redis has written since it was asked last. It writes before it answers. */
function written(): Command[] {
  const bytes = new Uint8Array(statSync(join(redis.dir, "appendonlydir", "appendonly.aof.1.incr.aof")).size - readTo);
  readSync(file, bytes, 0, bytes.length, readTo);
  readTo += bytes.length;
  return commandsOf(bytes);
}

/** Told of a PFADD that failed in the middle, because the string was none of its own: Redis does not tell what it had changed. */
const isTorn = (args: readonly string[]) => args[2]?.startsWith("HYLL") === true && args[3] === "KEEPTTL";

/** What is told without those; a transaction of which one command is left is none any more. */
function withoutTorn(commands: readonly Command[]): Command[] {
  const left = commands.filter((command) => !isTorn(command));
  if (left.length === commands.length) return left;
  const isAlone = (i: number) => left[i - 1]?.[0] === "MULTI" && left[i + 1]?.[0] === "EXEC";
  return left.filter((_, i) => !isAlone(i + 1) && !isAlone(i - 1));
}

/** Whether two servers have to tell the same of a command. */
function isAsked(args: readonly string[]): boolean {
  const words = args.map((word) => word.toLowerCase());
  switch (words[0]) {
    case "scan":
    case "randomkey":
    // Which keys past their deadlines they come upon is chance.
    case "spop":
      return false;
    case "set":
      return !isTorn(args);
    case "bitfield":
      // Redis does not tell that a string has become longer, if the number did not fit.
      return !words.includes("fail");
    case "xreadgroup": {
      // That a consumer reads its history again, we tell.
      const streams = words.slice(words.indexOf("streams") + 1);
      return streams.slice(streams.length >> 1).every((id) => id === ">");
    }
    case "xclaim":
      // And how many entries a group has read.
      return !words.includes("lastid");
    default:
      return true;
  }
}

/** Whether two words differ in the clock at most. */
function isSame(a: string, b: string): boolean {
  if (a === b) return true;
  const [ours, theirs] = [Number(a), Number(b)];
  return ours > LONG_AGO && Math.abs(ours - theirs) < TOLERANCE_MS;
}

const isSameCommand = (a: Command, b: Command) => a.length === b.length && a.every((word, i) => isSame(word, b[i]!));

/** Where the two parted, for people; undefined when nowhere. */
function firstDifference(ours: readonly Command[], theirs: readonly Command[]): string | undefined {
  for (let i = 0; i < Math.max(ours.length, theirs.length); i++) {
    if (i < ours.length && i < theirs.length && isSameCommand(ours[i]!, theirs[i]!)) continue;
    const show = (commands: readonly Command[]) =>
      commands
        .slice(Math.max(0, i - 3), i + 4)
        .map((command) => command.map((word) => printable(word, 50)).join(" "))
        .join("\n  ");
    return `at command ${i}, ashlar told\n  ${show(ours)}\nredis\n  ${show(theirs)}`;
  }
  return undefined;
}

const parameters = new Map<string, Parameter>(
  [...keyspaceParameters, ...features.flatMap((feature) => feature.parameters ?? [])].map((each) => [each.name, each]),
);

async function setAll(client: RawClient, settings: Record<string, string>): Promise<void> {
  for (const [name, value] of Object.entries(settings)) {
    await client.raw("CONFIG", "SET", name, value);
    const parameter = parameters.get(name);
    if (parameter === undefined) throw new Error(`no parameter ${name}`);
    const parsed = parameter.parse([value]);
    if (parsed instanceof Refusal) throw new Error(parsed.reason);
    parameter.store(parsed);
  }
}

test(`what is told of commands is what Redis writes of them (SEED=${seed})`, async () => {
  let told = 0;
  for (let number = 0; number < CASES; number++) {
    const caseSeed = (seed + Math.imul(number, 0x9e3779b1)) >>> 0;
    const random = seededRandom(caseSeed);
    const { settings, steps } = generateCase(caseSeed, CASE_LENGTH, NAMES);
    settings["lazyfree-lazy-expire"] = random.pick(["yes", "no", "no"]);
    settings["lazyfree-lazy-user-del"] = random.pick(["yes", "no"]);
    const theirs = [await redis.connect(), await redis.connect()] as const;
    const ours = [new LocalClient(), new LocalClient()] as const;
    await theirs[0].raw("FLUSHALL");
    await theirs[0].raw("DEBUG", "SET-ACTIVE-EXPIRE", "0");
    await setAll(theirs[0], settings);
    ours[0].raw("FLUSHALL");
    written();
    await theirs[0].raw("SELECT", "9");
    for (const words of [
      ["SELECT", "9"],
      ["SET", "begin", "0"],
      ["SELECT", "0"],
    ]) {
      await theirs[0].raw(...words);
    }
    const recording = new Recording();
    for (const words of [
      ["SELECT", "9"],
      ["SET", "begin", "0"],
      ["SELECT", "0"],
    ])
      ours[0].raw(...words);
    await theirs[1].raw("HELLO", "3");
    ours[1].raw("HELLO", "3");
    const asked = steps.filter(({ args }) => isAsked(args));
    for (let i = 0; i < asked.length; ) {
      const { connection } = asked[i]!;
      let end = i;
      let wire = "";
      for (; end < asked.length && asked[end]!.connection === connection; end++)
        wire += encodeCommand(asked[end]!.args);
      theirs[connection].send(wire);
      for (let k = i; k < end; k++) ours[connection].raw(...asked[k]!.args);
      await theirs[connection].replies(end - i);
      i = end;
    }
    recording.stop();
    const commands = withoutTorn(recording.take());
    told += commands.length;
    for (const client of theirs) client.close();
    const redisTold = written();
    if (redisTold[0]?.[0] !== "SELECT") redisTold.unshift(["SELECT", "9"]);
    const difference = firstDifference(commands, redisTold);
    if (difference !== undefined) throw new Error(`SEED=${caseSeed} CASES=1: ${difference}`);
  }
  console.log(`${CASES * CASE_LENGTH} commands asked, ${told} told`);
  expect(told).toBeGreaterThan(CASES * 500);
}, 900_000);

const WAITERS = 4;
const anyWaiting = weighted([...WAITING, ...WAITING, ...FEEDING, ...TRANSACTIONS]);
const anyFeeding = weighted([...FEEDING, ...TRANSACTIONS]);

test(`what is told of clients that wait is what Redis writes of them (SEED=${seed})`, async () => {
  const random = seededRandom(seed);
  let told = 0;
  let waits = 0;
  for (let number = 0; number < CASES * 2; number++) {
    const theirs = await Promise.all(Array.from({ length: WAITERS + 2 }, () => redis.connect()));
    const ours = theirs.map(() => new WaitingClient());
    const observer = theirs.pop()!;
    ours.pop();
    await observer.raw("FLUSHALL");
    ours[0]!.raw("FLUSHALL");
    written();
    const recording = new Recording();
    for (let step = 0; step < 600; step++) {
      const at = random.chance(0.5) ? WAITERS : random.below(WAITERS);
      const args = commandOf(at === WAITERS ? anyFeeding(random) : anyWaiting(random), random);
      if (ours[at]!.isWaiting() || !isAsked(args)) continue;
      ours[at]!.raw(...args);
      if (ours[at]!.isWaiting()) waits++;
      theirs[at]!.send(encodeCommand(args));
      for (let i = 0; i < 2; i++) await observer.raw("PING");
    }
    for (const client of ours) blocking.stopWaiting(client.session);
    recording.stop();
    for (const client of theirs) client.close();
    observer.close();
    const commands = recording.take();
    told += commands.length;
    const redisTold = written();
    // The file goes on where the case before has left it.
    if (redisTold[0]?.[0] !== "SELECT") commands.shift();
    const difference = firstDifference(commands, redisTold);
    if (difference !== undefined) throw new Error(`case ${number} of SEED=${seed}: ${difference}`);
  }
  console.log(`${waits} commands waited, ${told} commands told`);
  expect(waits).toBeGreaterThan(CASES * 2);
}, 900_000);
