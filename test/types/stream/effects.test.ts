/**
 * What follows from a command besides its reply: events, changes counted, memory in order, beside the real server. And what
 * DUMP answers of a stream, byte for byte.
 */
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { streamNodeMaxBytes, streamNodeMaxEntries } from "../../../src/types/stream/parameters.ts";
import { bulkOf, SideBySide } from "../../support/side-by-side.ts";

let both: SideBySide;
beforeAll(async () => {
  both = await SideBySide.start();
});
afterEach(async () => {
  await both.sameState();
  await both.configure(streamNodeMaxEntries, 100);
  await both.clear();
});
afterAll(() => both.stop());

const lines = async (text: string) => {
  for (const line of text.trim().split("\n")) await both.line(line.trim());
};

test("adding, trimming and deleting", async () => {
  await both.configure(streamNodeMaxEntries, 3);
  await lines(`
    XADD x NOMKSTREAM 1-0 a b
    XADD x 1-0 a b
    XADD x 1-0 a b
    XADD x 2-0 a b
    XADD x 3-0 a b
    XADD x MAXLEN 2 4-0 a b
    XADD x MAXLEN 5 5-0 a b
    XADD x MINID ~ 4 6-0 a b
    XTRIM x MAXLEN ~ 2
    XTRIM x MAXLEN 2
    XTRIM x MAXLEN 2
    XTRIM none MAXLEN 2
    XDEL x 6-0 5-0 5-0 1-0
    XDEL x 9-0
    XDEL x 4-0 3-0
    XSETID x 9-0
    XSETID x 1-0
    XSETID x 5-0 ENTRIESADDED 20 MAXDELETEDID 4-0
    XLEN x
    DEL x`);
});

test("groups and consumers", async () => {
  await lines(`
    XGROUP CREATE x g $
    XGROUP CREATE x g $ MKSTREAM
    XGROUP CREATE x g $ MKSTREAM
    XADD x 1-0 a b
    XADD x 2-0 a b
    XGROUP SETID x g 0 ENTRIESREAD 0
    XGROUP CREATECONSUMER x g c
    XGROUP CREATECONSUMER x g c
    XREADGROUP GROUP g c COUNT 1 STREAMS x >
    XREADGROUP GROUP g d STREAMS x 0
    XREADGROUP GROUP g d NOACK STREAMS x >
    XREADGROUP GROUP g d STREAMS x >
    XPENDING x g
    XCLAIM x g e 0 1-0
    XCLAIM x g e 0 1-0 9-0
    XCLAIM x g f 100000000 1-0
    XCLAIM x g f 0 9-0 LASTID 5-0
    XCLAIM x g f 0 9-0 LASTID 4-0
    XCLAIM x g f 0 2-0 FORCE JUSTID
    XDEL x 2-0
    XAUTOCLAIM x g h 0 0
    XAUTOCLAIM x g h 0 0
    XACK x g 1-0 2-0
    XREADGROUP GROUP g c STREAMS x 0
    XGROUP DELCONSUMER x g c
    XGROUP DELCONSUMER x g c
    XGROUP DESTROY x g
    XGROUP DESTROY x g`);
});

test("DUMP, and RESTORE of what the other has dumped", async () => {
  await both.configure(streamNodeMaxEntries, 7);
  await lines("XGROUP CREATE x first 0 MKSTREAM\nXGROUP CREATE x second 3-0 ENTRIESREAD 9223372036854775807");
  for (let i = 1; i <= 40; i++)
    await both.same("XADD", "x", `${i}-${i * 3}`, "field", "v".repeat(i * 5), `odd${i % 3}`, String(i * i));
  // Nothing that a clock has told may be in it.
  await lines(`
    XGROUP CREATECONSUMER x first none
    XDEL x 5-15 6-18 40-120
    XTRIM x MAXLEN 30
    XSETID x 18446744073709551615-18446744073709551614 ENTRIESADDED 9223372036854775807 MAXDELETEDID 9007199254740993-5`);
  const ours = bulkOf(both.runOurs("DUMP", "x").reply);
  const theirs = bulkOf((await both.runReal("DUMP", "x")).reply);
  // The time at which the consumer was seen is in both.
  expect(ours.length).toBe(theirs.length);
  for (const payload of [ours, theirs]) {
    await both.same("RESTORE", "y", "0", payload, "REPLACE");
    for (const command of ["XRANGE y - +", "XINFO STREAM y", "XINFO GROUPS y", "XINFO STREAM y FULL"])
      await both.line(command);
    await lines("XREADGROUP GROUP first c COUNT 3 STREAMS y >\nXACK y first 12-36\nXDEL y 13-39\nXPENDING y first");
    await lines("XADD y 18446744073709551615-18446744073709551615 a b\nXADD y * a b\nXINFO STREAM y");
  }
  await lines("XGROUP DESTROY x first\nDUMP x\nXTRIM x MAXLEN 0\nDUMP x\nXGROUP DESTROY x second\nDUMP x");
});

test("nodes are those of Redis byte for byte, also when their counters become longer and shorter", async () => {
  await both.configure(streamNodeMaxEntries, 0);
  await both.configure(streamNodeMaxBytes, 0);
  const count = 4300;
  for (let i = 1; i <= count; i++) {
    const command = ["XADD", "x", `${i}`, i % 1000 === 7 ? "other" : "f", String(i)];
    expect(both.ours.raw(...command)).toBe(await both.real.raw(...command));
    // Lets go of the events so far.
    if (i === count || [127, 128, 4095, 4096].includes(i)) await both.runReal("PING");
    if ([127, 128, 4095, 4096, count].includes(i)) await both.line("DUMP x");
  }
  for (let from = 1; from < count; from += 100) {
    await both.same("XDEL", "x", ...Array.from({ length: 97 }, (_, i) => String(from + i)));
    if (from % 1000 === 1 || from > 3900) await both.line("DUMP x");
  }
  await lines("XTRIM x MAXLEN 100\nDUMP x\nXTRIM x MINID 4290\nDUMP x\nXRANGE x - +\nXREVRANGE x + - COUNT 3");
  await both.configure(streamNodeMaxBytes, 4096);
}, 30_000);
