/**
 * Functions that stay functions. The engine's compilers copy what a function calls into it, again at each level of calls, and
 * what loads values of all types has many levels: a load of 2,000,000 keys took 0.8 s of compiling beside 2.5 s of work, on one
 * processor. A large function that is called once per value is better compiled once, which saves 8 % of such a load.
 */
import * as jsc from "bun:jsc";

/** As Bun has it and its declarations do not. */
const { noInline } = jsc as unknown as { noInline?: (large: unknown) => void };

/** Says so of a function, before it is called for the first time. It is a wish: nothing depends on the outcome. */
export function outOfLine(large: unknown): void {
  noInline?.(large);
}
