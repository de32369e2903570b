/**
 * What is told, command by command: SELECT only where the database changes, MULTI around what was one, a key that has
 * expired before the command that came upon it, and nothing at all of what changed nothing. In this process, with the
 * clock in our hand; test/propagation has the random commands.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { install } from "../../src/base/env.ts";
import * as blocking from "../../src/command/blocking.ts";
import { dispatch } from "../../src/command/dispatch.ts";
import { propagation, reselect, unit } from "../../src/command/propagation.ts";
import { databases, flush } from "../../src/keyspace/database.ts";
import { expireDue } from "../../src/keyspace/expiry.ts";
import { lazyfreeLazyExpire } from "../../src/keyspace/parameters.ts";
import { Batch, parse, Torn } from "../../src/resp/parser.ts";
import { Reply } from "../../src/resp/reply.ts";
import { Recording } from "../propagation/recording.ts";
import { FakeClock, LocalClient, openStore } from "../support/in-process.ts";
import { WaitingClient } from "../support/waiting-client.ts";

const NOW = 1_700_000_000_000;

let clock: FakeClock;
let client: LocalClient;
let recording: Recording;

beforeAll(() => {
  openStore();
  blocking.watchDatabases();
});
beforeEach(() => {
  clock = new FakeClock(NOW);
  for (const db of databases) flush(db);
  client = new LocalClient();
  recording = new Recording();
  say("SET begin 0");
  told();
});
afterAll(() => {
  recording.stop();
  install();
});

/** Executes commands, whose words are parted by blanks. */
function say(...commands: string[]): void {
  for (const command of commands) client.raw(...command.split(" "));
}

/** Executes what these bytes are, as they come from a socket. */
function send(request: string): void {
  const batch = new Batch();
  const input = Buffer.from(request, "latin1");
  parse(batch, input, 0, input.length, new Torn(), true);
  dispatch(client.session, batch, new Reply());
}

/** What was told since this was asked last, a line per unit. */
function told(): string[] {
  return recording.units.splice(0).map((commands) => commands.map((words) => words.join(" ")).join(" | "));
}

describe("a unit", () => {
  test("is a command as it came, if it changed something", () => {
    say("set a 1", "GET a", "DEL nothing", "Incr a", "INCR begin x", "LPUSH a 1", "EXPIRE nothing 10");
    expect(told()).toEqual(["set a 1", "Incr a"]);
  });

  test("names the database where it is another one", () => {
    say("SELECT 3", "SET a 1", "SET b 1", "SELECT 12", "SELECT 3", "DEL a", "MOVE b 4", "SELECT 0", "DEL begin");
    expect(told()).toEqual(["SELECT 3 | SET a 1", "SET b 1", "DEL a", "MOVE b 4", "SELECT 0 | DEL begin"]);
  });

  test("names it first where a file begins", () => {
    say("SET a 1");
    reselect();
    say("SET a 2", "SET a 3");
    expect(told()).toEqual(["SET a 1", "SELECT 0 | SET a 2", "SET a 3"]);
  });

  test("of several commands stands between MULTI and EXEC", () => {
    say("MULTI", "SET a 1", "GET a", "SELECT 2", "SET b 1", "SELECT 0", "INCR a", "EXEC");
    say("MULTI", "SET c 1", "GET c", "EXEC", "MULTI", "GET a", "EXEC", "MULTI", "SET d 1", "DISCARD");
    expect(told()).toEqual(["MULTI | SET a 1 | SELECT 2 | SET b 1 | SELECT 0 | INCR a | EXEC", "SET c 1"]);
  });

  test("that begins in another database names it before MULTI", () => {
    say("SELECT 1", "MULTI", "SET a 1", "SET b 1", "EXEC");
    expect(told()).toEqual(["SELECT 1 | MULTI | SET a 1 | SET b 1 | EXEC"]);
  });

  test("may be larger than any buffer", () => {
    const large = "x".repeat(3_000_000);
    client.raw("SET", "a", large);
    say("MULTI", "SET b 1", "SET c 1", "EXEC");
    expect(recording.take()).toEqual([["SET", "a", large], ["MULTI"], ["SET", "b", "1"], ["SET", "c", "1"], ["EXEC"]]);
  });

  test("is told in one form, however it was spelled", () => {
    send("SET a      b\r\nSET  'c'  \"d\"\r\nset  e\tf\r\n");
    send("*3\r\n$3\r\nSET..$1\r\na..$1\r\n3..*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n4..");
    expect(told()).toEqual(["SET a b", "SET c d", "set e f", "SET a 3", "SET a 4"]);
  });

  test("is nobody's affair when nobody listens, not even afterwards", () => {
    const { sink } = propagation;
    propagation.sink = undefined;
    say("SET a 1", "SPOP a", "SET b 1 EX 10", "MULTI", "INCR a", "INCR a", "EXEC");
    expect(unit.commands).toBe(0);
    propagation.sink = sink;
    say("SET c 1");
    expect(told()).toEqual(["SET c 1"]);
  });

  test("ends with the listener who was to be told of it", () => {
    say("MULTI", "SET a 1");
    client.raw("SET", "b", "1");
    const { sink } = propagation;
    propagation.sink = {
      append: () => {
        throw new Error("told after its end");
      },
    };
    client.raw("DISCARD");
    propagation.sink = undefined;
    client.raw("SET", "c", "1");
    propagation.sink = sink;
    expect(told()).toEqual([]);
  });
});

