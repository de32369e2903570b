/**
 * DEBUG OBJECT, HTSTATS, HTSTATS-KEY, LISTPACK: how keys and values lie in memory.
 */
import * as int64 from "../../base/int64.ts";
import type { Session } from "../../command/session.ts";
import { idleSeconds } from "../../keyspace/access.ts";
import { databases, expires, tableOf, wheelOf } from "../../keyspace/database.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { savedBytes } from "../../keyspace/value-rdb.ts";
import { typeOf } from "../../keyspace/value-type.ts";
import * as mem from "../../mem/mem.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { NO_SUCH_KEY, NOT_AN_INTEGER } from "../../resp/errors.ts";
import type { Reply } from "../../resp/reply.ts";
import * as entry from "../../struct/entry.ts";
import * as table from "../../struct/table.ts";
import * as wheel from "../../struct/wheel.ts";
import { references } from "../keys/object.ts";
import { entryAsIs } from "./as-is.ts";

export function debugObject(session: Session, args: Args, reply: Reply): void {
  const ref = entryAsIs(session, args, 2);
  if (ref === NIL) return reply.error(NO_SUCH_KEY);
  const value = entry.isOutside(ref) ? entry.outside(ref) : ref;
  const address = mem.chunkOf(value).address + mem.byteOffset(value);
  const type = typeOf(entry.type(ref));
  const fields = [
    `Value at:0x${address.toString(16)}`,
    `refcount:${references(ref)}`,
    `encoding:${type.encodingName(ref)}`,
    `serializedlength:${savedBytes(ref)}`,
    `lru:${entry.access(ref)}`,
    `lru_seconds_idle:${idleSeconds(ref)}`,
    ...(type.details?.(ref) ?? []),
  ];
  reply.simple(fields.join(" "));
}

export function debugHtstats(_session: Session, args: Args, reply: Reply): void {
  const number = int64.parseBig(args.bytes, args.start(2), args.end(2));
  if (number === undefined) return reply.error(NOT_AN_INTEGER);
  const db = databases[Number(number)];
  if (db === undefined) return reply.error("ERR Out of range database");
  reply.verbatim("txt", `[Dictionary HT]\n${tableText(tableOf(db))}[Expires HT]\n${expiresText(db)}`);
}

export function debugHtstatsKey(session: Session, args: Args, reply: Reply): void {
  const ref = keyspace.peek(session.db, args, 2);
  if (ref === NIL) return reply.error(NO_SUCH_KEY);
  const elements = typeOf(entry.type(ref)).elementTable?.(ref) ?? NIL;
  if (elements !== NIL) return reply.verbatim("txt", tableText(elements));
  reply.error("ERR The value stored at the specified key is not represented using an hash table");
}

const EMPTY = "No stats available for empty dictionaries\n";
const hashTable = (text: string) => `Hash table 0 stats (main hash table):\n${text}`;

/** A table in the words that Redis has for its own. Here each entry has a slot to itself: there are no chains. */
function tableText(keys: Ref): string {
  const count = table.count(keys);
  if (count === 0) return hashTable(EMPTY);
  const slots = table.slots(keys);
  const share = (part: number) => `${part} (${((part / slots) * 100).toFixed(2)}%)`;
  return hashTable(
    [
      ` table size: ${slots}`,
      ` number of elements: ${count}`,
      ` different slots: ${count}`,
      " max chain length: 1",
      " avg chain length (counted): 1.00",
      " avg chain length (computed): 1.00",
      " Chain length distribution:",
      `   0: ${share(slots - count)}`,
      `   1: ${share(count)}`,
      "",
    ].join("\n"),
  );
}

/** Deadlines stand in the entries, and a wheel of tokens finds those that are due. */
function expiresText(db: Ref): string {
  if (expires(db) === 0) return hashTable(EMPTY);
  return hashTable(` number of elements: ${expires(db)}\n tokens in the wheel: ${wheel.tokens(wheelOf(db))}\n`);
}

export function debugListpack(session: Session, args: Args, reply: Reply): void {
  const ref = keyspace.peek(session.db, args, 2);
  if (ref === NIL) return reply.error(NO_SUCH_KEY);
  if (typeOf(entry.type(ref)).encodingName(ref) !== "listpack") {
    return reply.error("ERR Not a listpack encoded object.");
  }
  reply.simple(
    `A listpack of ${typeOf(entry.type(ref)).length(ref)} elements in ${mem.capacity(entry.outside(ref))} bytes`,
  );
}
