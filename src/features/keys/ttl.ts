/**
 * Asking for deadlines: TTL, PTTL, EXPIRETIME, PEXPIRETIME. All answer -2 without the key and -1 without a deadline.
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
import * as keyspace from "../../keyspace/keyspace.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import * as entry from "../../struct/entry.ts";

/** The entry's deadline in ms since 1970, exact: a BigInt where a number would not be. */
export function deadlineOf(ref: Ref): number | bigint {
  const deadline = entry.deadlineMs(ref);
  return Number.isSafeInteger(deadline) ? deadline : entry.deadlineBig(ref);
}

/** The time left from `sinceMs` until the deadline, in the unit asked for: seconds are rounded. */
function answer(deadline: number | bigint, sinceMs: number, unitMs: number): number | bigint {
  const half = unitMs === 1000 ? 500 : 0;
  if (typeof deadline === "number") return Math.floor((Math.max(0, deadline - sinceMs) + half) / unitMs);
  return (deadline - BigInt(sinceMs) + BigInt(half)) / BigInt(unitMs);
}

function ttl(form: DeadlineForm): Handler {
  return (session, args, reply) => {
    const ref = keyspace.inspect(session.db, args, 1);
    if (ref === NIL) return reply.integer(-2);
    if (!entry.hasDeadline(ref)) return reply.integer(-1);
    const left = answer(deadlineOf(ref), form.relative ? nowMs : 0, form.unitMs);
    if (typeof left === "number") reply.integer(left);
    else reply.bigInteger(left);
  };
}

const asking = {
  arity: 2,
  flags: ["readonly", "fast"],
  group: "generic",
  keys: [{ flags: "RO access", begin: 1 }],
  complexity: "O(1)",
  syntax: "key",
} as const;

const timeLeft = {
  ...asking,
  tips: ["nondeterministic_output"],
  history: [["2.8.0", "The answer -2."]],
} as const;

export const ttlCommands: readonly CommandSpec[] = [
  {
    ...timeLeft,
    name: "ttl",
    since: "1.0.0",
    summary: "Answers in how many seconds a key expires.",
    handler: ttl(SECONDS),
  },
  {
    ...timeLeft,
    name: "pttl",
    since: "2.6.0",
    summary: "Answers in how many milliseconds a key expires.",
    handler: ttl(MILLISECONDS),
  },
  {
    ...asking,
    name: "expiretime",
    since: "7.0.0",
    summary: "Answers a key's deadline in seconds since 1970.",
    handler: ttl(UNIX_SECONDS),
  },
  {
    ...asking,
    name: "pexpiretime",
    since: "7.0.0",
    summary: "Answers a key's deadline in milliseconds since 1970.",
    handler: ttl(UNIX_MILLISECONDS),
  },
];
