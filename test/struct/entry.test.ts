/**
 * Entries in every combination of flags and lengths: what was written is what is read, and nothing runs into anything.
 */
import { expect, test } from "bun:test";
import { Region } from "../../src/base/region.ts";
import type { Ref } from "../../src/mem/mem.ts";
import * as mem from "../../src/mem/mem.ts";
import * as entry from "../../src/struct/entry.ts";
import { seededRandom } from "../support/random.ts";

const KEY_LENGTHS = [0, 1, 3, 8, 23, 24, 25, 255, 256, 65_534, 65_535, 65_536, 2 ** 20];
const INSIDE_LENGTHS = [0, 1, 7, 24, 1000, 32_767, 32_768];
const DEADLINES = [
  0n,
  1n,
  -1n,
  1_700_000_000_000n,
  2n ** 32n - 1n,
  2n ** 32n,
  2n ** 53n - 1n,
  2n ** 53n + 1n,
  2n ** 63n - 1n,
  -(2n ** 63n),
  -(2n ** 32n) - 1n,
];

const source = new Region(new Uint8Array(2 ** 21));
const random = seededRandom(7);
for (let i = 0; i < source.bytes.length; i += 4) new DataView(source.bytes.buffer).setUint32(i, random.below(2 ** 32));

/** Whether the bytes at `at` in the chunk of `ref` are those at `from` in the source. */
function sameBytes(ref: Ref, at: number, from: number, length: number): boolean {
  const here = Buffer.from(mem.chunkOf(ref).bytes.slice(at, at + length));
  return here.equals(Buffer.from(source.bytes.buffer, from, length));
}

interface Case {
  flags: number;
  key: number;
  inside: number;
  deadline: bigint;
  access: number;
}

function* cases(): Generator<Case> {
  let n = 0;
  for (const key of KEY_LENGTHS) {
    for (const out of [0, entry.OUTSIDE]) {
      for (const until of [0, entry.DEADLINE]) {
        for (const inside of out === 0 ? INSIDE_LENGTHS : [0]) {
          const flags = entry.flagsFor(n % 7, n % 4) | out | until;
          yield { flags, key, inside, deadline: DEADLINES[n % DEADLINES.length]!, access: (n * 7919) % 2 ** 24 };
          n++;
        }
      }
    }
  }
}

function write(one: Case, bytes: number): Ref {
  const ref = mem.alloc(bytes);
  entry.write(ref, one.flags, one.access, source, 5, 5 + one.key, one.inside);
  if ((one.flags & entry.DEADLINE) !== 0) entry.setDeadline(ref, one.deadline);
  if ((one.flags & entry.OUTSIDE) !== 0) entry.setOutside(ref, 0xfedc_ba98 as Ref, 0x7fff_fff1);
  const at = entry.insideStart(ref);
  mem.chunkOf(ref).bytes.set(source.bytes.slice(77, 77 + one.inside), at);
  return ref;
}

function check(ref: Ref, one: Case): void {
  expect(entry.type(ref)).toBe(one.flags & 7);
  expect(entry.encoding(ref)).toBe((one.flags >> 3) & 3);
  expect(entry.flags(ref) & ~entry.LONG_KEY).toBe(one.flags);
  expect((entry.flags(ref) & entry.LONG_KEY) !== 0).toBe(one.key > 65_535);
  expect(entry.access(ref)).toBe(one.access);
  expect(entry.keyLength(ref)).toBe(one.key);
  expect(sameBytes(ref, entry.keyStart(ref), 5, one.key)).toBe(true);
  expect(entry.hasKey(ref, source, 5, 5 + one.key)).toBe(true);
  expect(entry.hasKey(ref, source, 5, 6 + one.key)).toBe(false);
  if (one.key > 0) {
    expect(entry.hasKey(ref, source, 5, 4 + one.key)).toBe(false);
    expect(entry.hasKey(ref, source, 6, 6 + one.key)).toBe(false);
  }
  expect(entry.isOutside(ref)).toBe((one.flags & entry.OUTSIDE) !== 0);
  if (entry.isOutside(ref)) {
    expect(entry.outside(ref)).toBe(0xfedc_ba98 as Ref);
    expect(entry.outsideLength(ref)).toBe(0x7fff_fff1);
  } else {
    expect(entry.insideLength(ref)).toBe(one.inside);
    expect(sameBytes(ref, entry.insideStart(ref), 77, one.inside)).toBe(true);
  }
  expect(entry.hasDeadline(ref)).toBe((one.flags & entry.DEADLINE) !== 0);
  if (entry.hasDeadline(ref)) {
    expect(entry.deadlineBig(ref)).toBe(one.deadline);
    expect(entry.deadlineMs(ref)).toBe(Number(one.deadline));
  }
}