describe("what has expired", () => {
  test("is told before the command that came upon it", () => {
    say("SET a 1 PX 10", "SADD s x");
    clock.set(NOW + 11);
    say("INCR a");
    expect(told()).toEqual([`SET a 1 PXAT ${NOW + 10}`, "SADD s x", "MULTI | DEL a | INCR a | EXEC"]);
  });

  test("is told where the command only reads, or changes nothing", () => {
    say("SET a 1 PX 10", "SET b 1 PX 10");
    clock.set(NOW + 11);
    told();
    say("GET a", "SETRANGE b 0 ");
    client.raw("SETRANGE", "b", "0", "");
    expect(told()).toEqual(["DEL a", "DEL b"]);
  });

  test("is a unit of its own where nobody asked", () => {
    say("SET a 1 PX 10", "SELECT 5", "SET b 1 PX 10");
    told();
    clock.set(NOW + 11);
    while (expireDue(64));
    const units = told().map((line) => line.replace(/^SELECT \d \| /, ""));
    expect(units.sort()).toEqual(["DEL a", "DEL b"]);
  });

  test("is unlinked where values are to be freed later", () => {
    lazyfreeLazyExpire.assign(true);
    say("SET a 1 PX 10", "SET b 1", "EXPIRE b -1");
    clock.set(NOW + 11);
    say("GET a");
    lazyfreeLazyExpire.assign(false);
    expect(told().slice(1)).toEqual(["SET b 1", "UNLINK b", "UNLINK a"]);
  });

  test("is not one transaction where SCAN or RANDOMKEY came upon it, unless it is in one", () => {
    say("SET a 1 PX 10", "SET b 1 PX 10", "DEL begin");
    clock.set(NOW + 11);
    told();
    say("RANDOMKEY");
    expect(told().join().split(",").sort().join(" & ")).toMatch(/^DEL [ab] \| DEL [ab]$/);
    say("SET a 1 PX 10", "SET b 1 PX 10");
    clock.set(NOW + 100);
    told();
    say("MULTI", "SCAN 0", "EXEC");
    expect(told().join()).toMatch(/^MULTI \| DEL [ab] \| DEL [ab] \| EXEC$/);
  });

  test("of a hash is told field by field", () => {
    say("HSET h f 1 g 2", "HPEXPIRE h 10 FIELDS 1 f");
    clock.set(NOW + 11);
    say("HSET h i 3");
    expect(told()).toEqual([
      "HSET h f 1 g 2",
      `HPEXPIREAT h ${NOW + 10} FIELDS 1 f`,
      "MULTI | HDEL h f | HSET h i 3 | EXEC",
    ]);
  });

  test("of a hash is told when it is overwritten before it was removed", () => {
    const fields = Array.from({ length: 60 }, (_, i) => `f${i}`);
    client.raw("HSETEX", "h", "PX", "10", "FIELDS", "60", ...fields.flatMap((field) => [field, "5"]));
    told();
    clock.set(NOW + 11);
    say("HINCRBY h f59 1");
    const [only] = told();
    expect(only).toContain("HDEL h f59 | HINCRBY h f59 1 | EXEC");
    expect(client.raw("HGET", "h", "f59")).toBe("$1\r\n1\r\n");
  });
});

