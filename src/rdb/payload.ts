/**
 * A payload, as DUMP answers and RESTORE takes it: one value, and what it takes to trust it.
 *
 *     u8 type (types.ts) · value · u16 version of the RDB format · u64 CRC-64 of all before it      (little-endian)
 */
import * as crc64 from "../base/crc64.ts";
import { RDB_STREAM_LISTPACKS_2 } from "./types.ts";
import type { RdbWriter } from "./writer.ts";

/** What Redis 7.0 writes, and so do we, */
const RDB_VERSION = 10;
/** except for what it does not know: Redis 7.4 has fields with deadlines. */
const RDB_VERSION_NEWER = 12;
/** What Redis 7.2 (11), 7.4 to 8 (12) and Valkey 9 (80) write: their values are told by their types. */
const RDB_VERSION_MAX = 12;
const RDB_VERSION_VALKEY = 80;

const VERSION_BYTES = 2;
export const FOOTER_BYTES = VERSION_BYTES + crc64.BYTES;

/** For tests: payloads are not asked for their checksums (DEBUG SET-SKIP-CHECKSUM-VALIDATION). */
export const validation = { skipsChecksum: false };

const crc = crc64.create();

/** Completes a payload of which type and value have been written. */
export function writeFooter(writer: RdbWriter): void {
  writer.reserve(FOOTER_BYTES);
  const version = writer.bytes[0]! <= RDB_STREAM_LISTPACKS_2 ? RDB_VERSION : RDB_VERSION_NEWER;
  writer.byte(version & 0xff);
  writer.byte(version >> 8);
  crc64.reset(crc);
  crc64.update(crc, writer.bytes, 0, writer.size);
  writer.size = crc64.write(crc, writer.bytes, writer.size);
}

/** Whether the bytes end as a payload does, whose version we know and whose checksum is right. */
export function hasValidFooter(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < FOOTER_BYTES) return false;
  const footer = end - FOOTER_BYTES;
  const version = bytes[footer]! | (bytes[footer + 1]! << 8);
  if (version > RDB_VERSION_MAX && version !== RDB_VERSION_VALKEY) return false;
  if (validation.skipsChecksum) return true;
  crc64.reset(crc);
  crc64.update(crc, bytes, start, end - crc64.BYTES);
  return crc64.equalsAt(crc, bytes, end - crc64.BYTES);
}
