/**
 * The deadline wheel: tokens (31-bit numbers, in practice key hashes) ordered by time, four bytes each.
 *
 *     near ring   8,192 lists, one per millisecond of this block and the next      (a block is 4,096 ms)
 *     mid ring    8,192 lists, one per block of this epoch and the next            (an epoch is 4,096 blocks, 4.66 h)
 *     far lists   everything later; gone through once per epoch
 *
 *     list node   u32 next · u32 tokens used · tokens …
 *
 * Nothing is ever removed from the middle. A token that comes up is handed to the owner, who looks what it stands for:
 * due, gone, or due later, in which case the owner adds it again. So the wheel needs no back pointers, entries may move,
 * and putting a deadline off costs nothing at all: the old token comes up, and is added again at the new time.
 *
 * Lists are moved inwards one block ahead of time, a few tokens per call, so that no moment is expensive. The wheel enters
 * a block only when its mid list is empty, and an epoch only when no far token has yet to be looked at.
 *
 * Invariants: each token is in a list whose time is not after the time it was added for, as long as the clock does not
 * jump (`isAstray`); the near lists between the start of the block and the position are empty.
 */
import * as mem from "../mem/mem.ts";
import { NIL, type Ref } from "../mem/mem.ts";

// Words of the root.
const POSITION_LOW = 0;
const POSITION_HIGH = 1;
const NEAR = 2;
const MID = 3;
/** Tokens of later epochs, and those of them that have yet to be looked at in this epoch. */
const FAR = 4;
const FAR_TODO = 5;
const TOKENS = 6;
const NEAR_TOKENS = 7;
/** Of a wheel that is being drained: the first list that may not be empty. */
const DRAINED = 8;
const ROOT_BYTES = 36;

// Words of a list node.
const NEXT = 0;
const USED = 1;
const FIRST = 2;
const NODE_BYTES = 64;
const LONG_NODE_BYTES = 512;

const BLOCK_SHIFT = 12;
const BLOCK = 1 << BLOCK_SHIFT;
const RING = 2 * BLOCK;
const RING_MASK = RING - 1;

/** A clock further ahead than this has jumped: going through all that lies between would take too long. */
const BEHIND_MAX_MS = 60_000;

const blockOf = (ms: number) => Math.floor(ms / BLOCK);
const epochOf = (ms: number) => blockOf(blockOf(ms));

/** An empty wheel that begins to turn at `nowMs`. */
export function create(nowMs: number): Ref {
  const wheel = mem.allocZeroed(ROOT_BYTES);
  mem.setWord(wheel, NEAR, mem.allocZeroed(RING * 4));
  mem.setWord(wheel, MID, mem.allocZeroed(RING * 4));
  setPosition(wheel, nowMs);
  return wheel;
}

/** Tokens in the wheel, those that have become meaningless among them. */
export function tokens(wheel: Ref): number {
  return mem.word(wheel, TOKENS);
}

/** The first millisecond that has not been dealt with. */
export function position(wheel: Ref): number {
  return mem.word(wheel, POSITION_HIGH) * 2 ** 32 + (mem.word(wheel, POSITION_LOW) >>> 0);
}

function setPosition(wheel: Ref, ms: number): void {
  mem.setWord(wheel, POSITION_LOW, ms % 2 ** 32);
  mem.setWord(wheel, POSITION_HIGH, Math.floor(ms / 2 ** 32));
}

/**
 * Whether the clock has jumped to where the wheel cannot follow: forwards by more than a minute, or backwards out of the
 * block. Tokens would come up late; the owner should make a new wheel.
 */
export function isAstray(wheel: Ref, nowMs: number): boolean {
  const now = position(wheel);
  return nowMs - now > BEHIND_MAX_MS || blockOf(nowMs) < blockOf(now - 1);
}

/**
 * Adds a token that is to come up at `ms`, or now if that is past. The position is set back where the clock was, as far
 * as the block reaches; only a token for an earlier block waits for the block to begin.
 */
export function add(wheel: Ref, ms: number, token: number): void {
  mem.touch(wheel);
  const now = position(wheel);
  const block = blockOf(now);
  const time = Math.max(ms, block * BLOCK);
  if (time < now) setPosition(wheel, time);
  if (blockOf(time) - block <= 1) {
    push(mem.refAt(wheel, NEAR), time % RING, token);
    mem.setWord(wheel, NEAR_TOKENS, mem.word(wheel, NEAR_TOKENS) + 1);
  } else if (epochOf(time) - epochOf(now) <= 1) {
    push(mem.refAt(wheel, MID), blockOf(time) & RING_MASK, token);
  } else {
    push(wheel, FAR, token);
  }
  mem.setWord(wheel, TOKENS, mem.word(wheel, TOKENS) + 1);
}

/** Pushes a token onto the list whose head is word `index` of `heads`. */
function push(heads: Ref, index: number, token: number): void {
  let node = mem.refAt(heads, index);
  if (node === NIL || mem.word(node, USED) + FIRST === mem.capacity(node) / 4) {
    const fresh = mem.alloc(node === NIL ? NODE_BYTES : LONG_NODE_BYTES);
    mem.setWord(fresh, NEXT, node);
    mem.setWord(fresh, USED, 0);
    mem.touch(heads);
    mem.setWord(heads, index, fresh);
    node = fresh;
  }
  mem.touch(node);
  const used = mem.word(node, USED);
  mem.setWord(node, FIRST + used, token);
  mem.setWord(node, USED, used + 1);
}

/** Tokens on their way from a list to the owner. */
const taken = new Int32Array(LONG_NODE_BYTES / 4);

