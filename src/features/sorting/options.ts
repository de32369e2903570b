/**
 * What SORT was asked for, in its own little language: BY, GET, LIMIT, ASC, DESC, ALPHA, STORE, in any order.
 */
import type { Args } from "../../resp/args.ts";
import { SYNTAX } from "../../resp/errors.ts";
import { integerOrReply } from "../../resp/integer-args.ts";
import type { Reply } from "../../resp/reply.ts";
import { Pattern } from "./pattern.ts";

export class Options {
  isDescending = false;
  isAlpha = false;
  offset = 0;
  /** Negative: all. */
  count = -1;
  by: Pattern | undefined;
  /** BY a pattern that says the same for all: the elements stay in their order. */
  isUnsorted = false;
  readonly gets: Pattern[] = [];
  /** Number of the argument that is the destination; 0 when there is none. */
  store = 0;

  /** Which of so many elements LIMIT lets through: from `from` to `to`, excluded. */
  part(length: number): { from: number; to: number } {
    const from = Math.min(Math.max(this.offset, 0), length);
    return { from, to: this.count < 0 ? length : Math.min(from + this.count, length) };
  }
}

/** The options, or undefined after the error was answered. */
export function readOptions(args: Args, reply: Reply, mayStore: boolean): Options | undefined {
  const options = new Options();
  for (let i = 2; i < args.count; i++) {
    const left = args.count - i - 1;
    if (args.is(i, "asc")) {
      options.isDescending = false;
    } else if (args.is(i, "desc")) {
      options.isDescending = true;
    } else if (args.is(i, "alpha")) {
      options.isAlpha = true;
    } else if (args.is(i, "limit") && left >= 2) {
      const offset = integerOrReply(args, i + 1, reply);
      if (offset === undefined) return undefined;
      const count = integerOrReply(args, i + 2, reply);
      if (count === undefined) return undefined;
      options.offset = Number(offset);
      options.count = Number(count);
      i += 2;
    } else if (mayStore && args.is(i, "store") && left >= 1) {
      options.store = ++i;
    } else if (args.is(i, "by") && left >= 1) {
      options.by = new Pattern(args, ++i);
      if (!options.by.varies) options.isUnsorted = true;
    } else if (args.is(i, "get") && left >= 1) {
      options.gets.push(new Pattern(args, ++i));
    } else {
      return void reply.error(SYNTAX);
    }
  }
  return options;
}
