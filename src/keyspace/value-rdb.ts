/**
 * Values of whatever type, as RDB files and payloads have them: the number of their type (rdb/types.ts), then what that
 * type makes of it.
 */
import type { Ref } from "../mem/mem.ts";
import type { RdbReader } from "../rdb/reader.ts";
import {
  RDB_HASH_METADATA_EARLY,
  RDB_HASH_VALKEY,
  RDB_MODULE,
  RDB_MODULE_EARLY,
  RDB_STREAM_LISTPACKS_3,
} from "../rdb/types.ts";
import { RdbWriter } from "../rdb/writer.ts";
import * as entry from "../struct/entry.ts";
import { type MakeEntry, type Rest, typeOf, typeOfRdb } from "./value-type.ts";

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

/**
 * Reads a value of this type, of an entry that `make` makes, or begins to: then it answers the rest. From 22 on types mean
 * something else when they come from Valkey. Throws an RdbError, as the rest may, and nothing is left behind.
 */
export function readValue(reader: RdbReader, rdbType: number, isOfValkey: boolean, make: MakeEntry): Rest | undefined {
  const known = isOfValkey && rdbType > RDB_STREAM_LISTPACKS_3 ? VALKEY_TYPES + rdbType : rdbType;
  const type = typeOfRdb(known);
  if (type === undefined) return reader.fail(reasonAgainst(rdbType, isOfValkey));
  return type.load!(known, reader, make);
}

/** What Valkey's own types are above those of Redis with the same number. */
const VALKEY_TYPES = RDB_HASH_VALKEY - RDB_HASH_METADATA_EARLY;

function reasonAgainst(rdbType: number, isOfValkey: boolean): string {
  if (rdbType === RDB_MODULE || rdbType === RDB_MODULE_EARLY) {
    return "the value belongs to a module, and there are no modules here";
  }
  return `no value ${isOfValkey ? "of Valkey's " : ""}has the type ${rdbType}`;
}
