/**
 * Random commands that change things: the oracle's, and beside them what the oracle cannot ask a server of 7.0 or another
 * clock: newer commands, deadlines that pass soon, members chosen by chance. Keys are few, so that commands meet.
 */
import { type Argument, expand, maybe, oneOf, times } from "../oracle/arguments.ts";
import type { Row } from "../oracle/row.ts";
import { asIs } from "../oracle/row.ts";
import { bitmapRows } from "../oracle/rows/bitmaps.ts";
import { dumpRows } from "../oracle/rows/dump.ts";
import { geoRows } from "../oracle/rows/geo.ts";
import { hashRows } from "../oracle/rows/hashes.ts";
import { hyperloglogRows } from "../oracle/rows/hyperloglog.ts";
import { keyRows } from "../oracle/rows/keys.ts";
import { listRows } from "../oracle/rows/lists.ts";
import { setRows } from "../oracle/rows/sets.ts";
import { sortingRows } from "../oracle/rows/sorting.ts";
import { streamRows } from "../oracle/rows/streams.ts";
import { stringRows } from "../oracle/rows/strings.ts";
import { zsetRows } from "../oracle/rows/zsets.ts";
import { words } from "../oracle/syntax.ts";
import type { Random } from "../support/random.ts";

/** Where the clock begins. */
export const BEGIN_MS = 1_700_000_000_000;

/** What the oracle asks about data, without what only one server can answer. */
export const oracleRows: readonly Row[] = [
  ...stringRows,
  ...bitmapRows,
  ...hyperloglogRows,
  ...listRows,
  ...setRows,
  ...zsetRows,
  ...geoRows,
  ...hashRows,
  ...streamRows,
  ...keyRows,
  ...sortingRows,
  ...dumpRows,
].filter(({ name }) => !["DEBUG", "CONFIG", "CLIENT", "SHUTDOWN"].includes(name));

const count = (low: number, high: number) => (random: Random) => String(random.between(low, high));
const key = (prefix: string) => (random: Random) => `${prefix}${random.below(4)}`;
const [string, hash, set, zset, list, stream] = ["s", "h", "m", "z", "l", "x"].map(key) as Argument[] as [
  Argument,
  Argument,
  Argument,
  Argument,
  Argument,
  Argument,
];
const anyKey: Argument = (random) => expand([random.pick([string, hash, set, zset, list, stream])], random);
const value = words("a b c 1 2 3.5 10");
const field = words("f g h i 1 2");
const soon = oneOf("1", "2", count(1, 8), "100000");
const soonMs = oneOf(count(1, 3000), count(1, 30), "100000000");
const unixSoon: Argument = (random) => String(Math.floor(BEGIN_MS / 1000) + random.between(-5, 100));
const unixSoonMs: Argument = (random) => String(BEGIN_MS + random.between(-1000, 100_000));
const deadline: Argument = (random) =>
  expand(
    random.pick<Argument[]>([
      ["EX", soon],
      ["PX", soonMs],
      ["EXAT", unixSoon],
      ["PXAT", unixSoonMs],
    ]),
    random,
  );
const lifetime = oneOf(deadline, deadline, deadline, "KEEPTTL");
const counted =
  (one: Argument, ...behind: Argument[]): Argument =>
  (random) => {
    const parts = Array.from({ length: random.between(1, 4) }, () => expand([one, ...behind], random));
    return [String(parts.length), ...parts.flat()];
  };
const conditions = maybe(words("NX XX GT LT"));
const id: Argument = (random) => `${random.between(1, 40)}-${random.below(3)}`;
const ids = counted(id);
const references = maybe(words("KEEPREF DELREF ACKED"));
const group = words("g k");
const consumer = words("alice bob eve");

const manyFieldsKey = words("hm hn");
const oneOfMany: Argument = (random) => `n${random.below(40)}`;
const manyFields =
  (...behind: string[]): Argument =>
  () =>
    Array.from({ length: 40 }, (_, i) => [`n${i}`, ...behind]).flat();

