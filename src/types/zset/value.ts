/**
 * The sorted set: members, each once and each with a score, in the order of the scores and, where these are equal, of the
 * members' bytes. It lies outside its entry, in one of two encodings, and nobody but this file knows which:
 *
 *     LISTPACK   one listpack (packed.ts)
 *     TREE       a table and a ranking (tree.ts); OBJECT ENCODING calls it a skiplist, as in Redis
 *
 * A set begins as a listpack and becomes a tree when it gets more members than zset-max-listpack-entries, or one longer than
 * zset-max-listpack-value. What the STORE commands make is a listpack again where it fits.
 *
 * Ranks begin with 0 at the lowest score; where a function goes in reverse, at the highest. Members and their bytes are
 * borrowed until the next call. NaN is the score of what is no member.
 */
import * as double from "../../base/double.ts";
import { Region } from "../../base/region.ts";
import { hash as hashOf } from "../../base/siphash.ts";
import type { Database } from "../../keyspace/database.ts";
import * as hints from "../../keyspace/hints.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { releaseEntry } from "../../keyspace/lazy-free.ts";
import { type MakeEntry, ZSET } from "../../keyspace/value-type.ts";
import * as mem from "../../mem/mem.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import * as entry from "../../struct/entry.ts";
import * as listpack from "../../struct/listpack.ts";
import { Element, NONE } from "../../struct/listpack.ts";
import * as ranking from "../../struct/ranking.ts";
import * as table from "../../struct/table.ts";
import type { MemberBound, MemberRange, ScoreRange } from "./interval.ts";
import * as interval from "./interval.ts";
import * as member from "./member.ts";
import * as packed from "./packed.ts";
import { zsetMaxListpackEntries, zsetMaxListpackValue } from "./parameters.ts";
import * as tree from "./tree.ts";

export const LISTPACK = 0;
export const TREE = 1;

/** No listpack grows beyond this, whatever the parameters allow. */
const LISTPACK_BYTES_MAX = 256 * 1024 * 1024;

/** Is given each member, the same element each time, and its score. A visit that answers false is the last one. */
export type Visit = (member: Element, score: number) => unknown;
/** What visits are given. Each kind of walk has its own, so that a visit may walk through another set. */
const visited = new Element();
const compared = new Element();

export const isTree = (ref: Ref) => entry.encoding(ref) === TREE;
const rankingOf = (ref: Ref) => tree.rankingOf(entry.outside(ref));

// --- Making --------------------------------------------------------------------------------------------------------

const flagsFor = (encoding: number) => entry.flagsFor(ZSET, encoding) | entry.OUTSIDE;
const noKey = new Region(new Uint8Array(0));

/** Gives the key in argument `i`, which does not exist, an empty sorted set; it may not stay empty. */
export function create(db: Database, args: Args, i: number): Ref {
  const block = listpack.create();
  const ref = keyspace.put(db, args, i, flagsFor(LISTPACK), 0);
  entry.setOutside(ref, block, 0);
  return ref;
}

/** An empty sorted set that has no key, or the one in a block: `settle` and `give` give it a key, `discard` frees it. */
export function createApart(encoding: number, held?: Ref): Ref {
  const block = held ?? (encoding === TREE ? tree.create() : listpack.create());
  const ref = mem.alloc(entry.bytesFor(flagsFor(encoding), 0, 0));
  entry.write(ref, flagsFor(encoding), 0, noKey, 0, 0, 0);
  entry.setOutside(ref, block, 0);
  return ref;
}

/** Makes a set that has no key the value of the key in argument `i`, in place of what that had. */
export function settle(db: Database, args: Args, i: number, apart: Ref): void {
  const ref = keyspace.put(db, args, i, entry.flags(apart), 0);
  entry.setOutside(ref, entry.outside(apart), 0);
  mem.free(apart);
}

