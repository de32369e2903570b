/**
 * XGROUP: making groups and consumers, removing them, and setting how far a group has read.
 */
import type { CommandSpec } from "../../command/command.ts";
import { replyHelp } from "../../command/help.ts";
import type { Session } from "../../command/session.ts";
import * as events from "../../keyspace/events.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { replay } from "../../keyspace/replay.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { integerOrReply } from "../../resp/integer-args.ts";
import type { Reply } from "../../resp/reply.ts";
import { checkedHead, declareSub, wrongSubcommand } from "./access.ts";
import * as byId from "./by-id.ts";
import * as group from "./group.ts";
import { anyIdOrReply, Id, idOrReply } from "./id.ts";
import type { Int64 } from "./int64-words.ts";
import * as stream from "./value.ts";

const NO_STREAM =
  "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.";

const DOLLAR = 36;
const ID_ARG = 4;

const id = new Id();

// What the options said.
let isMakingStream = false;
let entriesRead: Int64 = group.UNKNOWN;

function readOptions(args: Args, reply: Reply, takesMakeStream: boolean): boolean {
  isMakingStream = false;
  entriesRead = group.UNKNOWN;
  for (let i = 5; i < args.count; i++) {
    if (takesMakeStream && args.is(i, "mkstream")) {
      isMakingStream = true;
    } else if (args.is(i, "entriesread") && i + 1 < args.count) {
      const given = integerOrReply(args, ++i, reply);
      if (given === undefined) return false;
      // A counter of 64 bits that has gone round is told as what it is.
      if (given < 0 && given !== group.UNKNOWN && !replay.isOn) {
        reply.error("ERR value for ENTRIESREAD must be positive or -1");
        return false;
      }
      entriesRead = given;
    } else {
      wrongSubcommand(args, reply);
      return false;
    }
  }
  return true;
}

/** The stream at argument 2; NIL after an error, for it has to be there. */
function openStream(session: Session, args: Args, reply: Reply): Ref {
  const head = checkedHead(keyspace.lookupWrite(session.db, args, 2), reply);
  if (head === undefined) return NIL;
  if (head === NIL) reply.error(NO_STREAM);
  return head;
}

/** The stream and group that `openGroup` found. */
let head: Ref = NIL;

/** The group of arguments 2 and 3; NIL after an error. */
function openGroup(session: Session, args: Args, reply: Reply): Ref {
  head = openStream(session, args, reply);
  if (head === NIL) return NIL;
  const found = stream.findGroup(head, args, 3);
  if (found === NIL)
    reply.error(`NOGROUP No such consumer group '${args.cString(3)}' for key name '${args.cString(2)}'`);
  return found;
}

/** Whether an ID stands for the last one. */
function isDollar(args: Args, i: number): boolean {
  return args.length(i) === 1 && args.bytes[args.start(i)] === DOLLAR;
}

function note(session: Session, args: Args, event: string): void {
  events.changes.dirty++;
  events.notify(events.STREAM, event, session.db, args.region, args.start(2), args.end(2));
}

function create(session: Session, args: Args, reply: Reply): void {
  if (!readOptions(args, reply, true)) return;
  const { db } = session;
  let held = checkedHead(keyspace.lookupWrite(db, args, 2), reply);
  if (held === undefined) return;
  if (held === NIL && !isMakingStream) return reply.error(NO_STREAM);
  if (args.count > 8) return wrongSubcommand(args, reply);
  if (isDollar(args, ID_ARG)) {
    if (held === NIL) id.setMin();
    else id.read(held, stream.LAST_ID);
  } else if (!idOrReply(args, ID_ARG, id, reply)) return;
  if (held === NIL) {
    held = stream.create(db, args, 2);
    events.modified(db, args.region, args.start(2), args.end(2));
  }
  const groups = stream.groupsToAddTo(held);
  if (group.add(groups, args.region, args.start(3), args.end(3), id, entriesRead) === NIL) {
    return reply.error("BUSYGROUP Consumer Group name already exists");
  }
  note(session, args, "xgroup-create");
  reply.ok();
}

function setId(session: Session, args: Args, reply: Reply): void {
  if (!readOptions(args, reply, false)) return;
  const found = openGroup(session, args, reply);
  if (found === NIL) return;
  if (args.count > 7) return wrongSubcommand(args, reply);
  if (isDollar(args, ID_ARG)) id.read(head, stream.LAST_ID);
  else if (!anyIdOrReply(args, ID_ARG, id, reply)) return;
  group.setPosition(found, id, entriesRead);
  note(session, args, "xgroup-setid");
  reply.ok();
}

