/**
 * Whether pieces of an AOF (aof-notes.ts) are what they were when they were written, and what they prove about the bytes in
 * front of them.
 */
import * as crc64 from "../../base/crc64.ts";
import type { StorageFile } from "../../base/storage.ts";
import { PIECE_LINE_MAX, parsePieceLine, type Sum } from "./aof-notes.ts";

const STEP_BYTES = 64 * 1024;
const scratch = new Uint8Array(STEP_BYTES);
const crc = crc64.create();

/** Whether the bytes of the file from `at` on are what a line says of them. */
export function isIntact(file: StorageFile, at: number, { crc: expected, length }: Sum): boolean {
  crc64.reset(crc);
  for (let done = 0; done < length; ) {
    const read = file.read(at + done, scratch, 0, Math.min(STEP_BYTES, length - done));
    if (read === 0) return false;
    crc64.update(crc, scratch, 0, read);
    done += read;
  }
  return crc64.toHex(crc) === expected;
}

/** The same for bytes that are in memory. */
export function isIntactHere(bytes: Uint8Array, from: number, { crc: expected, length }: Sum): boolean {
  crc64.reset(crc);
  crc64.update(crc, bytes, from, from + length);
  return crc64.toHex(crc) === expected;
}

/** How many bytes of the file were on the disk, as far as intact pieces behind `at` tell; 0 when there are none. */
export function provenBehind(file: StorageFile, at: number): number {
  const window = Buffer.alloc(STEP_BYTES);
  const size = file.size();
  let proven = 0;
  for (let start = at; start < size; start += STEP_BYTES - PIECE_LINE_MAX) {
    const filled = file.read(start, window, 0, STEP_BYTES);
    for (let found = window.indexOf("#CK:"); found >= 0 && found < filled; found = window.indexOf("#CK:", found + 1)) {
      const end = window.indexOf("\r\n", found);
      if (end < 0 || end >= filled) break;
      const piece = parsePieceLine(window, found, end);
      if (piece === undefined || piece.synced <= proven || piece.synced > start + found) continue;
      if (isIntact(file, start + end + 2, piece)) proven = piece.synced;
    }
    if (start + filled >= size) break;
  }
  return proven;
}
