/**
 * The oracle asks: geo.
 */
import type { Row } from "../row.ts";

export const geoRows: Row[] = [];
