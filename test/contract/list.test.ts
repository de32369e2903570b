/**
 * What a list does, however it lies in memory: each scenario runs on Ashlar and on a real redis-server, in one pack and in
 * packs of several sizes, in both protocols, and every reply is compared byte for byte.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Random, seededRandom, seedOfRun } from "../support/random.ts";
import type { RawClient } from "../support/raw-client.ts";
import { encodeCommand, latin1, printable } from "../support/resp.ts";
import { startServer, type TestServer } from "../support/server.ts";

const seed = seedOfRun();

/** list-max-listpack-size: one pack for all, 4 KiB, or so many elements in each. */
const SHAPES = { "one pack": "-5", "packs of 4 KiB": "-1", "packs of three": "3", "an element a pack": "1" };
type Shape = keyof typeof SHAPES;

const INTEGERS = ["0", "-1", "127", "128", "4096", "-32769", "8388608", "2147483648", "9007199254740993"];
const LIMITS = ["9223372036854775807", "-9223372036854775808", "9223372036854775806", "4611686018427387904"];
const ODD = ["", "-0", "007", "1.5", "+1", " 1", "0x10", "9223372036854775808", "a\0b", "\r\n", "é"];
const LENGTHS = [1, 63, 64, 127, 4090, 4095, 4096, 9000];
const LONG = LENGTHS.map((length) => "L".repeat(length));
const ANY = [...INTEGERS, ...LIMITS, ...ODD, ...LONG];
const PLACES = ["0", "1", "2", "-1", "-2", "5", "-5", "100", "-100", ...LIMITS, "x", "", "1.5", "9223372036854775808"];

let ashlar: TestServer;
let redis: TestServer;
beforeAll(async () => {
  [ashlar, redis] = await Promise.all([startServer("source"), startServer("redis")]);
});
afterAll(async () => {
  await Promise.all([ashlar?.stop(), redis?.stop()]);
});

class Both {
  private constructor(
    private readonly ours: RawClient,
    private readonly theirs: RawClient,
  ) {}

  static async connect(shape: Shape, protocol: 2 | 3): Promise<Both> {
    const both = new Both(await ashlar.connect(), await redis.connect());
    for (const client of [both.ours, both.theirs]) {
      if (protocol === 3) expect((await client.command("HELLO", "3")).type).toBe("%");
      expect((await client.command("FLUSHALL")).text).toBe("OK");
      expect((await client.command("CONFIG", "SET", "list-max-listpack-size", SHAPES[shape])).text).toBe("OK");
      expect((await client.command("SET", "s", "text")).text).toBe("OK");
    }
    return both;
  }

  async run(...args: string[]): Promise<void> {
    const wire = encodeCommand(args);
    const [ours, theirs] = await Promise.all(
      [this.ours, this.theirs].map(async (client) => {
        client.send(wire);
        return latin1((await client.replies(1))[0]!);
      }),
    );
    if (ours === theirs) return;
    throw new Error(`${args.map((arg) => printable(arg)).join(" ")}\n${printable(ours!)}\n${printable(theirs!)}`);
  }

  /** Each line is a command. */
  async all(...lines: string[]): Promise<void> {
    for (const line of lines) await this.run(...line.split(" "));
  }

  async begin(...elements: string[]): Promise<void> {
    await this.run("DEL", "l");
    await this.run("RPUSH", "l", ...elements);
  }

  /** Everything that can be seen of the list. */
  async look(key = "l"): Promise<void> {
    await this.all(`EXISTS ${key}`, `TYPE ${key}`, `LLEN ${key}`, `LRANGE ${key} 0 -1`, `OBJECT ENCODING ${key}`);
    await this.run("DEBUG", "DIGEST-VALUE", key);
  }

  close(): void {
    this.ours.close();
    this.theirs.close();
  }
}

const numbered = (count: number) => Array.from({ length: count }, (_, i) => `e${i}`);

