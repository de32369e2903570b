/**
 * How commands come to the value of the key that they are about, and how they answer with what is in it.
 */
import * as keyspace from "../keyspace/keyspace.ts";
import { NIL, type Ref } from "../mem/mem.ts";
import type { Args } from "../resp/args.ts";
import { WRONG_TYPE } from "../resp/errors.ts";
import type { Reply } from "../resp/reply.ts";
import * as entry from "../struct/entry.ts";
import type { Element } from "../struct/listpack.ts";
import type { Session } from "./session.ts";

/**
 * The value of this type at argument 1, for reading. NIL when it is not to be had, and the answer has been written: an
 * error, or what `absent` writes when there is no such key.
 */
export function openRead(
  session: Session,
  args: Args,
  reply: Reply,
  type: number,
  absent: (reply: Reply) => void,
): Ref {
  const ref = keyspace.lookupRead(session.db, args, 1);
  if (ref === NIL) {
    absent(reply);
    return NIL;
  }
  return checked(ref, reply, type);
}

/** As `openRead`, for a command that will write to the value if it is there. */
export function openWrite(
  session: Session,
  args: Args,
  reply: Reply,
  type: number,
  absent: (reply: Reply) => void,
): Ref {
  const ref = keyspace.lookupWrite(session.db, args, 1);
  if (ref === NIL) {
    absent(reply);
    return NIL;
  }
  return checked(ref, reply, type);
}

/** The entry, if its value has this type; else NIL, and the error has been written. */
export function checked(ref: Ref, reply: Reply, type: number): Ref {
  if (entry.type(ref) === type) return ref;
  reply.error(WRONG_TYPE);
  return NIL;
}

/** Answers an element, as a bulk string. */
export function replyElement(reply: Reply, element: Element): void {
  reply.bulk(element.region, element.start, element.length);
}

// What is answered for a key that does not exist.
export const replyNull = (reply: Reply) => reply.null();
export const replyNullArray = (reply: Reply) => reply.nullArray();
export const replyZero = (reply: Reply) => reply.zero();
export const replyEmptyArray = (reply: Reply) => reply.array(0);
export const replyEmptySet = (reply: Reply) => reply.set(0);
export const replyEmptyMap = (reply: Reply) => reply.map(0);
