/**
 * How commands are told a deadline: in seconds or milliseconds, from now or since 1970 (EXPIRE, PEXPIREAT, SET … EX,
 * GETEX … PXAT). Whichever it was, a deadline is milliseconds since 1970, a signed integer of 64 bits: a number while it
 * is safe, which it nearly always is, and a BigInt beyond.
 */
import { nowMs } from "../base/env.ts";
import * as int64 from "../base/int64.ts";
import type { Args } from "../resp/args.ts";
import { NOT_AN_INTEGER } from "../resp/errors.ts";
import type { Reply } from "../resp/reply.ts";

/** One of the four ways to state a deadline. */
export interface DeadlineForm {
  readonly unitMs: 1 | 1000;
  /** Counted from now, or from 1970. */
  readonly relative: boolean;
}

export const SECONDS: DeadlineForm = { unitMs: 1000, relative: true };
export const MILLISECONDS: DeadlineForm = { unitMs: 1, relative: true };
export const UNIX_SECONDS: DeadlineForm = { unitMs: 1000, relative: false };
export const UNIX_MILLISECONDS: DeadlineForm = { unitMs: 1, relative: false };

/**
 * The deadline that argument `i` states, or undefined after the error was answered. It may be past already, even
 * negative. `command` is the name of the command as errors show it.
 */
export function deadlineOrReply(
  args: Args,
  i: number,
  form: DeadlineForm,
  command: string,
  reply: Reply,
): number | bigint | undefined {
  const stated = int64.parseSafe(args.bytes, args.start(i), args.end(i));
  // NaN, for what is not a safe integer, fails the comparison.
  const deadline = stated * form.unitMs + (form.relative ? nowMs : 0);
  if (Math.abs(deadline) <= Number.MAX_SAFE_INTEGER) return deadline;
  return largeDeadlineOrReply(args, i, form, command, reply);
}

/**
 * As `deadlineOrReply`, for commands that give a key its value and its deadline together (SET, GETEX …): there, what is
 * stated must be above zero.
 */
export function positiveDeadlineOrReply(
  args: Args,
  i: number,
  form: DeadlineForm,
  command: string,
  reply: Reply,
): number | bigint | undefined {
  const stated = int64.parseBig(args.bytes, args.start(i), args.end(i));
  if (stated !== undefined && stated <= 0n) {
    reply.error(invalidExpireTime(command));
    return undefined;
  }
  return deadlineOrReply(args, i, form, command, reply);
}

function largeDeadlineOrReply(
  args: Args,
  i: number,
  form: DeadlineForm,
  command: string,
  reply: Reply,
): number | bigint | undefined {
  const stated = int64.parseBig(args.bytes, args.start(i), args.end(i));
  if (stated === undefined) {
    reply.error(NOT_AN_INTEGER);
    return undefined;
  }
  const sinceEpoch = stated * BigInt(form.unitMs);
  const deadline = sinceEpoch + (form.relative ? BigInt(nowMs) : 0n);
  if (sinceEpoch >= int64.MIN && deadline <= int64.MAX) return deadline;
  reply.error(invalidExpireTime(command));
  return undefined;
}

/** Redis' words for a deadline that is not representable, or not above zero where it has to be. */
function invalidExpireTime(command: string): string {
  return `ERR invalid expire time in '${command}' command`;
}
