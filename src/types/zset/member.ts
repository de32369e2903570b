/**
 * A member of a large sorted set: an entry (struct/entry.ts) whose key is the member and whose value inside is the score,
 * 8 bytes. Its size never changes, so it stays where it is. Its access bits mean nothing.
 *
 *     head │ lengths │ member … │ score         32 bytes for a member of 16; the score is not aligned
 */
import type { Region } from "../../base/region.ts";
import { STRING } from "../../keyspace/value-type.ts";
import type { Ref } from "../../mem/mem.ts";
import * as mem from "../../mem/mem.ts";
import * as entry from "../../struct/entry.ts";
import type { Element } from "../../struct/listpack.ts";

const PLAIN = entry.flagsFor(STRING, 0);
const SCORE_BYTES = 8;

const scratch = new Float64Array(1);
const scratchBytes = new Uint8Array(scratch.buffer); // allowed: a scratch of its own

/** A new member. The bytes may not lie in a block that is about to change. */
export function create(name: Region, start: number, end: number, score: number): Ref {
  const ref = mem.alloc(entry.bytesFor(PLAIN, end - start, SCORE_BYTES));
  entry.write(ref, PLAIN, 0, name, start, end, SCORE_BYTES);
  writeScore(ref, score);
  return ref;
}

/** The same member in a block of its own. */
export function copy(ref: Ref): Ref {
  const start = entry.keyStart(ref);
  return create(mem.chunkOf(ref), start, start + entry.keyLength(ref), score(ref));
}

export function score(ref: Ref): number {
  const { bytes } = mem.chunkOf(ref);
  const at = entry.insideStart(ref);
  for (let i = 0; i < SCORE_BYTES; i++) scratchBytes[i] = bytes[at + i]!;
  return scratch[0]!;
}

export function setScore(ref: Ref, score: number): void {
  mem.touch(ref);
  writeScore(ref, score);
}

function writeScore(ref: Ref, score: number): void {
  const { bytes } = mem.chunkOf(ref);
  const at = entry.insideStart(ref);
  scratch[0] = score;
  for (let i = 0; i < SCORE_BYTES; i++) bytes[at + i] = scratchBytes[i]!;
}

export function readName(ref: Ref, into: Element): void {
  into.point(mem.chunkOf(ref), entry.keyStart(ref), entry.keyLength(ref));
}
