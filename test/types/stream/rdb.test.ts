/**
 * Streams in RDB files: what is saved is what was there, what older and newer versions save is understood, and nothing
 * damaged is believed.
 */
import { afterEach, expect, test } from "bun:test";
import * as keyspace from "../../../src/keyspace/keyspace.ts";
import * as mem from "../../../src/mem/mem.ts";
import { RdbError, RdbReader } from "../../../src/rdb/reader.ts";
import { RDB_STREAM_LISTPACKS, RDB_STREAM_LISTPACKS_2, RDB_STREAM_LISTPACKS_3 } from "../../../src/rdb/types.ts";
import { RdbWriter } from "../../../src/rdb/writer.ts";
import { streamNodeMaxEntries } from "../../../src/types/stream/parameters.ts";
import { streamType } from "../../../src/types/stream/type.ts";
import { length, little, string } from "../../rdb/payloads.ts";
import { argsOf, refOf, removeKeys, session } from "../../support/handlers.ts";
import { seededRandom, seedOfRun } from "../../support/random.ts";
import { line } from "./commands.ts";

const seed = seedOfRun();
afterEach(() => {
  streamNodeMaxEntries.reset();
  removeKeys("x", "to");
});

function saved(key: string): string {
  const writer = new RdbWriter();
  streamType.save!(refOf(key), writer);
  return Buffer.from(writer.bytes.slice(0, writer.size)).toString("latin1");
}

/** Loads what was saved into the key `to`. */
function load(type: number, text: string): void {
  const bytes = new Uint8Array(Buffer.from(text, "latin1"));
  const reader = new RdbReader();
  reader.aim(bytes, 0, bytes.length);
  streamType.load!(type, reader, (flags, inside) => keyspace.put(session.db, argsOf("", "to"), 1, flags, inside));
  if (reader.at !== bytes.length) throw new RdbError("something is left");
}

const look = (key: string) =>
  line(`XINFO STREAM ${key} FULL COUNT 0`) + line(`XRANGE ${key} - +`) + line(`XREVRANGE ${key} + -`);

function fill(count: number): void {
  streamNodeMaxEntries.assign(5);
  line("XGROUP CREATE x g 0 MKSTREAM");
  line("XGROUP CREATE x group 3-0 ENTRIESREAD 2");
  for (let i = 1; i <= count; i++) line(`XADD x ${i}-${i % 3} f value${i}${i % 7 === 0 ? ` g ${i}` : ""}`);
  line("XDEL x 2-2 4-1");
  line(`XREADGROUP GROUP g alice COUNT ${Math.ceil(count / 2)} STREAMS x >`);
  line("XREADGROUP GROUP g bob COUNT 3 STREAMS x >");
  line("XREADGROUP GROUP g alice STREAMS x 0");
  line("XGROUP CREATECONSUMER x group carol");
}

test("a stream is saved and loaded", () => {
  for (const count of [0, 1, 8, 300]) {
    fill(count);
    load(RDB_STREAM_LISTPACKS_2, saved("x"));
    expect(look("to")).toBe(look("x"));
    expect(saved("to")).toBe(saved("x"));
    removeKeys("x", "to");
  }
});

// What other versions write, by hand: one entry 1-1 of f v, a group g, and Alice, who has it pending.
const RAW_ID = "\0\0\0\0\0\0\0\x01".repeat(2);
const NODE =
  string(RAW_ID) +
  string("\x1d\0\0\0\x0a\0\x01\x01\0\x01\x01\x01\x81f\x02\0\x01\x02\x01\0\x01\0\x01\x81v\x02\x04\x01\xff");
const ID = length(1) + length(1);
const TIME = little(1_700_000_000_000, 8);
const HEAD_15 = length(1) + NODE + length(1) + ID;
const HEAD_19 = HEAD_15 + ID + length(0) + length(0) + length(1);
const PENDING = length(1) + RAW_ID + TIME + length(3);
const consumers = (active: string) => length(1) + string("Alice") + TIME + active + length(1) + RAW_ID;

