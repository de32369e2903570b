/**
 * The fuzzer of RESTORE: payloads of all types and encodings are damaged (bytes, lengths, parts of others; the checksum is
 * made right again) and restored by the server in this process. Each is refused, or becomes a value on which every command
 * works, whose parts agree with each other, and which survives being dumped, restored and copied. The memory is audited now
 * and then, and nothing may be left of what was refused.
 */
import { auditAll } from "../../src/keyspace/audit.ts";
import * as lazyFree from "../../src/keyspace/lazy-free.ts";
import * as mem from "../../src/mem/mem.ts";
import { KINDS, valueCommands } from "../exchange/values.ts";
import { bodyOf, intset, listpack, payload, string, withFooter, ziplist, zipmap } from "../rdb/payloads.ts";
import type { LocalClient } from "../support/in-process.ts";
import { type Random, seededRandom } from "../support/random.ts";
import { decodeReply, printable, type Reply } from "../support/resp.ts";
import { bulkOf } from "../support/side-by-side.ts";

export interface RestoreFuzzOptions {
  seed: number;
  payloads: number;
  client: LocalClient;
  /** Bodies of payloads (without footers) to damage: see `collectBodies`. */
  bodies: readonly string[];
  onProgress?(done: number, accepted: number): void;
}

export interface RestoreFuzzResult {
  done: number;
  accepted: number;
  /** `null` when everything went well. */
  failure: string | null;
}

const AUDIT_EVERY = 2000;
/** Longer ones take long, and are damaged in the same places. */
const BODY_BYTES_MAX = 3000;
const SEED_STEP = 0x9e3779b1;

/** Something that runs commands: a server, or the one in this process. */
type Run = (...words: string[]) => string | Promise<string>;

/** Bodies of payloads of every type, as a server dumps them. */
export async function collectBodies(random: Random, run: Run, valuesOfKind: number): Promise<string[]> {
  const bodies: string[] = [];
  for (const compression of ["yes", "no"]) {
    await run("CONFIG", "SET", "rdbcompression", compression);
    for (const kind of KINDS) {
      for (let i = 0; i < valuesOfKind; i++) {
        for (const command of valueCommands(random, kind, "k")) await run(...command);
        const reply = await run("DUMP", "k");
        if (reply[0] === "$" && reply[1] !== "-" && reply.length < BODY_BYTES_MAX) bodies.push(bodyOf(bulkOf(reply)));
        await run("DEL", "k");
      }
    }
  }
  await run("CONFIG", "SET", "rdbcompression", "yes");
  return [...bodies, ...oldBodies(random)];
}

/** Bodies in formats that no server writes any more. */
function oldBodies(random: Random): string[] {
  const bodies: string[] = [];
  for (let i = 0; i < 40; i++) {
    const names = [...new Set(Array.from({ length: 1 + random.below(12) }, () => random.bytes(random.below(9))))];
    const values = names.map((_, k) => String(k * random.below(1000)));
    const flat = names.flatMap((name, k) => [name, values[k]!]);
    const scored = names.flatMap((name, k) => [name, String(k)]);
    const pairs = names.map((name, k) => [name, values[k]!] as const);
    const numbers = names.map((_, k) => k * 3);
    const of = (type: number, value: string) => bodyOf(payload(type, value));
    bodies.push(
      of(9, string(zipmap(pairs, random.below(3)))),
      of(10, string(ziplist(names))),
      of(13, string(ziplist(flat))),
    );
    bodies.push(of(12, string(ziplist(scored))), of(14, `\x02${string(ziplist(names))}${string(ziplist(flat))}`));
    bodies.push(of(11, string(intset(numbers, 4))), of(16, string(listpack(flat))), of(17, string(listpack(scored))));
    bodies.push(of(20, string(listpack(names))), of(3, `\x02${string("a")}\x011${string("b")}\xff`));
    const deadline = "\0\x90\x4b\x9d\xbb\x03\0\0";
    bodies.push(of(24, `${deadline}\x02\x01${string("a")}${string("1")}\0${string("b")}${string("2")}`));
    bodies.push(of(25, deadline + string(listpack(["a", "1", "4102444800000", "b", "2", "0"]))));
  }
  return bodies;
}

const SPECIAL = [0, 1, 2, 0x3f, 0x40, 0x7f, 0x80, 0x81, 0xbf, 0xc0, 0xc3, 0xe0, 0xf0, 0xf4, 0xfd, 0xfe, 0xff];

