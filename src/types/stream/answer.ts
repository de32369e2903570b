/**
 * How entries are answered: an array of the ID and an array of fields and values, and sometimes more.
 */
import * as int64 from "../../base/int64.ts";
import { replyElement } from "../../command/open-value.ts";
import type { Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";
import { type Id, replyId } from "./id.ts";
import * as stream from "./value.ts";
import { Walk } from "./walk.ts";

/** The walk of whoever answers entries; nobody keeps it beyond that. */
export const walk = new Walk();

/** Answers the entry that the walk is at. Of more than two parts, the caller answers the rest. */
export function replyEntry(reply: Reply, at: Walk, parts = 2): void {
  reply.array(parts);
  replyId(reply, at.id);
  replyFields(reply, at);
}

/** Answers the fields and values of the entry that the walk is at. */
export function replyFields(reply: Reply, at: Walk): void {
  reply.array(at.fields * 2);
  for (let left = at.fields; left > 0; left--) {
    at.readPair();
    replyElement(reply, at.name);
    replyElement(reply, at.value);
  }
}

/** Answers the one entry with this ID, as `replyEntry`; false, and nothing was written, when there is none. */
export function replyOne(reply: Reply, head: Ref, id: Id, parts = 2): boolean {
  walk.begin(stream.nodesOf(head), id, id, false);
  if (!walk.next()) return false;
  replyEntry(reply, walk, parts);
  return true;
}

/** Answers an array of the entries from ID to ID, at most `countMax` of them. */
export function replyRange(
  reply: Reply,
  head: Ref,
  start: Id,
  end: Id,
  countMax: number | bigint,
  isReverse: boolean,
): void {
  const length = stream.length(head);
  const guessed = countMax < length ? Number(countMax) : length;
  const mark = beginArray(reply, guessed);
  walk.begin(stream.nodesOf(head), start, end, isReverse);
  let count = 0;
  while (count < countMax && walk.next()) {
    replyEntry(reply, walk);
    count++;
  }
  endArray(reply, mark, guessed, count);
}

// --- Arrays of unknown length --------------------------------------------------------------------------------------------

/** Begins an array whose length is not known, but can be guessed: what `endArray` wants to know. */
export function beginArray(reply: Reply, guessed: number): number {
  const mark = reply.length;
  reply.array(guessed);
  return mark;
}

/** Ends the array: if it has another length than was guessed, what is in it is moved behind the right header. */
export function endArray(reply: Reply, mark: number, guessed: number, count: number): void {
  if (count === guessed) return;
  dropHeader(reply, mark, guessed);
  reply.arrayAt(mark, count);
}

/** As `beginArray`, for a map from streams to what is in them: in RESP2 an array of pairs. */
export function beginStreams(reply: Reply, guessed: number): number {
  const mark = reply.length;
  writeStreamsHeader(reply, guessed);
  return mark;
}

/** As `endArray`; nothing remains of a map without streams. */
export function endStreams(reply: Reply, mark: number, guessed: number, count: number): void {
  if (count === 0) reply.length = mark;
  else if (count !== guessed) {
    dropHeader(reply, mark, guessed);
    reply.headerAt(mark, () => writeStreamsHeader(reply, count));
  }
}

function writeStreamsHeader(reply: Reply, count: number): void {
  if (reply.protocol === 2) reply.array(count);
  else reply.map(count);
}

/** Answers the name of a stream in front of what is in it. */
export function replyKey(reply: Reply, args: Args, i: number): void {
  if (reply.protocol === 2) reply.array(2);
  reply.bulk(args.region, args.start(i), args.length(i));
}

/** Takes out the header for so many elements. */
function dropHeader(reply: Reply, mark: number, count: number): void {
  // The sign, the digits, CR and LF.
  const first = mark + int64.lengthOf(count) + 3;
  reply.bytes.copyWithin(mark, first, reply.length);
  reply.length -= first - mark;
}
