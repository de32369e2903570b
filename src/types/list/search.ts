/**
 * Looking for elements of a list: pack by pack, each with the listpack's own search (struct/listpack.ts), which finds places;
 * what is wanted are indexes.
 */
import type { Region } from "../../base/region.ts";
import type { Ref } from "../../mem/mem.ts";
import { NONE } from "../../struct/listpack.ts";
import * as pack from "./pack.ts";
import * as packs from "./packs.ts";

/** Told of a match by its index; false stops the search. */
export type OnMatch = (index: number) => boolean;

/** Index of the first element equal to the bytes, or -1. */
export function indexOf(list: Ref, text: Region, start: number, end: number): number {
  let found = -1;
  eachMatch(list, Number.POSITIVE_INFINITY, text, start, end, (index) => {
    found = index;
    return false;
  });
  return found;
}

/** Visits the elements equal to the bytes, among the first `limit` of the list. */
export function eachMatch(list: Ref, limit: number, text: Region, start: number, end: number, visit: OnMatch): void {
  let first = 0;
  const visitNear = (index: number) => index < limit && visit(index);
  packs.seekEnd(list, false);
  do {
    if (!eachHere(first, text, start, end, visitNear)) return;
    first += packs.count;
  } while (first < limit && packs.step(list, false));
}

/** Matches in one pack. */
const indexes: number[] = [];

/** As `eachMatch`, from the last element towards the first. */
export function eachMatchBack(
  list: Ref,
  limit: number,
  text: Region,
  start: number,
  end: number,
  visit: OnMatch,
): void {
  const lowest = packs.length(list) - limit;
  let first = packs.length(list);
  const collect = (index: number) => indexes.push(index) > 0;
  packs.seekEnd(list, true);
  do {
    first -= packs.count;
    indexes.length = 0;
    eachHere(first, text, start, end, collect);
    for (let i = indexes.length - 1; i >= 0; i--) {
      const index = indexes[i]!;
      if (index < lowest || !visit(index)) return;
    }
  } while (first > lowest && packs.step(list, true));
}

/** Visits the matches in the pack at the place, whose first element has index `first`. False when a visit has stopped it. */
function eachHere(first: number, text: Region, start: number, end: number, visit: OnMatch): boolean {
  const { held } = packs;
  let at = pack.first(held);
  for (let index = first; ; index++) {
    const match = pack.find(held, at, text, start, end);
    if (match === NONE) return true;
    for (; at !== match; index++) at = pack.next(held, at);
    if (!visit(index)) return false;
    at = pack.next(held, at);
  }
}
