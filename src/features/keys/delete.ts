/**
 * DEL and UNLINK. They are the same: here no deletion ever frees more than a little at once (keyspace/lazy-free.ts).
 */
import type { CommandSpec } from "../../command/command.ts";
import type { Session } from "../../command/session.ts";
import * as events from "../../keyspace/events.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import type { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";

function del(session: Session, args: Args, reply: Reply): void {
  let removed = 0;
  for (let i = 1; i < args.count; i++) {
    if (!keyspace.removeLive(session.db, args, i)) continue;
    events.changed(session.db, args, i, events.GENERIC, "del");
    removed++;
  }
  reply.integer(removed);
}

const deletion = {
  arity: -2,
  group: "generic",
  keys: [{ flags: "RM delete", begin: 1, last: -1 }],
  tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
  syntax: "key...",
  handler: del,
} as const;

export const deleteCommands: readonly CommandSpec[] = [
  {
    ...deletion,
    name: "del",
    flags: ["write"],
    since: "1.0.0",
    complexity: "O(N) in the number of keys; what large values held is freed later, in slices.",
    summary: "Deletes keys and answers how many there were.",
  },
  {
    ...deletion,
    name: "unlink",
    flags: ["write", "fast"],
    since: "4.0.0",
    complexity: "O(N) in the number of keys; what large values held is freed later, in slices.",
    summary: "Deletes keys, as DEL does.",
  },
];
