/**
 * What a hash does, whatever its encoding: each scenario runs on Ashlar and on a real redis-server, in both encodings and
 * both protocols, and every reply is compared. Only the order of a table and the choice of HRANDFIELD are left open.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Comparison, drawnFrom, elementsOfHash, exact, wholeScan } from "../oracle/compare.ts";
import { type Random, seededRandom, seedOfRun } from "../support/random.ts";
import type { RawClient } from "../support/raw-client.ts";
import { encodeCommand, latin1, printable } from "../support/resp.ts";
import { startServer, type TestServer } from "../support/server.ts";

const seed = seedOfRun();
const ENCODINGS = ["listpack", "hashtable"] as const;
type Encoding = (typeof ENCODINGS)[number];

/** The longest field or value of a listpack has 64 bytes. */
const LONG = "L".repeat(65);
const INTEGERS = ["0", "-1", "127", "128", "4096", "-32769", "8388608", "2147483648", "9007199254740993"];
const LIMITS = ["9223372036854775807", "-9223372036854775808", "9223372036854775806", "4611686018427387904"];
const ODD = [
  "",
  "-0",
  "007",
  "1.5",
  "-3e2",
  "1e400",
  "inf",
  "nan",
  " 1",
  "0x10",
  "9223372036854775808",
  "a\0b",
  "\r\n",
  "é",
];

let ashlar: TestServer;
let redis: TestServer;
beforeAll(async () => {
  [ashlar, redis] = await Promise.all([startServer("source"), startServer("redis")]);
});
afterAll(async () => {
  await Promise.all([ashlar?.stop(), redis?.stop()]);
});

/** How much of a reply Redis leaves open. A listpack keeps its order. */
function comparisonOf(args: readonly string[]): Comparison {
  switch (args[0]!.toUpperCase()) {
    case "HRANDFIELD":
      return drawnFrom((asked) => ["HGETALL", asked[1] ?? ""]);
    case "HGETALL":
      return elementsOfHash(2);
    case "HKEYS":
    case "HVALS":
      return elementsOfHash(1);
    case "HSCAN":
      return wholeScan(2);
    default:
      return exact;
  }
}

class Both {
  private constructor(
    private readonly ours: RawClient,
    private readonly theirs: RawClient,
    private readonly encoding: Encoding,
  ) {}

  static async connect(encoding: Encoding, protocol: 2 | 3): Promise<Both> {
    const both = new Both(await ashlar.connect(), await redis.connect(), encoding);
    for (const client of [both.ours, both.theirs]) {
      if (protocol === 3) expect((await client.command("HELLO", "3")).type).toBe("%");
      await client.command("DEL", "h", "s");
      expect((await client.command("SET", "s", "text")).text).toBe("OK");
    }
    return both;
  }