/** Commands whose effect depends on the moment, on chance or on what only newer servers know. */
export const ownRows: readonly Row[] = [
  asIs("SET", [string, value, maybe(words("NX XX GET")), maybe(lifetime)], 30),
  asIs("SET", [string, value, "IFEQ", value, maybe(lifetime)], 5),
  asIs("SET", [string, value, "GET", maybe("NX"), maybe("get")], 5),
  asIs("SETEX", [string, soon, value], 5),
  asIs("PSETEX", [string, soonMs, value], 5),
  asIs("GETEX", [string, maybe(oneOf(deadline, "PERSIST"))], 15),
  asIs("GETDEL", [string], 5),
  asIs("GETSET", [string, value], 5),
  asIs("DELIFEQ", [string, value], 5),
  asIs("MSETEX", [counted(string, value), maybe(words("NX XX")), maybe(lifetime)], 15),
  asIs("INCRBYFLOAT", [string, words("0.1 1e3 -2.5 3")], 8),
  asIs("INCR", [string], 15),
  asIs("APPEND", [string, value], 5),
  asIs("EXPIRE", [anyKey, soon, conditions], 20),
  asIs("PEXPIRE", [anyKey, soonMs, conditions], 20),
  asIs("EXPIREAT", [anyKey, unixSoon, conditions], 10),
  asIs("PEXPIREAT", [anyKey, unixSoonMs, conditions], 10),
  asIs("PERSIST", [anyKey], 5),
  asIs("HSET", [hash, times(1, 4, field, value)], 40),
  asIs("HSETNX", [hash, field, value], 10),
  asIs("HDEL", [hash, times(1, 3, field)], 5),
  asIs("HINCRBY", [hash, field, "3"], 10),
  asIs("HINCRBYFLOAT", [hash, field, "0.5"], 10),
  asIs("HEXPIRE", [hash, soon, conditions, "FIELDS", counted(field)], 15),
  asIs("HPEXPIRE", [hash, soonMs, conditions, "FIELDS", counted(field)], 15),
  asIs("HEXPIREAT", [hash, unixSoon, conditions, "FIELDS", counted(field)], 8),
  asIs("HPEXPIREAT", [hash, unixSoonMs, conditions, "FIELDS", counted(field)], 8),
  // So many at once that some are past their deadlines and not removed yet when a command comes.
  asIs("HSETEX", [manyFieldsKey, "PX", soonMs, "FIELDS", "40", manyFields("v")], 8),
  asIs("HPEXPIRE", [manyFieldsKey, soonMs, "FIELDS", "40", manyFields()], 4),
  asIs("HINCRBY", [manyFieldsKey, oneOfMany, "1"], 15),
  asIs("HINCRBYFLOAT", [manyFieldsKey, oneOfMany, "1.5"], 8),
  asIs("HSETNX", [manyFieldsKey, oneOfMany, value], 8),
  asIs("HSETEX", [manyFieldsKey, words("FNX FXX"), maybe(lifetime), "FIELDS", counted(oneOfMany, value)], 8),
  asIs("HPERSIST", [manyFieldsKey, "FIELDS", counted(oneOfMany)], 8),
  asIs("HPEXPIREAT", [manyFieldsKey, unixSoonMs, conditions, "FIELDS", counted(oneOfMany)], 5),
  asIs("HGETDEL", [manyFieldsKey, "FIELDS", counted(oneOfMany)], 4),
  asIs("COPY", [manyFieldsKey, hash, "REPLACE"], 3),
  asIs("HPERSIST", [hash, "FIELDS", counted(field)], 6),
  asIs("HGETEX", [hash, maybe(oneOf(deadline, "PERSIST")), "FIELDS", counted(field)], 12),
  asIs("HGETDEL", [hash, "FIELDS", counted(field)], 6),
  asIs("HSETEX", [hash, maybe(words("FNX FXX")), maybe(lifetime), "FIELDS", counted(field, value)], 20),
  asIs("SADD", [set, times(1, 8, value, field)], 30),
  asIs("SPOP", [set, maybe(count(0, 12))], 20),
  asIs("SMOVE", [set, set, value], 5),
  asIs("SRANDMEMBER", [set, maybe("3")], 2),
  asIs("ZADD", [zset, times(1, 4, count(-5, 5), field)], 30),
  asIs("ZMPOP", ["2", zset, zset, words("MIN MAX"), maybe("COUNT", count(1, 5))], 10),
  asIs("ZPOPMIN", [zset, maybe(count(0, 4))], 5),
  asIs("ZADD", [zset, "INCR", "1.5", field], 5),
  asIs(
    "GEOADD",
    [zset, maybe(words("NX XX CH")), times(1, 3, words("13.36 15.08 -120.5"), words("38.1 -37.5"), field)],
    8,
  ),
  asIs("GEORADIUS", [zset, "15", "37", "2000", "km", words("STORE STOREDIST"), zset], 5),
  asIs("SORT", [oneOf(set, list), "ALPHA", "STORE", list], 5),
  asIs("SORT", [set, "BY", "nosort", "STORE", list], 3),
  asIs("RPUSH", [list, times(1, 5, value)], 30),
  asIs("LPOP", [list, maybe(count(0, 4))], 5),
  asIs("LMPOP", ["2", list, list, words("LEFT RIGHT"), maybe("COUNT", count(1, 5))], 10),
  asIs("LMOVE", [list, list, words("left RIGHT"), words("LEFT right")], 5),
  asIs("XADD", [stream, maybe("MAXLEN", words("~ ="), count(0, 30)), "*", "f", value], 30),
  asIs("XADD", [stream, maybe("MINID", "~", id), oneOf("50-*", id), "f", value], 20),
  asIs("XADD", [stream, "MAXLEN", "~", count(0, 20), "LIMIT", count(0, 10), "*", "f", value], 10),
  asIs("XTRIM", [stream, words("MAXLEN"), words("~ ="), count(0, 20)], 5),
  asIs("XDEL", [stream, times(1, 4, id)], 8),
  asIs("XDELEX", [stream, references, "IDS", ids], 8),
  asIs("XACK", [stream, group, times(1, 3, id)], 6),
  asIs("XACKDEL", [stream, group, references, "IDS", ids], 8),
  asIs("XGROUP", ["CREATE", stream, group, oneOf("$", "0", id), maybe("MKSTREAM")], 20),
  asIs("XGROUP", ["CREATECONSUMER", stream, group, consumer], 3),
  asIs("XGROUP", ["DELCONSUMER", stream, group, consumer], 3),
  asIs(
    "XREADGROUP",
    ["GROUP", group, consumer, maybe("COUNT", count(1, 5)), maybe("NOACK"), "STREAMS", stream, words("> > 0")],
    40,
  ),
  asIs("XREADGROUP", ["GROUP", group, consumer, "CLAIM", count(0, 3000), "STREAMS", stream, ">"], 10),
  asIs(
    "XCLAIM",
    [stream, group, consumer, count(0, 2000), times(1, 3, id), maybe("FORCE"), maybe("JUSTID"), maybe("LASTID", id)],
    15,
  ),
  asIs(
    "XCLAIM",
    [stream, group, consumer, "0", id, maybe("IDLE", count(0, 5000)), maybe("RETRYCOUNT", count(0, 9))],
    10,
  ),
  asIs("XAUTOCLAIM", [stream, group, consumer, count(0, 2000), "-", maybe("COUNT", count(1, 4)), maybe("JUSTID")], 12),
  asIs("PFADD", [string, times(1, 3, value)], 4),
  asIs("PFCOUNT", [string], 6),
  asIs("SETBIT", [string, count(0, 60), words("0 1")], 3),
  asIs("DEL", [times(1, 2, anyKey)], 8),
  asIs("UNLINK", [anyKey], 3),
  asIs("RENAME", [anyKey, anyKey], 6),
  asIs("COPY", [anyKey, anyKey, maybe("DB", words("0 1")), maybe("REPLACE")], 8),
  asIs("MOVE", [anyKey, words("0 1")], 6),
  asIs("SWAPDB", [words("0 1"), words("0 1")], 1),
  asIs("FLUSHDB", [maybe(words("ASYNC sync"))], 0.5),
  asIs("FLUSHALL", [], 0.2),
  asIs("SELECT", [words("0 0 0 1")], 5),
  asIs("SCAN", ["0"], 3),
  asIs("KEYS", ["*"], 1),
  asIs("RANDOMKEY", [], 2),
  asIs("GET", [string], 5),
  asIs("HGETALL", [hash], 5),
  asIs("TYPE", [anyKey], 5),
  asIs("MULTI", [], 12),
  asIs("EXEC", [], 25),
  asIs("DISCARD", [], 2),
  asIs("WATCH", [anyKey], 2),
];

