/**
 * What the declarations of stream commands share, and how the commands come to a stream and its groups. They hold a
 * stream's head (value.ts), which stays where it is, and not its entry in the keyspace.
 */
import { declareFor } from "../../command/declare.ts";
import { checked, openRead, openWrite } from "../../command/open-value.ts";
import type { Session } from "../../command/session.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { STREAM } from "../../keyspace/value-type.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";
import * as entry from "../../struct/entry.ts";
import * as value from "./value.ts";

/** What the declarations of these commands share. */
export const declare = declareFor("stream");

/** As `declare`, of a subcommand: the one key is argument 2. */
export const declareSub = declareFor("stream", 2);

/** The stream at argument 1, for reading; NIL after an answer: an error, or what `absent` writes where there is no key. */
export function openStream(session: Session, args: Args, reply: Reply, absent: (reply: Reply) => void): Ref {
  return headOf(openRead(session, args, reply, STREAM, absent));
}

/** As `openStream`, for a command that will write to the stream. */
export function openToWrite(session: Session, args: Args, reply: Reply, absent: (reply: Reply) => void): Ref {
  return headOf(openWrite(session, args, reply, STREAM, absent));
}

/** The stream that an entry holds; NIL for NIL. */
export function headOf(ref: Ref): Ref {
  return ref === NIL ? NIL : entry.outside(ref);
}

/** The stream at an entry, NIL for NIL; undefined after the error that it is of another type. */
export function checkedHead(ref: Ref, reply: Reply): Ref | undefined {
  if (ref === NIL) return NIL;
  return checked(ref, reply, STREAM) === NIL ? undefined : entry.outside(ref);
}

const SHOWN_MAX = 128;

/** The error for a subcommand with arguments that it does not take. */
export function wrongSubcommand(args: Args, reply: Reply): void {
  const shown = args.cString(1).slice(0, SHOWN_MAX);
  const container = args.cString(0).toUpperCase();
  reply.error(`ERR unknown subcommand or wrong number of arguments for '${shown}'. Try ${container} HELP.`);
}

/** The stream that `openGroup` found. */
export let head: Ref = NIL;

/** The group named by argument 2, of the stream at argument 1; NIL after an error. */
export function openGroup(session: Session, args: Args, reply: Reply): Ref {
  return groupAt(keyspace.lookupRead(session.db, args, 1), args, reply);
}

/** As `openGroup`, when the key has been looked up. */
export function groupAt(ref: Ref, args: Args, reply: Reply): Ref {
  const found = checkedHead(ref, reply);
  if (found === undefined) return NIL;
  const group = found === NIL ? NIL : value.findGroup(found, args, 2);
  if (group === NIL) {
    reply.error(`NOGROUP No such key '${args.cString(1)}' or consumer group '${args.cString(2)}'`);
    return NIL;
  }
  head = found;
  return group;
}