/** Takes tokens, at most `max`, off the first node of a list that is not empty. Returns how many are in `taken` now. */
function take(wheel: Ref, heads: Ref, index: number, max: number): number {
  const node = mem.refAt(heads, index);
  mem.touch(node);
  const used = mem.word(node, USED);
  const count = Math.min(used, max);
  const left = used - count;
  for (let i = 0; i < count; i++) taken[i] = mem.word(node, FIRST + left + i);
  mem.setWord(node, USED, left);
  if (left === 0) {
    mem.touch(heads);
    mem.setWord(heads, index, mem.word(node, NEXT));
    mem.free(node);
  }
  mem.touch(wheel);
  mem.setWord(wheel, TOKENS, mem.word(wheel, TOKENS) - count);
  if (heads === mem.refAt(wheel, NEAR)) mem.setWord(wheel, NEAR_TOKENS, mem.word(wheel, NEAR_TOKENS) - count);
  return count;
}

/** Is given the first `count` of `tokens`, which have left the wheel, and adds again those due later. */
export type ComeUp = (tokens: Int32Array, count: number) => void;

/**
 * Turns the wheel up to and including `nowMs`, and hands at most `budget` tokens to `comeUp`: those that are due and
 * some that move inwards. Returns what is left of the budget: 0 means that there
 * may be more to do at once.
 */
export function advance(wheel: Ref, nowMs: number, budget: number, comeUp: ComeUp): number {
  const near = mem.refAt(wheel, NEAR);
  const mid = mem.refAt(wheel, MID);
  let left = budget;
  for (let now = position(wheel); now <= nowMs; now = position(wheel)) {
    left = handOver(wheel, near, now % RING, left, comeUp);
    if (left === 0) return 0;
    const blockEnd = (blockOf(now) + 1) * BLOCK;
    // With nothing near, the rest of the block can be passed over.
    const next = mem.word(wheel, NEAR_TOKENS) === 0 ? Math.min(nowMs + 1, blockEnd) : now + 1;
    if (next === blockEnd) {
      left = handOver(wheel, mid, blockOf(next) & RING_MASK, left, comeUp);
      const isNewEpoch = epochOf(next) !== epochOf(now);
      if (isNewEpoch) left = handOver(wheel, wheel, FAR_TODO, left, comeUp);
      if (left === 0) return 0;
      mem.touch(wheel);
      if (isNewEpoch) startEpoch(wheel);
    }
    mem.touch(wheel);
    setPosition(wheel, next);
  }
  left = handOver(wheel, mid, (blockOf(position(wheel)) + 1) & RING_MASK, left, comeUp);
  return handOver(wheel, wheel, FAR_TODO, left, comeUp);
}

/** Hands over the tokens of a list, at most `budget`. Returns what is left of the budget: not 0 if the list is empty. */
function handOver(wheel: Ref, heads: Ref, index: number, budget: number, comeUp: ComeUp): number {
  let left = budget;
  while (left > 0 && mem.refAt(heads, index) !== NIL) {
    const count = take(wheel, heads, index, left);
    comeUp(taken, count);
    left -= count;
  }
  return left;
}

/** All far tokens are to be looked at again before the epoch that begins ends. */
function startEpoch(wheel: Ref): void {
  mem.setWord(wheel, FAR_TODO, mem.word(wheel, FAR));
  mem.setWord(wheel, FAR, NIL);
}

/** When `advance` should be called next at the latest: a time in ms, Infinity for an empty wheel. */
export function nextMs(wheel: Ref): number {
  if (mem.word(wheel, TOKENS) === 0) return Number.POSITIVE_INFINITY;
  const now = position(wheel);
  const blockEnd = (blockOf(now) + 1) * BLOCK;
  if (mem.refAt(mem.refAt(wheel, MID), (blockOf(now) + 1) & RING_MASK) !== NIL) return now;
  if (mem.refAt(wheel, FAR_TODO) !== NIL) return now;
  if (mem.word(wheel, NEAR_TOKENS) === 0) return blockEnd;
  const near = mem.refAt(wheel, NEAR);
  let time = now;
  while (time < blockEnd && mem.refAt(near, time % RING) === NIL) time++;
  return time;
}

/** Visits every block of the wheel (for the audit), also of one that is being drained. */
export function blocks(wheel: Ref, visit: (block: Ref) => void): void {
  for (let list = 0; list < LISTS; list++) {
    const heads = headsOf(wheel, list);
    for (let node = mem.refAt(heads, indexOf(list)); node !== NIL; node = mem.refAt(node, NEXT)) visit(node);
  }
  visit(mem.refAt(wheel, NEAR));
  visit(mem.refAt(wheel, MID));
  visit(wheel);
}

// All lists in a row: those of the near ring, of the mid ring, and the two far ones.
const LISTS = 2 * RING + 2;
const headsOf = (wheel: Ref, list: number) => (list < 2 * RING ? mem.refAt(wheel, list < RING ? NEAR : MID) : wheel);
const indexOf = (list: number) => (list < 2 * RING ? list % RING : FAR + list - 2 * RING);

/** Frees a wheel that turns no more, a slice at a time: about `budget` lists and nodes a call. True when all is gone. */
export function drain(wheel: Ref, budget: number): boolean {
  let list = mem.word(wheel, DRAINED);
  for (let left = budget; left > 0 && list < LISTS; left--) {
    const heads = headsOf(wheel, list);
    const node = mem.refAt(heads, indexOf(list));
    if (node === NIL) {
      list++;
      continue;
    }
    mem.touch(heads);
    mem.setWord(heads, indexOf(list), mem.word(node, NEXT));
    mem.free(node);
  }
  mem.touch(wheel);
  mem.setWord(wheel, DRAINED, list);
  if (list < LISTS) return false;
  mem.free(mem.refAt(wheel, NEAR));
  mem.free(mem.refAt(wheel, MID));
  mem.free(wheel);
  return true;
}
