/**
 * Strings as bitmaps: single bits. Bit 0 is the highest bit of the first byte; behind its end a string is all zeros.
 *
 * The family: this file GETBIT and SETBIT, bitmap-range.ts BITCOUNT and BITPOS, bitmap-combine.ts BITOP, bitfield.ts
 * BITFIELD. The loops over many words are in bitmap-words.ts.
 */
import * as int64 from "../../base/int64.ts";
import type { CommandSpec } from "../../command/command.ts";
import type { Session } from "../../command/session.ts";
import type { Database } from "../../keyspace/database.ts";
import * as events from "../../keyspace/events.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { STRING } from "../../keyspace/value-type.ts";
import { BLOCK_BYTES_MAX, NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { WRONG_TYPE } from "../../resp/errors.ts";
import type { Reply } from "../../resp/reply.ts";
import * as entry from "../../struct/entry.ts";
import * as string from "./value.ts";

const BAD_OFFSET = "ERR bit offset is not an integer or out of range";
const BAD_BIT = "ERR bit is not an integer or out of range";
/** Longest integer of BITFIELD, in bytes: what begins at the last allowed offset may reach so far beyond it. */
const FIELD_BYTES_MAX = 8;

/** The bit offset in argument `i`, or NaN after the error was answered. */
export function offsetOrReply(args: Args, i: number, reply: Reply): number {
  const offset = int64.parseSafe(args.bytes, args.start(i), args.end(i));
  if (isOffset(offset)) return offset;
  return refuseOffset(reply);
}

/** Whether a string may be so long that it has this bit. */
export function isOffset(offset: number): boolean {
  const byte = Math.floor(offset / 8);
  return offset >= 0 && !string.isTooLong(byte + 1) && byte + FIELD_BYTES_MAX < BLOCK_BYTES_MAX;
}

export function refuseOffset(reply: Reply): number {
  reply.error(BAD_OFFSET);
  return Number.NaN;
}

/**
 * Prepares the string of the key in argument 1, whose entry is `ref` or NIL, for writing bits into its first `size` bytes:
 * it gets that long, with zeros. The caller changes bits of bytes `from` to `size` only. Returns the entry, which may have moved.
 */
export function prepareBits(db: Database, args: Args, ref: Ref, from: number, size: number): Ref {
  const length = ref === NIL ? 0 : string.length(ref);
  const held =
    ref === NIL
      ? string.create(db, args, 1, string.RAW, 0, size)
      : string.grow(db, args, 1, ref, Math.max(size, length), Math.min(from, length), size);
  if (size > length) string.clear(held, length, size);
  return held;
}

function getbit(session: Session, args: Args, reply: Reply): void {
  const offset = offsetOrReply(args, 2, reply);
  if (Number.isNaN(offset)) return;
  const ref = keyspace.lookupRead(session.db, args, 1);
  if (ref === NIL) return reply.zero();
  if (entry.type(ref) !== STRING) return reply.error(WRONG_TYPE);
  const chunk = entry.locate(ref);
  const byte = Math.floor(offset / 8);
  if (byte >= entry.valueLength) return reply.zero();
  if ((chunk.bytes[entry.valueStart + byte]! & maskOf(offset)) === 0) reply.zero();
  else reply.one();
}

/** The bit at this offset, within its byte. */
function maskOf(offset: number): number {
  return 0x80 >>> (offset & 7);
}

function setbit(session: Session, args: Args, reply: Reply): void {
  const { db } = session;
  const offset = offsetOrReply(args, 2, reply);
  if (Number.isNaN(offset)) return;
  const bit = int64.parseSafe(args.bytes, args.start(3), args.end(3));
  if (bit !== 0 && bit !== 1) return reply.error(BAD_BIT);
  const ref = keyspace.lookupWrite(db, args, 1);
  if (ref !== NIL && entry.type(ref) !== STRING) return reply.error(WRONG_TYPE);
  const byte = Math.floor(offset / 8);
  const isLonger = ref === NIL || string.length(ref) <= byte;
  const held = prepareBits(db, args, ref, byte, byte + 1);
  const chunk = entry.locate(held);
  const at = entry.valueStart + byte;
  const mask = maskOf(offset);
  const was = (chunk.bytes[at]! & mask) === 0 ? 0 : 1;
  if (isLonger || was !== bit) {
    chunk.bytes[at] = bit === 1 ? chunk.bytes[at]! | mask : chunk.bytes[at]! & ~mask;
    events.changed(db, args, 1, events.STRING, "setbit");
  }
  if (was === 1) reply.one();
  else reply.zero();
}

export const bitmapCommands: readonly CommandSpec[] = [
  {
    name: "getbit",
    arity: 3,
    flags: ["readonly", "fast"],
    group: "bitmap",
    keys: [{ flags: "RO access", begin: 1 }],
    since: "2.2.0",
    complexity: "O(1)",
    summary: "Answers one bit of the string at a key.",
    syntax: "key offset:integer",
    handler: getbit,
  },
  {
    name: "setbit",
    arity: 4,
    flags: ["write", "denyoom"],
    group: "bitmap",
    keys: [{ flags: "RW access update", begin: 1 }],
    since: "2.2.0",
    complexity: "O(1)",
    summary: "Sets or clears one bit of the string at a key and answers what it was; the string grows if need be.",
    syntax: "key offset:integer value:integer",
    handler: setbit,
  },
];