const SCENARIOS: Record<string, (both: Both) => Promise<void>> = {
  "takes any bytes at both ends": async (both) => {
    for (const text of ANY) {
      await both.run("RPUSH", "l", text, `${text}!`);
      await both.run("LPUSH", "l", text, `!${text}`);
      await both.run("LPOS", "l", text, "COUNT", "0");
    }
    await both.look();
    for (let i = 0; i < ANY.length; i++) await both.all("LPOP l", "RPOP l", "LINDEX l 0", "LINDEX l -1");
    await both.look();
    await both.all("RPOP l 7", "LPOP l 5", "LPOP l 1000");
    await both.look();
  },

  "answers ranges and indexes": async (both) => {
    await both.begin(...numbered(30));
    for (const from of PLACES) {
      await both.run("LINDEX", "l", from);
      for (const to of PLACES) await both.run("LRANGE", "l", from, to);
    }
    for (let from = -32; from < 32; from += 3) {
      for (let to = -32; to < 32; to += 2) await both.run("LRANGE", "l", String(from), String(to));
    }
  },

  trims: async (both) => {
    for (const from of PLACES) {
      for (const to of PLACES) {
        await both.begin(...numbered(12));
        await both.run("LTRIM", "l", from, to);
        await both.run("LRANGE", "l", "0", "-1");
      }
    }
    await both.look();
  },

  "sets and inserts": async (both) => {
    for (const text of ANY) {
      await both.begin(...numbered(9));
      for (const place of ["0", "4", "-1", "9", "-10"]) await both.run("LSET", "l", place, `${text}${place}`);
      for (const side of ["before", "AFTER"]) {
        for (const pivot of ["e1", "e3", "e7", "none"]) await both.run("LINSERT", "l", side, pivot, text + pivot);
      }
      await both.run("LSET", "l", "3", text);
      await both.run("LINSERT", "l", "BEFORE", text, "here");
      await both.look();
    }
  },

  "removes what is equal": async (both) => {
    for (const text of ["a", "17", "", "L".repeat(700)]) {
      for (const count of ["0", "1", "-1", "3", "-3", "100", "-100", ...LIMITS]) {
        await both.begin(...numbered(3), text, text, "b", text, ...numbered(4), text, text, text, "c", text);
        await both.run("LREM", "l", count, text);
        await both.look();
      }
    }
    await both.begin("a", "a", "a");
    await both.run("LREM", "l", "-2", "a");
    await both.look();
    await both.run("LREM", "l", "0", "a");
    await both.look();
  },

  "finds positions": async (both) => {
    await both.begin("a", "b", "1", "a", "a", "c", "01", "1", "a", ...numbered(5), "a");
    const options = ["", "RANK 1", "RANK 2", "RANK -1", "RANK -2", "RANK 9", "RANK 0", "RANK x", "RANK"];
    const counts = ["", "COUNT 0", "COUNT 1", "COUNT 3", "COUNT 99", "COUNT -1", "COUNT x", "COUNT 1 COUNT 2"];
    const limits = ["", "MAXLEN 0", "MAXLEN 1", "MAXLEN 5", "MAXLEN 99", "MAXLEN -1", "MAXLEN x", "x"];
    for (const rank of [...options, ...LIMITS.map((limit) => `RANK ${limit}`)]) {
      for (const count of counts) {
        for (const limit of limits) {
          const tail = `${rank} ${count} ${limit}`.split(" ").filter((word) => word !== "");
          for (const text of ["a", "1", "none"]) await both.run("LPOS", "l", text, ...tail);
        }
      }
    }
  },

  "moves elements": async (both) => {
    for (const ends of ["LEFT LEFT", "LEFT RIGHT", "RIGHT LEFT", "RIGHT RIGHT", "left right"]) {
      for (const text of ["a", "17", "L".repeat(5000)]) {
        await both.run("DEL", "l", "m");
        await both.begin("1", "2", text);
        for (let i = 0; i < 4; i++) {
          await both.all(`LMOVE l m ${ends}`, `LMOVE m m ${ends}`, `LMOVE l l ${ends}`);
          await both.look("l");
          await both.look("m");
        }
        await both.all("RPOPLPUSH m m", "RPOPLPUSH m l", "RPOPLPUSH m s", "RPOPLPUSH none s", "LMOVE l s LEFT LEFT");
        await both.look("l");
        await both.look("m");
      }
    }
  },

  "pops from the first list of several": async (both) => {
    await both.begin(...numbered(8));
    await both.run("RPUSH", "m", ...numbered(4));
    for (const tail of ["LEFT", "right", "LEFT COUNT 2", "RIGHT COUNT 3", "RIGHT COUNT 99", "LEFT COUNT 99", "LEFT"]) {
      await both.run("LMPOP", "3", "none", "l", "m", ...tail.split(" "));
      await both.look("l");
      await both.look("m");
    }
    await both.all("LMPOP 1 s LEFT", "LMPOP 2 none s LEFT", "LMPOP 2 l LEFT", "LMPOP 0 l LEFT", "LMPOP x l LEFT");
    await both.all(
      "LMPOP -1 l LEFT",
      "LMPOP 1 l x",
      "LMPOP 1 l LEFT COUNT",
      "LMPOP 1 l LEFT COUNT 0",
      "LMPOP 1 l LEFT x 1",
    );
    await both.all("LMPOP 1 l LEFT COUNT 1 COUNT 1", "LMPOP 1 l LEFT COUNT x", "LMPOP 9223372036854775807 l LEFT");
  },

  "does not wait where there is something": async (both) => {
    for (const command of [
      "BLPOP none l 0",
      "BRPOP none l s 0.5",
      "BLMPOP 0 2 none l RIGHT COUNT 2",
      "BLMPOP 0 1 l LEFT",
    ]) {
      await both.begin(...numbered(3));
      await both.all(
        command,
        command.replace(" l", " s"),
        command.replace(/ 0(\.5)?/, " x"),
        command.replace(" 0", " -1"),
      );
      await both.look();
    }
    await both.begin(...numbered(9));
    await both.all("BLMOVE l m LEFT RIGHT 0", "BLMOVE l m RIGHT LEFT 0", "BLMOVE l l LEFT RIGHT 1", "BRPOPLPUSH l m 0");
    await both.all("BLMOVE l s LEFT RIGHT 0", "BLMOVE s l LEFT RIGHT 0", "BLMOVE l m x RIGHT 0", "BLMOVE l m LEFT x y");
    await both.all(
      "BLMOVE none m LEFT RIGHT -1",
      "BRPOPLPUSH none m x",
      "BRPOPLPUSH s m 0",
      "BLPOP s 0",
      "BLMPOP 0 0 l LEFT",
    );
    await both.look("l");
    await both.look("m");
  },

  "answers for a key that does not exist": async (both) => {
    const one = ["LPUSHX l a", "RPUSHX l a b", "LPOP l", "RPOP l 2", "LPOP l 0", "LPOP l -1", "LPOP l x", "LLEN l"];
    const more = [
      "LINDEX l 0",
      "LINDEX l x",
      "LRANGE l 0 -1",
      "LRANGE l x 0",
      "LSET l 0 a",
      "LSET l x a",
      "LREM l 0 a",
    ];
    const rest = [
      "LINSERT l BEFORE a b",
      "LINSERT l x a b",
      "LTRIM l 0 0",
      "LTRIM l x 0",
      "LPOS l a",
      "LPOS l a COUNT 0",
    ];
    await both.all(
      ...one,
      ...more,
      ...rest,
      "LMOVE l m LEFT LEFT",
      "LMOVE l m x LEFT",
      "RPOPLPUSH l m",
      "LMPOP 1 l LEFT",
    );
    await both.look();
  },

  "refuses what is wrong, the first thing first": async (both) => {
    await both.begin("a", "1");
    const tails = [
      "",
      " a",
      " 0",
      " 0 x",
      " x 0",
      " 0 0",
      " 0 0 a",
      " BEFORE a b",
      " BEFORE a",
      " x LEFT RIGHT",
      " a RANK 0",
    ];
    const names =
      "LPUSH RPUSH LPUSHX RPUSHX LPOP RPOP LLEN LINDEX LRANGE LSET LINSERT LREM LTRIM LPOS LMOVE RPOPLPUSH LMPOP";
    for (const name of names.split(" ")) {
      for (const key of ["l", "s", "none"]) {
        for (const tail of tails) await both.all(`${name} ${key}${tail}`, "DEL none x a");
      }
      await both.run(name);
    }
    await both.look();
  },

  "is renamed, copied and deleted": async (both) => {
    await both.begin(...numbered(100), ...LONG);
    await both.all("COPY l m", "RPUSH l more", "LPOP m");
    await both.look("l");
    await both.look("m");
    await both.all("RENAME l m", "COPY m l REPLACE", "DEL m");
    await both.look("l");
    await both.look("m");
  },

  [`holds under a random load (SEED=${seed})`]: async (both) => {
    const random = seededRandom(seed);
    for (let step = 0; step < 1500; step++) await both.run(...randomCommand(random));
    await both.look();
  },
};

