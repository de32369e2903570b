/**
 * Looking through a range of bits: how many are set (BITCOUNT), which is the first that is set or clear (BITPOS).
 *
 * A range is given in bytes or in bits, negative ends counting from the end, and is worked on as its first and its last bit.
 */
import type { CommandSpec } from "../../command/command.ts";
import type { Session } from "../../command/session.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { STRING } from "../../keyspace/value-type.ts";
import { type Chunk, NIL } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { SYNTAX, WRONG_TYPE } from "../../resp/errors.ts";
import { integerOrReply } from "../../resp/integer-args.ts";
import type { Reply } from "../../resp/reply.ts";
import * as entry from "../../struct/entry.ts";
import { countOnes, findByteWith, onesOf } from "./bitmap-words.ts";

const BAD_BIT = "ERR The bit argument must be 1 or 0.";
const BITS_PER_BYTE = 8;

/** Bits per unit of the range, as argument `i` says: 8 or 1; 0 after the error was answered. */
function unitOrReply(args: Args, i: number, reply: Reply): number {
  if (args.is(i, "byte")) return BITS_PER_BYTE;
  if (args.is(i, "bit")) return 1;
  reply.error(SYNTAX);
  return 0;
}

// What `setRange` found last: the first and the last bit.
let firstBit = 0;
let lastBit = 0;

/** Works out a range from `first` to `last` units of a string of `bytes` bytes. False when there is nothing in it. */
function setRange(first: number | bigint, last: number | bigint, bytes: number, unitBits: number): boolean {
  const units = (bytes * BITS_PER_BYTE) / unitBits;
  const from = fromStart(Number(first), units);
  const to = Math.min(fromStart(Number(last), units), units - 1);
  firstBit = from * unitBits;
  lastBit = (to + 1) * unitBits - 1;
  return from <= to;
}

/** An index that counts from the end when negative, as one that counts from the start. */
function fromStart(index: number, length: number): number {
  return index < 0 ? Math.max(0, length + index) : index;
}

function bitcount(session: Session, args: Args, reply: Reply): void {
  const ref = keyspace.lookupRead(session.db, args, 1);
  if (ref === NIL) return reply.zero();
  if (entry.type(ref) !== STRING) return reply.error(WRONG_TYPE);
  const chunk = entry.locate(ref);
  const start = entry.valueStart;
  const length = entry.valueLength;
  if (args.count === 2) return reply.integer(countOnes(chunk, start, start + length));
  if (args.count !== 4 && args.count !== 5) return reply.error(SYNTAX);
  const first = integerOrReply(args, 2, reply);
  if (first === undefined) return;
  const last = integerOrReply(args, 3, reply);
  if (last === undefined) return;
  // Redis looks at this before it looks at the unit, which may be anything then.
  if (first < 0 && last < 0 && first > last) return reply.zero();
  const unitBits = args.count === 5 ? unitOrReply(args, 4, reply) : BITS_PER_BYTE;
  if (unitBits === 0) return;
  if (!setRange(first, last, length, unitBits)) return reply.zero();
  reply.integer(countBits(chunk, start, firstBit, lastBit));
}

/** Bits set from bit `first` to bit `last` of the string at `start`. */
function countBits(chunk: Chunk, start: number, first: number, last: number): number {
  const from = start + Math.floor(first / BITS_PER_BYTE);
  const to = start + Math.floor(last / BITS_PER_BYTE);
  const before = onesOf(chunk.bytes[from]! & ~(0xff >>> (first & 7)));
  const behind = onesOf(chunk.bytes[to]! & (0x7f >>> (last & 7)));
  return countOnes(chunk, from, to + 1) - before - behind;
}

function bitpos(session: Session, args: Args, reply: Reply): void {
  const bit = integerOrReply(args, 2, reply);
  if (bit === undefined) return;
  if (bit !== 0 && bit !== 1) return reply.error(BAD_BIT);
  const ref = keyspace.lookupRead(session.db, args, 1);
  if (ref === NIL) return reply.integer(bit === 1 ? -1 : 0);
  if (entry.type(ref) !== STRING) return reply.error(WRONG_TYPE);
  const chunk = entry.locate(ref);
  const start = entry.valueStart;
  const length = entry.valueLength;
  if (args.count > 6) return reply.error(SYNTAX);
  const first = args.count > 3 ? integerOrReply(args, 3, reply) : 0;
  if (first === undefined) return;
  const unitBits = args.count === 6 ? unitOrReply(args, 5, reply) : BITS_PER_BYTE;
  if (unitBits === 0) return;
  const last = args.count > 4 ? integerOrReply(args, 4, reply) : -1;
  if (last === undefined) return;
  if (!setRange(first, last, length, unitBits)) return reply.integer(-1);
  const found = findBit(chunk, start, firstBit, lastBit, bit);
  // Behind a string there are zeros, but not behind a range whose end is stated.
  if (found < 0 && bit === 0 && args.count < 5) return reply.integer(length * BITS_PER_BYTE);
  reply.integer(found);
}

/** The first bit from `first` to `last`, of the string at `start`, that is `bit`; -1 when there is none. */
function findBit(chunk: Chunk, start: number, first: number, last: number, bit: number): number {
  const from = start + Math.floor(first / BITS_PER_BYTE);
  const end = start + Math.floor(last / BITS_PER_BYTE) + 1;
  // Of the first byte, only the bits from `first` on count.
  let at = from;
  let byte = likeOnes(chunk.bytes[at]!, bit) & (0xff >>> (first & 7));
  if (byte === 0) {
    at = findByteWith(chunk, from + 1, end, bit);
    if (at === end) return -1;
    byte = likeOnes(chunk.bytes[at]!, bit);
  }
  const found = (at - start) * BITS_PER_BYTE + Math.clz32(byte) - 24;
  return found <= last ? found : -1;
}

/** A byte in which the bits that are `bit` are set. */
function likeOnes(byte: number, bit: number): number {
  return bit === 1 ? byte : ~byte & 0xff;
}

export const bitmapRangeCommands: readonly CommandSpec[] = [
  {
    name: "bitcount",
    arity: -2,
    flags: ["readonly"],
    group: "bitmap",
    keys: [{ flags: "RO access", begin: 1 }],
    since: "2.6.0",
    complexity: "O(N), N the number of bytes in the range.",
    summary: "Counts the bits that are set in the string at a key, or in a range of it.",
    syntax: "key [index(start:integer end:integer [index_unit(BYTE|BIT)@7.0.0])]",
    history: [["7.0.0", "Options `BYTE` and `BIT`."]],
    handler: bitcount,
  },
  {
    name: "bitpos",
    arity: -3,
    flags: ["readonly"],
    group: "bitmap",
    keys: [{ flags: "RO access", begin: 1 }],
    since: "2.8.7",
    complexity: "O(N), N the number of bytes up to the bit that is found.",
    summary: "Finds the first bit that is set, or clear, in the string at a key or in a range of it.",
    syntax: "key bit:integer [index(start:integer [end_index(end:integer [index_unit(BYTE|BIT)@7.0.0])])]",
    history: [["7.0.0", "Options `BYTE` and `BIT`."]],
    handler: bitpos,
  },
];
