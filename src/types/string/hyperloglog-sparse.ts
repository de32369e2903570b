/**
 * The sparse form of a HyperLogLog: runs of equal registers, by opcodes.
 *
 *     ZERO   00nnnnnn              n+1 registers of 0, up to 64
 *     XZERO  01nnnnnn nnnnnnnn     n+1 registers of 0, up to 16,384
 *     VAL    1vvvvvnn              n+1 registers of v+1: up to 4 registers, and up to 32
 *
 * Clients may compare the bytes, so a register is set by Redis' own steps: the opcode that covers it is split in up to
 * three, and then runs of VAL beside it are joined where they are equal.
 *
 * Strings are writable by anybody, so nothing is believed. What does not add up to 16,384 registers is CORRUPT, and so is an
 * opcode that is cut off by the end (Redis reads, and may write, the byte behind it).
 */
import * as dense from "./hyperloglog-dense.ts";
import { REGISTERS } from "./hyperloglog-dense.ts";

const XZERO = 0x40;
const VAL = 0x80;
const ZERO_RUN_MAX = 64;
const VAL_RUN_MAX = 4;
/** A register above this has no sparse form. */
const VAL_MAX = 32;

// What `prepare` has found out.
export const UNCHANGED = 0;
export const CHANGED = 1;
export const CORRUPT = 2;
export const NEEDS_DENSE = 3;

/** What `decode` takes for the run of an opcode that is cut off: more than there can be. */
export const CUT_OFF = REGISTERS + 1;

/** The opcode that `decode` has read: what its registers hold, how many they are, and its bytes. */
export let value = 0;
export let run = 0;
export let size = 0;

/** Reads the opcode at `at`. */
export function decode(bytes: Uint8Array, at: number, end: number): void {
  const first = bytes[at]!;
  size = 1;
  if ((first & VAL) !== 0) {
    value = ((first >> 2) & 0x1f) + 1;
    run = (first & 0x03) + 1;
    return;
  }
  value = 0;
  run = (first & 0x3f) + 1;
  if ((first & XZERO) === 0) return;
  size = 2;
  run = at + 1 < end ? (((first & 0x3f) << 8) | bytes[at + 1]!) + 1 : CUT_OFF;
}

const opcodeOfValue = (held: number, registers: number) => VAL | ((held - 1) << 2) | (registers - 1);

/** The change that `prepare` has worked out: the opcodes that take the place of the one at `at`. */
const change = {
  opcodes: new Uint8Array(5),
  length: 0,
  /** From the first opcode on, as all offsets here: the string may move in between. */
  at: 0,
  replaced: 0,
  /** The opcode before, where joining begins. */
  before: 0,
};

/** Bytes by which the string grows when the change is made, before runs are joined. */
export const growth = () => change.length - change.replaced;

/** Works out what raising a register to `count` takes; the opcodes are `bytes[start, end)`. */
export function prepare(bytes: Uint8Array, start: number, end: number, index: number, count: number): number {
  if (count > VAL_MAX) return NEEDS_DENSE;
  let at = start;
  let before = start;
  let first = 0;
  for (; ; at += size, first += run) {
    if (at >= end) return CORRUPT;
    decode(bytes, at, end);
    if (index < first + run) break;
    before = at;
  }
  if (run === CUT_OFF) return CORRUPT;
  if (value >= count) return UNCHANGED;
  change.at = at - start;
  change.before = before - start;
  change.replaced = size;
  change.length = 0;
  const after = first + run - 1 - index;
  if (index > first) addRun(value, index - first);
  addRun(count, 1);
  if (after > 0) addRun(value, after);
  return CHANGED;
}

function addRun(held: number, registers: number): void {
  const { opcodes } = change;
  if (held > 0) {
    opcodes[change.length++] = opcodeOfValue(held, registers);
  } else if (registers <= ZERO_RUN_MAX) {
    opcodes[change.length++] = registers - 1;
  } else {
    opcodes[change.length++] = XZERO | ((registers - 1) >> 8);
    opcodes[change.length++] = (registers - 1) & 0xff;
  }
}

/**
 * Makes the change. `end` is the end as `prepare` has seen it; there is room for `growth` more bytes. Answers the end that
 * the opcodes have now.
 */
export function apply(bytes: Uint8Array, start: number, end: number): number {
  const at = start + change.at;
  const next = at + change.replaced;
  const newEnd = end + growth();
  if (next < end) bytes.copyWithin(next + growth(), next, end);
  for (let i = 0; i < change.length; i++) bytes[at + i] = change.opcodes[i]!;
  return joinValues(bytes, start + change.before, newEnd);
}

/** How many opcodes Redis looks at for runs to join. */
const JOINING_STEPS = 5;

/** Joins runs of VAL that hold the same, from the opcode at `from` on. Answers the new end. */
function joinValues(bytes: Uint8Array, from: number, end: number): number {
  let newEnd = end;
  let at = from;
  for (let step = 0; step < JOINING_STEPS && at < newEnd; step++) {
    decode(bytes, at, newEnd);
    const held = value;
    const registers = run;
    const next = at + size;
    if (held > 0 && next < newEnd) {
      decode(bytes, next, newEnd);
      if (value === held && registers + run <= VAL_RUN_MAX) {
        bytes.copyWithin(at, next, newEnd);
        bytes[at] = opcodeOfValue(held, registers + run);
        newEnd--;
        continue;
      }
    }
    at = next;
  }
  return newEnd;
}

/** Raises each of `maxima`, a byte per register, to what the register here holds. False when the opcodes are corrupt. */
export function merge(bytes: Uint8Array, start: number, end: number, maxima: Uint8Array): boolean {
  let index = 0;
  for (let at = start; at < end; at += size, index += run) {
    decode(bytes, at, end);
    if (index + run > REGISTERS) return false;
    for (let k = index; k < index + run; k++) if (value > maxima[k]!) maxima[k] = value;
  }
  return index === REGISTERS;
}

/** Counts the registers by what they hold. False when the opcodes are corrupt. */
export function count(bytes: Uint8Array, start: number, end: number, histogram: Int32Array): boolean {
  let index = 0;
  for (let at = start; at < end; at += size, index += run) {
    decode(bytes, at, end);
    if (index + run > REGISTERS) return false;
    histogram[value]! += run;
  }
  return index === REGISTERS;
}

/** Sets dense registers, which are all 0, at `to`, to what the registers here hold. False when the opcodes are corrupt. */
export function toDense(bytes: Uint8Array, start: number, end: number, target: Uint8Array, to: number): boolean {
  let index = 0;
  for (let at = start; at < end; at += size, index += run) {
    decode(bytes, at, end);
    if (index + run > REGISTERS) return false;
    if (value > 0) for (let k = index; k < index + run; k++) dense.set(target, to, k, value);
  }
  return index === REGISTERS;
}
