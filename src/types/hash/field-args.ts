/**
 * How commands are told fields by number (FIELDS n field …), and deadlines of fields: milliseconds since 1970, from 0 up
 * to 2^46-1, which is in the year 4199.
 */
import { nowMs } from "../../base/env.ts";
import * as int64 from "../../base/int64.ts";
import type { DeadlineForm } from "../../keyspace/deadline-args.ts";
import type { Args } from "../../resp/args.ts";
import { NOT_AN_INTEGER } from "../../resp/errors.ts";
import type { Reply } from "../../resp/reply.ts";

/** Redis keeps two bits of its 48 for itself. */
const DEADLINE_MAX = 2 ** 46 - 1;

export const NOT_POSITIVE = "ERR Number of fields must be a positive integer";
const MISSING = "ERR Mandatory argument FIELDS is missing or not at the right position";
const MISMATCH = "ERR The `numfields` parameter must match the number of arguments";

/**
 * The first field of `FIELDS n field …`, which has to stand at argument `at` and go on to the end; 0 after a written
 * error. `notPositive` is what is said of a number that is none, or not above zero.
 */
export function firstFieldOrReply(args: Args, at: number, reply: Reply, notPositive = NOT_POSITIVE): number {
  if (at >= args.count || !args.is(at, "fields")) return refused(reply, MISSING);
  if (at + 1 === args.count) return refused(reply, notPositive);
  const stated = int64.parseBig(args.bytes, args.start(at + 1), args.end(at + 1));
  if (stated === undefined || stated < 1n) return refused(reply, notPositive);
  if (stated !== BigInt(args.count - at - 2)) return refused(reply, MISMATCH);
  return at + 2;
}

function refused(reply: Reply, error: string): number {
  reply.error(error);
  return 0;
}

/** The deadline that argument `i` states, or NaN after the error was answered. It may be past already. */
export function fieldDeadlineOrReply(args: Args, i: number, form: DeadlineForm, command: string, reply: Reply): number {
  const safe = int64.parseSafe(args.bytes, args.start(i), args.end(i));
  const stated = Number.isNaN(safe) ? int64.parseBig(args.bytes, args.start(i), args.end(i)) : safe;
  if (stated === undefined) {
    reply.error(NOT_AN_INTEGER);
    return Number.NaN;
  }
  if (stated < 0) {
    reply.error("ERR invalid expire time, must be >= 0");
    return Number.NaN;
  }
  const deadline = Number(stated) * form.unitMs + (form.relative ? nowMs : 0);
  if (deadline <= DEADLINE_MAX) return deadline;
  reply.error(`ERR invalid expire time in '${command}' command`);
  return Number.NaN;
}
