/**
 * The oracle asks: transactions.
 */
import type { Row } from "../row.ts";

export const transactionRows: Row[] = [];
