/**
 * XREADGROUP CLAIM (Redis 8.4): what a group has pending for too long, in front of what is new. The cases are those of
 * Redis 8.4's own tests, with the clock in our hand.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { install } from "../../../src/base/env.ts";
import * as blocking from "../../../src/command/blocking.ts";
import * as keyspace from "../../../src/keyspace/keyspace.ts";
import * as entry from "../../../src/struct/entry.ts";
import { findOverdue } from "../../../src/types/stream/overdue.ts";
import * as stream from "../../../src/types/stream/value.ts";
import { argsOf } from "../../support/handlers.ts";
import { FakeClock, LocalClient, openStore } from "../../support/in-process.ts";
import { seededRandom, seedOfRun } from "../../support/random.ts";
import { decodeReply } from "../../support/resp.ts";
import { WaitingClient } from "../../support/waiting-client.ts";
import { idOf } from "./commands.ts";

const seed = seedOfRun();

let clock: FakeClock;
let client: LocalClient;
beforeAll(() => {
  openStore();
  blocking.watchDatabases();
  clock = new FakeClock(1_700_000_000_000);
  client = new LocalClient();
});
afterAll(() => install());
afterEach(() => client.raw("FLUSHALL"));

const line = (text: string) => client.raw(...text.split(" "));
const pass = (ms: number) => clock.set(clock.ms + ms);

/** The entries of the only stream in a reply, each as `id`, or as `id idle deliveries`. */
function entriesIn(raw: string): string[] {
  const streams = decodeReply(Buffer.from(raw, "latin1")).items ?? [];
  if (streams.length === 0) return [];
  expect(streams.length).toBe(1);
  return streams[0]!.items![1]!.items!.map(({ items }) => {
    const [id, fields, ...more] = items!;
    expect(fields!.items!.map(({ text }) => text)).toEqual(["f", "v"]);
    return [id, ...more].map((part) => part!.text).join(" ");
  });
}

const read = (options: string, keys = "x >") => entriesIn(line(`XREADGROUP GROUP g ${options} STREAMS ${keys}`));

/** What the group has pending: `id consumer idle deliveries` each. */
function pending(): string[] {
  const reply = decodeReply(Buffer.from(line("XPENDING x g - + 100"), "latin1"));
  return reply.items!.map(({ items }) => items!.map(({ text }) => text).join(" "));
}

function begin(...ids: string[]): void {
  for (const id of ids) line(`XADD x ${id} f v`);
  line("XGROUP CREATE x g 0 MKSTREAM");
}

test("claims what was delivered long ago, the oldest first, and then reads what is new", () => {
  begin("1-0", "2-0", "3-0", "4-0");
  read("a COUNT 1");
  read("a COUNT 1");
  pass(60);
  read("a COUNT 1");
  line("XCLAIM x g a 0 1-0 IDLE 40 JUSTID");
  pass(40);
  expect(read("b CLAIM 50")).toEqual(["2-0 100 1", "1-0 80 1", "4-0 0 0"]);
  expect(pending()).toEqual(["1-0 b 0 2", "2-0 b 0 2", "3-0 a 40 1", "4-0 b 0 1"]);
  expect(read("b CLAIM 50")).toEqual([]);
  pass(10);
  expect(read("c CLAIM 50")).toEqual(["3-0 50 1"]);
  expect(read("c CLAIM 0")).toEqual(["1-0 10 2", "2-0 10 2", "4-0 10 1", "3-0 0 2"]);
});

test("COUNT is for both together", () => {
  begin("1-0", "2-0", "3-0", "4-0");
  read("a COUNT 3");
  pass(100);
  expect(read("b COUNT 2 CLAIM 50")).toEqual(["1-0 100 1", "2-0 100 1"]);
  expect(read("b CLAIM 50 COUNT 2")).toEqual(["3-0 100 1", "4-0 0 0"]);
});

test("NOACK is about what is new", () => {
  begin("1-0", "2-0");
  read("a COUNT 1");
  pass(100);
  expect(read("a NOACK CLAIM 50")).toEqual(["1-0 100 1", "2-0 0 0"]);
  expect(pending()).toEqual(["1-0 a 0 2"]);
});

test("is passed over for an ID other than >", () => {
  begin("1-0", "2-0");
  read("a");
  pass(100);
  expect(read("a CLAIM 50", "x 0")).toEqual(["1-0", "2-0"]);
});

