/**
 * The stream value from inside: against a model, what it owns, how it is freed and copied, and that each change is
 * announced.
 */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import * as keyspace from "../../../src/keyspace/keyspace.ts";
import type { Ref } from "../../../src/mem/mem.ts";
import * as mem from "../../../src/mem/mem.ts";
import * as entry from "../../../src/struct/entry.ts";
import * as sequence from "../../../src/struct/sequence.ts";
import { textOf } from "../../../src/types/stream/id.ts";
import { streamNodeMaxBytes, streamNodeMaxEntries } from "../../../src/types/stream/parameters.ts";
import { streamType } from "../../../src/types/stream/type.ts";
import * as stream from "../../../src/types/stream/value.ts";
import { Walk } from "../../../src/types/stream/walk.ts";
import { argsOf, blocksOf, refOf, removeKeys, session } from "../../support/handlers.ts";
import { type Random, seededRandom, seedOfRun } from "../../support/random.ts";
import { latin1 } from "../../support/resp.ts";
import { StrictBarrier } from "../../support/strict-barrier.ts";
import { headOf, idOf, line, run } from "./commands.ts";

const seed = seedOfRun();

// What others have left to be freed is freed first.
beforeEach(() => removeKeys("x", "y"));
afterEach(() => {
  streamNodeMaxBytes.reset();
  streamNodeMaxEntries.reset();
  removeKeys("x", "y");
});

/** Entries as lines: ID, fields and values. */
function contentOf(head: Ref, isReverse = false): string[] {
  const walk = new Walk();
  walk.begin(stream.nodesOf(head), idOf(0), idOf(0).setMax(), isReverse);
  const content: string[] = [];
  while (walk.next()) {
    const parts = [textOf(walk.id)];
    for (let left = walk.fields; left > 0; left--) {
      walk.readPair();
      for (const { region, start, length } of [walk.name, walk.value])
        parts.push(latin1(region.bytes, start, start + length));
    }
    content.push(parts.join(" "));
  }
  return content;
}

interface Model {
  ms: number;
  entries: Map<number, string>;
}

/** One random command on the stream and on the model. */
function change(random: Random, model: Model): void {
  const { entries } = model;
  const chance = random.below(100);
  if (chance < 70) {
    model.ms += random.between(1, 3);
    const pairs = random.pick([
      ["f", "v"],
      ["f", "17"],
      ["f", "v".repeat(random.below(200))],
      ["f", "1", "g", "text"],
      ["", ""],
    ]);
    run("XADD", "x", `${model.ms}-0`, ...pairs);
    entries.set(model.ms, [`${model.ms}-0`, ...pairs].join(" "));
  } else if (chance < 95) {
    const ms = random.below(model.ms + 2);
    expect(run("XDEL", "x", `${ms}-0`)).toBe(entries.delete(ms) ? ":1\r\n" : ":0\r\n");
  } else {
    const count = random.below(entries.size + 5);
    run("XTRIM", "x", "MAXLEN", String(count));
    for (const ms of [...entries.keys()].slice(0, Math.max(0, entries.size - count))) entries.delete(ms);
  }
}

for (const [entries, bytes] of [
  [100, 4096],
  [3, 4096],
  [0, 150],
  [0, 0],
] as const) {
  test(`a stream of nodes with ${entries} entries, ${bytes} bytes does what a map does (SEED=${seed})`, () => {
    streamNodeMaxEntries.assign(entries);
    streamNodeMaxBytes.assign(bytes);
    const random = seededRandom(seed);
    const before = mem.used.blocks;
    const model: Model = { ms: 0, entries: new Map() };
    line("XADD x 0-1 f v");
    line("XDEL x 0-1");
    for (let step = 0; step < 3000; step++) {
      change(random, model);
      if (step % 100 !== 0) continue;
      const wanted = [...model.entries.values()];
      expect(contentOf(headOf("x"))).toEqual(wanted);
      expect(contentOf(headOf("x"), true)).toEqual(wanted.toReversed());
      expect(stream.length(headOf("x"))).toBe(wanted.length);
      expect(mem.used.blocks - before).toBe(blocksOf((visit) => streamType.blocks(refOf("x"), visit)).size + 1);
    }
    removeKeys("x");
    expect(mem.used.blocks).toBe(before);
  });
}

