/**
 * The set value: members, which are byte strings. It lies outside its entry, in one of three encodings, and nobody but this
 * file knows which:
 *
 *     INTSET     integers only (struct/intset.ts)
 *     LISTPACK   few and short members (struct/listpack.ts), in the order in which they were added
 *     TABLE      a table (struct/table.ts) of entries that are all key and no value: 24 bytes for a member of 16
 *
 * A set begins as an intset. It stops being one, for good, with the first member that is no integer or with more than
 * set-max-intset-entries; it is a listpack then as long as it is small, and else a table. Redis 7.0 knows no listpacks of
 * sets: OBJECT ENCODING calls both "hashtable", DUMP and RDB files write both as that, and the limits of listpacks are not
 * configurable (they are the defaults of Redis 7.2). They are here for the memory: a set of 100 members of 16 bytes takes
 * a quarter of what Redis needs for it.
 *
 * Commands name a member by the argument that it is; where it comes from another set, by its bytes, and with its hash if
 * that is known. Members are read through elements, which are borrowed until the next call.
 */
import type { Region } from "../../base/region.ts";
import { hash as hashOf } from "../../base/siphash.ts";
import type { Database } from "../../keyspace/database.ts";
import * as hints from "../../keyspace/hints.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { releaseEntry } from "../../keyspace/lazy-free.ts";
import { type MakeEntry, SET, STRING } from "../../keyspace/value-type.ts";
import * as mem from "../../mem/mem.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import * as entry from "../../struct/entry.ts";
import * as intset from "../../struct/intset.ts";
import * as listpack from "../../struct/listpack.ts";
import { Element } from "../../struct/listpack.ts";
import * as table from "../../struct/table.ts";
import { setMaxIntsetEntries } from "./parameters.ts";

const INTSET = 0;
const LISTPACK = 1;
const TABLE = 2;

const LISTPACK_ENTRIES_MAX = 128;
const LISTPACK_MEMBER_MAX = 64;
/** No intset grows beyond this, whatever the parameter allows: it must fit into a block. */
const INTSET_ENTRIES_MAX = 2 ** 25;
/** Flags of the entry that is a member of a table. */
const MEMBER = entry.flagsFor(STRING, 0);

/** In place of a member's hash: not known. */
export const UNHASHED = -1;

/** What a visit is given: the same element each time, and the member's hash or UNHASHED. */
export type Visit = (member: Element, hash: number) => void;
const member = new Element();
/** What conversions read with: they may happen during a visit. */
const moved = new Element();

const isTable = (ref: Ref) => entry.encoding(ref) === TABLE;

/** Whether the set is an intset: its members are integers, and visited in ascending order. */
export const isIntset = (ref: Ref) => entry.encoding(ref) === INTSET;

// --- Sets as a whole -----------------------------------------------------------------------------------------------

/** Gives the key in argument `i`, which does not exist, an empty set; it may not stay empty. */
export function create(db: Database, args: Args, i: number): Ref {
  const block = intset.create();
  const ref = keyspace.put(db, args, i, entry.flagsFor(SET, INTSET) | entry.OUTSIDE, 0);
  entry.setOutside(ref, block, 0);
  return ref;
}

/**
 * An empty set that no key has: its entry is in no database, and has no name. `give` or `discard` ends it. It is an intset
 * of this width at first; with a width of 0 none.
 */
export function createNameless(width = intset.NARROWEST): Ref {
  return width > 0 ? nameless(INTSET, intset.create(width)) : nameless(LISTPACK, listpack.create());
}

/** A nameless set of the integers of an intset, which it takes over. */
export function namelessOf(integers: Ref): Ref {
  const ref = nameless(INTSET, integers);
  if (intset.length(integers) > intsetMax()) leaveIntset(ref, 0);
  return ref;
}

/** Whether so many members, not all of them integers and none longer than this, may be a listpack. */
export function fitsListpack(members: number, longest: number): boolean {
  return members <= LISTPACK_ENTRIES_MAX && longest <= LISTPACK_MEMBER_MAX;
}

/** Makes a listpack that fits, and of which no member is there twice, the value of an entry. */
export function giveListpack(lp: Ref, make: MakeEntry): void {
  entry.setOutside(make(entry.flagsFor(SET, LISTPACK) | entry.OUTSIDE, 0), lp, 0);
}

function nameless(encoding: number, held: Ref): Ref {
  const flags = entry.flagsFor(SET, encoding) | entry.OUTSIDE;
  const ref = mem.alloc(entry.bytesFor(flags, 0, 0));
  entry.write(ref, flags, 0, mem.chunkOf(ref), 0, 0, 0);
  entry.setOutside(ref, held, 0);
  return ref;
}

