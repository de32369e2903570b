/**
 * Whether bytes from anywhere are a node's listpack: a listpack, in it a master entry and as many entries as it counts, each
 * of the form that node.ts draws, with IDs that grow. Only then may the other functions be given it.
 */
import { outOfLine } from "../../base/out-of-line.ts";
import type { Region } from "../../base/region.ts";
import * as listpack from "../../struct/listpack.ts";
import { Id } from "./id.ts";
import { DELETED, END, SAME_FIELDS } from "./node.ts";

const FLAGS_MAX = DELETED | SAME_FIELDS;
const HALF = 2 ** 32;

let input: Uint8Array;
let at = 0;
/** The integer that `integer` read. */
let value = 0;

/** Live and deleted entries of the node that was checked last, and the ID of its last live entry. */
export let liveEntries = 0;
export const lastLive = new Id();
const entryId = new Id();

/** Whether the bytes are a node whose first entry has this ID. */
export function isNode(source: Region, start: number, length: number, id: Id): boolean {
  input = source.bytes;
  if (!listpack.isValid(input, start, length)) return false;
  at = start + listpack.HEADER_BYTES;
  if (!integer()) return false;
  liveEntries = value;
  if (!integer()) return false;
  const deletedEntries = value;
  if (!integer()) return false;
  const fields = value;
  if (liveEntries < 0 || deletedEntries < 0 || fields < 0) return false;
  if (!elements(fields) || !integer() || value !== 0) return false;
  return areEntries(id, fields, deletedEntries);
}

function areEntries(id: Id, masterFields: number, deletedEntries: number): boolean {
  let live = 0;
  let deleted = 0;
  lastLive.setMin();
  while (input[at] !== END) {
    const flags = input[at]!;
    if (flags > FLAGS_MAX || !elements(1) || !readEntryId(id)) return false;
    let fields = masterFields;
    let count = masterFields + 3;
    if ((flags & SAME_FIELDS) === 0) {
      if (!integer() || value < 0) return false;
      fields = value * 2;
      count = fields + 4;
    }
    if (!elements(fields) || !integer() || value !== count) return false;
    if ((flags & DELETED) !== 0) {
      deleted++;
      continue;
    }
    if (entryId.compare(id) < 0 || (live > 0 && entryId.compare(lastLive) <= 0)) return false;
    lastLive.copy(entryId);
    live++;
  }
  return live === liveEntries && deleted === deletedEntries;
}

/** Reads the two differences that make up an entry's ID. */
function readEntryId(id: Id): boolean {
  if (!integer()) return false;
  const msLow = id.msLow + (listpack.low >>> 0);
  const msHigh = id.msHigh + listpack.high + (msLow >= HALF ? 1 : 0);
  if (!integer()) return false;
  const seqLow = id.seqLow + (listpack.low >>> 0);
  const seqHigh = id.seqHigh + listpack.high + (seqLow >= HALF ? 1 : 0);
  entryId.set(msHigh >>> 0, msLow >>> 0, seqHigh >>> 0, seqLow >>> 0);
  return true;
}

/** Reads an integer into `value`, rounded if it is large; false when there is none. */
function integer(): boolean {
  const head = input[at]!;
  if (head === END || !listpack.isIntegerHead(head)) return false;
  listpack.readInteger(input, at);
  value = listpack.high * HALF + (listpack.low >>> 0);
  at += listpack.elementBytes(input, at);
  return true;
}

/** Passes over so many elements; false when there are fewer. */
function elements(count: number): boolean {
  for (let left = count; left > 0; left--) {
    if (input[at] === END) return false;
    at += listpack.elementBytes(input, at);
  }
  return true;
}

outOfLine(isNode);