/** As `settle`, for an entry that is yet to be made. */
export function give(apart: Ref, make: MakeEntry): void {
  const ref = make(entry.flags(apart), 0);
  entry.setOutside(ref, entry.outside(apart), 0);
  mem.free(apart);
}

/** Whether a set of so many members is a tree in any case. */
export function isLarge(members: number): boolean {
  return members > zsetMaxListpackEntries.value;
}

/** Frees a set that has no key. */
export function discard(apart: Ref): void {
  releaseEntry(apart);
}

/** Number of members. */
export function length(ref: Ref): number {
  const held = entry.outside(ref);
  return isTree(ref) ? tree.length(held) : packed.length(held);
}

// --- One member ----------------------------------------------------------------------------------------------------

/** Where the member is that was looked for last: its slot in a table, its place in a listpack; 0 when it is none. */
let found = 0;

/** The score of the member with these bytes. */
export function score(ref: Ref, name: Region, start: number, end: number): number {
  const held = entry.outside(ref);
  if (!isTree(ref)) return scoreInListpack(held, name, start, end);
  return scoreInSlot(tree.find(held, hashOf(name.bytes, start, end), name, start, end));
}

/** The score of the member in argument `i`. */
export function scoreOf(ref: Ref, args: Args, i: number): number {
  const held = entry.outside(ref);
  if (!isTree(ref)) return scoreInListpack(held, args.region, args.start(i), args.end(i));
  return scoreInSlot(hints.find(tree.tableOf(held), args, i));
}

function scoreInListpack(lp: Ref, name: Region, start: number, end: number): number {
  found = packed.find(lp, name, start, end);
  return found === NONE ? Number.NaN : packed.scoreAt(lp, found);
}

function scoreInSlot(slot: Ref): number {
  found = slot;
  return slot === NIL ? Number.NaN : tree.scoreIn(slot);
}

/** Gives the member with these bytes, which may not lie in this set, a score. True when it is new. The entry does not move. */
export function set(ref: Ref, name: Region, start: number, end: number, to: number): boolean {
  const from = score(ref, name, start, end);
  const isNew = Number.isNaN(from);
  if (isNew) add(ref, hashOf(name.bytes, start, end), name, start, end, to);
  else if (from !== to) change(ref, name, start, end, to);
  return isNew;
}

/** Gives the member in argument `i`, for which `scoreOf` has just found NaN, a score. */
export function addNew(ref: Ref, args: Args, i: number, to: number): void {
  add(ref, args.hash(i), args.region, args.start(i), args.end(i), to);
}

/** Gives the member in argument `i`, which `scoreOf` has just found, another score. */
export function changeFound(ref: Ref, args: Args, i: number, to: number): void {
  change(ref, args.region, args.start(i), args.end(i), to);
}

function add(ref: Ref, hash: number, name: Region, start: number, end: number, to: number): void {
  if (!isTree(ref)) {
    const lp = entry.outside(ref);
    if (fitsListpack(lp, end - start)) return keep(ref, lp, packed.add(lp, name, start, end, to));
    toTree(ref);
  }
  tree.add(entry.outside(ref), hash, name, start, end, to);
}

function fitsListpack(lp: Ref, nameLength: number): boolean {
  if (packed.length(lp) + 1 > zsetMaxListpackEntries.value || nameLength > zsetMaxListpackValue.value) return false;
  return listpack.bytes(lp) + nameLength <= LISTPACK_BYTES_MAX;
}

/** Notes that a listpack may be another block now. */
function keep(ref: Ref, lp: Ref, held: Ref): void {
  if (held !== lp) entry.setOutside(ref, held, 0);
}

function change(ref: Ref, name: Region, start: number, end: number, to: number): void {
  const held = entry.outside(ref);
  if (isTree(ref)) return tree.change(held, found as Ref, to);
  keep(ref, held, packed.add(packed.remove(held, found, 1), name, start, end, to));
}

