/**
 * COPY: a key's value once more, under another name or in another database.
 */
import type { CommandSpec } from "../../command/command.ts";
import type { Session } from "../../command/session.ts";
import { type Database, databases } from "../../keyspace/database.ts";
import { databaseOrReply } from "../../keyspace/database-args.ts";
import * as events from "../../keyspace/events.ts";
import { scheduleAll } from "../../keyspace/expiry.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { typeOf } from "../../keyspace/value-type.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { SAME_OBJECT, SYNTAX } from "../../resp/errors.ts";
import type { Reply } from "../../resp/reply.ts";
import * as entry from "../../struct/entry.ts";

function copy(session: Session, args: Args, reply: Reply): void {
  let to = session.db;
  let replaces = false;
  for (let i = 3; i < args.count; i++) {
    if (args.is(i, "replace")) {
      replaces = true;
    } else if (args.is(i, "db") && i + 1 < args.count) {
      const number = databaseOrReply(args, ++i, reply);
      if (number < 0) return;
      to = databases[number]!;
    } else return reply.error(SYNTAX);
  }
  if (to === session.db && args.isSame(1, 2)) return reply.error(SAME_OBJECT);
  const source = keyspace.lookupRead(session.db, args, 1);
  if (source === NIL) return reply.zero();
  if (keyspace.lookupWrite(to, args, 2) !== NIL) {
    if (!replaces) return reply.zero();
    keyspace.remove(to, args, 2);
  }
  putCopy(source, to, args, 2);
  events.changed(to, args, 2, events.GENERIC, "copy_to");
  reply.one();
}

/** Gives the key in argument `i`, which does not exist, a copy of what `source` holds, its deadlines included. */
function putCopy(source: Ref, db: Database, args: Args, i: number): void {
  const isOutside = entry.isOutside(source);
  const flags = entry.flags(source) & ~entry.LONG_KEY;
  const target = keyspace.put(db, args, i, flags, isOutside ? 0 : entry.insideLength(source));
  if (isOutside) typeOf(entry.type(source)).copyOutside(source, target);
  else entry.copyValue(source, target);
  if (entry.hasDeadline(source)) entry.setDeadline(target, entry.deadlineBig(source));
  scheduleAll(db, args.hash(i), target);
}

export const copyCommands: readonly CommandSpec[] = [
  {
    name: "copy",
    arity: -3,
    flags: ["write", "denyoom"],
    group: "generic",
    keys: [
      { flags: "RO access", begin: 1 },
      { flags: "OW update", begin: 2 },
    ],
    since: "6.2.0",
    complexity: "O(N) in the number of elements of the value.",
    summary: "Copies a key's value and deadline to another key.",
    syntax: "source:key destination:key [DB destination-db:integer] [REPLACE]",
    handler: copy,
  },
];
