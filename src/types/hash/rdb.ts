/**
 * Hashes in RDB files:
 *
 *      4  number of fields, then field and value as strings: a table, or what will be one
 *      9  a zipmap (Redis 2.4)        13  a ziplist (Redis 2.6 to 6.2)        16  a listpack
 *     24  the earliest deadline, number of fields, then for each: its deadline, field, value. The deadline is a length:
 *         0 for none, else one more than the milliseconds after the earliest
 *     25  the earliest deadline, a listpack of field, value, deadline (0 for none)
 *     22, 23  the same without the earliest deadline, and each as it is (release candidates of Redis 7.4)
 *     278 (22 in files of Valkey)  number of fields, of each: field, value, deadline in 8 bytes (-1 for none)
 *
 * What was a listpack or ziplist stays compact as long as it has not too many fields, whatever their lengths, as Redis has
 * it. A field that comes twice, a field without a value, or no field at all is an error.
 */
import type { Region } from "../../base/region.ts";
import { hash as hashOf } from "../../base/siphash.ts";
import { HASH, type MakeEntry, type Rest, SLICE_ELEMENTS } from "../../keyspace/value-type.ts";
import * as mem from "../../mem/mem.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import * as listpackCheck from "../../rdb/listpack-check.ts";
import { ListpackWriter } from "../../rdb/listpack-writer.ts";
import type { RdbReader } from "../../rdb/reader.ts";
import {
  RDB_HASH,
  RDB_HASH_LISTPACK,
  RDB_HASH_LISTPACK_EX,
  RDB_HASH_LISTPACK_EX_EARLY,
  RDB_HASH_METADATA,
  RDB_HASH_METADATA_EARLY,
  RDB_HASH_VALKEY,
  RDB_HASH_ZIPLIST,
  RDB_HASH_ZIPMAP,
} from "../../rdb/types.ts";
import type { RdbWriter } from "../../rdb/writer.ts";
import { listpackOfZiplist } from "../../rdb/ziplist.ts";
import { eachZipmapPair } from "../../rdb/zipmap.ts";
import * as entry from "../../struct/entry.ts";
import * as listpack from "../../struct/listpack.ts";
import { Element } from "../../struct/listpack.ts";
import * as table from "../../struct/table.ts";
import { TableFiller } from "../../struct/table-filler.ts";
import * as deadlines from "./deadlines.ts";
import * as field from "./field.ts";
import { hashMaxListpackEntries, hashMaxListpackValue } from "./parameters.ts";
import { LISTPACK, TABLE, TIMED } from "./value.ts";

/** What Redis takes for a field's deadline at most. */
const DEADLINE_MAX = 2 ** 48 - 2;

const name = new Element();
const value = new Element();
const time = new Element();

// --- Saving --------------------------------------------------------------------------------------------------------

export function rdbType(ref: Ref): number {
  const encoding = entry.encoding(ref);
  if (encoding === TIMED) return RDB_HASH_METADATA;
  return encoding === TABLE ? RDB_HASH : RDB_HASH_LISTPACK;
}

export function save(ref: Ref, writer: RdbWriter): void {
  const held = entry.outside(ref);
  const encoding = entry.encoding(ref);
  if (encoding === LISTPACK) return writer.blob(held, listpack.bytes(held));
  const isTimed = encoding === TIMED;
  const earliest = isTimed ? entry.deadlineMs(deadlines.first(held)) : 0;
  if (isTimed) writer.millis(earliest);
  const saved = isTimed ? deadlines.tableOf(held) : held;
  writer.length(table.count(saved));
  table.entries(saved, (found) => {
    if (isTimed) writer.length(entry.hasDeadline(found) ? entry.deadlineMs(found) - earliest + 1 : 0);
    field.readName(found, name);
    writer.string(name.region, name.start, name.length);
    field.readValue(found, value);
    writer.string(value.region, value.start, value.length);
  });
}

// --- Loading -------------------------------------------------------------------------------------------------------

/** A hash in the making: a listpack, until it becomes a table, and the block of its deadlines if it has any. */
let lp: Ref = NIL;
let fields: Ref = NIL;
let timed: Ref = NIL;
/** Fields whose names are there already. */
let doubles: Ref[] = [];
const filler = new TableFiller((_, double) => void doubles.push(double));
const writer = new ListpackWriter();

