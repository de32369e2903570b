import { afterAll, beforeAll, expect, test } from "bun:test";
import { protoMaxBulkLen } from "../../../src/resp/parameters.ts";
import { Beside, type Step } from "./beside.ts";

let both: Beside;
beforeAll(async () => {
  both = await Beside.start();
});
afterAll(() => both.stop());

/** A key that is missing, an int, a string inside and outside of its entry, with deadlines, and one of another type. */
const STARTS: Step[][] = [
  [],
  [["SET", "k", "1234"]],
  [["SET", "k", ""]],
  [["SET", "k", "text", "PXAT", "99999999999999"]],
  [["SET", "k", "x".repeat(32_760), "PXAT", "99999999999999"]],
  [["SET", "k", "x".repeat(40_000)]],
  [["SET", "k", "old", "PXAT", "1"]],
  [["LIST", "k"]],
];
const OFFSETS = ["0", "1", "7", "8", "31", "32", "33", "999", "262143", "262144", "320000", "-1", "x", "", "#1", "01"];
const FAR = ["4294967296", "4294967304", "9223372036854775807", "-9223372036854775808", "9223372036854775808"];

test("SETBIT and GETBIT, anywhere in anything", async () => {
  for (const start of STARTS) {
    for (const offset of OFFSETS) {
      const bits: Step[] = ["1", "1", "0", "0"].map((bit) => ["SETBIT", "k", offset, bit]);
      await both.compare([...start, ["GETBIT", "k", offset], ...bits, ["GETBIT", "k", offset]]);
      await both.compare([...start, ["SETBIT", "k", offset, "0"]]);
    }
  }
}, 60_000);

test("offsets beyond the limit are refused before anything is made", async () => {
  for (const offset of FAR) {
    await both.compare([
      ["SETBIT", "k", offset, "1"],
      ["GETBIT", "k", offset],
      ["BITFIELD", "k", "SET", "u8", offset, "1"],
      ["BITFIELD", "k", "GET", "u8", offset],
    ]);
  }
});

test("the limit is proto-max-bulk-len, to the byte", async () => {
  const before = protoMaxBulkLen.value;
  await both.there.configure("proto-max-bulk-len", "1048576");
  protoMaxBulkLen.value = 1048576;
  try {
    for (const offset of ["8388607", "8388608", "8388615", "#1048575", "#1048576", "#131071"]) {
      await both.compare([
        ["SETBIT", "k", offset, "1"],
        ["GETBIT", "k", offset],
        ["BITFIELD", "k", "SET", "i64", offset, "-2", "GET", "i64", offset],
        ["STRLEN", "k"],
      ]);
    }
  } finally {
    await both.there.configure("proto-max-bulk-len", "512mb");
    protoMaxBulkLen.value = before;
  }
}, 20_000);

test("checks its arguments in Redis' order", async () => {
  await both.compare([
    ["LIST", "l"],
    ["SETBIT", "l", "x", "y"],
    ["SETBIT", "l", "0", "y"],
    ["SETBIT", "l", "0", "2"],
    ["SETBIT", "l", "0", "-1"],
    ["SETBIT", "l", "0", "01"],
    ["SETBIT", "l", "0", "1"],
    ["GETBIT", "l", "x"],
    ["GETBIT", "l", "0"],
  ]);
  await both.compare([
    ["SETBIT", "k", "0"],
    ["SETBIT", "k", "0", "1", "1"],
    ["GETBIT", "k"],
    ["GETBIT", "k", "1", "1"],
  ]);
});

test("a string that grows bit by bit moves out of its entry and keeps what it holds", async () => {
  const steps: Step[] = [["SET", "k", "\xff\x01", "PXAT", "99999999999999"]];
  for (let offset = 20; offset < 600_000; offset = Math.ceil(offset * 1.7))
    steps.push(["SETBIT", "k", `${offset}`, "1"]);
  await both.compare([...steps, ["BITCOUNT", "k"]]);
});

test("a bit that does not change is no change, but a longer string is", () => {
  const { here } = both;
  here.clear();
  expect(here.run(["SETBIT", "k", "3", "0"])).toEqual({ reply: ":0\r\n", events: ["new k", "setbit k"], dirty: 1 });
  expect(here.run(["SETBIT", "k", "3", "0"])).toEqual({ reply: ":0\r\n", events: [], dirty: 0 });
  expect(here.run(["SETBIT", "k", "8", "0"])).toEqual({ reply: ":0\r\n", events: ["setbit k"], dirty: 1 });
  expect(here.run(["SETBIT", "k", "3", "1"])).toEqual({ reply: ":0\r\n", events: ["setbit k"], dirty: 1 });
  expect(here.state("k")).toEqual({ value: "\x10\0", encoding: "raw", deadline: "-1" });
});
