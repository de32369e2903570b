/**
 * A command that acts for a consumer makes it where there is none, and notes that it was seen.
 */
import type { Database } from "../../keyspace/database.ts";
import * as events from "../../keyspace/events.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import * as groups from "./group.ts";

/** Whether the last one had to be made. */
export let isMade = false;

/** The consumer named by argument `nameAt`, of a group of the stream at argument `keyAt`. */
export function seenOrMade(db: Database, args: Args, keyAt: number, nameAt: number, group: Ref): Ref {
  const found = groups.findConsumer(group, args.region, args.start(nameAt), args.end(nameAt));
  isMade = found === NIL;
  if (!isMade) {
    groups.see(found);
    return found;
  }
  events.changes.dirty++;
  events.notify(events.STREAM, "xgroup-createconsumer", db, args.region, args.start(keyAt), args.end(keyAt));
  return groups.addConsumer(group, args.region, args.start(nameAt), args.end(nameAt));
}
