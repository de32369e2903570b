/**
 * Reading entries by their IDs: XRANGE, XREVRANGE, XLEN.
 */
import type { CommandSpec } from "../../command/command.ts";
import { replyEmptyArray, replyZero } from "../../command/open-value.ts";
import type { Session } from "../../command/session.ts";
import { NIL } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { SYNTAX } from "../../resp/errors.ts";
import { integerOrReply } from "../../resp/integer-args.ts";
import type { Reply } from "../../resp/reply.ts";
import { declare, openStream } from "./access.ts";
import { replyRange } from "./answer.ts";
import { Id, rangeEndOrReply, rangeStartOrReply } from "./id.ts";
import * as stream from "./value.ts";

const start = new Id();
const end = new Id();

function range(session: Session, args: Args, reply: Reply, isReverse: boolean): void {
  if (!rangeStartOrReply(args, isReverse ? 3 : 2, start, reply)) return;
  if (!rangeEndOrReply(args, isReverse ? 2 : 3, end, reply)) return;
  let count: number | bigint = Number.POSITIVE_INFINITY;
  for (let i = 4; i < args.count; i += 2) {
    if (!args.is(i, "count") || i + 1 === args.count) return reply.error(SYNTAX);
    const given = integerOrReply(args, i + 1, reply);
    if (given === undefined) return;
    count = given;
  }
  const head = openStream(session, args, reply, replyEmptyArray);
  if (head === NIL) return;
  if (count <= 0) reply.nullArray();
  else replyRange(reply, head, start, end, count, isReverse);
}

function xrange(session: Session, args: Args, reply: Reply): void {
  range(session, args, reply, false);
}

function xrevrange(session: Session, args: Args, reply: Reply): void {
  range(session, args, reply, true);
}

function xlen(session: Session, args: Args, reply: Reply): void {
  const head = openStream(session, args, reply, replyZero);
  if (head !== NIL) reply.integer(stream.length(head));
}

export const rangeCommands: readonly CommandSpec[] = [
  declare({
    name: "xrange",
    arity: -4,
    flags: ["readonly"],
    keyFlags: "RO access",
    since: "5.0.0",
    complexity: "O(N) for N entries answered.",
    summary: "Answers the entries from one ID to another.",
    syntax: "key start end [COUNT count:integer]",
    history: [["6.2.0", "Takes bounds that are left out: `(`."]],
    handler: xrange,
  }),
  declare({
    name: "xrevrange",
    arity: -4,
    flags: ["readonly"],
    keyFlags: "RO access",
    since: "5.0.0",
    complexity: "O(N) for N entries answered.",
    summary: "Answers the entries from one ID back to another.",
    syntax: "key end start [COUNT count:integer]",
    history: [["6.2.0", "Takes bounds that are left out: `(`."]],
    handler: xrevrange,
  }),
  declare({
    name: "xlen",
    arity: 2,
    flags: ["readonly", "fast"],
    keyFlags: "RO",
    since: "5.0.0",
    complexity: "O(1)",
    summary: "Answers how many entries a stream has.",
    syntax: "key",
    handler: xlen,
  }),
];
