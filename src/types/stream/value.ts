/**
 * The stream value: entries in the order of their IDs, and consumer groups. It lies outside its entry of the keyspace, and
 * always has the same shape:
 *
 *     head    u32 entries · ref of the nodes · ref of the groups or NIL · ref of the last node, or NIL: look for it
 *             · last ID · ID of the first entry · greatest ID that was deleted · u64 entries ever added
 *     nodes   sequence (nodes.ts) of nodes (node.ts), each with some consecutive entries
 *     groups  sequence (struct/sequence.ts) of groups (group.ts)
 *
 * Commands hold the head, which never moves. A node goes with its last live entry, except where Redis keeps it: when it was
 * trimmed by an ID and ends with deleted entries that are not before that ID.
 */
import type { Database } from "../../keyspace/database.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { STREAM } from "../../keyspace/value-type.ts";
import * as mem from "../../mem/mem.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import * as entry from "../../struct/entry.ts";
import * as sequence from "../../struct/sequence.ts";
import * as group from "./group.ts";
import { Id } from "./id.ts";
import * as int64 from "./int64-words.ts";
import * as node from "./node.ts";
import * as nodes from "./nodes.ts";
import { streamNodeMaxBytes, streamNodeMaxEntries } from "./parameters.ts";
import { Walk } from "./walk.ts";

// Words of the head.
const LENGTH = 0;
const NODES = 1;
const GROUPS = 2;
const LAST_NODE = 3;
export const LAST_ID = 4;
export const FIRST_ID = 8;
export const MAX_DELETED_ID = 12;
export const ENTRIES_ADDED = 16;
const HEAD_BYTES = 72;

/** What the fields and values of an entry may have together, and what a node may hold, as in Redis. */
const TEXT_BYTES_MAX = 2 ** 30;

/** What a node has besides entries and fields, at most. */
const NODE_ROOM = 128;

const MIN = new Id();
const MAX = new Id().setMax();

// --- The head ------------------------------------------------------------------------------------------------------------

/** An empty stream that has no key yet. */
export function createHead(): Ref {
  const stream = mem.allocZeroed(HEAD_BYTES);
  mem.setWord(stream, NODES, sequence.create());
  return stream;
}

/** Gives the key in argument `i`, which does not exist, an empty stream. */
export function create(db: Database, args: Args, i: number): Ref {
  const stream = createHead();
  const ref = keyspace.put(db, args, i, entry.flagsFor(STREAM, 0) | entry.OUTSIDE, 0);
  entry.setOutside(ref, stream, 0);
  return stream;
}

/** Number of entries. */
export const length = (stream: Ref) => mem.word(stream, LENGTH) >>> 0;
export const nodesOf = (stream: Ref) => mem.refAt(stream, NODES);
/** The groups, or NIL where there never was one. */
export const groupsOf = (stream: Ref) => mem.refAt(stream, GROUPS);

/** The groups, which are made where there are none. */
export function groupsToAddTo(stream: Ref): Ref {
  const groups = groupsOf(stream);
  if (groups !== NIL) return groups;
  const made = sequence.create();
  mem.touch(stream);
  mem.setWord(stream, GROUPS, made);
  return made;
}

/** The group named by argument `i`, or NIL. */
export function findGroup(stream: Ref, args: Args, i: number): Ref {
  const groups = groupsOf(stream);
  return groups === NIL ? NIL : group.find(groups, args.region, args.start(i), args.end(i));
}

/** Notes that there are so many entries more, or fewer. */
export function addLength(stream: Ref, difference: number): void {
  mem.touch(stream);
  mem.setWord(stream, LENGTH, mem.word(stream, LENGTH) + difference);
}

/** Sets one of the head's IDs. */
export function setId(stream: Ref, word: number, id: Id): void {
  mem.touch(stream);
  id.write(stream, word);
}

export function setEntriesAdded(stream: Ref, count: int64.Int64): void {
  mem.touch(stream);
  int64.write(stream, ENTRIES_ADDED, count);
}

