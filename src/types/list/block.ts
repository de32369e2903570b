/**
 * Commands that wait until a list has elements: BLPOP, BRPOP, BLMPOP, BLMOVE, BRPOPLPUSH. Where there are some, each is the
 * command without the B; where not, the session is parked (command/blocking.ts), and served from the first key that becomes
 * a list.
 */
import { deadlineOrReply, type Waiting, waitFor } from "../../command/blocking.ts";
import type { CommandSpec } from "../../command/command.ts";
import { checked } from "../../command/open-value.ts";
import { argumentsFrom, bulkOf, instead } from "../../command/propagation.ts";
import type { Session } from "../../command/session.ts";
import * as events from "../../keyspace/events.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { LIST } from "../../keyspace/value-type.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";
import * as entry from "../../struct/entry.ts";
import { dropIfEmpty, endOrReply, removed } from "./access.ts";
import { move, moveElement, moveKeys } from "./move.ts";
import { type ManyPop, parseManyPop, popEvent, takeFromKey, tellPop } from "./pop.ts";
import * as list from "./value.ts";

const replyNothing = (reply: Reply) => reply.nullArray();

/** The list at argument `i`, for one who has waited for it; NIL when it is none. */
function readyList(session: Session, args: Args, i: number): Ref {
  const ref = keyspace.peek(session.db, args, i);
  return ref !== NIL && entry.type(ref) === LIST ? ref : NIL;
}

// --- BLPOP, BRPOP --------------------------------------------------------------------------------------------------

/** Answers the name of the key in argument `i` with an element of its list, and removes this. */
function takeWithKey(args: Args, i: number, ref: Ref, isLast: boolean, reply: Reply): void {
  reply.array(2);
  reply.bulk(args.region, args.start(i), args.length(i));
  list.take(ref, isLast, reply);
}

function waitingPop(isLast: boolean): Waiting {
  return {
    type: LIST,
    serve(session, args, i, reply) {
      const ref = readyList(session, args, i);
      if (ref === NIL) return false;
      takeWithKey(args, i, ref, isLast, reply);
      // As Redis has it, the push that made the list is all the change that is counted.
      events.notify(events.LIST, popEvent(isLast), session.db, args.region, args.start(i), args.end(i));
      dropIfEmpty(session.db, args, i, ref);
      tellPop(args, i, isLast, 0);
      return true;
    },
    timedOut: replyNothing,
  };
}

const WAITING_LEFT = waitingPop(false);
const WAITING_RIGHT = waitingPop(true);

function blockingPop(session: Session, args: Args, reply: Reply, isLast: boolean): void {
  const timeout = args.count - 1;
  const deadline = deadlineOrReply(args, timeout, reply);
  if (Number.isNaN(deadline)) return;
  for (let i = 1; i < timeout; i++) {
    const ref = keyspace.lookupWrite(session.db, args, i);
    if (ref === NIL) continue;
    if (checked(ref, reply, LIST) === NIL) return;
    takeWithKey(args, i, ref, isLast, reply);
    removed(session.db, args, i, ref, 1, popEvent(isLast));
    return tellPop(args, i, isLast, 0);
  }
  waitFor(session, args, reply, isLast ? WAITING_RIGHT : WAITING_LEFT, 1, timeout - 1, deadline);
}

const blpop = (session: Session, args: Args, reply: Reply) => blockingPop(session, args, reply, false);
const brpop = (session: Session, args: Args, reply: Reply) => blockingPop(session, args, reply, true);

// --- BLMPOP --------------------------------------------------------------------------------------------------------

const BLMPOP_TIMEOUT = 1;
const BLMPOP_KEYS = 2;

const WAITING_MANY: Waiting = {
  type: LIST,
  serve(session, args, i, reply) {
    const ref = readyList(session, args, i);
    if (ref === NIL) return false;
    // It was read without an error before.
    const asked = parseManyPop(args, BLMPOP_KEYS, reply) as ManyPop;
    takeFromKey(session, args, i, ref, asked, reply);
    return true;
  },
  timedOut: replyNothing,
};

function blmpop(session: Session, args: Args, reply: Reply): void {
  const asked = parseManyPop(args, BLMPOP_KEYS, reply);
  if (asked === undefined) return;
  const deadline = deadlineOrReply(args, BLMPOP_TIMEOUT, reply);
  if (Number.isNaN(deadline)) return;
  const first = BLMPOP_KEYS + 1;
  for (let i = first; i < first + asked.keys; i++) {
    const ref = keyspace.lookupWrite(session.db, args, i);
    if (ref === NIL) continue;
    if (checked(ref, reply, LIST) === NIL) return;
    return takeFromKey(session, args, i, ref, asked, reply);
  }
  waitFor(session, args, reply, WAITING_MANY, first, asked.keys, deadline);
}

// --- BLMOVE, BRPOPLPUSH --------------------------------------------------------------------------------------------

/** BRPOPLPUSH has fewer arguments: it does not name the ends. */
const BLMOVE_COUNT = 6;

const LMOVE = bulkOf("LMOVE");
const RPOPLPUSH = bulkOf("RPOPLPUSH");
const LEFT = bulkOf("left");
const RIGHT = bulkOf("right");

