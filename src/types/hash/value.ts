/**
 * The hash value: fields with values, all of them byte strings. It lies outside its entry, in one of three encodings, and
 * nobody but this file knows which:
 *
 *     LISTPACK   one listpack (struct/listpack.ts): field, value, field, value … in the order in which they were added
 *     TABLE      a table (struct/table.ts) of fields (field.ts)
 *     TIMED      the same, and the order in which fields expire (deadlines.ts), while at least one field has a deadline
 *
 * A hash begins as a listpack and becomes a table, for good, when it has more fields than hash-max-listpack-entries, a
 * field or value longer than hash-max-listpack-value, or a field with a deadline.
 *
 * A field past its deadline is not found, scanned or replaced any more, but is still there for those who go through all
 * fields (`length`, `each`, `pick`, `sample`) until it is removed: commands settle that first (access.ts).
 *
 * Commands name a field by the argument that it is, and read names and values through elements, which are borrowed until
 * the next call.
 */
import type { Region } from "../../base/region.ts";
import { hash as hashOf } from "../../base/siphash.ts";
import type { Database } from "../../keyspace/database.ts";
import * as events from "../../keyspace/events.ts";
import { isPast } from "../../keyspace/expiry.ts";
import * as hints from "../../keyspace/hints.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { HASH, type ValueType } from "../../keyspace/value-type.ts";
import * as mem from "../../mem/mem.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import {
  RDB_HASH,
  RDB_HASH_LISTPACK,
  RDB_HASH_LISTPACK_EX,
  RDB_HASH_LISTPACK_EX_EARLY,
  RDB_HASH_METADATA,
  RDB_HASH_METADATA_EARLY,
  RDB_HASH_VALKEY,
  RDB_HASH_ZIPLIST,
  RDB_HASH_ZIPMAP,
} from "../../rdb/types.ts";
import type { Args } from "../../resp/args.ts";
import * as entry from "../../struct/entry.ts";
import * as listpack from "../../struct/listpack.ts";
import { Element } from "../../struct/listpack.ts";
import * as table from "../../struct/table.ts";
import * as deadlines from "./deadlines.ts";
import * as field from "./field.ts";
import { hashMaxListpackEntries, hashMaxListpackValue } from "./parameters.ts";
import * as rdb from "./rdb.ts";
import { rewrite } from "./rewrite.ts";

export const LISTPACK = 0;
export const TABLE = 1;
export const TIMED = 2;

/** What DEBUG DIGEST adds to a field with a deadline. */
const TIMED_MARK = Buffer.from("!!hexpire!!", "latin1");

/** No listpack grows beyond this, whatever the parameters allow: one value of 512 MiB more must fit into a block. */
const LISTPACK_BYTES_MAX = 256 * 1024 * 1024;

/** What a visit, or `find`, is given: these two, each time. */
export type Visit = (name: Element, value: Element) => void;
const name = new Element();
const value = new Element();
/** The field that is visited; NIL in a listpack. */
let visited: Ref = NIL;

/** The value that `find` found. */
export const found: Element = value;

/** The table of the fields; NIL while they are in a listpack. */
export function tableOf(ref: Ref): Ref {
  return tableIn(entry.outside(ref), entry.encoding(ref));
}

function tableIn(held: Ref, encoding: number): Ref {
  if (encoding === TABLE) return held;
  return encoding === TIMED ? deadlines.tableOf(held) : NIL;
}

/** Whether a field of the hash has a deadline. */
export const isTimed = (ref: Ref) => entry.encoding(ref) === TIMED;

/** Gives the key in argument `i`, which does not exist, an empty hash; it may not stay empty. */
export function create(db: Database, args: Args, i: number): Ref {
  const block = listpack.create();
  const ref = keyspace.put(db, args, i, entry.flagsFor(HASH, LISTPACK) | entry.OUTSIDE, 0);
  entry.setOutside(ref, block, 0);
  return ref;
}

/** Number of fields. */
export function length(ref: Ref): number {
  const fields = tableOf(ref);
  return fields === NIL ? listpack.length(entry.outside(ref)) >> 1 : table.count(fields);
}

