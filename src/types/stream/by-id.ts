/**
 * Records of one size, ordered by the IDs that they begin with: what a consumer group has pending. They lie in packs, and
 * the packs in a sequence (struct/sequence.ts) in the order of their first records; while there is no record, there is no
 * sequence.
 *
 *     set     ref of the sequence · u32 records · u32 words of a record
 *     pack    u32 records · record · record …
 *     record  ID · words that mean nothing here
 *
 * A pack takes at most 2 KiB. Adding at the end leaves full packs behind; one that has become a quarter full joins the next
 * one if both fit into three quarters, or else gives back what it does not use; an empty one goes.
 *
 * A record that was found or added is reached through `pack` and `word`, until the set changes.
 */
import { move } from "../../base/region.ts";
import * as mem from "../../mem/mem.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import * as sequence from "../../struct/sequence.ts";
import { ID_WORDS, Id } from "./id.ts";

// Words of the set.
const PACKS = 0;
const RECORDS = 1;
const WIDTH = 2;
const SET_BYTES = 12;

// Words of a pack.
const COUNT = 0;
const FIRST = 1;
const PACK_BYTES_MAX = 2048;

/** The record that was found or added: its pack, and its first word there. */
export let pack: Ref = NIL;
export let word = 0;

const wanted = new Id();

/** An empty set of records of `width` words, the ID included. */
export function create(width: number): Ref {
  const set = mem.alloc(SET_BYTES);
  mem.setWord(set, PACKS, NIL);
  mem.setWord(set, RECORDS, 0);
  mem.setWord(set, WIDTH, width);
  return set;
}

/** Number of records. */
export function count(set: Ref): number {
  return mem.word(set, RECORDS) >>> 0;
}

const recordsMax = (width: number) => Math.floor((PACK_BYTES_MAX / 4 - FIRST) / width);
const bytesFor = (records: number, width: number) => (FIRST + records * width) * 4;
const roomOf = (held: Ref, width: number) => Math.floor((mem.capacity(held) / 4 - FIRST) / width);

// --- Finding ---------------------------------------------------------------------------------------------------------

/** Words of a record of the set at hand. */
let width = ID_WORDS;
/** The first word of a pack's last record. */
const lastWord = (held: Ref) => FIRST + (mem.word(held, COUNT) - 1) * width;
/** Whether the pack's last record is before the one wanted; a pack has at least one. */
const isBefore = (held: Ref) => wanted.compareAt(held, lastWord(held)) > 0;

/** Finds the record of this ID. */
export function find(set: Ref, id: Id): boolean {
  return seek(set, id) && id.compareAt(pack, word) === 0;
}

/** Finds the first record that is not before this ID; false when all are. */
export function seek(set: Ref, id: Id): boolean {
  const packs = mem.refAt(set, PACKS);
  if (packs === NIL) return false;
  wanted.copy(id);
  width = mem.word(set, WIDTH);
  sequence.search(packs, isBefore);
  pack = sequence.item();
  if (pack === NIL) return false;
  let low = 0;
  let high = mem.word(pack, COUNT) - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (id.compareAt(pack, FIRST + middle * width) > 0) low = middle + 1;
    else high = middle;
  }
  word = FIRST + low * width;
  return true;
}

/** Reads the ID of the last record, of a set that is not empty. */
export function readLast(set: Ref, id: Id): void {
  sequence.seekLast(mem.refAt(set, PACKS));
  const held = sequence.item();
  id.read(held, FIRST + (mem.word(held, COUNT) - 1) * mem.word(set, WIDTH));
}

/** Visits all records in order. A visit may not change the set. */
export function each(set: Ref, visit: (pack: Ref, word: number) => void): void {
  const packs = mem.refAt(set, PACKS);
  if (packs === NIL) return;
  const step = mem.word(set, WIDTH);
  sequence.each(packs, (held) => {
    const end = FIRST + mem.word(held, COUNT) * step;
    for (let at = FIRST; at < end; at += step) visit(held, at);
  });
}

// --- Changes ---------------------------------------------------------------------------------------------------------

/** Adds a record with this ID, or finds it: false when it was there. What follows the ID is the caller's to write. */
export function insert(set: Ref, id: Id): boolean {
  let packs = mem.refAt(set, PACKS);
  mem.touch(set);
  if (packs === NIL) {
    packs = sequence.create();
    mem.setWord(set, PACKS, packs);
  }
  sequence.seekLast(packs);
  pack = sequence.item();
  width = mem.word(set, WIDTH);
  if (pack === NIL || id.compareAt(pack, lastWord(pack)) > 0) {
    // The usual case: at the end.
    if (pack === NIL || mem.word(pack, COUNT) === recordsMax(width)) addPack(packs);
    word = FIRST + mem.word(pack, COUNT) * width;
  } else {
    seek(set, id);
    if (id.compareAt(pack, word) === 0) return false;
  }
  makeRoom(packs);
  id.write(pack, word);
  mem.setWord(set, RECORDS, mem.word(set, RECORDS) + 1);
  return true;
}

/** Adds an empty pack after the place, and makes it the one at hand. */
function addPack(packs: Ref): void {
  pack = mem.alloc(bytesFor(1, width));
  mem.setWord(pack, COUNT, 0);
  sequence.insertAfter(packs, pack, 1);
}

