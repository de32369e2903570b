/**
 * Deadlines of fields, as Redis 7.4 and 8.0 document them: replies, error texts and the order in which arguments are
 * checked, events, what keeps a deadline and what clears it. There is no such server to ask here, so the expectations are
 * written out. Each scenario begins with a small hash and again with one that is a table already.
 */
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { install, tickClock } from "../../../src/base/env.ts";
import { digestOfValue } from "../../../src/features/introspection/digest.ts";
import { auditAll } from "../../../src/keyspace/audit.ts";
import * as events from "../../../src/keyspace/events.ts";
import { expireDue, expiry } from "../../../src/keyspace/expiry.ts";
import * as keyspace from "../../../src/keyspace/keyspace.ts";
import * as lazyFree from "../../../src/keyspace/lazy-free.ts";
import { hashMaxListpackEntries } from "../../../src/types/hash/parameters.ts";
import { argsOf } from "../../support/handlers.ts";
import { FakeClock, LocalClient, openStore } from "../../support/in-process.ts";
import "./commands.ts";

const START = 1_700_000_000_000;

let clock: FakeClock;
let client: LocalClient;
let seen: string[];

beforeAll(() => openStore());

beforeEach(() => {
  clock = new FakeClock(START);
  client = new LocalClient();
  client.raw("FLUSHALL");
  seen = [];
  events.hooks.event = (_kind, event, _db, key, start, end) => {
    if (event !== "keymiss" && event !== "new")
      seen.push(`${event} ${Buffer.from(key.bytes.slice(start, end)).toString("latin1")}`);
  };
  expiry.active = true;
});

afterEach(() => {
  events.hooks.event = undefined;
  hashMaxListpackEntries.reset();
  client.raw("FLUSHALL");
  while (!lazyFree.step(1000));
  expect(auditAll()).toEqual([]);
  install();
});

/** Runs a command given as one text; its reply with spaces instead of line ends. */
const ask = (command: string) =>
  client
    .raw(...command.split(" "))
    .trimEnd()
    .replaceAll("\r\n", " ");

/** What followed from the command besides the reply. */
function effects(command: string): { reply: string; events: string[]; dirty: number } {
  seen = [];
  const before = events.changes.dirty;
  return { reply: ask(command), events: seen, dirty: events.changes.dirty - before };
}

function pass(ms: number): void {
  clock.ms += ms;
  tickClock();
}

function tick(ms: number): string[] {
  pass(ms);
  seen = [];
  while (expireDue(16));
  return seen;
}

