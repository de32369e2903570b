/**
 * Integers as arguments: read as strictly as Redis reads them (base/int64.ts), the error answered where they are none.
 */
import * as int64 from "../base/int64.ts";
import type { Args } from "./args.ts";
import { NOT_AN_INTEGER } from "./errors.ts";
import type { Reply } from "./reply.ts";

/**
 * The 64-bit integer in argument `i`: a number while it is safe, which it nearly always is, and a BigInt beyond. Undefined
 * after the error was answered. Numbers and BigInts compare as they are.
 */
export function integerOrReply(
  args: Args,
  i: number,
  reply: Reply,
  error = NOT_AN_INTEGER,
): number | bigint | undefined {
  const safe = int64.parseSafe(args.bytes, args.start(i), args.end(i));
  if (!Number.isNaN(safe)) return safe;
  const big = int64.parseBig(args.bytes, args.start(i), args.end(i));
  if (big === undefined) reply.error(error);
  return big;
}

/** The integer in argument `i` if it is at least `min`, rounded beyond 2^53; NaN after `error` was answered. */
export function integerFromOrReply(args: Args, i: number, min: number, error: string, reply: Reply): number {
  const value = int64.parseBig(args.bytes, args.start(i), args.end(i));
  if (value !== undefined && value >= min) return Number(value);
  reply.error(error);
  return Number.NaN;
}
