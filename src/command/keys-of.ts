/**
 * Where the keys of a command are, from its key specifications: what COMMAND GETKEYS, ACL and cluster slots ask.
 */
import * as int64 from "../base/int64.ts";
import type { Args } from "../resp/args.ts";
import type { CommandSpec, KeySpec } from "./command.ts";

/** A key among the arguments, and what the command does with it in the words of KeySpec. */
export interface FoundKey {
  /** Number of the argument. */
  readonly position: number;
  readonly flags: string;
}

/** Keys that stand side by side, or at equal distances. */
export interface KeyRange {
  /** 0 when there are none. */
  readonly first: number;
  /** Negative: from the end. */
  readonly last: number;
  readonly step: number;
}

const NO_KEYS: KeyRange = { first: 0, last: 0, step: 0 };

/** The keys of a command with these arguments; undefined when there are none although there must be some. */
export function keysOf(spec: CommandSpec, args: Args): FoundKey[] | undefined {
  const found: FoundKey[] = [];
  for (const keys of spec.keys ?? []) {
    const more = keys.find === undefined ? keysOfSpec(keys, args) : keys.find(args);
    if (more === undefined) return spec.flags.includes("no_mandatory_keys") ? [] : undefined;
    found.push(...more);
  }
  return found;
}

function keysOfSpec(spec: KeySpec, args: Args): FoundKey[] | undefined {
  if (spec.flags.includes("not_key")) return [];
  const begin = typeof spec.begin === "number" ? spec.begin : behindKeyword(spec.begin, spec.from ?? 1, args);
  // A keyword that is not there announces no keys; a place that cannot be told leaves them to the other specifications.
  if (begin === 0) return [];
  const step = spec.step ?? 1;
  let first = begin;
  let last = lastOfRange(spec, first, args.count);
  if (spec.keyNumber !== undefined) {
    const at = begin + spec.keyNumber.at;
    const number = at < args.count ? int64.parseSafe(args.bytes, args.start(at), args.end(at)) : Number.NaN;
    if (!(number > 0)) return undefined;
    first = begin + spec.keyNumber.firstKey;
    last = first + (number - 1) * step;
  }
  if (last >= args.count || last < first || first >= args.count) return undefined;
  const found: FoundKey[] = [];
  for (let position = first; position <= last; position += step) found.push({ position, flags: spec.flags });
  return found;
}

function lastOfRange(spec: KeySpec, first: number, count: number): number {
  const last = spec.last ?? 0;
  if (last >= 0) return first + last;
  return spec.limit ? first + Math.floor((count - first) / spec.limit) + last : count + last;
}

/** The argument behind a keyword, looked for from argument `from` on, backwards when negative; 0 when it is not there. */
function behindKeyword(keyword: string, from: number, args: Args): number {
  const word = keyword.toLowerCase();
  if (from > 0) {
    for (let i = from; i < args.count - 1; i++) if (args.is(i, word)) return i + 1;
  } else {
    for (let i = args.count + from; i > 1; i--) if (args.is(i, word)) return i + 1;
  }
  return 0;
}

/** Whether each key stands at a place of its own, whatever the arguments. */
function isFixed(spec: KeySpec): boolean {
  return typeof spec.begin === "number" && spec.begin > 0 && spec.keyNumber === undefined;
}

/** Whether some keys cannot be found by `rangeOf` alone: the flag `movablekeys`. */
export function areMovable(keys: readonly KeySpec[]): boolean {
  return !keys.every(isFixed);
}

/** The one range that older clients look for keys in: specifications that follow on each other make up one. */
export function rangeOf(keys: readonly KeySpec[]): KeyRange {
  const fixed = keys.filter(isFixed).map((spec) => rangeOfSpec(spec));
  if (keys.length === 1 || fixed.length <= 1) return fixed[0] ?? NO_KEYS;
  let { first, last } = fixed[0]!;
  if (fixed[0]!.step !== 1) return NO_KEYS;
  for (const next of fixed.slice(1)) {
    if (next.step !== 1 || next.first !== last + 1) break;
    last = next.last;
  }
  return { first, last, step: 1 };
}

function rangeOfSpec(spec: KeySpec): KeyRange {
  const first = spec.begin as number;
  const last = spec.last ?? 0;
  return { first, last: last >= 0 ? first + last : last, step: spec.step ?? 1 };
}
