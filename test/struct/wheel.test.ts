/**
 * The deadline wheel against its contract: with the clock in the test's hand, each token comes up at a time not after its
 * own, an owner who adds it again gets it exactly then, and no memory is lost.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Ref } from "../../src/mem/mem.ts";
import * as mem from "../../src/mem/mem.ts";
import * as wheel from "../../src/struct/wheel.ts";
import { type Random, seededRandom, seedOfRun } from "../support/random.ts";

const START = 1_700_000_000_000;
const HOUR = 3_600_000;
const BUDGET = 7;
const DRAIN_BUDGET = 7000;

beforeAll(() => mem.setPoison(true));
afterAll(() => mem.setPoison(false));

/** An owner as expiry.ts is one: knows when each token is due, and adds again what comes up early. */
class Owner {
  readonly wheel: Ref;
  private readonly blocksBefore = mem.used.blocks;
  readonly dueMs = new Map<number, number>();
  nowMs = START;

  constructor() {
    this.wheel = wheel.create(START);
  }

  add(token: number, ms: number): void {
    this.dueMs.set(token, ms);
    wheel.add(this.wheel, ms, token);
  }

  /** Sets the clock and lets the wheel turn, a few tokens at a time, until it has nothing more to do. */
  turnTo(ms: number): number[] {
    this.nowMs = ms;
    const due: number[] = [];
    const comeUp = (tokens: Int32Array, count: number) => {
      for (const token of tokens.subarray(0, count)) {
        const at = this.dueMs.get(token)!;
        if (at > this.nowMs) wheel.add(this.wheel, at, token);
        else due.push(token);
      }
    };
    while (wheel.advance(this.wheel, ms, BUDGET, comeUp) === 0);
    return due;
  }

  /** Turns to `ms`, and checks that exactly what was due has come up. */
  checkTo(ms: number): void {
    const come = this.turnTo(ms).sort((a, b) => a - b);
    const expected = [...this.dueMs].filter(([, at]) => at <= ms).map(([token]) => token);
    expect(come).toEqual(expected.sort((a, b) => a - b));
    for (const token of come) this.dueMs.delete(token);
    expect(wheel.tokens(this.wheel)).toBe(this.dueMs.size);
    expect(wheel.nextMs(this.wheel)).toBeLessThanOrEqual(Math.min(Number.POSITIVE_INFINITY, ...this.dueMs.values()));
  }

  destroy(): void {
    this.checkBlocks();
    while (!wheel.drain(this.wheel, DRAIN_BUDGET)) this.checkBlocks();
  }

  /** The wheel owns all blocks handed out since it was made, each once. */
  checkBlocks(): void {
    const blocks: Ref[] = [];
    wheel.blocks(this.wheel, (block) => blocks.push(block));
    expect(new Set(blocks).size).toBe(blocks.length);
    expect(blocks.length).toBe(mem.used.blocks - this.blocksBefore);
  }
}

const randomSpan = (random: Random) => Math.floor(10 ** (random.below(11_000) / 1000));

test("tokens come up at their time, whatever the distances and the steps", () => {
  const seed = seedOfRun();
  console.log(`seed ${seed}`);
  const random = seededRandom(seed);
  const before = mem.used.bytes;
  for (let number = 0; number < 20; number++) {
    const owner = new Owner();
    let tokens = 0;
    for (let step = 0; step < 100; step++) {
      for (let n = random.below(20); n > 0; n--) owner.add(tokens++, owner.nowMs + randomSpan(random) - 10);
      // Steps up to a day: what the owner lets the wheel go through without making it anew is a minute.
      owner.checkTo(owner.nowMs + Math.min(24 * HOUR, randomSpan(random)));
    }
    owner.destroy();
    expect(mem.used.bytes).toBe(before);
  }
});

test("block and epoch boundaries are passed without losing or keeping a token", () => {
  const owner = new Owner();
  const block = 4096;
  const epoch = block * block;
  let token = 0;
  for (const boundary of [block, 2 * block, 3 * block, epoch, 2 * epoch, 3 * epoch, 5 * epoch]) {
    const at = Math.ceil(START / boundary) * boundary;
    for (let ms = at - 2; ms <= at + 2; ms++) owner.add(token++, ms);
  }
  for (const due of [...new Set(owner.dueMs.values())].sort((a, b) => a - b)) {
    owner.checkTo(due - 1);
    owner.checkTo(due);
  }
  expect(wheel.nextMs(owner.wheel)).toBe(Number.POSITIVE_INFINITY);
  owner.destroy();
});

test("a call never hands over more than its budget, however much is due", () => {
  const owner = new Owner();
  for (let token = 0; token < 5000; token++) owner.add(token, START + 3 * HOUR + (token % 5) * 4096);
  let calls = 0;
  let left = 0;
  for (let come = 0; come < 5000; calls++) {
    let inCall = 0;
    left = wheel.advance(owner.wheel, START + 10 * HOUR, 64, (_tokens, count) => {
      inCall += count;
      come += count;
    });
    expect(inCall).toBeLessThanOrEqual(64);
  }
  expect(calls).toBe(Math.ceil(5000 / 64));
  expect(left).toBeGreaterThan(0);
  owner.destroy();
});

test("a clock that goes back within the block makes nothing late", () => {
  const owner = new Owner();
  const block = Math.ceil(START / 4096) * 4096;
  owner.checkTo(block + 3000);
  owner.nowMs = block + 1000;
  expect(wheel.isAstray(owner.wheel, owner.nowMs)).toBe(false);
  owner.add(1, block + 1500);
  owner.add(2, block + 3500);
  owner.checkTo(block + 1499);
  owner.checkTo(block + 1500);
  owner.checkTo(block + 3500);
  owner.destroy();
});

test("jumps of the clock that the wheel cannot follow are noticed", () => {
  const owner = new Owner();
  owner.checkTo(START);
  expect(wheel.isAstray(owner.wheel, START)).toBe(false);
  expect(wheel.isAstray(owner.wheel, START + 60_000)).toBe(false);
  expect(wheel.isAstray(owner.wheel, START + 61_000)).toBe(true);
  expect(wheel.isAstray(owner.wheel, START - 5000)).toBe(true);
  owner.destroy();
});

test("deadlines at the end of time are kept", () => {
  const owner = new Owner();
  owner.add(1, 2 ** 63);
  owner.add(2, Number.MAX_SAFE_INTEGER);
  owner.checkTo(START + 24 * HOUR);
  expect(wheel.tokens(owner.wheel)).toBe(2);
  owner.destroy();
});
