/**
 * A seeded random source for tests. The same seed gives the same sequence on every machine, so a printed seed is a bug
 * report. `SEED=123 bun test …` replays a run.
 */

/** One stream of random choices; all methods are pure functions of the seed and of the calls made before. */
export interface Random {
  /** The seed this stream began with. */
  readonly seed: number;
  /** A whole number from 0 to `limit - 1`. */
  below(limit: number): number;
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number;
  /** True with this probability (0 to 1). */
  chance(probability: number): boolean;
  /** One element of a list that isn't empty. */
  pick<T>(list: readonly T[]): T;
  /** `length` random bytes, one per character. */
  bytes(length: number): string;
}

/** The seed of this run: `SEED` from the environment, or a fresh one. */
export function seedOfRun(): number {
  const given = process.env["SEED"];
  return given === undefined ? crypto.getRandomValues(new Uint32Array(1))[0]! : Number(given) >>> 0;
}

/** A random stream from a 32-bit seed (the mulberry32 generator). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  function next(): number {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    seed: seed >>> 0,
    below,
    between: (low, high) => low + below(high - low + 1),
    chance: (probability) => next() < probability,
    pick: (list) => list[below(list.length)]!,
    bytes: (length) => {
      let text = "";
      for (let i = 0; i < length; i++) text += String.fromCharCode(below(256));
      return text;
    },
  };
}
