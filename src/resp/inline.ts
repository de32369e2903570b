/**
 * Splits an inline request into words, as a shell would: blanks separate, "…" takes \n \r \t \b \a \xHH and \<any>,
 * '…' takes \' only. A closing quote must be followed by a blank or the end. As in Redis, vertical tabs and form feeds are
 * blanks between words and behind quotes, but do not end a word.
 *
 * Words are unescaped where they stand: the result is never longer than the source, so it can lie in the same buffer.
 */
import type { Args } from "./args.ts";

const QUOTE = 34;
const APOSTROPHE = 39;
const BACKSLASH = 92;
const LOWER_X = 120;

const isBlank = (byte: number) => byte === 32 || (byte >= 9 && byte <= 13);
const endsWord = (byte: number) => isBlank(byte) && byte !== 11 && byte !== 12;

/** Splits `args.bytes[from, to)`; the ranges go to `first` and after. Returns the number of words, -1 for bad quotes. */
export function splitInline(args: Args, first: number, from: number, to: number): number {
  const bytes = args.bytes;
  let words = 0;
  let at = from;
  for (;;) {
    while (at < to && isBlank(bytes[at]!)) at++;
    if (at >= to) return words;
    const start = at;
    // Letters and digits, which most words are made of, stay as they are: above the apostrophe nothing has a meaning.
    while (at < to && bytes[at]! > APOSTROPHE) at++;
    let write = at;
    let quote = 0;
    for (; at < to; at++) {
      const byte = bytes[at]!;
      if (quote === 0) {
        if (endsWord(byte) || byte === 0) break;
        if (byte === QUOTE || byte === APOSTROPHE) quote = byte;
        else bytes[write++] = byte;
      } else if (byte === quote) {
        if (at + 1 < to && !isBlank(bytes[at + 1]!)) return -1;
        quote = 0;
        at++;
        break;
      } else if (byte === BACKSLASH && at + 1 < to && (quote === QUOTE || bytes[at + 1] === APOSTROPHE)) {
        at += quote === QUOTE ? escapeLength(bytes, at, to) - 1 : 1;
        bytes[write++] = quote === QUOTE ? escaped : APOSTROPHE;
      } else bytes[write++] = byte;
    }
    if (quote !== 0) return -1;
    args.reserve(first + words + 1);
    args.setRange(first + words++, start, write);
    // A NUL ends the line, as it does where strings are C strings.
    if (at < to && bytes[at] === 0) return words;
  }
}

/** The byte that the escape last measured stands for. */
let escaped = 0;

/** Length of the escape that begins with the backslash at `at`; its meaning goes to `escaped`. */
function escapeLength(bytes: Uint8Array, at: number, to: number): number {
  const kind = bytes[at + 1]!;
  if (kind === LOWER_X && at + 3 < to) {
    const high = hexValue(bytes[at + 2]!);
    const low = hexValue(bytes[at + 3]!);
    if (high >= 0 && low >= 0) {
      escaped = high * 16 + low;
      return 4;
    }
  }
  escaped = ESCAPES.get(kind) ?? kind;
  return 2;
}

const ESCAPES = new Map([
  [110, 10],
  [114, 13],
  [116, 9],
  [98, 8],
  [97, 7],
]);

function hexValue(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
