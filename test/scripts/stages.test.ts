/** The sum that scripts/test ends with, read from what its stages print. */
import { expect, test } from "bun:test";
import { failuresIn, sumOf } from "../../scripts/stages.ts";

test("reads the summary of bun test, coloured or not", () => {
  expect(sumOf("\n \u001b[32m12 pass\u001b[0m\n 3 fail\n 40 expect() calls\n", false)).toEqual({
    passed: 12,
    failed: 3,
  });
});

test("reads our own last line, even if earlier ones look like it", () => {
  expect(sumOf("1 passed, 0 failed\n 7 pass\n200 passed, 2 failed\n", false)).toEqual({ passed: 200, failed: 2 });
});

test("a stage without figures counts as one", () => {
  expect(sumOf("Checked 12 files\n", true)).toEqual({ passed: 1, failed: 0 });
  expect(sumOf("segmentation fault\n", false)).toEqual({ passed: 0, failed: 1 });
});

test("a stage that ended badly has failed, whatever it printed", () => {
  expect(sumOf(" 5 pass\n 0 fail\n", false)).toEqual({ passed: 5, failed: 1 });
});

test("what failed is told with what stands before it, and without what passed", () => {
  const output =
    "(pass) one\nerror: expected 1\n  at a.test.ts:5\n\u001b[31m(fail) two\u001b[0m [1ms]\n(pass) three\n 2 pass\n";
  expect(failuresIn(output)).toBe("error: expected 1\n  at a.test.ts:5\n(fail) two [1ms]");
  expect(failuresIn(`${output}2 tests failed:\n(fail) two [1ms]\n`)).toBe(failuresIn(output));
  expect(failuresIn("12 files\nno such file\n")).toBe("12 files\nno such file");
});
