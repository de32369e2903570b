/** Records by ID against a Map: found, in order, copied, freed; each change announced. */
import { expect, test } from "bun:test";
import type { Ref } from "../../../src/mem/mem.ts";
import * as mem from "../../../src/mem/mem.ts";
import * as byId from "../../../src/types/stream/by-id.ts";
import { Id, textOf } from "../../../src/types/stream/id.ts";
import { blocksOf } from "../../support/handlers.ts";
import { seededRandom, seedOfRun } from "../../support/random.ts";
import { StrictBarrier } from "../../support/strict-barrier.ts";
import { idOf } from "./commands.ts";

const seed = seedOfRun();
const NO_ENTRIES: ReadonlySet<Ref> = new Set();

/** All records: ID and the first word behind it. */
function contentOf(set: Ref, width: number): [string, number][] {
  const content: [string, number][] = [];
  const id = new Id();
  byId.each(set, (pack, word) => content.push([textOf(id.read(pack, word)), width > 4 ? mem.word(pack, word + 4) : 0]));
  return content;
}

const byNumber = ([a]: [string, number], [b]: [string, number]) => Number.parseInt(a, 10) - Number.parseInt(b, 10);

for (const width of [4, 9]) {
  test(`records of ${width} words are kept in order (SEED=${seed})`, () => {
    const random = seededRandom(seed + width);
    const before = mem.used.blocks;
    const set = byId.create(width);
    const model = new Map<number, number>();
    const barrier = new StrictBarrier(() => NO_ENTRIES);
    for (let step = 0; step < 6000; step++) {
      // Grows at the end, then everywhere, then is thinned out, then loses its front.
      const phase = Math.floor(step / 1500);
      const ms = phase === 0 ? step : phase === 3 ? Math.min(...model.keys(), 9e9) : random.below(2000);
      const adds = phase === 0 || (phase === 1 && random.chance(0.6)) || (phase === 2 && random.chance(0.1));
      const id = idOf(ms);
      const change = () => {
        if (!adds) return byId.remove(set, id);
        const isNew = byId.insert(set, id);
        mem.touch(byId.pack);
        if (width > 4) mem.setWord(byId.pack, byId.word + 4, step);
        return isNew;
      };
      const result = barrier.watch(`step ${step}`, change);
      expect(result).toBe(adds ? !model.has(ms) : model.has(ms));
      if (adds) model.set(ms, width > 4 ? step : 0);
      else model.delete(ms);
      expect(byId.count(set)).toBe(model.size);
      const asked = random.below(2000);
      expect(byId.find(set, idOf(asked))).toBe(model.has(asked));
      if (step % 250 === 0) {
        const wanted = [...model].map(([key, value]): [string, number] => [`${key}-0`, value]).sort(byNumber);
        expect(contentOf(set, width)).toEqual(wanted);
        const after = wanted.find(([text]) => Number.parseInt(text, 10) >= asked);
        expect(byId.seek(set, idOf(asked))).toBe(after !== undefined);
        if (after !== undefined) expect(textOf(new Id().read(byId.pack, byId.word))).toBe(after[0]);
        if (wanted.length > 0) {
          const last = new Id();
          byId.readLast(set, last);
          expect(textOf(last)).toBe(wanted.at(-1)![0]);
        }
        expect(mem.used.blocks - before).toBe(blocksOf((visit) => byId.blocks(set, visit)).size);
      }
    }
    const copied = byId.copy(set);
    expect(contentOf(copied, width)).toEqual(contentOf(set, width));
    while (!byId.drain(set, 3)) {
      expect(mem.used.blocks - before).toBe(
        blocksOf((visit) => byId.blocks(set, visit)).size + blocksOf((visit) => byId.blocks(copied, visit)).size,
      );
    }
    expect(byId.drain(copied, Number.POSITIVE_INFINITY)).toBe(true);
    expect(mem.used.blocks).toBe(before);
  });
}

test("records that come in order fill their packs", () => {
  const bytesBefore = mem.used.bytes;
  const set = byId.create(9);
  const count = 20_000;
  for (let i = 0; i < count; i++) byId.insert(set, idOf(i));
  // 36 bytes each, and what the sequence of packs takes.
  expect((mem.used.bytes - bytesBefore) / count).toBeLessThan(37.5);
  byId.drain(set, Number.POSITIVE_INFINITY);
  expect(mem.used.bytes).toBe(bytesBefore);
});
