/**
 * One line of the oracle's table: a command, how its arguments are made, and how the two replies are compared.
 */
import type { Argument } from "./arguments.ts";
import { type Comparison, exact } from "./compare.ts";

/** One way to call one command. */
export interface Row {
  name: string;
  args: Argument[];
  compare: Comparison;
  /** How often, compared with the ordinary 10. */
  weight: number;
  /**
   * What random damage may do to a call: `any` argument replaced, dropped or added; `timeless`, the same but never putting a
   * near deadline in; `arity`, arguments only dropped or added; `never`, where a damaged call would stop or hang a server.
   */
  damage: "any" | "timeless" | "arity" | "never";
  /** Counted while the oracle runs: how often asked, and how often the reference answered with an error. */
  calls: number;
  errors: number;
}

export function row(name: string, args: Argument[], compare: Comparison, options: Partial<Row> = {}): Row {
  return { name, args, compare, weight: 10, damage: "any", calls: 0, errors: 0, ...options };
}

/** A row that is never damaged, seldom asked and must be the same byte for byte unless it says otherwise. */
export function asIs(name: string, args: Argument[], weight = 1, compare = exact): Row {
  return row(name, args, compare, { weight, damage: "never" });
}

// Options of rows.
export const timeless = { damage: "timeless" } as const;
export const arityOnly = { damage: "arity" } as const;
export const often = { weight: 30 };
export const seldom = { weight: 3 };
export const rare = { weight: 0.3 };
