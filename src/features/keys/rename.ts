/**
 * Keys that change their name or their database: RENAME, RENAMENX, MOVE. The value stays where it lies, whatever its
 * size; only the entry, which holds the key, moves.
 */
import type { CommandSpec } from "../../command/command.ts";
import type { Session } from "../../command/session.ts";
import { databases } from "../../keyspace/database.ts";
import { databaseOrReply } from "../../keyspace/database-args.ts";
import * as events from "../../keyspace/events.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { moveEntry } from "../../keyspace/move-entry.ts";
import { NIL } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { NO_SUCH_KEY, SAME_OBJECT } from "../../resp/errors.ts";
import type { Reply } from "../../resp/reply.ts";
import * as entry from "../../struct/entry.ts";

function rename(session: Session, args: Args, reply: Reply): void {
  const db = session.db;
  if (keyspace.lookupWrite(db, args, 1) === NIL) return reply.error(NO_SUCH_KEY);
  if (args.isSame(1, 2)) return reply.ok();
  keyspace.removeLive(db, args, 2);
  giveName(session, args);
  reply.ok();
}

function renamenx(session: Session, args: Args, reply: Reply): void {
  const db = session.db;
  if (keyspace.lookupWrite(db, args, 1) === NIL) return reply.error(NO_SUCH_KEY);
  if (args.isSame(1, 2) || keyspace.lookupWrite(db, args, 2) !== NIL) return reply.zero();
  giveName(session, args);
  reply.one();
}

/** Gives the key in argument 1, which exists, the name in argument 2, which is free. */
function giveName(session: Session, args: Args): void {
  const db = session.db;
  const ref = keyspace.detach(db, args, 1);
  keyspace.attach(db, args, 2, moveEntry(ref, args, 2, entry.hasDeadline(ref)));
  events.modified(db, args.region, args.start(1), args.end(1));
  events.modified(db, args.region, args.start(2), args.end(2));
  events.notify(events.GENERIC, "rename_from", db, args.region, args.start(1), args.end(1));
  events.notify(events.GENERIC, "rename_to", db, args.region, args.start(2), args.end(2));
  events.changes.dirty++;
}

function move(session: Session, args: Args, reply: Reply): void {
  const number = databaseOrReply(args, 2, reply);
  if (number < 0) return;
  const from = session.db;
  const to = databases[number]!;
  if (from === to) return reply.error(SAME_OBJECT);
  if (keyspace.lookupWrite(from, args, 1) === NIL || keyspace.lookupWrite(to, args, 1) !== NIL) return reply.zero();
  keyspace.attach(to, args, 1, keyspace.detach(from, args, 1));
  events.modified(from, args.region, args.start(1), args.end(1));
  events.modified(to, args.region, args.start(1), args.end(1));
  events.notify(events.GENERIC, "move_from", from, args.region, args.start(1), args.end(1));
  events.notify(events.GENERIC, "move_to", to, args.region, args.start(1), args.end(1));
  events.changes.dirty++;
  reply.one();
}

export const renameCommands: readonly CommandSpec[] = [
  {
    name: "rename",
    arity: 3,
    flags: ["write"],
    group: "generic",
    keys: [
      { flags: "RW access delete", begin: 1 },
      { flags: "OW update", begin: 2 },
    ],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Gives a key another name; a key that had that name is deleted.",
    syntax: "key newkey:key",
    handler: rename,
  },
  {
    name: "renamenx",
    arity: 3,
    flags: ["write", "fast"],
    group: "generic",
    keys: [
      { flags: "RW access delete", begin: 1 },
      { flags: "OW insert", begin: 2 },
    ],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Gives a key another name unless a key has that name.",
    syntax: "key newkey:key",
    history: [["3.2.0", "Two equal names are no error any more."]],
    handler: renamenx,
  },
  {
    name: "move",
    arity: 3,
    flags: ["write", "fast"],
    group: "generic",
    keys: [{ flags: "RW access update", begin: 1 }],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Takes a key to another database unless there is one of that name.",
    syntax: "key db:integer",
    handler: move,
  },
];
