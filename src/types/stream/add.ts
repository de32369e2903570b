/**
 * XADD: adding an entry, and trimming the stream on the way.
 */
import { nowMs } from "../../base/env.ts";
import type { CommandSpec } from "../../command/command.ts";
import { instead } from "../../command/propagation.ts";
import type { Session } from "../../command/session.ts";
import * as events from "../../keyspace/events.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { NIL } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";
import { checkedHead } from "./access.ts";
import { Id, isAnySequence, newIdOrReply, replyId } from "./id.ts";
import { NONE, trim } from "./trim.ts";
import { beginTrimming, checkTrimming, NOT_ONE, REFUSED, readTrimOption, tellTrimmed, trimming } from "./trim-args.ts";
import * as stream from "./value.ts";

const STAR = 42;

const id = new Id();
const lastId = new Id();

// How the ID of the new entry is told.
const AUTOMATIC = 0;
const TIME_ONLY = 1;
const WHOLE = 2;

let told = AUTOMATIC;
let isNoMakeStream = false;

/** Reads the options and the ID; the number of the argument that is the ID, or REFUSED. */
function readOptions(args: Args, reply: Reply): number {
  beginTrimming();
  told = AUTOMATIC;
  isNoMakeStream = false;
  let i = 2;
  for (; i < args.count; i++) {
    if (args.length(i) === 1 && args.bytes[args.start(i)] === STAR) break;
    const last = readTrimOption(args, i, reply);
    if (last === REFUSED) return REFUSED;
    if (last !== NOT_ONE) i = last;
    else if (args.is(i, "nomkstream")) isNoMakeStream = true;
    else {
      if (!newIdOrReply(args, i, id, reply)) return REFUSED;
      told = isAnySequence ? TIME_ONLY : WHOLE;
      break;
    }
  }
  return checkTrimming(false, reply) ? i : REFUSED;
}

const TOO_SMALL = "ERR The ID specified in XADD is equal or smaller than the target stream top item";
const TOO_LARGE = "ERR Elements are too large to be stored";

/** Completes the ID of an entry that comes after `lastId`; the error when there is none. */
function completeId(): string | undefined {
  if (told === AUTOMATIC) {
    // In a pipeline, time most often stands still: then nothing is to be taken apart, and nothing to be compared again.
    if (nowMs > lastId.ms) id.setTime(nowMs);
    else id.copy(lastId).increment();
    return undefined;
  }
  if (told === TIME_ONLY && id.isSameMs(lastId)) {
    // Not what is wrong, but what Redis says.
    if (lastId.isLastOfItsMs) return TOO_LARGE;
    id.copy(lastId).increment();
  }
  return id.compare(lastId) > 0 ? undefined : TOO_SMALL;
}

function xadd(session: Session, args: Args, reply: Reply): void {
  const { db } = session;
  const idAt = readOptions(args, reply);
  if (idAt === REFUSED) return;
  const from = idAt + 1;
  if (args.count - from < 2 || (args.count - from) % 2 === 1) {
    return reply.error("ERR wrong number of arguments for 'xadd' command");
  }
  if (told === WHOLE && id.isMin) return reply.error("ERR The ID specified in XADD must be greater than 0-0");
  const held = checkedHead(keyspace.lookupWrite(db, args, 1), reply);
  if (held === undefined) return;
  if (held === NIL && isNoMakeStream) return reply.null();

  if (held === NIL) lastId.setMin();
  else lastId.read(held, stream.LAST_ID);
  if (lastId.isMax) {
    return reply.error("ERR The stream has exhausted the last possible ID, unable to add more items");
  }
  const bytes = stream.textBytes(args, from);
  const error = completeId() ?? (stream.isTooLarge(bytes, args.count - from) ? TOO_LARGE : undefined);
  if (error !== undefined) return reply.error(error);

  const head = held === NIL ? stream.create(db, args, 1) : held;
  stream.append(head, id, args, from, bytes);
  replyId(reply, id);
  events.changed(db, args, 1, events.STREAM, "xadd");
  if (trimming.by !== NONE && trim(head, trimming) > 0) {
    events.notify(events.STREAM, "xtrim", db, args.region, args.start(1), args.end(1));
  }
  if (held !== NIL) events.grown(db, args, 1);
  const isVague = trimming.by !== NONE && trimming.isApproximate;
  if (told !== WHOLE || isVague) tellTrimmed(instead(args.count), args, head, told === WHOLE ? 0 : idAt, id);
}

export const addCommands: readonly CommandSpec[] = [
  {
    name: "xadd",
    arity: -5,
    flags: ["write", "denyoom", "fast"],
    group: "stream",
    keys: [{ flags: "RW update", begin: 1, notes: "UPDATE and not INSERT, for it may trim" }],
    tips: ["nondeterministic_output"],
    since: "5.0.0",
    complexity: "O(1), and O(N) for N entries that are trimmed.",
    summary: "Adds an entry at the end of a stream, and makes the stream where there is none.",
    syntax:
      'key [NOMKSTREAM@6.2.0] [trim(strategy(MAXLEN|MINID@6.2.0) [operator(equal="="|approximately=~)] threshold [LIMIT count:integer@6.2.0])] id_or_auto(auto_id=*|id) field_value(field value)...',
    history: [
      ["6.2.0", "Takes `NOMKSTREAM`, `MINID` and `LIMIT`."],
      ["7.0.0", "Takes an ID whose sequence is left to the server: `<ms>-*`."],
    ],
    handler: xadd,
  },
];
