import { afterEach, expect, test } from "bun:test";
import * as time from "../../src/base/env.ts";

afterEach(() => time.install());

test("the clock of a batch stands still until it is told to go on", () => {
  let ms = 1000;
  time.install({ wallMs: () => ms, monotonicNs: () => ms * 1e6, random32: () => 7 });
  expect(time.nowMs).toBe(1000);
  ms = 2000;
  expect(time.nowMs).toBe(1000);
  expect(time.env.wallMs()).toBe(2000);
  time.tickClock();
  expect(time.nowMs).toBe(2000);
  expect(time.env.random32()).toBe(7);
});

test("the real world can be put back", () => {
  time.install({ wallMs: () => 5, monotonicNs: () => 5, random32: () => 5 });
  time.install();
  expect(Math.abs(time.nowMs - Date.now())).toBeLessThan(60_000);
  const first = time.env.monotonicNs();
  expect(time.env.monotonicNs()).toBeGreaterThanOrEqual(first);
  const numbers = new Set(Array.from({ length: 100 }, () => time.env.random32()));
  expect(numbers.size).toBeGreaterThan(90);
  for (const number of numbers) expect(Number.isInteger(number) && number >= 0 && number < 2 ** 32).toBe(true);
});