/** What is told in place of a command: after these, what the last of them tells. */
const INSTEAD: readonly (readonly [commands: string, told: string])[] = [
  ["SET a 1 EX 10", `SET a 1 PXAT ${NOW + 10_000}`],
  ["SET a 1 nx GET Px 5", `SET a 1 PXAT ${NOW + 5}`],
  ["SET a 1 GET NX get", "SET a 1 NX"],
  ["SET a 1; SET a 2 IFEQ 1 KEEPTTL", "SET a 2 KEEPTTL"],
  ["SETEX a 10 v", `SET a v PXAT ${NOW + 10_000}`],
  ["SET a 1; GETSET a 2", "SET a 2"],
  ["SET a 1; GETDEL a", "DEL a"],
  ["SET a 1; GETEX a PX 7", `PEXPIREAT a ${NOW + 7}`],
  ["SET a 1; GETEX a EXAT 1", "DEL a"],
  ["SET a 1 EX 1; GETEX a PERSIST", "PERSIST a"],
  ["SET a 1; DELIFEQ a 1", "DEL a"],
  ["INCRBYFLOAT a 3.50", "SET a 3.5 KEEPTTL"],
  ["MSETEX 2 a 1 b 2", "MSET a 1 b 2"],
  ["MSETEX 2 a 1 b 2 PX 5", `MULTI | SET a 1 PXAT ${NOW + 5} | SET b 2 PXAT ${NOW + 5} | EXEC`],
  ["SET a 1; Expire a 10 nx", `PEXPIREAT a ${NOW + 10_000} nx`],
  ["SET a 1; pexpireat a 1700000000001 LT", "pexpireat a 1700000000001 LT"],
  ["SET a 1; EXPIREAT a 1", "DEL a"],
  ["FLUSHALL; flushdb", "flushdb"],
  ["FLUSHALL; FLUSHALL async", "FLUSHALL async"],
  ["SWAPDB 1 2", "SWAPDB 1 2"],
  ["HINCRBYFLOAT h f 1.5", "HSET h f 1.5"],
  ["HSETEX h KEEPTTL FIELDS 1 f 1", "HSET h f 1"],
  ["HSETEX h EX 1 FIELDS 1 f 1", `MULTI | HSET h f 1 | HPEXPIREAT h ${NOW + 1000} FIELDS 1 f | EXEC`],
  [
    "HSETEX h EX 1 FIELDS 1 f 1; HINCRBYFLOAT h f 1",
    `MULTI | HSET h f 2 | HPEXPIREAT h ${NOW + 1000} FIELDS 1 f | EXEC`,
  ],
  ["HSETEX h EXAT 1 FIELDS 1 f 1", "HDEL h f"],
  ["HSET h f 1 g 2; HGETDEL h FIELDS 2 f x", "HDEL h f"],
  ["HSET h f 1 g 2; HGETEX h PX 5 FIELDS 2 f x", `HPEXPIREAT h ${NOW + 5} FIELDS 1 f`],
  ["HSET h f 1 g 2; HEXPIREAT h 1 FIELDS 1 f", "HDEL h f"],
  ["HSETEX h EX 1 FIELDS 1 f 1; HPERSIST h FIELDS 2 x f", "HPERSIST h FIELDS 1 f"],
  ["SADD s x; SPOP s", "SREM s x"],
  ["SADD s x y; SPOP s 5", "DEL s"],
  ["RPUSH l 1 2; LMPOP 2 x l RIGHT COUNT 9", "RPOP l 2"],
  ["RPUSH l 1 2; BLPOP x l 0", "LPOP l"],
  ["RPUSH l 1 2; BLMPOP 0 1 l LEFT", "LPOP l 1"],
  ["RPUSH l 1 2; BLMOVE l k Left RIGHT 0", "LMOVE l k Left RIGHT"],
  ["RPUSH l 1 2; BRPOPLPUSH l k 0", "RPOPLPUSH l k"],
  ["ZADD z 1 a 2 b; ZMPOP 1 z MAX", "ZPOPMAX z 1"],
  ["ZADD z 1 a 2 b; BZPOPMIN z 0", "ZPOPMIN z"],
  ["ZADD z 1 a 2 b; BZMPOP 0 1 z MIN COUNT 9", "ZPOPMIN z 2"],
  ["GEOADD z nx 13.361389 38.115556 Palermo", "zadd z nx 3479099956230698 Palermo"],
  ["XADD x * f v", `XADD x ${NOW}-0 f v`],
  ["XADD x 5-* f v", "XADD x 5-0 f v"],
  ["XADD x 1-1 f v; XADD x MAXLEN ~ 1 LIMIT 5 2-* f v", "XADD x MAXLEN = 2 LIMIT 5 2-0 f v"],
  ["XADD x 1-1 f v; XADD x MINID ~ 2 2-1 f v", "XADD x MINID = 1-1 2-1 f v"],
  ["XADD x 1-1 f v; XTRIM x MAXLEN ~ 0", "XTRIM x MAXLEN = 0"],
  ["XGROUP CREATE x g 0 MKSTREAM", "XGROUP CREATE x g 0 MKSTREAM"],
  [
    "XADD x 1-1 f v; XGROUP CREATE x g 0; XREADGROUP GROUP g c STREAMS x >",
    `XCLAIM x g c 0 1-1 TIME ${NOW} RETRYCOUNT 1 FORCE JUSTID LASTID 1-1`,
  ],
  [
    "XADD x 1-1 f v; XGROUP CREATE x g 0; XREADGROUP GROUP g c NOACK STREAMS x >",
    "MULTI | XGROUP CREATECONSUMER x g c | XGROUP SETID x g 1-1 ENTRIESREAD 1 | EXEC",
  ],
  ["XGROUP CREATE x g 0 MKSTREAM; XREADGROUP GROUP g c STREAMS x 0", "XGROUP CREATECONSUMER x g c"],
  [
    "XADD x 1-1 f v; XGROUP CREATE x g 0; XCLAIM x g c 0 1-1 FORCE LASTID 9-9",
    `XCLAIM x g c 0 1-1 TIME ${NOW} RETRYCOUNT 2 FORCE JUSTID LASTID 9-9`,
  ],
  ["XADD x 1-1 f v; XADD x 2-1 f v; XDELEX x IDS 2 1-1 5-5", "XDEL x 1-1"],
  [
    "XADD x 1-1 f v; XGROUP CREATE x g 0; XREADGROUP GROUP g c STREAMS x >; XACKDEL x g IDS 1 1-1",
    "MULTI | XACK x g 1-1 | XDEL x 1-1 | EXEC",
  ],
  ["PFADD p a; PFCOUNT p", "PFCOUNT p"],
];