/** Gives an entry that is made for it the value of a nameless set. */
export function give(source: Ref, make: MakeEntry): void {
  entry.setOutside(make(entry.flags(source), 0), entry.outside(source), 0);
  mem.free(source);
}

/** Gives a set the value of a nameless one, and lets its own go. */
export function exchange(ref: Ref, source: Ref): void {
  const held = entry.outside(ref);
  const encoding = entry.encoding(ref);
  entry.setOutside(ref, entry.outside(source), 0);
  entry.setEncoding(ref, entry.encoding(source));
  entry.setOutside(source, held, 0);
  entry.setEncoding(source, encoding);
  discard(source);
}

/** Frees a nameless set. */
export function discard(ref: Ref): void {
  releaseEntry(ref);
}

/** Number of members. */
export function length(ref: Ref): number {
  const held = entry.outside(ref);
  if (isTable(ref)) return table.count(held);
  return isIntset(ref) ? intset.length(held) : listpack.length(held);
}

/** The table of the members, where the set has one, else NIL. */
export function tableOf(ref: Ref): Ref {
  return isTable(ref) ? entry.outside(ref) : NIL;
}

/** The intset, where the set is one, else NIL. */
export function intsetOf(ref: Ref): Ref {
  return isIntset(ref) ? entry.outside(ref) : NIL;
}

/** Bytes of each integer, would a set with these members alone be an intset; 0 when it would be none. */
export function widthAsIntset(ref: Ref): number {
  if (length(ref) > intsetMax()) return 0;
  let width = intset.NARROWEST;
  let integers = 0;
  each(ref, (found) => {
    if (!intset.parse(found.region.bytes, found.start, found.start + found.length)) return;
    width = Math.max(width, intset.widthNeeded());
    integers++;
  });
  return integers === length(ref) ? width : 0;
}

const intsetMax = () => Math.min(setMaxIntsetEntries.value, INTSET_ENTRIES_MAX);

// --- Members -------------------------------------------------------------------------------------------------------

/** Whether the member in argument `i` is there. */
export function has(ref: Ref, args: Args, i: number): boolean {
  if (isTable(ref)) return hints.find(entry.outside(ref), args, i) !== NIL;
  return indexOf(ref, args.region, args.start(i), args.end(i)) >= 0;
}

/** Whether the member with these bytes is there. */
export function hasBytes(ref: Ref, region: Region, start: number, end: number, hash: number): boolean {
  if (!isTable(ref)) return indexOf(ref, region, start, end) >= 0;
  const known = hash === UNHASHED ? hashOf(region.bytes, start, end) : hash;
  return table.find(entry.outside(ref), known, region, start, end) !== NIL;
}

/** Where a member is in an intset (its index) or a listpack (its place); negative when it is not there. */
function indexOf(ref: Ref, region: Region, start: number, end: number): number {
  const held = entry.outside(ref);
  if (isIntset(ref)) return intset.parse(region.bytes, start, end) ? intset.search(held) : -1;
  const place = listpack.find(held, listpack.first(held), 0, region, start, end);
  return place === listpack.NONE ? -1 : place;
}

/** Adds the member in argument `i`; false when it was there. The entry does not move. */
export function add(ref: Ref, args: Args, i: number): boolean {
  const { region } = args;
  const start = args.start(i);
  const end = args.end(i);
  if (!isTable(ref)) {
    const done = addToSmall(ref, region, start, end, 0);
    if (done !== TOO_LARGE) return done === ADDED;
  }
  const members = entry.outside(ref);
  if (hints.find(members, args, i) !== NIL) return false;
  table.insert(members, args.hash(i), newMember(region, start, end));
  return true;
}

/**
 * Adds a member which is not there. It may lie in another set, of which the members come in the order of their hashes if
 * they have one. There will be at most `most` members, which lets a table begin with room for them.
 */
export function append(ref: Ref, { region, start, length: bytes }: Element, hash: number, most = 0): void {
  const end = start + bytes;
  if (!isTable(ref)) {
    // As many will come in what is left of the hashes as have come up to this one.
    const expected = hash === UNHASHED ? 0 : Math.min(most, (length(ref) + 1) * (2 ** 31 / (hash + 1)));
    if (addToSmall(ref, region, start, end, expected) !== TOO_LARGE) return;
  }
  const known = hash === UNHASHED ? hashOf(region.bytes, start, end) : hash;
  table.insert(entry.outside(ref), known, newMember(region, start, end));
}

