/**
 * The encoding of small sorted sets: one listpack (struct/listpack.ts), as Redis has it, so that DUMP and RDB files take it as
 * it is.
 *
 *     member │ score │ member │ score …        in order of the scores, among equal scores of the members' bytes
 *
 * A whole score up to 2^62 is an integer, which loses the sign of -0; any other is its text of 17 digits.
 *
 * A place is that of a member in the listpack, and NONE where there is none. Every function that changes a listpack returns
 * its block.
 */
import * as double from "../../base/double.ts";
import * as int64 from "../../base/int64.ts";
import { compare, Region } from "../../base/region.ts";
import type { Ref } from "../../mem/mem.ts";
import * as mem from "../../mem/mem.ts";
import * as listpack from "../../struct/listpack.ts";
import { Element, NONE } from "../../struct/listpack.ts";

/** What this file reads with; visitors have elements of their own. */
const element = new Element();

/** Scores up to here are kept as integers if they are whole. */
const INTEGER_MAX = 2 ** 62;
/** Where `spell` writes. */
export const text = new Region(new Uint8Array(double.LENGTH_MAX));

/** Writes a score into `text` as the listpack keeps it; the bytes it takes. */
export function spell(score: number): number {
  if (Number.isSafeInteger(score)) return int64.write(text.bytes, 0, score + 0);
  if (Number.isInteger(score) && Math.abs(score) <= INTEGER_MAX) return int64.writeBig(text.bytes, 0, BigInt(score));
  return double.write(text.bytes, 0, score);
}

/** Number of members. */
export function length(lp: Ref): number {
  return listpack.length(lp) >> 1;
}

/** The place of a member. */
export function find(lp: Ref, name: Region, start: number, end: number): number {
  return listpack.find(lp, listpack.first(lp), 1, name, start, end);
}

/** The score of the member at a place. */
export function scoreAt(lp: Ref, place: number): number {
  return readScore(lp, listpack.next(lp, place));
}

function readScore(lp: Ref, at: number): number {
  return scoreOf(mem.chunkOf(lp), mem.byteOffset(lp) + at);
}

/** The score that begins at byte `from` of a region. */
export function scoreOf(region: Region, from: number): number {
  listpack.readElement(region, from, element);
  if (element.isInteger) return element.integer;
  // What is no number was refused when it was loaded (rdb.ts).
  return double.parse(element.region.bytes, element.start, element.start + element.length) ?? Number.NaN;
}

/** Adds a member that is not there yet. Its bytes may not lie in this listpack. */
export function add(lp: Ref, name: Region, start: number, end: number, score: number): Ref {
  const place = placeFor(lp, name, start, end, score);
  const length = spell(score);
  if (place === NONE) return listpack.append(listpack.append(lp, name, start, end), text, 0, length);
  const held = listpack.insertBefore(lp, place, name, start, end);
  return listpack.insertAfter(held, place, text, 0, length);
}

/** Adds a member behind all others, which is where it belongs. */
export function append(lp: Ref, name: Region, start: number, end: number, score: number): Ref {
  const held = listpack.append(lp, name, start, end);
  return listpack.append(held, text, 0, spell(score));
}

/** The place of the member before which this one belongs; NONE at the end. */
function placeFor(lp: Ref, name: Region, start: number, end: number, score: number): number {
  let low = 0;
  let high = collectPlaces(lp);
  const members = high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const place = places[middle]!;
    const here = scoreAt(lp, place);
    if (here < score || (here === score && compareAt(lp, place, name, start, end) < 0)) low = middle + 1;
    else high = middle;
  }
  return low === members ? NONE : places[low]!;
}

/** How many members have a score below this one, or (`isAfter`) up to it. */
export function rankOfScore(lp: Ref, score: number, isAfter: boolean): number {
  let low = 0;
  let high = collectPlaces(lp);
  while (low < high) {
    const middle = (low + high) >>> 1;
    const here = scoreAt(lp, places[middle]!);
    if (here < score || (isAfter && here === score)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Places of members, by their ranks. It grows for the longest listpack. */
let places = new Int32Array(256);

/**
 * Fills `places`, and returns how many they are. To step over an element is quick, to read a score of 17 digits is not: so
 * the scores are searched by halves.
 */
function collectPlaces(lp: Ref): number {
  const members = length(lp);
  if (members > places.length) places = new Int32Array(members * 2);
  for (let at = listpack.first(lp), rank = 0; at !== NONE; at = next(lp, at)) places[rank++] = at;
  return members;
}

/** Below 0, 0 or above 0 as the member at a place sorts before, with or after these bytes. */
export function compareAt(lp: Ref, place: number, name: Region, start: number, end: number): number {
  listpack.readText(lp, place, element);
  return compare(element.region, element.start, element.start + element.length, name, start, end);
}

/** Removes up to `count` members from a place on. */
export function remove(lp: Ref, place: number, count: number): Ref {
  return listpack.remove(lp, place, count * 2);
}

/** The place of the member of this rank, which must exist. */
export function seek(lp: Ref, rank: number): number {
  return listpack.seek(lp, rank * 2);
}

/** The rank of the member at a place. */
export function rankAt(lp: Ref, place: number): number {
  let rank = 0;
  for (let at = listpack.first(lp); at !== place; at = next(lp, at)) rank++;
  return rank;
}

/** The place of the next member. */
export function next(lp: Ref, place: number): number {
  return listpack.next(lp, listpack.next(lp, place));
}

/** The place of the member before. */
export function previous(lp: Ref, place: number): number {
  const scorePlace = listpack.previous(lp, place);
  return scorePlace === NONE ? NONE : listpack.previous(lp, scorePlace);
}