function destroy(session: Session, args: Args, reply: Reply): void {
  const held = openStream(session, args, reply);
  if (held === NIL) return;
  if (stream.findGroup(held, args, 3) === NIL) return reply.zero();
  group.removeFound(stream.groupsOf(held));
  note(session, args, "xgroup-destroy");
  events.grown(session.db, args, 2);
  reply.one();
}

function createConsumer(session: Session, args: Args, reply: Reply): void {
  const found = openGroup(session, args, reply);
  if (found === NIL) return;
  if (group.addConsumer(found, args.region, args.start(4), args.end(4)) === NIL) return reply.zero();
  note(session, args, "xgroup-createconsumer");
  reply.one();
}

function deleteConsumer(session: Session, args: Args, reply: Reply): void {
  const found = openGroup(session, args, reply);
  if (found === NIL) return;
  const consumer = group.findConsumer(found, args.region, args.start(4), args.end(4));
  if (consumer === NIL) return reply.zero();
  const pending = byId.count(group.consumerPending(consumer));
  group.removeConsumer(found, consumer);
  note(session, args, "xgroup-delconsumer");
  reply.integer(pending);
}

function help(_session: Session, _args: Args, reply: Reply): void {
  replyHelp(reply, "XGROUP", [
    "CREATE <key> <groupname> <id|$> [MKSTREAM] [ENTRIESREAD entries_read]",
    "    Makes a group that has read up to an ID, and the stream if it is to.",
    "CREATECONSUMER <key> <groupname> <consumer>",
    "    Makes a consumer in a group.",
    "DELCONSUMER <key> <groupname> <consumer>",
    "    Removes a consumer with all that it has pending.",
    "DESTROY <key> <groupname>",
    "    Removes a group.",
    "SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]",
    "    Sets up to which ID a group has read.",
  ]);
}

export const groupCommands: readonly CommandSpec[] = [
  {
    name: "xgroup",
    arity: -2,
    flags: [],
    group: "stream",
    since: "5.0.0",
    complexity: "Depends on the subcommand.",
    summary: "Holds the subcommands about consumer groups.",
    syntax: "",
    subcommands: [
      declareSub({
        name: "create",
        arity: -5,
        flags: ["write", "denyoom"],
        keyFlags: "RW insert",
        since: "5.0.0",
        complexity: "O(1)",
        summary: "Makes a group that has read up to an ID.",
        syntax: 'key groupname id(id|new_id="$") [MKSTREAM] [ENTRIESREAD entries_read:integer]',
        history: [["7.0.0", "Takes `ENTRIESREAD`."]],
        handler: create,
      }),
      declareSub({
        name: "setid",
        arity: -5,
        flags: ["write"],
        keyFlags: "RW update",
        since: "5.0.0",
        complexity: "O(1)",
        summary: "Sets up to which ID a group has read.",
        syntax: 'key groupname id(id|new_id="$") [ENTRIESREAD entries_read:integer]',
        history: [["7.0.0", "Takes `ENTRIESREAD`."]],
        handler: setId,
      }),
      declareSub({
        name: "destroy",
        arity: 4,
        flags: ["write"],
        keyFlags: "RW delete",
        since: "5.0.0",
        complexity: "O(N) for N pending entries.",
        summary: "Removes a group.",
        syntax: "key groupname",
        handler: destroy,
      }),
      declareSub({
        name: "createconsumer",
        arity: 5,
        flags: ["write", "denyoom"],
        keyFlags: "RW insert",
        since: "6.2.0",
        complexity: "O(1)",
        summary: "Makes a consumer in a group.",
        syntax: "key groupname consumername",
        handler: createConsumer,
      }),
      declareSub({
        name: "delconsumer",
        arity: 5,
        flags: ["write"],
        keyFlags: "RW delete",
        since: "5.0.0",
        complexity: "O(N) for N entries that it has pending.",
        summary: "Removes a consumer with all that it has pending.",
        syntax: "key groupname consumername",
        handler: deleteConsumer,
      }),
      {
        name: "help",
        arity: 2,
        flags: ["loading", "stale"],
        group: "stream",
        since: "5.0.0",
        complexity: "O(1)",
        summary: "Explains the subcommands.",
        syntax: "",
        handler: help,
      },
    ],
  },
];
