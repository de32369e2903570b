/**
 * When, or how often, an entry was used: 24 bits in its head.
 *
 *     LRU   seconds on a clock of 24 bits (194 days, then it wraps)
 *     LFU   u16 minutes of the last decrement · u8 logarithmic counter
 *
 * Which of the two is meant is decided by `maxmemory-policy`, for all entries at once.
 */
import { env, nowMs } from "../base/env.ts";
import type { Ref } from "../mem/mem.ts";
import * as entry from "../struct/entry.ts";
import { lfuDecayTime, lfuLogFactor, maxmemoryPolicy } from "./parameters.ts";

const CLOCK_MASK = 0xffffff;
const MINUTES_MASK = 0xffff;
/** A new entry's LFU counter: high enough to live until it can earn more. */
const LFU_INITIAL = 5;

export const access = {
  /** Whether `maxmemory-policy` counts frequency rather than recency. */
  lfu: false,
  /** Set while a client runs that has asked for CLIENT NO-TOUCH. */
  frozen: false,
};

let clock = 0;

/** Takes over the time and the policy of the batch that begins. */
export function tick(): void {
  const policy = maxmemoryPolicy.value;
  access.lfu = policy === "allkeys-lfu" || policy === "volatile-lfu";
  clock = Math.floor(nowMs / 1000) & CLOCK_MASK;
}

/** What a new entry gets. */
export function initial(): number {
  return access.lfu ? ((minutes() << 8) | LFU_INITIAL) & CLOCK_MASK : clock;
}

/**
 * What an entry gets that takes another's place: as in Redis, how often a key is used survives being overwritten, which is one
 * use more; when it was used last is now.
 */
export function inherited(ref: Ref): number {
  if (!access.lfu) return clock;
  return access.frozen ? entry.access(ref) : once(ref);
}

/** What an entry was used, and once more. */
const once = (ref: Ref) => ((minutes() << 8) | increment(frequency(ref))) & CLOCK_MASK;

/** What an entry gets that was last used so many seconds ago, or so often; each where that is what is kept. */
export function after(idleSeconds: number, frequency: number): number {
  if (!access.lfu) return idleSeconds < 0 ? clock : (clock - (idleSeconds % (CLOCK_MASK + 1))) & CLOCK_MASK;
  return frequency < 0 ? initial() : ((minutes() << 8) | frequency) & CLOCK_MASK;
}

const minutes = () => Math.floor(nowMs / 60000) & MINUTES_MASK;

/** Notes that an entry is used now. Most often it was used in the same second, and nothing is written. */
export function use(ref: Ref): void {
  if (access.frozen) return;
  if (access.lfu) entry.setAccess(ref, once(ref));
  else if (entry.access(ref) !== clock) entry.setAccess(ref, clock);
}

/** Seconds since the entry was used, at the time `ms`; meaningful while LRU is kept. */
export function idleSeconds(ref: Ref, ms = nowMs): number {
  return (Math.floor(ms / 1000) - entry.access(ref)) & CLOCK_MASK;
}

/** The LFU counter, 0 to 255, decayed until the time `ms`; meaningful while LFU is kept. */
export function frequency(ref: Ref, ms = nowMs): number {
  const kept = entry.access(ref);
  const minutes = Math.floor(ms / 60000);
  const periods = lfuDecayTime.value > 0 ? ((minutes - (kept >>> 8)) & MINUTES_MASK) / lfuDecayTime.value : 0;
  return Math.max(0, (kept & 255) - Math.floor(periods));
}

/** One use more: the higher the counter, the less likely it is to rise. */
function increment(counter: number): number {
  if (counter === 255) return counter;
  const base = Math.max(0, counter - LFU_INITIAL);
  return env.random32() / 2 ** 32 < 1 / (base * lfuLogFactor.value + 1) ? counter + 1 : counter;
}
