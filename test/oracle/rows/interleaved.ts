/**
 * What the interleaved oracle asks: commands that wait, commands that feed them, transactions. A handful of keys for all
 * types, so that clients meet; everything is compared byte for byte. Nothing has a timeout that could pass.
 */
import { type Argument, group, maybe, oneOf, times } from "../arguments.ts";
import { asIs, type Row } from "../row.ts";
import { words } from "../syntax.ts";

const KEYS = ["k0", "k1", "k2", "k3"];
const key: Argument = (random) => random.pick(KEYS);
const keys = times(1, 3, key);
const element: Argument = (random) => `e${random.below(20)}`;
const elements = times(1, 4, element);
const score: Argument = (random) => String(random.below(5));
const side = words("LEFT RIGHT");
const forever: Argument = (random) => random.pick(["0", "0", "0.0", "100000"]);
const foreverMs: Argument = (random) => random.pick(["0", "0", "100000000"]);
const database = words("0 0 0 1");
const count = maybe("COUNT", (random) => String(random.between(1, 3)));
const id: Argument = (random) => `${random.between(1, 9)}-${random.below(3)}`;
const streamGroup = words("g h");

const severalKeys: Argument = (random) => {
  const chosen = Array.from({ length: random.between(1, 3) }, () => random.pick(KEYS));
  return [String(chosen.length), ...chosen];
};

/** `STREAMS k0 k1 $ 3-0` */
const streamsFrom =
  (from: readonly string[], streamsMax = 3): Argument =>
  (random) => {
    const chosen = Array.from({ length: random.between(1, streamsMax) }, () => random.pick(KEYS));
    return ["STREAMS", ...chosen, ...chosen.map(() => random.pick(from))];
  };

const bad = oneOf("-1", "x", "", "1e400", "nan", "inf", "9223372036854775807");

/** Commands that may wait. */
export const WAITING: Row[] = [
  asIs("BLPOP", [keys, forever], 20),
  asIs("BRPOP", [keys, forever], 10),
  asIs("BLMOVE", [key, key, side, side, forever], 20),
  asIs("BRPOPLPUSH", [key, key, forever], 8),
  asIs("BLMPOP", [forever, severalKeys, side, count], 10),
  asIs("BZPOPMIN", [keys, forever], 15),
  asIs("BZPOPMAX", [keys, forever], 10),
  asIs("BZMPOP", [forever, severalKeys, words("MIN MAX"), count], 8),
  asIs("XREAD", [count, "BLOCK", foreverMs, streamsFrom(["$", "$", "0", "5-1"])], 15),
  asIs(
    "XREADGROUP",
    ["GROUP", streamGroup, words("alice bob"), count, "BLOCK", foreverMs, maybe("NOACK"), streamsFrom([">", ">", "0"])],
    20,
  ),
  asIs("BLPOP", [key, bad], 1),
  asIs("BZPOPMIN", [key, bad], 1),
  asIs("XREAD", ["BLOCK", bad, "STREAMS", key, "$"], 1),
  asIs("BLMOVE", [key, key, side, side, bad], 1),
];

/**
 * With SWAPDB and FLUSHALL several keys become ready at once, in whatever order Redis has them in a table. So a case with
 * them has only commands for which the order cannot matter, and nothing stands behind them in a pipeline.
 */
export const WHOLE_DATABASES: Row[] = [
  asIs("SWAPDB", [database, database], 10),
  asIs("FLUSHDB", [], 4),
  asIs("FLUSHALL", [], 2),
  asIs("BLPOP", [key, forever], 20),
  asIs("BRPOP", [key, forever], 20),
  asIs("BZPOPMIN", [key, forever], 20),
  asIs("BZMPOP", [forever, "1", key, words("MIN MAX"), count], 8),
  asIs("XREAD", [count, "BLOCK", foreverMs, streamsFrom(["$", "$", "0", "5-1"], 1)], 20),
  asIs("XREADGROUP", ["GROUP", streamGroup, "alice", "BLOCK", foreverMs, streamsFrom([">", ">", "0"], 1)], 20),
];

/** Commands that never wait. */
export const FEEDING: Row[] = [
  asIs("LPUSH", [key, elements], 25),
  asIs("RPUSH", [key, elements], 25),
  asIs("LPUSHX", [key, element], 3),
  asIs("LMOVE", [key, key, side, side], 6),
  asIs("RPOPLPUSH", [key, key], 3),
  asIs("LPOP", [key], 3),
  asIs("LINSERT", [key, "BEFORE", element, element], 2),
  asIs("LRANGE", [key, "0", "-1"], 4),
  asIs("ZADD", [key, times(1, 3, score, element)], 30),
  asIs("ZINCRBY", [key, score, element], 4),
  asIs("ZPOPMIN", [key], 3),
  asIs("ZRANGE", [key, "0", "-1", "WITHSCORES"], 4),
  asIs("ZUNIONSTORE", [key, severalKeys], 4),
  asIs("ZRANGESTORE", [key, key, "0", "-1"], 2),
  asIs("XADD", [key, id, "f", element], 20),
  asIs("XGROUP", ["CREATE", key, streamGroup, oneOf("$", "0", id), maybe("MKSTREAM")], 20),
  asIs("XGROUP", ["DESTROY", key, streamGroup], 4),
  asIs("XGROUP", ["SETID", key, streamGroup, oneOf("$", "0", id)], 2),
  asIs("XSETID", [key, id], 1),
  asIs("XDEL", [key, id], 2),
  asIs("XTRIM", [key, "MAXLEN", words("0 1 2")], 2),
  asIs("XREADGROUP", ["GROUP", streamGroup, "carol", streamsFrom([">", "0"])], 4),
  asIs("XPENDING", [key, streamGroup], 2),
  asIs("XRANGE", [key, "-", "+"], 2),
  asIs("SADD", [key, elements], 3),
  asIs("SET", [key, words("text 7")], 6),
  asIs("GET", [key], 3),
  asIs("HSET", [key, element, "v"], 2),
  asIs("DEL", [keys], 25),
  asIs("UNLINK", [keys], 5),
  asIs("RENAME", [key, key], 8),
  asIs("RENAMENX", [key, key], 4),
  asIs("COPY", [key, key, maybe("DB", database), maybe("REPLACE")], 6),
  asIs("MOVE", [key, database], 6),
  asIs("SORT", [key, "ALPHA", maybe("STORE", key)], 5),
  asIs("SELECT", [database], 6),
  asIs("EXPIREAT", [key, "1"], 4),
  asIs("PERSIST", [key], 1),
  asIs("TYPE", [key], 3),
  asIs("EXISTS", [keys], 2),
  asIs("PING", [], 3),
  asIs("NOSUCHCOMMAND", [], 1),
];

/** Transactions, word by word; most commands in them are those above. */
export const TRANSACTIONS: Row[] = [
  asIs("MULTI", [], 15),
  asIs("EXEC", [], 30),
  asIs("DISCARD", [], 3),
  asIs("WATCH", [keys], 15),
  asIs("UNWATCH", [], 3),
];

/** What changes the session itself. */
export const SESSION: Row[] = [
  asIs("HELLO", [words("2 3")], 2, { name: "any map", judge: () => null }),
  asIs("RESET", [], 1),
  asIs("CLIENT", ["REPLY", "ON"], 1),
  asIs("CLIENT", ["UNBLOCK", "99999999"], 1),
  asIs("CLIENT", [group("PAUSE", "0", words("WRITE ALL"))], 1),
  asIs("CLIENT", ["UNPAUSE"], 1),
];
