/**
 * What a set does, whatever its encoding: each scenario runs on Ashlar and on a real redis-server, in all encodings and both
 * protocols, and every reply is compared. Only the order of what is no intset and the choices of chance are left open.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { asSet, type Comparison, drawnFrom, exact, wholeScan } from "../oracle/compare.ts";
import { type Random, seededRandom, seedOfRun } from "../support/random.ts";
import type { RawClient } from "../support/raw-client.ts";
import { decodeReply, encodeCommand, latin1, printable } from "../support/resp.ts";
import { startServer, type TestServer } from "../support/server.ts";

const seed = seedOfRun();

/** Listpack and table have one name, "hashtable", since Redis 7.0 has no listpacks of sets. */
const ENCODINGS = ["intset", "listpack", "table"] as const;
type Encoding = (typeof ENCODINGS)[number];

/** What keeps a set from being an intset, and from being a listpack. */
const EXTRA: Record<Encoding, string[]> = { intset: [], listpack: ["word"], table: ["x".repeat(65)] };
const INTEGERS = ["0", "-1", "127", "128", "32767", "32768", "-32769", "2147483648", "-2147483649", "9007199254740993"];
const LIMITS = ["9223372036854775807", "-9223372036854775808", "4611686018427387904"];
const ODD = ["", "-0", "007", "1.5", " 1", "0x10", "9223372036854775808", "a\0b", "\r\n", "é", "+1", "L".repeat(64)];

let ashlar: TestServer;
let redis: TestServer;
beforeAll(async () => {
  [ashlar, redis] = await Promise.all([startServer("source"), startServer("redis")]);
});
afterAll(async () => {
  await Promise.all([ashlar?.stop(), redis?.stop()]);
});

class Both {
  /** Whether members come in ascending order: those of intsets do. */
  inOrder = false;

  private constructor(
    private readonly ours: RawClient,
    private readonly theirs: RawClient,
    readonly encoding: Encoding,
  ) {}

  static async connect(encoding: Encoding, protocol: 2 | 3): Promise<Both> {
    const both = new Both(await ashlar.connect(), await redis.connect(), encoding);
    both.inOrder = encoding === "intset";
    for (const client of [both.ours, both.theirs]) {
      if (protocol === 3) expect((await client.command("HELLO", "3")).type).toBe("%");
      expect((await client.command("FLUSHALL")).text).toBe("OK");
      expect((await client.command("SET", "text", "text")).text).toBe("OK");
    }
    return both;
  }

  /** How much of a reply Redis leaves open. */
  private comparisonOf(args: readonly string[]): Comparison {
    switch (args[0]!.toUpperCase()) {
      case "SRANDMEMBER":
        return drawnFrom((asked) => ["SMEMBERS", asked[1] ?? ""]);
      case "SMEMBERS":
      case "SINTER":
      case "SUNION":
      case "SDIFF":
      case "SPOP":
        return this.inOrder ? exact : asSet;
      case "SSCAN":
        return this.inOrder ? exact : wholeScan(1, 2);
      default:
        return exact;
    }
  }

  async run(...args: string[]): Promise<void> {
    const comparison = this.comparisonOf(args);
    const commands = [...(comparison.witness?.(args) ?? []), args];
    const wire = commands.map((command) => encodeCommand(command)).join("");
    const [ours, theirs] = await Promise.all(
      [this.ours, this.theirs].map(async (client) => {
        client.send(wire);
        return (await client.replies(commands.length)).slice(-2);
      }),
    );
    const [our, their] = [ours!.at(-1)!, theirs!.at(-1)!];
    const [text, wanted] = [latin1(our), latin1(their)];
    if (text === wanted) return;
    const isError = text.startsWith("-") || wanted.startsWith("-");
    const judged = isError
      ? "an error"
      : comparison.judge({ reply: our, witness: ours![0]! }, { reply: their, witness: theirs![0]! }, args);
    if (judged === null) return;
    throw new Error(
      `${args.map((arg) => printable(arg)).join(" ")}: ${judged}\n${printable(text)}\n${printable(wanted)}`,
    );
  }

  /** Each line is a command. */
  async all(...lines: string[]): Promise<void> {
    for (const line of lines) await this.run(...line.split(" "));
  }

  /** Makes a set of these members in the encoding that this run is about. */
  async begin(key: string, ...members: string[]): Promise<void> {
    await this.run("DEL", key);
    await this.run("SADD", key, ...EXTRA[this.encoding], ...members);
    if (this.encoding === "table") await this.run("SREM", key, ...EXTRA.table);
    const name = this.encoding === "intset" ? "intset" : "hashtable";
    if (members.length > 0) expect(await this.ours.raw("OBJECT", "ENCODING", key)).toContain(name);
  }

