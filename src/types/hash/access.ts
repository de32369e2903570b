/**
 * How the commands of hashes come to a hash, and how they answer with what is in it.
 */
import type { CommandSpec } from "../../command/command.ts";
import type { Session } from "../../command/session.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { HASH } from "../../keyspace/value-type.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { WRONG_TYPE } from "../../resp/errors.ts";
import type { Reply } from "../../resp/reply.ts";
import * as entry from "../../struct/entry.ts";
import type { Element } from "../../struct/listpack.ts";
import * as hash from "./value.ts";

/** What the declarations of all these commands share: the one key is argument 1. */
export function declare(spec: Omit<CommandSpec, "group" | "keys"> & { readonly keyFlags: string }): CommandSpec {
  const { keyFlags, ...rest } = spec;
  return { ...rest, group: "hash", keys: [{ flags: keyFlags, begin: 1 }] };
}

/**
 * The hash at argument 1, for reading. NIL when it is not to be had, and the answer has been written: an error, or what
 * `absent` writes when there is no such key.
 */
export function openRead(session: Session, args: Args, reply: Reply, absent: (reply: Reply) => void): Ref {
  const ref = keyspace.lookupRead(session.db, args, 1);
  if (ref === NIL) {
    absent(reply);
    return NIL;
  }
  return checked(ref, reply);
}

/** The hash at argument 1, for writing; an empty one is made where there is none. NIL after a written error. */
export function openOrCreate(session: Session, args: Args, reply: Reply): Ref {
  const ref = keyspace.lookupWrite(session.db, args, 1);
  return ref === NIL ? hash.create(session.db, args, 1) : checked(ref, reply);
}

/** The hash of an entry; NIL when it is none, and the error has been written. */
export function checked(ref: Ref, reply: Reply): Ref {
  if (entry.type(ref) === HASH) return ref;
  reply.error(WRONG_TYPE);
  return NIL;
}

/** Answers a name or a value. */
export function replyElement(reply: Reply, element: Element): void {
  reply.bulk(element.region, element.start, element.length);
}

// What is answered for a key that does not exist.
export const replyNull = (reply: Reply) => reply.null();
export const replyZero = (reply: Reply) => reply.zero();
export const replyEmptyArray = (reply: Reply) => reply.array(0);
export const replyEmptyMap = (reply: Reply) => reply.map(0);