/** Removes the member with these bytes; false when there was none. The set may be empty then. */
export function remove(ref: Ref, name: Region, start: number, end: number): boolean {
  return !Number.isNaN(score(ref, name, start, end)) && removeFound(ref);
}

/** Removes the member in argument `i`. */
export function removeOf(ref: Ref, args: Args, i: number): boolean {
  return !Number.isNaN(scoreOf(ref, args, i)) && removeFound(ref);
}

function removeFound(ref: Ref): true {
  const held = entry.outside(ref);
  if (isTree(ref)) tree.removeSlot(held, found as Ref);
  else keep(ref, held, packed.remove(held, found, 1));
  return true;
}

/** The rank of the member with these bytes; -1 when it is none. */
export function rank(ref: Ref, name: Region, start: number, end: number): number {
  return Number.isNaN(score(ref, name, start, end)) ? -1 : rankOfFound(ref);
}

/** The rank of the member that `scoreOf` has just found. */
export function rankOfFound(ref: Ref): number {
  const held = entry.outside(ref);
  return isTree(ref) ? tree.rankIn(held, found as Ref) : packed.rankAt(held, found);
}

// --- Ranges --------------------------------------------------------------------------------------------------------

/** Visits the members of the ranks `from` to `to`, both included, which must exist. A visit may not change the set. */
export function eachByRank(ref: Ref, from: number, to: number, isReverse: boolean, visit: Visit): void {
  const held = entry.outside(ref);
  if (isTree(ref)) {
    const first = isReverse ? tree.length(held) - 1 - from : from;
    ranking.each(tree.rankingOf(held), first, to - from + 1, isReverse, (one, score) => {
      member.readName(one, visited);
      return visit(visited, score === 0 ? member.score(one) : score);
    });
    return;
  }
  let at = packed.seek(held, isReverse ? packed.length(held) - 1 - from : from);
  for (let rank = from; rank <= to; rank++) {
    const score = packed.scoreAt(held, at);
    listpack.readText(held, at, visited);
    if (visit(visited, score) === false) return;
    at = isReverse ? packed.previous(held, at) : packed.next(held, at);
  }
}

/** Visits all members. */
export function each(ref: Ref, isReverse: boolean, visit: Visit): void {
  eachByRank(ref, 0, length(ref) - 1, isReverse, visit);
}

/** Visits the members in a range of scores, but the first `offset`, and at most `count` (-1: all) of them. */
export function eachByScore(
  ref: Ref,
  range: ScoreRange,
  isReverse: boolean,
  offset: number,
  count: number,
  visit: Visit,
): void {
  seekScores(ref, range, isReverse, offset, count);
  if (span.length > 0) eachByRank(ref, span.from, span.from + span.length - 1, isReverse, visit);
}

/** What the seek functions have found: the first rank, and how many members there are from there on. */
export const span = { from: 0, length: 0 };

/** What is left of the ranks from `low` to below `high` when `offset` are skipped and `count` (negative: all) taken. */
function take(ref: Ref, low: number, high: number, isReverse: boolean, offset: number, count: number): void {
  const left = offset < 0 ? 0 : Math.max(0, high - low - offset);
  span.from = (isReverse ? length(ref) - high : low) + offset;
  span.length = count < 0 ? left : Math.min(left, count);
}

/** Finds the ranks from `start` to `stop`, both included and below 0 counted from the end, as far as there are such. */
export function seekRanks(ref: Ref, start: number, stop: number): void {
  const all = length(ref);
  span.from = Math.max(0, start < 0 ? all + start : start);
  span.length = Math.max(0, Math.min(all - 1, stop < 0 ? all + stop : stop) - span.from + 1);
}

/** Finds the ranks of a range of scores. */
export function seekScores(ref: Ref, range: ScoreRange, isReverse: boolean, offset: number, count: number): void {
  const low = rankOfScore(ref, range.min, range.minExclusive);
  const high = rankOfScore(ref, range.max, !range.maxExclusive);
  take(ref, low, high, isReverse, offset, count);
}

