import { describe, expect, test } from "bun:test";
import { Region } from "../../src/base/region.ts";
import * as listpackCheck from "../../src/rdb/listpack-check.ts";
import { DAMAGED, TWICE, VALID } from "../../src/rdb/listpack-check.ts";
import { ListpackWriter } from "../../src/rdb/listpack-writer.ts";
import { Element } from "../../src/struct/listpack.ts";

const writer = new ListpackWriter();
const element = new Element();
/** Where the listpacks begin that are checked: not at the beginning of their buffer. */
const START = 3;

function listpackOf(texts: readonly string[]): Uint8Array {
  writer.begin();
  for (const text of texts) {
    const bytes = new Uint8Array(Buffer.from(text, "latin1"));
    element.point(new Region(bytes), 0, bytes.length);
    writer.add(element);
  }
  return writer.region.bytes.slice(0, writer.end());
}

function check(bytes: Uint8Array, step: number): number {
  const held = new Uint8Array(bytes.length + 2 * START);
  held.set(bytes, START);
  return listpackCheck.check(new Region(held), START, bytes.length, step);
}

const numbered = (count: number, name = "name:") => Array.from({ length: count }, (_, i) => `${name}${i}`);

describe("a listpack of somebody else's", () => {
  test("is told from damage, byte by byte", () => {
    const bytes = listpackOf(["a", "12", "x".repeat(100), "-70000", "y".repeat(5000)]);
    expect(check(bytes, 1)).toBe(VALID);
    expect(listpackCheck.elements).toBe(5);
    expect(listpackCheck.integers).toBe(2);
    expect(listpackCheck.longestName).toBe(5000);
    for (let length = 0; length < bytes.length; length += 7) expect(check(bytes.slice(0, length), 1)).toBe(DAMAGED);
    expect(check(bytes.with(4, 4), 1)).toBe(DAMAGED);
    expect(check(bytes.with(4, 6), 1)).toBe(DAMAGED);
    expect(check(bytes.with(8, 7), 1)).toBe(DAMAGED);
  });

  test("is empty, or has one element", () => {
    expect(check(listpackOf([]), 1)).toBe(VALID);
    expect(listpackCheck.elements).toBe(0);
    expect(check(listpackOf([""]), 1)).toBe(VALID);
    expect(listpackCheck.elements).toBe(1);
  });

  for (const count of [2, 8, 127, 128, 129, 3000, 70_000]) {
    test(`names each of ${count} elements once, or one of them twice`, () => {
      const names = numbered(count);
      expect(check(listpackOf(names), 1)).toBe(VALID);
      expect(listpackCheck.elements).toBe(count);
      for (const at of [0, (count - 1) >> 1, count - 2]) {
        expect(check(listpackOf(names.with(count - 1, names[at]!)), 1)).toBe(TWICE);
      }
      // What the one before has left in the table means nothing.
      expect(check(listpackOf(names), 1)).toBe(VALID);
    });
  }

  test("may have values, or no names at all, that are alike", () => {
    const pairs = numbered(50).flatMap((name) => [name, "same"]);
    expect(check(listpackOf(pairs), 2)).toBe(VALID);
    expect(check(listpackOf([...pairs, "name:7", "other"]), 2)).toBe(TWICE);
    expect(check(listpackOf(pairs), 1)).toBe(TWICE);
    expect(check(listpackOf(pairs), 0)).toBe(VALID);
  });

  test("names an integer twice that is spelled once", () => {
    const bytes = listpackOf(["12", "ab"]);
    expect(check(bytes, 1)).toBe(VALID);
    const spelled = bytes.with(bytes.length - 4, "1".charCodeAt(0)).with(bytes.length - 3, "2".charCodeAt(0));
    expect(check(spelled, 1)).toBe(TWICE);
  });

  test("says less elements than it has, or does not know how many they are", () => {
    const names = numbered(20);
    const bytes = listpackOf([...names, "name:3"]);
    expect(check(bytes.with(4, 2), 1)).toBe(DAMAGED);
    expect(check(bytes.with(4, 255).with(5, 255), 1)).toBe(TWICE);
    expect(check(listpackOf(names).with(4, 255).with(5, 255), 1)).toBe(VALID);
  });
});
