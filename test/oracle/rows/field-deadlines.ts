/**
 * The oracle asks: field-deadlines.
 */
import type { Row } from "../row.ts";

export const fieldDeadlineRows: Row[] = [];
