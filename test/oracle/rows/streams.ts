/**
 * The oracle asks: streams.
 */
import type { Row } from "../row.ts";

export const streamRows: Row[] = [];
