/**
 * The list value: byte strings in order. It lies outside its entry, as a row of packs:
 *
 *     pack.ts     some neighbouring elements in one block
 *     packs.ts    the row of them, in two encodings
 *     edit.ts     changes in the middle
 *     search.ts   looking for elements
 *     value.ts    both ends, walking, and what all types have to tell: ValueType
 *
 * Commands name elements by index, and read them through elements, which are borrowed until the next call.
 */
import type { Region } from "../../base/region.ts";
import type { Database } from "../../keyspace/database.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { LIST, type ValueType } from "../../keyspace/value-type.ts";
import type { Ref } from "../../mem/mem.ts";
import * as mem from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";
import * as entry from "../../struct/entry.ts";
import * as listpack from "../../struct/listpack.ts";
import { Element, NONE } from "../../struct/listpack.ts";
import * as pack from "./pack.ts";
import * as packs from "./packs.ts";
import * as rdb from "./rdb.ts";

/** What a visit is given, each time, and what `readAt` reads. */
export const found = new Element();

/** Redis' own limit, too: weights in a sequence have 32 bits. */
export const LENGTH_MAX = 2 ** 32 - 1;

/** Gives the key in argument `i`, which does not exist, an empty list; it may not stay empty. */
export function create(db: Database, args: Args, i: number): Ref {
  const alone = listpack.create();
  const ref = keyspace.put(db, args, i, entry.flagsFor(LIST, 0) | entry.OUTSIDE, 0);
  packs.setAlone(ref, alone);
  return ref;
}

/** Number of elements. */
export const length = packs.length;

// --- Ends ----------------------------------------------------------------------------------------------------------

/** Adds an element at one end. Its bytes may not lie in this list. */
export function push(ref: Ref, isLast: boolean, source: Region, start: number, end: number): void {
  packs.seekEnd(ref, isLast);
  const { held, count } = packs;
  if (pack.admits(held, count, end - start)) {
    const changed = isLast ? listpack.append(held, source, start, end) : listpack.prepend(held, source, start, end);
    packs.set(ref, changed, count + 1);
  } else if (count > 0) {
    packs.insert(ref, isLast, pack.of(source, start, end), 1);
  } else {
    mem.free(held);
    packs.set(ref, pack.of(source, start, end), 1);
  }
}

/** Reads the element at one end of a list that is not empty. */
export function readEnd(ref: Ref, isLast: boolean, into: Element): void {
  packs.seekEnd(ref, isLast);
  pack.read(packs.held, isLast ? pack.last(packs.held) : pack.first(packs.held), into);
}

/** Removes the element at one end. */
export function dropEnd(ref: Ref, isLast: boolean): void {
  packs.seekEnd(ref, isLast);
  const { held, count } = packs;
  if (count === 1) {
    packs.remove(ref, false);
    packs.settle(ref);
  } else {
    packs.set(ref, listpack.remove(held, isLast ? listpack.last(held) : listpack.first(held)), count - 1);
  }
}

// --- Reading -------------------------------------------------------------------------------------------------------

/** Reads element `index`, which exists. */
export function readAt(ref: Ref, index: number, into: Element): void {
  const within = packs.seek(ref, index);
  pack.read(packs.held, pack.seek(packs.held, within), into);
}

/**
 * Visits the elements in order, from element `from` on, which exists unless it is the first, until a visit answers false. A
 * visit may not change the list.
 */
export function each(ref: Ref, visit: (element: Element) => unknown, from = 0): void {
  if (from === 0) packs.seekEnd(ref, false);
  const within = from === 0 ? 0 : packs.seek(ref, from);
  let at = within === 0 ? pack.first(packs.held) : pack.seek(packs.held, within);
  for (;;) {
    const { held } = packs;
    for (; at !== NONE; at = pack.next(held, at)) {
      pack.read(held, at, found);
      if (visit(found) === false) return;
    }
    if (!packs.step(ref, false)) return;
    at = pack.first(packs.held);
  }
}

/** Answers `count` elements, which exist, from element `index` on; `isBack`: from there towards the first. */
export function replyRange(ref: Ref, index: number, count: number, isBack: boolean, reply: Reply): void {
  if (count === 0) return;
  const within = packs.seek(ref, index);
  let at = pack.seek(packs.held, within);
  for (let left = count; ; ) {
    left -= replyRun(packs.held, at, left, isBack, reply);
    if (left === 0 || !packs.step(ref, isBack)) return;
    at = isBack ? pack.last(packs.held) : pack.first(packs.held);
  }
}

/** Answers up to `count` elements of a pack. Returns how many. */
function replyRun(held: Ref, from: number, count: number, isBack: boolean, reply: Reply): number {
  if (pack.isPlain(held)) {
    reply.bulk(mem.chunkOf(held), pack.plainStart(held), pack.plainLength(held));
    return 1;
  }
  const chunk = mem.chunkOf(held);
  const base = mem.byteOffset(held);
  let left = count;
  for (let at = from; at !== NONE && left > 0; left--) {
    listpack.readElement(chunk, base + at, found);
    if (found.isInteger) found.spell();
    reply.bulk(found.region, found.start, found.length);
    at = isBack ? listpack.previous(held, at) : listpack.next(held, at);
  }
  return count - left;
}

// --- The type ------------------------------------------------------------------------------------------------------

export const listType: ValueType = {
  id: LIST,
  name: "list",
  // Redis 7.0 has this one encoding.
  encodingName: () => "quicklist",
  length,
  copyOutside: packs.copyTo,
  blocks: (ref, visit) => packs.blocks(entry.outside(ref), entry.encoding(ref), visit),
  release: packs.release,
  releasing: packs.blocks,
  digest(ref, digest) {
    each(ref, (element) => digest.mix(element.region.bytes, element.start, element.start + element.length));
  },
  rdbTypes: rdb.rdbTypes,
  rdbType: rdb.rdbType,
  save: rdb.save,
  load: rdb.load,
  elements: {
    each: (ref, visit, from) => each(ref, (element) => visit(element, 1), from),
    create,
    append: (ref, source, start, end) => push(ref, true, source, start, end),
  },
};
