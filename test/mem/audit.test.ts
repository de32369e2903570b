/**
 * The audit finds what it is for: each test commits one crime against the memory, and undoes it.
 */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { Audit } from "../../src/mem/audit.ts";
import { lists } from "../../src/mem/blocks.ts";
import { PAGE_SHIFT } from "../../src/mem/chunks.ts";
import type { Ref } from "../../src/mem/mem.ts";
import * as mem from "../../src/mem/mem.ts";
import { BUMP, FREE, field, KIND, LIVE, link, START, setField, unlink } from "../../src/mem/pages.ts";
import { liveBlocks } from "../support/live-blocks.ts";

let foreign: Ref[] = [];
let own: Ref[] = [];

beforeEach(() => {
  foreign = liveBlocks();
  own = [8, 8, 24, 100, 100, 100, 5000, 200_000].map((bytes) => mem.alloc(bytes));
});

afterEach(() => {
  expect(findings(own)).toEqual([]);
  for (const ref of own) mem.free(ref);
});

function findings(claimed: Iterable<Ref>): readonly string[] {
  const audit = new Audit();
  for (const ref of foreign) audit.claim(ref, "others");
  for (const ref of claimed) audit.claim(ref, "test");
  return audit.finish();
}

const spanOf = (ref: Ref) => field(ref >>> PAGE_SHIFT, START);

test("nothing, when all is well", () => {
  expect(findings(own)).toEqual([]);
});

test("a leak, of a small block and of a large one", () => {
  for (const lost of own) {
    const found = findings(own.filter((ref) => ref !== lost));
    expect(found).toContainEqual(
      expect.stringMatching(new RegExp(`span ${spanOf(lost)}: \\d+ live blocks, \\d+ with owners`)),
    );
    expect(found).toContainEqual(expect.stringContaining("are handed out"));
  }
});

test("a block with two owners", () => {
  for (const ref of own) expect(findings([...own, ref])).toContain(`test claims ${ref}, which has an owner already`);
});

test("a block that was freed and has an owner", () => {
  for (const i of [0, 2, 3, 6]) {
    const bytes = mem.capacity(own[i]!);
    const keep = mem.alloc(bytes);
    const freed = mem.alloc(bytes);
    mem.free(freed);
    expect(findings([...own, keep, freed])).toContain(`block ${freed} is free and has an owner`);
    mem.free(keep);
  }
});

test("a large block that was freed and has an owner", () => {
  const freed = mem.alloc(200 * mem.PAGE_BYTES);
  const page = freed >>> PAGE_SHIFT;
  mem.free(freed);
  expect(field(field(page, START), KIND)).toBe(0);
  expect(findings([...own, freed]).length).toBeGreaterThan(0);
});

test("owners of what is no block", () => {
  const none = [
    [mem.NIL, "is no block at all"],
    [0xffff_fff8 as Ref, "is no block at all"],
    [(own[3]! + 1) as Ref, "is not the start of a block"],
    [(own[7]! + 8192) as Ref, "is not the start of a block"],
  ] as const;
  for (const [ref, problem] of none) expect(findings([...own, ref])).toContain(`test claims ${ref}, which ${problem}`);
});

test("an owner of a block that was never handed out", () => {
  // Some span has room that nobody ever had; which one depends on the tests before.
  for (let bytes = 1000; own.every((ref) => field(spanOf(ref), BUMP) === 0); bytes += 500) own.push(mem.alloc(bytes));
  const never = field(spanOf(own.find((ref) => field(spanOf(ref), BUMP) !== 0)!), BUMP) >>> 0;
  expect(findings([...own, never as Ref])).toContain(`test claims ${never}, which was never handed out`);
});

test("wrong sums", () => {
  mem.used.bytes += 8;
  expect(findings(own)).toContainEqual(expect.stringMatching(/^\d+ bytes in use, counted/));
  mem.used.bytes -= 8;
  mem.used.blocks++;
  expect(findings(own)).toContainEqual(expect.stringContaining("are handed out"));
  mem.used.blocks--;
  mem.pageCounts.used--;
  expect(findings(own)).toContainEqual(expect.stringMatching(/pages in use, counted/));
  mem.pageCounts.used++;
  const span = spanOf(own[0]!);
  setField(span, LIVE, field(span, LIVE) - 1);
  expect(findings(own)).toContainEqual(expect.stringMatching(new RegExp(`span ${span}: \\d+ live and \\d+ free of`)));
  setField(span, LIVE, field(span, LIVE) + 1);
});

test("a free list that leads astray, and one that turns in a circle", () => {
  const freed = mem.alloc(100);
  mem.free(freed);
  const span = spanOf(freed);
  const next = mem.word(freed, 0);
  mem.setWord(freed, 0, own[7]!);
  expect(findings(own)).toContainEqual(expect.stringContaining(`free blocks of span ${span} lead to ${own[7]}`));
  mem.setWord(freed, 0, 0x5a5a5a5a);
  expect(findings(own)).toContainEqual(expect.stringContaining("which is in another"));
  mem.setWord(freed, 0, freed);
  expect(findings(own)).toContainEqual(expect.stringMatching(new RegExp(`span ${span}: \\d+ live and \\d+ free of`)));
  mem.setWord(freed, 0, next);
  expect(field(span, FREE) >>> 0).toBe(freed);
});

test("a span with room that is not in its list, and a full one that is", () => {
  // So many that one span is full, and another current.
  const many = Array.from({ length: 200 }, () => mem.alloc(5000));
  const kind = field(spanOf(many[0]!), KIND);
  const full = many.map(spanOf).find((span) => span !== lists.current[kind] && span !== spanOf(own[6]!))!;
  const inFull = many.filter((ref) => spanOf(ref) === full);
  link(lists.withRoom, kind, full);
  expect(findings([...own, ...many])).toContain(`span ${full} is in the list of those with room`);
  unlink(lists.withRoom, kind, full);
  mem.free(inFull[0]!);
  const left = many.filter((ref) => ref !== inFull[0]);
  expect(findings([...own, ...left])).toEqual([]);
  unlink(lists.withRoom, kind, full);
  expect(findings([...own, ...left])).toContain(`span ${full} is not in the list of those with room`);
  link(lists.withRoom, kind, full);
  for (const ref of left) mem.free(ref);
});

test("only the first hundred findings are kept", () => {
  const audit = new Audit();
  for (let i = 0; i < 300; i++) audit.complain(`finding ${i}`);
  expect(audit.findings.length).toBe(100);
});