function randomCommand(random: Random): string[] {
  const element = () => (random.chance(0.7) ? random.pick(["a", "b", "1", "2", ""]) : random.pick(ANY));
  const elements = () => Array.from({ length: random.between(1, 5) }, element);
  const place = () => String(random.between(-20, 20));
  const side = () => random.pick(["LEFT", "RIGHT"]);
  switch (random.below(12)) {
    case 0:
    case 1:
      return ["RPUSH", "l", ...elements()];
    case 2:
      return ["LPUSH", "l", ...elements()];
    case 3:
      return ["LINSERT", "l", random.pick(["BEFORE", "AFTER"]), element(), element()];
    case 4:
      return ["LSET", "l", place(), element()];
    case 5:
      return ["LREM", "l", String(random.between(-2, 2)), element()];
    case 6:
      return random.chance(0.1) ? ["LTRIM", "l", "1", place()] : ["LPOS", "l", element(), "COUNT", "3"];
    case 7:
      return [random.pick(["LPOP", "RPOP"]), "l", String(random.below(4))];
    case 8:
      return ["LMOVE", "l", "l", side(), side()];
    case 9:
      return ["LINDEX", "l", place()];
    case 10:
      return ["LMPOP", "1", "l", side(), "COUNT", "2"];
    default:
      return ["LRANGE", "l", place(), place()];
  }
}

for (const protocol of [2, 3] as const) {
  for (const shape of Object.keys(SHAPES) as Shape[]) {
    describe(`a list in ${shape}, RESP${protocol}`, () => {
      for (const [name, scenario] of Object.entries(SCENARIOS)) {
        test(name, async () => {
          const both = await Both.connect(shape, protocol);
          try {
            await scenario(both);
          } finally {
            both.close();
          }
        });
      }
    });
  }
}
