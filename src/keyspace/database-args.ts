/**
 * How commands are told a database (SELECT, MOVE, COPY): by its number.
 */
import * as int64 from "../base/int64.ts";
import type { Args } from "../resp/args.ts";
import { DB_OUT_OF_RANGE } from "../resp/errors.ts";
import { integerOrReply } from "../resp/integer-args.ts";
import type { Reply } from "../resp/reply.ts";
import { databases } from "./database.ts";

const INT_MIN = -(2 ** 31);
const INT_MAX = 2 ** 31 - 1;

/** The integer of 32 bits that argument `i` states; NaN when it states none. */
export function parseInt32(args: Args, i: number): number {
  const number = int64.parseSafe(args.bytes, args.start(i), args.end(i));
  return number >= INT_MIN && number <= INT_MAX ? number : Number.NaN;
}

/** The number of a database that argument `i` states, or -1 after the error was answered. */
export function databaseOrReply(args: Args, i: number, reply: Reply): number {
  const number = integerOrReply(args, i, reply);
  if (number === undefined) return -1;
  if (number >= 0 && number < databases.length) return Number(number);
  if (number >= INT_MIN && number <= INT_MAX) reply.error(DB_OUT_OF_RANGE);
  else reply.error(`ERR value is out of range, value must between ${INT_MIN} and ${INT_MAX}`);
  return -1;
}
