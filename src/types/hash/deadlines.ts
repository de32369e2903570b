/**
 * The deadlines of a hash's fields. A deadline itself stands in the field's entry, like that of a key. Beside the table of
 * its fields such a hash has the order in which they expire:
 *
 *     block   u32 table · u32 order      the order: a sequence (struct/sequence.ts) of the fields that have a deadline,
 *                                        by deadline, and by ref where deadlines are equal
 *
 * So the fields that are due are the first ones: they are found in one step however large the hash is, and the database's
 * wheel needs to know the earliest deadline only. RENAME and MOVE take the order along as it is. A wheel per hash would
 * take 64 KiB; here a field with a deadline takes about 20 bytes more than one without: 8 in its entry, 8 in the order,
 * and what is free in its nodes.
 *
 * Comparing by ref makes each place unique: a field is found in the order in a few steps even where a million of them
 * expire in the same millisecond. So a field must leave the order before its block does.
 */
import { isPast } from "../../keyspace/expiry.ts";
import * as mem from "../../mem/mem.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import * as entry from "../../struct/entry.ts";
import * as sequence from "../../struct/sequence.ts";

// Words of the block.
const TABLE = 0;
const ORDER = 1;
const BYTES = 8;

/** The block for a table of fields that are to have deadlines. None has one so far. */
export function create(fields: Ref): Ref {
  const block = mem.alloc(BYTES);
  mem.setWord(block, TABLE, fields);
  mem.setWord(block, ORDER, sequence.create());
  return block;
}

export function tableOf(block: Ref): Ref {
  return mem.refAt(block, TABLE);
}

/** The field that expires first; NIL when none has a deadline. */
export function first(block: Ref): Ref {
  sequence.seekFirst(mem.refAt(block, ORDER));
  return sequence.item();
}

/** Whether no field has a deadline any more. */
export function isEmpty(block: Ref): boolean {
  return sequence.items(mem.refAt(block, ORDER)) === 0;
}

/** How many fields are past their deadlines. */
export function countPast(block: Ref): number {
  let count = 0;
  let held = first(block);
  while (held !== NIL && isPast(held)) {
    count++;
    held = sequence.next() ? sequence.item() : NIL;
  }
  return count;
}

// What `isBefore` compares with.
let deadline = 0;
let ref: Ref = NIL;

function isBefore(other: Ref): boolean {
  const itsDeadline = entry.deadlineMs(other);
  return itsDeadline < deadline || (itsDeadline === deadline && other < ref);
}

/** Goes to the place of a field, where it is or would be. */
function seek(block: Ref, field: Ref): void {
  deadline = entry.deadlineMs(field);
  ref = field;
  sequence.search(mem.refAt(block, ORDER), isBefore);
}

/** Takes a field with a deadline into the order. */
export function link(block: Ref, field: Ref): void {
  seek(block, field);
  sequence.insertBefore(mem.refAt(block, ORDER), field, 1);
}

/** Takes a field out of the order; it still has the deadline under which it was linked. */
export function unlink(block: Ref, field: Ref): void {
  seek(block, field);
  sequence.remove(mem.refAt(block, ORDER));
}

const nothing = (): void => undefined;

/** Frees the order, about `budget` places of it. True when it is gone. */
export function releaseOrder(block: Ref, budget: number): boolean {
  const order = mem.refAt(block, ORDER);
  if (order === NIL) return true;
  if (!sequence.drain(order, budget, nothing)) return false;
  mem.touch(block);
  mem.setWord(block, ORDER, NIL);
  return true;
}

/** Visits the blocks of the order, and the block that leads to it. */
export function blocks(block: Ref, visit: (block: Ref) => void): void {
  const order = mem.refAt(block, ORDER);
  if (order !== NIL) sequence.blocks(order, visit);
  visit(block);
}
