/**
 * How sorted sets are encoded: a small one in a listpack, a greater one in a tree.
 */
import * as parameter from "../../base/parameter.ts";

export const zsetMaxListpackEntries = parameter.int("zset-max-listpack-entries", {
  default: 128,
  aliases: ["zset-max-ziplist-entries"],
});
export const zsetMaxListpackValue = parameter.memory("zset-max-listpack-value", {
  default: 64,
  aliases: ["zset-max-ziplist-value"],
});

export const parameters: readonly parameter.Parameter[] = [zsetMaxListpackEntries, zsetMaxListpackValue];
