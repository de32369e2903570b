/**
 * The encoding of large sorted sets: one block that leads to both ways of finding a member (member.ts).
 *
 *     u32 table · u32 ranking        the table (struct/table.ts) finds it by its bytes, the ranking (struct/ranking.ts) by
 *                                    its score or rank
 *
 * The table owns the members. While a set is being freed, the ranking goes first, and its word is NIL then.
 */
import type { Region } from "../../base/region.ts";
import { hash as hashOf } from "../../base/siphash.ts";
import type { Ref } from "../../mem/mem.ts";
import * as mem from "../../mem/mem.ts";
import { NIL } from "../../mem/mem.ts";
import * as entry from "../../struct/entry.ts";
import * as ranking from "../../struct/ranking.ts";
import * as table from "../../struct/table.ts";
import type { TableFiller } from "../../struct/table-filler.ts";
import * as member from "./member.ts";

const TABLE = 0;
const RANKING = 1;
const BYTES = 8;

/** An empty set, with room for so many members. */
export function create(expected = 0): Ref {
  const tree = mem.alloc(BYTES);
  mem.setWord(tree, TABLE, table.create(expected));
  mem.setWord(tree, RANKING, ranking.create());
  return tree;
}

export const tableOf = (tree: Ref) => mem.refAt(tree, TABLE);
export const rankingOf = (tree: Ref) => mem.refAt(tree, RANKING);

/** Number of members. */
export function length(tree: Ref): number {
  return table.count(tableOf(tree));
}

/** The slot of a member, or NIL. */
export function find(tree: Ref, hash: number, name: Region, start: number, end: number): Ref {
  return table.find(tableOf(tree), hash, name, start, end);
}

/** The score of the member in a slot. */
export function scoreIn(slot: Ref): number {
  return member.score(table.entryAt(slot));
}

/** Adds a member that is not there yet. */
export function add(tree: Ref, hash: number, name: Region, start: number, end: number, score: number): void {
  const ref = addUnranked(tree, hash, name, start, end, score);
  ranking.insert(rankingOf(tree), score, ref);
}

/** As `add`, for one of many members: the table gets it from `filler`. */
export function fill(
  tree: Ref,
  filler: TableFiller,
  hash: number,
  name: Region,
  start: number,
  end: number,
  score: number,
): void {
  const ref = member.create(name, start, end, score);
  filler.add(hash, ref);
  ranking.insert(rankingOf(tree), score, ref);
}

/** As `add`, for a set whose scores are not known yet: it has no order before `rankAll`. */
export function addUnranked(tree: Ref, hash: number, name: Region, start: number, end: number, score: number): Ref {
  const ref = member.create(name, start, end, score);
  table.insert(tableOf(tree), hash, ref);
  return ref;
}

/** Gives all members, added without, their ranks. */
export function rankAll(tree: Ref): void {
  const held = rankingOf(tree);
  table.entries(tableOf(tree), (ref) => ranking.insert(held, member.score(ref), ref));
}

/** Gives the member in a slot another score. */
export function change(tree: Ref, slot: Ref, score: number): void {
  const ref = table.entryAt(slot);
  ranking.move(rankingOf(tree), member.score(ref), score, ref);
  member.setScore(ref, score);
}

/** Removes the member in a slot. */
export function removeSlot(tree: Ref, slot: Ref): void {
  const ref = table.entryAt(slot);
  ranking.remove(rankingOf(tree), member.score(ref), ref);
  table.remove(tableOf(tree), slot);
  mem.free(ref);
}

/** Removes `count` members from a rank on; there must be so many. */
export function removeRange(tree: Ref, from: number, count: number): void {
  const members = tableOf(tree);
  ranking.removeRange(rankingOf(tree), from, count, (ref) => {
    table.remove(members, slotOf(members, ref));
    mem.free(ref);
  });
}

/** Takes out the first member, or the last; there must be one, and it is the caller's to free. */
export function pop(tree: Ref, isMax: boolean): Ref {
  const rank = isMax ? length(tree) - 1 : 0;
  lookAhead(tree, rank, isMax);
  const ref = ranking.removeAt(rankingOf(tree), rank);
  table.remove(tableOf(tree), slotOf(tableOf(tree), ref));
  return ref;
}

// Members that will probably be popped next, and the slots of their table in which they were found at a generation.
const AHEAD_MAX = 16;
const aheadRefs = new Uint32Array(AHEAD_MAX);
const aheadHashes = new Int32Array(AHEAD_MAX);
const aheadSlots = new Int32Array(AHEAD_MAX);
let aheadAt = 0;
let ahead = 0;
let aheadTable = NIL;
let aheadGeneration = -1;
let popsLeft = 0;
let poppedTree = NIL;
let poppedMax = false;

