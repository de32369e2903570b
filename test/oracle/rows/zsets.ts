/**
 * The oracle asks: zsets.
 */
import type { Row } from "../row.ts";

export const zsetRows: Row[] = [];
