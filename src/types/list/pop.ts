/**
 * Taking elements from the ends: LPOP, RPOP, LMPOP.
 */
import type { CommandSpec } from "../../command/command.ts";
import { checked, openWrite, replyNull, replyNullArray } from "../../command/open-value.ts";
import { argument, bulkOf, instead } from "../../command/propagation.ts";
import type { Session } from "../../command/session.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { LIST } from "../../keyspace/value-type.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { NO_COUNT, NO_KEYS, NOT_POSITIVE, SYNTAX } from "../../resp/errors.ts";
import { integerFromOrReply } from "../../resp/integer-args.ts";
import type { Reply } from "../../resp/reply.ts";
import { declare, endOrReply, removed } from "./access.ts";
import { removeRange } from "./edit.ts";
import * as list from "./value.ts";

const LPOP = bulkOf("LPOP");
const RPOP = bulkOf("RPOP");

/** Tells LPOP or RPOP of the key in argument `i` in place of the running command; with a count unless that is 0. */
export function tellPop(args: Args, i: number, isLast: boolean, count: number): void {
  const out = instead(count === 0 ? 2 : 3);
  if (out === undefined) return;
  out.raw(isLast ? RPOP : LPOP);
  argument(out, args, i);
  if (count !== 0) out.bulkInteger(count);
}

export const popEvent = (isLast: boolean) => (isLast ? "rpop" : "lpop");

function pop(session: Session, args: Args, reply: Reply, isLast: boolean): void {
  if (args.count > 2) return popMany(session, args, reply, isLast);
  const ref = openWrite(session, args, reply, LIST, replyNull);
  if (ref === NIL) return;
  list.take(ref, isLast, reply);
  removed(session.db, args, 1, ref, 1, popEvent(isLast));
}

function popMany(session: Session, args: Args, reply: Reply, isLast: boolean): void {
  if (args.count > 3) return reply.error(`ERR wrong number of arguments for '${popEvent(isLast)}' command`);
  const count = integerFromOrReply(args, 2, 0, NOT_POSITIVE, reply);
  if (Number.isNaN(count)) return;
  const ref = openWrite(session, args, reply, LIST, replyNullArray);
  if (ref === NIL) return;
  if (count === 0) return reply.array(0);
  const taken = takeMany(ref, isLast, count, reply);
  removed(session.db, args, 1, ref, taken, popEvent(isLast));
}

/** Answers up to `count` elements from one end on, as an array, and removes them. Returns how many. */
export function takeMany(ref: Ref, isLast: boolean, count: number, reply: Reply): number {
  const length = list.length(ref);
  const taken = Math.min(count, length);
  reply.array(taken);
  list.replyRange(ref, isLast ? length - 1 : 0, taken, isLast, reply);
  removeRange(ref, isLast ? length - taken : 0, taken);
  return taken;
}

const lpop = (session: Session, args: Args, reply: Reply) => pop(session, args, reply, false);
const rpop = (session: Session, args: Args, reply: Reply) => pop(session, args, reply, true);

/** What LMPOP and BLMPOP are asked for. */
export interface ManyPop {
  /** Number of keys; the first is the argument after it. */
  readonly keys: number;
  readonly isLast: boolean;
  readonly count: number;
}

/** Reads the arguments from the number of keys, argument `i`, on. Undefined after a written error. */
export function parseManyPop(args: Args, i: number, reply: Reply): ManyPop | undefined {
  const keys = integerFromOrReply(args, i, 1, NO_KEYS, reply);
  if (Number.isNaN(keys)) return undefined;
  const end = i + keys + 1;
  if (end >= args.count) {
    reply.error(SYNTAX);
    return undefined;
  }
  const isLast = endOrReply(args, end, reply);
  if (isLast === undefined) return undefined;
  if (end + 1 === args.count) return { keys, isLast, count: 1 };
  if (end + 2 === args.count || !args.is(end + 1, "count")) {
    reply.error(SYNTAX);
    return undefined;
  }
  const count = integerFromOrReply(args, end + 2, 1, NO_COUNT, reply);
  if (Number.isNaN(count)) return undefined;
  if (end + 3 < args.count) {
    reply.error(SYNTAX);
    return undefined;
  }
  return { keys, isLast, count };
}

/** Answers the name of the key in argument `i` with elements of its list, and removes these. */
export function takeFromKey(session: Session, args: Args, i: number, ref: Ref, asked: ManyPop, reply: Reply): void {
  reply.array(2);
  reply.bulk(args.region, args.start(i), args.length(i));
  const taken = takeMany(ref, asked.isLast, asked.count, reply);
  removed(session.db, args, i, ref, taken, popEvent(asked.isLast));
  tellPop(args, i, asked.isLast, taken);
}

function lmpop(session: Session, args: Args, reply: Reply): void {
  const asked = parseManyPop(args, 1, reply);
  if (asked === undefined) return;
  for (let i = 2; i < 2 + asked.keys; i++) {
    const ref = keyspace.lookupWrite(session.db, args, i);
    if (ref === NIL) continue;
    if (checked(ref, reply, LIST) === NIL) return;
    return takeFromKey(session, args, i, ref, asked, reply);
  }
  reply.nullArray();
}

export const popCommands: readonly CommandSpec[] = [
  declare({
    name: "lpop",
    arity: -2,
    flags: ["write", "fast"],
    keyFlags: "RW access delete",
    since: "1.0.0",
    complexity: "O(N) for N elements.",
    summary: "Takes the first element of a list, or several, out of it.",
    syntax: "key [count:integer@6.2.0]",
    history: [["6.2.0", "Takes `count`."]],
    handler: lpop,
  }),
  declare({
    name: "rpop",
    arity: -2,
    flags: ["write", "fast"],
    keyFlags: "RW access delete",
    since: "1.0.0",
    complexity: "O(N) for N elements.",
    summary: "Takes the last element of a list, or several, out of it.",
    syntax: "key [count:integer@6.2.0]",
    history: [["6.2.0", "Takes `count`."]],
    handler: rpop,
  }),
  {
    name: "lmpop",
    arity: -4,
    flags: ["write", "movablekeys"],
    group: "list",
    keys: [{ flags: "RW access delete", begin: 1, keyNumber: { at: 0, firstKey: 1 } }],
    since: "7.0.0",
    complexity: "O(N+M) for N keys and M elements.",
    summary: "Takes elements from one end of the first list that there is among several keys.",
    syntax: "numkeys:integer key... where(LEFT|RIGHT) [COUNT count:integer]",
    handler: lmpop,
  },
];
