/**
 * What a client may send.
 */
import * as parameter from "../base/parameter.ts";

/** The longest argument of a command, in bytes. */
export const protoMaxBulkLen = parameter.memory("proto-max-bulk-len", { default: 512 * 1024 * 1024, min: 1024 * 1024 });

/** The most unparsed input a client may pile up, in bytes. */
export const clientQueryBufferLimit = parameter.memory("client-query-buffer-limit", {
  default: 1024 * 1024 * 1024,
  min: 1024 * 1024,
});

export const parameters: readonly parameter.Parameter[] = [protoMaxBulkLen, clientQueryBufferLimit];
