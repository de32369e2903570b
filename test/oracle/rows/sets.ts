/**
 * The oracle asks: sets.
 */
import type { Row } from "../row.ts";

export const setRows: Row[] = [];
