/**
 * A list as a row of packs (pack.ts), in one of two encodings, and nobody but this file knows which:
 *
 *     ALONE   one pack
 *     MANY    a sequence (struct/sequence.ts) of packs, each weighing as many as it has elements
 *
 * A list begins with one pack, and gets a sequence when a second one comes. It goes back when one small pack is left. No
 * pack is empty, unless the whole list is: then it has one empty listpack.
 *
 * Like a sequence's items, packs are reached through a place: one cursor for all lists, set by the seeking functions.
 */

import type { Ref } from "../../mem/mem.ts";
import * as mem from "../../mem/mem.ts";
import * as entry from "../../struct/entry.ts";
import * as listpack from "../../struct/listpack.ts";
import * as sequence from "../../struct/sequence.ts";
import * as gap from "./gap.ts";
import * as pack from "./pack.ts";

const ALONE = 0;
const MANY = 1;

/** The pack at the place, and how many elements it has. */
export let held: Ref = mem.NIL;
export let count = 0;
/** The sequence that the place is in; NIL where a pack is alone. Asking the entry again at each change takes 10 ns. */
let row: Ref = mem.NIL;

const isMany = (list: Ref) => entry.encoding(list) === MANY;

/** Elements of the list. */
export function length(list: Ref): number {
  const value = entry.outside(list);
  return isMany(list) ? sequence.count(value) : lengthAlone(value);
}

function lengthAlone(alone: Ref): number {
  return pack.isPlain(alone) ? 1 : listpack.length(alone);
}

// --- The place -----------------------------------------------------------------------------------------------------

function seekAlone(alone: Ref): void {
  row = mem.NIL;
  held = alone;
  count = lengthAlone(alone);
}

function takeItem(): void {
  held = sequence.item();
  count = sequence.weight();
}

/** Goes to the first pack, or to the last. */
export function seekEnd(list: Ref, isLast: boolean): void {
  const value = entry.outside(list);
  if (!isMany(list)) return seekAlone(value);
  row = value;
  if (isLast) sequence.seekLast(value);
  else sequence.seekFirst(value);
  takeItem();
}

/** Goes to the pack that holds element `index`, which exists; returns which of its elements that is. */
export function seek(list: Ref, index: number): number {
  const value = entry.outside(list);
  if (!isMany(list)) {
    seekAlone(value);
    return index;
  }
  row = value;
  const within = sequence.seekIndex(value, index);
  takeItem();
  return within;
}

/** Goes to the next pack, or to the one before. False when there is none; the place is lost then. */
export function step(list: Ref, isBack: boolean): boolean {
  if (!isMany(list)) return false;
  if (!(isBack ? sequence.previous() : sequence.next())) return false;
  takeItem();
  return true;
}

/** Whether the place is in a list of several packs. */
export const isInRow = () => row !== mem.NIL;

// --- Changes -------------------------------------------------------------------------------------------------------

/** Says that the pack at the place has so many elements now, and where it lies. */
export function set(list: Ref, changed: Ref, elements: number): void {
  if (row !== mem.NIL) sequence.setItem(row, changed, elements);
  else if (changed !== held) entry.setOutside(list, changed, 0);
  held = changed;
  count = elements;
}

/** Adds a pack beside the one at the place; the place is the new one then. */
export function insert(list: Ref, isAfter: boolean, added: Ref, elements: number): void {
  if (row === mem.NIL) toMany(list);
  if (isAfter) sequence.insertAfter(row, added, elements);
  else sequence.insertBefore(row, added, elements);
  held = added;
  count = elements;
}

function toMany(list: Ref): void {
  row = sequence.create();
  sequence.seekFirst(row);
  sequence.insertAfter(row, held, count);
  entry.setOutside(list, row, 0);
  entry.setEncoding(list, MANY);
}

/**
 * Frees the pack at the place. The place is the pack after it then, or (`isBack`) the one before; false when there is none,
 * and the place is lost. Of the last pack of a list an empty one is left.
 */
export function remove(list: Ref, isBack: boolean): boolean {
  mem.free(held);
  const value = entry.outside(list);
  if (!isMany(list) || sequence.items(value) === 1) {
    held = mem.NIL;
    set(list, listpack.create(), 0);
    return false;
  }
  sequence.remove(value);
  if (isBack && sequence.item() === mem.NIL) sequence.seekLast(value);
  else if (isBack && !sequence.previous()) return false;
  if (sequence.item() === mem.NIL) return false;
  takeItem();
  return true;
}

