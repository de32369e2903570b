/**
 * Client-side caching.
 */
import * as parameter from "../../base/parameter.ts";

/** The most keys remembered for invalidation; 0 means no limit. */
export const trackingTableMaxKeys = parameter.int("tracking-table-max-keys", { default: 1000000 });

export const parameters: readonly parameter.Parameter[] = [trackingTableMaxKeys];
