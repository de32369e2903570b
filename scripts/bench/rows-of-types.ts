// The rows of lists, sets, sorted sets, hashes, streams, bitmaps and transactions, with the bounds of the acceptance list of
// issue 3: all tests of redis-benchmark, single commands on large values, bytes per element, and pauses.

import { type Filling, HUNDRED, NUMBER, SCATTERED } from "./fill.ts";
import { measureBigValue } from "./growth.ts";
import { measureElements } from "./memory.ts";
import {
  atMost,
  type Effort,
  type Row,
  ratioAtLeast,
  ratioAtMost,
  type Shape,
  type Stock,
  throughput,
} from "./row-kinds.ts";
import type { Server } from "./server.ts";
import { measureSequence } from "./throughput.ts";

const MILLION = 1_000_000;
const RANDOM = "__rand_int__";
const ELEMENT = `element:${NUMBER}`;

function stock(name: string, ...fillings: Filling[]): Stock {
  return { name, fillings };
}

function filling(count: number, ...words: string[]): Filling {
  // The ID of an XADD has to be above the last one, and is its answer, in two lines.
  return { commands: [words], count, ...(words[0] === "XADD" ? { replyLines: 2, inOrder: true } : {}) };
}

const PUSHES: Stock = stock("an empty list, growing", filling(1, "DEL", NUMBER));
const POPS: Stock = stock("a list of 2m", filling(2 * MILLION, "LPUSH", "mylist", "xxx"));
const RANGES: Stock = stock("a list of 10k", filling(10_000, "LPUSH", "mylist", "v".repeat(16)));
const LIST: Stock = stock("a list of 1m", filling(MILLION, "RPUSH", "mylist", ELEMENT));
const SET: Stock = stock("a set of 1m", filling(MILLION, "SADD", "myset", ELEMENT));
const SPOPS: Stock = stock("a set of 2m", filling(2 * MILLION, "SADD", "myset", ELEMENT));
const ZSET: Stock = stock("a sorted set of 1m", filling(MILLION, "ZADD", "myzset", SCATTERED, ELEMENT));
const ZPOPS: Stock = stock("a sorted set of 2m", filling(2 * MILLION, "ZADD", "myzset", NUMBER, ELEMENT));
const HASH: Stock = stock("a hash of 1m", filling(MILLION, "HSET", "myhash", ELEMENT, "v".repeat(16)));
const STREAM: Stock = stock(
  "a stream of 1m",
  filling(MILLION, "XADD", "mystream", `${NUMBER}-1`, "field", "v".repeat(16)),
);
const TWO_SETS: Stock = stock(
  "two sets of 100k",
  filling(100_000, "SADD", "set:a", ELEMENT),
  filling(100_000, "SADD", "set:b", `element:5${NUMBER.slice(1)}`),
  filling(50_000, "SADD", "set:b", ELEMENT),
);
const NUMBERS: Stock = stock("a list of 100k numbers", filling(100_000, "RPUSH", "numbers", SCATTERED));
const BITMAPS: Stock = stock(
  "two bitmaps of 100 MB",
  filling(1, "SETBIT", "bits:a", "799999999", "1"),
  filling(1, "SETBIT", "bits:b", "799999999", "1"),
);

/** Requests of a turn that takes elements away: three turns and a warm-up leave some. */
const POPPED = 500_000;

type Asked = [name: string, words: string | readonly string[], on: Stock | undefined, requests?: number];

/** What redis-benchmark asks, once unpipelined and once at 16. */
const STANDARD: readonly Asked[] = [
  ["ping-inline", "ping_inline", undefined],
  ["lpush", "lpush", PUSHES],
  ["rpush", "rpush", PUSHES],
  ["lpop", "lpop", POPS, POPPED],
  ["rpop", "rpop", POPS, POPPED],
  ["sadd", "sadd", SET],
  ["spop", "spop", SPOPS, POPPED],
  ["zadd", "zadd", ZSET],
  ["zpopmin", "zpopmin", ZPOPS, POPPED],
  ["xadd", ["XADD", "mystream", "*", "myfield", "v".repeat(16)], PUSHES],
];
const RANGE_LENGTHS = [100, 300, 500, 600];

/** Single commands on large values: at pipeline 1 when they take long by themselves. */
const LARGE: readonly Asked[] = [
  ["zadd-1m", ["ZADD", "myzset", RANDOM, `element:${RANDOM}`], ZSET],
  ["zadd-fraction-1m", ["ZADD", "myzset", `${RANDOM}.1`, `element:${RANDOM}`], ZSET],
  ["zincrby-1m", ["ZINCRBY", "myzset", "1", `element:${RANDOM}`], ZSET],
  ["zrank-1m", ["ZRANK", "myzset", `element:${RANDOM}`], ZSET],
  ["zrange-1m", ["ZRANGE", "myzset", RANDOM, "+inf", "BYSCORE", "LIMIT", "0", "100"], ZSET, 200_000],
  ["sismember-1m", ["SISMEMBER", "myset", `element:${RANDOM}`], SET],
  ["hget-1m", ["HGET", "myhash", `element:${RANDOM}`], HASH],
  ["lindex-1m", ["LINDEX", "mylist", "500000"], LIST],
  ["xadd-1m", ["XADD", "mystream", "*", "field", "v".repeat(16)], STREAM],
  ["xrange-1m", ["XRANGE", "mystream", RANDOM, "+", "COUNT", "10"], STREAM, 400_000],
];
const LONG: readonly Asked[] = [
  ["sinter-100k", ["SINTER", "set:a", "set:b"], TWO_SETS, 60],
  ["bitcount-100mb", ["BITCOUNT", "bits:a"], BITMAPS, 60],
  ["bitop-100mb", ["BITOP", "AND", "bits:c", "bits:a", "bits:b"], BITMAPS, 20],
  ["sort-100k", ["SORT", "numbers", "LIMIT", "0", "10"], NUMBERS, 40],
];

