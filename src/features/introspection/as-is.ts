/**
 * Looking at a key as it lies there: past its deadline or not, and leaving no trace of having looked.
 */
import type { Session } from "../../command/session.ts";
import { tableOf } from "../../keyspace/database.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import * as table from "../../struct/table.ts";

/** The entry of the key in argument `i`, or NIL. */
export function entryAsIs(session: Session, args: Args, i: number): Ref {
  const slot = table.find(tableOf(session.db), args.hash(i), args.region, args.start(i), args.end(i));
  return slot === NIL ? NIL : table.entryAt(slot);
}