/** Begins to tell the move without the B in place of the running command: all but the ends, of LMOVE. */
function beginMove(args: Args): Reply | undefined {
  const isLmove = args.count === BLMOVE_COUNT;
  const out = instead(isLmove ? 5 : 3);
  if (out === undefined) return undefined;
  out.raw(isLmove ? LMOVE : RPOPLPUSH);
  argumentsFrom(out, args, 1, 3);
  return out;
}

function serveMove(session: Session, args: Args, reply: Reply, fromLast: boolean, toLast: boolean): boolean {
  const source = readyList(session, args, 1);
  if (source === NIL) return false;
  const target = keyspace.lookupWrite(session.db, args, 2);
  // Whoever waited has waited in vain: the error is the answer.
  if (target !== NIL && checked(target, reply, LIST) === NIL) return true;
  moveElement(session.db, args, 1, source, target, fromLast, toLast, reply);
  const out = beginMove(args);
  if (out === undefined || args.count < BLMOVE_COUNT) return true;
  // Redis spells the ends in lower case here, whatever the client wrote.
  out.raw(fromLast ? RIGHT : LEFT);
  out.raw(toLast ? RIGHT : LEFT);
  return true;
}

const WAITING_MOVE: Waiting = {
  type: LIST,
  serve: (session, args, _i, reply) => serveMove(session, args, reply, args.is(3, "right"), args.is(4, "right")),
  timedOut: replyNothing,
  refused: (reply) => reply.null(),
};

const WAITING_RPOPLPUSH: Waiting = {
  type: LIST,
  serve: (session, args, _i, reply) => serveMove(session, args, reply, true, false),
  timedOut: replyNothing,
  refused: (reply) => reply.null(),
};

function blockingMove(
  session: Session,
  args: Args,
  reply: Reply,
  fromLast: boolean,
  toLast: boolean,
  waiting: Waiting,
): void {
  const deadline = deadlineOrReply(args, args.count - 1, reply);
  if (Number.isNaN(deadline)) return;
  const source = keyspace.lookupWrite(session.db, args, 1);
  if (source === NIL) return waitFor(session, args, reply, waiting, 1, 1, deadline);
  if (!move(session, args, reply, fromLast, toLast)) return;
  const out = beginMove(args);
  if (out !== undefined && args.count === BLMOVE_COUNT) argumentsFrom(out, args, 3, 5);
}

function blmove(session: Session, args: Args, reply: Reply): void {
  const fromLast = endOrReply(args, 3, reply);
  if (fromLast === undefined) return;
  const toLast = endOrReply(args, 4, reply);
  if (toLast !== undefined) blockingMove(session, args, reply, fromLast, toLast, WAITING_MOVE);
}

const brpoplpush = (session: Session, args: Args, reply: Reply) =>
  blockingMove(session, args, reply, true, false, WAITING_RPOPLPUSH);

export const blockCommands: readonly CommandSpec[] = [
  {
    name: "blpop",
    arity: -3,
    flags: ["write", "noscript", "blocking"],
    group: "list",
    keys: [{ flags: "RW access delete", begin: 1, last: -2 }],
    since: "2.0.0",
    complexity: "O(N) for N keys.",
    summary: "Takes the first element of the first list that there is among several keys, or waits until there is one.",
    syntax: "key... timeout:double",
    history: [["6.0.0", "Takes fractions of seconds as `timeout`."]],
    handler: blpop,
  },
  {
    name: "brpop",
    arity: -3,
    flags: ["write", "noscript", "blocking"],
    group: "list",
    keys: [{ flags: "RW access delete", begin: 1, last: -2 }],
    since: "2.0.0",
    complexity: "O(N) for N keys.",
    summary: "Takes the last element of the first list that there is among several keys, or waits until there is one.",
    syntax: "key... timeout:double",
    history: [["6.0.0", "Takes fractions of seconds as `timeout`."]],
    handler: brpop,
  },
  {
    name: "blmpop",
    arity: -5,
    flags: ["write", "blocking", "movablekeys"],
    group: "list",
    keys: [{ flags: "RW access delete", begin: 2, keyNumber: { at: 0, firstKey: 1 } }],
    since: "7.0.0",
    complexity: "O(N+M) for N keys and M elements.",
    summary: "Takes elements from the first list that there is among several keys, or waits until there is one.",
    syntax: "timeout:double numkeys:integer key... where(LEFT|RIGHT) [COUNT count:integer]",
    handler: blmpop,
  },
  {
    name: "blmove",
    arity: 6,
    flags: ["write", "denyoom", "noscript", "blocking"],
    group: "list",
    keys: moveKeys,
    since: "6.2.0",
    complexity: "O(1)",
    summary: "Moves an element from one list to another and answers it, or waits until there is one.",
    syntax: "source:key destination:key wherefrom(LEFT|RIGHT) whereto(LEFT|RIGHT) timeout:double",
    handler: blmove,
  },
  {
    name: "brpoplpush",
    arity: 4,
    flags: ["write", "denyoom", "noscript", "blocking"],
    group: "list",
    keys: moveKeys,
    since: "2.2.0",
    complexity: "O(1)",
    summary: "Moves the last element of one list to the front of another and answers it, or waits until there is one.",
    syntax: "source:key destination:key timeout:double",
    history: [["6.0.0", "Takes fractions of seconds as `timeout`."]],
    deprecated: { since: "6.2.0", replacedBy: "`BLMOVE` with the `RIGHT` and `LEFT` arguments" },
    handler: brpoplpush,
  },
];
