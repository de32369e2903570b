/**
 * Deleting entries with a say in what becomes of the references to them: what the groups have pending. The arguments
 * `[KEEPREF|DELREF|ACKED] IDS numids id…` of XDELEX and XACKDEL, and what they mean.
 *
 *     KEEPREF  the entry goes; what is pending stays so, of an entry that is no more
 *     DELREF   the entry goes, and nobody has it pending any more
 *     ACKED    the entry goes if every group has read it, and none has it pending
 */

import * as int64 from "../../base/int64.ts";
import { argument, bulkOf, instead } from "../../command/propagation.ts";
import * as events from "../../keyspace/events.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { SYNTAX } from "../../resp/errors.ts";
import type { Reply } from "../../resp/reply.ts";
import { Element } from "../../struct/listpack.ts";
import * as sequence from "../../struct/sequence.ts";
import * as byId from "./by-id.ts";
import * as group from "./group.ts";
import { Id, idOrReply, replyId } from "./id.ts";
import * as stream from "./value.ts";

const KEEP = 0;
const DELETE = 1;
const ACKNOWLEDGED = 2;

// What is answered for each ID.
export const NOT_THERE = -1;
export const DELETED = 1;
export const STILL_REFERENCED = 2;

/** What `readArgs` read: the references' fate, and where the IDs are. */
let policy = KEEP;
export let idsAt = 0;
export let idCount = 0;

const checkedId = new Id();
const name = new Element();
/** The command that runs. */
let command: Args;

/** Reads the arguments from `from` on; false after an error. */
export function readArgs(args: Args, from: number, reply: Reply): boolean {
  policy = KEEP;
  idsAt = 0;
  command = args;
  let isPolicyGiven = false;
  for (let i = from; i < args.count; ) {
    const given = isPolicyGiven ? -1 : policyAt(args, i);
    if (given >= 0) {
      policy = given;
      isPolicyGiven = true;
      i++;
    } else if (args.is(i, "ids") && i + 1 < args.count) {
      if (!readCount(args, i + 1, reply)) return false;
      i = idsAt + idCount;
    } else {
      reply.error(SYNTAX);
      return false;
    }
  }
  if (idsAt === 0) {
    reply.error("ERR IDS option is required");
    return false;
  }
  for (let i = idsAt; i < idsAt + idCount; i++) if (!idOrReply(args, i, checkedId, reply)) return false;
  return true;
}

function policyAt(args: Args, i: number): number {
  if (args.is(i, "keepref")) return KEEP;
  if (args.is(i, "delref")) return DELETE;
  return args.is(i, "acked") ? ACKNOWLEDGED : -1;
}

function readCount(args: Args, i: number, reply: Reply): boolean {
  const count = int64.parseBig(args.bytes, args.start(i), args.end(i));
  if (count === undefined || count < 1n) {
    reply.error("ERR Number of IDs must be a positive integer");
    return false;
  }
  if (count > args.count - i - 1) {
    reply.error("ERR The `numids` parameter must match the number of arguments");
    return false;
  }
  idsAt = i + 1;
  idCount = Number(count);
  return true;
}

/** Whether a group has the entry pending, or has not come to it yet. */
function isReferenced(head: Ref, id: Id): boolean {
  const groups = stream.groupsOf(head);
  if (groups === NIL) return false;
  let found = false;
  sequence.each(groups, (of) => {
    found ||= id.compareAt(of, group.LAST_ID) > 0 || byId.find(group.pendingOf(of), id);
  });
  return found;
}

const XACK = bulkOf("XACK");
const XDEL = bulkOf("XDEL");

/** Tells XACK of a group, or XDEL, in place of the running command, which older servers do not know. */
function tellOf(word: Uint8Array, id: Id, group?: Element): void {
  const out = instead(group === undefined ? 3 : 4);
  if (out === undefined) return;
  out.raw(word);
  argument(out, command, 1);
  if (group !== undefined) out.bulk(group.region, group.start, group.length);
  replyId(out, id);
}

/** Takes the entry from whoever has it pending. */
function removeReferences(head: Ref, id: Id): void {
  const groups = stream.groupsOf(head);
  if (groups === NIL) return;
  sequence.each(groups, (of) => {
    if (!group.acknowledge(of, id)) return;
    events.changes.dirty++;
    group.readName(of, name);
    tellOf(XACK, id, name);
  });
}

/** Deletes the entry as the arguments want it; what became of it. */
export function remove(head: Ref, id: Id): number {
  if (policy === DELETE) removeReferences(head, id);
  if (policy === ACKNOWLEDGED && stream.has(head, id) && isReferenced(head, id)) return STILL_REFERENCED;
  if (!stream.remove(head, id)) return NOT_THERE;
  tellOf(XDEL, id);
  return DELETED;
}