test("each stream has its own", () => {
  begin("1-0", "2-0");
  for (const command of ["XADD y 3-0 f v", "XADD y 4-0 f v", "XGROUP CREATE y g 0"]) line(command);
  line("XREADGROUP GROUP g a COUNT 1 STREAMS x y > >");
  pass(100);
  const raw = line("XREADGROUP GROUP g b CLAIM 100 STREAMS x y > >");
  const streams = decodeReply(Buffer.from(raw, "latin1")).items!;
  const ids = streams.map(({ items }) => items![1]!.items!.map((one) => one.items!.map(({ text }) => text)));
  expect(ids).toEqual([
    [
      ["1-0", null, "100", "1"],
      ["2-0", null, "0", "0"],
    ],
    [
      ["3-0", null, "100", "1"],
      ["4-0", null, "0", "0"],
    ],
  ]);
});

test("what was deleted is passed over, and stays pending", () => {
  begin("1-0", "2-0", "3-0");
  read("a");
  line("XDEL x 1-0");
  pass(100);
  expect(read("b COUNT 1 CLAIM 50")).toEqual(["2-0 100 1"]);
  line("XTRIM x MAXLEN 0");
  expect(read("b CLAIM 50")).toEqual([]);
  expect(pending()).toEqual(["1-0 a 100 1", "2-0 b 0 2", "3-0 a 100 1"]);
});

test("after XGROUP SETID an entry may come twice, and is pending once", () => {
  begin("1-0", "2-0");
  read("a");
  read("b CLAIM 0");
  line("XGROUP SETID x g 0");
  pass(100);
  expect(read("b CLAIM 50")).toEqual(["1-0 100 2", "2-0 100 2", "1-0 0 0", "2-0 0 0"]);
  pass(100);
  expect(read("b CLAIM 50")).toEqual(["1-0 100 1", "2-0 100 1"]);
});

test("refuses what is no time, where it is no option, and nowhere else", () => {
  begin("1-0");
  for (const [command, error] of [
    ["XREADGROUP GROUP g a CLAIM test STREAMS x >", "ERR min-idle-time is not an integer"],
    ["XREADGROUP GROUP g a CLAIM 5.5 STREAMS x >", "ERR min-idle-time is not an integer"],
    ["XREADGROUP GROUP g a CLAIM +10 STREAMS x >", "ERR min-idle-time is not an integer"],
    ["XREADGROUP GROUP g a CLAIM -0 STREAMS x >", "ERR min-idle-time is not an integer"],
    ["XREADGROUP GROUP g a CLAIM -10 STREAMS x >", "ERR min-idle-time must be a positive integer"],
    ["XREADGROUP GROUP g a CLAIM STREAMS x >", "ERR min-idle-time is not an integer"],
    ["XREADGROUP CLAIM GROUP g a COUNT 1 STREAMS x >", "ERR min-idle-time is not an integer"],
    ["XREADGROUP GROUP g CLAIM 50 a STREAMS x >", "ERR syntax error"],
    [
      "XREAD COUNT 2 CLAIM 10 STREAMS x 0",
      "ERR The CLAIM option is only supported by XREADGROUP. You called XREAD instead.",
    ],
  ]) {
    expect(line(command!)).toBe(`-${error}\r\n`);
  }
  expect(entriesIn(line("XREADGROUP CLAIM 9223372036854775807 GROUP g a STREAMS x >"))).toEqual(["1-0 0 0"]);
});

