/**
 * The oracle asks: What doesn't exist.
 */
import { BOUNDARIES, key, oneOf, times, value } from "../arguments.ts";
import { exact } from "../compare.ts";
import { type Row, row } from "../row.ts";

export const unknownRows: Row[] = [
  row("NOSUCHCOMMAND", [times(0, 3, value)], exact, { weight: 1 }),
  row("nosuch\r\ncommand", [times(0, 30, oneOf(value, ...BOUNDARIES))], exact, { weight: 0.5 }),
  row("", [times(0, 1, value)], exact, { weight: 0.5 }),
  row("GETX", [key], exact, { weight: 0.5 }),
];
