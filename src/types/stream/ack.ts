/**
 * Acknowledging entries, which are not pending any more then: XACK, XACKDEL.
 */
import type { CommandSpec } from "../../command/command.ts";
import { argumentsFrom, bulkOf, instead } from "../../command/propagation.ts";
import type { Session } from "../../command/session.ts";
import * as events from "../../keyspace/events.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { NIL } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";
import { checkedHead, declare } from "./access.ts";
import { areIdsOrReply, noteDeleted } from "./delete.ts";
import * as groups from "./group.ts";
import { Id, isId, replyId } from "./id.ts";
import * as references from "./references.ts";
import * as stream from "./value.ts";

const id = new Id();

function xack(session: Session, args: Args, reply: Reply): void {
  const head = checkedHead(keyspace.lookupRead(session.db, args, 1), reply);
  if (head === undefined) return;
  const group = head === NIL ? NIL : stream.findGroup(head, args, 2);
  if (group === NIL) return reply.zero();
  if (!areIdsOrReply(args, 3, args.count, reply)) return;
  let acknowledged = 0;
  for (let i = 3; i < args.count; i++) if (isId(args, i, id) && groups.acknowledge(group, id)) acknowledged++;
  events.changes.dirty += acknowledged;
  reply.integer(acknowledged);
}

const XACK = bulkOf("XACK");

/** Tells the half of XACKDEL that older servers know as XACK. */
function tellAck(args: Args, of: Id): void {
  const out = instead(4);
  if (out === undefined) return;
  out.raw(XACK);
  argumentsFrom(out, args, 1, 3);
  replyId(out, of);
}

function xackdel(session: Session, args: Args, reply: Reply): void {
  if (!references.readArgs(args, 3, reply)) return;
  const head = checkedHead(keyspace.lookupWrite(session.db, args, 1), reply);
  if (head === undefined) return;
  const group = head === NIL ? NIL : stream.findGroup(head, args, 2);
  const { idsAt, idCount } = references;
  reply.array(idCount);
  let removed = 0;
  for (let i = idsAt; i < idsAt + idCount; i++) {
    if (group === NIL || !isId(args, i, id) || !groups.acknowledge(group, id)) {
      reply.integer(references.NOT_THERE);
      continue;
    }
    events.changes.dirty++;
    tellAck(args, id);
    const outcome = references.remove(head, id);
    if (outcome === references.DELETED) removed++;
    // That an entry was deleted before it was acknowledged makes no difference.
    reply.integer(outcome === references.STILL_REFERENCED ? outcome : references.DELETED);
  }
  if (head !== NIL) noteDeleted(session.db, args, head, removed);
}

export const ackCommands: readonly CommandSpec[] = [
  declare({
    name: "xack",
    arity: -4,
    flags: ["write", "fast"],
    keyFlags: "RW update",
    since: "5.0.0",
    complexity: "O(log N) for each ID and N pending entries.",
    summary: "Says that entries were processed: they are not pending any more.",
    syntax: "key group id...",
    handler: xack,
  }),
  declare({
    name: "xackdel",
    arity: -6,
    flags: ["write", "fast"],
    keyFlags: "RW update delete",
    since: "8.2.0",
    complexity: "O(log N) for each ID and group.",
    summary: "Acknowledges entries and deletes them.",
    syntax: "key group [condition(KEEPREF|DELREF|ACKED)] IDS ids(numids:integer id...)",
    handler: xackdel,
  }),
];