export function load(rdbType: number, reader: RdbReader, make: MakeEntry): Rest | undefined {
  lp = NIL;
  fields = NIL;
  timed = NIL;
  try {
    const rest = begin(rdbType, reader);
    if (rest !== undefined) return inSlices(rest, reader, make);
    checkTable(reader);
  } catch (error) {
    release();
    throw error;
  }
  give(make);
  return undefined;
}

function* inSlices(rest: Rest, reader: RdbReader, make: MakeEntry): Rest {
  try {
    yield* rest;
    checkTable(reader);
  } catch (error) {
    release();
    throw error;
  }
  give(make);
}

/** Reads what comes as a listpack, or is short; of what is neither, it answers all as the rest. */
function begin(rdbType: number, reader: RdbReader): Rest | undefined {
  switch (rdbType) {
    case RDB_HASH:
      return loadPairs(reader);
    case RDB_HASH_METADATA:
      return loadTimed(reader, Number(reader.millis()));
    case RDB_HASH_METADATA_EARLY:
      return loadTimed(reader, 1);
    case RDB_HASH_VALKEY:
      return loadValkey(reader);
    case RDB_HASH_LISTPACK_EX:
      reader.millis();
      loadTimedListpack(reader);
      break;
    case RDB_HASH_LISTPACK_EX_EARLY:
      loadTimedListpack(reader);
      break;
    default:
      loadListpack(rdbType, reader);
  }
  return undefined;
}

/** Sees to it that the table, if it became one, has all its fields. */
function checkTable(reader: RdbReader): void {
  filler.flush();
  if (doubles.length > 0) twice(reader);
}

function give(make: MakeEntry): void {
  const encoding = timed !== NIL ? TIMED : fields !== NIL ? TABLE : LISTPACK;
  const ref = make(entry.flagsFor(HASH, encoding) | entry.OUTSIDE, 0);
  entry.setOutside(ref, timed !== NIL ? timed : fields !== NIL ? fields : lp, 0);
}

/** Frees what was made. */
function release(): void {
  filler.flush();
  for (const double of doubles) field.release(double);
  doubles = [];
  if (lp !== NIL) mem.free(lp);
  if (timed !== NIL) {
    deadlines.releaseOrder(timed, Number.POSITIVE_INFINITY);
    mem.free(timed);
  }
  if (fields !== NIL) table.drain(fields, Number.POSITIVE_INFINITY, field.release);
}

function loadListpack(rdbType: number, reader: RdbReader): void {
  if (rdbType === RDB_HASH_LISTPACK) {
    reader.string();
    const { region, start, length } = reader.text;
    check(reader, region, start, length);
    lp = listpack.load(region, start, length);
  } else {
    lp = readOldListpack(rdbType, reader);
    check(reader, mem.chunkOf(lp), mem.byteOffset(lp), listpack.bytes(lp));
  }
  const pairs = listpackCheck.elements / 2;
  if (pairs > hashMaxListpackEntries.value || isTooLong(rdbType)) convert(reader, pairs);
}

/** Checks bytes that are to be a listpack of fields and values. */
function check(reader: RdbReader, region: Region, start: number, length: number): void {
  const found = listpackCheck.check(region, start, length, 2);
  const { elements } = listpackCheck;
  if (found === listpackCheck.DAMAGED) reader.fail("a listpack is damaged");
  if (elements === 0) reader.failEmpty("a hash has no fields");
  if (elements % 2 !== 0) reader.fail("a hash needs a value for each field");
  if (found === listpackCheck.TWICE) twice(reader);
}

/** Whether the listpack so far, which was a zipmap, holds anything too long for one. */
function isTooLong(rdbType: number): boolean {
  if (rdbType !== RDB_HASH_ZIPMAP) return false;
  for (let at = listpack.first(lp); at !== listpack.NONE; at = listpack.next(lp, at)) {
    listpack.readText(lp, at, value);
    if (value.length > hashMaxListpackValue.value) return true;
  }
  return false;
}

function readOldListpack(rdbType: number, reader: RdbReader): Ref {
  reader.string();
  const { region, start, length } = reader.text;
  if (rdbType === RDB_HASH_ZIPLIST) return listpackOfZiplist(region, start, length);
  writer.begin();
  eachZipmapPair(region, start, length, add);
  return writer.finish();
}

function add(name: Element, value: Element): void {
  writer.add(name);
  writer.add(value);
}

