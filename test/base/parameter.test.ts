/**
 * One parameter of each kind. That every directive takes and refuses the same values as the real server, in the same
 * words, is tested in server/config/registry.test.ts; here is what CONFIG SET cannot reach.
 */
import { describe, expect, test } from "bun:test";
import * as parameter from "../../src/base/parameter.ts";

/** The text after setting, or the reason of the refusal. */
function set(cell: parameter.Parameter, ...args: string[]): string {
  const parsed = cell.parse(args);
  if (parsed instanceof parameter.Refusal) return parsed.reason;
  cell.store(parsed);
  return cell.text;
}

test("an integer beyond 2^53 is printed exactly, and read as the nearest number", () => {
  const cell = parameter.int("n", { default: 1 });
  expect(set(cell, "9223372036854775807")).toBe("9223372036854775807");
  expect(cell.value).toBe(2 ** 63);
  expect(set(cell, "9223372036854775808")).toBe("argument couldn't be parsed into an integer");
  expect(cell.text).toBe("9223372036854775807");
});

test("an octal number", () => {
  const cell = parameter.octal("mode", { default: 0, max: 0o777 });
  expect(set(cell, "0755")).toBe("755");
  expect(cell.value).toBe(0o755);
  expect(set(cell, "1000")).toBe("argument must be between 0 and 777 inclusive");
  expect(set(cell, "8")).toBe("argument couldn't be parsed as an octal number");
  expect(set(cell, "")).toBe("argument couldn't be parsed as an octal number");
});

test("bytes or percents", () => {
  const cell = parameter.memoryOrPercent("m", { default: 0 });
  expect([set(cell, "10%"), cell.value, cell.rewriteLines()]).toEqual(["10%", -10, ["m 10%"]]);
  expect([set(cell, "3mb"), cell.value, cell.rewriteLines()]).toEqual(["3145728", 3145728, ["m 3mb"]]);
  expect(set(cell, "101%")).toBe("percentage argument must be less or equal to 100");
});

describe("memory", () => {
  test.each([
    [0n, "0"],
    [1n, "1"],
    [1023n, "1023"],
    [1024n, "1kb"],
    [1536n * 1024n, "1536kb"],
    [1n << 40n, "1024gb"],
    [2n ** 64n - 1n, "18446744073709551615"],
  ])("%d bytes are written %s and read back", (bytes, text) => {
    expect(parameter.memoryUnits(bytes)).toBe(text);
    expect(parameter.parseMemory(text)).toBe(bytes);
  });
});

test("arguments: exactly one, unless the kind takes others", () => {
  const one = parameter.string("s", { default: "" });
  expect(set(one)).toBe("wrong number of arguments");
  expect(set(one, "a", "b")).toBe("wrong number of arguments");
  const many: parameter.Kind<number> = {
    multiArgument: true,
    parse: (args) => ({ value: args.length, text: String(args.length) }),
    parseRepeated: (args, current) => ({ value: current + args.length, text: String(current + args.length) }),
    print: String,
    rewrite: () => [],
  };
  const cell = parameter.special("many", many, { default: 0 });
  expect(set(cell)).toBe("0");
  expect(set(cell, "a", "b")).toBe("2");
  expect(cell.parse(["c"], true)).toEqual({ value: 3, text: "3" });
});

test("assign, snapshot, reset", () => {
  const cell = parameter.bool("b", { default: true });
  const before = cell.snapshot();
  cell.assign(false);
  expect([cell.value, cell.text, cell.isDefault()]).toEqual([false, "no", false]);
  cell.store(before);
  expect([cell.value, cell.text, cell.isDefault()]).toEqual([true, "yes", true]);
  cell.assign(false);
  cell.reset();
  expect(cell.isDefault()).toBe(true);
});

test("validation sees well-formed values only, and its words are the refusal", () => {
  const cell = parameter.int("even", { default: 0, validate: (value) => (value % 2 ? "must be even" : undefined) });
  expect(set(cell, "3")).toBe("must be even");
  expect(set(cell, "x")).toBe("argument couldn't be parsed into an integer");
  expect(set(cell, "4")).toBe("4");
});
