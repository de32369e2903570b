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
import * as gap from "./gap.ts";
import * as pack from "./pack.ts";
import * as packs from "./packs.ts";
import { listCompressDepth } from "./parameters.ts";
import * as rdb from "./rdb.ts";
import { rewrite } from "./rewrite.ts";

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
    // Beside other packs, what is left over at an end does not count: growing ahead saves 15 ns of an RPUSH.
    const isAhead = packs.isInRow();
    const changed = isLast
      ? gap.append(held, source, start, end, isAhead)
      : gap.prepend(held, source, start, end, isAhead);
    packs.set(ref, changed, count + 1);
  } else if (count > 0) {
    if (packs.isInRow() && !pack.isPlain(held)) packs.set(ref, gap.trimmed(held), count);
    packs.insert(ref, isLast, pack.of(source, start, end), 1);
  } else {
    mem.free(held);
    packs.set(ref, pack.of(source, start, end), 1);
  }
}

/** Answers the element at one end of a list that is not empty, and removes it. Returns how many bytes it had. */
export function take(ref: Ref, isLast: boolean, reply: Reply): number {
  packs.seekEnd(ref, isLast);
  const { held, count } = packs;
  if (count === 1) {
    pack.read(held, pack.first(held), found);
    reply.bulk(found.region, found.start, found.length);
    packs.remove(ref, false);
    packs.settle(ref);
    return found.length;
  }
  // Several elements are in a listpack.
  const chunk = mem.chunkOf(held);
  const at = mem.byteOffset(held) + (isLast ? gap.last(held) : gap.first(held));
  const length = listpack.shortLength(chunk.bytes, at);
  if (length >= 0) {
    // Written out, since most elements are short: saves 30 ns.
    reply.bulk(chunk, at + 1, length);
    packs.set(ref, gap.removeEnd(held, isLast, length + 2, 1), count - 1);
    return length;
  }
  listpack.readElement(chunk, at, found);
  if (found.isInteger) found.spell();
  reply.bulk(found.region, found.start, found.length);
  packs.set(ref, gap.removeEnd(held, isLast, listpack.elementBytes(chunk.bytes, at), 1), count - 1);
  return found.length;
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
  let within = packs.seek(ref, index);
  let at = pack.seek(packs.held, within);
  for (let left = count; ; ) {
    const run = Math.min(left, isBack ? within + 1 : packs.count - within);
    replyRun(packs.held, at, run, isBack, reply);
    left -= run;
    if (left === 0 || !packs.step(ref, isBack)) return;
    within = isBack ? packs.count - 1 : 0;
    at = isBack ? pack.last(packs.held) : pack.first(packs.held);
  }
}

/** Answers `count` elements of a pack, which exist, from the one at `from` on. */
function replyRun(held: Ref, from: number, count: number, isBack: boolean, reply: Reply): void {
  const chunk = mem.chunkOf(held);
  if (pack.isPlain(held)) return reply.bulk(chunk, pack.plainStart(held), pack.plainLength(held));
  const { bytes } = chunk;
  let at = mem.byteOffset(held) + from;
  for (let left = count; ; ) {
    listpack.readElement(chunk, at, found);
    if (found.isInteger) found.spell();
    reply.bulk(found.region, found.start, found.length);
    // Nothing is read beyond the last one: there may be no element before it.
    if (--left === 0) return;
    at = isBack ? listpack.elementBefore(bytes, at) : at + listpack.elementBytes(bytes, at);
  }
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
  details(ref) {
    const { nodes, bytes } = packs.extent(ref);
    return [
      `ql_nodes:${nodes}`,
      `ql_avg_node:${(length(ref) / nodes).toFixed(2)}`,
      `ql_listpack_max:${pack.limit()}`,
      `ql_compressed:${listCompressDepth.value === 0 ? 0 : 1}`,
      `ql_uncompressed_size:${bytes}`,
    ];
  },
  digest(ref, digest) {
    each(ref, (element) => digest.mix(element.region.bytes, element.start, element.start + element.length));
  },
  rdbTypes: rdb.rdbTypes,
  rdbType: rdb.rdbType,
  save: rdb.save,
  load: rdb.load,
  rewrite,
  elements: {
    each: (ref, visit, from) => each(ref, (element) => visit(element, 1), from),
    create,
    append: (ref, source, start, end) => push(ref, true, source, start, end),
  },
};