/** Adds a member; false when it was there. There will be `most` members, for which a table has room from the beginning. */
export function addBytes(ref: Ref, region: Region, start: number, end: number, most: number): boolean {
  if (!isTable(ref)) {
    const done = addToSmall(ref, region, start, end, most);
    if (done !== TOO_LARGE) return done === ADDED;
  }
  const added = newMember(region, start, end);
  if (table.add(entry.outside(ref), hashOf(region.bytes, start, end), added, region, start, end) === NIL) return true;
  mem.free(added);
  return false;
}

/** A member that is in no table yet. */
export function newMember(region: Region, start: number, end: number): Ref {
  const ref = mem.alloc(entry.bytesFor(MEMBER, end - start, 0));
  entry.write(ref, MEMBER, 0, region, start, end, 0);
  return ref;
}

// What `addToSmall` has done: the last, that it made the set a table, which the member is still to be added to.
const ADDED = 0;
const THERE = 1;
const TOO_LARGE = 2;

/** Adds a member to a set that is no table yet; if it becomes one, then with room for so many. */
function addToSmall(ref: Ref, region: Region, start: number, end: number, expected: number): number {
  if (isIntset(ref)) {
    if (intset.parse(region.bytes, start, end)) return addToIntset(ref, expected);
    leaveIntset(ref, expected);
    if (isTable(ref)) return TOO_LARGE;
  }
  const lp = entry.outside(ref);
  if (end - start <= LISTPACK_MEMBER_MAX) {
    if (listpack.find(lp, listpack.first(lp), 0, region, start, end) !== listpack.NONE) return THERE;
    if (listpack.length(lp) < LISTPACK_ENTRIES_MAX) {
      const held = listpack.append(lp, region, start, end);
      if (held !== lp) entry.setOutside(ref, held, 0);
      return ADDED;
    }
  }
  toTable(ref, expected);
  return TOO_LARGE;
}

/** Adds the integer that was parsed last. */
function addToIntset(ref: Ref, expected: number): number {
  const held = entry.outside(ref);
  const index = intset.search(held);
  if (index >= 0) return THERE;
  const grown = intset.insert(held, ~index);
  if (grown !== held) entry.setOutside(ref, grown, 0);
  if (intset.length(grown) > intsetMax()) leaveIntset(ref, expected);
  return ADDED;
}

/** Makes an intset a listpack, or a table where it is too long for that. */
function leaveIntset(ref: Ref, expected: number): void {
  const integers = entry.outside(ref);
  if (intset.length(integers) > LISTPACK_ENTRIES_MAX) return toTable(ref, expected);
  let lp = listpack.create();
  for (let i = 0; i < intset.length(integers); i++) {
    intset.readText(integers, i, moved);
    lp = listpack.append(lp, moved.region, moved.start, moved.start + moved.length);
  }
  mem.free(integers);
  entry.setOutside(ref, lp, 0);
  entry.setEncoding(ref, LISTPACK);
}

function toTable(ref: Ref, expected: number): void {
  const members = table.create(Math.max(expected, length(ref)));
  eachSmall(ref, moved, ({ region, start, length }) => {
    const end = start + length;
    table.insert(members, hashOf(region.bytes, start, end), newMember(region, start, end));
  });
  mem.free(entry.outside(ref));
  entry.setOutside(ref, members, 0);
  entry.setEncoding(ref, TABLE);
}

/** Removes the member in argument `i`; false when there was none. The set may be empty then. */
export function remove(ref: Ref, args: Args, i: number): boolean {
  if (isTable(ref)) return removeSlot(ref, hints.find(entry.outside(ref), args, i));
  const index = indexOf(ref, args.region, args.start(i), args.end(i));
  if (index < 0) return false;
  removeAt(ref, index);
  return true;
}

function removeSlot(ref: Ref, slot: Ref): boolean {
  if (slot === NIL) return false;
  const gone = table.entryAt(slot);
  table.remove(entry.outside(ref), slot);
  mem.free(gone);
  return true;
}

/** Removes what `indexOf` has found. */
function removeAt(ref: Ref, index: number): void {
  const held = entry.outside(ref);
  const left = isIntset(ref) ? intset.removeAt(held, index) : listpack.remove(held, index);
  if (left !== held) entry.setOutside(ref, left, 0);
}

// --- Visiting ------------------------------------------------------------------------------------------------------

/** Visits all members: of an intset in ascending order, else in no particular one. A visit may not change the set. */
export function each(ref: Ref, visit: Visit): void {
  if (isTable(ref)) scan(ref, 0, Number.POSITIVE_INFINITY, visit);
  else eachSmall(ref, member, visit);
}

/** Visits all members of a set that is no table, in the given element. */
function eachSmall(ref: Ref, into: Element, visit: Visit): void {
  const held = entry.outside(ref);
  if (isIntset(ref)) {
    for (let i = 0; i < intset.length(held); i++) {
      intset.readText(held, i, into);
      visit(into, UNHASHED);
    }
    return;
  }
  for (let at = listpack.first(held); at !== listpack.NONE; at = listpack.next(held, at)) {
    listpack.readText(held, at, into);
    visit(into, UNHASHED);
  }
}

