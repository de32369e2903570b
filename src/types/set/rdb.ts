/**
 * Sets in RDB files:
 *
 *      2  number of members, then the members as strings
 *     11  an intset, as it lies in memory
 *     20  a listpack (Redis 7.2): read, and never written
 *
 * A member that comes twice, integers that do not ascend, or no member at all is an error.
 */
import type { Region } from "../../base/region.ts";
import { hash as hashOf } from "../../base/siphash.ts";
import { type MakeEntry, type Rest, SLICE_ELEMENTS } from "../../keyspace/value-type.ts";
import * as mem from "../../mem/mem.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import * as listpackCheck from "../../rdb/listpack-check.ts";
import { ListpackWriter } from "../../rdb/listpack-writer.ts";
import type { RdbReader } from "../../rdb/reader.ts";
import { RDB_SET, RDB_SET_INTSET, RDB_SET_LISTPACK } from "../../rdb/types.ts";
import type { RdbWriter } from "../../rdb/writer.ts";
import * as intset from "../../struct/intset.ts";
import * as listpack from "../../struct/listpack.ts";
import { Element } from "../../struct/listpack.ts";
import { TableFiller } from "../../struct/table-filler.ts";
import * as set from "./value.ts";

export const rdbTypes: readonly number[] = [RDB_SET, RDB_SET_INTSET, RDB_SET_LISTPACK];

export function rdbType(ref: Ref): number {
  return set.isIntset(ref) ? RDB_SET_INTSET : RDB_SET;
}

/** Where `saveMember` writes: one function for all sets, since one of its own for each is garbage by the million. */
let out: RdbWriter;

export function save(ref: Ref, writer: RdbWriter): void {
  const integers = set.intsetOf(ref);
  if (integers !== NIL) return writer.blob(integers, intset.bytes(integers));
  writer.length(set.length(ref));
  out = writer;
  set.each(ref, saveMember);
}

function saveMember({ region, start, length }: Element): void {
  out.string(region, start, length);
}

/** Reads a set of one of `rdbTypes`, as `ValueType.load` says. */
export function load(type: number, reader: RdbReader, make: MakeEntry): Rest | undefined {
  const count = type === RDB_SET ? reader.count() : 0;
  if (count > FEW) return loadMembers(count, reader, make);
  if (type === RDB_SET_INTSET) set.give(readIntset(reader), make);
  else loadSmall(type, count, reader, make);
  return undefined;
}

function* loadMembers(count: number, reader: RdbReader, make: MakeEntry): Rest {
  const loaded = set.createNameless();
  try {
    let left = count;
    for (; left > 0 && set.tableOf(loaded) === NIL; left--) {
      reader.string();
      add(loaded, reader, reader.text, count);
    }
    if (left > 0) yield* addRest(loaded, reader, left);
  } catch (error) {
    set.discard(loaded);
    throw error;
  }
  set.give(loaded, make);
}

let hasTwice = false;
const filler = new TableFiller((_, double) => {
  mem.free(double);
  hasTwice = true;
});

/** Adds the last members to a set that has a table already. */
function* addRest(loaded: Ref, reader: RdbReader, count: number): Rest {
  hasTwice = false;
  filler.aim(set.tableOf(loaded));
  try {
    for (let left = count; left > 0 && !hasTwice; left--) {
      reader.string();
      const { region, start, length } = reader.text;
      filler.add(hashOf(region.bytes, start, start + length), set.newMember(region, start, start + length));
      if (left % SLICE_ELEMENTS === 0) yield;
    }
  } finally {
    filler.flush();
  }
  if (hasTwice) twice(reader);
}

/** So many members are collected in a listpack first, which is what most sets of so few will be. */
const FEW = 128;
const writer = new ListpackWriter();

/** Reads a set that comes as a listpack, or has few members. */
function loadSmall(type: number, count: number, reader: RdbReader, make: MakeEntry): void {
  if (type === RDB_SET_LISTPACK) {
    reader.string();
    const { region, start, length } = reader.text;
    return ofListpack(region, start, length, reader, make);
  }
  writer.begin();
  for (let left = count; left > 0; left--) {
    reader.string();
    writer.add(reader.text);
  }
  ofListpack(writer.region, 0, writer.end(), reader, make);
}

const member = new Element();

/** Makes a set of the members in a listpack. */
function ofListpack(region: Region, start: number, length: number, reader: RdbReader, make: MakeEntry): void {
  const found = listpackCheck.check(region, start, length, 1);
  const { elements, integers, longestName } = listpackCheck;
  if (found === listpackCheck.DAMAGED) reader.fail("a listpack is damaged");
  if (elements === 0) reader.failEmpty("a set has no members");
  if (found === listpackCheck.TWICE) twice(reader);
  if (integers < elements && set.fitsListpack(elements, longestName)) {
    return set.giveListpack(listpack.load(region, start, length), make);
  }
  const loaded = set.createNameless();
  const end = start + length - 1;
  for (let at = start + listpack.HEADER_BYTES; at < end; at += listpack.elementBytes(region.bytes, at)) {
    listpack.readElement(region, at, member);
    if (member.isInteger) member.spell();
    add(loaded, reader, member, elements);
  }
  set.give(loaded, make);
}

const twice = (reader: RdbReader) => reader.fail("a set has a member twice");

function readIntset(reader: RdbReader): Ref {
  reader.string();
  const { region, start, length } = reader.text;
  if (!intset.isValid(region.bytes, start, length)) reader.fail("an intset is damaged");
  const integers = intset.load(region, start, length);
  if (intset.length(integers) > 0) return set.namelessOf(integers);
  mem.free(integers);
  return reader.failEmpty("a set has no members");
}

function add(loaded: Ref, reader: RdbReader, { region, start, length }: Element, most: number): void {
  if (!set.addBytes(loaded, region, start, start + length, most)) twice(reader);
}
