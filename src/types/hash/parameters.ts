/**
 * How hashes are encoded: a small one in a listpack, a greater one in a table.
 */
import * as parameter from "../../base/parameter.ts";

export const hashMaxListpackEntries = parameter.int("hash-max-listpack-entries", {
  default: 512,
  aliases: ["hash-max-ziplist-entries"],
});
export const hashMaxListpackValue = parameter.memory("hash-max-listpack-value", {
  default: 64,
  aliases: ["hash-max-ziplist-value"],
});

export const parameters: readonly parameter.Parameter[] = [hashMaxListpackEntries, hashMaxListpackValue];
