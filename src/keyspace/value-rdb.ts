/**
 * Values of whatever type, as RDB files and payloads have them: the number of their type (rdb/types.ts), then what that
 * type makes of it.
 */
import type { Ref } from "../mem/mem.ts";
import type { RdbReader } from "../rdb/reader.ts";
import { RdbWriter } from "../rdb/writer.ts";
import * as entry from "../struct/entry.ts";
import { type MakeEntry, typeOf, typeOfRdb } from "./value-type.ts";

/** Writes type and value of an entry. */
export function writeValue(ref: Ref, writer: RdbWriter): void {
  const type = typeOf(entry.type(ref));
  writer.byte(type.rdbType!(ref));
  type.save!(ref, writer);
}

const measure = new RdbWriter();

/** Bytes that an entry's value takes when it is saved, without its type. */
export function savedBytes(ref: Ref): number {
  typeOf(entry.type(ref)).save!(ref, measure);
  const bytes = measure.size;
  measure.reset();
  return bytes;
}

/** Reads type and value of an entry that `make` makes. Throws an RdbError, and nothing is left behind. */
export function readValue(reader: RdbReader, make: MakeEntry): void {
  const rdbType = reader.byte();
  const type = typeOfRdb(rdbType);
  if (type === undefined) return reader.fail(`no value has the type ${rdbType}`);
  type.load!(rdbType, reader, make);
}