/** Fields that are past their deadlines and still there: hidden, while the clients are paused. */
function hidden(ref: Ref): number {
  return isTimed(ref) ? deadlines.countPast(entry.outside(ref)) : 0;
}

/** Number of fields that are not hidden. */
export function shown(ref: Ref): number {
  return length(ref) - hidden(ref);
}

/** The place, in a listpack, of the field in argument `i`. */
function placeOf(lp: Ref, args: Args, i: number): number {
  return listpack.find(lp, listpack.first(lp), 1, args.region, args.start(i), args.end(i));
}

/** Whether the hash has the field in argument `i`. */
export function has(ref: Ref, args: Args, i: number): boolean {
  const fields = tableOf(ref);
  if (fields === NIL) return placeOf(entry.outside(ref), args, i) !== listpack.NONE;
  return slotOf(fields, args, i) !== NIL;
}

/** The slot of the field in argument `i`; NIL when there is none, or its deadline has passed. */
function slotOf(fields: Ref, args: Args, i: number): Ref {
  const slot = hints.find(fields, args, i);
  return slot !== NIL && isPast(table.entryAt(slot)) ? NIL : slot;
}

/** Looks up the field in argument `i`; true when it is there, and `found` is its value. */
export function find(ref: Ref, args: Args, i: number): boolean {
  const fields = tableOf(ref);
  if (fields !== NIL) {
    const slot = slotOf(fields, args, i);
    if (slot === NIL) return false;
    field.readValue(table.entryAt(slot), value);
    return true;
  }
  const lp = entry.outside(ref);
  const place = placeOf(lp, args, i);
  if (place === listpack.NONE) return false;
  listpack.readText(lp, listpack.next(lp, place), value);
  return true;
}

/**
 * Sets the field in argument `i` to the bytes, which may not lie in this hash; a deadline that it had is gone. True when
 * the field is new. The entry does not move.
 */
export function set(ref: Ref, args: Args, i: number, source: Region, start: number, end: number): boolean {
  return store(ref, args, i, source, start, end, false);
}

/** As `set`, but the field keeps its deadline. */
export function change(ref: Ref, args: Args, i: number, source: Region, start: number, end: number): boolean {
  return store(ref, args, i, source, start, end, true);
}

function store(
  ref: Ref,
  args: Args,
  i: number,
  source: Region,
  start: number,
  end: number,
  keepsDeadline: boolean,
): boolean {
  if (entry.encoding(ref) === LISTPACK) {
    if (fitsListpack(ref, args.length(i), end - start)) return setInListpack(ref, args, i, source, start, end);
    toTable(ref);
  }
  const fields = tableOf(ref);
  const slot = hints.find(fields, args, i);
  if (slot === NIL) {
    const added = field.create(args.region, args.start(i), args.end(i), source, start, end);
    table.insert(fields, args.hash(i), added);
    return true;
  }
  const old = table.entryAt(slot);
  const isNew = isPast(old);
  if (isNew) tellExpired(undefined, ref, old);
  const wasTimed = entry.hasDeadline(old);
  if (wasTimed) unlink(ref, old);
  const held = field.setValue(old, source, start, end);
  if (held !== old) table.setEntry(fields, slot, held);
  if (wasTimed) putDeadline(ref, fields, slot, keepsDeadline && !isNew ? entry.deadlineMs(held) : Number.NaN);
  return isNew;
}

function fitsListpack(ref: Ref, nameLength: number, valueLength: number): boolean {
  const longest = hashMaxListpackValue.value;
  if (nameLength > longest || valueLength > longest) return false;
  return listpack.bytes(entry.outside(ref)) + nameLength + valueLength <= LISTPACK_BYTES_MAX;
}

function setInListpack(ref: Ref, args: Args, i: number, source: Region, start: number, end: number): boolean {
  const old = entry.outside(ref);
  const place = placeOf(old, args, i);
  let lp = old;
  if (place === listpack.NONE) {
    lp = listpack.append(lp, args.region, args.start(i), args.end(i));
    lp = listpack.append(lp, source, start, end);
  } else {
    lp = listpack.replace(lp, listpack.next(lp, place), source, start, end);
  }
  if (lp !== old) entry.setOutside(ref, lp, 0);
  if (listpack.length(lp) >> 1 > hashMaxListpackEntries.value) toTable(ref);
  return place === listpack.NONE;
}

