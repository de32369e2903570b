import { afterAll, beforeAll, expect, test } from "bun:test";
import { Beside } from "./beside.ts";

let both: Beside;
beforeAll(async () => {
  both = await Beside.start();
});
afterAll(() => both.stop());

/** Integers at the limits of every way in which one is kept, and what only looks like an integer. */
const INTEGERS = [0n, 9n, 10n, 99n, 999_999_999n, 10n ** 9n, 2n ** 31n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n - 1n]
  .flatMap((value) => [value, -value])
  .concat(-(2n ** 63n))
  .map(String)
  .filter((text, i, all) => all.indexOf(text) === i);
const LOOKALIKES = ["", "-", "+1", "01", "-0", " 1", "1 ", "1.0", "1e3", "x", "9223372036854775808", "1\0"];

test("counts from every integer by every other", async () => {
  for (const value of INTEGERS) {
    const steps = INTEGERS.flatMap((by) => [
      ["SET", "k", value],
      ["INCRBY", "k", by],
      ["SET", "k", value],
      ["DECRBY", "k", by],
    ]);
    await both.compare([...steps, ["SET", "k", value], ["INCR", "k"], ["DECR", "k"], ["DECR", "k"]]);
  }
}, 60_000);

test("a missing key counts as 0", async () => {
  for (const by of INTEGERS)
    await both.compare([
      ["INCRBY", "a", by],
      ["DECRBY", "b", by],
    ]);
  await both.compare([
    ["INCR", "a"],
    ["DECR", "b"],
    ["INCRBYFLOAT", "c", "1.5"],
  ]);
});

test("refuses what is no integer, on either side", async () => {
  for (const text of LOOKALIKES) {
    await both.compare([
      ["SET", "k", text],
      ["INCR", "k"],
      ["DECRBY", "k", "2"],
    ]);
    await both.compare([
      ["SET", "k", "5"],
      ["INCRBY", "k", text],
      ["DECRBY", "k", text],
      ["INCRBY", "missing", text],
    ]);
  }
  await both.compare([
    ["LIST", "l"],
    ["INCR", "l"],
    ["INCRBY", "l", "x"],
    ["INCRBYFLOAT", "l", "x"],
  ]);
  await both.compare([["INCR"], ["INCR", "a", "b"], ["INCRBY", "a"], ["DECRBY", "a", "1", "2"], ["INCRBYFLOAT", "a"]]);
});

test("keeps the deadline, and counts in strings that grew", async () => {
  await both.compare([
    ["SET", "k", "9", "PXAT", "99999999999999"],
    ["INCR", "k"],
    ["INCRBY", "k", "1000000000000"],
    ["INCRBYFLOAT", "k", "0.25"],
    ["SET", "k", "1", "PXAT", "9007199254740993"],
    ["INCRBY", "k", "9223372036854775806"],
  ]);
  await both.compare([
    ["SET", "k", "1"],
    ["APPEND", "k", "2"],
    ["INCR", "k"],
    ["APPEND", "k", "x"],
    ["INCR", "k"],
  ]);
  await both.compare([
    ["SET", "k", "1"],
    ["APPEND", "k", ""],
    ["INCRBYFLOAT", "k", "1"],
    ["INCR", "k"],
  ]);
});

const FLOATS = [
  "0",
  "-0",
  "0.1",
  "1.5",
  "-1.5",
  "3.0e3",
  "1e-17",
  "123456789.123456789",
  "1e4000",
  "-1e4000",
  "1e17",
].concat("9223372036854775807", "0x1p3", "inf", "-inf", "nan", "1e5000", "1e-5000", " 1", "1 ", "", "x", "1.", ".5");

test("adds floats as Redis' long doubles do", async () => {
  for (const value of FLOATS) {
    const steps = FLOATS.flatMap((by) => [
      ["SET", "k", value],
      ["INCRBYFLOAT", "k", by],
    ]);
    await both.compare(steps);
  }
}, 60_000);

test("writes digits in place while their number stays", () => {
  const { here } = both;
  here.clear();
  here.run(["SET", "k", "10"]);
  const text = () => here.state("k")?.value;
  for (let i = 11; i < 100; i++) expect(here.run(["INCR", "k"]).reply).toBe(`:${i}\r\n`);
  expect(text()).toBe("99");
  here.run(["INCR", "k"]);
  expect(text()).toBe("100");
});
