/**
 * The oracle asks: hyperloglog.
 */
import type { Row } from "../row.ts";

export const hyperloglogRows: Row[] = [];