/** Commands that wait. */
export const waitingRows: readonly Row[] = [
  asIs("BLPOP", [times(1, 3, list), oneOf("0", "1", "0.05")], 10),
  asIs("BRPOP", [list, "0"], 10),
  asIs("BLMPOP", [oneOf("0", "1"), counted(list), words("LEFT RIGHT"), maybe("COUNT", count(1, 3))], 10),
  asIs("BLMOVE", [list, list, words("Left RIGHT"), words("left RIGHT"), "0"], 10),
  asIs("BRPOPLPUSH", [list, list, "0"], 5),
  asIs("BZPOPMIN", [times(1, 2, zset), "0"], 10),
  asIs("BZPOPMAX", [zset, "1"], 5),
  asIs("BZMPOP", ["0", counted(zset), words("MIN MAX"), maybe("COUNT", count(1, 3))], 10),
  asIs(
    "XREADGROUP",
    ["GROUP", group, consumer, "BLOCK", oneOf("0", "500"), maybe("NOACK"), "STREAMS", stream, ">"],
    20,
  ),
  asIs("XREADGROUP", ["GROUP", group, consumer, "BLOCK", "0", "CLAIM", count(0, 3000), "STREAMS", stream, ">"], 5),
];

/** Picks rows by their weight. */
export function weighted(rows: readonly Row[]): (random: Random) => Row {
  const total = rows.reduce((sum, { weight }) => sum + weight, 0);
  return (random) => {
    let drawn = (random.below(2 ** 32) / 2 ** 32) * total;
    for (const row of rows) {
      drawn -= row.weight;
      if (drawn < 0) return row;
    }
    return rows[0]!;
  };
}

export const commandOf = (row: Row, random: Random): string[] => [row.name, ...expand(row.args, random)];
