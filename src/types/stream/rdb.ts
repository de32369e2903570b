/**
 * Streams in RDB files:
 *
 *     number of nodes, of each: ID, listpack · entries · last ID
 *     (19, 21) first ID · greatest deleted ID · entries ever added
 *     number of groups, of each: name · ID delivered last · (19, 21) entries read
 *         · number of pending, of each: ID · time of delivery · deliveries
 *         · number of consumers, of each: name · time at which it was seen · (21) time at which it was active
 *             · number of its pending, of each: ID
 *
 * IDs of nodes and of the pending are 16 bytes, the highest first; others are two lengths. What comes from outside is
 * checked whole: nodes and their order, the number of entries, and that each pending entry has exactly one consumer.
 */
import { Region } from "../../base/region.ts";
import { type MakeEntry, type Rest, SLICE_NODES, STREAM } from "../../keyspace/value-type.ts";
import * as mem from "../../mem/mem.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { RdbReader } from "../../rdb/reader.ts";
import { RDB_STREAM_LISTPACKS, RDB_STREAM_LISTPACKS_2, RDB_STREAM_LISTPACKS_3 } from "../../rdb/types.ts";
import type { RdbWriter } from "../../rdb/writer.ts";
import * as entry from "../../struct/entry.ts";
import { Element } from "../../struct/listpack.ts";
import * as sequence from "../../struct/sequence.ts";
import * as byId from "./by-id.ts";
import * as groups from "./group.ts";
import { ID_BYTES, Id } from "./id.ts";
import * as int64 from "./int64-words.ts";
import * as lag from "./lag.ts";
import * as node from "./node.ts";
import * as check from "./node-check.ts";
import * as nodes from "./nodes.ts";
import * as stream from "./value.ts";

export const rdbTypes: readonly number[] = [RDB_STREAM_LISTPACKS, RDB_STREAM_LISTPACKS_2, RDB_STREAM_LISTPACKS_3];
export const rdbType = () => RDB_STREAM_LISTPACKS_2;

const id = new Id();
const name = new Element();

// --- Writing -------------------------------------------------------------------------------------------------------------

/**
 * Where the functions below write. None of them is a closure, and none makes a BigInt where a number will do: that would be garbage
 * by the million.
 */
let out: RdbWriter;

const idBytes = new Region(new Uint8Array(ID_BYTES));

function fillIdBytes(): void {
  putHalf(0, id.msHigh);
  putHalf(4, id.msLow);
  putHalf(8, id.seqHigh);
  putHalf(12, id.seqLow);
}

function putHalf(at: number, half: number): void {
  for (let i = 0; i < 4; i++) idBytes.bytes[at + i] = (half >>> (24 - 8 * i)) & 0xff;
}

function saveId(ref: Ref, word: number): void {
  id.read(ref, word);
  out.lengthOfHalves(id.msHigh, id.msLow);
  out.lengthOfHalves(id.seqHigh, id.seqLow);
}

/** Writes the stream as an RDB file of Redis 7.0 has it. */
export function save(head: Ref, writer: RdbWriter): void {
  out = writer;
  const all = stream.nodesOf(head);
  out.length(sequence.items(all));
  sequence.each(all, saveNode);
  out.length(stream.length(head));
  saveId(head, stream.LAST_ID);
  saveId(head, stream.FIRST_ID);
  saveId(head, stream.MAX_DELETED_ID);
  out.length64(int64.read(head, stream.ENTRIES_ADDED));
  const held = stream.groupsOf(head);
  out.length(held === NIL ? 0 : sequence.items(held));
  if (held !== NIL) sequence.each(held, saveGroup);
}

function saveNode(held: Ref): void {
  id.read(held, 0);
  fillIdBytes();
  out.string(idBytes, 0, ID_BYTES);
  out.string(mem.chunkOf(held), node.listpackStart(held), node.listpackBytes(held));
}