/** Changes the encoding from listpack to table, which no field of has a deadline. */
function toTable(ref: Ref): void {
  const fields = table.create();
  each(ref, () => {
    const nameEnd = name.start + name.length;
    const added = field.create(name.region, name.start, nameEnd, value.region, value.start, value.start + value.length);
    table.insert(fields, hashOf(name.region.bytes, name.start, nameEnd), added);
  });
  mem.free(entry.outside(ref));
  entry.setOutside(ref, fields, 0);
  entry.setEncoding(ref, TABLE);
}

/** Removes the field in argument `i`; false when there was none. The hash may be empty then. */
export function remove(ref: Ref, args: Args, i: number): boolean {
  const fields = tableOf(ref);
  if (fields !== NIL) {
    const slot = slotOf(fields, args, i);
    if (slot === NIL) return false;
    removeSlot(ref, fields, slot);
    return true;
  }
  const lp = entry.outside(ref);
  const place = placeOf(lp, args, i);
  if (place === listpack.NONE) return false;
  const left = listpack.remove(lp, place, 2);
  if (left !== lp) entry.setOutside(ref, left, 0);
  return true;
}

function removeSlot(ref: Ref, fields: Ref, slot: Ref): void {
  const gone = table.entryAt(slot);
  if (entry.hasDeadline(gone)) {
    unlink(ref, gone);
    dissolveOrder(ref);
  }
  table.remove(fields, slot);
  field.release(gone);
}

/** The deadline of the field in argument `i` in ms since 1970: Infinity when it has none, NaN when there is no field. */
export function deadlineOf(ref: Ref, args: Args, i: number): number {
  const fields = tableOf(ref);
  if (fields === NIL) return has(ref, args, i) ? Number.POSITIVE_INFINITY : Number.NaN;
  const slot = slotOf(fields, args, i);
  if (slot === NIL) return Number.NaN;
  const held = table.entryAt(slot);
  return entry.hasDeadline(held) ? entry.deadlineMs(held) : Number.POSITIVE_INFINITY;
}

/**
 * Sets the deadline of the field in argument `i`, which exists, or clears it where that is NaN. That the key has to be
 * looked at in time is the caller's to see to (keyspace/expiry.ts, `scheduleElements`).
 */
export function setDeadline(ref: Ref, args: Args, i: number, deadlineMs: number): void {
  if (entry.encoding(ref) === LISTPACK) toTable(ref);
  if (!isTimed(ref)) {
    entry.setOutside(ref, deadlines.create(entry.outside(ref)), 0);
    entry.setEncoding(ref, TIMED);
  }
  const fields = tableOf(ref);
  const slot = hints.find(fields, args, i);
  const held = table.entryAt(slot);
  if (entry.hasDeadline(held)) unlink(ref, held);
  putDeadline(ref, fields, slot, deadlineMs);
}

/** Gives the field in a slot, which is not in the order of deadlines, a deadline, or none where that is NaN. */
function putDeadline(ref: Ref, fields: Ref, slot: Ref, deadlineMs: number): void {
  const old = table.entryAt(slot);
  const held = field.setDeadline(old, deadlineMs);
  if (held !== old) table.setEntry(fields, slot, held);
  if (Number.isNaN(deadlineMs)) dissolveOrder(ref);
  else deadlines.link(entry.outside(ref), held);
}

function unlink(ref: Ref, held: Ref): void {
  deadlines.unlink(entry.outside(ref), held);
}

/** Changes the encoding from timed to an ordinary table, if no field has a deadline any more. */
function dissolveOrder(ref: Ref): void {
  const block = entry.outside(ref);
  if (!deadlines.isEmpty(block)) return;
  entry.setOutside(ref, deadlines.tableOf(block), 0);
  entry.setEncoding(ref, TABLE);
  deadlines.releaseOrder(block, Number.POSITIVE_INFINITY);
  mem.free(block);
}

