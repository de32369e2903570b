/**
 * BITFIELD: a string as an array of integers of any width, read and changed by several operations at once.
 *
 * The arguments are walked twice. The first walk checks all of them and finds how long the string must be; the second one
 * executes. So nothing is half done when an argument is wrong, and nothing has to be remembered but one operation.
 */
import * as int64 from "../../base/int64.ts";
import type { CommandSpec } from "../../command/command.ts";
import type { FoundKey } from "../../command/keys-of.ts";
import { always } from "../../command/propagation.ts";
import type { Session } from "../../command/session.ts";
import * as events from "../../keyspace/events.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { STRING } from "../../keyspace/value-type.ts";
import { type Chunk, NIL } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { SYNTAX, WRONG_TYPE } from "../../resp/errors.ts";
import { integerOrReply } from "../../resp/integer-args.ts";
import type { Reply } from "../../resp/reply.ts";
import * as entry from "../../struct/entry.ts";
import * as integer from "./bitfield-integer.ts";
import { isOffset, prepareBits, refuseOffset } from "./bitmap.ts";
import * as string from "./value.ts";

const BAD_TYPE = "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.";
const BAD_OVERFLOW = "ERR Invalid OVERFLOW type specified";
const ONLY_GET = "ERR BITFIELD_RO only supports the GET subcommand";

const SIGNED_BITS_MAX = 64;
const UNSIGNED_BITS_MAX = 63;
const LETTER_I = 105;
const LETTER_U = 117;
const SHARP = 35;

// Kinds of operations.
const GET = 0;
const SET = 1;
const INCRBY = 2;

// The operation that `readOperation` read last.
let kind = GET;
let isSigned = false;
let bits = 0;
let offset = 0;
/** What is set or added. */
let operand: number | bigint = 0;
/** Stays until it is changed. */
let overflow = integer.WRAP;

/** Reads one operation from argument `i` on. The argument behind it, or 0 after a written error. */
function readOperation(args: Args, i: number, reply: Reply): number {
  const behind = args.count - i - 1;
  if (args.is(i, "overflow") && behind >= 1) return readOverflow(args, i + 1, reply);
  if (args.is(i, "get") && behind >= 2) kind = GET;
  else if (args.is(i, "set") && behind >= 3) kind = SET;
  else if (args.is(i, "incrby") && behind >= 3) kind = INCRBY;
  else return refuse(reply, SYNTAX);
  if (!readType(args, i + 1)) return refuse(reply, BAD_TYPE);
  offset = readOffset(args, i + 2);
  if (!isOffset(offset)) {
    refuseOffset(reply);
    return 0;
  }
  if (kind === GET) return i + 3;
  const value = integerOrReply(args, i + 3, reply);
  if (value === undefined) return 0;
  operand = value;
  return i + 4;
}

function refuse(reply: Reply, error: string): number {
  reply.error(error);
  return 0;
}

/** Reads what is behind OVERFLOW; which is no operation, so `bits` is 0. */
function readOverflow(args: Args, i: number, reply: Reply): number {
  if (args.is(i, "wrap")) overflow = integer.WRAP;
  else if (args.is(i, "sat")) overflow = integer.SAT;
  else if (args.is(i, "fail")) overflow = integer.FAIL;
  else return refuse(reply, BAD_OVERFLOW);
  bits = 0;
  return i + 1;
}

/** Reads `i1` to `i64` and `u1` to `u63`; up to the first NUL, as Redis does. */
function readType(args: Args, i: number): boolean {
  const { bytes } = args;
  const start = args.start(i);
  let end = start;
  while (end < args.end(i) && bytes[end] !== 0) end++;
  if (end === start || (bytes[start] !== LETTER_I && bytes[start] !== LETTER_U)) return false;
  isSigned = bytes[start] === LETTER_I;
  bits = int64.parseSafe(bytes, start + 1, end);
  return bits >= 1 && bits <= (isSigned ? SIGNED_BITS_MAX : UNSIGNED_BITS_MAX);
}

/** Reads an offset in bits, or behind `#` in integers. Something that is no offset when it is not well-formed. */
function readOffset(args: Args, i: number): number {
  const start = args.start(i);
  const end = args.end(i);
  if (start === end || args.bytes[start] !== SHARP) return int64.parseSafe(args.bytes, start, end);
  const index = int64.parseBig(args.bytes, start + 1, end);
  // Redis multiplies in 64 bits, without a look at what does not fit.
  return index === undefined ? -1 : Number(BigInt.asIntN(64, index * BigInt(bits)));
}

function bitfield(session: Session, args: Args, reply: Reply, maySet: boolean): void {
  const { db } = session;
  let from = Number.POSITIVE_INFINITY;
  let size = 0;
  let writes = false;
  let count = 0;
  for (let i = 2; i < args.count; ) {
    i = readOperation(args, i, reply);
    if (i === 0) return;
    if (bits === 0) continue;
    count++;
    if (kind === GET) continue;
    writes = true;
    from = Math.min(from, Math.floor(offset / 8));
    size = Math.max(size, Math.floor((offset + bits - 1) / 8) + 1);
  }
  if (writes && !maySet) return reply.error(ONLY_GET);
  let ref = writes ? keyspace.lookupWrite(db, args, 1) : keyspace.lookupRead(db, args, 1);
  if (ref !== NIL && entry.type(ref) !== STRING) return reply.error(WRONG_TYPE);
  const isLonger = writes && (ref === NIL || string.length(ref) < size);
  if (writes) ref = prepareBits(db, args, ref, from, size);
  const changes = execute(args, ref === NIL ? undefined : entry.locate(ref), reply, count, isLonger);
  // OVERFLOW FAIL may have left the string as it was, but for its length: no change that Redis counts or tells.
  if (isLonger) always();
  if (changes === 0) return;
  events.changes.dirty += changes - 1;
  events.changed(db, args, 1, events.STRING, "setbit");
}

