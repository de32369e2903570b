/**
 * How strings are encoded.
 */
import * as parameter from "../../base/parameter.ts";

/** A HyperLogLog stays sparse up to this size. */
export const hllSparseMaxBytes = parameter.memory("hll-sparse-max-bytes", { default: 3000 });

export const parameters: readonly parameter.Parameter[] = [hllSparseMaxBytes];
