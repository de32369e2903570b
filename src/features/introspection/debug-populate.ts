/**
 * DEBUG POPULATE: many keys at once, `<prefix>:0`, `<prefix>:1` … with values `value:0`, `value:1` …, or with values of
 * one size, which begin so and go on with zeros. Keys that exist stay as they are.
 */
import * as int64 from "../../base/int64.ts";
import type { Session } from "../../command/session.ts";
import * as events from "../../keyspace/events.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { NIL } from "../../mem/mem.ts";
import { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";
import * as string from "../../types/string/value.ts";

const NOT_POSITIVE = "ERR value is out of range, must be positive";
const VALUE = Buffer.from("value", "latin1");
const COLON = 58;

/** What there can be in memory at all, and the least that a key takes. */
const BYTES_MAX = 32 * 2 ** 30;
const KEY_BYTES_MIN = 24;

/** The number in argument `i`, 0 or more; NaN after the error was answered. */
function positiveOrReply(args: Args, i: number, reply: Reply): number {
  const number = int64.parseBig(args.bytes, args.start(i), args.end(i));
  if (number !== undefined && number >= 0n) return Number(number);
  reply.error(NOT_POSITIVE);
  return Number.NaN;
}

export function debugPopulate(session: Session, args: Args, reply: Reply): void {
  const count = positiveOrReply(args, 2, reply);
  if (Number.isNaN(count)) return;
  const size = args.count > 4 ? positiveOrReply(args, 4, reply) : 0;
  if (Number.isNaN(size)) return;
  const prefix = args.count > 3 ? args.copyOf(3) : Buffer.from("key", "latin1");
  // Before any memory is taken: what cannot be there at once is refused.
  if (string.isTooLong(size) || count * (KEY_BYTES_MIN + prefix.length + size) > BYTES_MAX) {
    return reply.error("ERR OOM in dictTryExpand");
  }
  populate(session, count, prefix, size);
  reply.ok();
}

function populate(session: Session, count: number, prefix: Uint8Array, size: number): void {
  const keyAt = 0;
  const valueAt = prefix.length + 1 + int64.LENGTH_MAX;
  const bytes = new Uint8Array(valueAt + Math.max(size, VALUE.length + 1 + int64.LENGTH_MAX));
  bytes.set(prefix, keyAt);
  bytes[prefix.length] = COLON;
  bytes.set(VALUE, valueAt);
  bytes[valueAt + VALUE.length] = COLON;
  const made = new Args();
  made.rebase(bytes);
  made.aim(0, 1);
  for (let i = 0; i < count; i++) {
    const keyEnd = int64.write(bytes, prefix.length + 1, i);
    const valueEnd = int64.write(bytes, valueAt + VALUE.length + 1, i);
    made.setRange(0, keyAt, keyEnd);
    if (keyspace.peek(session.db, made, 0) !== NIL) continue;
    const length = size === 0 ? valueEnd - valueAt : size;
    string.write(session.db, made, 0, string.DERIVED, 0, made.region, valueAt, length);
    events.modified(session.db, made.region, keyAt, keyEnd);
  }
}
