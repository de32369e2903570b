/**
 * THE table of the oracle: every command of Redis 7.0 that Ashlar claims to answer, how its arguments are made, and how the
 * two replies are compared. A command may stand in several rows. What is left out stands at the end, with the reason.
 */
import {
  type Argument,
  anyValue,
  BOUNDARIES,
  database,
  field,
  fieldsInBulk,
  float,
  floatIncrement,
  hashKey,
  hostile,
  increment,
  index,
  key,
  keysAndValuesInBulk,
  keysInBulk,
  maybe,
  ms,
  msAhead,
  numberField,
  numberKey,
  offset,
  oneOf,
  randomCount,
  rarely,
  seconds,
  secondsAhead,
  stringKey,
  times,
  unixMs,
  unixSeconds,
  value,
} from "./arguments.ts";
import {
  asMap,
  asMapExcept,
  asSet,
  type Comparison,
  drawnFrom,
  elementsOfHash,
  exact,
  idleSeconds,
  near,
  sameType,
  sharing,
  WHOLE_SCAN_COUNT,
  wholeScan,
} from "./compare.ts";
import * as syntax from "./syntax.ts";
import { words } from "./syntax.ts";

/** One way to call one command. */
export interface Row {
  name: string;
  args: Argument[];
  compare: Comparison;
  /** How often, compared with the ordinary 10. */
  weight: number;
  /**
   * What random damage may do to a call: `any` argument replaced, dropped or added; `timeless`, the same but never putting a
   * near deadline in; `arity`, arguments only dropped or added; `never`, where a damaged call would stop or hang a server.
   */
  damage: "any" | "timeless" | "arity" | "never";
  /** Counted while the oracle runs: how often asked, and how often the reference answered with an error. */
  calls: number;
  errors: number;
}

function row(name: string, args: Argument[], compare: Comparison, options: Partial<Row> = {}): Row {
  return { name, args, compare, weight: 10, damage: "any", calls: 0, errors: 0, ...options };
}

/** A row that is never damaged, seldom asked and must be the same byte for byte unless it says otherwise. */
function asIs(name: string, args: Argument[], weight = 1, compare = exact): Row {
  return row(name, args, compare, { weight, damage: "never" });
}

const timeless = { damage: "timeless" } as const;
const arityOnly = { damage: "arity" } as const;
const often = { weight: 30 };
const seldom = { weight: 3 };
const rare = { weight: 0.3 };

const populationOfHash = (args: readonly string[]): string[] => ["HGETALL", args[1] ?? ""];
const allKeys = (): string[] => ["KEYS", "*"];
const helloMap = asMapExcept("server", "version", "id", "modules");
const ownConnections = sameType("each server counts its own connections");
const ownFigures = sameType("addresses, times and figures of the server itself");