function saveGroup(group: Ref): void {
  groups.readName(group, name);
  out.string(name.region, name.start, name.length);
  saveId(group, groups.LAST_ID);
  out.length64(int64.read(group, groups.ENTRIES_READ));
  const pending = groups.pendingOf(group);
  out.length(byId.count(pending));
  byId.each(pending, savePending);
  out.length(groups.consumerCount(group));
  groups.eachConsumer(group, saveConsumer);
}

function savePending(pack: Ref, word: number): void {
  savePendingId(pack, word);
  out.millis(int64.read(pack, word + groups.DELIVERED));
  out.length64(int64.read(pack, word + groups.DELIVERIES));
}

function saveConsumer(consumer: Ref): void {
  groups.readConsumerName(consumer, name);
  out.string(name.region, name.start, name.length);
  out.millis(int64.read(consumer, groups.SEEN));
  const own = groups.consumerPending(consumer);
  out.length(byId.count(own));
  byId.each(own, savePendingId);
}

function savePendingId(pack: Ref, word: number): void {
  id.read(pack, word);
  fillIdBytes();
  out.raw(idBytes, 0, ID_BYTES);
}

// --- Reading -------------------------------------------------------------------------------------------------------------

// The least that an element takes: what is announced without being there is found out before memory is taken for it.
const NODE_BYTES_MIN = ID_BYTES + 8;
const GROUP_BYTES_MIN = 5;
const PENDING_BYTES = ID_BYTES + 9;
const CONSUMER_BYTES_MIN = 10;

export function load(type: number, reader: RdbReader, make: MakeEntry): Rest | undefined {
  const head = stream.createHead();
  lastLive.setMin();
  try {
    const count = reader.count(NODE_BYTES_MIN);
    if (count > SLICE_NODES) return inSlices(type, reader, head, count, make);
    loadBehindNodes(type, reader, head, loadNodes(reader, head, count));
  } catch (error) {
    stream.release(head, Number.POSITIVE_INFINITY);
    throw error;
  }
  give(head, make);
  return undefined;
}

function* inSlices(type: number, reader: RdbReader, head: Ref, count: number, make: MakeEntry): Rest {
  try {
    let length = 0;
    for (let left = count; left > 0; left -= SLICE_NODES) {
      length += loadNodes(reader, head, Math.min(left, SLICE_NODES));
      yield;
    }
    loadBehindNodes(type, reader, head, length);
  } catch (error) {
    stream.release(head, Number.POSITIVE_INFINITY);
    throw error;
  }
  give(head, make);
}

function give(head: Ref, make: MakeEntry): void {
  const ref = make(entry.flagsFor(STREAM, 0) | entry.OUTSIDE, 0);
  entry.setOutside(ref, head, 0);
}

const lastLive = new Id();

/** Loads so many nodes; the number of their entries. */
function loadNodes(reader: RdbReader, head: Ref, count: number): number {
  let length = 0;
  for (let left = count; left > 0; left--) length += loadNode(reader, head);
  return length;
}

/** Loads what comes after the nodes, which have `length` entries. */
function loadBehindNodes(type: number, reader: RdbReader, head: Ref, length: number): void {
  if (reader.length() !== length) reader.fail("a stream has another number of entries than it says");
  stream.addLength(head, length);
  loadId(reader, head, stream.LAST_ID);
  if (lastLive.compareAt(head, stream.LAST_ID) > 0) reader.fail("a stream has entries after its last ID");
  if (type === RDB_STREAM_LISTPACKS) {
    stream.setEntriesAdded(head, length);
    stream.findFirstId(head);
  } else {
    loadId(reader, head, stream.FIRST_ID);
    loadId(reader, head, stream.MAX_DELETED_ID);
    stream.setEntriesAdded(head, loadInt64(reader));
  }
  const count = reader.count(GROUP_BYTES_MIN);
  for (let left = count; left > 0; left--) loadGroup(type, reader, head);
}

