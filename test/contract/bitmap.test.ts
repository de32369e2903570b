/**
 * What holds for every string as a bitmap, whatever its encoding and wherever it lies: each command runs on each of them, is
 * compared with the bits as text, and announces what it changes.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { install } from "../../src/base/env.ts";
import * as events from "../../src/keyspace/events.ts";
import * as mem from "../../src/mem/mem.ts";
import { StrictBarrier } from "../support/strict-barrier.ts";
import { Here, type Step } from "../types/string/beside.ts";

const HUGE = `${"\0".repeat(5)}${"0123456789".repeat(4_000)}`;

/** Each kind of string: its value, and how it is made. */
const FORMS: Record<string, { value: string; make: Step[] }> = {
  "an int": { value: "1234", make: [["SET", "k", "1234"]] },
  embstr: { value: "\x80text\x01", make: [["SET", "k", "\x80text\x01"]] },
  empty: { value: "", make: [["SET", "k", ""]] },
  "a float": { value: "12", make: [["INCRBYFLOAT", "k", "12"]] },
  "raw by history": {
    value: "\xff\xff",
    make: [
      ["SET", "k", "\xff"],
      ["APPEND", "k", "\xff"],
    ],
  },
  "outside its entry": { value: HUGE, make: [["SET", "k", HUGE]] },
  "grown out of its entry": {
    value: `1${HUGE}`,
    make: [
      ["SET", "k", "1"],
      ["APPEND", "k", HUGE],
    ],
  },
};

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

const toBits = (text: string) => [...text].map((c) => c.charCodeAt(0).toString(2).padStart(8, "0")).join("");
const fromBits = (bits: string) =>
  (bits.match(/.{8}/g) ?? []).map((b) => String.fromCharCode(Number(`0b${b}`))).join("");
const onesIn = (bits: string) => bits.replaceAll("0", "").length;

for (const [name, { value, make }] of Object.entries(FORMS)) {
  describe(`a string that is ${name}`, () => {
    const bits = toBits(value);
    let barrier: StrictBarrier;
    beforeEach(() => {
      here.clear();
      for (const step of make) here.run(step);
      here.run(["GETEX", "k", "PXAT", "5000000"]);
      barrier = new StrictBarrier(() => new Set(["k", "r"].map((key) => here.entryOf(key))));
    });

    const run = (...step: string[]) => barrier.watch(step.join(" "), () => here.run(step).reply);
    const all = [0, 1, 7, 8, 17, bits.length - 9, bits.length - 1];
    const places = [...new Set(all)].filter((at) => at >= 0 && at < bits.length);

    test("is read bit by bit, counted and searched, and stays what it was", () => {
      const before = here.state("k");
      for (const at of places) expect(run("GETBIT", "k", `${at}`)).toBe(`:${bits[at]}\r\n`);
      for (const behind of [0, 1, 1000]) expect(run("GETBIT", "k", `${bits.length + behind}`)).toBe(":0\r\n");
      expect(run("BITCOUNT", "k")).toBe(`:${onesIn(bits)}\r\n`);
      for (const first of places) {
        expect(run("BITPOS", "k", "1", `${first}`, "-1", "BIT")).toBe(`:${bits.indexOf("1", first)}\r\n`);
        expect(run("BITPOS", "k", "0", `${first}`, "-1", "BIT")).toBe(`:${bits.indexOf("0", first)}\r\n`);
        for (const last of places) {
          const count = first <= last ? onesIn(bits.slice(first, last + 1)) : 0;
          expect(run("BITCOUNT", "k", `${first}`, `${last}`, "BIT")).toBe(`:${count}\r\n`);
        }
      }
      for (const at of places) {
        const field = bits.slice(at, at + 21).padEnd(21, "0");
        expect(run("BITFIELD", "k", "GET", "u21", `${at}`)).toBe(`*1\r\n:${Number(`0b${field}`)}\r\n`);
      }
      expect(here.state("k")).toEqual(before);
    });

    test("is written bit by bit, and becomes raw, with its deadline", () => {
      let model = bits;
      for (const at of [...places, bits.length, bits.length + 20, 400_000]) {
        model = model.padEnd(8 * (Math.floor(at / 8) + 1), "0");
        expect(run("SETBIT", "k", `${at}`, "1")).toBe(`:${model[at]}\r\n`);
        model = `${model.slice(0, at)}1${model.slice(at + 1)}`;
        expect(here.state("k")).toEqual({ value: fromBits(model), encoding: "raw", deadline: "5000000" });
      }
      for (const at of places) {
        expect(run("SETBIT", "k", `${at}`, "0")).toBe(":1\r\n");
        model = `${model.slice(0, at)}0${model.slice(at + 1)}`;
      }
      expect(here.state("k")?.value).toBe(fromBits(model));
    });

    test("holds integers at any offset", () => {
      let model = bits;
      for (const at of [...places, bits.length + 5, 300_000]) {
        model = model.padEnd(8 * Math.ceil((at + 37) / 8), "0");
        const old = Number(`0b${model.slice(at, at + 37)}`);
        expect(run("BITFIELD", "k", "SET", "u37", `${at}`, "98765432101")).toBe(`*1\r\n:${old}\r\n`);
        model = model.slice(0, at) + (98765432101).toString(2).padStart(37, "0") + model.slice(at + 37);
        expect(here.state("k")).toEqual({ value: fromBits(model), encoding: "raw", deadline: "5000000" });
      }
    });

    test("is combined with others, and is itself the destination", () => {
      here.run(["SET", "o", "\x0f\xf0".repeat(9_000)]);
      barrier = new StrictBarrier(() => new Set(["k", "o", "r"].map((key) => here.entryOf(key))));
      const other = toBits("\x0f\xf0".repeat(9_000));
      const length = Math.max(bits.length, other.length);
      const [a, b] = [bits.padEnd(length, "0"), other.padEnd(length, "0")];
      const both = (rule: (x: string, y: string) => boolean) =>
        [...a].map((x, i) => (rule(x, b[i]!) ? "1" : "0")).join("");
      const wanted = {
        AND: both((x, y) => x === "1" && y === "1"),
        OR: both((x, y) => x === "1" || y === "1"),
        XOR: both((x, y) => x !== y),
        DIFF: both((x, y) => x === "1" && y === "0"),
      };
      for (const [operation, result] of Object.entries(wanted)) {
        expect(run("BITOP", operation, "r", "k", "o")).toBe(`:${length / 8}\r\n`);
        expect(here.state("r")).toEqual({ value: fromBits(result), encoding: "raw", deadline: "-1" });
      }
      expect(run("BITOP", "NOT", "k", "k")).toBe(`:${value.length}\r\n`);
      const turned = [...bits].map((bit) => (bit === "1" ? "0" : "1")).join("");
      if (value === "") expect(here.state("k")).toBeUndefined();
      else expect(here.state("k")).toEqual({ value: fromBits(turned), encoding: "raw", deadline: "-1" });
    });

    test("is gone with its memory", () => {
      here.run(["SETBIT", "k", "300000", "1"]);
      here.run(["BITOP", "NOT", "r", "k"]);
      here.run(["GETDEL", "k"]);
      here.run(["BITOP", "OR", "r", "none"]);
      here.clear();
      const empty = mem.used.blocks;
      for (const step of make) here.run(step);
      here.run(["SETBIT", "k", "500000", "1"]);
      here.run(["BITOP", "XOR", "k", "k", "none", "k"]);
      here.clear();
      expect(mem.used.blocks).toBe(empty);
    });
  });
}
