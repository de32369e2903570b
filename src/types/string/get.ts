/**
 * Reading strings whole: GET and STRLEN. Both change nothing.
 */
import type { CommandSpec } from "../../command/command.ts";
import type { Session } from "../../command/session.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { STRING } from "../../keyspace/value-type.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { WRONG_TYPE } from "../../resp/errors.ts";
import type { Reply } from "../../resp/reply.ts";
import * as entry from "../../struct/entry.ts";
import * as string from "./value.ts";

/** Answers the string that an entry holds. */
export function replyString(reply: Reply, ref: Ref): void {
  const chunk = entry.locate(ref);
  reply.bulk(chunk, entry.valueStart, entry.valueLength);
}

function get(session: Session, args: Args, reply: Reply): void {
  const ref = keyspace.lookupRead(session.db, args, 1);
  if (ref === NIL) return reply.null();
  if (entry.type(ref) !== STRING) return reply.error(WRONG_TYPE);
  replyString(reply, ref);
}

function strlen(session: Session, args: Args, reply: Reply): void {
  const ref = keyspace.lookupRead(session.db, args, 1);
  if (ref === NIL) return reply.zero();
  if (entry.type(ref) !== STRING) return reply.error(WRONG_TYPE);
  reply.integer(string.length(ref));
}

export const getCommands: readonly CommandSpec[] = [
  {
    name: "get",
    arity: 2,
    flags: ["readonly", "fast"],
    group: "string",
    keys: [{ flags: "RO access", begin: 1 }],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Answers the string at a key.",
    syntax: "key",
    handler: get,
  },
  {
    name: "strlen",
    arity: 2,
    flags: ["readonly", "fast"],
    group: "string",
    keys: [{ flags: "RO", begin: 1 }],
    since: "2.2.0",
    complexity: "O(1)",
    summary: "Answers the length of the string at a key, in bytes.",
    syntax: "key",
    handler: strlen,
  },
];