describe("who waits", () => {
  const waiting = (consumer: string, options: string, keys = "x >") =>
    new WaitingClient().wait(...`XREADGROUP GROUP g ${consumer} ${options} STREAMS ${keys}`.split(" "));
  const tick = (ms: number) => {
    pass(ms);
    blocking.timeOut();
  };

  test("is served in the millisecond in which an entry is pending for long enough", () => {
    begin("1-0");
    read("a");
    pass(100);
    const client = waiting("b", "BLOCK 5000 CLAIM 1000");
    expect(blocking.nextTimeoutMs()).toBe(clock.ms + 900);
    tick(899);
    expect(client.isWaiting()).toBe(true);
    tick(1);
    expect(entriesIn(client.sent)).toEqual(["1-0 1000 1"]);
    expect(client.timesLetGo).toBe(1);
    expect(blocking.waitingSessions()).toEqual({ all: 0, withDeadline: 0 });
  });

  test("is told when the time is up before that", () => {
    begin("1-0");
    read("a");
    const client = waiting("b", "BLOCK 100 CLAIM 500");
    tick(101);
    expect(client.sent).toBe("*-1\r\n");
  });

  test("is served with what is new before that", () => {
    begin("1-0");
    read("a");
    const client = waiting("b", "BLOCK 5000 CLAIM 1000");
    pass(100);
    line("XADD x 2-0 f v");
    expect(entriesIn(client.sent)).toEqual(["2-0 0 0"]);
  });

  test("gets what the one before it got and did not acknowledge", () => {
    begin();
    const [first, second] = [waiting("a", "BLOCK 0 CLAIM 100"), waiting("b", "CLAIM 100 BLOCK 0")];
    line("XADD x 1-0 f v");
    expect([entriesIn(first.sent), second.sent]).toEqual([["1-0 0 0"], ""]);
    tick(99);
    expect(second.sent).toBe("");
    tick(1);
    expect(entriesIn(second.sent)).toEqual(["1-0 100 1"]);
  });

  test("waits on when the entry was acknowledged, claimed or deleted meanwhile", () => {
    begin("1-0", "2-0", "3-0", "4-0");
    read("a");
    const client = waiting("b", "BLOCK 0 CLAIM 100");
    pass(50);
    for (const command of ["XACK x g 1-0", "XDEL x 2-0", "XCLAIM x g c 0 3-0 4-0"]) line(command);
    tick(50);
    expect([client.sent, blocking.nextTimeoutMs()]).toEqual(["", clock.ms + 50]);
    line("XACK x g 4-0");
    tick(50);
    expect(entriesIn(client.sent)).toEqual(["3-0 100 2"]);
  });

  test("is served from whichever of its keys has something first", () => {
    begin("1-0");
    for (const command of ["XADD y 5-0 f v", "XGROUP CREATE y g 0"]) line(command);
    line("XREADGROUP GROUP g a STREAMS y >");
    pass(10);
    read("a");
    const client = waiting("b", "BLOCK 0 CLAIM 100", "x y > >");
    tick(90);
    expect(entriesIn(client.sent)).toEqual(["5-0 100 1"]);
  });

  test("nobody does in a transaction", () => {
    begin("1-0");
    read("a");
    line("MULTI");
    line("XREADGROUP GROUP g b BLOCK 0 CLAIM 50 STREAMS x >");
    expect(line("EXEC")).toBe("*1\r\n*-1\r\n");
  });
});

test(`of many, those are found that sorting all of them finds (SEED=${seed})`, () => {
  const random = seededRandom(seed);
  begin(...Array.from({ length: 2000 }, (_, i) => `${i + 1}-0`));
  read("a");
  for (let i = 1; i <= 2000; i++) line(`XCLAIM x g a 0 ${i}-0 IDLE ${random.below(300)} JUSTID`);
  for (let i = 0; i < 300; i++) line(`XDEL x ${random.between(1, 2000)}-0`);
  pass(100);

  const all = decodeReply(Buffer.from(line("XPENDING x g - + 2000"), "latin1")).items!.map(({ items }, i) => ({
    id: items![0]!.text!,
    idle: Number(items![2]!.text),
    i,
  }));
  const alive = all.filter(({ id }) => line(`XRANGE x ${id} ${id}`) !== "*0\r\n");
  alive.sort((a, b) => b.idle - a.idle || a.i - b.i);
  const head = entry.outside(keyspace.peek(client.session.db, argsOf("", "x"), 1));
  const group = stream.findGroup(head, argsOf("g"), 0);
  for (const idleMin of [0, 150, 399, 400]) {
    for (const count of [1, 7, 100, 1500, Number.POSITIVE_INFINITY]) {
      const found = findOverdue(head, group, idleMin, count);
      const expected = alive.filter(({ idle }) => idle >= idleMin).slice(0, count);
      expect(found.map(({ deliveredMs }) => clock.ms - deliveredMs)).toEqual(expected.map(({ idle }) => idle));
      const isSame = found.every(({ id }, at) => id.compare(idOf(Number.parseInt(expected[at]!.id, 10))) === 0);
      expect(isSame).toBe(true);
    }
  }
});
