/**
 * What a stream does: each scenario runs on Ashlar and on a real redis-server, in both protocols and with small and large
 * nodes, and every reply is compared, and in the end the digest. Only times are left open, and IDs made from the clock.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { exceptTimes } from "../oracle/compare.ts";
import { type Random, seededRandom, seedOfRun } from "../support/random.ts";
import type { RawClient } from "../support/raw-client.ts";
import { encodeCommand, latin1, printable } from "../support/resp.ts";
import { startServer, type TestServer } from "../support/server.ts";

const seed = seedOfRun();
const U64_MAX = "18446744073709551615";

let ashlar: TestServer;
let redis: TestServer;
beforeAll(async () => {
  const options = { args: ["--enable-debug-command", "yes"] };
  [ashlar, redis] = await Promise.all([startServer("source", options), startServer("redis", options)]);
});
afterAll(async () => {
  await Promise.all([ashlar?.stop(), redis?.stop()]);
});

/** One client of each server. */
class Both {
  private constructor(
    private readonly ours: RawClient,
    private readonly theirs: RawClient,
  ) {}

  static async connect(protocol: 2 | 3): Promise<Both> {
    const both = new Both(await ashlar.connect(), await redis.connect());
    for (const client of [both.ours, both.theirs]) {
      if (protocol === 3) expect((await client.command("HELLO", "3")).type).toBe("%");
    }
    return both;
  }

  send(args: readonly string[]): void {
    for (const client of [this.ours, this.theirs]) client.send(encodeCommand(args));
  }

  async receive(args: readonly string[]): Promise<string> {
    const [ours, theirs] = await Promise.all(
      [this.ours, this.theirs].map(async (client) => (await client.replies(1))[0]!),
    );
    const [text, wanted] = [latin1(ours!), latin1(theirs!)];
    if (text === wanted) return wanted;
    const isError = text.startsWith("-") || wanted.startsWith("-");
    const judged = isError
      ? "an error"
      : exceptTimes.judge({ reply: ours!, witness: null }, { reply: theirs!, witness: null }, args);
    if (judged === null) return wanted;
    const command = args.map((arg) => printable(arg)).join(" ");
    throw new Error(`${command}: ${judged}\n${printable(text)}\n${printable(wanted)}`);
  }

  /** Runs a command on both; the reply. */
  async run(args: readonly string[]): Promise<string> {
    this.send(args);
    return await this.receive(args);
  }

  /** Runs commands that are written as lines. */
  async lines(text: string): Promise<void> {
    for (const line of text.trim().split("\n")) await this.run(line.trim().split(" "));
  }

  /** Everything that can be seen of the stream. */
  async look(key = "x"): Promise<void> {
    for (const command of ["XLEN", "EXISTS", "TYPE"]) await this.run([command, key]);
    await this.run(["OBJECT", "ENCODING", key]);
    await this.run(["XRANGE", key, "-", "+"]);
    await this.run(["XREVRANGE", key, "+", "-"]);
    await this.run(["XINFO", "STREAM", key]);
    await this.run(["XINFO", "STREAM", key, "FULL", "COUNT", "0"]);
    await this.run(["XINFO", "GROUPS", key]);
    await this.run(["DEBUG", "DIGEST-VALUE", key]);
  }

  /** What INFO says of clients that wait, where both servers agree on it; else nothing. */
  async waiting(): Promise<string> {
    const infos = await Promise.all([this.ours, this.theirs].map((client) => client.raw("INFO", "clients")));
    const [ours, theirs] = infos.map((info) => /blocked_clients:\d+/.exec(info)?.[0] ?? "");
    return ours === theirs ? ours! : "";
  }

  async close(): Promise<void> {
    for (const client of [this.ours, this.theirs]) {
      await client.command("FLUSHALL");
      client.close();
    }
  }
}

type Scenario = (both: Both, connect: () => Promise<Both>) => Promise<void>;

/** Adds entries with the IDs 1-0, 2-0 …, by default with one field. */
async function fill(both: Both, count: number, ...pairs: string[]): Promise<void> {
  for (let i = 1; i <= count; i++) {
    await both.run(["XADD", "x", `${i}-0`, ...(pairs.length > 0 ? pairs : ["f", String(i)])]);
  }
}

