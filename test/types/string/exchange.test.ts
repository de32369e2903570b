import { afterAll, beforeAll, expect, test } from "bun:test";
import { Beside, type Step } from "./beside.ts";

let both: Beside;
beforeAll(async () => {
  both = await Beside.start();
});
afterAll(() => both.stop());

const STARTS: Step[][] = [
  [],
  [["SET", "k", "old"]],
  [["SET", "k", "old", "PXAT", "99999999999999"]],
  [["SET", "k", "x".repeat(40_000), "PXAT", "99999999999999"]],
  [["SET", "k", "old", "PXAT", "1"]],
  [["LIST", "k"]],
];

test("GETSET and GETDEL", async () => {
  for (const start of STARTS) {
    await both.compare([...start, ["GETSET", "k", "new"], ["GETSET", "k", "newer"]]);
    await both.compare([...start, ["GETDEL", "k"], ["GETDEL", "k"]]);
  }
  await both.compare([["GETSET", "k"], ["GETDEL"], ["GETDEL", "k", "l"], ["GETSET", "k", "1", "2"]]);
});

test("GETEX", async () => {
  const options = [[], ["PERSIST"], ["PXAT", "88888888888888"], ["EXAT", "1"], ["PXAT", "1"], ["EX", "0"], ["EX", "x"]]
    .concat([["EX"], ["KEEPTTL"], ["NX"], ["GET"], ["PERSIST", "PXAT", "5"], ["PXAT", "5", "PERSIST"], ["what"]])
    .concat([
      ["PERSIST", "PERSIST"],
      ["PXAT", "5", "PXAT", "88888888888888"],
      ["EX", "1", "PX", "1"],
      ["IFEQ", "old"],
    ]);
  for (const start of STARTS) {
    for (const option of options) await both.compare([...start, ["GETEX", "k", ...option], ["GET", "k"]]);
  }
  await both.compare([["SET", "k", "1"], ["GETEX", "k", "PXAT", "1"], ["GETEX"]], 3);
});

test("DELIFEQ deletes a string that is equal, and only that", () => {
  const { here } = both;
  here.clear();
  here.run(["MSET", "k", "old", "n", "12"]);
  here.run(["LIST", "l"]);
  expect(here.run(["DELIFEQ", "k", "new"])).toEqual({ reply: ":0\r\n", events: [], dirty: 0 });
  expect(here.run(["DELIFEQ", "k", "ol"]).reply).toBe(":0\r\n");
  expect(here.run(["DELIFEQ", "k", "old"])).toEqual({ reply: ":1\r\n", events: ["del k"], dirty: 1 });
  expect(here.run(["DELIFEQ", "k", "old"]).reply).toBe(":0\r\n");
  expect(here.run(["DELIFEQ", "n", "12"]).reply).toBe(":1\r\n");
  expect(here.run(["DELIFEQ", "l", "x"]).reply).toStartWith("-WRONGTYPE");
  expect(here.run(["DELIFEQ", "l"]).reply).toBe("-ERR wrong number of arguments for 'delifeq' command\r\n");
});