/**
 * Executes all operations on the string that was located last, if there is one. Returns the number of changes: how many
 * integers got another value, or, if the string became longer for them, were written at all.
 */
function execute(args: Args, chunk: Chunk | undefined, reply: Reply, count: number, isLonger: boolean): number {
  const bytes = chunk === undefined ? args.bytes : chunk.bytes;
  const start = entry.valueStart;
  const length = chunk === undefined ? 0 : entry.valueLength;
  let changes = 0;
  overflow = integer.WRAP;
  reply.array(count);
  for (let i = 2; i < args.count; ) {
    i = readOperation(args, i, reply);
    if (bits === 0) continue;
    if (kind === GET) get(bytes, start, length, reply);
    else if (change(bytes, start, length, reply, isLonger)) changes++;
  }
  return changes;
}

function get(bytes: Uint8Array, start: number, length: number, reply: Reply): void {
  if (bits <= integer.NUMBER_BITS_MAX) {
    const value = integer.read(bytes, start, length, offset, bits);
    reply.integer(isSigned ? integer.signed(value, bits) : value);
  } else {
    const value = integer.readBig(bytes, start, length, offset, bits);
    reply.bigInteger(isSigned ? BigInt.asIntN(bits, value) : value);
  }
}

/** Executes SET or INCRBY. Whether it counts as a change. */
function change(bytes: Uint8Array, start: number, length: number, reply: Reply, isLonger: boolean): boolean {
  if (bits > integer.NUMBER_BITS_MAX || typeof operand === "bigint") {
    return changeBig(bytes, start, length, reply, isLonger);
  }
  if (kind === SET && !integer.fits(operand, isSigned, bits)) {
    return changeBig(bytes, start, length, reply, isLonger);
  }
  const raw = integer.read(bytes, start, length, offset, bits);
  const old = isSigned ? integer.signed(raw, bits) : raw;
  const value = kind === SET ? operand : integer.addTo(old, operand, isSigned, bits, overflow);
  if (Number.isNaN(value)) {
    reply.null();
    return false;
  }
  reply.integer(kind === SET ? old : value);
  integer.write(bytes, start, offset, bits, value < 0 ? value + 2 ** bits : value);
  return isLonger || value !== old;
}

/** As `change`, for any width. */
function changeBig(bytes: Uint8Array, start: number, length: number, reply: Reply, isLonger: boolean): boolean {
  const isWide = bits > integer.NUMBER_BITS_MAX;
  const raw = isWide
    ? integer.readBig(bytes, start, length, offset, bits)
    : BigInt(integer.read(bytes, start, length, offset, bits));
  const old = isSigned ? BigInt.asIntN(bits, raw) : raw;
  const value =
    kind === SET
      ? integer.fitted(BigInt(operand), isSigned, bits, overflow)
      : integer.addToBig(old, BigInt(operand), isSigned, bits, overflow);
  if (value === undefined) {
    reply.null();
    return false;
  }
  reply.bigInteger(kind === SET ? old : value);
  if (isWide) integer.writeBig(bytes, start, offset, bits, value);
  else integer.write(bytes, start, offset, bits, Number(BigInt.asUintN(bits, value)));
  return isLonger || value !== old;
}

/** BITFIELD writes only where it is told to. */
function keyOfBitfield(args: Args): FoundKey[] {
  for (let i = 2; i < args.count; ) {
    const behind = args.count - i - 1;
    if (args.is(i, "get") && behind >= 2) i += 3;
    else if (args.is(i, "overflow") && behind >= 1) i += 2;
    else return [{ position: 1, flags: "RW access update" }];
  }
  return [{ position: 1, flags: "RO access" }];
}

export const bitfieldCommands: readonly CommandSpec[] = [
  {
    name: "bitfield",
    arity: -2,
    flags: ["write", "denyoom"],
    group: "bitmap",
    keys: [
      {
        flags: "RW access update variable_flags",
        begin: 1,
        find: keyOfBitfield,
        notes: "Writes only where `SET` or `INCRBY` is given",
      },
    ],
    since: "3.2.0",
    complexity: "O(1) for each operation.",
    summary: "Reads, sets and counts integers of any width in the string at a key.",
    syntax:
      "key [operation(GET encoding_offset(encoding offset:integer)|write([OVERFLOW wrap_sat_fail(WRAP|SAT|FAIL)] " +
      "write_operation(SET encoding_offset_value(encoding offset:integer value:integer)|" +
      "INCRBY encoding_offset_increment(encoding offset:integer increment:integer))))...]",
    handler: (session, args, reply) => bitfield(session, args, reply, true),
  },
  {
    name: "bitfield_ro",
    arity: -2,
    flags: ["readonly", "fast"],
    group: "bitmap",
    keys: [{ flags: "RO access", begin: 1 }],
    since: "6.0.0",
    complexity: "O(1) for each operation.",
    summary: "Reads integers of any width in the string at a key.",
    syntax: "key [(GET encoding_offset(encoding offset:integer))...]",
    handler: (session, args, reply) => bitfield(session, args, reply, false),
  },
];