for (const limit of [512, 0]) {
  describe(limit === 0 ? "a table" : "a listpack", () => {
    beforeEach(() => {
      hashMaxListpackEntries.assign(limit);
      ask("HSET h a 1 b 2 c 3");
    });

    test("setting and asking, in all units", () => {
      expect(ask("HEXPIRE h 10 FIELDS 2 a none")).toBe("*2 :1 :-2");
      expect(ask("HPEXPIRE h 1500 FIELDS 1 b")).toBe("*1 :1");
      expect(ask("HTTL h FIELDS 4 a b c none")).toBe("*4 :10 :2 :-1 :-2");
      expect(ask("HPTTL h FIELDS 2 a b")).toBe("*2 :10000 :1500");
      expect(ask("HEXPIRETIME h FIELDS 2 a b")).toBe("*2 :1700000010 :1700000002");
      expect(ask("HPEXPIRETIME h FIELDS 2 a b")).toBe("*2 :1700000010000 :1700000001500");
      expect(ask("HEXPIREAT h 1700000020 FIELDS 1 a")).toBe("*1 :1");
      expect(ask("HPEXPIREAT h 1700000030123 FIELDS 1 b")).toBe("*1 :1");
      expect(ask("HPEXPIRETIME h FIELDS 2 a b")).toBe("*2 :1700000020000 :1700000030123");
      expect(ask("HGET h a")).toBe("$1 1");
      expect(ask("HLEN h")).toBe(":3");
    });

    test("conditions: a field without a deadline counts as living for ever", () => {
      expect(ask("HPEXPIRE h 1000 XX FIELDS 1 a")).toBe("*1 :0");
      expect(ask("HPEXPIRE h 1000 GT FIELDS 1 a")).toBe("*1 :0");
      expect(ask("HPEXPIRE h 1000 nx FIELDS 1 a")).toBe("*1 :1");
      expect(ask("HPEXPIRE h 1000 NX FIELDS 2 a b")).toBe("*2 :0 :1");
      expect(ask("HPEXPIRE h 2000 LT FIELDS 2 a c")).toBe("*2 :0 :1");
      expect(ask("HPEXPIRE h 1000 GT FIELDS 2 a c")).toBe("*2 :0 :0");
      expect(ask("HPEXPIRE h 1001 GT FIELDS 1 a")).toBe("*1 :1");
      expect(ask("HPEXPIRE h 500 LT FIELDS 2 a c")).toBe("*2 :1 :1");
      expect(ask("HPEXPIRE h 700 XX FIELDS 2 a c")).toBe("*2 :1 :1");
      expect(ask("HPTTL h FIELDS 3 a b c")).toBe("*3 :700 :1000 :700");
    });

    test("a deadline that has passed removes the field, and the hash with the last one", () => {
      expect(effects("HEXPIRE h 0 FIELDS 1 a")).toEqual({ reply: "*1 :2", events: ["hdel h"], dirty: 1 });
      expect(effects("HPEXPIREAT h 1 FIELDS 2 none b")).toEqual({ reply: "*2 :-2 :2", events: ["hdel h"], dirty: 1 });
      expect(ask("HGETALL h")).toBe("*2 $1 c $1 3");
      const last = effects("HPEXPIREAT h 1700000000000 FIELDS 2 c c");
      expect(last).toEqual({ reply: "*2 :2 :-2", events: ["hdel h", "del h"], dirty: 1 });
      expect(ask("EXISTS h")).toBe(":0");
      // Conditions come first.
      ask("HSET h a 1");
      ask("HPEXPIRE h 100 FIELDS 1 a");
      expect(ask("HPEXPIRE h 0 NX FIELDS 1 a")).toBe("*1 :0");
    });

    test("HPERSIST", () => {
      ask("HEXPIRE h 10 FIELDS 2 a b");
      const persisted = effects("HPERSIST h FIELDS 4 a b c none");
      expect(persisted).toEqual({ reply: "*4 :1 :1 :-1 :-2", events: ["hpersist h"], dirty: 1 });
      expect(effects("HPERSIST h FIELDS 1 a")).toEqual({ reply: "*1 :-1", events: [], dirty: 0 });
      expect(tick(20_000)).toEqual([]);
      expect(ask("HLEN h")).toBe(":3");
    });

    test("overwriting clears a deadline, counting keeps it", () => {
      ask("HPEXPIRE h 1000 FIELDS 3 a b c");
      expect(ask("HSET h a 9")).toBe(":0");
      expect(ask("HINCRBY h b 5")).toBe(":7");
      expect(ask("HINCRBYFLOAT h c 0.5")).toBe("$3 3.5");
      expect(ask("HPTTL h FIELDS 3 a b c")).toBe("*3 :-1 :1000 :1000");
      expect(ask("HSETNX h b 1")).toBe(":0");
      ask("HMSET h b 1");
      expect(ask(`HSET h c ${"x".repeat(40_000)}`)).toBe(":0");
      expect(ask("HPTTL h FIELDS 3 a b c")).toBe("*3 :-1 :-1 :-1");
      ask("HPEXPIRE h 1000 FIELDS 1 c");
      expect(ask("HSTRLEN h c")).toBe(":40000");
      expect(ask("HDEL h c")).toBe(":1");
      expect(ask("HSET h c 1")).toBe(":1");
      expect(ask("HPTTL h FIELDS 1 c")).toBe("*1 :-1");
    });

    test("a field lives through the millisecond of its deadline, and goes in the next", () => {
      ask("HPEXPIRE h 100 FIELDS 2 a b");
      expect(tick(100)).toEqual([]);
      expect(ask("HMGET h a b c")).toBe("*3 $1 1 $1 2 $1 3");
      expect(tick(1)).toEqual(["hexpired h"]);
      expect(ask("HKEYS h")).toBe("*1 $1 c");
      ask("HPEXPIRE h 5 FIELDS 1 c");
      expect(tick(6)).toEqual(["hexpired h", "del h"]);
      expect(ask("DBSIZE")).toBe(":0");
    });

    test("what the wheel has yet to remove is not seen", () => {
      const commands: [string, string][] = [
        ["HGET h a", "$-1"],
        ["HMGET h a c", "*2 $-1 $1 3"],
        ["HEXISTS h a", ":0"],
        ["HSTRLEN h a", ":0"],
        ["HLEN h", ":1"],
        ["HGETALL h", "*2 $1 c $1 3"],
        ["HKEYS h", "*1 $1 c"],
        ["HVALS h", "*1 $1 3"],
        ["HSCAN h 0", "*2 $1 0 *2 $1 c $1 3"],
        ["HRANDFIELD h", "$1 c"],
        ["HRANDFIELD h 5", "*1 $1 c"],
        ["HDEL h a", ":0"],
        ["HTTL h FIELDS 1 a", "*1 :-2"],
        ["HPERSIST h FIELDS 1 a", "*1 :-2"],
        ["HEXPIRE h 1 FIELDS 1 a", "*1 :-2"],
        ["HGETDEL h FIELDS 1 a", "*1 $-1"],
        ["HGETEX h FIELDS 1 a", "*1 $-1"],
        ["HINCRBY h a 3", ":3"],
        ["HSETNX h a 4", ":1"],
        ["HSET h a 4", ":1"],
        ["HSETEX h FXX FIELDS 1 a 4", ":0"],
        ["HSETEX h FNX FIELDS 1 a 4", ":1"],
      ];
      expiry.active = false;
      for (const [command, reply] of commands) {
        ask("DEL h");
        ask("HSET h a 1 b 2 c 3");
        ask("HPEXPIRE h 5 FIELDS 2 a b");
        pass(6);
        expect({ command, ...effects(command) }).toMatchObject({ command, reply });
        expect(seen[0]).toBe("hexpired h");
        ask("HDEL h c a");
        expect(ask("EXISTS h")).toBe(":0");
      }
      // The hash goes with its last field whatever opens it; until then it exists.
      ask("HSET h a 1");
      ask("HPEXPIRE h 5 FIELDS 1 a");
      pass(6);
      expect(ask("EXISTS h")).toBe(":1");
      expect(effects("HGET h a")).toEqual({ reply: "$-1", events: ["hexpired h", "del h"], dirty: 0 });
      expect(ask("EXISTS h")).toBe(":0");
    });

    test("more fields than a command removes on its way are not seen either", () => {
      const names = Array.from({ length: 300 }, (_, i) => `f${i}`);
      expiry.active = false;
      client.raw("HSET", "h", ...names.flatMap((name) => [name, "old"]));
      client.raw("HPEXPIRE", "h", "5", "FIELDS", "300", ...names);
      pass(6);
      expect(ask("HGET h f299")).toBe("$-1");
      expect(ask("HLEN h")).not.toBe(":3");
      expect(ask("HDEL h f298")).toBe(":0");
      expect(ask("HINCRBY h f297 1")).toBe(":1");
      expect(ask("HPTTL h FIELDS 1 f297")).toBe("*1 :-1");
      expect(ask("HSET h f296 new")).toBe(":1");
      expect(ask("HSETEX h KEEPTTL FIELDS 1 f295 new")).toBe(":1");
      expect(ask("HSCAN h 0 COUNT 1000").split(" ")[3]).toBe("*12");
      expect(ask("COPY h copy")).toBe(":1");
      expect(ask("HGETALL h").split(" ")[0]).toBe("*12");
      expect(ask("HGETALL copy").split(" ")[0]).toBe("*12");
      expect(ask("HLEN h")).toBe(":6");
    });

    test("deadlines go along with COPY, RENAME, MOVE and SWAPDB", () => {
      ask("HPEXPIRE h 100 FIELDS 1 a");
      ask("COPY h copy");
      ask("RENAME h renamed");
      ask("COPY renamed moved");
      ask("MOVE moved 1");
      ask("SWAPDB 1 2");
      expect(ask("HPTTL copy FIELDS 2 a b")).toBe("*2 :100 :-1");
      expect(ask("HPTTL renamed FIELDS 2 a b")).toBe("*2 :100 :-1");
      ask("HPERSIST copy FIELDS 1 a");
      expect(tick(101).sort()).toEqual(["hexpired moved", "hexpired renamed"]);
      expect(ask("HLEN copy")).toBe(":3");
    });

    test("a key may have a deadline of its own beside", () => {
      ask("HPEXPIRE h 50 FIELDS 1 a");
      ask("PEXPIRE h 100");
      expect(tick(51)).toEqual(["hexpired h"]);
      expect(tick(50)).toEqual(["expired h"]);
      ask("HSET h a 1 b 2");
      ask("HPEXPIRE h 50 FIELDS 2 a b");
      ask("PEXPIRE h 100");
      expect(tick(51)).toEqual(["hexpired h", "del h"]);
      expect(tick(50)).toEqual([]);
    });

    test("the digest tells whether fields have deadlines, not when", () => {
      const digest = () => digestOfValue(keyspace.peek(client.session.db, argsOf("", "h"), 1)).toHex();
      const plain = digest();
      ask("HPEXPIRE h 100 FIELDS 1 a");
      const timed = digest();
      expect(timed).not.toBe(plain);
      ask("HPEXPIRE h 200 FIELDS 1 a");
      expect(digest()).toBe(timed);
      ask("HPERSIST h FIELDS 1 a");
      expect(digest()).toBe(plain);
    });

    test("HGETDEL", () => {
      const some = effects("HGETDEL h FIELDS 3 a none a");
      expect(some).toEqual({ reply: "*3 $1 1 $-1 $-1", events: ["hdel h"], dirty: 1 });
      expect(effects("HGETDEL h FIELDS 1 a")).toEqual({ reply: "*1 $-1", events: [], dirty: 0 });
      const rest = effects("HGETDEL h FIELDS 2 b c");
      expect(rest).toEqual({ reply: "*2 $1 2 $1 3", events: ["hdel h", "del h"], dirty: 2 });
      expect(ask("HGETDEL h FIELDS 2 b c")).toBe("*2 $-1 $-1");
    });

    test("HGETEX", () => {
      expect(effects("HGETEX h FIELDS 2 a none")).toEqual({ reply: "*2 $1 1 $-1", events: [], dirty: 0 });
      const timed = effects("HGETEX h EX 10 FIELDS 3 a b none");
      expect(timed).toEqual({ reply: "*3 $1 1 $1 2 $-1", events: ["hexpire h"], dirty: 2 });
      ask("HGETEX h PX 1500 FIELDS 1 b");
      expect(ask("HPTTL h FIELDS 2 a b")).toBe("*2 :10000 :1500");
      ask("HGETEX h EXAT 1700000020 FIELDS 1 a");
      ask("HGETEX h PXAT 1700000020001 FIELDS 1 b");
      expect(ask("HPTTL h FIELDS 2 a b")).toBe("*2 :20000 :20001");
      const persisted = effects("HGETEX h PERSIST FIELDS 3 a b c");
      expect(persisted).toEqual({ reply: "*3 $1 1 $1 2 $1 3", events: ["hpersist h"], dirty: 2 });
      expect(effects("HGETEX h PERSIST FIELDS 1 a")).toEqual({ reply: "*1 $1 1", events: [], dirty: 0 });
      const removed = effects("HGETEX h PXAT 1 FIELDS 3 a b c");
      expect(removed).toEqual({ reply: "*3 $1 1 $1 2 $1 3", events: ["hdel h", "del h"], dirty: 3 });
      expect(ask("HGETEX h EX 10 FIELDS 2 a b")).toBe("*2 $-1 $-1");
    });

    test("HSETEX", () => {
      expect(effects("HSETEX h EX 10 FIELDS 2 a 7 d 8")).toEqual({
        reply: ":1",
        events: ["hset h", "hexpire h"],
        dirty: 2,
      });
      expect(ask("HPTTL h FIELDS 3 a b d")).toBe("*3 :10000 :-1 :10000");
      expect(ask("HSETEX h KEEPTTL FIELDS 2 a 9 b 9")).toBe(":1");
      expect(ask("HPTTL h FIELDS 2 a b")).toBe("*2 :10000 :-1");
      expect(effects("HSETEX h FIELDS 1 a 10")).toEqual({ reply: ":1", events: ["hset h"], dirty: 1 });
      expect(ask("HPTTL h FIELDS 1 a")).toBe("*1 :-1");
      expect(effects("HSETEX h FNX PX 5 FIELDS 2 e 1 a 1")).toEqual({ reply: ":0", events: [], dirty: 0 });
      expect(effects("HSETEX h FXX PX 5 FIELDS 2 e 1 a 1")).toEqual({ reply: ":0", events: [], dirty: 0 });
      expect(ask("HSETEX none FXX FIELDS 1 a 1")).toBe(":0");
      expect(ask("EXISTS none")).toBe(":0");
      expect(ask("HSETEX h FXX PXAT 1700000000005 FIELDS 2 a 1 b 1")).toBe(":1");
      expect(ask("HSETEX new FNX FIELDS 2 a 1 a 2")).toBe(":1");
      expect(ask("HGETALL new")).toBe("*2 $1 a $1 2");
      const gone = effects("HSETEX new EXAT 1 FIELDS 1 a 3");
      expect(gone).toEqual({ reply: ":1", events: ["hset new", "hdel new", "del new"], dirty: 1 });
      expect(ask("EXISTS new")).toBe(":0");
    });
  });
}

