import { expect, test } from "bun:test";
import { addressOf, discard, memcmp, memcpy, native } from "../../src/base/libc.ts";

const PAGE = 4096;

test.if(native)("memcpy and memcmp work on addresses", () => {
  const source = new Uint8Array([1, 2, 3, 200, 5]);
  const target = new Uint8Array(5);
  memcpy(addressOf(target) + 1, addressOf(source) + 2, 3);
  expect([...target]).toEqual([0, 3, 200, 5, 0]);
  const other = new Uint8Array([1, 2, 3, 100, 5]);
  expect(memcmp(addressOf(source), addressOf(other), 3)).toBe(0);
  expect(memcmp(addressOf(source), addressOf(other), 5)).toBeGreaterThan(0);
  expect(memcmp(addressOf(other), addressOf(source), 5)).toBeLessThan(0);
});

test("the address of a part is that of its first byte", () => {
  const whole = new Uint8Array(100);
  if (native) expect(addressOf(whole.subarray(40)) - addressOf(whole)).toBe(40);
  expect(addressOf(new Uint8Array(0))).toBe(0);
});

test.if(native && process.platform === "linux")(
  "discard gives pages back: they read as zeros, their neighbours stay",
  () => {
    const bytes = new Uint8Array(new SharedArrayBuffer(64 * 2 ** 20));
    bytes.fill(7);
    const from = (PAGE - (addressOf(bytes) % PAGE)) % PAGE;
    const before = process.memoryUsage.rss();
    const length = 48 * 2 ** 20;
    expect(discard(addressOf(bytes) + from + PAGE, length)).toBe(true);
    expect(before - process.memoryUsage.rss()).toBeGreaterThan(40 * 2 ** 20);
    expect([
      bytes[from + PAGE - 1],
      bytes[from + PAGE],
      bytes[from + PAGE + length - 1],
      bytes[from + PAGE + length],
    ]).toEqual([7, 0, 0, 7]);
    bytes[from + PAGE] = 9;
    expect(bytes[from + PAGE]).toBe(9);
  },
);

test.if(native && process.platform === "linux")("discard says so when the kernel refuses", () => {
  expect(discard(1, PAGE)).toBe(false);
});