const IDS = [
  ...[
    "0",
    "0-0",
    "0-1",
    "1",
    "1-1",
    "1-",
    "-1",
    "-",
    "+",
    "$",
    ">",
    "*",
    "1-*",
    "0-*",
    "*-1",
    "**",
    "",
    "x",
    "1-x",
    "(1",
    "(",
  ],
  ...[
    "5-01",
    "5--05",
    "5--0",
    "5-+7",
    " 5-1",
    "5-\t3",
    "5 -1",
    "+5",
    "05-1",
    "1-2-3",
    "5-1\0x",
    "-\0",
    "1e3",
    "1.5",
    "0x10",
  ],
  ...[
    `${U64_MAX}-${U64_MAX}`,
    `${U64_MAX}-0`,
    `0-${U64_MAX}`,
    `(${U64_MAX}-${U64_MAX}`,
    "(0-0",
    "(-",
    "(+",
    "(1-1",
    "(1",
  ],
  ...["18446744073709551616-1", "1-18446744073709551616", "9007199254740993-9007199254740993", "4294967296-4294967295"],
  ...[
    "9223372036854775808-1",
    "-9223372036854775809",
    "1--18446744073709551615",
    "1--18446744073709551616",
    "9".repeat(130),
  ],
];

const SCENARIOS: Record<string, Scenario> = {
  "reads IDs as Redis does": async (both) => {
    for (const id of IDS) {
      await both.run(["DEL", "x"]);
      await fill(both, 6);
      await both.run(["XRANGE", "x", id, "+"]);
      await both.run(["XRANGE", "x", "-", id]);
      await both.run(["XREVRANGE", "x", id, id]);
      await both.run(["XDEL", "x", id, "3-0"]);
      await both.run(["XTRIM", "x", "MINID", id]);
      await both.run(["XGROUP", "CREATE", "x", "g", id]);
      await both.run(["XGROUP", "SETID", "x", "g", id]);
      await both.run(["XSETID", "x", id]);
      await both.run(["XSETID", "x", "7", "MAXDELETEDID", id]);
      await both.run(["XACK", "x", "g", id]);
      await both.run(["XPENDING", "x", "g", id, id, "5"]);
      await both.run(["XCLAIM", "x", "g", "c", "0", id]);
      await both.run(["XAUTOCLAIM", "x", "g", "c", "0", id]);
      if (id !== "+") await both.run(["XREAD", "STREAMS", "x", id]);
      await both.run(["XREADGROUP", "GROUP", "g", "c", "STREAMS", "x", id]);
      // The clock is not the same on both.
      if (id !== "*") await both.run(["XADD", "x", id, "a", "b"]);
      await both.look();
    }
  },

  "makes IDs": async (both) => {
    await both.lines(`
      XADD x 5-* a b
      XADD x 5-* a b
      XADD x 5-7 a b
      XADD x 5-* a b
      XADD x 4-* a b
      XADD x 6-* a b
      XADD x 6-${U64_MAX} a b
      XADD x 6-* a b
      XADD x 99999999999999-5 a b
      XADD x * a b
      XADD x * a b
      XADD x 99999999999999-${U64_MAX} a b
      XADD x * a b
      XADD x ${U64_MAX}-${U64_MAX} a b
      XADD x * a b
      XADD x ${U64_MAX}-* a b
      XADD y 0-0 a b
      XADD y 0-* a b
      XADD y NOMKSTREAM 0 a b
      XADD y NOMKSTREAM 5 a b
      EXISTS y`);
    await both.look();
    for (const id of ["*", "1-*"]) {
      const reply = await both.run(["XADD", "none", "NOMKSTREAM", id, "a", "b"]);
      expect(reply === "$-1\r\n" || reply === "_\r\n").toBe(true);
    }
  },

  "refuses what is wrong, the first thing first": async (both) => {
    await both.lines("SET s text\nXADD x 1-1 a b\nXGROUP CREATE x g 0\nXREADGROUP GROUP g c STREAMS x >");
    const tails = [
      ...[
        "",
        "1-1",
        "1-1 a",
        "2-1 a b c",
        "MAXLEN",
        "MAXLEN 5",
        "MAXLEN x 2-1 a b",
        "MAXLEN -1 * a b",
        "MINID x",
        "LIMIT 5",
      ],
      ...[
        "MAXLEN 5 MINID 1 2-1 a b",
        "MAXLEN = 5 LIMIT 1 2-1 a b",
        "LIMIT 0 3-1 a b",
        "LIMIT -1 MAXLEN ~ 1",
        "FOO 1 1 2 3",
      ],
      ...[
        "g",
        "g 1-1",
        "g x",
        "g 1-1 x",
        "g c",
        "g c 0",
        "g c x 1-1",
        "g c 0 1-1",
        "g c 0 1-1 FORCE JUSTID",
        "g c 0 x FOO",
      ],
      ...["g c 0 1-1 IDLE x", "g c 0 1-1 TIME", "g c 0 1-1 RETRYCOUNT -1", "g c 0 1-1 LASTID x", "g c 0 0 COUNT 0"],
      ...[
        "g c 0 0 COUNT x",
        "g c 0 0 COUNT 9223372036854775807",
        "g c 0 0 COUNT 576460752303423488",
        "g c 0 ( JUSTID x",
      ],
      ...[
        "g - + 10",
        "g - + x",
        "g IDLE x - + 1",
        "g IDLE 1 - +",
        "g IDLE 1 - + 1 c",
        "g - + 10 none",
        "g - + -1",
        "none",
        "none - + 1",
      ],
      ...["- +", "- + COUNT", "- + COUNT x", "- + COUNT -5", "- + COUNT 0", "- + COUNT 1 COUNT 2", "- + x 5", "+ -"],
      ...[
        "5 ENTRIESADDED -1",
        "5 ENTRIESADDED 0",
        "5 ENTRIESADDED 9223372036854775808",
        "5 MAXDELETEDID 6",
        "0 ENTRIESADDED 5 x",
      ],
    ];
    const names = "XADD XTRIM XLEN XRANGE XREVRANGE XDEL XSETID XACK XPENDING XCLAIM XAUTOCLAIM".split(" ");
    for (const name of names) {
      await both.run([name]);
      for (const key of ["x", "s", "none"]) {
        for (const tail of tails) {
          const args = [name, key, ...tail.split(" ").filter((word) => word !== "")];
          if (name !== "XADD" || !args.includes("*")) await both.run(args);
        }
        await both.run(["DEL", "none"]);
      }
    }
    await both.look();
  },

  "refuses what is wrong about groups": async (both) => {
    await both.lines("SET s text\nXADD x 1-1 a b\nXGROUP CREATE x g 0");
    const tails = [
      ...["", "g", "g 0", "g $", "g x", "g 0 x", "g 0 MKSTREAM", "g2 0 MKSTREAM MKSTREAM MKSTREAM", "g3 0 ENTRIESREAD"],
      ...[
        "g4 0 ENTRIESREAD -2",
        "g4 0 ENTRIESREAD x",
        "g4 0 ENTRIESREAD 3 MKSTREAM",
        "g5 0 ENTRIESREAD 1 ENTRIESREAD 2",
      ],
      ...["g6 0 MKSTREAM ENTRIESREAD 1 MKSTREAM", "g c", "g c d", "none c", "g +", "g -"],
    ];
    for (const name of ["CREATE", "SETID", "DESTROY", "CREATECONSUMER", "DELCONSUMER", "NOSUCH", "HELPME"]) {
      for (const key of ["x", "s", "none"]) {
        for (const tail of tails) {
          await both.run(["XGROUP", name, key, ...tail.split(" ").filter((word) => word !== "")]);
          await both.run(["DEL", "none"]);
        }
      }
    }
    for (const name of ["STREAM", "GROUPS", "CONSUMERS", "NOSUCH"]) {
      for (const key of ["x", "s", "none"]) {
        for (const tail of [
          "",
          "g",
          "none",
          "FULL",
          "FULL COUNT",
          "FULL COUNT 1",
          "FULL COUNT x",
          "FULL x 1",
          "FULL COUNT 1 2",
        ]) {
          await both.run(["XINFO", name, key, ...tail.split(" ").filter((word) => word !== "")]);
        }
      }
    }
    await both.lines("XGROUP\nXINFO\nXGROUP CREATE\nXINFO STREAM");
    await both.look();
  },

  "refuses what is wrong about reading": async (both) => {
    await both.lines("SET s text\nXADD x 1-1 a b\nXGROUP CREATE x g 0");
    const tails = [
      ...[
        "STREAMS",
        "STREAMS x",
        "STREAMS x x",
        "STREAMS x x 0",
        "STREAMS x none 0 0",
        "STREAMS x s 0 0",
        "STREAMS s x x 0",
      ],
      ...["COUNT", "COUNT x STREAMS x 0", "COUNT -1 STREAMS x 0", "COUNT 0 STREAMS x 0", "COUNT 1 COUNT 2 STREAMS x 0"],
      ...[
        "BLOCK x STREAMS x 0",
        "BLOCK -1 STREAMS x 0",
        "BLOCK 1.5 STREAMS x 0",
        "BLOCK 1 STREAMS x 5",
        "BLOCK 1 STREAMS none $",
      ],
      ...[
        "GROUP g c STREAMS x >",
        "GROUP g STREAMS x >",
        "NOACK STREAMS x >",
        "STREAMS x >",
        "STREAMS x $",
        "FOO STREAMS x 0",
      ],
      ...[
        "GROUP g c GROUP g d STREAMS x 0",
        "GROUP none c STREAMS x >",
        "GROUP g c STREAMS none >",
        "GROUP g c STREAMS s >",
      ],
      ...[
        "GROUP g c STREAMS x $",
        "GROUP g c STREAMS x +",
        "GROUP g c BLOCK 1 STREAMS x >",
        "GROUP g c NOACK COUNT 1 STREAMS x 0",
      ],
      ...["GROUP g c STREAMS x x > >", "GROUP g c STREAMS x x > 0", `GROUP g c STREAMS x ${U64_MAX}-${U64_MAX}`],
    ];
    for (const name of ["XREAD", "XREADGROUP"]) {
      for (const tail of tails) await both.run([name, ...tail.split(" ")]);
    }
    await both.look();
  },

  "begins a node where Redis does": async (both) => {
    for (const length of [0, 1, 10, 30, 63, 64, 200, 1000, 5000]) {
      await both.run(["DEL", "x"]);
      for (let i = 1; i <= 130; i++) {
        await both.run(["XADD", "x", `${i}-${i}`, "f", "v".repeat(length)]);
        if (i % 9 === 0) await both.run(["XINFO", "STREAM", "x"]);
        if (i % 40 === 0) await both.run(["XTRIM", "x", "MAXLEN", "~", "25"]);
      }
      await both.look();
    }
  },

  "takes fields as they come": async (both) => {
    const texts = [
      "",
      "0",
      "127",
      "128",
      "-1",
      "4095",
      "-4096",
      "32768",
      "8388608",
      "2147483648",
      "9223372036854775807",
      "007",
    ];
    let ms = 0;
    for (const text of [
      ...texts,
      "v".repeat(63),
      "v".repeat(64),
      "v".repeat(4095),
      "v".repeat(4096),
      "v".repeat(70_000),
      "\0\xff\r\n",
    ]) {
      await both.run(["XADD", "x", `${++ms}`, text, text]);
      await both.run(["XADD", "x", `${++ms}`, "a", text, text, "b"]);
      await both.run(["XADD", "x", `${++ms}`, "a", text, "a", text]);
    }
    await both.run(["XADD", "x", `${++ms}`, ...Array.from({ length: 600 }, (_, i) => String(i))]);
    await both.run(["XADD", "x", `${++ms}`, ...Array.from({ length: 70_000 }, (_, i) => String(i % 10))]);
    await both.look();
  },

  "trims by length": async (both) => {
    for (const operator of ["=", "~"]) {
      for (const [length, limit] of [
        [0, ""],
        [5, ""],
        [17, ""],
        [17, "3"],
        [17, "10"],
        [17, "0"],
        [40, ""],
        [10, "1000"],
      ] as const) {
        if (limit !== "" && operator === "=") continue;
        await both.run(["DEL", "x"]);
        await fill(both, 40);
        await both.run(["XDEL", "x", "3-0", "4-0", "20-0"]);
        const options = ["MAXLEN", operator, String(length), ...(limit === "" ? [] : ["LIMIT", limit])];
        await both.run(["XTRIM", "x", ...options]);
        await both.look();
        await both.run(["XADD", "x", ...options, "41-0", "f", "v"]);
        await both.look();
      }
    }
  },

  "trims by ID": async (both) => {
    for (const operator of ["=", "~"]) {
      for (const id of ["0", "5-0", "5-1", "10", "23", "39", "40-0", "41", U64_MAX]) {
        await both.run(["DEL", "x"]);
        await fill(both, 40);
        await both.run(["XDEL", "x", "1-0", "10-0", "11-0", "39-0", "40-0"]);
        await both.run(["XTRIM", "x", "MINID", operator, id]);
        await both.look();
        await both.run(["XADD", "x", "MINID", operator, "30", "41-0", "f", "v"]);
        await both.look();
      }
    }
  },

  "deletes, and remembers": async (both) => {
    await fill(both, 30);
    await both.lines("XDEL x 5-0 5-0 99-0 30-0\nXDEL none 1\nXDEL x 1-0 2-0");
    await both.look();
    for (let i = 1; i <= 30; i++) {
      await both.run(["XDEL", "x", `${(i * 7) % 31}-0`]);
      await both.run(["XINFO", "STREAM", "x"]);
    }
    await both.look();
    await both.lines("XADD x 30-0 a b\nXADD x 31-0 a b\nXSETID x 30-5\nXSETID x 50 ENTRIESADDED 5 MAXDELETEDID 40");
    await both.look();
    // A deleted entry may have an ID above the last one; then another can have it again.
    await both.lines("XADD x 60-0 a b\nXADD x 61-0 c d\nXDEL x 61-0\nXSETID x 60-3\nXADD x 60-4 e f\nXADD x 61-0 g h");
    await both.look();
    await both.lines("XDEL x 61-0\nXTRIM x MINID 61-0");
    await both.look();
  },

  "delivers to groups": async (both) => {
    await fill(both, 20);
    await both.lines(`
      XGROUP CREATE x g 0
      XGROUP CREATE x h $
      XGROUP CREATE x a 5-0 ENTRIESREAD 5
      XGROUP CREATE x g 0
      XREADGROUP GROUP g alice COUNT 3 STREAMS x >
      XREADGROUP GROUP g bob COUNT 4 STREAMS x >
      XREADGROUP GROUP a bob NOACK COUNT 2 STREAMS x >
      XREADGROUP GROUP h bob STREAMS x >
      XREADGROUP GROUP g alice COUNT 1 STREAMS x x > 0
      XREADGROUP GROUP g alice STREAMS x 1-0
      XREADGROUP GROUP g alice COUNT 1 STREAMS x 0
      XPENDING x g
      XPENDING x g - + 100
      XPENDING x g - + 3 bob
      XPENDING x g (2-0 (6-0 100
      XPENDING x g IDLE 100000000 - + 10
      XDEL x 2-0 5-0
      XREADGROUP GROUP g alice STREAMS x 0
      XREADGROUP GROUP g carol STREAMS x 0
      XINFO CONSUMERS x g
      XACK x g 1-0 2-0 2-0 99-0
      XACK x none 1-0
      XACK none g 1-0
      XPENDING x g`);
    await both.look();
    await both.lines(`
      XGROUP SETID x g 0
      XREADGROUP GROUP g carol COUNT 5 STREAMS x >
      XPENDING x g - + 100
      XGROUP SETID x g 10-0 ENTRIESREAD 9
      XREADGROUP GROUP g carol COUNT 2 STREAMS x >
      XGROUP CREATECONSUMER x g dave
      XGROUP CREATECONSUMER x g dave
      XGROUP DELCONSUMER x g carol
      XGROUP DELCONSUMER x g carol
      XPENDING x g`);
    await both.look();
    await both.lines("COPY x y\nXACK x g 4-0\nXGROUP DESTROY x h\nXGROUP DESTROY x h");
    await both.look("x");
    await both.look("y");
    await both.lines("XTRIM x MAXLEN 0\nXREADGROUP GROUP g bob STREAMS x >\nXREADGROUP GROUP g bob STREAMS x 0");
    await both.look();
  },

  "lets others claim": async (both) => {
    await fill(both, 12);
    await both.lines(`
      XGROUP CREATE x g 0
      XREADGROUP GROUP g alice COUNT 8 STREAMS x >
      XCLAIM x g bob 0 1-0 2-0 99-0
      XCLAIM x g bob 100000000 3-0
      XCLAIM x g bob 0 3-0 IDLE 200000000
      XCLAIM x g carol 100000000 3-0 4-0 JUSTID
      XCLAIM x g carol 0 5-0 TIME 1000000 RETRYCOUNT 7
      XCLAIM x g carol 0 10-0
      XCLAIM x g carol 0 10-0 11-0 FORCE
      XCLAIM x g carol 0 12-0 FORCE JUSTID LASTID 11-5
      XCLAIM x g nobody 0 99-0 LASTID 12-0
      XPENDING x g - + 100
      XDEL x 2-0 6-0 7-0
      XCLAIM x g bob 0 2-0 6-0
      XAUTOCLAIM x g dave 0 0 COUNT 2
      XAUTOCLAIM x g dave 0 (3-0 COUNT 3 JUSTID
      XAUTOCLAIM x g dave 100000000 -
      XAUTOCLAIM x g dave 0 11-0 COUNT 1
      XAUTOCLAIM x g dave 0 +
      XINFO CONSUMERS x g
      XPENDING x g - + 100`);
    await both.look();
  },

  "tells the lag": async (both) => {
    await both.lines("XGROUP CREATE x g $ MKSTREAM\nXGROUP CREATE x h 0 ENTRIESREAD 0");
    await both.look();
    await fill(both, 6);
    for (const command of [
      ..."XREADGROUP GROUP g c COUNT 1 STREAMS x >|XREADGROUP GROUP h c COUNT 2 STREAMS x >|XDEL x 1-0|XDEL x 3-0".split(
        "|",
      ),
      ..."XREADGROUP GROUP g c COUNT 1 STREAMS x >|XREADGROUP GROUP h c COUNT 1 STREAMS x >|XTRIM x MAXLEN 2".split(
        "|",
      ),
      ..."XREADGROUP GROUP g c COUNT 1 STREAMS x >|XREADGROUP GROUP h c STREAMS x >|XADD x 7-0 a b|XGROUP SETID x h 6-0".split(
        "|",
      ),
      ..."XGROUP SETID x g 0|XGROUP SETID x h 7-0|XGROUP SETID x h 9-0|XDEL x 7-0|XTRIM x MAXLEN 0|XGROUP SETID x g 3".split(
        "|",
      ),
      ..."XSETID x 8-0 ENTRIESADDED 9223372036854775807|XADD x 9-0 a b|XADD x 10-0 a b|XREADGROUP GROUP h c STREAMS x >".split(
        "|",
      ),
    ]) {
      await both.run(command.split(" "));
      await both.look();
    }
  },

  "serves those who wait": async (both, connect) => {
    const waiting = await connect();
    const others = await connect();
    try {
      const served = async (wait: string, ...commands: string[]) => {
        const args = wait.split(" ");
        waiting.send(args);
        // Asks until both servers say that somebody waits.
        while ((await others.waiting()) !== "blocked_clients:1");
        for (const command of commands) await both.run(command.split(" "));
        await waiting.receive(args);
        await both.look();
        await both.run(["DEL", "x", "y"]);
      };
      await both.lines("XADD x 1-0 a b");
      await served("XREAD BLOCK 0 STREAMS x $", "XADD x 2-0 c d");
      await served("XREAD BLOCK 0 STREAMS x y 0 0", "SET x text", "XADD y 1-0 a b");
      await served("XREAD BLOCK 0 COUNT 1 STREAMS y 5", "XADD y 5-0 a b", "XADD y 5-1 a b");
      await both.lines("XADD x 1-0 a b\nXGROUP CREATE x g $");
      await served("XREADGROUP GROUP g c BLOCK 0 STREAMS x >", "XADD x 2-0 c d");
      await both.lines("XADD x 1-0 a b\nXGROUP CREATE x g $");
      await served("XREADGROUP GROUP g c BLOCK 0 NOACK STREAMS x >", "XADD x 2-0 c d");
      for (const end of ["DEL x", "SET x text", "XGROUP DESTROY x g", "RENAME x z", "FLUSHALL", "UNLINK x"]) {
        await both.lines("XADD x 1-0 a b\nXGROUP CREATE x g $");
        await served("XREADGROUP GROUP g c BLOCK 0 STREAMS x >", end);
      }
      await both.lines("XADD x 1-0 a b\nXGROUP CREATE x g 0");
      await waiting.run("XREADGROUP GROUP g c BLOCK 0 STREAMS x >".split(" "));
      await waiting.run("XREAD BLOCK 10 STREAMS none 0".split(" "));
      await both.lines("MULTI\nXREAD BLOCK 0 STREAMS none 0\nEXEC");
    } finally {
      await waiting.close();
      await others.close();
    }
  },

  [`holds under a random load (SEED=${seed})`]: async (both) => {
    const random = seededRandom(seed);
    for (let step = 0; step < 1500; step++) await both.run(randomCommand(random));
    await both.look();
  },
};

