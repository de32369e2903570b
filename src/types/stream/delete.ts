/**
 * Deleting entries by their IDs, and setting what a stream remembers: XDEL, XDELEX, XSETID.
 */
import type { CommandSpec } from "../../command/command.ts";
import { replyZero } from "../../command/open-value.ts";
import type { Session } from "../../command/session.ts";
import type { Database } from "../../keyspace/database.ts";
import * as events from "../../keyspace/events.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { replay } from "../../keyspace/replay.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { NO_SUCH_KEY, SYNTAX } from "../../resp/errors.ts";
import { integerOrReply } from "../../resp/integer-args.ts";
import type { Reply } from "../../resp/reply.ts";
import { checkedHead, declare, openToWrite } from "./access.ts";
import { Id, idOrReply, isId } from "./id.ts";
import type { Int64 } from "./int64-words.ts";
import * as references from "./references.ts";
import * as stream from "./value.ts";

const id = new Id();
const maxDeleted = new Id();
const last = new Id();

/** Whether all arguments from `from` to before `end` are IDs; false after an error. */
export function areIdsOrReply(args: Args, from: number, end: number, reply: Reply): boolean {
  for (let i = from; i < end; i++) if (!idOrReply(args, i, id, reply)) return false;
  return true;
}

/** What follows from having deleted `count` entries. */
export function noteDeleted(db: Database, args: Args, head: Ref, count: number): void {
  if (count === 0) return;
  stream.mendFirstId(head);
  events.changed(db, args, 1, events.STREAM, "xdel");
  events.changes.dirty += count - 1;
}

function xdel(session: Session, args: Args, reply: Reply): void {
  const head = openToWrite(session, args, reply, replyZero);
  if (head === NIL || !areIdsOrReply(args, 2, args.count, reply)) return;
  let removed = 0;
  for (let i = 2; i < args.count; i++) if (isId(args, i, id) && stream.remove(head, id)) removed++;
  noteDeleted(session.db, args, head, removed);
  reply.integer(removed);
}

function xsetid(session: Session, args: Args, reply: Reply): void {
  if (!idOrReply(args, 2, id, reply)) return;
  let added: Int64 = -1;
  maxDeleted.setMin();
  for (let i = 3; i < args.count; i += 2) {
    const isLast = i + 1 === args.count;
    if (args.is(i, "entriesadded") && !isLast) {
      const given = integerOrReply(args, i + 1, reply);
      if (given === undefined) return;
      if (given < 0 && !replay.isOn) return reply.error("ERR entries_added must be positive");
      added = given;
    } else if (args.is(i, "maxdeletedid") && !isLast) {
      if (!idOrReply(args, i + 1, maxDeleted, reply)) return;
      if (id.compare(maxDeleted) < 0) {
        return reply.error("ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id");
      }
    } else return reply.error(SYNTAX);
  }
  const head = openToWrite(session, args, reply, (to) => to.error(NO_SUCH_KEY));
  if (head === NIL) return;
  if (stream.length(head) > 0) {
    stream.readLastLive(head, last);
    if (id.compare(last) < 0) {
      return reply.error("ERR The ID specified in XSETID is smaller than the target stream top item");
    }
    if (added !== -1 && stream.length(head) > added) {
      return reply.error("ERR The entries_added specified in XSETID is smaller than the target stream length");
    }
  }
  stream.setId(head, stream.LAST_ID, id);
  if (added !== -1) stream.setEntriesAdded(head, added);
  if (!maxDeleted.isMin) stream.setId(head, stream.MAX_DELETED_ID, maxDeleted);
  reply.ok();
  events.changes.dirty++;
  events.notify(events.STREAM, "xsetid", session.db, args.region, args.start(1), args.end(1));
}

function xdelex(session: Session, args: Args, reply: Reply): void {
  if (!references.readArgs(args, 2, reply)) return;
  const head = checkedHead(keyspace.lookupWrite(session.db, args, 1), reply);
  if (head === undefined) return;
  const { idsAt, idCount } = references;
  reply.array(idCount);
  let removed = 0;
  for (let i = idsAt; i < idsAt + idCount; i++) {
    const outcome = head !== NIL && isId(args, i, id) ? references.remove(head, id) : references.NOT_THERE;
    if (outcome === references.DELETED) removed++;
    reply.integer(outcome);
  }
  if (head !== NIL) noteDeleted(session.db, args, head, removed);
}

export const deleteCommands: readonly CommandSpec[] = [
  declare({
    name: "xdel",
    arity: -3,
    flags: ["write", "fast"],
    keyFlags: "RW delete",
    since: "5.0.0",
    complexity: "O(log N) for each entry.",
    summary: "Deletes entries, and answers how many there were.",
    syntax: "key id...",
    handler: xdel,
  }),
  declare({
    name: "xdelex",
    arity: -5,
    flags: ["write", "fast"],
    keyFlags: "RW delete",
    since: "8.2.0",
    complexity: "O(log N) for each entry and group.",
    summary: "Deletes entries, and says what becomes of them where they are pending.",
    syntax: "key [condition(KEEPREF|DELREF|ACKED)] IDS ids(numids:integer id...)",
    handler: xdelex,
  }),
  declare({
    name: "xsetid",
    arity: -3,
    flags: ["write", "denyoom", "fast"],
    keyFlags: "RW update",
    since: "5.0.0",
    complexity: "O(1)",
    summary: "Sets what a stream remembers of its past: for replicas.",
    syntax: "key last-id [ENTRIESADDED entries_added:integer@7.0.0] [MAXDELETEDID max_deleted_entry_id@7.0.0]",
    history: [["7.0.0", "Takes `ENTRIESADDED` and `MAXDELETEDID`."]],
    handler: xsetid,
  }),
];