// --- Entries -------------------------------------------------------------------------------------------------------------

/** Walks that no visit keeps: for questions about one entry. */
const walk = new Walk();

/** Bytes of the fields and values from argument `from` on. */
export function textBytes(args: Args, from: number): number {
  let bytes = 0;
  for (let i = from; i < args.count; i++) bytes += args.length(i);
  return bytes;
}

/** Whether so many texts with so many bytes together are too large for an entry, of whichever stream. */
export function isTooLarge(bytes: number, texts: number): boolean {
  return bytes > TEXT_BYTES_MAX || node.entryRoom(bytes, texts) + NODE_ROOM > mem.BLOCK_BYTES_MAX;
}

/**
 * Adds an entry with the fields and values from argument `from` on, `bytes` together. Its ID is after the last one. That the
 * head knows the last node saves the way through the sequence: 40 ns of 430.
 */
export function append(stream: Ref, id: Id, args: Args, from: number, bytes: number): void {
  const { words } = mem.chunkOf(stream);
  const head = mem.wordOffset(stream);
  const known = (words[head + LAST_NODE]! >>> 0) as Ref;
  const last = known === NIL ? nodes.last(nodesOf(stream)) : known;
  const room = node.entryRoom(bytes, args.count - from);
  let held: Ref;
  if (last === NIL || isFull(last, bytes, room)) {
    if (last !== NIL) moveLast(stream, last, node.close(last));
    held = node.create(id, args, from);
    nodes.append(nodesOf(stream), held);
  } else {
    held = node.append(last, id, args, from, room);
    moveLast(stream, last, held);
  }
  mem.touch(stream);
  const entries = words[head + LENGTH]! + 1;
  words[head + LENGTH] = entries;
  words[head + LAST_NODE] = held;
  if (entries === 1) id.write(stream, FIRST_ID);
  id.write(stream, LAST_ID);
  int64.increment(stream, ENTRIES_ADDED);
}

/** Puts the block into which the last node has moved, if it has, where the old one was. */
function moveLast(stream: Ref, last: Ref, held: Ref): void {
  if (held === last) return;
  nodes.last(nodesOf(stream));
  nodes.moved(nodesOf(stream), held);
}

/** Whether a node takes no further entry: exactly where Redis begins another, for trimming shows it. */
function isFull(last: Ref, bytes: number, room: number): boolean {
  const limit = streamNodeMaxBytes.value;
  const bytesMax = limit === 0 || limit > TEXT_BYTES_MAX ? TEXT_BYTES_MAX : limit;
  if (node.listpackBytes(last) + bytes >= bytesMax) return true;
  const entriesMax = streamNodeMaxEntries.value;
  if (entriesMax !== 0 && node.entryCount(last) >= entriesMax) return true;
  return !node.hasBlockFor(last, room);
}

/** Whether there is an entry with this ID. */
export function has(stream: Ref, id: Id): boolean {
  walk.begin(nodesOf(stream), id, id, false);
  return walk.next();
}

/** Whether the first entry is among those that `remove` has deleted since the first ID was mended. */
let isFirstGone = false;

/** Deletes the entry with this ID; false when there is none. `mendFirstId` has to follow, once for all. */
export function remove(stream: Ref, id: Id): boolean {
  if (!has(stream, id)) return false;
  const held = walk.node;
  nodes.seek(nodesOf(stream), held);
  if (node.liveCount(held) === 1) {
    removeNode(stream, held);
  } else {
    node.markDeleted(held, walk.flagsAt);
    countDeleted(stream, held, 1);
  }
  addLength(stream, -1);
  if (id.compareAt(stream, FIRST_ID) === 0) isFirstGone = true;
  if (id.compareAt(stream, MAX_DELETED_ID) > 0) id.write(stream, MAX_DELETED_ID);
  return true;
}

/** Takes out the node at the place of its sequence, and frees it. */
export function removeNode(stream: Ref, held: Ref): void {
  nodes.remove(nodesOf(stream));
  forgetLast(stream);
  mem.free(held);
}