test("arguments are checked in Redis' order, with its texts", () => {
  const wrongType = "-WRONGTYPE Operation against a key holding the wrong kind of value";
  const notInteger = "-ERR value is not an integer or out of range";
  const missing = "-ERR Mandatory argument FIELDS is missing or not at the right position";
  const mismatch = "-ERR The `numfields` parameter must match the number of arguments";
  const notPositive = "-ERR Number of fields must be a positive integer";
  const numFields = "-ERR Parameter `numFields` should be greater than 0";
  const negative = "-ERR invalid expire time, must be >= 0";
  const lifetime = "-ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified";
  const condition = "-ERR Only one of FXX or FNX arguments can be specified";
  const far = String(2 ** 46);
  ask("SET s x");
  ask("HSET h a 1");
  const cases: [string, string][] = [
    ["HEXPIRE h 1 FIELDS 1", "-ERR wrong number of arguments for 'hexpire' command"],
    ["HEXPIRE s x FIELDS 1 a", wrongType],
    ["HEXPIRE h x FELDS 1 a", notInteger],
    ["HEXPIRE h -1 FELDS 1 a", negative],
    [`HEXPIRE h ${2 ** 36 + 1} FIELDS 1 a`, "-ERR invalid expire time in 'hexpire' command"],
    [`HPEXPIRE h ${far} FIELDS 1 a`, "-ERR invalid expire time in 'hpexpire' command"],
    [`HEXPIREAT h 9223372036854775807 FIELDS 1 a`, "-ERR invalid expire time in 'hexpireat' command"],
    [`HPEXPIREAT h ${far} FIELDS 1 a`, "-ERR invalid expire time in 'hpexpireat' command"],
    ["HEXPIRE h 1 FELDS 1 a", missing],
    ["HEXPIRE h 1 XY FIELDS 1 a", missing],
    ["HEXPIRE h 1 NX FELDS 1 a", missing],
    ["HEXPIRE h 1 FIELDS 0 a", numFields],
    ["HEXPIRE h 1 FIELDS x a", numFields],
    ["HEXPIRE h 1 NX FIELDS -1 a", numFields],
    ["HEXPIRE h 1 FIELDS 2 a", mismatch],
    ["HEXPIRE h 1 FIELDS 1 a b", mismatch],
    ["HEXPIRE h 1 NX FIELDS 1", mismatch],
    ["HEXPIRE none 1 FIELDS 1 a b", mismatch],
    ["HEXPIRE none 1 FIELDS 2 a b", "*2 :-2 :-2"],
    ["HTTL s FELDS 1 a", wrongType],
    ["HTTL h FELDS 1 a", missing],
    ["HTTL h FIELDS 0 a", notPositive],
    ["HPTTL h FIELDS 2 a", mismatch],
    ["HEXPIRETIME none FIELDS 1 a", "*1 :-2"],
    ["HPEXPIRETIME h FIELDS 9223372036854775807 a", mismatch],
    ["HPERSIST s FIELDS 1 a", wrongType],
    ["HPERSIST h FIELDS 9223372036854775808 a", notPositive],
    ["HPERSIST none FIELDS 2 a b", "*2 :-2 :-2"],
    ["HGETDEL s FIELDS 1 a", wrongType],
    ["HGETDEL h a FIELDS 1", missing],
    ["HGETDEL h FIELDS x a", notPositive],
    ["HGETDEL h FIELDS 2 a", mismatch],
    ["HGETEX s EX x FIELDS 1 a", wrongType],
    ["HGETEX h EX x FIELDS 1 a", notInteger],
    ["HGETEX h PX -5 FIELDS 1 a", negative],
    ["HGETEX h EX 5 FIELDS", notPositive],
    ["HGETEX h EX 5 PERSIST FIELDS 1 a", missing],
    ["HGETEX h KEEPTTL FIELDS 1 a", missing],
    ["HGETEX h PERSIST FIELDS 2 a", mismatch],
    [`HGETEX h PXAT ${far} FIELDS 1 a`, "-ERR invalid expire time in 'hgetex' command"],
    ["HSETEX h FIELDS 1 a", "-ERR wrong number of arguments for 'hsetex' command"],
    ["HSETEX s BAD FIELDS 1 a b", "-ERR unknown argument: BAD"],
    ["HSETEX s FIELDS 1 a b", wrongType],
    ["HSETEX h EX 1 PX 1 FIELDS 1 a b", lifetime],
    ["HSETEX h KEEPTTL EXAT 1 FIELDS 1 a b", lifetime],
    ["HSETEX h EX x PX 1 FIELDS 1 a b", notInteger],
    ["HSETEX h FNX FXX FIELDS 1 a b", condition],
    ["HSETEX h FNX FNX FIELDS 1 a b", condition],
    ["HSETEX h FNX KEEPTTL FIELDS 1", "-ERR wrong number of arguments for 'hsetex' command"],
    ["HSETEX h FIELDS 0 a b", "-ERR invalid number of fields"],
    ["HSETEX h FIELDS 2147483648 a b", "-ERR invalid number of fields"],
    ["HSETEX h FIELDS 2 a b", "-ERR wrong number of arguments for 'hsetex' command"],
    ["HSETEX h FIELDS 1 a b c", "-ERR wrong number of arguments for 'hsetex' command"],
    ["HSETEX h FNX PX 1 PX", lifetime],
    ["HSETEX h FNX FNY x EX", "-ERR unknown argument: FNY"],
    ["HSETEX h KEEPTTL FNX EX 1", lifetime],
    [`HSETEX h PX ${far} FIELDS 1 a b`, "-ERR invalid expire time in 'hsetex' command"],
  ];
  for (const [command, reply] of cases) expect({ command, reply: ask(command) }).toEqual({ command, reply });
  expect(ask("HGETALL h")).toBe("*2 $1 a $1 1");
  expect(ask("HPEXPIREAT h 70368744177663 FIELDS 1 a")).toBe("*1 :1");
  expect(ask("HPEXPIRETIME h FIELDS 1 a")).toBe("*1 :70368744177663");
});
