/**
 * What holds for every string, whatever its encoding and wherever it lies: each behaviour runs for each of them, and is
 * compared with plain text.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { install } from "../../src/base/env.ts";
import * as events from "../../src/keyspace/events.ts";
import type { ValueDigest } from "../../src/keyspace/value-type.ts";
import * as mem from "../../src/mem/mem.ts";
import { stringType } from "../../src/types/string/value.ts";
import { latin1 } from "../support/resp.ts";
import { Here, type Step } from "../types/string/beside.ts";

interface Form {
  name: string;
  value: string;
  make: Step[];
  encoding: string;
  outside?: true;
}

const LONG = "0123456789".repeat(5);
const HUGE = "0123456789".repeat(4_000);

const FORMS: Form[] = [
  { name: "an int", value: "1234", make: [["SET", "k", "1234"]], encoding: "int" },
  { name: "the least int", value: `${-(2n ** 63n)}`, make: [["SET", "k", `${-(2n ** 63n)}`]], encoding: "int" },
  { name: "embstr", value: "text", make: [["SET", "k", "text"]], encoding: "embstr" },
  { name: "empty", value: "", make: [["SET", "k", ""]], encoding: "embstr" },
  { name: "a float", value: "12", make: [["INCRBYFLOAT", "k", "12"]], encoding: "embstr" },
  { name: "raw by length", value: LONG, make: [["SET", "k", LONG]], encoding: "raw" },
  {
    name: "raw by history",
    value: "12",
    make: [
      ["SET", "k", "1"],
      ["APPEND", "k", "2"],
    ],
    encoding: "raw",
  },
  { name: "outside the entry", value: HUGE, make: [["SET", "k", HUGE]], encoding: "raw", outside: true },
  {
    name: "grown out of the entry",
    value: `1${HUGE}`,
    make: [
      ["SET", "k", "1"],
      ["APPEND", "k", HUGE],
    ],
    encoding: "raw",
    outside: true,
  },
];

let here: Here;
beforeAll(() => {
  here = new Here();
});
afterAll(() => {
  here.clear();
  install();
  events.hooks.event = undefined;
  mem.setPoison(false);
});

const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`;
const run = (...step: string[]) => here.run(step).reply;

for (const { name, value, make, encoding, outside } of FORMS) {
  describe(`a string that is ${name}`, () => {
    beforeEach(() => {
      here.clear();
      for (const step of make) here.run(step);
    });

    test("is what was made", () => {
      expect(here.state("k")).toEqual({ value, encoding, deadline: "-1" });
      expect(here.isOutside("k")).toBe(outside === true);
    });

    test("is read whole and in parts", () => {
      expect(run("GET", "k")).toBe(bulk(value));
      expect(run("STRLEN", "k")).toBe(`:${value.length}\r\n`);
      expect(run("MGET", "k", "none")).toBe(`*2\r\n${bulk(value)}$-1\r\n`);
      for (const [first, last] of [
        [0, -1],
        [1, 2],
        [-3, -1],
        [value.length >> 1, value.length],
        [5, 1],
      ] as const) {
        const from = first < 0 ? Math.max(0, value.length + first) : first;
        const to = last < 0 ? Math.max(0, value.length + last) : last;
        expect(run("GETRANGE", "k", `${first}`, `${last}`)).toBe(bulk(value.slice(from, to + 1)));
      }
      expect(here.state("k")).toEqual({ value, encoding, deadline: "-1" });
    });

    test("grows at its end, and keeps its deadline", () => {
      run("GETEX", "k", "PXAT", "5000000");
      let model = value;
      for (const added of ["", "x", "y".repeat(100), "z".repeat(33_000)]) {
        model += added;
        expect(run("APPEND", "k", added)).toBe(`:${model.length}\r\n`);
        expect(here.state("k")).toEqual({ value: model, encoding: "raw", deadline: "5000000" });
      }
    });

    test("is overwritten in part, and keeps its deadline", () => {
      run("GETEX", "k", "PXAT", "5000000");
      let model = value;
      for (const offset of [0, 1, value.length, value.length + 10, 50_000]) {
        model = `${model.padEnd(offset, "\0").slice(0, offset)}new${model.slice(offset + 3)}`;
        expect(run("SETRANGE", "k", `${offset}`, "new")).toBe(`:${model.length}\r\n`);
        expect(here.state("k")).toEqual({ value: model, encoding: "raw", deadline: "5000000" });
      }
    });

    test("counts exactly if it is an integer, else stays as it is", () => {
      run("GETEX", "k", "PXAT", "5000000");
      if (/^-?[1-9][0-9]{0,18}$/.test(value)) {
        const sum = `${BigInt(value) + 1n}`;
        expect(run("INCR", "k")).toBe(`:${sum}\r\n`);
        expect(here.state("k")).toEqual({ value: sum, encoding: "int", deadline: "5000000" });
      } else {
        expect(run("INCR", "k")).toBe("-ERR value is not an integer or out of range\r\n");
        expect(here.state("k")).toEqual({ value, encoding, deadline: "5000000" });
      }
    });

    test("gives way to another, which is as new", () => {
      for (const { make: other, ...expected } of FORMS) {
        for (const step of make) here.run(step);
        run("GETEX", "k", "PXAT", "5000000");
        run("SET", "k", "");
        run("GETDEL", "k");
        for (const step of other) here.run(step);
        expect(here.state("k")).toEqual({ value: expected.value, encoding: expected.encoding, deadline: "-1" });
        run("SET", "k", value, "PXAT", "5000000");
        run("SET", "k", expected.value, "KEEPTTL");
        expect(here.state("k")?.value).toBe(expected.value);
        expect(here.state("k")?.deadline).toBe("5000000");
        run("GETDEL", "k");
      }
    });

    test("is compared byte by byte", () => {
      expect(run("SET", "k", "x", "IFEQ", `${value}x`)).toBe("$-1\r\n");
      if (value.length > 0) expect(run("DELIFEQ", "k", `${value.slice(0, -1)}x`)).toBe(":0\r\n");
      expect(run("DELIFEQ", "k", value)).toBe(":1\r\n");
    });

    test("is gone with its memory", () => {
      const held = mem.used.blocks;
      expect(run("GETDEL", "k")).toBe(bulk(value));
      expect(run("GET", "k")).toBe("$-1\r\n");
      expect(held - mem.used.blocks).toBe(outside === true ? 2 : 1);
    });

    test("shows itself through the type's interface", () => {
      const ref = here.entryOf("k");
      expect(stringType.length(ref)).toBe(value.length);
      const blocks: mem.Ref[] = [];
      stringType.blocks(ref, (block) => blocks.push(block));
      expect(blocks.length).toBe(outside === true ? 1 : 0);
      const mixed: string[] = [];
      const digest: ValueDigest = {
        mix: (bytes, start, end) => mixed.push(latin1(bytes, start, end)),
        xor: () => mixed.push("xor"),
        xorElement: () => mixed.push("element"),
      };
      stringType.digest(ref, digest);
      expect(mixed).toEqual([value]);
    });
  });
}
