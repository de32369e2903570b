/**
 * A database is one block, which leads to everything in it:
 *
 *     u32 table · u32 wheel (0 while nothing expires) · u32 entries with a deadline · u32 number
 *     u32 next wheel (0 unless the wheel is being made anew) · u32 cursor of the keys that it knows already
 *     u32 tokens that the wheel needed when it was made
 *
 * SWAPDB exchanges the contents of two such blocks, so that whoever holds the ref of a database never notices.
 */
import * as mem from "../mem/mem.ts";
import { NIL, type Ref } from "../mem/mem.ts";
import * as entry from "../struct/entry.ts";
import * as table from "../struct/table.ts";
import * as wheel from "../struct/wheel.ts";
import * as lazyFree from "./lazy-free.ts";
import { typeOf } from "./value-type.ts";

export type Database = Ref;

const TABLE = 0;
const WHEEL = 1;
const EXPIRES = 2;
const NUMBER = 3;
const NEXT_WHEEL = 4;
const CURSOR = 5;
const NEEDED = 6;
const BYTES = 28;

/** All databases, by number. */
export const databases: Database[] = [];

/** Makes the databases, once, at boot. */
export function open(count: number): void {
  while (databases.length < count) {
    const db = mem.allocZeroed(BYTES);
    mem.setWord(db, NUMBER, databases.length);
    mem.setWord(db, TABLE, table.create());
    databases.push(db);
  }
}

/** The table of all entries. */
export function tableOf(db: Database): Ref {
  return mem.refAt(db, TABLE);
}

/** The wheel of deadlines; NIL while no key has had one. */
export function wheelOf(db: Database): Ref {
  return mem.refAt(db, WHEEL);
}

export function setWheel(db: Database, wheel: Ref): void {
  mem.touch(db);
  mem.setWord(db, WHEEL, wheel);
}

/** The wheel that will take the place of the present one (keyspace/expiry.ts); NIL most of the time. */
export function nextWheelOf(db: Database): Ref {
  return mem.refAt(db, NEXT_WHEEL);
}

/** Cursor up to which the next wheel knows the keys. */
export function rebuildCursor(db: Database): number {
  return mem.word(db, CURSOR);
}

export function setNextWheel(db: Database, wheel: Ref, cursor: number): void {
  mem.touch(db);
  mem.setWord(db, NEXT_WHEEL, wheel);
  mem.setWord(db, CURSOR, cursor);
}

/** Tokens that the wheel had when it was made anew, each of them needed; 0 in a wheel that began empty. */
export function neededTokens(db: Database): number {
  return mem.word(db, NEEDED);
}

export function setNeededTokens(db: Database, count: number): void {
  mem.touch(db);
  mem.setWord(db, NEEDED, count);
}

export function numberOf(db: Database): number {
  return mem.word(db, NUMBER);
}

/** Keys in the database, those past their deadline but not yet removed among them. */
export function size(db: Database): number {
  return table.count(tableOf(db));
}

/** Keys that have a deadline. */
export function expires(db: Database): number {
  return mem.word(db, EXPIRES);
}

/** Counts entries with a deadline that come (1) or go (-1). */
export function addExpires(db: Database, difference: number): void {
  mem.touch(db);
  mem.setWord(db, EXPIRES, mem.word(db, EXPIRES) + difference);
}

/** Exchanges the contents of two databases. */
export function swap(a: Database, b: Database): void {
  mem.touch(a);
  mem.touch(b);
  for (const field of [TABLE, WHEEL, EXPIRES, NEXT_WHEEL, CURSOR, NEEDED]) {
    const held = mem.word(a, field);
    mem.setWord(a, field, mem.word(b, field));
    mem.setWord(b, field, held);
  }
}

/** Makes room for so many keys in a database, if it is empty. */
export function expectKeys(db: Database, count: number): void {
  if (size(db) > 0) return;
  table.drain(tableOf(db), 1, mem.free);
  mem.touch(db);
  mem.setWord(db, TABLE, table.create(count));
}

/** Visits every block of the database, entries and values among them (for the audit). */
export function blocks(db: Database, visit: (block: Ref) => void): void {
  table.entries(tableOf(db), (held) => {
    if (entry.isOutside(held)) typeOf(entry.type(held)).blocks(held, visit);
    visit(held);
  });
  table.blocks(tableOf(db), visit);
  for (const turning of [wheelOf(db), nextWheelOf(db)]) if (turning !== NIL) wheel.blocks(turning, visit);
  visit(db);
}

/** Empties a database at once; what it held is freed in slices. Returns the number of keys removed. */
export function flush(db: Database): number {
  const removed = size(db);
  const wheels = [wheelOf(db), nextWheelOf(db)];
  lazyFree.releaseTable(tableOf(db));
  for (const turning of wheels) if (turning !== NIL) lazyFree.releaseWheel(turning);
  mem.touch(db);
  mem.setWord(db, TABLE, table.create());
  mem.setWord(db, EXPIRES, 0);
  setWheel(db, NIL);
  setNextWheel(db, NIL, 0);
  setNeededTokens(db, 0);
  return removed;
}
