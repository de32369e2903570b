/**
 * Blocks: every size, contents that never overlap, sums that are exact, and memory that goes back where it came from.
 */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Audit } from "../../src/mem/audit.ts";
import { PAGE_GRANULES } from "../../src/mem/chunks.ts";
import type { Ref } from "../../src/mem/mem.ts";
import * as mem from "../../src/mem/mem.ts";
import { FREE_RUN, field, KIND, PAGES, START } from "../../src/mem/pages.ts";
import { CLASSED_GRANULES_MAX, granulesOf } from "../../src/mem/size-classes.ts";
import { liveBlocks } from "../support/live-blocks.ts";
import { seededRandom, seedOfRun } from "../support/random.ts";

const seed = seedOfRun();
const CLASSED_BYTES_MAX = CLASSED_GRANULES_MAX * 8;

/** Blocks of the other tests of this process. */
let foreign: Ref[] = [];
beforeEach(() => {
  mem.setPoison(true);
  foreign = liveBlocks();
});
afterEach(() => mem.setPoison(false));

function audit(own: Iterable<Ref>): readonly string[] {
  const found = new Audit();
  for (const ref of foreign) found.claim(ref, "others");
  for (const ref of own) found.claim(ref, "test");
  return found.finish();
}

/** Fills the whole block, from the first to the last byte, with what no other block holds. */
function sign(ref: Ref, name: number): void {
  const from = mem.wordOffset(ref);
  mem.chunkOf(ref).words.fill(name, from, from + mem.capacity(ref) / 4);
}

function isSigned(ref: Ref, name: number): boolean {
  for (let i = 0; i < mem.capacity(ref) / 4; i++) if (mem.word(ref, i) !== name) return false;
  return true;
}

describe("sizes", () => {
  test("each block has room for what was asked, and wastes an eighth at most", () => {
    let asked = 1;
    for (let bytes = 1; bytes <= 3 * CLASSED_BYTES_MAX; bytes += bytes < 2048 ? 1 : 1 + asked++ * 3) {
      const ref = mem.alloc(bytes);
      const room = mem.capacity(ref);
      expect(room).toBeGreaterThanOrEqual(bytes);
      if (bytes <= 128) expect(room).toBe(Math.ceil(bytes / 8) * 8);
      else if (bytes <= CLASSED_BYTES_MAX) expect(room).toBeLessThan(bytes * 1.125 + 8);
      else expect(room).toBe(Math.ceil(bytes / mem.PAGE_BYTES) * mem.PAGE_BYTES);
      expect(mem.roundedBytes(bytes)).toBe(room);
      mem.free(ref);
    }
  });

  test("at both sides of every class and around pages, blocks fit and are told apart", () => {
    const limits = [...granulesOf].slice(1).map((granules) => granules * 8);
    for (const pages of [2, 3, 8, 100]) limits.push(pages * mem.PAGE_BYTES);
    for (const [i, limit] of limits.entries()) {
      const below = mem.alloc(limit - 7);
      const exact = mem.alloc(limit);
      const above = mem.alloc(limit + 1);
      if (limit % mem.PAGE_BYTES !== 0 || i < granulesOf.length - 1) expect(mem.capacity(exact)).toBe(limit);
      expect(mem.capacity(below)).toBe(mem.capacity(exact));
      expect(mem.capacity(above)).toBeGreaterThan(limit);
      expect(mem.fits(exact, limit)).toBe(true);
      expect(mem.fits(exact, limit - 7)).toBe(true);
      expect(mem.fits(exact, limit + 1)).toBe(false);
      expect(mem.fits(above, limit)).toBe(false);
      for (const ref of [below, exact, above]) mem.free(ref);
    }
  });

  test("nothing at all takes the smallest block", () => {
    const ref = mem.alloc(0);
    expect(mem.capacity(ref)).toBe(8);
    expect(mem.roundedBytes(0)).toBe(8);
    mem.free(ref);
  });

  test("sizes that no block can have are refused, and change nothing", () => {
    const before = { ...mem.used };
    const absurd = [
      mem.BLOCK_BYTES_MAX + 1,
      2 ** 31,
      2 ** 32 - 7,
      2 ** 32,
      2 ** 32 + 8,
      2 ** 40,
      2 ** 53,
      Infinity,
      NaN,
    ];
    for (const bytes of [...absurd, -8, -100, -(2 ** 31)]) {
      expect(() => mem.alloc(bytes)).toThrow(mem.OutOfMemory);
      expect(() => mem.allocZeroed(bytes)).toThrow(mem.OutOfMemory);
    }
    expect(mem.used).toEqual(before);
    const ref = mem.alloc(8);
    for (const bytes of [2 ** 32, 2 ** 32 + 8]) expect(mem.fits(ref, bytes)).toBe(false);
    mem.free(ref);
    expect(audit([])).toEqual([]);
  });

  test("allocZeroed gives zeros, in used memory too", () => {
    for (const bytes of [8, 24, 200, 5000, 100_000, 300_000]) {
      const dirty = mem.alloc(bytes);
      sign(dirty, -1);
      mem.free(dirty);
      const ref = mem.allocZeroed(bytes);
      expect(isSigned(ref, 0)).toBe(true);
      mem.free(ref);
    }
  });
});

