/**
 * A small array moves when it is asked for its `buffer`. Making a text of an argument did that, and what was then copied
 * by address (an argument of 24 bytes or more) came from where the bytes had been: found by the fuzzer, in EXEC.
 */
import { expect, test } from "bun:test";
import { toLatin1 } from "../../src/base/ascii.ts";
import { Region } from "../../src/base/region.ts";
import { Args } from "../../src/resp/args.ts";
import * as intset from "../../src/struct/intset.ts";

/** The address after somebody did something with the bytes, as it would be found anew. */
function stays(use: (region: Region) => void): boolean {
  const region = new Region(Buffer.copyBytesFrom(new Uint8Array(200).fill(65)));
  const before = region.address;
  use(region);
  region.aim(region.bytes);
  return region.address === before;
}

test("texts of arguments leave the input where it is", () => {
  expect(stays(({ bytes }) => void bytes.buffer)).toBe(false);
  expect(stays(({ bytes }) => void toLatin1(bytes, 0, 150))).toBe(true);
  expect(stays(({ bytes }) => void intset.isValid(bytes, 0, 150))).toBe(true);
  const args = new Args();
  const isSame = stays(({ bytes }) => {
    args.rebase(bytes);
    args.setRange(0, 0, 150);
    args.aim(0, 1);
    args.text(0);
    args.cString(0);
    args.copyOf(0);
  });
  expect(isSame).toBe(true);
});