/** Loads a node, which comes after all before; the number of its entries. */
function loadNode(reader: RdbReader, head: Ref): number {
  reader.string();
  if (reader.text.length !== ID_BYTES) reader.fail("the ID of a stream's node has not 16 bytes");
  readIdBytes(reader);
  const all = stream.nodesOf(head);
  const before = nodes.last(all);
  if (before !== NIL && id.compareAt(before, 0) <= 0) reader.fail("the nodes of a stream are not in order");
  reader.string();
  const { region, start, length } = reader.text;
  if (!check.isNode(region, start, length, id)) reader.fail("a node of a stream is damaged");
  if (length > mem.BLOCK_BYTES_MAX - ID_BYTES) reader.fail("a node of a stream is too long");
  if (check.liveEntries > 0) {
    if (!lastLive.isMin && id.compare(lastLive) <= 0) reader.fail("the entries of a stream are not in order");
    lastLive.copy(check.lastLive);
  }
  nodes.append(all, node.load(id, region, start, length));
  return check.liveEntries;
}

/** Reads the ID that `reader.text` is. */
function readIdBytes(reader: RdbReader): void {
  const { start } = reader.text;
  const input = reader.text.region.bytes;
  id.set(halfAt(input, start), halfAt(input, start + 4), halfAt(input, start + 8), halfAt(input, start + 12));
}

function halfAt(input: Uint8Array, at: number): number {
  return ((input[at]! << 24) | (input[at + 1]! << 16) | (input[at + 2]! << 8) | input[at + 3]!) >>> 0;
}

function loadId(reader: RdbReader, ref: Ref, word: number): void {
  readId(reader);
  mem.touch(ref);
  id.write(ref, word);
}

/** Reads an ID that is two lengths. By halves: BigInts took half of the time of a small stream. */
function readId(reader: RdbReader): void {
  reader.halves();
  const msHigh = reader.high;
  const msLow = reader.low;
  reader.halves();
  id.set(msHigh, msLow, reader.high, reader.low);
}

function loadInt64(reader: RdbReader): int64.Int64 {
  reader.halves();
  const near = (reader.high | 0) * 2 ** 32 + reader.low;
  return Number.isSafeInteger(near) ? near : (BigInt(reader.high | 0) << 32n) | BigInt(reader.low);
}

function loadGroup(type: number, reader: RdbReader, head: Ref): void {
  reader.string();
  // The name's bytes are borrowed until the next string, and lengths are none.
  const { region, start, length } = reader.text;
  readId(reader);
  const read = type === RDB_STREAM_LISTPACKS ? lag.entriesUpTo(head, id) : loadInt64(reader);
  const group = groups.add(stream.groupsToAddTo(head), region, start, start + length, id, read);
  if (group === NIL) reader.fail("a stream has a group twice");
  for (let left = reader.count(PENDING_BYTES); left > 0; left--) {
    reader.raw(ID_BYTES);
    readIdBytes(reader);
    const deliveredMs = reader.millis();
    if (!groups.addPending(group, id, deliveredMs, loadInt64(reader))) reader.fail("an entry is pending twice");
  }
  let owned = 0;
  for (let left = reader.count(CONSUMER_BYTES_MIN); left > 0; left--) owned += loadConsumer(type, reader, group);
  if (owned !== groups.pendingCount(group)) reader.fail("a pending entry has no consumer");
}

/** Loads a consumer; the number of its pending entries. */
function loadConsumer(type: number, reader: RdbReader, group: Ref): number {
  reader.string();
  const { region, start, length } = reader.text;
  const consumer = groups.addConsumer(group, region, start, start + length);
  if (consumer === NIL) reader.fail("a group has a consumer twice");
  mem.touch(consumer);
  int64.write(consumer, groups.SEEN, reader.millis());
  if (type === RDB_STREAM_LISTPACKS_3) reader.millis();
  const pending = groups.pendingOf(group);
  const owned = reader.count(ID_BYTES);
  for (let left = owned; left > 0; left--) {
    reader.raw(ID_BYTES);
    readIdBytes(reader);
    if (!byId.find(pending, id)) reader.fail("a consumer has something pending that its group has not");
    if (groups.consumerAt(byId.pack, byId.word) !== NIL) reader.fail("a pending entry has two consumers");
    groups.give(group, consumer, id);
  }
  return owned;
}