function randomCommand(random: Random): string[] {
  const id = () => `${random.below(60)}-${random.below(3)}`;
  const ids = () => Array.from({ length: random.between(1, 5) }, id);
  const value = () => random.pick(["", "17", "v".repeat(random.below(90)), random.bytes(random.below(30))]);
  const group = () => random.pick(["g1", "g2"]);
  const consumer = () => random.pick(["alice", "bob", "c"]);
  switch (random.below(12)) {
    case 0:
      return ["XDEL", "x", ...ids()];
    case 1:
      return ["XTRIM", "x", random.pick(["MAXLEN", "MINID"]), random.pick(["~", "="]), String(random.below(30))];
    case 2:
      return ["XRANGE", "x", id(), id()];
    case 3:
      return ["XREVRANGE", "x", id(), "-", "COUNT", "3"];
    case 4:
      return ["XGROUP", "CREATE", "x", group(), random.pick(["0", "$", id()]), "MKSTREAM"];
    case 5:
    case 6:
      return ["XREADGROUP", "GROUP", group(), consumer(), "COUNT", "3", "STREAMS", "x", random.pick([">", ">", "0"])];
    case 7:
      return ["XACK", "x", group(), ...ids()];
    case 8:
      return random.chance(0.3) ? ["DEL", "x"] : ["XAUTOCLAIM", "x", group(), consumer(), "0", id(), "COUNT", "3"];
    default:
      return [
        "XADD",
        "x",
        `${random.below(60)}-*`,
        ...random.pick([
          ["f", value()],
          ["f", value(), "g", value()],
          ["h", value()],
        ]),
      ];
  }
}

const NODES = { large: ["100", "4096"], small: ["7", "200"], endless: ["0", "0"] };

for (const protocol of [2, 3] as const) {
  for (const [size, [entries, bytes]] of Object.entries(NODES)) {
    describe(`a stream of ${size} nodes, RESP${protocol}`, () => {
      for (const [name, scenario] of Object.entries(SCENARIOS)) {
        test(name, async () => {
          const both = await Both.connect(protocol);
          try {
            await both.run(["CONFIG", "SET", "stream-node-max-entries", entries!, "stream-node-max-bytes", bytes!]);
            await scenario(both, () => Both.connect(protocol));
          } finally {
            await both.close();
          }
        });
      }
    });
  }
}
