/**
 * Intersections, unions and differences of sets. All of them are made of one step: the members of one set that are in all,
 * or in none, of others (`select`). What a visit is given comes up once only, so whoever stores it need not look it up.
 *
 * The members of a table are taken in chunks, and for each chunk the other tables touch all that looking it up will read
 * (struct/table.ts, `prefetch`). The hashes stand in the table already. Since it is walked in the order of the hashes, the
 * others are walked in theirs, too.
 */
import type { Ref } from "../../mem/mem.ts";
import * as mem from "../../mem/mem.ts";
import { NIL } from "../../mem/mem.ts";
import * as entry from "../../struct/entry.ts";
import { Element } from "../../struct/listpack.ts";
import * as table from "../../struct/table.ts";
import * as set from "./value.ts";

/** Members looked up together: the entries of a chunk, and of those they are compared with, stay in the cache. */
const CHUNK = 256;

/** The chunk: entries of members and their hashes, and the slots where another table would have them. */
const entries = new Int32Array(CHUNK);
const hashes = new Int32Array(CHUNK);
const slots = new Int32Array(CHUNK);
let gathered = 0;

const selected = new Element();

/**
 * Visits the members of `source` that are in all of the others (`inAll`) or in none of them, up to `limit`. Answers how many.
 * A visit may change the others, but not the source.
 */
function select(source: Ref, others: readonly Ref[], inAll: boolean, limit: number, visit: set.Visit): number {
  if (set.tableOf(source) !== NIL) return selectFromTable(source, others, inAll, limit, visit);
  let visited = 0;
  set.each(source, (member) => {
    if (visited === limit) return;
    const end = member.start + member.length;
    for (const other of others) {
      if (set.hasBytes(other, member.region, member.start, end, set.UNHASHED) !== inAll) return;
    }
    visited++;
    visit(member, set.UNHASHED);
  });
  return visited;
}

function selectFromTable(source: Ref, others: readonly Ref[], inAll: boolean, limit: number, visit: set.Visit): number {
  let visited = 0;
  const flush = () => {
    for (const other of others) sift(other, inAll);
    for (let i = 0; i < gathered && visited < limit; i++, visited++) {
      set.readMember(entryAt(i), selected);
      visit(selected, hashes[i]!);
    }
    gathered = 0;
  };
  const gather = (found: Ref, hash: number) => {
    // A page of a scan is longer than asked for where hashes are equal.
    if (gathered === CHUNK) flush();
    entries[gathered] = found;
    hashes[gathered++] = hash;
  };
  const members = set.tableOf(source);
  let cursor = 0;
  do {
    cursor = table.scan(members, cursor, CHUNK, gather);
    flush();
  } while (cursor !== 0 && visited < limit);
  return visited;
}

const entryAt = (i: number) => (entries[i]! >>> 0) as Ref;

/** Leaves in the chunk what is in another set (`isIn`), or what is not. */
function sift(other: Ref, isIn: boolean): void {
  const members = set.tableOf(other);
  if (members !== NIL) table.prefetch(members, hashes, gathered, slots);
  let left = 0;
  for (let i = 0; i < gathered; i++) {
    const found = entryAt(i);
    const hash = hashes[i]!;
    const region = mem.chunkOf(found);
    const start = entry.keyStart(found);
    const end = start + entry.keyLength(found);
    const isThere =
      (members !== NIL && table.held((slots[i]! >>> 0) as Ref, hash, region, start, end) !== NIL) ||
      set.hasBytes(other, region, start, end, hash);
    if (isThere !== isIn) continue;
    entries[left] = found;
    hashes[left++] = hash;
  }
  gathered = left;
}

/** Visits what is in all the sets, up to `limit` members: in the order of the smallest set. Answers how many. */
export function intersect(sets: readonly Ref[], limit: number, visit: set.Visit): number {
  const [smallest, ...others] = bySize(sets);
  return select(smallest!, others, true, limit, visit);
}

/** The sets, each once, the smallest first; of equal size in the order in which they came. */
function bySize(sets: readonly Ref[]): Ref[] {
  return [...new Set(sets)].sort((a, b) => set.length(a) - set.length(b));
}

/** With more sets than this, each member is looked up once in what there is so far, not once in each set before. */
const SEPARATE_MAX = 4;

/** Visits what is in any of the sets. */
export function unite(sets: readonly Ref[], visit: set.Visit): void {
  const distinct = bySize(sets).reverse();
  if (distinct.length <= SEPARATE_MAX) {
    distinct.forEach((each, i) => {
      select(each, distinct.slice(0, i), false, Number.POSITIVE_INFINITY, visit);
    });
    return;
  }
  const all = union(sets);
  set.each(all, visit);
  set.discard(all);
}

/** A nameless set of what is in any of the sets. */
export function union(sets: readonly Ref[]): Ref {
  const all = set.createNameless();
  // The largest first: its hashes tell best how many there will be.
  for (const each of bySize(sets).reverse()) {
    const others = set.length(all) === 0 ? [] : [all];
    const most = set.length(each);
    select(each, others, false, Number.POSITIVE_INFINITY, (member, hash) => set.append(all, member, hash, most));
  }
  return all;
}

/** Looking a member up, against putting one into a set. */
const ADDING_COST = 3;

/** Visits what is in the first set and in none of the others. */
export function subtract(first: Ref, others: readonly Ref[], visit: set.Visit): void {
  const largestFirst = bySize(others).reverse();
  const lookUps = set.length(first) * largestFirst.length;
  const members = largestFirst.reduce((sum, other) => sum + set.length(other), 0);
  if (largestFirst.length <= 1 || lookUps <= members * ADDING_COST) {
    select(first, largestFirst, false, Number.POSITIVE_INFINITY, visit);
    return;
  }
  const all = union(others);
  select(first, [all], false, Number.POSITIVE_INFINITY, visit);
  set.discard(all);
}

/**
 * Whether the difference is what is left of a copy of the first set, in Redis: there are many members to subtract from, and
 * few to subtract. The copy then keeps the encoding that all of the first set has needed.
 */
export function isLeftOfCopy(first: Ref, others: readonly Ref[]): boolean {
  const size = set.length(first);
  const lookUps = Math.floor((size * (1 + others.length)) / 2);
  return lookUps > others.reduce((sum, other) => sum + set.length(other), size);
}
