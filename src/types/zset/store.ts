/**
 * How the commands end that store a set: ZRANGESTORE, ZUNIONSTORE, ZINTERSTORE, ZDIFFSTORE.
 */
import type { Session } from "../../command/session.ts";
import * as events from "../../keyspace/events.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import type { Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";
import * as zset from "./value.ts";

/** Makes a set the value of the key in argument 1, or removes the key where the set is empty; answers the number of members. */
export function store(session: Session, args: Args, reply: Reply, apart: Ref, event: string): void {
  const { db } = session;
  const length = zset.length(apart);
  reply.integer(length);
  if (length > 0) {
    zset.settle(db, args, 1, apart);
    events.changed(db, args, 1, events.ZSET, event);
    return;
  }
  zset.discard(apart);
  if (keyspace.remove(db, args, 1)) events.changed(db, args, 1, events.GENERIC, "del");
}
