/**
 * The oracle asks: dump.
 */
import type { Row } from "../row.ts";

export const dumpRows: Row[] = [];
