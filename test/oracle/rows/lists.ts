/**
 * The oracle asks: lists.
 */
import type { Row } from "../row.ts";

export const listRows: Row[] = [];