test("an entry takes what bytesFor says, and gives back what was written", () => {
  for (const one of cases()) {
    const bytes = entry.bytesFor(one.flags, one.key, one.inside);
    const parts = [entry.OUTSIDE, entry.DEADLINE].filter((part) => (one.flags & part) !== 0).length;
    expect(bytes).toBe(8 + 8 * parts + (one.key > 65_535 ? 8 : 0) + one.key + one.inside);
    const ref = write(one, bytes);
    check(ref, one);
    expect(entry.insideStart(ref) + one.inside - mem.byteOffset(ref)).toBe(bytes);
    mem.free(ref);
  }
});

test("one part can be changed, and the others stay", () => {
  for (const one of cases()) {
    const ref = write(one, entry.bytesFor(one.flags, one.key, one.inside));
    const changed = { ...one, access: one.access ^ 0xff_ffff };
    entry.setAccess(ref, changed.access);
    check(ref, changed);
    const encoding = (entry.encoding(ref) + 1) % 4;
    entry.setEncoding(ref, encoding);
    changed.flags = (changed.flags & ~(3 << 3)) | (encoding << 3);
    check(ref, changed);
    if (entry.hasDeadline(ref)) {
      for (const deadline of DEADLINES) {
        entry.setDeadline(ref, deadline);
        changed.deadline = deadline;
        check(ref, changed);
        if (Number.isSafeInteger(Number(deadline))) {
          entry.setDeadline(ref, Number(deadline));
          check(ref, changed);
        }
      }
    }
    if (!entry.isOutside(ref) && one.inside > 0) {
      changed.inside = one.inside - 1;
      entry.setInsideLength(ref, changed.inside);
      check(ref, changed);
    }
    mem.free(ref);
  }
});

test("hasShape is true of the same flags and lengths, and of nothing else", () => {
  for (const one of cases()) {
    const ref = write(one, entry.bytesFor(one.flags, one.key, one.inside));
    const { flags, key, inside } = one;
    const canStay = (flags & entry.OUTSIDE) === 0 && key <= 65_535;
    expect(entry.hasShape(ref, flags, key, inside)).toBe(canStay);
    expect(entry.hasShape(ref, flags ^ entry.DEADLINE, key, inside)).toBe(false);
    expect(entry.hasShape(ref, flags ^ (1 << 3), key, inside)).toBe(false);
    expect(entry.hasShape(ref, flags, key + 1, inside)).toBe(false);
    expect(entry.hasShape(ref, flags, key, inside + 1)).toBe(false);
    mem.free(ref);
  }
});

test("a value moves from one entry to another, whatever else they have", () => {
  for (const one of cases()) {
    const ref = write(one, entry.bytesFor(one.flags, one.key, one.inside));
    const other = { ...one, flags: one.flags ^ entry.DEADLINE };
    const target = mem.alloc(entry.bytesFor(other.flags, other.key, other.inside));
    entry.write(target, other.flags, other.access, source, 5, 5 + other.key, other.inside);
    if ((other.flags & entry.DEADLINE) !== 0) entry.setDeadline(target, other.deadline);
    entry.copyValue(ref, target);
    check(target, other);
    check(ref, one);
    mem.free(ref);
    mem.free(target);
  }
});

test("locate finds a string wherever it lies", () => {
  for (const one of cases()) {
    const ref = write(one, entry.bytesFor(one.flags, one.key, one.inside));
    const block = mem.alloc(50_000);
    if (entry.isOutside(ref)) entry.setOutside(ref, block, 44_444);
    const chunk = entry.locate(ref);
    expect(chunk).toBe(mem.chunkOf(entry.isOutside(ref) ? block : ref));
    expect(entry.valueStart).toBe(entry.isOutside(ref) ? mem.byteOffset(block) : entry.insideStart(ref));
    expect(entry.valueLength).toBe(entry.isOutside(ref) ? 44_444 : one.inside);
    mem.free(block);
    mem.free(ref);
  }
});
