/**
 * What follows from a command besides its reply: the events and the number of changes, beside the real server.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { listMaxListpackSize } from "../../../src/types/list/parameters.ts";
import { SideBySide } from "../../support/side-by-side.ts";

let both: SideBySide;
beforeAll(async () => {
  both = await SideBySide.start();
});
afterAll(async () => {
  await both?.configure(listMaxListpackSize, -2);
  await both?.stop();
});

const COMMANDS = [
  "LPUSHX l a",
  "RPUSH l a b c",
  "LPUSH l x y",
  "RPUSHX l d e",
  "LPUSHX l",
  "LPUSH l",
  "LLEN l",
  "LRANGE l 0 -1",
  "LINDEX none 0",
  "LPOS none a",
  "LSET l 0 z",
  "LSET l 99 z",
  "LSET none 0 z",
  "LINSERT l BEFORE a new",
  "LINSERT l AFTER none new",
  "LINSERT none AFTER a new",
  "LREM l 0 none",
  "LREM l 1 new",
  "LREM none 1 new",
  "LPOP l",
  "RPOP l 2",
  "LPOP l 0",
  "LPOP none",
  "RPOP none 2",
  "LTRIM l 0 -1",
  "LTRIM l 1 -1",
  "LTRIM l 5 1",
  "LTRIM none 0 0",
  "RPUSH l a b c d e f g h",
  "LMOVE l m LEFT RIGHT",
  "LMOVE l l LEFT RIGHT",
  "RPOPLPUSH l m",
  "RPOPLPUSH l l",
  "RPOPLPUSH none m",
  "LMPOP 2 none l LEFT COUNT 2",
  "LMPOP 1 none LEFT",
  "BLPOP none l 0",
  "BRPOP l 0",
  "BLMPOP 0 1 l RIGHT COUNT 2",
  "BLMOVE m l LEFT LEFT 0",
  "BRPOPLPUSH l m 0",
  "LRANGE l 0 -1",
  "LRANGE m 0 -1",
  "LREM m 0 a",
  "LMOVE m n LEFT LEFT",
  "LPOP m 99",
  "LMPOP 1 n LEFT",
  "RPUSH l a a a",
  "LREM l -2 a",
  "BLPOP l 1",
  "RPUSH l 1 2 3",
  "COPY l m",
  "RENAME m n",
  "DEL l n",
];

describe.each([-2, 1])("with list-max-listpack-size %i", (limit) => {
  test("events and changes are those of the real server", async () => {
    await both.configure(listMaxListpackSize, limit);
    await both.clear();
    for (const command of COMMANDS) {
      await both.line(command);
      await both.sameState();
    }
  });
});

test("an element may move from a list to itself when it is the only one", async () => {
  await both.clear();
  await both.line("RPUSH l only");
  for (const ends of ["LEFT LEFT", "LEFT RIGHT", "RIGHT LEFT"]) {
    expect((await both.line(`LMOVE l l ${ends}`)).events.length).toBe(2);
    await both.line("LRANGE l 0 -1");
  }
  await both.sameState();
});
