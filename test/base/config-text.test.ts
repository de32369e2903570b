/** The notation of configuration files. What the table holds was asked of redis-server 7.0.15. */
import { expect, test } from "bun:test";
import { fromUtf8, quote, splitArguments, utf8 } from "../../src/base/config-text.ts";
import { seededRandom, seedOfRun } from "../support/random.ts";

test.each([
  ["", []],
  ["  \t ", []],
  ["save 900 1", ["save", "900", "1"]],
  ['a "b c" d', ["a", "b c", "d"]],
  ['""', [""]],
  ["'' x", ["", "x"]],
  ['"\\x41\\n\\t\\a\\q\\""', ['A\n\t\x07q"']],
  ['"\\xZZ"', ["xZZ"]],
  ["'it\\'s \\n'", ["it's \\n"]],
  ['ab"c d"', ["abc d"]],
  ['"a', undefined],
  ["'a", undefined],
  ['"a"b', undefined],
  ['"a\\', undefined],
])("splits %j", (line, args) => {
  expect(splitArguments(line)).toEqual(args);
});

test("what is quoted is split back, whatever bytes it holds", () => {
  const random = seededRandom(seedOfRun());
  for (let round = 0; round < 500; round++) {
    const texts = Array.from({ length: random.between(1, 4) }, () => random.bytes(random.below(12)));
    expect(splitArguments(texts.map(quote).join(" ")), `SEED=${random.seed}`).toEqual(texts);
  }
});

test("text of a file is bytes, and UTF-8 survives both ways", () => {
  expect(utf8(fromUtf8("Grüße €"))).toBe("Grüße €");
  expect(quote(fromUtf8("é"))).toBe('"\\xc3\\xa9"');
});
