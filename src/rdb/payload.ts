/**
 * A payload, as DUMP answers and RESTORE takes it: one value, and what it takes to trust it.
 *
 *     u8 type (types.ts) · value · u16 version of the RDB format · u64 CRC-64 of all before it      (little-endian)
 */
import * as crc64 from "../base/crc64.ts";
import { VERSION, VERSION_MAX, VERSION_NEWER, VERSION_VALKEY } from "./opcodes.ts";
import { RDB_STREAM_LISTPACKS_2 } from "./types.ts";
import type { RdbWriter } from "./writer.ts";

const VERSION_BYTES = 2;
export const FOOTER_BYTES = VERSION_BYTES + crc64.BYTES;

/** For tests: payloads are not asked for their checksums (DEBUG SET-SKIP-CHECKSUM-VALIDATION). */
export const validation = { skipsChecksum: false };

const crc = crc64.create();

/** Completes a payload of which type and value have been written. */
export function writeFooter(writer: RdbWriter): void {
  writer.reserve(FOOTER_BYTES);
  const version = writer.bytes[0]! <= RDB_STREAM_LISTPACKS_2 ? VERSION : VERSION_NEWER;
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
  const version = versionAt(bytes, footer);
  if (version > VERSION_MAX && version !== VERSION_VALKEY) return false;
  if (validation.skipsChecksum) return true;
  crc64.reset(crc);
  crc64.update(crc, bytes, start, end - crc64.BYTES);
  return crc64.equalsAt(crc, bytes, end - crc64.BYTES);
}

const versionAt = (bytes: Uint8Array, at: number) => bytes[at]! | (bytes[at + 1]! << 8);

/** Whether the payload that ends at `end` is one of Valkey's, whose types differ from 22 on. */
export function isOfValkey(bytes: Uint8Array, end: number): boolean {
  return versionAt(bytes, end - FOOTER_BYTES) === VERSION_VALKEY;
}