test("Redis 5 and 6, 7.0, and 7.2 and later", () => {
  const streams: [number, string][] = [
    [RDB_STREAM_LISTPACKS, HEAD_15 + length(1) + string("g") + ID + PENDING + consumers("")],
    [RDB_STREAM_LISTPACKS_2, HEAD_19 + length(1) + string("g") + ID + length(1) + PENDING + consumers("")],
    [RDB_STREAM_LISTPACKS_3, HEAD_19 + length(1) + string("g") + ID + length(1) + PENDING + consumers(TIME)],
  ];
  for (const [type, text] of streams) {
    load(type, text);
    expect(look("to")).toContain(
      "$17\r\nlast-delivered-id\r\n$3\r\n1-1\r\n$12\r\nentries-read\r\n:1\r\n$3\r\nlag\r\n:0\r\n",
    );
    expect(line("XINFO STREAM to")).toContain("$23\r\nrecorded-first-entry-id\r\n$3\r\n1-1\r\n");
    expect(line("XPENDING to g - + 10")).toMatch(/^\*1\r\n\*4\r\n\$3\r\n1-1\r\n\$5\r\nAlice\r\n:\d+\r\n:3\r\n$/);
    expect(line("XREADGROUP GROUP g Alice STREAMS to 0")).toContain("$1\r\nf\r\n$1\r\nv\r\n");
    expect(line("XADD to 1-* f w")).toBe("$3\r\n1-2\r\n");
    removeKeys("to");
  }
});

const group = (name: string, pending = PENDING, owners = consumers("")) =>
  string(name) + ID + length(1) + pending + owners;
const two = length(2) + RAW_ID + TIME + length(1) + RAW_ID + TIME + length(1);
const DAMAGED: Record<string, string> = {
  "another number of entries": length(1) + NODE + length(2) + ID + ID + length(0) + length(0) + length(1) + length(0),
  "an entry after the last ID": length(1) + NODE + length(1) + length(1) + length(0) + ID + ID + length(1) + length(0),
  "a node twice": length(2) + NODE + NODE + length(2) + ID + ID + ID + length(1) + length(0),
  "a short ID":
    length(1) + NODE.replace(string(RAW_ID), string("\x01")) + length(1) + ID + ID + ID + length(1) + length(0),
  "a node without an end": HEAD_19.replace("\xff", "\x01") + length(0),
  "a group twice": HEAD_19 + length(2) + group("g") + group("g"),
  "an entry that is pending twice": HEAD_19 + length(1) + group("g", two),
  "a consumer twice": HEAD_19 + length(1) + group("g", PENDING, length(2) + consumers("").slice(1).repeat(2)),
  "a pending entry without a consumer": HEAD_19 + length(1) + group("g", PENDING, length(0)),
  "a consumer with what nobody has": HEAD_19 + length(1) + group("g", length(0)),
  "more groups than there can be": HEAD_19 + length(2 ** 40),
};

for (const [what, text] of Object.entries(DAMAGED)) {
  test(`refuses ${what}`, () => {
    const before = mem.used.blocks;
    expect(() => load(RDB_STREAM_LISTPACKS_2, text)).toThrow(RdbError);
    expect(mem.used.blocks).toBe(before);
  });
}

test(`a damaged stream is refused or sound, and nothing is left of it (SEED=${seed})`, () => {
  const random = seededRandom(seed);
  fill(20);
  const whole = saved("x");
  const before = mem.used.blocks;
  let sound = 0;
  for (let round = 0; round < 2000; round++) {
    const bytes = [...(random.chance(0.1) ? whole.slice(0, random.below(whole.length)) : whole)];
    for (let left = random.between(1, 3); left > 0 && bytes.length > 0; left--) {
      bytes[random.below(bytes.length)] = String.fromCharCode(random.chance(0.5) ? random.below(256) : random.below(8));
    }
    try {
      load(RDB_STREAM_LISTPACKS_2, bytes.join(""));
      sound++;
      use();
    } catch (error) {
      expect(error).toBeInstanceOf(RdbError);
    }
    removeKeys("to");
    expect(mem.used.blocks).toBe(before);
  }
  expect(sound).toBeGreaterThan(0);
}, 60_000);

/** Whatever was believed can be worked with. */
function use(): void {
  look("to");
  for (const command of [
    ...["XINFO GROUPS to", "XADD to * f v", "XDEL to 1-1 3-0 5-2 9-0", "XREADGROUP GROUP g new COUNT 5 STREAMS to >"],
    ...["XAUTOCLAIM to g new 0 0", "XREADGROUP GROUP g alice STREAMS to 0", "XACK to g 1-1 3-0", "XTRIM to MAXLEN 7"],
    ...[
      "XGROUP DELCONSUMER to g bob",
      "XTRIM to MINID 12",
      "XSETID to 99999999999999-0",
      "XADD to * g v",
      "XPENDING to g",
    ],
  ]) {
    line(command);
  }
  look("to");
}
