/**
 * Asking for the deadlines of fields (Redis 7.4): HTTL, HPTTL, HEXPIRETIME, HPEXPIRETIME. For each field: -2 when there is
 * none, -1 when it has no deadline.
 */
import { nowMs } from "../../base/env.ts";
import type { CommandSpec, Handler } from "../../command/command.ts";
import {
  type DeadlineForm,
  MILLISECONDS,
  SECONDS,
  UNIX_MILLISECONDS,
  UNIX_SECONDS,
} from "../../keyspace/deadline-args.ts";
import { NIL } from "../../mem/mem.ts";
import { declare, lookupRead } from "./access.ts";
import { firstFieldOrReply } from "./field-args.ts";
import * as hash from "./value.ts";

const NO_FIELD = -2;
const NO_DEADLINE = -1;

function httl({ unitMs, relative }: DeadlineForm): Handler {
  return (session, args, reply) => {
    const ref = lookupRead(session, args, reply);
    if (ref === undefined) return;
    const first = firstFieldOrReply(args, 2, reply);
    if (first === 0) return;
    reply.array(args.count - first);
    for (let i = first; i < args.count; i++) {
      const deadline = ref === NIL ? Number.NaN : hash.deadlineOf(ref, args, i);
      if (Number.isNaN(deadline)) reply.integer(NO_FIELD);
      else if (deadline === Number.POSITIVE_INFINITY) reply.integer(NO_DEADLINE);
      // A second that has begun counts as a whole one.
      else reply.integer(Math.ceil((deadline - (relative ? nowMs : 0)) / unitMs));
    }
  };
}

const asking = {
  arity: -5,
  flags: ["readonly", "fast"],
  keyFlags: "RO access",
  elements: { first: 4, step: 1 },
  since: "7.4.0",
  complexity: "O(N) for N fields.",
  syntax: "key FIELDS fields(numfields:integer field...)",
} as const;

export const ttlCommands: readonly CommandSpec[] = [
  declare({
    ...asking,
    name: "httl",
    tips: ["nondeterministic_output"],
    summary: "Answers how many seconds fields have to live.",
    handler: httl(SECONDS),
  }),
  declare({
    ...asking,
    name: "hpttl",
    tips: ["nondeterministic_output"],
    summary: "Answers how many milliseconds fields have to live.",
    handler: httl(MILLISECONDS),
  }),
  declare({
    ...asking,
    name: "hexpiretime",
    summary: "Answers the deadlines of fields in seconds since 1970.",
    handler: httl(UNIX_SECONDS),
  }),
  declare({
    ...asking,
    name: "hpexpiretime",
    summary: "Answers the deadlines of fields in milliseconds since 1970.",
    handler: httl(UNIX_MILLISECONDS),
  }),
];
