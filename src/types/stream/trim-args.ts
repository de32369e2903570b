/**
 * The arguments of XADD and XTRIM that say what is to be trimmed, and XTRIM.
 */
import type { CommandSpec } from "../../command/command.ts";
import { replyZero } from "../../command/open-value.ts";
import { argument, bulkOf, instead } from "../../command/propagation.ts";
import type { Session } from "../../command/session.ts";
import * as events from "../../keyspace/events.ts";
import { replay } from "../../keyspace/replay.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { SYNTAX } from "../../resp/errors.ts";
import { integerOrReply } from "../../resp/integer-args.ts";
import type { Reply } from "../../resp/reply.ts";
import { declare, openToWrite } from "./access.ts";
import { Id, idOrReply, replyId } from "./id.ts";
import { streamNodeMaxEntries } from "./parameters.ts";
import { ID, LENGTH, NONE, Trimming, trim } from "./trim.ts";
import * as stream from "./value.ts";

// What an approximate trimming may remove unless it is told: so many nodes, and entries within these bounds.
const LIMIT_NODES = 100;
const LIMIT_UNBOUND = 10_000;
const LIMIT_MAX = 1_000_000;

/** What the last command wants trimmed. */
export const trimming = new Trimming();
let isLimitGiven = false;
/** The argument that says how much stays. */
let thresholdAt = 0;

/** Forgets what the command before wanted. */
export function beginTrimming(): void {
  trimming.by = NONE;
  trimming.isApproximate = false;
  trimming.limit = 0;
  isLimitGiven = false;
}

/** No such option at argument `i`; and: an error was answered. Otherwise the number of the option's last argument. */
export const NOT_ONE = 0;
export const REFUSED = -1;

/** Reads the option that begins with argument `i`, if it is one of trimming. */
export function readTrimOption(args: Args, i: number, reply: Reply): number {
  if (i === args.count - 1) return NOT_ONE;
  if (args.is(i, "maxlen")) return readThreshold(args, i, LENGTH, reply);
  if (args.is(i, "minid")) return readThreshold(args, i, ID, reply);
  if (!args.is(i, "limit")) return NOT_ONE;
  const limit = integerOrReply(args, i + 1, reply);
  if (limit === undefined) return REFUSED;
  if (limit < 0) return refuse(reply, "ERR The LIMIT argument must be >= 0.");
  trimming.limit = limit;
  isLimitGiven = true;
  return i + 1;
}

function readThreshold(args: Args, i: number, by: number, reply: Reply): number {
  if (trimming.by !== NONE) {
    return refuse(reply, "ERR syntax error, MAXLEN and MINID options at the same time are not compatible");
  }
  let at = i + 1;
  trimming.isApproximate = false;
  if (at < args.count - 1) {
    if (args.is(at, "~")) trimming.isApproximate = true;
    if (trimming.isApproximate || args.is(at, "=")) at++;
  }
  if (by === LENGTH) {
    const most = integerOrReply(args, at, reply);
    if (most === undefined) return REFUSED;
    if (most < 0) return refuse(reply, "ERR The MAXLEN argument must be >= 0.");
    trimming.lengthMax = most;
  } else if (!idOrReply(args, at, trimming.firstId, reply)) {
    return REFUSED;
  }
  trimming.by = by;
  thresholdAt = at;
  return at;
}

/** Whether the options go together; false after an error. Sets the limit where none was given. */
export function checkTrimming(isNeeded: boolean, reply: Reply): boolean {
  if (trimming.by === NONE && trimming.limit > 0) {
    reply.error("ERR syntax error, LIMIT cannot be used without specifying a trimming strategy");
    return false;
  }
  if (trimming.by === NONE && isNeeded) {
    reply.error("ERR syntax error, XTRIM must be called with a trimming strategy");
    return false;
  }
  if (replay.isOn) {
    // As it is told, it says what is to stay in the end, and the limit has been heeded.
    trimming.limit = 0;
    return true;
  }
  if (isLimitGiven && !trimming.isApproximate) {
    reply.error("ERR syntax error, LIMIT cannot be used without the special ~ option");
    return false;
  }
  if (!isLimitGiven && trimming.isApproximate) {
    const limit = LIMIT_NODES * streamNodeMaxEntries.value;
    trimming.limit = limit <= 0 ? LIMIT_UNBOUND : Math.min(limit, LIMIT_MAX);
  }
  return true;
}

function refuse(reply: Reply, error: string): number {
  reply.error(error);
  return REFUSED;
}

const EQUALS = bulkOf("=");
const firstId = new Id();

/**
 * Writes the running command as it came, but for the arguments that leave something to the server: an approximate
 * threshold is told as what has stayed, and the ID in argument `idAt`, if that is not 0, is `id`.
 */
export function tellTrimmed(out: Reply | undefined, args: Args, head: Ref, idAt: number, id: Id): void {
  if (out === undefined) return;
  const changedAt = trimming.by !== NONE && trimming.isApproximate ? thresholdAt : 0;
  for (let i = 0; i < args.count; i++) {
    if (changedAt !== 0 && i === changedAt - 1) out.raw(EQUALS);
    else if (changedAt !== 0 && i === changedAt) writeThreshold(out, head);
    else if (idAt !== 0 && i === idAt) replyId(out, id);
    else argument(out, args, i);
  }
}

function writeThreshold(out: Reply, head: Ref): void {
  if (trimming.by === LENGTH) return out.bulkInteger(stream.length(head));
  stream.readFirst(head, firstId);
  replyId(out, firstId);
}

function xtrim(session: Session, args: Args, reply: Reply): void {
  beginTrimming();
  for (let i = 2; i < args.count; i++) {
    const last = readTrimOption(args, i, reply);
    if (last === REFUSED) return;
    if (last === NOT_ONE) return reply.error(SYNTAX);
    i = last;
  }
  if (!checkTrimming(true, reply)) return;
  const head = openToWrite(session, args, reply, replyZero);
  if (head === NIL) return;
  const trimmed = trim(head, trimming);
  if (trimmed > 0) {
    events.changed(session.db, args, 1, events.STREAM, "xtrim");
    events.changes.dirty += trimmed - 1;
    if (trimming.isApproximate) tellTrimmed(instead(args.count), args, head, 0, firstId);
  }
  reply.integer(trimmed);
}

export const trimCommands: readonly CommandSpec[] = [
  declare({
    name: "xtrim",
    arity: -4,
    flags: ["write"],
    keyFlags: "RW delete",
    tips: ["nondeterministic_output"],
    since: "5.0.0",
    complexity: "O(N) for N entries removed, and quick: they go by the node.",
    summary: "Removes the oldest entries, down to a length or up to an ID.",
    syntax:
      'key trim(strategy(MAXLEN|MINID@6.2.0) [operator(equal="="|approximately=~)] threshold [LIMIT count:integer@6.2.0])',
    history: [["6.2.0", "Takes `MINID` and `LIMIT`."]],
    handler: xtrim,
  }),
];