/** Counts `count` entries of the node at the place of its sequence as deleted. */
export function countDeleted(stream: Ref, held: Ref, count: number): void {
  const other = node.addDeleted(held, count);
  if (other === held) return;
  nodes.moved(nodesOf(stream), other);
  forgetLast(stream);
}

/** The last node may be another one. */
function forgetLast(stream: Ref): void {
  mem.touch(stream);
  mem.setWord(stream, LAST_NODE, NIL);
}

/** Reads the ID of the first entry into `id`; the greatest ID where there is none. */
export function readFirstLive(stream: Ref, id: Id): void {
  walk.begin(nodesOf(stream), MIN, MAX, false);
  if (walk.next()) id.copy(walk.id);
  else id.setMax();
}

/** As `readFirstLive`, and an entry that was deleted while others of its node were not is one. */
export function readFirst(stream: Ref, id: Id): void {
  const held = nodes.first(nodesOf(stream));
  if (held === NIL) id.setMax();
  else id.read(held, 0);
}

/** Reads the ID of the last entry into `id`; the smallest ID where there is none. */
export function readLastLive(stream: Ref, id: Id): void {
  walk.begin(nodesOf(stream), MIN, MAX, true);
  if (walk.next()) id.copy(walk.id);
  else id.setMin();
}

const first = new Id();

/** Makes the first ID that of the entry that is first now, after entries were deleted one by one. */
export function mendFirstId(stream: Ref): void {
  if (isFirstGone || length(stream) === 0) findFirstId(stream);
  isFirstGone = false;
}

/** As `mendFirstId`, whichever entries have gone. */
export function findFirstId(stream: Ref): void {
  if (length(stream) === 0) first.setMin();
  else readFirstLive(stream, first);
  setId(stream, FIRST_ID, first);
}

// --- All of it -----------------------------------------------------------------------------------------------------------

/** The same stream in blocks of its own. */
export function copy(stream: Ref): Ref {
  const copied = mem.alloc(HEAD_BYTES);
  for (let i = 0; i < HEAD_BYTES / 4; i++) mem.setWord(copied, i, mem.word(stream, i));
  mem.setWord(copied, NODES, copyItems(nodesOf(stream), node.copy));
  mem.setWord(copied, LAST_NODE, NIL);
  if (groupsOf(stream) !== NIL) mem.setWord(copied, GROUPS, copyItems(groupsOf(stream), group.copy));
  return copied;
}

function copyItems(items: Ref, copyItem: (item: Ref) => Ref): Ref {
  const copied = sequence.create();
  sequence.each(items, (item) => {
    const other = copyItem(item);
    sequence.seekLast(copied);
    sequence.insertAfter(copied, other, 1);
  });
  return copied;
}

/** Frees about `budget` nodes or packs (by-id.ts) of a stream that nobody can reach any more; true when all is gone. */
export function release(stream: Ref, budget: number): boolean {
  if (nodesOf(stream) !== NIL) {
    if (!sequence.drain(nodesOf(stream), budget, mem.free)) return false;
    mem.touch(stream);
    mem.setWord(stream, NODES, NIL);
  }
  const groups = groupsOf(stream);
  if (groups !== NIL) {
    for (sequence.seekLast(groups); sequence.item() !== NIL; sequence.seekLast(groups)) {
      if (!group.release(sequence.item(), budget)) return false;
      sequence.seekLast(groups);
      sequence.remove(groups);
    }
    sequence.drain(groups, 1, mem.free);
  }
  mem.free(stream);
  return true;
}

export function blocks(stream: Ref, visit: (block: Ref) => void): void {
  if (nodesOf(stream) !== NIL) {
    sequence.each(nodesOf(stream), visit);
    sequence.blocks(nodesOf(stream), visit);
  }
  if (groupsOf(stream) !== NIL) {
    sequence.each(groupsOf(stream), (item) => group.blocks(item, visit));
    sequence.blocks(groupsOf(stream), visit);
  }
  visit(stream);
}
