/**
 * The hash value: fields with values, all of them byte strings. It lies outside its entry, in one of two encodings, and
 * nobody but this file knows which:
 *
 *     LISTPACK   one listpack (struct/listpack.ts): field, value, field, value … in the order in which they were added
 *     TABLE      a table (struct/table.ts) of fields (field.ts)
 *
 * A hash begins as a listpack and becomes a table, for good, when it has more fields than hash-max-listpack-entries or a
 * field or value longer than hash-max-listpack-value.
 *
 * Commands name a field by the argument that it is, and read names and values through elements, which are borrowed until
 * the next call.
 */
import type { Region } from "../../base/region.ts";
import { hash as hashOf } from "../../base/siphash.ts";
import type { Database } from "../../keyspace/database.ts";
import * as hints from "../../keyspace/hints.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { HASH, type ValueType } from "../../keyspace/value-type.ts";
import * as mem from "../../mem/mem.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import * as entry from "../../struct/entry.ts";
import * as listpack from "../../struct/listpack.ts";
import { Element } from "../../struct/listpack.ts";
import * as table from "../../struct/table.ts";
import * as field from "./field.ts";
import { hashMaxListpackEntries, hashMaxListpackValue } from "./parameters.ts";

const LISTPACK = 0;
const TABLE = 1;

/** No listpack grows beyond this, whatever the parameters allow: one value of 512 MiB more must fit into a block. */
const LISTPACK_BYTES_MAX = 256 * 1024 * 1024;

/** What a visit, or `find`, is given: these two, each time. */
export type Visit = (name: Element, value: Element) => void;
const name = new Element();
const value = new Element();

/** The value that `find` found. */
export const found: Element = value;

const isTable = (ref: Ref) => entry.encoding(ref) === TABLE;

/** Gives the key in argument `i`, which does not exist, an empty hash; it may not stay empty. */
export function create(db: Database, args: Args, i: number): Ref {
  const block = listpack.create();
  const ref = keyspace.put(db, args, i, entry.flagsFor(HASH, LISTPACK) | entry.OUTSIDE, 0);
  entry.setOutside(ref, block, 0);
  return ref;
}

/** Number of fields. */
export function length(ref: Ref): number {
  const held = entry.outside(ref);
  return isTable(ref) ? table.count(held) : listpack.length(held) >> 1;
}

/** The place, in a listpack, of the field in argument `i`. */
function placeOf(lp: Ref, args: Args, i: number): number {
  return listpack.find(lp, listpack.first(lp), 1, args.region, args.start(i), args.end(i));
}

/** Whether the hash has the field in argument `i`. */
export function has(ref: Ref, args: Args, i: number): boolean {
  const held = entry.outside(ref);
  return isTable(ref) ? hints.find(held, args, i) !== NIL : placeOf(held, args, i) !== listpack.NONE;
}

/** Looks up the field in argument `i`; true when it is there, and `found` is its value. */
export function find(ref: Ref, args: Args, i: number): boolean {
  const held = entry.outside(ref);
  if (isTable(ref)) {
    const slot = hints.find(held, args, i);
    if (slot === NIL) return false;
    field.readValue(table.entryAt(slot), value);
    return true;
  }
  const place = placeOf(held, args, i);
  if (place === listpack.NONE) return false;
  listpack.readText(held, listpack.next(held, place), value);
  return true;
}

/**
 * Sets the field in argument `i` to the bytes, which may not lie in this hash. True when the field is new. The entry does
 * not move.
 */
