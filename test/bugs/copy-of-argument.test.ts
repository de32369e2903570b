/**
 * Sockets deliver Buffers, whose `slice` gives a view where that of a Uint8Array copies: what a command wanted to keep
 * changed with the input buffer.
 */
import { expect, test } from "bun:test";
import { Args } from "../../src/resp/args.ts";

test("a copy of an argument stays when the input buffer changes", () => {
  const input = Buffer.from("abcdef");
  const args = new Args();
  args.rebase(input);
  args.setRange(0, 1, 4);
  args.aim(0, 1);
  const copy = args.copyOf(0);
  input.fill(0);
  expect(copy).toEqual(new Uint8Array(Buffer.from("bcd")));
});