describe("random work", () => {
  test(`blocks keep what they hold, and the books are right (SEED=${seed})`, () => {
    const random = seededRandom(seed);
    for (let round = 0; round < 12; round++) {
      const before = { bytes: mem.used.bytes, blocks: mem.used.blocks };
      const live = new Map<Ref, number>();
      let bytes = 0;
      let name = 0;
      // Some rounds know few sizes, so that spans fill up and empty again; some know all of them.
      const sizes = Array.from({ length: round % 2 === 0 ? 3 : 200 }, () => (2 ** (random.below(1800) / 100)) | 0);
      const most = random.between(10, 1500);
      for (let step = 0; step < 3000; step++) {
        if (random.below(most) >= live.size) {
          const size = random.pick(sizes);
          const ref = mem.alloc(size);
          expect(live.has(ref)).toBe(false);
          sign(ref, ++name);
          live.set(ref, name);
          bytes += mem.roundedBytes(size);
        } else {
          const ref = [...live.keys()][random.below(Math.min(20, live.size))]!;
          expect(isSigned(ref, live.get(ref)!)).toBe(true);
          bytes -= mem.capacity(ref);
          live.delete(ref);
          mem.free(ref);
        }
        expect(mem.used.bytes).toBe(before.bytes + bytes);
        expect(mem.used.blocks).toBe(before.blocks + live.size);
      }
      expect(audit(live.keys())).toEqual([]);
      for (const [ref, signature] of live) {
        expect(isSigned(ref, signature)).toBe(true);
        mem.free(ref);
      }
      expect(mem.used).toMatchObject(before);
      expect(audit([])).toEqual([]);
    }
    expect(mem.used.peakBytes).toBeGreaterThanOrEqual(mem.used.bytes);
  });
});

/** What pages.ts promises of runs, read from its records. */
function checkRuns(): void {
  let dirty = 0;
  let wasFree = false;
  for (let page = 1; page < mem.chunks.length * 16_384; ) {
    const length = field(page, PAGES);
    expect(length).toBeGreaterThan(0);
    expect((page % 16_384) + length).toBeLessThanOrEqual(16_384);
    const isFree = field(page, KIND) === FREE_RUN;
    if (isFree) {
      expect(wasFree && page % 16_384 !== 0).toBe(false);
      expect(field(page + length - 1, START)).toBe(page);
      dirty += field(page, 5);
    } else {
      let strangers = 0;
      for (let i = page; i < page + length; i++) {
        if (field(i, START) !== page || field(i, KIND) !== field(page, KIND)) strangers++;
      }
      expect(strangers).toBe(0);
    }
    wasFree = isFree;
    page += length;
  }
  expect(mem.pageCounts.dirty).toBe(dirty);
}