const twice = (reader: RdbReader) => reader.fail("a hash has a field twice");

function loadPairs(reader: RdbReader): Rest | undefined {
  const count = reader.count(2);
  if (count === 0) reader.failEmpty("a hash has no fields");
  if (count > hashMaxListpackEntries.value) return loadTable(reader, count);
  let isTable = false;
  writer.begin();
  for (let left = count; left > 0; left--) {
    reader.pair();
    if (!isTable && Math.max(reader.name.length, reader.text.length) > hashMaxListpackValue.value) {
      isTable = true;
      lp = writer.finish();
      convert(reader, count);
    }
    if (isTable) insert(reader, reader.name, reader.text, 0);
    else add(reader.name, reader.text);
  }
  if (isTable) return undefined;
  const length = writer.end();
  check(reader, writer.region, 0, length);
  lp = listpack.load(writer.region, 0, length);
  return undefined;
}

function* loadTable(reader: RdbReader, count: number): Rest {
  createFields(count);
  for (let left = count; left > 0; left--) {
    reader.pair();
    insert(reader, reader.name, reader.text, 0);
    if (left % SLICE_ELEMENTS === 0) yield;
  }
}

/** Makes the listpack so far a table, with room for so many fields. */
function convert(reader: RdbReader, count: number): void {
  createFields(count);
  for (let at = listpack.first(lp); at !== listpack.NONE; ) {
    listpack.readText(lp, at, name);
    at = listpack.next(lp, at);
    listpack.readText(lp, at, value);
    at = listpack.next(lp, at);
    insert(reader, name, value, 0);
  }
  mem.free(lp);
  lp = NIL;
}

function* loadTimed(reader: RdbReader, earliest: number): Rest {
  const count = reader.count(3);
  if (count === 0) reader.failEmpty("a hash has no fields");
  createFields(count);
  for (let left = count; left > 0; left--) {
    const after = reader.length();
    reader.pair();
    insert(reader, reader.name, reader.text, after === 0 ? 0 : earliest + after - 1);
    if (left % SLICE_ELEMENTS === 0) yield;
  }
}

function* loadValkey(reader: RdbReader): Rest {
  const count = reader.count(10);
  if (count === 0) reader.failEmpty("a hash has no fields");
  createFields(count);
  for (let left = count; left > 0; left--) {
    reader.pair();
    const deadline = Number(reader.millis());
    insert(reader, reader.name, reader.text, deadline === -1 ? 0 : deadline);
    if (left % SLICE_ELEMENTS === 0) yield;
  }
}

function loadTimedListpack(reader: RdbReader): void {
  reader.string();
  const { region, start, length } = reader.text;
  if (!listpack.isValid(region.bytes, start, length)) reader.fail("a listpack is damaged");
  lp = listpack.load(region, start, length);
  const elements = listpack.length(lp);
  if (elements === 0) reader.failEmpty("a hash has no fields");
  if (elements % 3 !== 0) reader.fail("a hash needs a value and a deadline for each field");
  createFields(elements / 3);
  for (let at = listpack.first(lp); at !== listpack.NONE; ) {
    listpack.readText(lp, at, name);
    at = listpack.next(lp, at);
    listpack.readText(lp, at, value);
    at = listpack.next(lp, at);
    listpack.read(lp, at, time);
    at = listpack.next(lp, at);
    if (!time.isInteger) reader.fail("a field's deadline is no number");
    insert(reader, name, value, time.integer);
  }
  mem.free(lp);
  lp = NIL;
}

function createFields(count: number): void {
  fields = table.create(count);
  filler.aim(fields);
}

/** Adds a field to the table, with a deadline unless that is 0. */
function insert(reader: RdbReader, key: Element, text: Element, deadlineMs: number): void {
  const keyEnd = key.start + key.length;
  const hash = hashOf(key.region.bytes, key.start, keyEnd);
  if (!(deadlineMs >= 0 && deadlineMs <= DEADLINE_MAX)) reader.fail("a field's deadline is out of range");
  let added = field.create(key.region, key.start, keyEnd, text.region, text.start, text.start + text.length);
  if (deadlineMs > 0) added = field.setDeadline(added, deadlineMs);
  filler.add(hash, added);
  if (doubles.length > 0) twice(reader);
  if (deadlineMs === 0) return;
  if (timed === NIL) timed = deadlines.create(fields);
  deadlines.link(timed, added);
}