function rankOfScore(ref: Ref, score: number, isAfter: boolean): number {
  if (isTree(ref)) return ranking.rankOfScore(rankingOf(ref), score, isAfter);
  return packed.rankOfScore(entry.outside(ref), score, isAfter);
}

/** Finds the ranks of a range of members. It means something only where all scores are equal. */
export function seekMembers(ref: Ref, range: MemberRange, isReverse: boolean, offset: number, count: number): void {
  if (!isTree(ref)) return seekMembersInListpack(ref, range, isReverse, offset, count);
  const low = rankOfBound(ref, range.min, range.min.isExclusive);
  const high = rankOfBound(ref, range.max, !range.max.isExclusive);
  take(ref, low, high, isReverse, offset, count);
}

function rankOfBound(ref: Ref, bound: MemberBound, isAfter: boolean): number {
  if (bound.edge !== 0) return bound.edge < 0 ? 0 : length(ref);
  return ranking.rankOfKey(rankingOf(ref), bound.region, bound.start, bound.end, isAfter);
}

/**
 * As Redis walks through a listpack, which decides what comes out where scores are not equal: to the first member that is
 * inside, past the offset whatever comes there, and on as long as members do not leave at the other end.
 */
function seekMembersInListpack(ref: Ref, range: MemberRange, isReverse: boolean, offset: number, count: number): void {
  const lp = entry.outside(ref);
  span.length = 0;
  if (interval.isEmptyRange(range) || offset < 0) return;
  const last = packed.seek(lp, packed.length(lp) - 1);
  if (!isInsideAt(lp, last, range, true) || !isInsideAt(lp, listpack.first(lp), range, false)) return;
  let at = isReverse ? last : listpack.first(lp);
  let rank = 0;
  const step = () => {
    at = isReverse ? packed.previous(lp, at) : packed.next(lp, at);
    rank++;
  };
  while (at !== NONE && !isInsideAt(lp, at, range, !isReverse)) step();
  if (at === NONE || !isInsideAt(lp, at, range, isReverse)) return;
  for (let left = offset; left > 0 && at !== NONE; left--) step();
  span.from = rank;
  while (at !== NONE && span.length !== count && isInsideAt(lp, at, range, isReverse)) {
    span.length++;
    step();
  }
}

/** Whether the member at a place is inside of the range's lower end, or of its upper end. */
function isInsideAt(lp: Ref, at: number, range: MemberRange, isLower: boolean): boolean {
  listpack.readText(lp, at, compared);
  return isLower ? interval.memberIsFromMin(compared, range) : interval.memberIsUpToMax(compared, range);
}

/** Removes `count` members from a rank on; there must be so many. */
export function removeRange(ref: Ref, from: number, count: number): void {
  const held = entry.outside(ref);
  if (isTree(ref)) tree.removeRange(held, from, count);
  else keep(ref, held, packed.remove(held, packed.seek(held, from), count));
}

/** Takes out the first `count` members, or the last, and visits each; there must be more. A visit may not use any set. */
export function pop(ref: Ref, count: number, isMax: boolean, visit: Visit): void {
  const held = entry.outside(ref);
  if (!isTree(ref)) {
    eachByRank(ref, 0, count - 1, isMax, visit);
    return removeRange(ref, isMax ? packed.length(held) - count : 0, count);
  }
  for (let left = count; left > 0; left--) {
    const one = tree.pop(held, isMax);
    member.readName(one, visited);
    visit(visited, member.score(one));
    mem.free(one);
  }
}

/**
 * Visits about `count` members from the cursor on, in no particular order, and answers the cursor to go on from; 0 when all
 * were visited. A listpack is visited whole.
 */
