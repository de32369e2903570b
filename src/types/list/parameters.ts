/**
 * How lists are encoded.
 */
import * as parameter from "../../base/parameter.ts";

/** Elements per node if positive; -1 to -5 mean 4, 8, 16, 32 or 64 kb per node. */
export const listMaxListpackSize = parameter.int("list-max-listpack-size", {
  default: -2,
  min: -parameter.intMax - 1,
  max: parameter.intMax,
  aliases: ["list-max-ziplist-size"],
});

/** Nodes at each end that are never compressed. Taken and shown, and without effect: here none is compressed. */
export const listCompressDepth = parameter.int("list-compress-depth", { default: 0, max: parameter.intMax });

export const parameters: readonly parameter.Parameter[] = [listMaxListpackSize, listCompressDepth];
