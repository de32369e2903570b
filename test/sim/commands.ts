/**
 * Random commands of all types on a few small keys: histories that are short to recover and still reach whatever is told to a
 * log in another way than it was asked for.
 */
import type { Random } from "../support/random.ts";

type Make = (random: Random) => string[];

const KEYS = 3;
const VALUES = ["", "a", "0", "41", "-7", "3.25", "\r\n*1\r\n", "\0\xff", "x".repeat(70), "abcabcabc".repeat(30)];

const key = (kind: string) => (random: Random) => `${kind}${random.below(KEYS)}`;
const string = key("string");
const number = key("number");
const list = key("list");
const set = key("set");
const zset = key("zset");
const hash = key("hash");
const stream = key("stream");
const thing = (random: Random): string => random.pick([string, number, list, set, zset, hash, stream])(random);
const value = (random: Random): string => random.pick(VALUES);
const member = (random: Random): string => random.pick(["a", "b", "c", "1", "2", "30000", "d".repeat(70)]);
const score = (random: Random): string => random.pick(["0", "1", "-1.5", "inf", "0.1", "1e20"]);
const small = (random: Random): string => String(random.below(4));
const side = (random: Random): string => random.pick(["LEFT", "RIGHT"]);
const soonMs = (random: Random): string => random.pick(["1", "40", "300", "1500", "60000"]);
const id = (random: Random): string => random.pick(["*", "*", "*", "1-1", "99999999999999-*"]);

/** Two keys of one kind. */
const two = (kind: Make | ((random: Random) => string), random: Random): string[] =>
  [kind(random), kind(random)].flat();

/** Commands by how often they come. */
const OFTEN: readonly Make[] = [
  (r) => ["SET", string(r), value(r)],
  (r) => ["SET", string(r), value(r), "PX", soonMs(r)],
  (r) => ["APPEND", string(r), value(r)],
  (r) => ["INCR", number(r)],
  (r) => ["RPUSH", list(r), value(r), member(r)],
  (r) => ["LPUSH", list(r), member(r)],
  (r) => ["SADD", set(r), member(r), member(r)],
  (r) => ["ZADD", zset(r), score(r), member(r), score(r), member(r)],
  (r) => ["HSET", hash(r), member(r), value(r), member(r), value(r)],
  (r) => ["XADD", stream(r), id(r), member(r), value(r)],
  (r) => ["DEL", thing(r)],
  (r) => ["PEXPIRE", thing(r), soonMs(r)],
];

