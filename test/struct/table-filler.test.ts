import { expect, test } from "bun:test";
import { Region } from "../../src/base/region.ts";
import { hash } from "../../src/base/siphash.ts";
import * as mem from "../../src/mem/mem.ts";
import { NIL, type Ref } from "../../src/mem/mem.ts";
import * as entry from "../../src/struct/entry.ts";
import * as table from "../../src/struct/table.ts";
import { TableFiller } from "../../src/struct/table-filler.ts";
import { seededRandom, seedOfRun } from "../support/random.ts";

const seed = seedOfRun();

function entryOf(key: string): Ref {
  const region = new Region(new Uint8Array(Buffer.from(key)));
  const ref = mem.alloc(entry.bytesFor(0, key.length, 0));
  entry.write(ref, 0, 0, region, 0, key.length, 0);
  return ref;
}

const hashes = {
  /** As they are. */
  real: (key: string) => hash(Buffer.from(key), 0, key.length),
  /** So few that most keys share theirs with others. */
  few: (key: string) => (hash(Buffer.from(key), 0, key.length) & 15) << 26,
};

for (const [name, hashOf] of Object.entries(hashes)) {
  test(`what was added is found, and what was there is told (hashes: ${name}, SEED=${seed})`, () => {
    const random = seededRandom(seed);
    const used = mem.used.blocks;
    const target = table.create(random.below(500));
    const model = new Map<string, Ref>();
    const told: Ref[] = [];
    const doubles: Ref[] = [];
    const filler = new TableFiller((slot, ref) => {
      told.push(table.entryAt(slot));
      doubles.push(ref);
    });
    filler.aim(target);
    const expected: Ref[] = [];
    for (let i = 0; i < 1000; i++) {
      const key = `key:${random.below(700)}`;
      const ref = entryOf(key);
      const known = model.get(key);
      if (known === undefined) model.set(key, ref);
      else expected.push(known);
      filler.add(hashOf(key), ref);
    }
    filler.flush();
    expect(told).toEqual(expected);
    expect(table.count(target)).toBe(model.size);
    for (const [key, ref] of model) {
      const region = new Region(new Uint8Array(Buffer.from(key)));
      const slot = table.find(target, hashOf(key), region, 0, key.length);
      expect(slot === NIL ? NIL : table.entryAt(slot)).toBe(ref);
    }
    for (const double of doubles) mem.free(double);
    table.drain(target, Number.POSITIVE_INFINITY, mem.free);
    expect(mem.used.blocks).toBe(used);
  });
}
