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
import { compare, type Region } from "../../base/region.ts";
import { hash as hashOf } from "../../base/siphash.ts";
import { type MakeEntry, type Rest, SLICE_ELEMENTS, ZSET } from "../../keyspace/value-type.ts";
import type { Ref } from "../../mem/mem.ts";
import * as mem from "../../mem/mem.ts";
import * as listpackCheck from "../../rdb/listpack-check.ts";
import type { RdbReader } from "../../rdb/reader.ts";
import { RDB_ZSET, RDB_ZSET_2, RDB_ZSET_LISTPACK, RDB_ZSET_ZIPLIST } from "../../rdb/types.ts";
import type { RdbWriter } from "../../rdb/writer.ts";
import { listpackOfZiplist } from "../../rdb/ziplist.ts";
import * as entry from "../../struct/entry.ts";
import * as listpack from "../../struct/listpack.ts";
import { Element } from "../../struct/listpack.ts";
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
export function load(type: number, reader: RdbReader, make: MakeEntry): Rest | undefined {
  if (type === RDB_ZSET || type === RDB_ZSET_2) return loadMembers(type, reader, make);
  loadListpack(type, reader, make);
  return undefined;
}

/** Bytes that a member with its score takes at least. */
const MEMBER_BYTES_MIN = 2;

/** Members that are there already: the ranking has them, and only the ranking. */
let doubles: Ref[] = [];
const filler = new TableFiller((_, double) => void doubles.push(double));

function* loadMembers(type: number, reader: RdbReader, make: MakeEntry): Rest {
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
      if (left % SLICE_ELEMENTS === 0) yield;
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
  const lp = type === RDB_ZSET_ZIPLIST ? readZiplist(reader) : readListpack(reader);
  if (!zset.isLarge(packed.length(lp))) {
    return entry.setOutside(make(entry.flagsFor(ZSET, zset.LISTPACK) | entry.OUTSIDE, 0), lp, 0);
  }
  const apart = zset.createApart(zset.LISTPACK, lp);
  zset.toTree(apart);
  zset.give(apart, make);
}

function readListpack(reader: RdbReader): Ref {
  reader.string();
  const { region, start, length } = reader.text;
  check(reader, region, start, length);
  return listpack.load(region, start, length);
}

function readZiplist(reader: RdbReader): Ref {
  reader.string();
  const { region, start, length } = reader.text;
  const lp = listpackOfZiplist(region, start, length);
  try {
    check(reader, mem.chunkOf(lp), mem.byteOffset(lp), listpack.bytes(lp));
  } catch (error) {
    mem.free(lp);
    throw error;
  }
  return lp;
}

/** Checks all that the value will rely on of bytes that are to be a listpack of members and scores. */
function check(reader: RdbReader, region: Region, start: number, length: number): void {
  const found = listpackCheck.check(region, start, length, 2);
  const { elements } = listpackCheck;
  if (found === listpackCheck.DAMAGED) reader.fail("a listpack is damaged");
  if (elements === 0) reader.failEmpty("a sorted set has no members");
  if (elements % 2 !== 0) reader.fail("a sorted set needs a score for each member");
  checkOrder(reader, region, start, start + length - 1);
  if (found === listpackCheck.TWICE) twice(reader);
}

function checkOrder(reader: RdbReader, region: Region, start: number, end: number): void {
  const input = region.bytes;
  let scoreBefore = Number.NaN;
  let before = 0;
  for (let at = start + listpack.HEADER_BYTES; at < end; ) {
    const scoreAt = at + listpack.elementBytes(input, at);
    const score = packed.scoreOf(region, scoreAt);
    if (Number.isNaN(score)) reader.fail("a score is not a number");
    if (score < scoreBefore || (score === scoreBefore && order(region, before, at) >= 0)) {
      reader.fail("a sorted set is not in order");
    }
    scoreBefore = score;
    before = at;
    at = scoreAt + listpack.elementBytes(input, scoreAt);
  }
}

const left = new Element();
const right = new Element();

/** How the members at two places sort. */
function order(region: Region, a: number, b: number): number {
  listpack.readElement(region, a, left);
  if (left.isInteger) left.spell();
  listpack.readElement(region, b, right);
  if (right.isInteger) right.spell();
  return compare(
    left.region,
    left.start,
    left.start + left.length,
    right.region,
    right.start,
    right.start + right.length,
  );
}