/**
 * Before one member is popped after another, brings what that will read of the next ones into the cache, with all the waits
 * for memory overlapping: ZPOPMIN from 2,000,000 members takes three quarters of the time. Only once in AHEAD_MAX pops, whatever
 * is added in between: then what was noted is of no use, but costs little.
 */
function lookAhead(tree: Ref, from: number, isMax: boolean): void {
  const isNext = poppedTree === tree && poppedMax === isMax;
  poppedTree = tree;
  poppedMax = isMax;
  if (isNext && popsLeft-- > 0) return;
  ahead = 0;
  aheadAt = 0;
  popsLeft = 0;
  if (!isNext) return;
  popsLeft = AHEAD_MAX - 1;
  ranking.each(rankingOf(tree), from, Math.min(AHEAD_MAX, length(tree)), isMax, note);
  table.prefetch(tableOf(tree), aheadHashes, ahead, aheadSlots);
  table.prefetchHeads(tableOf(tree), aheadHashes, ahead);
  aheadTable = tableOf(tree);
  aheadGeneration = table.generation;
}

function note(ref: Ref): void {
  aheadRefs[ahead] = ref;
  aheadHashes[ahead++] = hashOfMember(ref);
}

function hashOfMember(ref: Ref): number {
  const start = entry.keyStart(ref);
  return hashOf(mem.chunkOf(ref).bytes, start, start + entry.keyLength(ref));
}

/** The slot of the member that is called like `ref`, which may be one of another tree. */
function slotOf(members: Ref, ref: Ref): Ref {
  const isAhead = members === aheadTable && aheadGeneration === table.generation;
  if (isAhead && aheadAt < ahead && aheadRefs[aheadAt] === ref) {
    const slot = (aheadSlots[aheadAt++]! >>> 0) as Ref;
    if (table.entryAt(slot) === ref) return slot;
  }
  return findNamesake(members, ref);
}

/** As `slotOf`, whatever is known of members ahead. */
function findNamesake(members: Ref, ref: Ref): Ref {
  const start = entry.keyStart(ref);
  return table.find(members, hashOfMember(ref), mem.chunkOf(ref), start, start + entry.keyLength(ref));
}

/** The rank of the member in a slot. */
export function rankIn(tree: Ref, slot: Ref): number {
  const ref = table.entryAt(slot);
  return ranking.rankOf(rankingOf(tree), member.score(ref), ref);
}

/** The same members in another tree. */
export function copy(tree: Ref): Ref {
  const copied = create();
  const order = rankingOf(copied);
  table.scan(tableOf(tree), 0, Number.POSITIVE_INFINITY, (ref, hash) => {
    table.insert(tableOf(copied), hash, member.copy(ref));
  });
  // In the order of the original: so all leaves are full.
  ranking.each(rankingOf(tree), 0, length(tree), false, (ref) => {
    const twin = table.entryAt(slotOf(tableOf(copied), ref));
    ranking.insert(order, member.score(twin), twin);
  });
  return copied;
}

/** What is wrong with a set, for the audit: each member is ranked once, by its own score. */
export function flaw(tree: Ref): string | undefined {
  const members = tableOf(tree);
  const ranked = ranking.count(rankingOf(tree));
  if (ranked !== length(tree)) return `a sorted set of ${length(tree)} members ranks ${ranked}`;
  let strangers = 0;
  ranking.each(rankingOf(tree), 0, ranked, false, (ref, score) => {
    const slot = findNamesake(members, ref);
    if (slot === NIL || table.entryAt(slot) !== ref || member.score(ref) !== score) strangers++;
  });
  return strangers === 0
    ? undefined
    : `a sorted set ranks ${strangers} that are not its own members, or by other scores`;
}

/** Visits every block, also of a set that is being freed. */
export function blocks(tree: Ref, visit: (block: Ref) => void): void {
  table.entries(tableOf(tree), visit);
  table.blocks(tableOf(tree), visit);
  if (rankingOf(tree) !== NIL) ranking.blocks(rankingOf(tree), visit);
  visit(tree);
}

/** Frees a set that nobody can reach any more, about `budget` members a call. True when all is gone. */
export function drain(tree: Ref, budget: number): boolean {
  if (rankingOf(tree) !== NIL) {
    if (!ranking.drain(rankingOf(tree), budget)) return false;
    mem.touch(tree);
    mem.setWord(tree, RANKING, NIL);
  }
  if (!table.drain(tableOf(tree), budget, mem.free)) return false;
  mem.free(tree);
  return true;
}
