/**
 * What SCAN, HSCAN, SSCAN and ZSCAN have in common: reading the cursor and the options, choosing by pattern, and the form
 * of the answer, a pair of the next cursor and an array.
 *
 * A bad option is refused only after the key was looked up, so a command reads the cursor, looks up, then reads options.
 */
import * as glob from "../base/glob.ts";
import * as int64 from "../base/int64.ts";
import type { Args } from "../resp/args.ts";
import { INVALID_CURSOR, NOT_AN_INTEGER, SYNTAX } from "../resp/errors.ts";
import type { Reply } from "../resp/reply.ts";

export interface ScanOptions {
  /** Elements to visit, about: at least 1, 10 unless asked otherwise. */
  readonly count: number;
  /** The argument that is the pattern; 0 when everything matches. */
  readonly match: number;
  /** The argument that is the type's name (SCAN only); 0 when any type will do. */
  readonly type: number;
  /** Fields without their values (HSCAN only). */
  readonly noValues: boolean;
}

const COUNT_DEFAULT = 10;
const CURSOR_BITS = 64;
const CURSOR_LIMIT = 2n ** BigInt(CURSOR_BITS);

/**
 * The cursor in argument `i`; NaN when it is none, and the error has been written. As C's strtoul reads: a sign is allowed,
 * negative numbers count down from 2^64, nothing at all is 0, and what follows a NUL is not seen. Cursors above 2^53 lose
 * precision, which does not matter: tables give none above 2^31.
 */
export function parseCursor(args: Args, i: number, reply: Reply): number {
  const safe = int64.parseSafe(args.bytes, args.start(i), args.end(i));
  if (safe >= 0) return safe;
  const text = args.text(i).split("\0", 1)[0]!;
  if (text === "") return 0;
  if (/^[+-]?\d+$/.test(text)) {
    const magnitude = BigInt(text.replace(/^[+-]/, ""));
    if (magnitude < CURSOR_LIMIT) return Number(text[0] === "-" ? BigInt.asUintN(CURSOR_BITS, -magnitude) : magnitude);
  }
  reply.error(INVALID_CURSOR);
  return Number.NaN;
}

/**
 * The options from argument `first` on; undefined when they are wrong, and the error has been written. `words` names those
 * that not every command has.
 */
export function parseOptions(
  args: Args,
  first: number,
  reply: Reply,
  words: { readonly type?: boolean; readonly noValues?: boolean } = {},
): ScanOptions | undefined {
  const options = { count: COUNT_DEFAULT, match: 0, type: 0, noValues: false };
  for (let i = first; i < args.count; i++) {
    const hasValue = i + 1 < args.count;
    if (hasValue && args.is(i, "count")) {
      i++;
      const count = int64.parseBig(args.bytes, args.start(i), args.end(i));
      if (count === undefined) return refuse(reply, NOT_AN_INTEGER);
      if (count < 1n) return refuse(reply, SYNTAX);
      options.count = Number(count);
    } else if (hasValue && args.is(i, "match")) {
      options.match = args.is(++i, "*") ? 0 : i;
    } else if (hasValue && words.type === true && args.is(i, "type")) {
      options.type = ++i;
    } else if (words.noValues === true && args.is(i, "novalues")) {
      options.noValues = true;
    } else {
      return refuse(reply, SYNTAX);
    }
  }
  return options;
}

function refuse(reply: Reply, error: string): undefined {
  reply.error(error);
  return undefined;
}

/** Whether the bytes match the pattern that was given, if one was. */
export function matches(args: Args, options: ScanOptions, bytes: Uint8Array, start: number, end: number): boolean {
  const i = options.match;
  return i === 0 || glob.matches(args.bytes, args.start(i), args.end(i), bytes, start, end, false);
}

/** Completes the answer: `items` bulk strings have been written since `mark`, and the scan goes on at `cursor`. */
export function replyScanned(reply: Reply, mark: number, cursor: number, items: number): void {
  reply.headerAt(mark, () => {
    reply.array(2);
    reply.bulkInteger(cursor);
    reply.array(items);
  });
}