export const ROWS: Row[] = [
  // Strings
  row("GET", [stringKey], exact, often),
  row("GET", [numberKey], exact),
  row("SET", [stringKey, anyValue], exact, often),
  row("SET", [numberKey, float], exact, often),
  row("SET", [key, value, syntax.expiry], exact, timeless),
  row("SET", [stringKey, value, syntax.setOptions], exact, timeless),
  row("GETEX", [stringKey, syntax.getexOptions], exact, timeless),
  row("GETDEL", [stringKey], exact, seldom),
  row("GETSET", [stringKey, value], exact),
  row("SETEX", [stringKey, seconds, value], exact, timeless),
  row("PSETEX", [stringKey, ms, value], exact, timeless),
  row("SETNX", [stringKey, value], exact),
  row("MSET", [times(1, 5, stringKey, value)], exact),
  row("MSET", [keysAndValuesInBulk], exact, rare),
  row("MSETNX", [times(1, 3, stringKey, value)], exact),
  row("MGET", [times(1, 6, key)], exact),
  row("APPEND", [stringKey, anyValue], exact),
  row("STRLEN", [stringKey], exact),
  row("SETRANGE", [stringKey, offset, value], exact),
  row("GETRANGE", [stringKey, index, index], exact),
  row("SUBSTR", [stringKey, index, index], exact, seldom),
  row("INCR", [numberKey], exact),
  row("DECR", [numberKey], exact),
  row("INCRBY", [numberKey, increment], exact),
  row("DECRBY", [numberKey, increment], exact),
  row("INCRBYFLOAT", [numberKey, floatIncrement], exact),
  row("LCS", [stringKey, stringKey, syntax.lcsOptions], exact, seldom),

  // Hashes
  row("HSET", [hashKey, times(1, 3, field, value)], exact, often),
  row("HSET", [hashKey, field, anyValue], exact),
  row("HSET", [hashKey, numberField, float], exact),
  row("HSET", [hashKey, fieldsInBulk], exact, rare),
  row("HMSET", [hashKey, times(1, 3, field, value)], exact, seldom),
  row("HSETNX", [hashKey, field, value], exact),
  row("HGET", [hashKey, field], exact, often),
  row("HMGET", [hashKey, times(1, 5, field)], exact),
  row("HDEL", [hashKey, times(1, 3, field)], exact),
  row("HDEL", [hashKey, fieldsInBulk], exact, rare),
  row("HEXISTS", [hashKey, field], exact),
  row("HLEN", [hashKey], exact),
  row("HSTRLEN", [hashKey, field], exact),
  row("HINCRBY", [hashKey, numberField, increment], exact),
  row("HINCRBYFLOAT", [hashKey, numberField, floatIncrement], exact),
  row("HGETALL", [hashKey], elementsOfHash(2)),
  row("HKEYS", [hashKey], elementsOfHash(1), seldom),
  row("HVALS", [hashKey], elementsOfHash(1), seldom),
  row("HRANDFIELD", [hashKey, maybe(randomCount, maybe("withvalues"))], drawnFrom(populationOfHash), arityOnly),
  row("HSCAN", [hashKey, "0", maybe("MATCH", syntax.pattern), "COUNT", WHOLE_SCAN_COUNT], wholeScan(2), seldom),
  row("HSCAN", [hashKey, hostile, maybe("COUNT", increment), rarely("MATCH")], wholeScan(2), seldom),

  // Keys
  row("DEL", [times(1, 2, key)], exact),
  row("DEL", [keysInBulk], exact, rare),
  row("UNLINK", [times(1, 2, key)], exact, seldom),
  row("EXISTS", [times(1, 4, key)], exact),
  row("TYPE", [key], exact),
  row("TOUCH", [times(1, 3, key)], exact, seldom),
  row("RENAME", [key, key], exact, seldom),
  row("RENAMENX", [key, key], exact),
  row("COPY", [key, key, syntax.copyOptions], exact),
  row("MOVE", [key, database], exact),
  row("SELECT", [database], exact, seldom),
  row("SWAPDB", [database, database], exact, { weight: 1 }),
  row("DBSIZE", [], exact),
  row("FLUSHDB", [maybe(oneOf("SYNC", "async", hostile))], exact, rare),
  row("FLUSHALL", [maybe(oneOf("sync", "ASYNC", hostile))], exact, { weight: 0.1 }),
  row("KEYS", [syntax.pattern], asSet, seldom),
  row("RANDOMKEY", [], drawnFrom(allKeys), seldom),
  row(
    "SCAN",
    ["0", "COUNT", WHOLE_SCAN_COUNT, maybe("MATCH", syntax.pattern), syntax.typeFilter],
    wholeScan(1),
    seldom,
  ),
  row("SCAN", [hostile, syntax.scanOptions], wholeScan(1), seldom),
  row("OBJECT", ["ENCODING", key], exact),
  row("OBJECT", ["refcount", key], sharing),
  row("OBJECT", ["IDLETIME", key], idleSeconds(5), seldom),
  row("OBJECT", ["FREQ", key], sameType("it counts by chance"), seldom),
  row("OBJECT", [oneOf("NOSUCH", "ENCODING", hostile), times(0, 2, key)], exact, { weight: 1 }),

  // Deadlines
  row("EXPIRE", [key, seconds, maybe(syntax.expireFlag)], exact, timeless),
  row("EXPIRE", [key, secondsAhead, syntax.expireFlags], exact, arityOnly),
  row("PEXPIRE", [key, ms, maybe(syntax.expireFlag)], exact, timeless),
  row("PEXPIRE", [key, msAhead, syntax.expireFlags], exact, arityOnly),
  row("EXPIREAT", [key, unixSeconds, maybe(syntax.expireFlags)], exact, timeless),
  row("PEXPIREAT", [key, unixMs, maybe(syntax.expireFlags)], exact, timeless),
  row("TTL", [key], near(5)),
  row("PTTL", [key], near(5000)),
  row("EXPIRETIME", [key], near(5)),
  row("PEXPIRETIME", [key], near(5000)),
  row("PERSIST", [key], exact),

  // Connection
  row("PING", [maybe(value)], exact, seldom),
  row("ECHO", [value], exact, seldom),
  row("AUTH", [times(0, 3, value)], exact, { weight: 1 }),
  asIs("HELLO", [syntax.helloArguments], 1.5, helloMap),
  asIs("RESET", []),
  asIs("CLIENT", ["SETNAME", syntax.clientName], 2),
  asIs("CLIENT", ["GETNAME"], 2),
  asIs("CLIENT", ["ID"], 1, ownConnections),
  asIs("CLIENT", ["INFO"], 1, ownFigures),
  asIs("CLIENT", ["LIST", syntax.clientListFilter], 1, ownFigures),
  asIs("CLIENT", ["KILL", syntax.clientKillFilter]),
  asIs("CLIENT", ["NO-EVICT", words("on OFF maybe")]),
  asIs("CLIENT", ["REPLY", words("ON maybe")]),
  asIs("CLIENT", [oneOf("NOSUCH", "nosuch\r\n", ""), times(0, 2, value)]),

  // Server
  row("TIME", [], sameType("the clock"), { weight: 1 }),
  asIs("LOLWUT", [], 0.2, sameType("it draws with the version")),
  asIs("INFO", [syntax.infoSections], 0.3, ownFigures),
  asIs("CONFIG", ["SET", syntax.hashSettings], 2),
  asIs("CONFIG", ["SET", syntax.harmlessSettings], 2),
  asIs("CONFIG", ["GET", syntax.settingPatterns], 2, asMap),
  asIs("CONFIG", ["RESETSTAT"], 0.2),
  asIs("CONFIG", [words("NOSUCH get set |"), maybe("hash-max-listpack-value")]),
  asIs("COMMAND", ["GETKEYS", syntax.commandWithKeys], 2),
  asIs("COMMAND", ["GETKEYSANDFLAGS", syntax.commandWithKeys], 2),
  row("MEMORY", ["USAGE", key, maybe("SAMPLES", words("0 5 -1 x"))], sameType("the allocators differ"), { weight: 2 }),
  asIs("MEMORY", [oneOf("NOSUCH", "usage", "DOCTOR x")], 0.5),
  asIs("SHUTDOWN", [oneOf(words("NOSUCH ABORT |"), "NOSAVE SAVE")], 0.5),
  asIs("SHUTDOWN", ["SAVE", "NOSAVE"], 0.5),
  asIs("LATENCY", ["HISTOGRAM", "nosuch"], 0.5),
  asIs("LATENCY", ["HISTOGRAM", words("get config|set hset")], 0.5, ownFigures),
  asIs("SLOWLOG", [words("LEN RESET NOSUCH |")], 0.5, ownFigures),
  asIs("SLOWLOG", ["GET", maybe(hostile)], 0.5, ownFigures),
  asIs("DEBUG", ["SLEEP", "0"], 0.5),
  asIs("DEBUG", ["DIGEST"], 0.5),
  asIs("DEBUG", ["DIGEST-VALUE", times(1, 3, key)], 3),
  asIs("DEBUG", ["OBJECT", "key:never"], 0.5),
  asIs("DEBUG", ["PROTOCOL", syntax.protocolTypes]),
  asIs("DEBUG", ["POPULATE", words("3 20"), words("key populated"), maybe(words("5 40"))], 0.5),
  asIs("DEBUG", [words("NOSUCH digest-value POPULATE")], 0.5),

  // What doesn't exist
  row("NOSUCHCOMMAND", [times(0, 3, value)], exact, { weight: 1 }),
  row("nosuch\r\ncommand", [times(0, 30, oneOf(value, ...BOUNDARIES))], exact, { weight: 0.5 }),
  row("", [times(0, 1, value)], exact, { weight: 0.5 }),
  row("GETX", [key], exact, { weight: 0.5 }),
];

