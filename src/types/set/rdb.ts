/**
 * Sets in RDB files:
 *
 *      2  number of members, then the members as strings
 *     11  an intset, as it lies in memory
 *     20  a listpack (Redis 7.2): read, and never written
 *
 * A member that comes twice, integers that do not ascend, or no member at all is an error.
 */
import type { MakeEntry } from "../../keyspace/value-type.ts";
import * as mem from "../../mem/mem.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { RdbReader } from "../../rdb/reader.ts";
import { RDB_SET, RDB_SET_INTSET, RDB_SET_LISTPACK } from "../../rdb/types.ts";
import type { RdbWriter } from "../../rdb/writer.ts";
import * as intset from "../../struct/intset.ts";
import * as listpack from "../../struct/listpack.ts";
import { Element } from "../../struct/listpack.ts";
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
  const loaded = set.createNameless();
  try {
    if (type === RDB_SET_LISTPACK) addListpack(loaded, reader);
    else for (let left = reader.count(); left > 0; left--) addNext(loaded, reader);
    if (set.length(loaded) === 0) reader.fail("a set has no members");
  } catch (error) {
    set.discard(loaded);
    throw error;
  }
  set.give(loaded, make);
}

function readIntset(reader: RdbReader): Ref {
  reader.string();
  const { region, start, length } = reader.text;
  if (!intset.isValid(region.bytes, start, length)) reader.fail("an intset is damaged");
  const integers = intset.load(region, start, length);
  if (intset.length(integers) > 0) return set.namelessOf(integers);
  mem.free(integers);
  return reader.fail("a set has no members");
}

function addNext(loaded: Ref, reader: RdbReader): void {
  reader.string();
  add(loaded, reader, reader.text);
}

const member = new Element();

function addListpack(loaded: Ref, reader: RdbReader): void {
  reader.string();
  const { region, start, length } = reader.text;
  if (!listpack.isValid(region.bytes, start, length)) reader.fail("a listpack is damaged");
  const lp = listpack.load(region, start, length);
  try {
    for (let at = listpack.first(lp); at !== listpack.NONE; at = listpack.next(lp, at)) {
      listpack.readText(lp, at, member);
      add(loaded, reader, member);
    }
  } finally {
    mem.free(lp);
  }
}

function add(loaded: Ref, reader: RdbReader, added: Element): void {
  const end = added.start + added.length;
  if (set.hasBytes(loaded, added.region, added.start, end, set.UNHASHED)) reader.fail("a set has a member twice");
  set.append(loaded, added, set.UNHASHED);
}