/** The body with one to three injuries. */
function damage(random: Random, bodies: readonly string[], body: string): string {
  let text = body;
  for (let injuries = random.pick([1, 1, 1, 2, 3]); injuries > 0; injuries--) {
    // Headers are near the beginning.
    const at = random.below(random.chance(0.5) ? Math.min(text.length, 24) : text.length);
    const byte = String.fromCharCode(random.chance(0.5) ? random.pick(SPECIAL) : random.below(256));
    const size = random.pick([1, 1, 2, 4, 8, random.below(40)]);
    const other = random.pick(bodies);
    const from = random.below(other.length);
    switch (random.below(9)) {
      case 0:
      case 1:
      case 2:
        text = text.slice(0, at) + byte + text.slice(at + 1);
        break;
      case 3: {
        const flipped = String.fromCharCode((text.charCodeAt(at) || 0) ^ (1 << random.below(8)));
        text = text.slice(0, at) + flipped + text.slice(at + 1);
        break;
      }
      case 4:
        text = text.slice(0, at) + text.slice(at + size);
        break;
      case 5:
        text = text.slice(0, at) + byte.repeat(size) + text.slice(at);
        break;
      case 6:
        text = text.slice(0, at) + other.slice(from, from + size) + text.slice(at + size);
        break;
      case 7:
        text = text.slice(0, at) + text.slice(at, at + size) + text.slice(at);
        break;
      case 8:
        // Another type with the same bytes; or one byte more or less.
        text = random.chance(0.5)
          ? String.fromCharCode(random.below(27)) + text.slice(1)
          : text.slice(0, at) +
            String.fromCharCode((text.charCodeAt(at) + random.pick([1, -1]) + 256) & 255) +
            text.slice(at + 1);
        break;
    }
  }
  return text;
}

