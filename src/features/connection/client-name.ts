/**
 * Names that clients give to themselves, their libraries and versions: printable ASCII without blanks, so that CLIENT LIST
 * stays readable by programs.
 */
import { BANG, TILDE } from "../../base/ascii.ts";
import type { Args } from "../../resp/args.ts";

export const NAME_REFUSED = "ERR Client names cannot contain spaces, newlines or special characters.";

/** Whether argument `i` may be such a name; empty means none. */
export function isValidName(args: Args, i: number): boolean {
  for (let at = args.start(i); at < args.end(i); at++) {
    const byte = args.bytes[at]!;
    if (byte < BANG || byte > TILDE) return false;
  }
  return true;
}