test.each(INSTEAD.map(([commands, tells]) => [commands, tells] as const))("%s → %s", (commands, tells) => {
  say(...commands.split("; "));
  expect(told().at(-1)).toBe(tells);
});

test("RESTORE is told with its deadline as a point in time", () => {
  say("SET a 1");
  const dump = client
    .raw("DUMP", "a")
    .replace(/^\$\d+\r\n/, "")
    .slice(0, -2);
  recording.take();
  client.raw("RESTORE", "b", "5000", dump);
  client.raw("RESTORE", "c", "0", dump);
  client.raw("RESTORE", "c", "1", dump, "ABSTTL", "REPLACE");
  expect(recording.take()).toEqual([
    ["RESTORE", "b", String(NOW + 5000), dump, "ABSTTL"],
    ["RESTORE", "c", "0", dump],
    ["DEL", "c"],
  ]);
});

describe("a client that waited", () => {
  const waits = (command: string) => new WaitingClient().wait(...command.split(" "));

  test("is a unit of its own, after that of the command that served it", () => {
    waits("BLPOP l 0");
    waits("BLMOVE l k Left RIGHT 0");
    waits("BZPOPMAX z 0");
    waits("BZMPOP 0 1 z MIN COUNT 5");
    waits("BRPOPLPUSH k m 0");
    say("MULTI", "RPUSH l 1 2", "SET a 1", "EXEC", "ZADD z 1 a 2 b 3 c");
    expect(told()).toEqual([
      "MULTI | RPUSH l 1 2 | SET a 1 | EXEC",
      "LPOP l",
      "LMOVE l k left right",
      "RPOPLPUSH k m",
      "ZADD z 1 a 2 b 3 c",
      "ZPOPMAX z",
      "ZPOPMIN z 2",
    ]);
  });

  test("for a stream is told what it has got", () => {
    say("XGROUP CREATE x g $ MKSTREAM");
    waits("XREADGROUP GROUP g c BLOCK 0 STREAMS x >");
    waits("XREADGROUP GROUP g d BLOCK 0 NOACK STREAMS x >");
    told();
    say("XADD x 1-1 f v", "XADD x 2-1 f v");
    expect(told()).toEqual([
      "XADD x 1-1 f v",
      `XCLAIM x g c 0 1-1 TIME ${NOW} RETRYCOUNT 1 FORCE JUSTID LASTID 1-1`,
      "XADD x 2-1 f v",
      "MULTI | XGROUP CREATECONSUMER x g d | XGROUP SETID x g 2-1 ENTRIESREAD 2 | EXEC",
    ]);
  });

  test("in vain is not told of", () => {
    const client = waits("BLPOP l 0.01");
    clock.set(NOW + 100);
    blocking.timeOut();
    expect(client.isWaiting()).toBe(false);
    expect(told()).toEqual([]);
  });
});