/** Damages and restores so many payloads. */
export function fuzzRestore(options: RestoreFuzzOptions): RestoreFuzzResult {
  const { client, bodies } = options;
  client.raw("FLUSHALL");
  while (!lazyFree.step(1000));
  let accepted = 0;
  for (let done = 0; done < options.payloads; done++) {
    const seed = (options.seed + Math.imul(done, SEED_STEP)) >>> 0;
    const random = seededRandom(seed);
    const body = damage(random, bodies, random.pick(bodies));
    const failed = (what: string): RestoreFuzzResult => {
      const failure = `seed ${seed}, payload ${done}: ${what}\nbody (hex): ${Buffer.from(body, "latin1").toString("hex")}`;
      return { done, accepted, failure };
    };
    try {
      const before = mem.used.bytes;
      const reply = client.raw("RESTORE", "k", "0", withFooter(body));
      if (reply === "+OK\r\n") {
        accepted++;
        const wrong = lookAt(client, random);
        if (wrong !== null) return failed(wrong);
        client.raw("DEL", "k", "copy", "again", "other");
      } else if (reply !== "-ERR Bad data format\r\n") {
        return failed(`answered ${printable(reply)}`);
      }
      while (!lazyFree.step(1000));
      if (reply !== "+OK\r\n" && mem.used.bytes !== before) {
        return failed(`refused, and ${mem.used.bytes - before} bytes are left`);
      }
      if (done % AUDIT_EVERY === AUDIT_EVERY - 1) {
        const findings = auditAll();
        if (findings.length > 0) return failed(`the audit finds: ${findings.slice(0, 3).join("; ")}`);
        options.onProgress?.(done, accepted);
      }
    } catch (error) {
      return failed(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
  }
  return { done: options.payloads, accepted, failure: null };
}

/** Looks at a value that was accepted in every way; says what is wrong, or null. */
function lookAt(client: LocalClient, random: Random): string | null {
  const ask = (...words: string[]): Reply => decodeReply(Buffer.from(client.raw(...words), "latin1"));
  const kind = ask("TYPE", "k").text!;
  ask("OBJECT", "ENCODING", "k");
  ask("MEMORY", "USAGE", "k");
  ask("DEBUG", "OBJECT", "k");
  const look = LOOKS[kind];
  if (look === undefined) return `it has the type ${kind}`;
  const wrong = look(ask, random);
  if (wrong !== null) return `${kind}: ${wrong}`;
  // A hash goes with its last field, whose deadline may have passed.
  if (ask("EXISTS", "k").text === "0") return kind === "hash" ? null : "it is gone";
  // It can be dumped, and means the same again; and so does a copy.
  const digest = client.raw("DEBUG", "DIGEST-VALUE", "k");
  // A listpack has no score of -0, in Redis as here; what SORT has unpacked may have, until it is one again.
  const losesSign = kind === "zset" && client.raw("ZRANGE", "k", "0", "-1", "WITHSCORES").includes("\r\n-0\r\n");
  const dumped = bulkOf(client.raw("DUMP", "k"));
  const restored = client.raw("RESTORE", "again", "0", dumped);
  if (restored !== "+OK\r\n") return `its own dump is refused: ${printable(restored)}`;
  ask("COPY", "k", "copy");
  for (const name of losesSign ? ["copy"] : ["again", "copy"]) {
    if (client.raw("DEBUG", "DIGEST-VALUE", name) !== digest) return `${name} has another digest`;
  }
  for (const command of WRITES[kind]!) client.raw(...command.split(" "));
  return null;
}

type Ask = (...words: string[]) => Reply;
type Look = (ask: Ask, random: Random) => string | null;

const texts = (reply: Reply): string[] => (reply.items ?? []).map((item) => item.text ?? "");
/** A few of many. */
const some = (random: Random, all: readonly string[]): string[] =>
  all.length <= 8 ? [...all] : Array.from({ length: 8 }, () => random.pick(all));

const LOOKS: Record<string, Look> = {
  string(ask) {
    const text = ask("GET", "k").text!;
    if (Number(ask("STRLEN", "k").text) !== text.length) return "STRLEN";
    for (const command of [
      "GETRANGE k 0 -1",
      "GETRANGE k 3 9",
      "BITCOUNT k",
      "BITPOS k 1",
      "GETBIT k 7",
      "LCS k k LEN",
      "PFCOUNT k",
    ]) {
      ask(...command.split(" "));
    }
    return ask("GETRANGE", "k", "0", "-1").text === text ? null : "GETRANGE";
  },
  list(ask, random) {
    const all = texts(ask("LRANGE", "k", "0", "-1"));
    if (all.length === 0 || Number(ask("LLEN", "k").text) !== all.length) return "LLEN";
    for (const position of [0, -1, all.length - 1, -all.length, random.below(all.length)]) {
      if (ask("LINDEX", "k", String(position)).text !== all.at(position)) return `LINDEX ${position}`;
    }
    const from = random.below(all.length);
    if (texts(ask("LRANGE", "k", String(from), "-1")).join() !== all.slice(from).join()) return `LRANGE ${from}`;
    const one = random.pick(all);
    if (Number(ask("LPOS", "k", one).text) !== all.indexOf(one)) return "LPOS";
    ask("SORT", "k", "ALPHA", "LIMIT", "0", "5");
    return null;
  },
  set(ask, random) {
    const all = texts(ask("SMEMBERS", "k"));
    if (all.length === 0 || Number(ask("SCARD", "k").text) !== all.length) return "SCARD";
    if (new Set(all).size !== all.length) return "a member is there twice";
    for (const member of some(random, all)) if (ask("SISMEMBER", "k", member).text !== "1") return "SISMEMBER";
    ask("SRANDMEMBER", "k", "-5");
    ask("SORT", "k", "ALPHA", "LIMIT", "0", "5");
    ask("SUNION", "k", "k");
    return ask("SSCAN", "k", "0", "COUNT", "100000").items![1]!.items!.length === all.length ? null : "SSCAN";
  },
  zset(ask, random) {
    const flat = texts(ask("ZRANGE", "k", "0", "-1", "WITHSCORES"));
    const members = flat.filter((_, i) => i % 2 === 0);
    if (members.length === 0 || Number(ask("ZCARD", "k").text) !== members.length) return "ZCARD";
    if (new Set(members).size !== members.length) return "a member is there twice";
    const scores = flat.filter((_, i) => i % 2 === 1).map((score) => Number(score.replace("inf", "Infinity")));
    if (scores.some((score, i) => i > 0 && score < scores[i - 1]!)) return "the scores do not ascend";
    for (const member of some(random, members)) {
      if (Number(ask("ZRANK", "k", member).text) !== members.indexOf(member)) return "ZRANK";
      if (ask("ZSCORE", "k", member).text !== flat[members.indexOf(member) * 2 + 1]) return "ZSCORE";
    }
    const reversed = texts(ask("ZREVRANGE", "k", "0", "-1"));
    if (reversed.reverse().join() !== members.join()) return "ZREVRANGE";
    for (const command of [
      "ZRANGEBYSCORE k -inf (5 LIMIT 0 5",
      "ZCOUNT k 1 5",
      "ZRANGEBYLEX k - +",
      "ZLEXCOUNT k [a +",
    ])
      ask(...command.split(" "));
    ask("ZRANDMEMBER", "k", "-5", "WITHSCORES");
    ask("SORT", "k", "ALPHA", "LIMIT", "0", "5");
    return Number(ask("ZCOUNT", "k", "-inf", "+inf").text) === members.length ? null : "ZCOUNT";
  },
  hash(ask, random) {
    const flat = texts(ask("HGETALL", "k"));
    const fields = flat.filter((_, i) => i % 2 === 0);
    if (Number(ask("HLEN", "k").text) !== fields.length) return "HLEN";
    if (new Set(fields).size !== fields.length) return "a field is there twice";
    for (const field of some(random, fields)) {
      if (ask("HGET", "k", field).text !== flat[fields.indexOf(field) * 2 + 1]) return "HGET";
      ask("HSTRLEN", "k", field);
      ask("HPEXPIRETIME", "k", "FIELDS", "1", field);
    }
    for (const command of ["HKEYS k", "HVALS k", "HRANDFIELD k -5 WITHVALUES", "HRANDFIELD k 3"])
      ask(...command.split(" "));
    return ask("HSCAN", "k", "0", "COUNT", "100000").items![1]!.items!.length === flat.length ? null : "HSCAN";
  },
  stream(ask, random) {
    const entries = ask("XRANGE", "k", "-", "+").items ?? [];
    if (Number(ask("XLEN", "k").text) !== entries.length) return "XLEN";
    const ids = entries.map((found) => found.items![0]!.text!);
    const reversed = (ask("XREVRANGE", "k", "+", "-").items ?? []).map((found) => found.items![0]!.text!);
    if (reversed.reverse().join() !== ids.join()) return "XREVRANGE";
    for (const id of some(random, ids)) if (ask("XRANGE", "k", id, id).items!.length !== 1) return `XRANGE ${id}`;
    ask("XREAD", "COUNT", "5", "STREAMS", "k", "0");
    ask("XINFO", "STREAM", "k", "FULL", "COUNT", "0");
    ask("XINFO", "STREAM", "k");
    for (const group of ask("XINFO", "GROUPS", "k").items ?? []) {
      const name = group.items![1]!.text!;
      ask("XINFO", "CONSUMERS", "k", name);
      ask("XPENDING", "k", name);
      ask("XPENDING", "k", name, "-", "+", "100");
    }
    return null;
  },
};

/** A few changes, which must not run into anything that was let in. */
const WRITES: Record<string, readonly string[]> = {
  string: ["APPEND k x", "SETRANGE k 2 yy", "SETBIT k 9 1", "PFADD copy a b c", "INCR again"],
  list: [
    "LPUSH k a b",
    "RPUSH k 1",
    "LINSERT k BEFORE a c",
    "LSET k -1 z",
    "LREM k 0 a",
    "LPOP k",
    "RPOP k 2",
    "LTRIM k 1 -2",
    "LMOVE k copy LEFT RIGHT",
  ],
  set: ["SADD k a 1 99999999999", "SREM k a", "SPOP k", "SMOVE k copy 1", "SINTERSTORE other k again"],
  zset: [
    "ZADD k 1 a 2 b",
    "ZINCRBY k 5 a",
    "ZREM k b",
    "ZPOPMIN k",
    "ZREMRANGEBYRANK k 0 0",
    "ZUNIONSTORE other 2 k again",
  ],
  hash: ["HSET k a 1 b 2", "HINCRBY k n 5", "HDEL k a", "HSETNX k c 3", "HPEXPIRE k 100000 FIELDS 1 c"],
  stream: [
    "XADD k * a b",
    "XDEL k 1-1",
    "XTRIM k MAXLEN 2",
    "XGROUP CREATE k fresh $",
    "XREADGROUP GROUP fresh c STREAMS k >",
    "XAUTOCLAIM k fresh c 0 0",
  ],
};
