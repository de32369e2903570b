/**
 * Sorted sets in RDB files:
 *
 *      3  number of members, then each with its score as text (Redis 1.2 to 3.2)
 *      5  number of members, then each with its score as a double: a tree is written so, the highest score first
 *     12  a ziplist (Redis 2.4 to 6.2)       17  a listpack, as it lies in memory
 *
 * What is listed may come in any order, a listpack only in its own. A member that comes twice, a score that is no number, or
 * no member at all is an error.
 */
import { compare } from "../../base/region.ts";
import { hash as hashOf } from "../../base/siphash.ts";
import type { MakeEntry } from "../../keyspace/value-type.ts";
import type { Ref } from "../../mem/mem.ts";
import * as mem from "../../mem/mem.ts";
import { hasDuplicates } from "../../rdb/duplicates.ts";
import type { RdbReader } from "../../rdb/reader.ts";
import { RDB_ZSET, RDB_ZSET_2, RDB_ZSET_LISTPACK, RDB_ZSET_ZIPLIST } from "../../rdb/types.ts";
import type { RdbWriter } from "../../rdb/writer.ts";
import { listpackOfZiplist } from "../../rdb/ziplist.ts";
import * as entry from "../../struct/entry.ts";
import * as listpack from "../../struct/listpack.ts";
import { Element, NONE } from "../../struct/listpack.ts";
import { TableFiller } from "../../struct/table-filler.ts";
import * as packed from "./packed.ts";
import * as tree from "./tree.ts";
import * as zset from "./value.ts";

export const rdbTypes: readonly number[] = [RDB_ZSET, RDB_ZSET_2, RDB_ZSET_ZIPLIST, RDB_ZSET_LISTPACK];

export function rdbType(ref: Ref): number {
  return zset.isTree(ref) ? RDB_ZSET_2 : RDB_ZSET_LISTPACK;
}

export function save(ref: Ref, writer: RdbWriter): void {
  if (!zset.isTree(ref)) {
    const lp = entry.outside(ref);
    return writer.blob(lp, listpack.bytes(lp));
  }
  writer.length(zset.length(ref));
  zset.each(ref, true, ({ region, start, length }, score) => {
    writer.string(region, start, length);
    writer.double(score);
  });
}

/** Reads a sorted set of one of `rdbTypes`, as `ValueType.load` says. */
export function load(type: number, reader: RdbReader, make: MakeEntry): void {
  if (type === RDB_ZSET || type === RDB_ZSET_2) loadMembers(type, reader, make);
  else loadListpack(type, reader, make);
}

/** Bytes that a member with its score takes at least. */
const MEMBER_BYTES_MIN = 2;

/** Members that are there already: the ranking has them, and only the ranking. */
let doubles: Ref[] = [];
const filler = new TableFiller((_, double) => void doubles.push(double));

function loadMembers(type: number, reader: RdbReader, make: MakeEntry): void {
  const count = reader.count(MEMBER_BYTES_MIN);
  if (count === 0) reader.failEmpty("a sorted set has no members");
  const apart = zset.createApart(zset.TREE, tree.create(count));
  const held = entry.outside(apart);
  filler.aim(tree.tableOf(held));
  try {
    for (let left = count; left > 0; left--) {
      reader.string();
      const { region, start, length } = reader.text;
      const score = type === RDB_ZSET ? reader.textDouble() : reader.double();
      if (Number.isNaN(score)) reader.fail("a score is not a number");
      const hash = hashOf(region.bytes, start, start + length);
      tree.fill(held, filler, hash, region, start, start + length, score);
      if (doubles.length > 0) twice(reader);
    }
    filler.flush();
    if (doubles.length > 0) twice(reader);
  } catch (error) {
    filler.flush();
    zset.discard(apart);
    for (const double of doubles) mem.free(double);
    doubles = [];
    throw error;
  }
  zset.toListpackIfSmall(apart);
  zset.give(apart, make);
}

const twice = (reader: RdbReader) => reader.fail("a sorted set has a member twice");

function loadListpack(type: number, reader: RdbReader, make: MakeEntry): void {
  const lp = readListpack(type, reader);
  try {
    check(lp, reader);
  } catch (error) {
    mem.free(lp);
    throw error;
  }
  const apart = zset.createApart(zset.LISTPACK, lp);
  if (zset.isLarge(zset.length(apart))) zset.toTree(apart);
  zset.give(apart, make);
}

function readListpack(type: number, reader: RdbReader): Ref {
  reader.string();
  const { region, start, length } = reader.text;
  if (type === RDB_ZSET_ZIPLIST) return listpackOfZiplist(region, start, length);
  if (!listpack.isValid(region.bytes, start, length)) reader.fail("a listpack is damaged");
  return listpack.load(region, start, length);
}

let element = new Element();
let before = new Element();

/** Checks all that the value will rely on. */
function check(lp: Ref, reader: RdbReader): void {
  const elements = listpack.length(lp);
  if (elements === 0) reader.failEmpty("a sorted set has no members");
  if (elements % 2 !== 0) reader.fail("a sorted set needs a score for each member");
  let scoreBefore = Number.NEGATIVE_INFINITY;
  for (let at = listpack.first(lp), count = 0; at !== NONE; at = packed.next(lp, at), count++) {
    const score = packed.scoreAt(lp, at);
    if (Number.isNaN(score)) reader.fail("a score is not a number");
    listpack.readText(lp, at, element);
    if (score < scoreBefore || (count > 0 && score === scoreBefore && compareBoth() >= 0)) {
      reader.fail("a sorted set is not in order");
    }
    scoreBefore = score;
    [element, before] = [before, element];
  }
  if (hasDuplicates(lp, 1)) twice(reader);
}

function compareBoth(): number {
  const endBefore = before.start + before.length;
  return compare(before.region, before.start, endBefore, element.region, element.start, element.start + element.length);
}