/** Makes room for a record at `word`. The place is at the pack. */
function makeRoom(packs: Ref): void {
  const records = mem.word(pack, COUNT);
  const most = recordsMax(width);
  if (records === most) {
    split(packs);
    return makeRoom(packs);
  }
  if (records === roomOf(pack, width)) {
    moveTo(packs, Math.min(records + 1 + (records >> 1), most));
  }
  mem.touch(pack);
  moveWords(pack, word + width, word, FIRST + records * width - word);
  mem.setWord(pack, COUNT, records + 1);
}

/** Moves the upper half of a full pack to a new one, and what is at hand with it. */
function split(packs: Ref): void {
  const left = pack;
  const records = mem.word(left, COUNT);
  const kept = records >> 1;
  const right = mem.alloc(bytesFor(recordsMax(width), width));
  copyWords(right, FIRST, left, FIRST + kept * width, (records - kept) * width);
  mem.setWord(right, COUNT, records - kept);
  mem.touch(left);
  mem.setWord(left, COUNT, kept);
  sequence.insertAfter(packs, right, 1);
  if (word >= FIRST + kept * width) {
    pack = right;
    word -= kept * width;
  } else sequence.previous();
}

/** Moves the pack to a block with room for so many records. The place is at the pack. */
function moveTo(packs: Ref, room: number): void {
  const old = pack;
  pack = mem.alloc(bytesFor(room, width));
  copyWords(pack, 0, old, 0, FIRST + mem.word(old, COUNT) * width);
  mem.free(old);
  sequence.setItem(packs, pack, 1);
}

/** Removes the record of this ID; false when there was none. */
export function remove(set: Ref, id: Id): boolean {
  if (!find(set, id)) return false;
  const packs = mem.refAt(set, PACKS);
  const records = mem.word(pack, COUNT) - 1;
  mem.touch(set);
  mem.setWord(set, RECORDS, mem.word(set, RECORDS) - 1);
  if (records === 0) {
    mem.free(pack);
    sequence.remove(packs);
    if (count(set) > 0) return true;
    sequence.drain(packs, 1, mem.free);
    mem.setWord(set, PACKS, NIL);
    return true;
  }
  mem.touch(pack);
  moveWords(pack, word, word + width, FIRST + (records + 1) * width - word - width);
  mem.setWord(pack, COUNT, records);
  tidy(packs, records);
  return true;
}

/** Sees to a pack that has lost a record. The place is at the pack. */
function tidy(packs: Ref, records: number): void {
  const most = recordsMax(width);
  if (records > most >> 2) return;
  const next = sequence.next() ? sequence.item() : NIL;
  if (next !== NIL && mem.word(next, COUNT) + records <= (most * 3) >> 2) {
    const joined = mem.word(next, COUNT) + records;
    const held = mem.alloc(bytesFor(joined, width));
    copyWords(held, FIRST, pack, FIRST, records * width);
    copyWords(held, FIRST + records * width, next, FIRST, (joined - records) * width);
    mem.setWord(held, COUNT, joined);
    sequence.setItem(packs, held, 1);
    sequence.previous();
    sequence.remove(packs);
    mem.free(pack);
    mem.free(next);
    return;
  }
  if (roomOf(pack, width) < records * 2) return;
  if (next === NIL) sequence.seekLast(packs);
  else sequence.previous();
  if (!mem.fits(pack, bytesFor(records, width))) moveTo(packs, records);
}

function moveWords(held: Ref, to: number, from: number, words: number): void {
  const base = mem.byteOffset(held);
  if (words > 0) move(mem.chunkOf(held), base + to * 4, base + from * 4, words * 4);
}

function copyWords(target: Ref, to: number, source: Ref, from: number, words: number): void {
  const output = mem.chunkOf(target).words;
  const input = mem.chunkOf(source).words;
  const at = mem.wordOffset(target) + to;
  const first = mem.wordOffset(source) + from;
  for (let i = 0; i < words; i++) output[at + i] = input[first + i]!;
}

// --- All of it -------------------------------------------------------------------------------------------------------

/** The same records in another set. */
export function copy(set: Ref): Ref {
  const copied = create(mem.word(set, WIDTH));
  if (count(set) === 0) return copied;
  const packs = sequence.create();
  mem.setWord(copied, PACKS, packs);
  mem.setWord(copied, RECORDS, count(set));
  const step = mem.word(set, WIDTH);
  sequence.each(mem.refAt(set, PACKS), (held) => {
    const words = FIRST + mem.word(held, COUNT) * step;
    const other = mem.alloc(words * 4);
    copyWords(other, 0, held, 0, words);
    sequence.seekLast(packs);
    sequence.insertAfter(packs, other, 1);
  });
  return copied;
}

/** Frees about `budget` packs of a set that nobody asks any more; true when the set is gone, too. */
export function drain(set: Ref, budget: number): boolean {
  const packs = mem.refAt(set, PACKS);
  if (packs !== NIL) {
    if (!sequence.drain(packs, budget, mem.free)) return false;
  }
  mem.free(set);
  return true;
}

/** Visits every block, those of a set that is being drained as well. */
export function blocks(set: Ref, visit: (block: Ref) => void): void {
  const packs = mem.refAt(set, PACKS);
  if (packs !== NIL) {
    sequence.each(packs, visit);
    sequence.blocks(packs, visit);
  }
  visit(set);
}