describe("pages", () => {
  test("a span goes back when its last block does, and neighbours become one run", () => {
    const before = mem.pageCounts.used;
    const large = Array.from({ length: 9 }, () => mem.alloc(3 * mem.PAGE_BYTES));
    expect(mem.pageCounts.used).toBe(before + 27);
    // Freed in an order in which each joins what lies before, behind, both sides and none.
    for (const i of [1, 3, 2, 8, 6, 7, 0, 4, 5]) mem.free(large[i]!);
    expect(mem.pageCounts.used).toBe(before);
    const small = Array.from({ length: 30_000 }, () => mem.alloc(100));
    expect(mem.pageCounts.used).toBeGreaterThan(before + 40);
    for (const ref of small) mem.free(ref);
    expect(mem.pageCounts.used).toBeLessThanOrEqual(before + 1);
    expect(audit([])).toEqual([]);
  });

  test("free runs of one chunk never touch, and their ends agree", () => {
    const random = seededRandom(seed);
    const live: Ref[] = [];
    for (let step = 0; step < 2000; step++) {
      if (live.length < 40 || random.chance(0.5)) live.push(mem.alloc(mem.PAGE_BYTES * random.between(3, 30)));
      else mem.free(live.splice(random.below(live.length), 1)[0]!);
      if (live.length > 80) mem.free(live.splice(random.below(live.length), 1)[0]!);
    }
    checkRuns();
    for (const ref of live) mem.free(ref);
    expect(audit([])).toEqual([]);
  });

  test("purge gives pages back to the kernel, so many as it may", () => {
    mem.setPoison(false);
    const ref = mem.alloc(64 * 2 ** 20);
    sign(ref, -1);
    const full = process.memoryUsage.rss();
    mem.free(ref);
    const dirty = mem.pageCounts.dirty;
    expect(dirty).toBeGreaterThanOrEqual(1024);
    expect(mem.purge(100)).toBe(100);
    expect(mem.pageCounts.dirty).toBe(dirty - 100);
    expect(mem.purge(0)).toBe(0);
    expect(mem.purge(1e9)).toBe(dirty - 100);
    expect(mem.pageCounts.dirty).toBe(0);
    expect(mem.purge(1e9)).toBe(0);
    expect(full - process.memoryUsage.rss()).toBeGreaterThan(48 * 2 ** 20);
    // What was given back reads as zeros, and can be used again.
    const again = mem.alloc(64 * 2 ** 20);
    expect(again).toBe(ref);
    expect(isSigned(again, 0)).toBe(true);
    sign(again, 7);
    expect(isSigned(again, 7)).toBe(true);
    mem.free(again);
    mem.purge(1e9);
    expect(audit([])).toEqual([]);
  });

  test("purge finds the dirty pages behind clean ones", () => {
    mem.setPoison(false);
    const [clean, dirty, behind] = [1, 2, 3].map(() => mem.alloc(64 * 2 ** 20)) as [Ref, Ref, Ref];
    sign(dirty, -1);
    mem.free(clean);
    mem.purge(1e9);
    const full = process.memoryUsage.rss();
    mem.free(dirty);
    expect(mem.purge(1024)).toBe(1024);
    expect(full - process.memoryUsage.rss()).toBeGreaterThan(48 * 2 ** 20);
    mem.free(behind);
    mem.purge(1e9);
    checkRuns();
  });

  test("with purging in between, no page of a live block is given back", () => {
    mem.setPoison(false);
    const random = seededRandom(seed);
    const live = new Map<Ref, number>();
    for (let step = 0; step < 1500; step++) {
      if (live.size < 30 || random.chance(0.4)) {
        const ref = mem.alloc(random.between(1000, 400_000));
        sign(ref, step + 1);
        live.set(ref, step + 1);
      } else {
        const ref = [...live.keys()][random.below(live.size)]!;
        live.delete(ref);
        mem.free(ref);
      }
      if (random.chance(0.2)) mem.purge(random.between(1, 60));
    }
    for (const [ref, name] of live) {
      expect(isSigned(ref, name)).toBe(true);
      mem.free(ref);
    }
    mem.purge(1e9);
    expect(audit([])).toEqual([]);
  });

  test("a second chunk is taken when the first is full", () => {
    mem.setPoison(false);
    const first = mem.alloc(700 * 2 ** 20);
    const second = mem.alloc(700 * 2 ** 20);
    expect(first >>> mem.CHUNK_SHIFT).not.toBe(second >>> mem.CHUNK_SHIFT);
    const largest = mem.alloc(mem.BLOCK_BYTES_MAX);
    expect(mem.capacity(largest)).toBe(mem.BLOCK_BYTES_MAX);
    for (const [i, ref] of [first, second, largest].entries()) {
      mem.setWord(ref, 0, i);
      mem.setWord(ref, mem.capacity(ref) / 4 - 1, 10 + i);
    }
    for (const [i, ref] of [first, second, largest].entries()) {
      expect([mem.word(ref, 0), mem.word(ref, mem.capacity(ref) / 4 - 1)]).toEqual([i, 10 + i]);
    }
    expect(audit([first, second, largest])).toEqual([]);
    for (const ref of [second, first, largest]) {
      mem.free(ref);
      checkRuns();
    }
    mem.purge(1e9);
    expect(audit([])).toEqual([]);
  });
});

