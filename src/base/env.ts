/**
 * The outside world as an interface: everything in Ashlar that wants the time or chance asks here. The real world is put
 * in by `server/`, a simulated one by tests; nobody else calls `Date.now` or `Math.random`.
 *
 * The wall clock is read once per batch of commands and then stands still (`nowMs`), so that all commands of a batch,
 * and all steps of one command, agree on what has expired. Redis does the same.
 */

export interface Env {
  /** Milliseconds since 1970, at a moment of the monotonic clock that is now or was a moment ago. */
  wallMs(monotonicNs: number): number;
  /** Nanoseconds on a clock that never goes back. */
  monotonicNs(): number;
  /** 32 bits of chance. */
  random32(): number;
}

/** How often the wall clock is compared with the monotonic one, and how far they may drift apart until it is set. */
const COMPARE_NS = 50_000_000;
const DRIFT_MS = 1;
let offsetMs = Number.NaN;
let comparedNs = Number.NEGATIVE_INFINITY;

const real: Env = {
  // One clock read fewer per batch (35 ns): the wall clock is the monotonic one plus what they last were apart.
  wallMs(monotonicNs) {
    if (monotonicNs - comparedNs > COMPARE_NS) {
      comparedNs = monotonicNs;
      const apart = Date.now() - monotonicNs / 1e6;
      if (!(Math.abs(apart - offsetMs) <= DRIFT_MS)) offsetMs = apart;
    }
    return Math.floor(offsetMs + monotonicNs / 1e6);
  },
  monotonicNs: () => Bun.nanoseconds(),
  random32: () => crypto.getRandomValues(new Uint32Array(1))[0]!,
};

/** The world in force. */
export let env: Env = real;

/** The moment at which the running batch began: on the monotonic clock, and in milliseconds since 1970. */
export let nowNs = 0;
export let nowMs = 0;

/** Puts another world in force (tests), or the real one back when called without an argument. */
export function install(world: Env = real): void {
  env = world;
  tickClock();
}

/** Reads the clocks for the batch that begins now. */
export function tickClock(): void {
  nowNs = env.monotonicNs();
  nowMs = env.wallMs(nowNs);
}

tickClock();