const SELDOM: readonly Make[] = [
  (r) => ["SETEX", string(r), "1", value(r)],
  (r) => ["SET", string(r), value(r), "KEEPTTL", "GET"],
  (r) => ["GETEX", string(r), "PX", soonMs(r)],
  (r) => ["GETDEL", string(r)],
  (r) => ["GET", string(r)],
  (r) => ["SETRANGE", string(r), small(r), value(r)],
  (r) => ["SETBIT", string(r), String(r.below(100)), "1"],
  (r) => ["BITFIELD", string(r), "INCRBY", "u8", "#1", "7"],
  (r) => ["BITOP", "XOR", ...two(string, r), string(r)],
  (r) => ["MSET", string(r), value(r), number(r), "5"],
  (r) => ["PFADD", "log", member(r)],
  (r) => ["INCRBYFLOAT", number(r), "0.1"],
  (r) => ["LPOP", list(r), small(r)],
  (r) => ["RPOP", list(r)],
  (r) => ["LMOVE", ...two(list, r), side(r), side(r)],
  (r) => ["LMPOP", "2", ...two(list, r), side(r), "COUNT", "2"],
  (r) => ["LTRIM", list(r), "0", small(r)],
  (r) => ["LINSERT", list(r), "BEFORE", member(r), value(r)],
  (r) => ["LREM", list(r), "1", member(r)],
  (r) => ["BLPOP", list(r), "0.1"],
  (r) => ["BLMOVE", ...two(list, r), side(r), side(r), "0.5"],
  (r) => ["BZPOPMIN", zset(r), "0.2"],
  (r) => ["SPOP", set(r)],
  (r) => ["SPOP", set(r), small(r)],
  (r) => ["SREM", set(r), member(r)],
  (r) => ["SMOVE", ...two(set, r), member(r)],
  (r) => ["SUNIONSTORE", set(r), ...two(set, r)],
  (r) => ["SDIFFSTORE", set(r), ...two(set, r)],
  (r) => ["SORT", set(r), "ALPHA", "STORE", list(r)],
  (r) => ["ZINCRBY", zset(r), "0.3", member(r)],
  (r) => ["ZPOPMAX", zset(r)],
  (r) => ["ZREM", zset(r), member(r)],
  (r) => ["ZRANGESTORE", ...two(zset, r), "0", "1"],
  (r) => ["ZUNIONSTORE", zset(r), "2", ...two(zset, r), "AGGREGATE", "MAX"],
  (r) => ["GEOADD", "places", "13.4", "52.5", member(r)],
  (r) => ["HDEL", hash(r), member(r)],
  (r) => ["HINCRBYFLOAT", hash(r), "n", "0.1"],
  (r) => ["HPEXPIRE", hash(r), soonMs(r), "FIELDS", "1", member(r)],
  (r) => ["HPERSIST", hash(r), "FIELDS", "1", member(r)],
  (r) => ["HGETALL", hash(r)],
  (r) => ["XTRIM", stream(r), "MAXLEN", small(r)],
  (r) => ["XDEL", stream(r), "1-1"],
  (r) => ["XGROUP", "CREATE", stream(r), "g", "0", "MKSTREAM"],
  (r) => ["XREADGROUP", "GROUP", "g", member(r), "COUNT", "2", "STREAMS", stream(r), ">"],
  (r) => ["XREADGROUP", "GROUP", "g", "late", "BLOCK", "200", "STREAMS", stream(r), ">"],
  (r) => ["XACK", stream(r), "g", "1-1"],
  (r) => ["XAUTOCLAIM", stream(r), "g", member(r), "0", "0", "COUNT", "1"],
  (r) => ["XSETID", stream(r), "99999999999999-0"],
  (r) => ["PERSIST", thing(r)],
  (r) => ["EXPIREAT", thing(r), "1"],
  (r) => ["COPY", ...two(string, r), "REPLACE"],
  (r) => ["COPY", ...two(stream, r)],
  (r) => ["RENAME", ...two(hash, r)],
  (r) => ["RENAMENX", ...two(zset, r)],
  (r) => ["MOVE", thing(r), small(r)],
  (r) => ["UNLINK", thing(r), thing(r)],
  (r) => ["SELECT", small(r)],
  () => ["SCAN", "0", "COUNT", "100"],
  (r) => ["TOUCH", thing(r)],
];

const RARE: readonly Make[] = [
  () => ["FLUSHDB"],
  () => ["FLUSHALL"],
  (r) => ["SWAPDB", small(r), small(r)],
  (r) => ["SET", string(r), `${r.bytes(300)}${"long".repeat(r.below(500))}`],
];

function one(random: Random): string[] {
  const dice = random.below(100);
  return random.pick(dice < 60 ? OFTEN : dice < 98 ? SELDOM : RARE)(random);
}

/** What a client sends at once: a command, a pipeline or, unless they are left out, a transaction. */
export function randomCommands(random: Random, hasTransactions: boolean): string[][] {
  const dice = random.below(10);
  if (dice < 6) return [one(random)];
  const several = Array.from({ length: random.between(2, 5) }, () => one(random));
  return dice < 8 || !hasTransactions ? several : [["MULTI"], ...several, [random.chance(0.9) ? "EXEC" : "DISCARD"]];
}