/** Lets the pack at the place and the one after it become one, if they may. The place stays, joined or not. */
export function joinNext(list: Ref): boolean {
  if (!isMany(list)) return false;
  const seq = entry.outside(list);
  const left = held;
  const leftCount = count;
  if (!sequence.next()) {
    sequence.seekLast(seq);
    return false;
  }
  const right = sequence.item();
  const rightCount = sequence.weight();
  if (!pack.mayJoin(left, leftCount, right, rightCount)) {
    sequence.previous();
    return false;
  }
  sequence.remove(seq);
  if (sequence.item() === mem.NIL) sequence.seekLast(seq);
  else sequence.previous();
  set(list, listpack.join(gap.close(left), gap.close(right)), leftCount + rightCount);
  return true;
}

/** As `joinNext`, with the pack before. The place is the pack that has the elements now. */
export function joinPrevious(list: Ref): void {
  if (!isMany(list)) return;
  if (!sequence.previous()) {
    sequence.seekFirst(entry.outside(list));
    return;
  }
  takeItem();
  if (joinNext(list)) return;
  sequence.next();
  takeItem();
}

/** Does without a sequence if one small pack is all there is. Called when packs were removed; the place is lost. */
export function settle(list: Ref): void {
  if (!isMany(list)) return;
  const seq = entry.outside(list);
  if (sequence.items(seq) > 1) return;
  sequence.seekFirst(seq);
  takeItem();
  if (!pack.isSmall(held, count)) return;
  sequence.drain(seq, 1, () => undefined);
  entry.setOutside(list, held, 0);
  entry.setEncoding(list, ALONE);
}

// --- Whole values --------------------------------------------------------------------------------------------------

/** Elements that a listpack's header can tell: a pack with more of them is never alone. */
const KNOWN_COUNT_MAX = 65_534;

/** Whether a pack with so many elements can do without a sequence. */
export const mayBeAlone = (elements: number) => elements <= KNOWN_COUNT_MAX;

/** Makes a sequence of packs the value of a list whose entry was just made. */
export function setValue(list: Ref, seq: Ref): void {
  sequence.seekFirst(seq);
  takeItem();
  const isAlone = sequence.items(seq) === 1 && mayBeAlone(count);
  if (isAlone) sequence.drain(seq, 1, () => undefined);
  entry.setOutside(list, isAlone ? held : seq, 0);
  entry.setEncoding(list, isAlone ? ALONE : MANY);
}

/** Makes a pack the value of a list whose entry was just made. */
export function setAlone(list: Ref, alone: Ref): void {
  entry.setOutside(list, alone, 0);
  entry.setEncoding(list, ALONE);
}

/** Number of packs. */
export function size(list: Ref): number {
  return isMany(list) ? sequence.items(entry.outside(list)) : 1;
}

/** Visits all packs in order. */
export function each(list: Ref, visit: (held: Ref, count: number) => void): void {
  const value = entry.outside(list);
  if (isMany(list)) sequence.each(value, visit);
  else visit(value, lengthAlone(value));
}

/** How many packs there are, and bytes in them. */
export function extent(list: Ref): { nodes: number; bytes: number } {
  let nodes = 0;
  let bytes = 0;
  each(list, (held) => {
    nodes++;
    bytes += pack.bytes(held);
  });
  return { nodes, bytes };
}

/** Gives `target`, whose encoding is the same, a copy of the list. */
export function copyTo(list: Ref, target: Ref): void {
  const value = entry.outside(list);
  if (!isMany(list)) return entry.setOutside(target, pack.copy(value), 0);
  const copied = sequence.create();
  sequence.seekFirst(copied);
  sequence.each(value, (item, weight) => sequence.insertAfter(copied, pack.copy(item), weight));
  entry.setOutside(target, copied, 0);
}

/** As `ValueType.release` and `releasing`. */
export function release(value: Ref, encoding: number, budget: number): boolean {
  if (encoding === MANY) return sequence.drain(value, budget, mem.free);
  mem.free(value);
  return true;
}

export function blocks(value: Ref, encoding: number, visit: (block: Ref) => void): void {
  if (encoding === MANY) {
    sequence.each(value, visit);
    sequence.blocks(value, visit);
  } else {
    visit(value);
  }
}
