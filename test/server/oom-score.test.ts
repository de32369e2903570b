/** The kernel's score beside the real server's, after the same commands. */
import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { startServer, type TestServer } from "../support/server.ts";

const fileOf = ({ pid }: TestServer): string => `/proc/${pid}/oom_score_adj`;
const scoreOf = (server: TestServer): string => readFileSync(fileOf(server), "latin1");

const COMMANDS: string[][] = [
  ["oom-score-adj-values", "7 8 9"],
  ["oom-score-adj", "yes"],
  ["oom-score-adj-values", "15 20 30"],
  ["oom-score-adj", "absolute"],
  ["oom-score-adj-values", "2000 0 0"],
  ["oom-score-adj", "relative"],
  ["oom-score-adj", "no"],
  ["oom-score-adj-values", "40 0 0", "oom-score-adj", "yes"],
  // Whether this is allowed depends on who runs the tests.
  ["oom-score-adj-values", "-500 0 0"],
  ["oom-score-adj", "no"],
];

test.skipIf(process.platform !== "linux" || Bun.which("redis-server") === null)(
  "the score follows its parameters, and is restored",
  async () => {
    const args = ["--oom-score-adj", "yes", "--oom-score-adj-values", "3", "0", "0"];
    await using ours = await startServer("source", { args });
    await using theirs = await startServer("redis", { args });
    expect(scoreOf(ours)).toBe(scoreOf(theirs));
    for (const pairs of COMMANDS) {
      const replies: string[] = [];
      for (const server of [ours, theirs]) {
        using client = await server.connect();
        replies.push(await client.raw("CONFIG", "SET", ...pairs));
      }
      expect([pairs, replies[0], scoreOf(ours)]).toEqual([pairs, replies[1], scoreOf(theirs)]);
    }
    // Somebody else's score is the new base, and left alone meanwhile.
    for (const server of [ours, theirs]) {
      writeFileSync(fileOf(server), "22");
      using client = await server.connect();
      await client.raw("CONFIG", "SET", "oom-score-adj-values", "50 0 0");
      expect(scoreOf(server)).toBe("22\n");
      await client.raw("CONFIG", "SET", "oom-score-adj", "yes");
      expect(scoreOf(server)).toBe("72\n");
    }
  },
);
