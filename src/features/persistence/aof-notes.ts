/**
 * Lines of an AOF that are no commands. They begin with `#`, stand between commands, and whoever does not know them skips
 * them, as Redis 7 and Valkey do.
 *
 *     #TS:1700000000\r\n                         when what follows happened (aof-timestamp-enabled)
 *     #CK:0123456789abcdef:512:4096\r\n          what follows is a piece: 512 bytes with this CRC-64; when they were written, the
 *                                                first 4,096 bytes of the file were known to be on the disk
 *     #AF:8192\r\n                               at the head of the first piece that has units: the file before this one was left
 *                                                when it had 8,192 bytes
 *     #CB:0123456789abcdef:512\r\n              in a base of commands: the 512 bytes in front of this line have this CRC-64
 *                                                (aof-base.ts)
 *
 * Each write to an AOF is one piece, of whole units. A piece of no bytes opens each file, and is added whenever one is opened
 * again: all that stands in front of it is on the disk. That length and checksum come first tells apart what may be found:
 *
 *   - commands without a piece around them: some other server has written them, and they count;
 *   - fewer bytes than announced, another checksum, or no command at all, behind what is known to have been synced: a loss of
 *     power, which may leave out any part of what was not synced. Nobody relies on it, and the file ends here;
 *   - the same within what was synced: damage. The server must not go on as if these changes had never been.
 *
 * A file is left without waiting for its last sync (aof-next.ts), so a loss of power may tear it, though another one follows.
 * Then what follows says that nothing was synced, and does not count either; and a file that lost its end at the border of two
 * pieces is found out by the bytes it should have had.
 */
import type * as crc64 from "../../base/crc64.ts";
import * as int64 from "../../base/int64.ts";

/** Room for both lines. */
export const NOTES_BYTES_MAX = 128;

const PIECE = Buffer.from("#CK:", "latin1");
const SUM = Buffer.from("#CB:", "latin1");
const AFTER = Buffer.from("#AF:", "latin1");
const TIMESTAMP = Buffer.from("#TS:", "latin1");
const COLON = 58;
const DIGITS = Buffer.from("0123456789abcdef", "latin1");
const HEX_DIGITS = 16;

/** What a line says about bytes in front of it or behind it. */
export interface Sum {
  /** The checksum, as its line has it. */
  readonly crc: string;
  readonly length: number;
}

/** What a line says about the piece behind it. */
export interface Piece extends Sum {
  /** Bytes of the file that were on the disk by then. */
  readonly synced: number;
}

/** Writes the line of a piece at `at` and returns where it ends. */
export function writePieceLine(
  bytes: Uint8Array,
  at: number,
  crc: crc64.Crc64,
  length: number,
  synced: number,
): number {
  const to = putSum(bytes, put(bytes, at, PIECE), crc, length);
  bytes[to] = COLON;
  return endLine(bytes, int64.write(bytes, to + 1, synced));
}

/** Writes the line about `length` bytes in front of it at `at` and returns where it ends. */
export function writeSumLine(bytes: Uint8Array, at: number, crc: crc64.Crc64, length: number): number {
  return endLine(bytes, putSum(bytes, put(bytes, at, SUM), crc, length));
}

function putSum(bytes: Uint8Array, at: number, crc: crc64.Crc64, length: number): number {
  let to = at;
  for (let word = 1; word >= 0; word--) {
    for (let shift = 28; shift >= 0; shift -= 4) bytes[to++] = DIGITS[(crc[word]! >>> shift) & 15]!;
  }
  bytes[to++] = COLON;
  return int64.write(bytes, to, length);
}

/** Writes at `at` how long the file before this one was, and returns where the line ends. */
export function writeEndLine(bytes: Uint8Array, at: number, length: number): number {
  return endLine(bytes, int64.write(bytes, put(bytes, at, AFTER), length));
}

/** Writes the line of a moment at `at` and returns where it ends. */
export function writeTimestampLine(bytes: Uint8Array, at: number, seconds: number): number {
  return endLine(bytes, int64.write(bytes, put(bytes, at, TIMESTAMP), seconds));
}

function put(bytes: Uint8Array, at: number, text: Uint8Array): number {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text[i]!;
  return at + text.length;
}

function endLine(bytes: Uint8Array, at: number): number {
  bytes[at] = 13;
  bytes[at + 1] = 10;
  return at + 2;
}

/** Whether the line that begins at `at` tells of a piece, as far as it is there. */
export function isPieceLine(bytes: Uint8Array, at: number, end: number): boolean {
  return beginsWith(PIECE, bytes, at, end);
}

/** Whether the line that begins at `at` tells of bytes in front of it. */
export function isSumLine(bytes: Uint8Array, at: number, end: number): boolean {
  return beginsWith(SUM, bytes, at, end);
}

function beginsWith(text: Uint8Array, bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at < text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false;
  return true;
}

/** What the line `bytes[at, end)`, its end not included, says of the length of the file before; undefined when nothing. */
export function parseEndLine(bytes: Uint8Array, at: number, end: number): number | undefined {
  if (!beginsWith(AFTER, bytes, at, end) || end - at > NOTES_BYTES_MAX) return undefined;
  const digits = String.fromCharCode(...bytes.slice(at + AFTER.length, end));
  return /^\d{1,15}$/.test(digits) ? Number(digits) : undefined;
}

/** What the line `bytes[at, end)`, its end not included, says of a piece; undefined when that makes no sense. */
export function parsePieceLine(bytes: Uint8Array, at: number, end: number): Piece | undefined {
  if (!isPieceLine(bytes, at, end)) return undefined;
  const parts = /^#CK:([0-9a-f]{16}):(\d{1,15}):(\d{1,15})$/.exec(lineText(bytes, at, end));
  if (parts === null) return undefined;
  return { crc: parts[1]!, length: Number(parts[2]), synced: Number(parts[3]) };
}

/** What the line `bytes[at, end)`, its end not included, says of the bytes in front of it; undefined when that makes no sense. */
export function parseSumLine(bytes: Uint8Array, at: number, end: number): Sum | undefined {
  const parts = /^#CB:([0-9a-f]{16}):(\d{1,15})$/.exec(lineText(bytes, at, end));
  return parts === null ? undefined : { crc: parts[1]!, length: Number(parts[2]) };
}

/** A line of ours as text; a longer one is none. */
function lineText(bytes: Uint8Array, at: number, end: number): string {
  return end - at > NOTES_BYTES_MAX ? "" : String.fromCharCode(...bytes.slice(at, end));
}

/** Bytes of the longest line of a piece. */
export const PIECE_LINE_MAX = PIECE.length + HEX_DIGITS + 2 * 16 + 4;