/** Reads a member of a table. */
export function readMember(ref: Ref, into: Element): void {
  into.point(mem.chunkOf(ref), entry.keyStart(ref), entry.keyLength(ref));
}

/**
 * Visits about `count` members from the cursor on, and answers the cursor to go on from; 0 when all were visited. What is
 * no table is visited whole.
 */
export function scan(ref: Ref, cursor: number, count: number, visit: Visit): number {
  if (!isTable(ref)) {
    eachSmall(ref, member, visit);
    return 0;
  }
  return table.scan(entry.outside(ref), cursor, count, (found, hash) => {
    readMember(found, member);
    visit(member, hash);
  });
}

/** Visits one member, each with the same probability. `below(n)` gives chance from 0 to n-1. */
export function pick(ref: Ref, below: (n: number) => number, visit: Visit): void {
  if (isTable(ref)) readMember(table.random(entry.outside(ref), below), member);
  else readAny(ref, below);
  visit(member, UNHASHED);
}

/** Visits one member chosen by chance, and removes it. The set may be empty then. */
export function take(ref: Ref, below: (n: number) => number, visit: Visit): void {
  if (isTable(ref)) {
    const slot = table.randomSlot(entry.outside(ref), below);
    readMember(table.entryAt(slot), member);
    visit(member, UNHASHED);
    removeSlot(ref, slot);
    return;
  }
  const index = readAny(ref, below);
  visit(member, UNHASHED);
  removeAt(ref, index);
}

/** Reads a member, chosen by chance, of a set that is no table. Where it is: see `indexOf`. */
function readAny(ref: Ref, below: (n: number) => number): number {
  const held = entry.outside(ref);
  const index = below(length(ref));
  if (isIntset(ref)) {
    intset.readText(held, index, member);
    return index;
  }
  const place = listpack.seek(held, index);
  listpack.readText(held, place, member);
  return place;
}

/** From here on a sample is better taken by walking through all members than by picking one after the other. */
const PICKED_SHARE_MAX = 1 / 8;

/** Visits `count` different members, fewer than there are, each choice of so many with the same probability. */
export function sample(ref: Ref, count: number, below: (n: number) => number, visit: Visit): void {
  if (isTable(ref) && count < length(ref) * PICKED_SHARE_MAX) {
    sampleByPicking(entry.outside(ref), count, below, visit);
  } else {
    split(ref, count, below, visit, () => {});
  }
}

function sampleByPicking(members: Ref, count: number, below: (n: number) => number, visit: Visit): void {
  const picked = new Set<Ref>();
  while (picked.size < count) {
    const one = table.random(members, below);
    if (picked.has(one)) continue;
    picked.add(one);
    readMember(one, member);
    visit(member, UNHASHED);
  }
}

/** As `sample`, by walking through all members; those that are not chosen are visited with `visitRest`. */
export function split(ref: Ref, count: number, below: (n: number) => number, visit: Visit, visitRest: Visit): void {
  let left = length(ref);
  let wanted = count;
  each(ref, (found, hash) => {
    if (below(left--) < wanted) {
      wanted--;
      visit(found, hash);
    } else {
      visitRest(found, hash);
    }
  });
}

// --- For the type (set-type.ts, rdb.ts) ----------------------------------------------------------------------------

/** Gives `target`, which has been written OUTSIDE and with the same encoding, a copy of the set's value. */
export function copyTo(ref: Ref, target: Ref): void {
  const held = entry.outside(ref);
  if (isIntset(ref)) return entry.setOutside(target, intset.copy(held), 0);
  if (!isTable(ref)) return entry.setOutside(target, listpack.copy(held), 0);
  const members = table.create(table.count(held));
  table.scan(held, 0, Number.POSITIVE_INFINITY, (found, hash) => {
    const start = entry.keyStart(found);
    table.insert(members, hash, newMember(mem.chunkOf(found), start, start + entry.keyLength(found)));
  });
  entry.setOutside(target, members, 0);
}

/** Frees a value that was in this encoding, about `budget` members of it. True when nothing is left. */
export function release(held: Ref, encoding: number, budget: number): boolean {
  if (encoding === TABLE) return table.drain(held, budget, mem.free);
  mem.free(held);
  return true;
}

/** Visits the blocks of a value in this encoding. */
export function blocks(held: Ref, encoding: number, visit: (block: Ref) => void): void {
  if (encoding === TABLE) {
    table.entries(held, visit);
    table.blocks(held, visit);
  } else {
    visit(held);
  }
}
