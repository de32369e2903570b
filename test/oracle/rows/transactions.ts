/**
 * The oracle asks: transactions. Most of them are whole (generate.ts makes them); these are the words out of their place,
 * and damaged ones.
 */
import { key, times } from "../arguments.ts";
import { exact } from "../compare.ts";
import { asIs, type Row, row } from "../row.ts";

export const transactionRows: Row[] = [
  asIs("MULTI", [], 1),
  asIs("EXEC", [], 4),
  asIs("DISCARD", [], 2),
  row("MULTI", [times(1, 2, key)], exact, { weight: 0.2 }),
  row("EXEC", [times(1, 2, key)], exact, { weight: 0.2 }),
  row("DISCARD", [times(1, 2, key)], exact, { weight: 0.2 }),
  row("WATCH", [times(1, 3, key)], exact, { weight: 4 }),
  row("UNWATCH", [], exact, { weight: 1 }),
];