/** Visits all fields: in a listpack as they were added, else in no particular order. A visit may not change the hash. */
export function each(ref: Ref, visit: Visit): void {
  const fields = tableOf(ref);
  if (fields !== NIL) {
    table.entries(fields, (found) => visitField(found, visit));
    return;
  }
  const lp = entry.outside(ref);
  for (let at = listpack.first(lp); at !== listpack.NONE; ) {
    at = readPair(lp, at);
    visit(name, value);
  }
}

/** As `each`, but passes over those that are hidden. */
export function eachShown(ref: Ref, visit: Visit): void {
  if (hidden(ref) === 0) return each(ref, visit);
  table.entries(tableOf(ref), (found) => {
    if (!isPast(found)) visitField(found, visit);
  });
}

function visitField(found: Ref, visit: Visit): void {
  visited = found;
  field.readName(found, name);
  field.readValue(found, value);
  visit(name, value);
}

/** Reads the field at `at` and its value; the place of the next field. */
function readPair(lp: Ref, at: number): number {
  listpack.readText(lp, at, name);
  const valueAt = listpack.next(lp, at);
  listpack.readText(lp, valueAt, value);
  return listpack.next(lp, valueAt);
}

/**
 * Visits about `count` fields from the cursor on, and answers the cursor to go on from; 0 when all were visited. A listpack
 * is visited whole.
 */
export function scan(ref: Ref, cursor: number, count: number, visit: Visit): number {
  const fields = tableOf(ref);
  if (fields !== NIL) {
    return table.scan(fields, cursor, count, (found) => {
      if (!isPast(found)) visitField(found, visit);
    });
  }
  each(ref, visit);
  return 0;
}

/** Visits one field that is not hidden, each with the same probability. `below(n)` gives chance from 0 to n-1. */
export function pick(ref: Ref, below: (n: number) => number, visit: Visit): void {
  const fields = tableOf(ref);
  if (fields !== NIL) {
    visitField(pickFrom(fields, below), visit);
  } else {
    const lp = entry.outside(ref);
    readPair(lp, listpack.seek(lp, below(length(ref)) * 2));
    visit(name, value);
  }
}

function pickFrom(fields: Ref, below: (n: number) => number): Ref {
  for (;;) {
    const one = table.random(fields, below);
    if (!isPast(one)) return one;
  }
}

/** From here on a sample is better taken by walking through all fields than by picking one after the other. */
const PICKED_SHARE_MAX = 1 / 3;

/** Visits `count` different fields, fewer than there are shown, each choice of so many with the same probability. */
export function sample(ref: Ref, count: number, below: (n: number) => number, visit: Visit): void {
  const fields = tableOf(ref);
  let left = shown(ref);
  if (fields !== NIL && count < left * PICKED_SHARE_MAX) return sampleByPicking(fields, count, below, visit);
  let wanted = count;
  eachShown(ref, () => {
    if (below(left--) >= wanted) return;
    wanted--;
    visit(name, value);
  });
}

function sampleByPicking(fields: Ref, count: number, below: (n: number) => number, visit: Visit): void {
  const picked = new Set<Ref>();
  while (picked.size < count) {
    const one = pickFrom(fields, below);
    if (picked.has(one)) continue;
    picked.add(one);
    visitField(one, visit);
  }
}

/** Says that the field in an entry goes because its deadline has passed; without `db`, in the running command's. */
function tellExpired(db: Database | undefined, ref: Ref, held: Ref): void {
  const { elementExpired } = events.hooks;
  if (elementExpired === undefined) return;
  const key = entry.keyStart(ref);
  const start = entry.keyStart(held);
  const end = start + entry.keyLength(held);
  elementExpired(db, mem.chunkOf(ref), key, key + entry.keyLength(ref), mem.chunkOf(held), start, end);
}

