/**
 * What the declarations of set commands share, and how the commands come to a set.
 */
import { declareFor } from "../../command/declare.ts";
import { checked } from "../../command/open-value.ts";
import type { Session } from "../../command/session.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { SET } from "../../keyspace/value-type.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";
import * as set from "./value.ts";

/** What the declarations of these commands share. */
export const declare = declareFor("set");

/** The set at argument 1, for writing; an empty one is made where there is none. NIL after a written error. */
export function openOrCreate(session: Session, args: Args, reply: Reply): Ref {
  const ref = keyspace.lookupWrite(session.db, args, 1);
  return ref === NIL ? set.create(session.db, args, 1) : checked(ref, reply, SET);
}
