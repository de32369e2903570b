/**
 * The stream as one of the types of values (keyspace/value-type.ts). There is one encoding.
 */
import { STREAM, type ValueType } from "../../keyspace/value-type.ts";
import * as entry from "../../struct/entry.ts";
import { Id } from "./id.ts";
import { load, rdbType, rdbTypes, save } from "./rdb.ts";
import { rewrite } from "./rewrite.ts";
import * as stream from "./value.ts";
import { Walk } from "./walk.ts";

const DOT = 46;
const idText = new Uint8Array(48);

export const streamType: ValueType = {
  id: STREAM,
  name: "stream",
  encodingName: () => "stream",
  length: (ref) => stream.length(entry.outside(ref)),
  copyOutside: (ref, target) => entry.setOutside(target, stream.copy(entry.outside(ref)), 0),
  blocks: (ref, visit) => stream.blocks(entry.outside(ref), visit),
  release: (head, _encoding, budget) => stream.release(head, budget),
  releasing: (head, _encoding, visit) => stream.blocks(head, visit),
  digest(ref, digest) {
    const walk = new Walk();
    walk.begin(stream.nodesOf(entry.outside(ref)), new Id(), new Id().setMax(), false);
    while (walk.next()) {
      digest.mix(idText, 0, walk.id.writeText(idText, 0, DOT));
      for (let left = walk.fields; left > 0; left--) {
        walk.readPair();
        const { name, value } = walk;
        digest.mix(name.region.bytes, name.start, name.start + name.length);
        digest.mix(value.region.bytes, value.start, value.start + value.length);
      }
    }
  },
  rdbTypes,
  rdbType,
  save: (ref, writer) => save(entry.outside(ref), writer),
  load,
  rewrite,
};