/** Removes fields past their deadlines, in their order, at most `budget`. Returns how many. */
function removePast(db: Database, ref: Ref, budget: number): number {
  let removed = 0;
  for (; removed < budget && isTimed(ref); removed++) {
    const held = deadlines.first(entry.outside(ref));
    if (!isPast(held)) break;
    const fields = tableOf(ref);
    const chunk = mem.chunkOf(held);
    const start = entry.keyStart(held);
    const end = start + entry.keyLength(held);
    tellExpired(db, ref, held);
    removeSlot(ref, fields, table.find(fields, hashOf(chunk.bytes, start, end), chunk, start, end));
  }
  return removed;
}

/** Gives `target` a copy of a table of fields, with their deadlines if they are `timed`. */
function copyFields(fields: Ref, target: Ref, timed: boolean): void {
  const copies = table.create(table.count(fields));
  const held = timed ? deadlines.create(copies) : copies;
  table.scan(fields, 0, Number.POSITIVE_INFINITY, (found, hash) => {
    const copied = field.copy(found);
    table.insert(copies, hash, copied);
    if (entry.hasDeadline(copied)) deadlines.link(held, copied);
  });
  entry.setOutside(target, held, 0);
}

export const hashType: ValueType = {
  id: HASH,
  name: "hash",
  encodingName: (ref) => (entry.encoding(ref) === LISTPACK ? "listpack" : "hashtable"),
  length,
  elementTable: tableOf,
  copyOutside(ref, target) {
    const fields = tableOf(ref);
    if (fields !== NIL) copyFields(fields, target, isTimed(ref));
    else entry.setOutside(target, listpack.copy(entry.outside(ref)), 0);
  },
  blocks(ref, visit) {
    hashType.releasing(entry.outside(ref), entry.encoding(ref), visit);
  },
  release(held, encoding, budget) {
    if (encoding === TIMED && !deadlines.releaseOrder(held, budget)) return false;
    const fields = tableIn(held, encoding);
    if (fields !== NIL && !table.drain(fields, budget, field.release)) return false;
    if (encoding !== TABLE) mem.free(held);
    return true;
  },
  releasing(held, encoding, visit) {
    const fields = tableIn(held, encoding);
    if (fields !== NIL) {
      table.entries(fields, (found) => field.blocks(found, visit));
      table.blocks(fields, visit);
    }
    if (encoding === TIMED) deadlines.blocks(held, visit);
    else if (encoding === LISTPACK) visit(held);
  },
  deadlines: {
    kind: events.HASH,
    event: "hexpired",
    earliest: (ref) =>
      isTimed(ref) ? entry.deadlineMs(deadlines.first(entry.outside(ref))) : Number.POSITIVE_INFINITY,
    removePast,
  },
  digest(ref, digest) {
    each(ref, () => {
      digest.xorElement((element) => {
        element.mix(name.region.bytes, name.start, name.start + name.length);
        element.mix(value.region.bytes, value.start, value.start + value.length);
        if (isTimed(ref) && entry.hasDeadline(visited)) element.xor(TIMED_MARK, 0, TIMED_MARK.length);
      });
    });
  },
  field(ref, name, start, end, into) {
    const fields = tableOf(ref);
    if (fields !== NIL) {
      const slot = table.find(fields, hashOf(name.bytes, start, end), name, start, end);
      if (slot === NIL || isPast(table.entryAt(slot))) return false;
      field.readValue(table.entryAt(slot), into);
      return true;
    }
    const lp = entry.outside(ref);
    const place = listpack.find(lp, listpack.first(lp), 1, name, start, end);
    if (place === listpack.NONE) return false;
    listpack.readText(lp, listpack.next(lp, place), into);
    return true;
  },
  rdbTypes: [
    RDB_HASH,
    RDB_HASH_ZIPMAP,
    RDB_HASH_ZIPLIST,
    RDB_HASH_LISTPACK,
    RDB_HASH_METADATA_EARLY,
    RDB_HASH_LISTPACK_EX_EARLY,
    RDB_HASH_METADATA,
    RDB_HASH_LISTPACK_EX,
    RDB_HASH_VALKEY,
  ],
  rdbType: rdb.rdbType,
  save: rdb.save,
  load: rdb.load,
  rewrite,
};
