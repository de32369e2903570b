/**
 * CRC-16/XMODEM (polynomial 0x1021, start 0, not reflected) and the cluster slot of a key made from it.
 *
 * A slot is the CRC of the key modulo 16384. If the key has a "{" and somewhere behind it a "}" with at least one byte in
 * between, only those bytes count (up to the first such "}"), so that a client can put several keys into one slot.
 */

import { CLOSE_BRACE, OPEN_BRACE } from "./ascii.ts";

export const SLOTS = 16384;

const POLYNOMIAL = 0x1021;

const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ POLYNOMIAL : crc << 1;
  return crc;
});

/** The checksum of the range, 0 to 65535. */
export function crc16(bytes: Uint8Array, start: number, end: number): number {
  let crc = 0;
  for (let i = start; i < end; i++) crc = ((crc << 8) & 0xffff) ^ TABLE[(crc >>> 8) ^ bytes[i]!]!;
  return crc;
}

/** The cluster slot of a key, 0 to SLOTS-1. */
export function keySlot(bytes: Uint8Array, start: number, end: number): number {
  const open = indexOf(bytes, start, end, OPEN_BRACE);
  if (open < end) {
    const close = indexOf(bytes, open + 1, end, CLOSE_BRACE);
    if (close < end && close > open + 1) return crc16(bytes, open + 1, close) & (SLOTS - 1);
  }
  return crc16(bytes, start, end) & (SLOTS - 1);
}

/** Where the byte first occurs, or `end`. */
function indexOf(bytes: Uint8Array, start: number, end: number, byte: number): number {
  let i = start;
  while (i < end && bytes[i] !== byte) i++;
  return i;
}