test(`each change is announced (SEED=${seed})`, () => {
  streamNodeMaxEntries.assign(5);
  const random = seededRandom(seed);
  const barrier = new StrictBarrier(() => new Set([refOf("x"), refOf("y")]));
  const watch = (text: string) => barrier.watch(text, () => line(text));
  watch("XGROUP CREATE x g 0 MKSTREAM");
  watch("XGROUP CREATE x h 0 MKSTREAM");
  for (let i = 1; i < 300; i++) {
    const id = () => `${random.below(i)}-0`;
    const group = random.pick(["g", "h"]);
    const consumer = random.pick(["a", "b", "longer-name"]);
    const others = [
      ...[
        `XDEL x ${id()} ${id()}`,
        `XTRIM x MAXLEN ${20 + random.below(50)}`,
        `XTRIM x MINID ~ ${id()}`,
        `XACK x ${group} ${id()}`,
      ],
      ...[
        `XCLAIM x ${group} ${consumer} 0 ${id()} ${id()} FORCE`,
        `XAUTOCLAIM x ${group} ${consumer} 0 ${id()} COUNT 3`,
      ],
      ...[
        `XGROUP SETID x ${group} ${id()}`,
        `XGROUP DELCONSUMER x ${group} ${consumer}`,
        `XDELEX x DELREF IDS 1 ${id()}`,
      ],
      ...[`XREADGROUP GROUP ${group} ${consumer} COUNT 5 STREAMS x 0`, `XSETID x ${i}-1 ENTRIESADDED 5000`],
      ...[
        `XACKDEL x ${group} ACKED IDS 2 ${id()} ${id()}`,
        `XREADGROUP GROUP ${group} ${consumer} NOACK COUNT 2 STREAMS x >`,
      ],
    ];
    watch(`XADD x ${i}-* f ${"v".repeat(random.below(30))}`);
    watch(`XREADGROUP GROUP ${group} ${consumer} COUNT 2 STREAMS x >`);
    if (random.chance(0.3)) watch(random.pick(others));
    if (i % 90 === 0) watch(`XGROUP DESTROY x ${group}`);
    if (i % 90 === 0) watch(`XGROUP CREATE x ${group} 0`);
  }
}, 60_000);

/** A stream with groups, and much pending in one of them. */
function fill(count: number): void {
  line("XGROUP CREATE x g 0 MKSTREAM");
  line("XGROUP CREATE x other 0");
  for (let i = 1; i <= count; i++) run("XADD", "x", `${i}-0`, "f", `value ${i}`);
  for (const consumer of ["a", "b", "c"]) {
    run("XREADGROUP", "GROUP", "g", consumer, "COUNT", String(Math.ceil(count / 3)), "STREAMS", "x", ">");
  }
}

describe("blocks", () => {
  for (const count of [3, 12_000]) {
    test(`a stream of ${count} entries owns what it says, and frees it in slices`, () => {
      const before = mem.used.blocks;
      fill(count);
      const owned = blocksOf((visit) => streamType.blocks(refOf("x"), visit)).size;
      expect(mem.used.blocks - before).toBe(owned + 1);
      const ref = keyspace.detach(session.db, argsOf("", "x"), 1);
      const head = entry.outside(ref);
      mem.free(ref);
      let slices = 1;
      for (; !streamType.release(head, 0, 10); slices++) {
        expect(mem.used.blocks - before).toBe(blocksOf((visit) => streamType.releasing(head, 0, visit)).size);
      }
      expect(slices > 40).toBe(count > 3);
      expect(mem.used.blocks).toBe(before);
    });

    test(`a copy of a stream of ${count} entries shares nothing with it`, () => {
      const before = mem.used.blocks;
      fill(count);
      const ref = refOf("x");
      const all = [contentOf(headOf("x")), line("XINFO STREAM x FULL COUNT 0"), line("XPENDING x g - + 100000")];
      const copied = keyspace.put(session.db, argsOf("", "y"), 1, entry.flags(ref) & ~entry.LONG_KEY, 0);
      streamType.copyOutside(ref, copied);
      for (const command of [
        "XTRIM x MAXLEN 0",
        "XGROUP DELCONSUMER x g a",
        "XACK x g 2-0 3-0",
        "XGROUP DESTROY x other",
      ])
        line(command);
      removeKeys("x");
      expect([contentOf(headOf("y")), line("XINFO STREAM y FULL COUNT 0"), line("XPENDING y g - + 100000")]).toEqual(
        all,
      );
      line("XACK y g 1-0 2-0");
      removeKeys("y");
      expect(mem.used.blocks).toBe(before);
    });
  }
});

test("entries take less memory than in Redis", () => {
  const before = mem.used.bytes;
  const count = 20_000;
  for (let i = 1; i <= count; i++) run("XADD", "x", `${1_700_000_000_000 + i}-0`, "field", "v".repeat(16));
  // Redis 7.0.15 takes 31.4 bytes for each of a million.
  expect((mem.used.bytes - before) / count).toBeLessThan(28.5);
  expect(sequence.items(stream.nodesOf(headOf("x")))).toBe(count / 100);
});
