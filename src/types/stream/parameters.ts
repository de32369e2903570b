/**
 * How streams are encoded: a tree of nodes, each within these bounds (0 means no bound).
 */
import * as parameter from "../../base/parameter.ts";

export const streamNodeMaxBytes = parameter.memory("stream-node-max-bytes", { default: 4096 });
export const streamNodeMaxEntries = parameter.int("stream-node-max-entries", { default: 100 });

export const parameters: readonly parameter.Parameter[] = [streamNodeMaxBytes, streamNodeMaxEntries];
