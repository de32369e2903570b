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

export function load(_rdbType: number, reader: RdbReader, make: MakeEntry): void {
  reader.string();
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
