/**
 * What the declarations of hash commands share, how the commands come to a hash, and what they say when they have changed it.
 */
import { declareFor } from "../../command/declare.ts";
import { checked } from "../../command/open-value.ts";
import type { Session } from "../../command/session.ts";
import type { Database } from "../../keyspace/database.ts";
import { settle } from "../../keyspace/element-expiry.ts";
import * as events from "../../keyspace/events.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { elementsRemoved } from "../../keyspace/removal.ts";
import { HASH } from "../../keyspace/value-type.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";
import * as hash from "./value.ts";

/** What the declarations of these commands share. */
export const declare = declareFor("hash");

/** The hash at argument 1, for writing; an empty one is made where there is none. NIL after a written error. */
export function openOrCreate(session: Session, args: Args, reply: Reply): Ref {
  const ref = keyspace.lookupWrite(session.db, args, 1);
  if (ref === NIL) return hash.create(session.db, args, 1);
  if (checked(ref, reply, HASH) === NIL) return NIL;
  const held = settled(session, args, ref, false);
  return held === NIL ? hash.create(session.db, args, 1) : held;
}

/**
 * The hash at argument 1, for reading. NIL when it is not to be had, and the answer has been written: an error, or what
 * `absent` writes. With `whole`, all fields past their deadlines are gone, and there are some to be shown: for commands
 * that look at all fields anyway.
 */
export function openRead(
  session: Session,
  args: Args,
  reply: Reply,
  absent: (reply: Reply) => void,
  whole = false,
): Ref {
  const ref = keyspace.lookupRead(session.db, args, 1);
  if (ref !== NIL && checked(ref, reply, HASH) === NIL) return NIL;
  const held = ref === NIL ? NIL : settled(session, args, ref, whole);
  if (held !== NIL && !(whole && hash.shown(held) === 0)) return held;
  absent(reply);
  return NIL;
}

/** The hash at argument 1 for reading; NIL when there is none. Undefined after a written error. */
export function lookupRead(session: Session, args: Args, reply: Reply): Ref | undefined {
  const ref = keyspace.lookupRead(session.db, args, 1);
  return ref === NIL ? NIL : checkedAndSettled(session, args, reply, ref);
}

/** As `lookupRead`, for writing. */
export function lookupWrite(session: Session, args: Args, reply: Reply): Ref | undefined {
  const ref = keyspace.lookupWrite(session.db, args, 1);
  return ref === NIL ? NIL : checkedAndSettled(session, args, reply, ref);
}

function checkedAndSettled(session: Session, args: Args, reply: Reply, ref: Ref): Ref | undefined {
  return checked(ref, reply, HASH) === NIL ? undefined : settled(session, args, ref, false);
}

/** The hash, without fields whose deadlines have passed: a few are removed, or all. NIL when it went with the last. */
function settled(session: Session, args: Args, ref: Ref, all: boolean): Ref {
  return hash.isTimed(ref) ? settle(session.db, args, 1, ref, all) : ref;
}

/** Says that a command did something to `count` fields of the hash at argument 1. An empty hash goes, and that is said. */
export function changed(db: Database, args: Args, ref: Ref, count: number, event: string): void {
  elementsRemoved(db, args, 1, count, hash.length(ref) === 0, events.HASH, event);
}