/** What the oracle doesn't ask, and why. */
export const EXCLUDED: { what: string; reason: string }[] = [
  {
    what: "SET IFEQ, DELIFEQ, MSETEX, HSCAN NOVALUES, CLIENT SETINFO, CLIENT NO-TOUCH",
    reason: "younger than Redis 7.0",
  },
  { what: "DEBUG PROTOCOL push", reason: "one command, two replies" },
  { what: "… HELP", reason: "Ashlar words its help itself" },
  {
    what: "QUIT, CLIENT REPLY OFF and SKIP, CLIENT KILL of somebody",
    reason: "they change how many replies come; test/hostile asks",
  },
  { what: "near deadlines", reason: "two servers read two clocks; the tests of expiry ask, in virtual time" },
  { what: "COMMAND, COMMAND DOCS/COUNT/LIST/INFO", reason: "another test compares the whole command table" },
  { what: "HRANDFIELD with a count below -1000", reason: "both servers would really write that many elements" },
  { what: "OBJECT IDLETIME, TTL …: a difference up to 5 s", reason: "two servers read two clocks" },
  {
    what: "OBJECT REFCOUNT of a small integer that COPY made",
    reason: "Ashlar shares no objects, so nothing tells it from others",
  },
  {
    what: "OBJECT IDLETIME of a small integer",
    reason: "Redis shares one object, and its time of use, among many keys",
  },
  { what: "the figures in INFO, CLIENT LIST, MEMORY USAGE, TIME", reason: "they belong to the one server" },
  { what: "the version, the server's name and the connection's id in HELLO", reason: "they belong to the one server" },
];
