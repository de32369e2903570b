/**
 * Trimming: removing entries from the front of a stream until it is short enough, or until the rest is young enough. Whole
 * nodes go first. What then is left of the first node is marked as deleted, unless the trimming is approximate: then it
 * stays. The counts are exactly those of Redis, whose nodes are the same.
 */
import * as mem from "../../mem/mem.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import * as listpack from "../../struct/listpack.ts";
import { Id } from "./id.ts";
import * as node from "./node.ts";
import * as nodes from "./nodes.ts";
import * as stream from "./value.ts";

/** What is to be trimmed, as the arguments of a command say it (trim-args.ts). */
export class Trimming {
  /** NONE, LENGTH or ID. */
  by = NONE;
  /** By length: how many entries stay. */
  lengthMax: number | bigint = 0;
  /** By ID: the entries that stay are not before it. */
  readonly firstId = new Id();
  isApproximate = false;
  /** How many entries go at most; 0 means no limit. */
  limit: number | bigint = 0;
}

export const NONE = 0;
export const LENGTH = 1;
export const ID = 2;

const lastId = new Id();
const firstId = new Id();
const entryId = new Id();

/** Trims a stream; returns how many entries went. */
export function trim(head: Ref, how: Trimming): number {
  if (how.by === NONE) return 0;
  const all = stream.nodesOf(head);
  let trimmed = 0;
  for (let first = nodes.first(all); first !== NIL; first = nodes.first(all)) {
    if (how.by === LENGTH && stream.length(head) <= how.lengthMax) break;
    const live = node.liveCount(first);
    if (how.limit > 0 && trimmed + live > how.limit) break;
    if (!goesWhole(head, first, live, how)) {
      if (!how.isApproximate) trimmed += trimNode(head, first, how);
      break;
    }
    stream.removeNode(head, first);
    stream.addLength(head, -live);
    trimmed += live;
  }
  if (trimmed > 0 || stream.length(head) === 0) stream.findFirstId(head);
  return trimmed;
}

/** Whether all entries of the first node are to go. */
function goesWhole(head: Ref, first: Ref, live: number, how: Trimming): boolean {
  if (how.by === LENGTH) return stream.length(head) - live >= how.lengthMax;
  node.readLastId(first, lastId);
  return lastId.compare(how.firstId) < 0;
}

/** Deletes the first entries of the first node, at which the place is; returns how many. */
function trimNode(head: Ref, first: Ref, how: Trimming): number {
  const input = mem.chunkOf(first).bytes;
  let length = stream.length(head);
  let trimmed = 0;
  const master = node.masterStart(first);
  const masterFields = node.smallInteger(input, master);
  let at = node.skip(input, master, masterFields + 2);
  firstId.read(first, 0);
  while (input[at] !== node.END) {
    const flagsAt = at;
    const flags = input[at]!;
    at = node.readId(firstId, input, at + listpack.elementBytes(input, at), entryId);
    if (how.by === LENGTH ? length <= how.lengthMax : entryId.compare(how.firstId) >= 0) break;
    let elements = masterFields;
    if ((flags & node.SAME_FIELDS) === 0) {
      elements = node.smallInteger(input, at) * 2;
      at += listpack.elementBytes(input, at);
    }
    at = node.skip(input, at, elements + 1);
    if ((flags & node.DELETED) !== 0) continue;
    node.markDeleted(first, flagsAt);
    trimmed++;
    length--;
  }
  if (trimmed === 0) return 0;
  stream.countDeleted(head, first, trimmed);
  stream.addLength(head, -trimmed);
  return trimmed;
}