  /** Everything that can be seen of the set. */
  async look(key = "s"): Promise<void> {
    await this.all(`EXISTS ${key}`, `TYPE ${key}`, `SCARD ${key}`, `SMEMBERS ${key}`, `OBJECT ENCODING ${key}`);
    await this.all(`SSCAN ${key} 0 COUNT 1000000`, `DEBUG DIGEST-VALUE ${key}`);
  }

  /**
   * Takes members by chance from ours and checks that what was taken and what is left make up what was there. The real set
   * then becomes the same again.
   */
  async pop(...count: string[]): Promise<void> {
    const members = async (client: RawClient) =>
      (await client.command("SMEMBERS", "s")).items!.map(({ text }) => text!);
    const before = await members(this.ours);
    const popped = decodeReply(await this.reply(this.ours, "SPOP", "s", ...count));
    const theirs = decodeReply(await this.reply(this.theirs, "SPOP", "s", ...count));
    expect(popped.type).toBe(theirs.type);
    const taken = count.length === 0 ? [popped.text!] : popped.items!.map(({ text }) => text!);
    expect(taken.length).toBe(count.length === 0 ? 1 : theirs.items!.length);
    const left = await members(this.ours);
    expect([...taken, ...left].sort()).toEqual(before.sort());
    await this.theirs.command("DEL", "s");
    if (left.length > 0) await this.theirs.command("SADD", "s", ...left);
  }

  private async reply(client: RawClient, ...args: string[]): Promise<Uint8Array> {
    client.send(encodeCommand(args));
    return (await client.replies(1))[0]!;
  }

  close(): void {
    this.ours.close();
    this.theirs.close();
  }
}

type Scenario = (both: Both) => Promise<void>;

