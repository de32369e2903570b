/**
 * How commands that wait are told for how long: in seconds with fractions (BLPOP) or in whole milliseconds (XREAD). Both
 * become a deadline in ms since 1970, 0 for "as long as it takes", and NaN when the argument was none and the error has been
 * answered.
 */
import { nowMs } from "../base/env.ts";
import * as int64 from "../base/int64.ts";
import * as longDouble from "../base/long-double.ts";
import type { Args } from "../resp/args.ts";
import type { Reply } from "../resp/reply.ts";

const MS_PER_SECOND = 1000n;

/** The deadline that argument `i` states in seconds. */
export function deadlineOrReply(args: Args, i: number, reply: Reply): number {
  const seconds = longDouble.parse(args.bytes, args.start(i), args.end(i));
  if (seconds === undefined) return refuse(reply, "ERR timeout is not a float or out of range");
  return deadlineAfter(longDouble.ceil(longDouble.scale(seconds, MS_PER_SECOND)), reply);
}

/** The deadline that argument `i` states in milliseconds. */
export function deadlineMsOrReply(args: Args, i: number, reply: Reply): number {
  const ms = int64.parseBig(args.bytes, args.start(i), args.end(i));
  if (ms === undefined) return refuse(reply, "ERR timeout is not an integer or out of range");
  return deadlineAfter(ms, reply);
}

/** What does not fit into 64 bits counts as negative, as where a C program converts it. */
function deadlineAfter(ms: bigint | undefined, reply: Reply): number {
  if (ms === undefined || ms < 0n || ms > int64.MAX) return refuse(reply, "ERR timeout is negative");
  return ms === 0n ? 0 : nowMs + Number(ms);
}

function refuse(reply: Reply, error: string): number {
  reply.error(error);
  return Number.NaN;
}
