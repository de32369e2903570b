/**
 * Lists in RDB files:
 *
 *      1  number of elements, then each as a string (Redis 2 and earlier: a linked list)
 *     10  one ziplist                          14  number of nodes, then a ziplist each (Redis 3.2 to 6.2)
 *     18  number of nodes, then of each 1 and an element, or 2 and a listpack
 *
 * Packs are saved as they are, and what is loaded as 14 or 18 keeps its packs, whatever the limits say. Without any element
 * it is no list.
 */
import { Region } from "../../base/region.ts";
import { LIST, type MakeEntry, type Rest, SLICE_NODES } from "../../keyspace/value-type.ts";
import type { Ref } from "../../mem/mem.ts";
import * as mem from "../../mem/mem.ts";
import { NIL } from "../../mem/mem.ts";
import type { RdbReader } from "../../rdb/reader.ts";
import { RDB_LIST, RDB_LIST_QUICKLIST, RDB_LIST_QUICKLIST_2, RDB_LIST_ZIPLIST } from "../../rdb/types.ts";
import type { RdbWriter } from "../../rdb/writer.ts";
import { eachZiplistEntry, listpackOfZiplist } from "../../rdb/ziplist.ts";
import * as entry from "../../struct/entry.ts";
import type { Element } from "../../struct/listpack.ts";
import * as listpack from "../../struct/listpack.ts";
import * as sequence from "../../struct/sequence.ts";
import * as gap from "./gap.ts";
import * as pack from "./pack.ts";
import * as packs from "./packs.ts";

export const rdbTypes = [RDB_LIST, RDB_LIST_ZIPLIST, RDB_LIST_QUICKLIST, RDB_LIST_QUICKLIST_2];

// What a node of type 18 is.
const NODE_PLAIN = 1;
const NODE_PACKED = 2;

export const rdbType = () => RDB_LIST_QUICKLIST_2;

/** Where `saveNode` writes: one function for all lists, since one of its own for each is garbage by the million. */
let out: RdbWriter;

export function save(list: Ref, writer: RdbWriter): void {
  out = writer;
  writer.length(packs.size(list));
  packs.each(list, saveNode);
}

function saveNode(held: Ref): void {
  if (pack.isPlain(held)) {
    out.length(NODE_PLAIN);
    out.string(mem.chunkOf(held), pack.plainStart(held), pack.plainLength(held));
  } else {
    out.length(NODE_PACKED);
    saveListpack(held, out);
  }
}

/** Where a listpack is put together whose pack has a gap. */
const gathered = new Region(new Uint8Array(0));

function saveListpack(held: Ref, writer: RdbWriter): void {
  const bytes = gap.bytes(held);
  if (!gap.isOpen(held)) return writer.blob(held, bytes);
  if (gathered.bytes.length < bytes) gathered.aim(new Uint8Array(bytes));
  gap.writeClosed(held, gathered, 0);
  writer.string(gathered, 0, bytes);
}

/**
 * A list in the making: its only pack, or a sequence of packs. Most lists have one pack; that these never get a sequence saves a
 * quarter of their time.
 */
let alone: Ref = NIL;
let aloneCount = 0;
let seq: Ref = NIL;

export function load(type: number, reader: RdbReader, make: MakeEntry): Rest | undefined {
  alone = seq = NIL;
  const count = type === RDB_LIST_ZIPLIST ? 1 : reader.count();
  if (count > SLICE_NODES) return inSlices(type, count, reader, make);
  try {
    read(type, count, reader);
  } catch (error) {
    release();
    throw error;
  }
  give(reader, make);
  return undefined;
}

function* inSlices(type: number, count: number, reader: RdbReader, make: MakeEntry): Rest {
  try {
    for (let left = count; left > 0; left -= SLICE_NODES) {
      read(type, Math.min(left, SLICE_NODES), reader);
      yield;
    }
  } catch (error) {
    release();
    throw error;
  }
  give(reader, make);
}

/** Frees what was made. */
function release(): void {
  if (alone !== NIL) mem.free(alone);
  if (seq !== NIL) sequence.drain(seq, Number.POSITIVE_INFINITY, mem.free);
}

function give(reader: RdbReader, make: MakeEntry): void {
  if (alone === NIL && seq === NIL) reader.failEmpty("a list has no elements");
  const list = make(entry.flagsFor(LIST, 0) | entry.OUTSIDE, 0);
  if (seq === NIL) packs.setAlone(list, alone);
  else packs.setValue(list, seq);
}

/** Reads so many nodes, or elements, or all there are of a ziplist. */
function read(type: number, count: number, reader: RdbReader): void {
  if (type === RDB_LIST_ZIPLIST) {
    reader.string();
    const { region, start, length } = reader.text;
    eachZiplistEntry(region, start, length, add);
    return;
  }
  for (let left = count; left > 0; left--) {
    if (type === RDB_LIST_QUICKLIST_2) {
      readNode(reader);
      continue;
    }
    reader.string();
    if (type === RDB_LIST) add(reader.text);
    else addZiplist(reader.text);
  }
}

function readNode(reader: RdbReader): void {
  const kind = reader.length();
  if (kind !== NODE_PLAIN && kind !== NODE_PACKED) reader.fail("a node of a list is neither plain nor packed");
  reader.string();
  if (kind === NODE_PLAIN) addPlain(reader);
  else addListpack(reader);
}

/** Adds an element, to the last pack if there is room. */
function add({ region, start, length }: Element): void {
  if (seq === NIL) beginSequence();
  sequence.seekLast(seq);
  const last = sequence.item();
  if (last !== NIL && pack.admits(last, sequence.weight(), length)) {
    const count = sequence.weight() + 1;
    sequence.setItem(seq, listpack.append(last, region, start, start + length), count);
  } else {
    addPack(pack.of(region, start, start + length), 1);
  }
}

function addZiplist({ region, start, length }: Element): void {
  addFilled(listpackOfZiplist(region, start, length));
}

function addListpack(reader: RdbReader): void {
  const { region, start, length } = reader.text;
  if (!listpack.isValid(region.bytes, start, length)) reader.fail("a listpack is damaged");
  addFilled(listpack.load(region, start, length));
}

function addPlain(reader: RdbReader): void {
  const { region, start, length } = reader.text;
  if (length === 0 || length > pack.ELEMENT_BYTES_MAX) reader.fail(`no plain element has ${length} bytes`);
  addPack(pack.plainOf(region, start, length), 1);
}

/** Adds a listpack, unless it has no elements: then it is passed over. */
function addFilled(lp: Ref): void {
  const count = listpack.length(lp);
  if (count > 0) addPack(lp, count);
  else mem.free(lp);
}

function addPack(added: Ref, count: number): void {
  if (seq === NIL && alone === NIL && packs.mayBeAlone(count)) {
    alone = added;
    aloneCount = count;
    return;
  }
  if (seq === NIL) beginSequence();
  sequence.seekLast(seq);
  sequence.insertAfter(seq, added, count);
}

function beginSequence(): void {
  seq = sequence.create();
  sequence.seekFirst(seq);
  if (alone !== NIL) sequence.insertAfter(seq, alone, aloneCount);
  alone = NIL;
}
