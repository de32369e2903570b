/**
 * Frozen memory: whatever happens to blocks after the beginning, the view shows what they held then, as long as each change is
 * announced; and nothing of the allocator's books is lost with it.
 */
import { afterEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { addressOf, arrayAt, native } from "../../src/base/libc.ts";
import type { Ref } from "../../src/mem/mem.ts";
import * as mem from "../../src/mem/mem.ts";
import { freeze, isFrozen, keptBytes, thaw } from "../../src/mem/snapshot.ts";
import { seededRandom, seedOfRun } from "../support/random.ts";

const canFreeze = native && process.platform === "linux";
const seed = seedOfRun();

/** What the view at these addresses shows of a block. */
function shown(addresses: readonly number[], ref: Ref, bytes: number): Uint8Array {
  return arrayAt(addresses[ref >>> mem.CHUNK_SHIFT]! + mem.byteOffset(ref), bytes);
}

const held = (ref: Ref, bytes: number) =>
  mem.chunkOf(ref).bytes.slice(mem.byteOffset(ref), mem.byteOffset(ref) + bytes);

function fill(ref: Ref, value: number): void {
  mem.chunkOf(ref).bytes.fill(value, mem.byteOffset(ref), mem.byteOffset(ref) + mem.capacity(ref));
}

function end(): void {
  thaw();
  while (!mem.unmapEnded(10));
  while (!mem.release(10));
}

afterEach(() => {
  if (isFrozen()) thaw();
});

describe.if(canFreeze)("a view", () => {
  test(`shows what blocks held when it began (SEED=${seed})`, () => {
    const random = seededRandom(seed);
    const outside = mem.used.blocks;
    for (let round = 0; round < 20; round++) {
      const live: Ref[] = [];
      const add = () => {
        const ref = mem.alloc(Math.ceil(2 ** random.between(3, 18) * 1.3));
        fill(ref, random.below(256));
        live.push(ref);
      };
      for (let i = 0; i < 200; i++) add();
      const before = live.map((ref) => ({ ref, bytes: held(ref, mem.capacity(ref)) }));
      const addresses = freeze()!;
      for (let step = 0; step < 600; step++) {
        const i = random.below(live.length);
        const ref = live[i]!;
        const kind = random.below(4);
        if (kind === 0 || live.length === 0) add();
        else if (kind === 1) mem.free(live.splice(i, 1)[0]!);
        else if (kind === 2) {
          mem.touch(ref);
          fill(ref, random.below(256));
        } else {
          const from = random.below(mem.capacity(ref));
          const bytes = 1 + random.below(mem.capacity(ref) - from);
          mem.touchPart(ref, from, bytes);
          mem
            .chunkOf(ref)
            .bytes.fill(random.below(256), mem.byteOffset(ref) + from, mem.byteOffset(ref) + from + bytes);
        }
        if (random.chance(0.05)) mem.purge(random.between(1, 20));
      }
      for (const { ref, bytes } of before) {
        if (Buffer.compare(shown(addresses, ref, bytes.length), bytes) !== 0)
          throw new Error(`block ${ref} has changed`);
      }
      end();
      for (const ref of live) mem.free(ref);
      expect(mem.used.blocks).toBe(outside);
    }
  });

  test("misses a change that nobody announced: the test above can fail", () => {
    const ref = mem.alloc(40);
    fill(ref, 1);
    const addresses = freeze()!;
    fill(ref, 2);
    expect(shown(addresses, ref, 1)[0]).toBe(2);
    end();
    mem.free(ref);
  });

  test("copies each page once, of a large block only what is changed, and of a freed one nothing", () => {
    const small = mem.alloc(40);
    const large = mem.alloc(50_000_000);
    freeze();
    for (let i = 0; i < 3; i++) mem.touch(small);
    expect(keptBytes()).toBeLessThanOrEqual(2 * 4096);
    const before = keptBytes();
    mem.touchPart(large, 4096, 2 * 4096);
    expect(keptBytes() - before).toBe(2 * 4096);
    mem.free(large);
    expect([...mem.deferred.refs]).toEqual([large]);
    expect(keptBytes() - before).toBe(2 * 4096 + mem.roundedBytes(50_000_000));
    const during = mem.alloc(50_000_000);
    mem.free(during); // of no concern to the view
    expect([...mem.deferred.refs]).toEqual([large]);
    end();
    expect(mem.deferred).toMatchObject({ refs: { length: 0 }, bytes: 0 });
    mem.free(small);
  });

  test("lets short blocks move rather than copy their pages, once each", () => {
    const old = mem.alloc(40);
    fill(old, 1);
    const addresses = freeze()!;
    const kept = keptBytes();
    const moved = mem.touchMovable(old);
    expect(moved).not.toBe(old);
    expect(held(moved, 40)).toEqual(held(old, 40));
    fill(moved, 2);
    expect(mem.touchMovable(moved)).toBe(moved);
    expect(keptBytes() - kept).toBe(40);
    expect(shown(addresses, old, 40)).toEqual(new Uint8Array(40).fill(1));
    end();
    expect(mem.touchMovable(moved)).toBe(moved);
    mem.free(moved);
  });

  test("goes when it has ended, a little at a time", () => {
    const views = () => readFileSync("/proc/self/maps", "latin1").match(/p .*memfd:ashlar/g)?.length ?? 0;
    mem.free(mem.alloc(40));
    const before = views();
    freeze();
    expect(views()).toBe(before + mem.chunks.length);
    thaw();
    expect(mem.unmapEnded(1)).toBe(false);
    while (!mem.unmapEnded(10));
    expect(views()).toBe(before);
  });

  test("gives what was set aside its turn again", () => {
    const blocks = Array.from({ length: 10_000 }, () => mem.alloc(1000));
    for (let i = 0; i < blocks.length; i += 2) mem.free(blocks[i]!);
    const pages = mem.pageCounts.used;
    freeze();
    const during = Array.from({ length: 1000 }, () => mem.alloc(1000));
    for (let i = 0; i < during.length; i += 2) mem.free(during[i]!);
    expect(mem.pageCounts.used).toBeGreaterThan(pages);
    end();
    const withFresh = mem.pageCounts.used;
    const after = Array.from({ length: 5000 }, () => mem.alloc(1000));
    expect(mem.pageCounts.used).toBe(withFresh);
    for (let i = 1; i < blocks.length; i += 2) mem.free(blocks[i]!);
    for (let i = 1; i < during.length; i += 2) mem.free(during[i]!);
    for (const ref of after) mem.free(ref);
  });
});

test("the pages of chunks are zero again after they were given back", () => {
  const ref = mem.alloc(10_000_000);
  fill(ref, 7);
  mem.free(ref);
  while (mem.purge(1000) > 0);
  const again = mem.alloc(10_000_000);
  expect(again).toBe(ref);
  if (native && process.platform === "linux") expect(held(again, 1000).every((byte) => byte === 0)).toBe(true);
  mem.free(again);
  expect(addressOf(mem.chunks[0]!.bytes)).toBe(mem.chunks[0]!.address);
});
