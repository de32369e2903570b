/**
 * Parts of strings: reading a range, writing over one, adding to the end.
 */
import type { CommandSpec } from "../../command/command.ts";
import type { Session } from "../../command/session.ts";
import * as events from "../../keyspace/events.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { STRING } from "../../keyspace/value-type.ts";
import { NIL } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { STRING_TOO_LONG, WRONG_TYPE } from "../../resp/errors.ts";
import { integerOrReply } from "../../resp/integer-args.ts";
import type { Reply } from "../../resp/reply.ts";
import * as entry from "../../struct/entry.ts";
import * as string from "./value.ts";

const BAD_OFFSET = "ERR offset is out of range";

function getrange(session: Session, args: Args, reply: Reply): void {
  const first = integerOrReply(args, 2, reply);
  if (first === undefined) return;
  const last = integerOrReply(args, 3, reply);
  if (last === undefined) return;
  const ref = keyspace.lookupRead(session.db, args, 1);
  if (ref === NIL) return reply.bulk(args.region, 0, 0);
  if (entry.type(ref) !== STRING) return reply.error(WRONG_TYPE);
  // Two ends in the wrong order give nothing. Redis only looks at that before it turns those below zero into the first
  // byte, so `0 -1000` gives one byte and `-1 -1000` none.
  const inverted = first < 0 && last < 0 && first > last;
  const length = string.length(ref);
  const from = fromStart(Number(first), length);
  const to = Math.min(fromStart(Number(last), length) + 1, length);
  if (inverted || from >= to) return reply.bulk(args.region, 0, 0);
  reply.bulk(string.region(ref), string.start(ref) + from, to - from);
}

/** An index that counts from the end when negative, as one that counts from the start. */
function fromStart(index: number, length: number): number {
  return index < 0 ? Math.max(0, length + index) : index;
}

function append(session: Session, args: Args, reply: Reply): void {
  const added = args.length(2);
  let ref = keyspace.lookupWrite(session.db, args, 1);
  let size = added;
  if (ref === NIL) {
    string.write(session.db, args, 1, string.DERIVED, 0, args.region, args.start(2), added);
  } else {
    if (entry.type(ref) !== STRING) return reply.error(WRONG_TYPE);
    const length = string.length(ref);
    size += length;
    if (string.isTooLong(size)) return reply.error(STRING_TOO_LONG);
    ref = string.grow(session.db, args, 1, ref, size, length);
    string.overwrite(ref, length, args.region, args.start(2), added);
  }
  events.changed(session.db, args, 1, events.STRING, "append");
  reply.integer(size);
}

function setrange(session: Session, args: Args, reply: Reply): void {
  const db = session.db;
  const offset = integerOrReply(args, 2, reply);
  if (offset === undefined) return;
  if (offset < 0) return reply.error(BAD_OFFSET);
  let ref = keyspace.lookupWrite(db, args, 1);
  if (ref !== NIL && entry.type(ref) !== STRING) return reply.error(WRONG_TYPE);
  const length = ref === NIL ? 0 : string.length(ref);
  const written = args.length(3);
  if (written === 0) return reply.integer(length);
  const at = Number(offset);
  if (string.isTooLong(at + written)) return reply.error(STRING_TOO_LONG);
  const size = Math.max(length, at + written);
  ref =
    ref === NIL
      ? string.create(db, args, 1, string.RAW, 0, size)
      : string.grow(db, args, 1, ref, size, Math.min(at, length), at + written);
  if (at > length) string.clear(ref, length, at);
  string.overwrite(ref, at, args.region, args.start(3), written);
  events.changed(db, args, 1, events.STRING, "setrange");
  reply.integer(size);
}

export const rangeCommands: readonly CommandSpec[] = [
  {
    name: "getrange",
    arity: 4,
    flags: ["readonly"],
    group: "string",
    keys: [{ flags: "RO access", begin: 1 }],
    since: "2.4.0",
    complexity: "O(N), N the number of bytes answered.",
    summary: "Answers a part of the string at a key.",
    syntax: "key start:integer end:integer",
    handler: getrange,
  },
  {
    name: "substr",
    arity: 4,
    flags: ["readonly"],
    group: "string",
    keys: [{ flags: "RO access", begin: 1 }],
    since: "1.0.0",
    complexity: "O(N), N the number of bytes answered.",
    summary: "Answers a part of the string at a key; an older name of GETRANGE.",
    syntax: "key start:integer end:integer",
    deprecated: { since: "2.0.0", replacedBy: "`GETRANGE`" },
    handler: getrange,
  },
  {
    name: "append",
    arity: 3,
    flags: ["write", "denyoom", "fast"],
    group: "string",
    keys: [{ flags: "RW insert", begin: 1 }],
    since: "2.0.0",
    complexity: "O(N), N the number of bytes added; now and then the whole string moves to a larger place.",
    summary: "Adds to the end of the string at a key.",
    syntax: "key value",
    handler: append,
  },
  {
    name: "setrange",
    arity: 4,
    flags: ["write", "denyoom"],
    group: "string",
    keys: [{ flags: "RW update", begin: 1 }],
    since: "2.2.0",
    complexity: "O(N), N the number of bytes written and of zeros put in front of them.",
    summary: "Writes over a part of the string at a key, from an offset on.",
    syntax: "key offset:integer value",
    handler: setrange,
  },
];