const SCENARIOS: Record<string, Scenario> = {
  "adds, finds and removes any bytes": async (both) => {
    const texts = both.encoding === "intset" ? [...INTEGERS, ...LIMITS] : [...INTEGERS, ...LIMITS, ...ODD];
    await both.begin("s", "17");
    for (const text of texts) {
      await both.run("SISMEMBER", "s", text);
      await both.run("SADD", "s", text, text, "17");
      await both.run("SMISMEMBER", "s", text, "none", "17", `${text}0`);
    }
    await both.look();
    for (const text of texts.slice(3)) await both.run("SREM", "s", text, text, "none");
    for (const text of [...ODD, ...INTEGERS]) await both.run("SISMEMBER", "s", text);
    await both.look();
  },

  "changes its encoding where Redis does": async (both) => {
    await both.begin("s", ...Array.from({ length: 510 }, (_, i) => String(i)));
    for (const member of ["600", "601", "602", "603"]) {
      if (member === "602") both.inOrder = false;
      await both.run("SADD", "s", member);
      await both.look();
    }
    await both.begin("s", "1", "2");
    await both.all("SADD s 3 word 4", "OBJECT ENCODING s", "SREM s word", "OBJECT ENCODING s");
    await both.all("COPY s c", "OBJECT ENCODING c", "SUNIONSTORE u s", "OBJECT ENCODING u");
  },

  "goes with its last member": async (both) => {
    await both.begin("s", "1", "2");
    await both.all("SREM s 1 3", "SREM s 2 2", "SREM s word 5");
    await both.look();
    await both.begin("s", "1");
    await both.all("SREM s word", "SMOVE s t 1", "SMOVE s t 1");
    await both.look();
    await both.look("t");
    await both.all("SPOP t 5", "SPOP t", "SPOP t 0");
    await both.look("t");
  },

  "moves members": async (both) => {
    await both.begin("s", "1", "2", "3");
    await both.all("SADD t 3 4", "SADD w a b", "SMOVE s t 1", "SMOVE s t 3", "SMOVE s t none", "SMOVE t s 4");
    await both.all("SMOVE w t a", "SMOVE s w 2", "SMOVE s s 4", "SMOVE s s none", "SMOVE s text 4", "SMOVE text s 4");
    await both.all("SMOVE none text 1", "SMOVE none none 1", "SMOVE s fresh 4", "SMOVE w fresh b", "SMOVE s s 4");
    for (const key of ["s", "t", "w", "fresh"]) {
      if (key !== "w" && both.encoding !== "intset") await both.look(key);
      await both.all(`SCARD ${key}`, `SMISMEMBER ${key} 1 2 3 4 a b`, `OBJECT ENCODING ${key}`);
    }
  },

  "answers for keys that do not exist": async (both) => {
    const reads = ["SCARD", "SMEMBERS", "SRANDMEMBER", "SPOP", "SINTER", "SUNION", "SDIFF"];
    for (const name of reads) await both.all(`${name} none`);
    await both.all(
      "SISMEMBER none 1",
      "SMISMEMBER none 1 2",
      "SREM none 1",
      "SRANDMEMBER none 5",
      "SRANDMEMBER none -5",
    );
    await both.all("SPOP none 5", "SPOP none 0", "SPOP none x", "SSCAN none 0", "SSCAN none 7 COUNT x", "SSCAN none x");
    await both.all("SINTERCARD 1 none", "SINTERSTORE none none", "SUNIONSTORE none none", "SDIFFSTORE none none");
    await both.begin("s", "1", "2");
    for (const name of ["SINTER", "SUNION", "SDIFF"]) await both.all(`${name} s none`, `${name} none s`, `${name} s s`);
    await both.all("SINTERCARD 2 s none", "SINTERCARD 2 s s", "SINTERSTORE text s none", "EXISTS text");
    await both.all("SDIFFSTORE s s s", "EXISTS s");
  },

  "refuses what is wrong, the first thing first": async (both) => {
    await both.begin("s", "1", "2");
    const one = "SADD SREM SCARD SISMEMBER SMISMEMBER SMEMBERS SSCAN SINTER SUNION SDIFF SINTERCARD";
    const two = "SMOVE SINTERSTORE SUNIONSTORE SDIFFSTORE";
    const tails = ["", " 1", " 1 2", " s", " text", " text s", " none text", " s text 1", " 0", " 0 x", " x", " 1 x y"];
    for (const name of `${one} ${two}`.split(" ")) {
      for (const key of ["s", "text", "none"]) {
        for (const tail of tails) {
          await both.all(`${name} ${key}${tail}`, "DEL none 1 2 0 x y");
          await both.begin("s", "1", "2");
          await both.run("SET", "text", "text");
        }
      }
      await both.run(name);
    }
    const counts = ["x", "", "-1", "1.5", "9223372036854775808", "-9223372036854775808", "9223372036854775807"];
    for (const count of counts) {
      for (const key of ["text", "none"]) for (const name of ["SPOP", "SRANDMEMBER"]) await both.run(name, key, count);
      if (!count.startsWith("92233720368547758")) await both.run("SPOP", "s", count, "x");
      await both.run("SRANDMEMBER", "s", count, "x");
    }
    for (const count of ["x", "", "1.5", "9223372036854775808", "-9223372036854775808"]) {
      await both.run("SPOP", "s", count);
      await both.run("SRANDMEMBER", "s", count);
    }
    for (const head of ["0", "-1", "x", "", "1", "2", "3", "9223372036854775808"]) {
      const ends = [
        "",
        " s",
        " s s",
        " s text",
        " text s",
        " s LIMIT",
        " s LIMIT 1",
        " s LIMIT -1",
        " s limit x",
        " s s LIMIT 0",
      ];
      for (const end of [...ends, " s s LIMIT 1 LIMIT 2", " none text", " s LIMIT 1 x", " s x"]) {
        await both.run("SINTERCARD", head, ...end.split(" ").slice(1));
      }
    }
    await both.look();
  },

  scans: async (both) => {
    const members = both.encoding === "intset" ? ["1", "17", "170", "2"] : ["a", "b", "ab", "", "17"];
    await both.begin("s", ...members);
    for (const pattern of ["*", "a*", "?", "", "1[0-9]", "zz", "\\*", "[^a]*"]) {
      await both.run("SSCAN", "s", "0", "MATCH", pattern, "COUNT", "1000000");
      await both.run("SSCAN", "s", "0", "count", "1000000", "match", "x", "match", pattern);
    }
    const cursors = ["", "0", "+0", "-0", "00", "x", " 1", "1 ", "0x", "18446744073709551616", "-18446744073709551616"];
    for (const cursor of cursors) await both.run("SSCAN", "s", cursor, "COUNT", "1000000");
    for (const count of ["0", "-1", "x", "", "01", "9223372036854775808", "1.0"]) {
      await both.run("SSCAN", "s", "0", "COUNT", count);
    }
    const tails = [
      "MATCH",
      "COUNT",
      "MATCH a COUNT",
      "TYPE set",
      "COUNT 1000000 x",
      "x",
      "COUNT 0 COUNT x",
      "NOVALUES",
    ];
    for (const tail of tails) await both.all(`SSCAN s 0 ${tail}`);
  },

  "draws members by chance": async (both) => {
    await both.begin("s", ...Array.from({ length: 20 }, (_, i) => String(i * 3)));
    await both.run("SRANDMEMBER", "s");
    for (const count of ["0", "1", "3", "10", "19", "20", "21", "9223372036854775807", "-1", "-5", "-60"]) {
      await both.run("SRANDMEMBER", "s", count);
    }
    await both.all("SPOP s 0");
    for (const count of [[], [], ["1"], ["2"], ["5"], ["7"]]) await both.pop(...count);
    await both.run("SCARD", "s");
    await both.all("SPOP s 100", "EXISTS s");
    await both.begin("s", ...Array.from({ length: 300 }, (_, i) => String(i)));
    for (const count of ["290", "1", "3"]) await both.pop(count);
    await both.run("SCARD", "s");
  },

  "combines with sets of each encoding": async (both) => {
    await both.begin("s", "1", "2", "3", "4", "300", "70000");
    await both.run("SADD", "i", "2", "3", "300", "9223372036854775807");
    if (both.encoding !== "intset") {
      await both.run("SADD", "l", "3", "word", "4", "x");
      await both.run("SADD", "t", ...Array.from({ length: 600 }, (_, i) => String(i * 2)), "word");
    }
    const keys = both.encoding === "intset" ? ["s", "i"] : ["s", "i", "l", "t"];
    for (const name of ["SINTER", "SUNION", "SDIFF"]) {
      for (const first of keys) {
        for (const second of keys) {
          await both.run(name, first, second);
          await both.run(name, first, second, ...keys);
          await both.run(`${name}STORE`, "to", first, second);
          await both.all("OBJECT ENCODING to", "SCARD to", "DEBUG DIGEST-VALUE to");
          await both.run(`${name}STORE`, "to", "to", first, second, ...keys);
          await both.all("OBJECT ENCODING to", "SCARD to", "DEBUG DIGEST-VALUE to");
        }
      }
    }
    for (const limit of ["0", "1", "2", "3"]) await both.run("SINTERCARD", "2", "s", "i", "LIMIT", limit);
  },

  [`holds under a random load (SEED=${seed})`]: async (both) => {
    const random = seededRandom(seed + ENCODINGS.indexOf(both.encoding));
    await both.begin("s", "1");
    for (let step = 0; step < 1200; step++) await both.run(...randomCommand(random, both.encoding));
    await both.look();
  },
};

