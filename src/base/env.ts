/**
 * The outside world as an interface: everything in Ashlar that wants the time or chance asks here. The real world is put
 * in by `server/`, a simulated one by tests; nobody else calls `Date.now` or `Math.random`.
 *
 * The wall clock is read once per batch of commands and then stands still (`nowMs`), so that all commands of a batch,
 * and all steps of one command, agree on what has expired. Redis does the same.
 */

export interface Env {
  /** Whole milliseconds since 1970, never ahead of and never behind what clients read from the system's own clock. */
  wallMs(): number;
  /** Nanoseconds on a clock that never goes back. */
  monotonicNs(): number;
  /** 32 bits of chance. */
  random32(): number;
}

const real: Env = {
  // Not derived from the monotonic clock: a client that asks for a deadline 10,000 ms ahead must not read 10,001.
  wallMs: () => Date.now(),
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
  nowMs = env.wallMs();
}

tickClock();
