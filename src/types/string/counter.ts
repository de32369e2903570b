/**
 * Strings that are numbers. Nearly every counter is a safe integer and keeps its length, so that counting is: read the
 * digits, add, write the digits in place. What is larger, of another length or a float takes a longer way.
 */
import { writeLatin1 } from "../../base/ascii.ts";
import * as int64 from "../../base/int64.ts";
import * as longDouble from "../../base/long-double.ts";
import type { CommandSpec } from "../../command/command.ts";
import { argument, bulkOf, instead } from "../../command/propagation.ts";
import type { Session } from "../../command/session.ts";
import * as events from "../../keyspace/events.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { STRING } from "../../keyspace/value-type.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { NOT_A_FLOAT, NOT_AN_INTEGER, OVERFLOW, WRONG_TYPE } from "../../resp/errors.ts";
import { integerOrReply } from "../../resp/integer-args.ts";
import type { Reply } from "../../resp/reply.ts";
import * as entry from "../../struct/entry.ts";
import * as string from "./value.ts";

const NEGATION_OVERFLOW = "ERR decrement would overflow";
const NOT_FINITE = "ERR increment would produce NaN or Infinity";

/** Adds to the integer at the key in argument 1 and answers the sum. */
function add(session: Session, args: Args, reply: Reply, increment: number | bigint): void {
  const ref = keyspace.lookupWrite(session.db, args, 1);
  if (ref !== NIL && entry.type(ref) !== STRING) return reply.error(WRONG_TYPE);
  const value = ref === NIL ? 0 : safeInteger(ref);
  const sum = typeof increment === "number" ? value + increment : Number.NaN;
  // NaN, for what is not a safe integer, fails the comparison.
  if (!(Math.abs(sum) <= Number.MAX_SAFE_INTEGER)) return addBig(session, args, reply, ref, BigInt(increment));
  const held = string.rewrite(session.db, args, 1, ref, string.DERIVED, int64.lengthOf(sum));
  const chunk = entry.locate(held);
  int64.write(chunk.bytes, entry.valueStart, sum);
  events.changed(session.db, args, 1, events.STRING, "incrby");
  reply.integer(sum);
}

/** The string of an entry as an integer, or NaN when it is none or not safe. */
function safeInteger(ref: Ref): number {
  const chunk = entry.locate(ref);
  return int64.parseSafe(chunk.bytes, entry.valueStart, entry.valueStart + entry.valueLength);
}

/** As `add`, in 64 bits. */
function addBig(session: Session, args: Args, reply: Reply, ref: Ref, increment: bigint): void {
  let sum = increment;
  if (ref !== NIL) {
    const start = string.start(ref);
    const value = int64.parseBig(string.region(ref).bytes, start, start + string.length(ref));
    if (value === undefined) return reply.error(NOT_AN_INTEGER);
    sum += value;
  }
  if (sum < int64.MIN || sum > int64.MAX) return reply.error(OVERFLOW);
  rewriteText(session, args, ref, string.DERIVED, String(sum));
  events.changed(session.db, args, 1, events.STRING, "incrby");
  reply.bigInteger(sum);
}

/** Gives the key in argument 1, whose entry is `ref` or NIL, a string of ASCII characters; its deadline stays. */
function rewriteText(session: Session, args: Args, ref: Ref, encoding: number, text: string): void {
  const held = string.rewrite(session.db, args, 1, ref, encoding, text.length);
  writeLatin1(string.region(held).bytes, string.start(held), text);
}

function incrby(session: Session, args: Args, reply: Reply): void {
  const increment = integerOrReply(args, 2, reply);
  if (increment !== undefined) add(session, args, reply, increment);
}

function decrby(session: Session, args: Args, reply: Reply): void {
  const decrement = integerOrReply(args, 2, reply);
  if (decrement === undefined) return;
  if (decrement === int64.MIN) return reply.error(NEGATION_OVERFLOW);
  // From 0, lest -0 come out.
  add(session, args, reply, typeof decrement === "number" ? 0 - decrement : -decrement);
}

function incrbyfloat(session: Session, args: Args, reply: Reply): void {
  const ref = keyspace.lookupWrite(session.db, args, 1);
  if (ref !== NIL && entry.type(ref) !== STRING) return reply.error(WRONG_TYPE);
  const value = ref === NIL ? longDouble.fromNumber(0) : floatOf(ref);
  const increment = longDouble.parse(args.bytes, args.start(2), args.end(2));
  if (value === undefined || increment === undefined) return reply.error(NOT_A_FLOAT);
  const sum = longDouble.add(value, increment);
  if (!longDouble.isFinite(sum)) return reply.error(NOT_FINITE);
  const text = longDouble.format(sum);
  rewriteText(session, args, ref, string.TEXT, text);
  events.changed(session.db, args, 1, events.STRING, "incrbyfloat");
  reply.bulkText(text);
  tellSum(args, text);
}

const SET = bulkOf("SET");
const KEEPTTL = bulkOf("KEEPTTL");

/** Told is the sum, lest it differ where floats are another kind. */
function tellSum(args: Args, text: string): void {
  const out = instead(4);
  if (out === undefined) return;
  out.raw(SET);
  argument(out, args, 1);
  out.bulkText(text);
  out.raw(KEEPTTL);
}

function floatOf(ref: Ref): longDouble.LongDouble | undefined {
  const start = string.start(ref);
  return longDouble.parse(string.region(ref).bytes, start, start + string.length(ref));
}

export const counterCommands: readonly CommandSpec[] = [
  {
    name: "incr",
    arity: 2,
    flags: ["write", "denyoom", "fast"],
    group: "string",
    keys: [{ flags: "RW access update", begin: 1 }],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Adds one to the integer at a key; a missing key counts as 0.",
    syntax: "key",
    handler: (session, args, reply) => add(session, args, reply, 1),
  },
  {
    name: "decr",
    arity: 2,
    flags: ["write", "denyoom", "fast"],
    group: "string",
    keys: [{ flags: "RW access update", begin: 1 }],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Takes one from the integer at a key; a missing key counts as 0.",
    syntax: "key",
    handler: (session, args, reply) => add(session, args, reply, -1),
  },
  {
    name: "incrby",
    arity: 3,
    flags: ["write", "denyoom", "fast"],
    group: "string",
    keys: [{ flags: "RW access update", begin: 1 }],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Adds an integer to the one at a key; a missing key counts as 0.",
    syntax: "key increment:integer",
    handler: incrby,
  },
  {
    name: "decrby",
    arity: 3,
    flags: ["write", "denyoom", "fast"],
    group: "string",
    keys: [{ flags: "RW access update", begin: 1 }],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Takes an integer from the one at a key; a missing key counts as 0.",
    syntax: "key decrement:integer",
    handler: decrby,
  },
  {
    name: "incrbyfloat",
    arity: 3,
    flags: ["write", "denyoom", "fast"],
    group: "string",
    keys: [{ flags: "RW access update", begin: 1 }],
    since: "2.6.0",
    complexity: "O(1)",
    summary: "Adds a floating-point number to the one at a key; a missing key counts as 0.",
    syntax: "key increment:double",
    handler: incrbyfloat,
  },
];