function randomCommand(random: Random, encoding: Encoding): string[] {
  const integer = () => (random.chance(0.8) ? String(random.below(80)) : random.pick([...INTEGERS, ...LIMITS]));
  const word = () => (random.chance(0.6) ? `m${random.below(encoding === "listpack" ? 50 : 400)}` : random.pick(ODD));
  const member = () => (encoding === "intset" || random.chance(0.3) ? integer() : word());
  const members = () => Array.from({ length: random.between(1, encoding === "table" ? 20 : 4) }, member);
  const key = () => random.pick(["s", "s", "t", "u"]);
  switch (random.below(10)) {
    case 0:
    case 1:
      return ["SADD", key(), ...members()];
    case 2:
      return ["SREM", key(), ...members()];
    case 3:
      return ["SMISMEMBER", key(), ...members()];
    case 4:
      return ["SMOVE", key(), key(), member()];
    case 5:
      return [random.pick(["SINTER", "SUNION", "SDIFF"]), key(), key()];
    case 6:
      return random.chance(0.3)
        ? [random.pick(["SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE"]), key(), key(), key()]
        : ["SCARD", key()];
    case 7:
      return ["SRANDMEMBER", key(), String(random.between(-9, 9))];
    case 8:
      return ["OBJECT", "ENCODING", key()];
    default:
      return ["SMEMBERS", key()];
  }
}

for (const protocol of [2, 3] as const) {
  for (const encoding of ENCODINGS) {
    describe(`a set as ${encoding}, RESP${protocol}`, () => {
      for (const [name, scenario] of Object.entries(SCENARIOS)) {
        test(name, async () => {
          const both = await Both.connect(encoding, protocol);
          try {
            await scenario(both);
          } finally {
            both.close();
          }
        }, 30_000);
      }
    });
  }
}
