/**
 * The oracle asks: sorting.
 */
import type { Row } from "../row.ts";

export const sortingRows: Row[] = [];
