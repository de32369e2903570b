/**
 * The options of SET, GETEX and MSETEX: on which condition, until when, and whether the old value is wanted.
 */
import {
  type DeadlineForm,
  MILLISECONDS,
  positiveDeadlineOrReply,
  SECONDS,
  UNIX_MILLISECONDS,
  UNIX_SECONDS,
} from "../../keyspace/deadline-args.ts";
import type { Args } from "../../resp/args.ts";
import { SYNTAX } from "../../resp/errors.ts";
import type { Reply } from "../../resp/reply.ts";

// Options, one bit each.
export const NX = 1 << 0;
export const XX = 1 << 1;
export const IFEQ = 1 << 2;
export const GET = 1 << 3;
export const KEEPTTL = 1 << 4;
export const PERSIST = 1 << 5;
const EX = 1 << 6;
const PX = 1 << 7;
const EXAT = 1 << 8;
const PXAT = 1 << 9;
/** The deadline is stated. */
export const UNTIL = EX | PX | EXAT | PXAT;
/** The deadline is stated as a point in time. */
export const UNTIL_UNIX_TIME = EXAT | PXAT;

const CONDITION = NX | XX | IFEQ;
const LIFETIME = KEEPTTL | PERSIST | UNTIL;

export const SET_OPTIONS = CONDITION | GET | KEEPTTL | UNTIL;
export const GETEX_OPTIONS = PERSIST | UNTIL;
export const MSETEX_OPTIONS = NX | XX | KEEPTTL | UNTIL;

interface Word {
  /** In lower case. */
  readonly word: string;
  readonly bit: number;
  /** Of these, only one may be given, though that one again and again. */
  readonly rivals: number;
  /** For words that a deadline follows. */
  readonly form?: DeadlineForm;
}

const WORDS: readonly Word[] = [
  { word: "ex", bit: EX, rivals: LIFETIME, form: SECONDS },
  { word: "px", bit: PX, rivals: LIFETIME, form: MILLISECONDS },
  { word: "exat", bit: EXAT, rivals: LIFETIME, form: UNIX_SECONDS },
  { word: "pxat", bit: PXAT, rivals: LIFETIME, form: UNIX_MILLISECONDS },
  { word: "keepttl", bit: KEEPTTL, rivals: LIFETIME },
  { word: "persist", bit: PERSIST, rivals: LIFETIME },
  { word: "nx", bit: NX, rivals: CONDITION },
  { word: "xx", bit: XX, rivals: CONDITION },
  { word: "ifeq", bit: IFEQ, rivals: CONDITION },
  { word: "get", bit: GET, rivals: 0 },
];

/** What was asked for. */
export class StringOptions {
  /** The bits above. */
  given = 0;
  /** The argument to compare with, if IFEQ is given. */
  comparand = 0;
  private form: DeadlineForm = SECONDS;
  private deadlineArg = 0;

  has(option: number): boolean {
    return (this.given & option) !== 0;
  }

  /** Takes argument `i` for an option; returns the last argument that belongs to it, or 0 when it may not stand there. */
  take(args: Args, i: number, allowed: number): number {
    const option = wordAt(args, i);
    if (option === undefined || (option.bit & allowed) === 0 || this.has(option.rivals & ~option.bit)) return 0;
    this.given |= option.bit;
    if (option.form === undefined && option.bit !== IFEQ) return i;
    if (i + 1 === args.count) return 0;
    if (option.form === undefined) {
      this.comparand = i + 1;
    } else {
      this.form = option.form;
      this.deadlineArg = i + 1;
    }
    return i + 1;
  }

  /** The deadline that is stated (`has(UNTIL)`), or undefined after the error was answered. */
  deadlineOrReply(args: Args, command: string, reply: Reply): number | bigint | undefined {
    return positiveDeadlineOrReply(args, this.deadlineArg, this.form, command, reply);
  }
}

function wordAt(args: Args, i: number): Word | undefined {
  for (const word of WORDS) if (args.is(i, word.word)) return word;
  return undefined;
}

/** The options from argument `first` on, or undefined after the error was answered. `allowed` are the command's. */
export function optionsOrReply(args: Args, first: number, allowed: number, reply: Reply): StringOptions | undefined {
  const options = new StringOptions();
  for (let i = first; i < args.count; i++) {
    i = options.take(args, i, allowed);
    if (i === 0) {
      reply.error(SYNTAX);
      return undefined;
    }
  }
  return options;
}
