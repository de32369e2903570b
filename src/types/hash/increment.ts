/**
 * Counting in fields: HINCRBY, HINCRBYFLOAT. A field that does not exist counts from 0; one
 * that has a deadline keeps it.
 */
import { writeLatin1 } from "../../base/ascii.ts";
import * as int64 from "../../base/int64.ts";
import * as longDouble from "../../base/long-double.ts";
import { Region } from "../../base/region.ts";
import type { CommandSpec } from "../../command/command.ts";
import { argumentsFrom, bulkOf, instead } from "../../command/propagation.ts";
import type { Session } from "../../command/session.ts";
import * as events from "../../keyspace/events.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { NOT_A_FLOAT, NOT_AN_INTEGER, OVERFLOW } from "../../resp/errors.ts";
import type { Reply } from "../../resp/reply.ts";
import { declare, openOrCreate } from "./access.ts";
import { tellOwnDeadline } from "./tell.ts";
import * as hash from "./value.ts";

const HASH_NOT_AN_INTEGER = "ERR hash value is not an integer";
const HASH_NOT_A_FLOAT = "ERR hash value is not a float";
const INCREMENT_INFINITE = "ERR value is NaN or Infinity";
const SUM_INFINITE = "ERR increment would produce NaN or Infinity";

const ZERO = longDouble.fromNumber(0);
/** The longest long double: 4,933 digits, a point, a sign and 17 digits more. */
const TEXT_BYTES_MAX = 5120;
/** The new value as text. */
const text = new Region(new Uint8Array(TEXT_BYTES_MAX));

function hincrby(session: Session, args: Args, reply: Reply): void {
  const { bytes } = args;
  const safe = int64.parseSafe(bytes, args.start(3), args.end(3));
  const increment = Number.isNaN(safe) ? int64.parseBig(bytes, args.start(3), args.end(3)) : safe;
  if (increment === undefined) return reply.error(NOT_AN_INTEGER);
  const ref = openOrCreate(session, args, reply);
  if (ref === NIL) return;
  const exists = hash.find(ref, args, 2);
  const old = exists ? int64.parseSafe(hash.found.region.bytes, hash.found.start, endOfFound()) : 0;
  const sum = typeof increment === "number" ? old + increment : Number.NaN;
  if (!Number.isSafeInteger(sum)) return incrementBig(session, args, reply, ref, BigInt(increment));
  setText(session, args, ref, int64.write(text.bytes, 0, sum), "hincrby");
  reply.integer(sum);
}

const endOfFound = () => hash.found.start + hash.found.length;

/** The way of numbers beyond 2^53, and of values that are none. */
function incrementBig(session: Session, args: Args, reply: Reply, ref: Ref, increment: bigint): void {
  const exists = hash.find(ref, args, 2);
  const old = exists ? int64.parseBig(hash.found.region.bytes, hash.found.start, endOfFound()) : 0n;
  if (old === undefined) return reply.error(HASH_NOT_AN_INTEGER);
  const sum = old + increment;
  if (sum < int64.MIN || sum > int64.MAX) return reply.error(OVERFLOW);
  setText(session, args, ref, int64.writeBig(text.bytes, 0, sum), "hincrby");
  reply.bigInteger(sum);
}

function hincrbyfloat(session: Session, args: Args, reply: Reply): void {
  const increment = longDouble.parse(args.bytes, args.start(3), args.end(3));
  if (increment === undefined) return reply.error(NOT_A_FLOAT);
  if (!longDouble.isFinite(increment)) return reply.error(INCREMENT_INFINITE);
  const ref = openOrCreate(session, args, reply);
  if (ref === NIL) return;
  const exists = hash.find(ref, args, 2);
  const old = exists ? longDouble.parse(hash.found.region.bytes, hash.found.start, endOfFound()) : ZERO;
  if (old === undefined) return reply.error(HASH_NOT_A_FLOAT);
  const sum = longDouble.add(old, increment);
  if (!longDouble.isFinite(sum)) return reply.error(SUM_INFINITE);
  const length = writeLatin1(text.bytes, 0, longDouble.format(sum));
  setText(session, args, ref, length, "hincrbyfloat");
  reply.bulk(text, 0, length);
  tellSum(args, ref, length);
}

const HSET = bulkOf("HSET");

/** Told is the sum, lest it differ where floats are another kind. HSET takes the field's deadline away. */
function tellSum(args: Args, ref: Ref, length: number): void {
  const out = instead(4);
  if (out === undefined) return;
  out.raw(HSET);
  argumentsFrom(out, args, 1, 3);
  out.bulk(text, 0, length);
  if (hash.isTimed(ref)) tellOwnDeadline(args, ref, 2);
}

/** Makes the first `length` bytes of `text` the value of the field in argument 2. */
function setText(session: Session, args: Args, ref: Ref, length: number, event: string): void {
  hash.change(ref, args, 2, text, 0, length);
  events.changed(session.db, args, 1, events.HASH, event);
}

export const incrementCommands: readonly CommandSpec[] = [
  declare({
    name: "hincrby",
    arity: 4,
    flags: ["write", "denyoom", "fast"],
    keyFlags: "RW access update",
    elements: { first: 2 },
    since: "2.0.0",
    complexity: "O(1)",
    summary: "Adds to the integer in a field.",
    syntax: "key field increment:integer",
    handler: hincrby,
  }),
  declare({
    name: "hincrbyfloat",
    arity: 4,
    flags: ["write", "denyoom", "fast"],
    keyFlags: "RW access update",
    elements: { first: 2 },
    since: "2.6.0",
    complexity: "O(1)",
    summary: "Adds to the decimal number in a field.",
    syntax: "key field increment:double",
    handler: hincrbyfloat,
  }),
];
