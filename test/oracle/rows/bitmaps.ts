/**
 * The oracle asks: bitmaps.
 */
import type { Row } from "../row.ts";

export const bitmapRows: Row[] = [];
