/**
 * Sets as a type of value (keyspace/value-type.ts): what those who know no type by name ask of them.
 */
import { SET, type ValueType } from "../../keyspace/value-type.ts";
import * as entry from "../../struct/entry.ts";
import { load, rdbType, rdbTypes, save } from "./rdb.ts";
import { rewrite } from "./rewrite.ts";
import * as set from "./value.ts";

export const setType: ValueType = {
  id: SET,
  name: "set",
  encodingName: (ref) => (set.isIntset(ref) ? "intset" : "hashtable"),
  length: set.length,
  elementTable: set.tableOf,
  copyOutside: set.copyTo,
  blocks(ref, visit) {
    set.blocks(entry.outside(ref), entry.encoding(ref), visit);
  },
  release: set.release,
  releasing: set.blocks,
  digest(ref, digest) {
    set.each(ref, ({ region, start, length }) => digest.xor(region.bytes, start, start + length));
  },
  rdbTypes,
  rdbType,
  save,
  load,
  rewrite,
  elements: {
    each(ref, visit) {
      set.each(ref, (member) => visit(member, 1));
    },
    score: (ref, region, start, end) => (set.hasBytes(ref, region, start, end, set.UNHASHED) ? 1 : Number.NaN),
  },
};