export function set(ref: Ref, args: Args, i: number, source: Region, start: number, end: number): boolean {
  if (!isTable(ref)) {
    if (fitsListpack(ref, args.length(i), end - start)) return setInListpack(ref, args, i, source, start, end);
    toTable(ref);
  }
  const fields = entry.outside(ref);
  const slot = hints.find(fields, args, i);
  if (slot === NIL) {
    const added = field.create(args.region, args.start(i), args.end(i), source, start, end);
    table.insert(fields, args.hash(i), added);
    return true;
  }
  const old = table.entryAt(slot);
  const held = field.setValue(old, source, start, end);
  if (held !== old) table.setEntry(fields, slot, held);
  return false;
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

/** Changes the encoding from listpack to table. */
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
  const held = entry.outside(ref);
  if (isTable(ref)) {
    const slot = hints.find(held, args, i);
    if (slot === NIL) return false;
    const gone = table.entryAt(slot);
    table.remove(held, slot);
    field.release(gone);
    return true;
  }
  const place = placeOf(held, args, i);
  if (place === listpack.NONE) return false;
  const lp = listpack.remove(held, place, 2);
  if (lp !== held) entry.setOutside(ref, lp, 0);
  return true;
}

/** Visits all fields: in a listpack as they were added, else in no particular order. A visit may not change the hash. */
export function each(ref: Ref, visit: Visit): void {
  const held = entry.outside(ref);
  if (isTable(ref)) {
    table.entries(held, (found) => visitField(found, visit));
    return;
  }
  for (let at = listpack.first(held); at !== listpack.NONE; ) {
    at = readPair(held, at);
    visit(name, value);
  }
}

function visitField(found: Ref, visit: Visit): void {
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
  if (isTable(ref)) return table.scan(entry.outside(ref), cursor, count, (found) => visitField(found, visit));
  each(ref, visit);
  return 0;
}

/** Visits one field, each with the same probability. `below(n)` gives chance from 0 to n-1. */
export function pick(ref: Ref, below: (n: number) => number, visit: Visit): void {
  const held = entry.outside(ref);
  if (isTable(ref)) {
    visitField(table.random(held, below), visit);
  } else {
    readPair(held, listpack.seek(held, below(length(ref)) * 2));
    visit(name, value);
  }
}

/** From here on a sample is better taken by walking through all fields than by picking one after the other. */
const PICKED_SHARE_MAX = 1 / 3;

/** Visits `count` different fields, fewer than there are, each choice of so many with the same probability. */
export function sample(ref: Ref, count: number, below: (n: number) => number, visit: Visit): void {
  let left = length(ref);
  if (isTable(ref) && count < left * PICKED_SHARE_MAX) return sampleByPicking(entry.outside(ref), count, below, visit);
  let wanted = count;
  each(ref, () => {
    if (below(left--) >= wanted) return;
    wanted--;
    visit(name, value);
  });
}

function sampleByPicking(fields: Ref, count: number, below: (n: number) => number, visit: Visit): void {
  const picked = new Set<Ref>();
  while (picked.size < count) {
    const one = table.random(fields, below);
    if (picked.has(one)) continue;
    picked.add(one);
    visitField(one, visit);
  }
}

export const hashType: ValueType = {
  id: HASH,
  name: "hash",
  encodingName: (ref) => (isTable(ref) ? "hashtable" : "listpack"),
  length,
  elementTable: (ref) => (isTable(ref) ? entry.outside(ref) : NIL),
  copyOutside(ref, target) {
    const held = entry.outside(ref);
    if (!isTable(ref)) return entry.setOutside(target, listpack.copy(held), 0);
    const fields = table.create();
    table.scan(held, 0, Number.POSITIVE_INFINITY, (found, hash) => table.insert(fields, hash, field.copy(found)));
    entry.setOutside(target, fields, 0);
  },
  blocks(ref, visit) {
    hashType.releasing(entry.outside(ref), entry.encoding(ref), visit);
  },
  release(held, encoding, budget) {
    if (encoding === TABLE) return table.drain(held, budget, field.release);
    mem.free(held);
    return true;
  },
  releasing(held, encoding, visit) {
    if (encoding === TABLE) {
      table.entries(held, (found) => field.blocks(found, visit));
      table.blocks(held, visit);
    } else {
      visit(held);
    }
  },
  digest(ref, digest) {
    each(ref, () => {
      digest.xorElement((element) => {
        element.mix(name.region.bytes, name.start, name.start + name.length);
        element.mix(value.region.bytes, value.start, value.start + value.length);
      });
    });
  },
};
