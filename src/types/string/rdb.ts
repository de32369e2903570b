/**
 * Strings in RDB files: type 0, a string.
 */
import { copy } from "../../base/region.ts";
import { type MakeEntry, STRING } from "../../keyspace/value-type.ts";
import type { Ref } from "../../mem/mem.ts";
import * as mem from "../../mem/mem.ts";
import type { RdbReader } from "../../rdb/reader.ts";
import { RDB_STRING } from "../../rdb/types.ts";
import type { RdbWriter } from "../../rdb/writer.ts";
import * as entry from "../../struct/entry.ts";
import { DERIVED } from "./value.ts";

export function rdbType(): number {
  return RDB_STRING;
}

export function save(ref: Ref, writer: RdbWriter): void {
  const chunk = entry.locate(ref);
  writer.string(chunk, entry.valueStart, entry.valueLength);
}

export function load(_rdbType: number, reader: RdbReader, make: MakeEntry): undefined {
  const plain = reader.plainLength();
  if (plain > entry.INSIDE_MAX) {
    loadLong(plain, reader, make);
  } else {
    if (plain < 0) reader.string();
    else reader.raw(plain);
    giveText(reader, make);
  }
}

/** Makes a string of what was read last. */
function giveText(reader: RdbReader, make: MakeEntry): void {
  const { region, start, length } = reader.text;
  const flags = entry.flagsFor(STRING, DERIVED);
  if (length <= entry.INSIDE_MAX) {
    const ref = make(flags, length);
    copy(mem.chunkOf(ref), entry.insideStart(ref), region, start, length);
    return;
  }
  const block = mem.alloc(length);
  copy(mem.chunkOf(block), mem.byteOffset(block), region, start, length);
  entry.setOutside(make(flags | entry.OUTSIDE, 0), block, length);
}

/** Reads a string straight into its block, so that it is never there twice. */
function loadLong(length: number, reader: RdbReader, make: MakeEntry): void {
  reader.mayTake(length);
  const block = mem.alloc(length);
  try {
    reader.copyTo(mem.chunkOf(block), mem.byteOffset(block), length);
  } catch (error) {
    mem.free(block);
    throw error;
  }
  entry.setOutside(make(entry.flagsFor(STRING, DERIVED) | entry.OUTSIDE, 0), block, length);
}
