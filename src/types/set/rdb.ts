/**
 * Sets in RDB files:
 *
 *      2  number of members, then the members as strings
 *     11  an intset, as it lies in memory
 *     20  a listpack (Redis 7.2): read, and never written
 *
 * A member that comes twice, integers that do not ascend, or no member at all is an error.
 */
import { hash as hashOf } from "../../base/siphash.ts";
import type { MakeEntry } from "../../keyspace/value-type.ts";
import * as mem from "../../mem/mem.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import { hasDuplicates } from "../../rdb/duplicates.ts";
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

export function save(ref: Ref, writer: RdbWriter): void {
  const integers = set.intsetOf(ref);
  if (integers !== NIL) return writer.blob(integers, intset.bytes(integers));
  writer.length(set.length(ref));
  set.each(ref, ({ region, start, length }) => writer.string(region, start, length));
}

/** Reads a set of one of `rdbTypes`, as `ValueType.load` says. */
export function load(type: number, reader: RdbReader, make: MakeEntry): void {
  if (type === RDB_SET_INTSET) return set.give(readIntset(reader), make);
  const count = type === RDB_SET ? reader.count() : 0;
  if (type === RDB_SET_LISTPACK || count <= FEW)
    return set.give(ofListpack(readListpack(type, count, reader), reader), make);
  const loaded = set.createNameless();
  try {
    let left = count;
    for (; left > 0 && set.tableOf(loaded) === NIL; left--) {
      reader.string();
      add(loaded, reader, reader.text, count);
    }
    if (left > 0) addRest(loaded, reader, left);
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
function addRest(loaded: Ref, reader: RdbReader, count: number): void {
  hasTwice = false;
  filler.aim(set.tableOf(loaded));
  try {
    for (let left = count; left > 0 && !hasTwice; left--) {
      reader.string();
      const { region, start, length } = reader.text;
      filler.add(hashOf(region.bytes, start, start + length), set.newMember(region, start, start + length));
    }
  } finally {
    filler.flush();
  }
  if (hasTwice) twice(reader);
}

/** So many members are collected in a listpack first, which is what most sets of so few will be. */
const FEW = 128;
const writer = new ListpackWriter();

/** The members as a listpack, as which they come or not. */
function readListpack(type: number, count: number, reader: RdbReader): Ref {
  if (type === RDB_SET) {
    writer.begin();
    for (let left = count; left > 0; left--) {
      reader.string();
      writer.add(reader.text);
    }
    return writer.finish();
  }
  reader.string();
  const { region, start, length } = reader.text;
  if (!listpack.isValid(region.bytes, start, length)) reader.fail("a listpack is damaged");
  return listpack.load(region, start, length);
}

const member = new Element();

/** A set of the members in a listpack, which it takes over. */
function ofListpack(lp: Ref, reader: RdbReader): Ref {
  const count = listpack.length(lp);
  const small = set.namelessOfListpack(lp);
  if (small !== undefined) {
    if (!hasDuplicates(lp, 0)) return small;
    set.discard(small);
    return twice(reader);
  }
  const loaded = set.createNameless();
  try {
    if (count === 0) reader.failEmpty("a set has no members");
    for (let at = listpack.first(lp); at !== listpack.NONE; at = listpack.next(lp, at)) {
      listpack.readText(lp, at, member);
      add(loaded, reader, member, count);
    }
    return loaded;
  } catch (error) {
    set.discard(loaded);
    throw error;
  } finally {
    mem.free(lp);
  }
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
