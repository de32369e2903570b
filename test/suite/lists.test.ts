/** The lists beside the runner: their form, and how exclusions reach the harness. */
import { expect, test } from "bun:test";
import { leftOut, parseExclusions, readCommitted, readExclusions, readReal } from "./lists.ts";

test("an exclusion needs its reason", () => {
  expect(parseExclusions("# a comment\n\nunit/x | A | B test | later: B\n")).toEqual([
    { file: "unit/x", test: "A | B test", reason: "later: B" },
  ]);
  expect(() => parseExclusions("unit/x | a test")).toThrow("file | test | reason");
});

test("names go to the harness as they are, globs as regular expressions, tags as tags", () => {
  const exclusions = parseExclusions(
    "unit/x | exact (name)? | r\nunit/x | DEL * (big) | r\n* | tag:needs:repl | r\nunit/y | other | r",
  );
  expect(leftOut(exclusions, "unit/x")).toEqual({
    skipLines: ["exact (name)?", "/^DEL .* \\(big\\)$"],
    tags: ["-needs:repl"],
  });
  expect(leftOut(exclusions, "unit/xy")).toEqual({ skipLines: [], tags: ["-needs:repl"] });
});

test("what is committed is well-formed", () => {
  const real = readReal();
  const files = [...real.keys()];
  for (const { reason } of readExclusions()) expect(reason).toMatch(/^(later|unfair): ./);
  for (const [file, ok] of readCommitted()) {
    expect(files).toContain(file);
    expect(ok).toBeGreaterThan(0);
  }
});