export function scan(ref: Ref, cursor: number, count: number, visit: Visit): number {
  const held = entry.outside(ref);
  if (isTree(ref))
    return table.scan(tree.tableOf(held), cursor, count, (one) => {
      member.readName(one, visited);
      visit(visited, member.score(one));
    });
  each(ref, false, visit);
  return 0;
}

/** The text of a score, and what `spellScore` returns: its bytes. */
export const scoreText = packed.text;

/** Spells a score as ZSCAN shows it: a listpack shows an integer where it keeps one, else it is 17 digits. */
export function spellScore(ref: Ref, score: number): number {
  return isTree(ref) ? double.write(scoreText.bytes, 0, score) : packed.spell(score);
}

/** Visits one member, each with the same probability. `below(n)` gives chance from 0 to n-1. */
export function pick(ref: Ref, below: (n: number) => number, visit: Visit): void {
  const rank = below(length(ref));
  eachByRank(ref, rank, rank, false, visit);
}

/** From here on a sample is better taken by walking through all members than by picking one after the other. */
const PICKED_SHARE_MAX = 1 / 3;

/** Visits `count` different members, fewer than there are, each choice of so many with the same probability. */
export function sample(ref: Ref, count: number, below: (n: number) => number, visit: Visit): void {
  let left = length(ref);
  if (isTree(ref) && count < left * PICKED_SHARE_MAX) {
    const picked = new Set<number>();
    while (picked.size < count) picked.add(below(left));
    for (const rank of picked) eachByRank(ref, rank, rank, false, visit);
    return;
  }
  let wanted = count;
  each(ref, false, (member, score) => {
    if (below(left--) >= wanted) return;
    wanted--;
    visit(member, score);
  });
}

// --- Gathering -----------------------------------------------------------------------------------------------------

/**
 * Adds a member to a tree without a key, or makes one score of the one it has and this one. The set can be asked for its length
 * only, until `rankGathered` has given it its order.
 */
export function gather(
  apart: Ref,
  name: Element,
  score: number,
  aggregate: (held: number, next: number) => number,
): void {
  const { region, start } = name;
  const end = start + name.length;
  const held = entry.outside(apart);
  const hash = hashOf(region.bytes, start, end);
  const slot = tree.find(held, hash, region, start, end);
  if (slot === NIL) tree.addUnranked(held, hash, region, start, end, score);
  else member.setScore(table.entryAt(slot), aggregate(tree.scoreIn(slot), score));
}

export function rankGathered(apart: Ref): void {
  tree.rankAll(entry.outside(apart));
}

// --- Changing the encoding -----------------------------------------------------------------------------------------

/** Makes a listpack a tree. */
export function toTree(ref: Ref): void {
  const lp = entry.outside(ref);
  const held = tree.create();
  for (let at = listpack.first(lp); at !== NONE; at = packed.next(lp, at)) {
    const score = packed.scoreAt(lp, at);
    listpack.readText(lp, at, compared);
    const { region, start, length } = compared;
    tree.add(held, hashOf(region.bytes, start, start + length), region, start, start + length, score);
  }
  mem.free(lp);
  entry.setOutside(ref, held, 0);
  entry.setEncoding(ref, TREE);
}

/** Makes a tree a listpack, if it may be one. */
export function toListpackIfSmall(ref: Ref): void {
  const held = entry.outside(ref);
  if (tree.length(held) > zsetMaxListpackEntries.value) return;
  let longest = 0;
  let sum = 0;
  each(ref, false, ({ length }) => {
    longest = Math.max(longest, length);
    sum += length;
  });
  if (longest > zsetMaxListpackValue.value || sum > LISTPACK_BYTES_MAX) return;
  let lp = listpack.create();
  each(ref, false, (name, score) => {
    lp = packed.append(lp, name.region, name.start, name.start + name.length, score);
  });
  tree.drain(held, Number.POSITIVE_INFINITY);
  entry.setOutside(ref, lp, 0);
  entry.setEncoding(ref, LISTPACK);
}
