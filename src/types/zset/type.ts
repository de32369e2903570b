/**
 * Sorted sets, as those see them who have to do with all types (keyspace/value-type.ts).
 */
import * as double from "../../base/double.ts";
import { type ValueType, ZSET } from "../../keyspace/value-type.ts";
import * as mem from "../../mem/mem.ts";
import { NIL } from "../../mem/mem.ts";
import * as entry from "../../struct/entry.ts";
import * as listpack from "../../struct/listpack.ts";
import * as rdb from "./rdb.ts";
import { rewrite } from "./rewrite.ts";
import * as tree from "./tree.ts";
import * as zset from "./value.ts";

const text = new Uint8Array(double.LENGTH_MAX);

export const zsetType: ValueType = {
  id: ZSET,
  name: "zset",
  encodingName: (ref) => (zset.isTree(ref) ? "skiplist" : "listpack"),
  length: zset.length,
  elementTable: (ref) => (zset.isTree(ref) ? tree.tableOf(entry.outside(ref)) : NIL),
  copyOutside(ref, target) {
    const held = entry.outside(ref);
    entry.setOutside(target, zset.isTree(ref) ? tree.copy(held) : listpack.copy(held), 0);
  },
  blocks(ref, visit) {
    zsetType.releasing(entry.outside(ref), entry.encoding(ref), visit);
  },
  release(held, encoding, budget) {
    if (encoding === zset.TREE) return tree.drain(held, budget);
    mem.free(held);
    return true;
  },
  releasing(held, encoding, visit) {
    if (encoding === zset.TREE) tree.blocks(held, visit);
    else visit(held);
  },
  flaw: (ref) => (zset.isTree(ref) ? tree.flaw(entry.outside(ref)) : undefined),
  digest(ref, digest) {
    zset.each(ref, false, (member, score) => {
      digest.xorElement((element) => {
        element.mix(member.region.bytes, member.start, member.start + member.length);
        element.mix(text, 0, double.write(text, 0, score));
      });
    });
  },
  rdbTypes: rdb.rdbTypes,
  rdbType: rdb.rdbType,
  save: rdb.save,
  load: rdb.load,
  rewrite,
  elements: {
    each: (ref, visit, from = 0) => zset.eachByRank(ref, from, zset.length(ref) - 1, false, visit),
    score: zset.score,
    unpack(ref) {
      if (!zset.isTree(ref)) zset.toTree(ref);
    },
  },
};
