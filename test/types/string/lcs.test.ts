import { afterAll, beforeAll, test } from "bun:test";
import { protoMaxBulkLen } from "../../../src/resp/parameters.ts";
import { seededRandom, seedOfRun } from "../../support/random.ts";
import { Beside, type Step } from "./beside.ts";

let both: Beside;
beforeAll(async () => {
  both = await Beside.start();
});
afterAll(() => both.stop());

const FORMS = [
  [],
  ["LEN"],
  ["IDX"],
  ["IDX", "WITHMATCHLEN"],
  ["idx", "MINMATCHLEN", "2"],
  ["MINMATCHLEN", "-5", "IDX"],
];
const allForms = (): Step[] => FORMS.map((form) => ["LCS", "a", "b", ...form]);

test("known pairs, in every form", async () => {
  for (const [a, b] of [
    ["ohmytext", "mynewtext"],
    ["", "abc"],
    ["abc", "abc"],
    ["12345", "2 4"],
    ["aaaa", "aa"],
    ["abc", "xyz"],
    ["xabcx", "yabcy"],
  ] as const) {
    await both.compare([["MSET", "a", a, "b", b], ...allForms()]);
    await both.compare([["MSET", "a", a, "b", b], ...allForms()], 3);
  }
  await both.compare(allForms());
  await both.compare([["SET", "a", "x"], ...allForms()]);
});

test("random pairs of few letters: which of equal answers it is", async () => {
  const random = seededRandom(seedOfRun());
  console.log(`SEED=${random.seed}`);
  const text = () => Array.from({ length: random.below(60) }, () => random.pick(["a", "b", "c"])).join("");
  for (let round = 0; round < 100; round++) await both.compare([["MSET", "a", text(), "b", text()], ...allForms()]);
}, 30_000);

test("refuses what Redis refuses", async () => {
  await both.compare([
    ["LIST", "l"],
    ["SET", "a", "1"],
    ["LCS", "a", "l"],
    ["LCS", "l", "a", "what"],
    ["LCS", "l", "l"],
  ]);
  await both.compare([
    ["LCS", "a"],
    ["LCS", "a", "b", "IDX", "LEN"],
    ["LCS", "a", "b", "LEN", "IDX", "what"],
  ]);
  await both.compare([
    ["LCS", "a", "b", "MINMATCHLEN"],
    ["LCS", "a", "b", "MINMATCHLEN", "x"],
    ["LCS", "a", "b", "IDX", ""],
  ]);
  await both.compare([
    ["MSET", "a", "x".repeat(12_000), "b", "y".repeat(12_000)],
    ["LCS", "a", "b", "LEN"],
  ]);
});

test("the table may take proto-max-bulk-len bytes, and not one more", async () => {
  const before = protoMaxBulkLen.value;
  await both.there.configure("proto-max-bulk-len", "1048576");
  protoMaxBulkLen.value = 1048576;
  try {
    // 512 * 512 cells of four bytes are exactly that.
    await both.compare([
      ["MSET", "a", "x".repeat(511), "b", "x".repeat(511)],
      ["LCS", "a", "b", "LEN"],
    ]);
    await both.compare([
      ["MSET", "a", "x".repeat(512), "b", "x".repeat(511)],
      ["LCS", "a", "b", "LEN"],
    ]);
  } finally {
    protoMaxBulkLen.value = before;
    await both.there.configure("proto-max-bulk-len", "536870912");
  }
});