  async run(args: readonly string[]): Promise<void> {
    const comparison = comparisonOf(args);
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

  /** Makes the hash a table, if that is what this run is about: Redis never changes it back. */
  async begin(...pairs: string[]): Promise<void> {
    await this.run(["DEL", "h"]);
    await this.run(["HSET", "h", ...pairs]);
    if (this.encoding === "hashtable") {
      await this.run(["HSET", "h", LONG, "x"]);
      await this.run(["HDEL", "h", LONG]);
    }
    expect(await this.ours.raw("OBJECT", "ENCODING", "h")).toContain(this.encoding);
  }

  /** Everything that can be seen of the hash. */
  async look(): Promise<void> {
    for (const command of ["EXISTS", "HGETALL", "HKEYS", "HVALS", "HLEN"]) await this.run([command, "h"]);
    await this.run(["HSCAN", "h", "0", "COUNT", "1000000"]);
  }

  close(): void {
    this.ours.close();
    this.theirs.close();
  }
}

type Scenario = (both: Both, encoding: Encoding) => Promise<void>;

const words = (text: string) => text.split(" ");

const SCENARIOS: Record<string, Scenario> = {
  "sets, reads and removes any bytes": async (both) => {
    await both.begin("a", "1");
    for (const text of [...INTEGERS, ...LIMITS, ...ODD, LONG.slice(2)]) {
      await both.run(["HSET", "h", text, text]);
      await both.run(["HSET", "h", text, `${text}!`, "a", text]);
      for (const command of ["HGET", "HSTRLEN", "HEXISTS"]) await both.run([command, "h", text]);
      await both.run(["HMGET", "h", text, "none", "a"]);
      await both.run(["HSETNX", "h", text, "other"]);
    }
    await both.look();
    for (const text of [...INTEGERS, ...ODD]) await both.run(["HDEL", "h", text, text]);
    await both.look();
  },

  "counts in integers": async (both) => {
    await both.begin("n", "5");
    for (const value of [...INTEGERS, ...LIMITS, ...ODD]) {
      for (const increment of ["1", "-1", ...INTEGERS, ...LIMITS, ...ODD]) {
        await both.run(["HSET", "h", "n", value]);
        await both.run(["HINCRBY", "h", "n", increment]);
        await both.run(["HGET", "h", "n"]);
      }
      await both.run(["HINCRBY", "h", `fresh ${value}`, value]);
    }
    await both.look();
  },

  "counts in decimals": async (both) => {
    await both.begin("n", "5");
    for (const value of ["3.0", "-0.1", "1e17", "1.0e4932", ...INTEGERS, ...LIMITS, ...ODD]) {
      for (const increment of ["0.1", "-1e-5", "5.0e3", "1e4932", "-inf", ...INTEGERS.slice(0, 4), ...ODD]) {
        await both.run(["HSET", "h", "n", value]);
        await both.run(["HINCRBYFLOAT", "h", "n", increment]);
        await both.run(["HGET", "h", "n"]);
      }
      await both.run(["HINCRBYFLOAT", "h", `fresh ${value}`, value]);
    }
    await both.look();
  },

  "goes with its last field": async (both) => {
    await both.begin("a", "1", "b", "2");
    await both.run(words("HDEL h a none"));
    await both.look();
    await both.run(words("HDEL h a b b"));
    await both.look();
    await both.run(words("HDEL h a"));
    await both.run(words("HSETNX h a 1"));
    await both.run(words("HSETNX h a 2"));
    await both.look();
  },

  "answers for a key that does not exist": async (both) => {
    await both.run(["DEL", "h"]);
    const reads = ["HGET h a", "HMGET h a b", "HSTRLEN h a", "HEXISTS h a", "HDEL h a", "HRANDFIELD h", "HSCAN h 0"];
    const odd = ["HRANDFIELD h 5", "HRANDFIELD h -5 WITHVALUES", "HRANDFIELD h 0", "HSCAN h 7 COUNT x", "HSCAN h x"];
    for (const command of [...reads, ...odd]) await both.run(words(command));
    await both.look();
    await both.run(words("HINCRBY h a 5"));
    await both.look();
    await both.run(words("DEL h"));
    await both.run(words("HINCRBYFLOAT h a 0.5"));
    await both.look();
    await both.run(words("DEL h"));
    for (const command of ["HINCRBY h a x", "HINCRBYFLOAT h a inf", "HSET h a", "EXISTS h"])
      await both.run(words(command));
  },

  "refuses what is wrong, the first thing first": async (both) => {
    await both.begin("a", "1", "t", "text");
    const tails = [
      "",
      " a",
      " a b",
      " a b c",
      " a b c d",
      " 0",
      " 0 x",
      " x",
      " x y z",
      " 1 WITHVALUES",
      " 1 WITHVALUES x",
    ];
    const names = "HSET HSETNX HMSET HGET HMGET HGETALL HKEYS HVALS HLEN HSTRLEN HEXISTS HDEL HINCRBY HINCRBYFLOAT";
    for (const name of words(`${names} HRANDFIELD HSCAN`)) {
      for (const key of ["h", "s", "none"]) {
        for (const tail of tails) {
          await both.run(words(`${name} ${key}${tail}`));
          await both.run(words("DEL none"));
        }
      }
      await both.run([name]);
    }
    await both.look();
  },

  scans: async (both) => {
    await both.begin("a", "1", "b", "2", "ab", "3", "", "4", "17", "5");
    for (const pattern of ["*", "a*", "?", "", "1[0-9]", "zz", "\\*", "[^a]*"]) {
      await both.run(["HSCAN", "h", "0", "MATCH", pattern, "COUNT", "1000000"]);
      await both.run(["HSCAN", "h", "0", "count", "1000000", "match", "x", "match", pattern]);
    }
    const cursors = ["", "0", "+0", "-0", "00", "x", " 1", "1 ", "0x", "18446744073709551616", "-18446744073709551616"];
    for (const cursor of cursors) await both.run(["HSCAN", "h", cursor, "COUNT", "1000000"]);
    const counts = ["0", "-1", "x", "", "01", "9223372036854775807", "9223372036854775808", "1.0"];
    for (const count of counts) await both.run(["HSCAN", "h", "0", "COUNT", count]);
    const tails = [
      "MATCH",
      "COUNT",
      "MATCH a COUNT",
      "TYPE hash",
      "COUNT 1000000 x",
      "x",
      "COUNT 0 COUNT x",
      "x COUNT 0",
    ];
    for (const tail of tails) await both.run(words(`HSCAN h 0 ${tail}`));
  },

  "draws fields by chance": async (both) => {
    await both.begin(...Array.from({ length: 20 }, (_, i) => [`f${i}`, String(i)]).flat());
    for (const count of ["0", "1", "3", "10", "19", "20", "21", "-1", "-5", "-60"]) {
      await both.run(["HRANDFIELD", "h", count]);
      await both.run(["HRANDFIELD", "h", count, "withvalues"]);
    }
    await both.run(["HRANDFIELD", "h"]);
    const wrong = ["9223372036854775807", "4611686018427387904", "4611686018427387903"];
    for (const count of [...wrong, "-9223372036854775808", "9223372036854775808", "-4611686018427387904", "1.5", ""]) {
      if (!count.startsWith("-4")) await both.run(["HRANDFIELD", "h", count]);
      await both.run(["HRANDFIELD", "h", count, "WITHVALUES"]);
      await both.run(["HRANDFIELD", "h", count, "x"]);
    }
  },

  [`holds under a random load (SEED=${seed})`]: async (both, encoding) => {
    const random = seededRandom(seed + ENCODINGS.indexOf(encoding));
    await both.begin("a", "1");
    for (let step = 0; step < 1500; step++) await both.run(randomCommand(random, encoding));
    await both.look();
  },
};

function randomCommand(random: Random, encoding: Encoding): string[] {
  const field = () => random.pick([`f${random.below(60)}`, random.pick(INTEGERS), random.pick(ODD)]);
  const size = () => random.pick(encoding === "listpack" ? [0, 5, 63, 64] : [0, 5, 64, 100, 5000, 40_000]);
  const value = () => (random.chance(0.5) ? random.pick([...INTEGERS, ...ODD]) : random.bytes(size()));
  const fields = () => Array.from({ length: random.between(1, 4) }, field);
  switch (random.below(9)) {
    case 0:
    case 1:
      return ["HSET", "h", ...fields().flatMap((name) => [name, value()])];
    case 2:
      return ["HDEL", "h", ...fields()];
    case 3:
      return ["HMGET", "h", ...fields()];
    case 4:
      return ["HINCRBY", "h", field(), random.pick(INTEGERS)];
    case 5:
      return ["HSETNX", "h", field(), value()];
    case 6:
      return ["HRANDFIELD", "h", String(random.between(-9, 9)), "WITHVALUES"];
    case 7:
      return [random.pick(["HSTRLEN", "HEXISTS", "HGET"]), "h", field()];
    default:
      return [random.pick(["HGETALL", "HKEYS", "HVALS", "HLEN"]), "h"];
  }
}

test("HSCAN NOVALUES, which Redis 7.0 does not have", async () => {
  using client = await ashlar.connect();
  await client.command("DEL", "h");
  await client.command("HSET", "h", "a", "1", "b", "2");
  expect(await client.raw("HSCAN", "h", "0", "NOVALUES", "MATCH", "*")).toBe(
    "*2\r\n$1\r\n0\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n",
  );
});

for (const protocol of [2, 3] as const) {
  for (const encoding of ENCODINGS) {
    describe(`a hash as ${encoding}, RESP${protocol}`, () => {
      for (const [name, scenario] of Object.entries(SCENARIOS)) {
        test(name, async () => {
          const both = await Both.connect(encoding, protocol);
          try {
            await scenario(both, encoding);
          } finally {
            both.close();
          }
        });
      }
    });
  }
}
