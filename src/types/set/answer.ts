/**
 * Answering a set whose members are only just being found.
 *
 * Redis puts unions and differences into a set before it answers them. So if they are integers, few enough for an intset,
 * they come in ascending order, and people rely on it. Here they are put into a set for as long as that is an intset, and
 * go straight into the reply as soon as there is no order to keep.
 */
import { replyElement } from "../../command/open-value.ts";
import { NIL } from "../../mem/mem.ts";
import type { Reply } from "../../resp/reply.ts";
import * as set from "./value.ts";

/** Answers the members that `fill` visits, each once; in order, if they can be, unless `inOrder` is false. */
export function answerSet(reply: Reply, fill: (visit: set.Visit) => void, inOrder = true): void {
  const mark = reply.length;
  let count = 0;
  const write: set.Visit = (member) => {
    replyElement(reply, member);
    count++;
  };
  let integers = inOrder ? set.createNameless() : NIL;
  const writeIntegers = () => {
    set.each(integers, write);
    set.discard(integers);
    integers = NIL;
  };
  fill((member, hash) => {
    if (integers === NIL) return write(member, hash);
    set.append(integers, member, hash);
    if (!set.isIntset(integers)) writeIntegers();
  });
  if (integers !== NIL) writeIntegers();
  reply.headerAt(mark, () => reply.set(count));
}
