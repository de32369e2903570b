/**
 * Changes in the middle of a list. Whatever they leave half empty joins its neighbours where the limits of a pack allow,
 * so that no chain of tiny packs remains.
 */
import type { Region } from "../../base/region.ts";
import type { Ref } from "../../mem/mem.ts";
import * as mem from "../../mem/mem.ts";
import * as listpack from "../../struct/listpack.ts";
import { NONE } from "../../struct/listpack.ts";
import * as gap from "./gap.ts";
import * as pack from "./pack.ts";
import * as packs from "./packs.ts";

/** Puts another element in the place of element `index`, which exists. Its bytes may not lie in this list. */
export function replace(list: Ref, index: number, source: Region, start: number, end: number): void {
  const within = packs.seek(list, index);
  const { held, count } = packs;
  gap.close(held);
  const at = pack.seek(held, within);
  if (pack.admitsInstead(held, count, at, end - start)) {
    packs.set(list, listpack.replace(held, at, source, start, end), count);
  } else if (count > 1) {
    insert(list, index, true, source, start, end);
    removeRange(list, index, 1);
    joinAround(list, index);
    packs.settle(list);
  } else {
    mem.free(held);
    packs.set(list, pack.of(source, start, end), 1);
    packs.joinPrevious(list);
    packs.joinNext(list);
  }
}

/** Adds an element before or after element `index`, which exists. Its bytes may not lie in this list. */
export function insert(list: Ref, index: number, isAfter: boolean, source: Region, start: number, end: number): void {
  const within = packs.seek(list, index);
  const { held, count } = packs;
  if (pack.admits(held, count, end - start)) {
    const at = listpack.seek(gap.close(held), within);
    const changed = isAfter
      ? listpack.insertAfter(held, at, source, start, end)
      : listpack.insertBefore(held, at, source, start, end);
    return packs.set(list, changed, count + 1);
  }
  const cut = isAfter ? within + 1 : within;
  if (cut === 0 || cut === count) return insertBeside(list, isAfter, source, start, end);
  split(list, cut);
  if (!isAfter) packs.step(list, false);
  insertBeside(list, isAfter, source, start, end);
  joinAround(list, isAfter ? index + 1 : index);
}

/** Parts the pack at the place in two, the first of which has `cut` elements; the place is that one then. */
function split(list: Ref, cut: number): void {
  const { count } = packs;
  const held = gap.close(packs.held);
  const right = listpack.remove(listpack.copy(held), listpack.first(held), cut);
  packs.set(list, listpack.remove(held, listpack.seek(held, cut), count - cut), cut);
  packs.insert(list, true, right, count - cut);
  packs.step(list, true);
}

/**
 * Adds an element at the end of the pack at the place, where that is full: to its neighbour there, or as a pack between the
 * two.
 */
function insertBeside(list: Ref, isAfter: boolean, source: Region, start: number, end: number): void {
  if (!packs.step(list, !isAfter)) {
    packs.seekEnd(list, isAfter);
    return packs.insert(list, isAfter, pack.of(source, start, end), 1);
  }
  const { held, count } = packs;
  if (!pack.admits(held, count, end - start)) return packs.insert(list, !isAfter, pack.of(source, start, end), 1);
  const changed = isAfter ? gap.prepend(held, source, start, end, false) : gap.append(held, source, start, end, false);
  packs.set(list, changed, count + 1);
}

/** Lets the packs around element `index` join, if there is such an element: those before it, its own, those after it. */
function joinAround(list: Ref, index: number): void {
  const last = packs.length(list) - 1;
  for (const near of [index - 1, index, index + 1]) {
    if (near < 0 || near > last) continue;
    packs.seek(list, near);
    packs.joinPrevious(list);
    packs.joinNext(list);
  }
}

/** Removes `wanted` elements, which exist, from element `index` on. What is left on either side of them does not join. */
export function removeRange(list: Ref, index: number, wanted: number): void {
  if (wanted === 0) return;
  let within = packs.seek(list, index);
  for (let left = wanted; left > 0; within = 0) {
    const { held, count } = packs;
    const taken = Math.min(left, count - within);
    left -= taken;
    if (taken === count) {
      packs.remove(list, false);
    } else {
      packs.set(list, pack.removeRange(held, count, within, taken), count - taken);
      if (left > 0) packs.step(list, false);
    }
  }
  packs.settle(list);
}

/** Removes all elements but the `kept` ones, at least one, from element `index` on. */
export function trim(list: Ref, index: number, kept: number): void {
  removeRange(list, index + kept, packs.length(list) - index - kept);
  removeRange(list, 0, index);
  joinAround(list, 0);
  joinAround(list, kept - 1);
  packs.settle(list);
}

/** Places of equal elements in a pack. */
const places: number[] = [];

/**
 * Removes up to `limit` elements that are equal to the bytes: the first ones, or (`isBack`) the last ones. Returns how many
 * those were.
 */
export function removeEqual(
  list: Ref,
  isBack: boolean,
  limit: number,
  text: Region,
  start: number,
  end: number,
): number {
  let removed = 0;
  let hasMore = true;
  packs.seekEnd(list, isBack);
  while (hasMore && removed < limit) {
    const taken = removeHere(list, isBack, limit - removed, text, start, end);
    removed += taken;
    if (packs.count === 0) {
      hasMore = packs.remove(list, isBack);
      continue;
    }
    if (taken > 0 && isBack) packs.joinNext(list);
    else if (taken > 0) packs.joinPrevious(list);
    hasMore = packs.step(list, isBack);
  }
  packs.settle(list);
  return removed;
}

/** As `removeEqual`, in the pack at the place; it may be empty then. */
function removeHere(list: Ref, isBack: boolean, limit: number, text: Region, start: number, end: number): number {
  let { held } = packs;
  places.length = 0;
  for (let at = pack.first(held); at !== NONE && (isBack || places.length < limit); at = pack.next(held, at)) {
    at = pack.find(held, at, text, start, end);
    if (at === NONE) break;
    places.push(at);
  }
  const taken = Math.min(places.length, limit);
  if (taken === 0) return 0;
  const left = packs.count - taken;
  // From the last one on, so that the places of the others stay true. A pack that goes need not be emptied first.
  const first = isBack ? places.length - taken : 0;
  const shift = left > 0 ? gap.length(held) : 0;
  if (shift > 0) gap.close(held);
  for (let i = first + taken - 1; i >= first && left > 0; i--) held = listpack.remove(held, places[i]! - shift);
  packs.set(list, held, left);
  return taken;
}
