import { expect, test } from "bun:test";
import { assert, Broken, unreachable } from "../../src/base/assert.ts";

test("assert throws Broken with its message, and only when the condition fails", () => {
  expect(() => assert(true, "fine")).not.toThrow();
  expect(() => assert(1 > 2, "order of numbers")).toThrow(new Broken("order of numbers"));
});

test("Broken can be told from an ordinary error", () => {
  let caught: unknown;
  try {
    unreachable("no such branch");
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(Broken);
  expect(caught).toBeInstanceOf(Error);
  expect((caught as Broken).name).toBe("Broken");
  expect((caught as Broken).message).toBe("no such branch");
});
