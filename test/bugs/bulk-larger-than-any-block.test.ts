/**
 * With proto-max-bulk-len raised beyond what one block can hold, a client could announce a value that nothing can store,
 * and storing it ended the server. The parser refuses it as it refuses any length above the limit.
 */
import { expect, test } from "bun:test";
import { BLOCK_BYTES_MAX } from "../../src/mem/mem.ts";
import { protoMaxBulkLen } from "../../src/resp/parameters.ts";
import { Batch, parse, Torn } from "../../src/resp/parser.ts";

test("a bulk larger than any block is refused, whatever proto-max-bulk-len allows", () => {
  const allowed = protoMaxBulkLen.snapshot();
  protoMaxBulkLen.assign(4 * 2 ** 30);
  try {
    const outcome = (bytes: number): string | undefined => {
      const request = Buffer.from(`*2\r\n$4\r\nECHO\r\n$${bytes}\r\n`);
      const batch = new Batch();
      parse(batch, request, 0, request.length, new Torn(), true);
      return batch.error;
    };
    expect(outcome(BLOCK_BYTES_MAX)).toBeUndefined();
    expect(outcome(BLOCK_BYTES_MAX + 1)).toBe("Protocol error: invalid bulk length");
  } finally {
    protoMaxBulkLen.store(allowed);
  }
});