const shape = (asked: Asked, pipeline: number): Shape => ({
  test: asked[1],
  pipeline,
  keys: MILLION,
  valueBytes: 16,
  ...(asked[2] === undefined ? {} : { on: asked[2] }),
  ...(asked[3] === undefined ? {} : { requests: asked[3] }),
});

const TEN_SETS: Filling = {
  commands: [
    ["MULTI"],
    ...Array.from({ length: 10 }, (_, i) => ["SET", `key:${i}:${SCATTERED}`, "v".repeat(16)]),
    ["EXEC"],
  ],
  replyLines: 1 + 10 + 1 + 10,
  count: 100_000,
};

export const typeRows: readonly Row[] = [
  ...STANDARD.map((asked) => throughput(`${asked[0]}-p1`, shape(asked, 1), 0.95)),
  ...STANDARD.map((asked) => throughput(`${asked[0]}-p16`, shape(asked, 16), 1.2)),
  ...RANGE_LENGTHS.map((length) => {
    const asked: Asked = ["", ["LRANGE", "mylist", "0", String(length - 1)], RANGES, 20_000_000 / length];
    return throughput(`lrange-${length}-p1`, shape(asked, 1), 0.95);
  }),
  ...RANGE_LENGTHS.map((length) => {
    const asked: Asked = ["", ["LRANGE", "mylist", "0", String(length - 1)], RANGES, 40_000_000 / length];
    return throughput(`lrange-${length}-p16`, shape(asked, 16), 1.0);
  }),
  ...LARGE.map((asked) => throughput(asked[0], shape(asked, 16), 1.0)),
  ...LONG.map((asked) => throughput(asked[0], { ...shape(asked, 1), clients: 2 }, 1.0)),
  {
    name: "multi-10-sets",
    what: "MULTI, ten SETs, EXEC, 8 clients, 64 transactions at once",
    figures: [
      { label: "throughput", unit: "req/s", bound: ratioAtLeast(1.2) },
      { label: "per processor second", unit: "req/s" },
    ],
    on: stock("1m keys, by transactions", TEN_SETS),
    measure: (server: Server, effort: Effort) =>
      measureSequence(server, { ...TEN_SETS, count: TEN_SETS.count * effort }),
  },

  elements("hash", 0.75, (key, member) => ["HSET", key, member, "v".repeat(16)]),
  elements("set", 0.75, (key, member) => ["SADD", key, member]),
  elements("zset", 0.75, (key, member) => ["ZADD", key, SCATTERED, member]),
  elements("list", 1.0, (key, member) => ["RPUSH", key, member]),
  elements("stream", 1.0, (key, member) => ["XADD", key, `${NUMBER}-1`, "field", member]),
  elements("intset", 1.0, (key) => ["SADD", key, NUMBER]),

  bigValue("list", "RPUSH", "big", ELEMENT),
  bigValue("set", "SADD", "big", ELEMENT),
  bigValue("hash", "HSET", "big", ELEMENT, "value"),
  bigValue("zset", "ZADD", "big", SCATTERED, ELEMENT),
  bigValue("stream", "XADD", "big", `${NUMBER}-1`, "field", "value"),
];

/** Bytes per element: 1,000,000 elements in one value, and in 1,000 values of 100 each. */
function elements(type: string, atMostRatio: number, words: (key: string, member: string) => string[]): Row {
  const member = `memb${NUMBER}`;
  return {
    name: `memory-${type}`,
    what: `used_memory per element of 16 bytes, 1,000,000 in one ${type} and in 1,000 of 100 each`,
    figures: [
      { label: "in one", unit: "bytes", bound: ratioAtMost(atMostRatio) },
      { label: "in hundreds", unit: "bytes", bound: ratioAtMost(atMostRatio) },
    ],
    on: "fresh",
    rounds: 1,
    measure: (candidate) =>
      measureElements(
        candidate,
        filling(MILLION, ...words("big", member)),
        filling(100_000, ...words(`small:${HUNDRED}`, member)),
      ),
  };
}

/** Pauses while one value grows to 10,000,000 elements, and while it is deleted (a quick run: 1,000,000). */
function bigValue(type: string, ...words: string[]): Row {
  return {
    name: `big-${type}`,
    what: `PING every ms while a ${type} grows to 10,000,000 elements and is deleted (a quick run: 1,000,000)`,
    figures: [
      { label: "worst while it grows", unit: "ms", bound: atMost(5) },
      { label: "p99.9 while it grows", unit: "ms" },
      { label: "worst while it goes", unit: "ms", bound: atMost(5) },
      { label: "the busy machine's own worst", unit: "ms" },
    ],
    on: "fresh",
    rounds: 1,
    measure: (candidate, effort) =>
      measureBigValue(candidate, "big", filling(effort < 1 ? MILLION : 10 * MILLION, ...words)),
  };
}