describe("poison", () => {
  test("finds a block that is freed twice, of whatever size", () => {
    for (const bytes of [8, 16, 64, 1000, 100_000, 500_000]) {
      const keep = mem.alloc(bytes);
      const ref = mem.alloc(bytes);
      sign(ref, 1);
      mem.free(ref);
      expect(() => mem.free(ref)).toThrow("twice");
      sign(keep, 1);
      mem.free(keep);
    }
    expect(audit([])).toEqual([]);
  });

  test("does not mistake a block that was never written for a freed one", () => {
    for (const bytes of [8, 16, 64, 1000, 100_000, 500_000]) {
      for (let i = 0; i < 3; i++) mem.free(mem.alloc(bytes));
    }
  });

  test("finds what writes a block after it was freed", () => {
    for (const bytes of [16, 64, 1000]) {
      mem.free(mem.alloc(bytes));
      const keep = mem.alloc(bytes);
      const ref = mem.alloc(bytes);
      mem.free(ref);
      const last = mem.capacity(ref) / 4 - 1;
      const held = mem.word(ref, last);
      mem.setWord(ref, last, 12345);
      expect(() => mem.alloc(bytes)).toThrow("after it was freed");
      mem.setWord(ref, last, held);
      expect(mem.alloc(bytes)).toBe(ref);
      mem.free(ref);
      mem.free(keep);
    }
  });

  test("makes a block that was freed read as nonsense", () => {
    const ref = mem.alloc(64);
    const keep = mem.alloc(64);
    sign(ref, 9);
    mem.free(ref);
    for (let i = 1; i < 16; i++) {
      expect(mem.word(ref, i)).not.toBe(9);
      expect(mem.chunks[mem.refAt(ref, i) >>> mem.CHUNK_SHIFT]).toBeUndefined();
    }
    mem.free(keep);
  });

  test("begins at any time", () => {
    mem.setPoison(false);
    const refs = Array.from({ length: 100 }, () => mem.alloc(40));
    for (const ref of refs) sign(ref, 5);
    for (const ref of refs.slice(0, 50)) mem.free(ref);
    mem.setPoison(true);
    const again = Array.from({ length: 60 }, () => mem.alloc(40));
    for (const ref of [...refs.slice(50), ...again]) mem.free(ref);
    expect(audit([])).toEqual([]);
  });
});

test("refs cut the space into chunks, pages and granules", () => {
  const ref = ((3 * 2 ** 27 + 5 * PAGE_GRANULES + 9) | 0) as Ref;
  expect(mem.byteOffset(ref)).toBe((5 * PAGE_GRANULES + 9) * 8);
  expect(mem.wordOffset(ref)).toBe((5 * PAGE_GRANULES + 9) * 2);
});
