/**
 * Libraries of functions, as files have brought them: their code is kept and written again with all else, so that who comes from
 * Redis and goes back has lost nothing. Nothing here can run it yet.
 *
 *     #!lua name=mylib\n code …        the first line names the library
 */
import { toLatin1 } from "../base/ascii.ts";
import { splitArguments } from "../base/config-text.ts";

export const libraries = {
  /** The code of each. There are few, and they are no data: they need not lie in `mem`. */
  code: [] as readonly Uint8Array[],
};

/** Keeps a library. False when there is one of this name, and it may not be replaced. */
export function keepLibrary(code: Uint8Array, replaces: boolean): boolean {
  const name = nameOf(code);
  const others = libraries.code.filter((other) => nameOf(other) !== name);
  if (others.length < libraries.code.length && !replaces) return false;
  libraries.code = [...others, code];
  return true;
}

export function forgetLibrary(name: string): void {
  libraries.code = libraries.code.filter((code) => nameOf(code) !== name);
}

/** The name as Redis reads it: words may be quoted, and `name` may be written in any case. */
function nameOf(code: Uint8Array): string {
  const end = code.indexOf(10);
  const line = toLatin1(code, 0, end < 0 ? code.length : end);
  const word = splitArguments(line)?.findLast((word) => /^name=/i.test(word));
  return word === undefined ? line : word.slice("name=".length);
}
