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
export function integerOrReply(args: Args, i: number, reply: Reply): number | bigint | undefined {
  const safe = int64.parseSafe(args.bytes, args.start(i), args.end(i));
  if (!Number.isNaN(safe)) return safe;
  const big = int64.parseBig(args.bytes, args.start(i), args.end(i));
  if (big === undefined) reply.error(NOT_AN_INTEGER);
  return big;
}
