/**
 * What the declarations of sorted set commands share, and how they answer with scores.
 */
import { declareFor } from "../../command/declare.ts";
import { replyElement } from "../../command/open-value.ts";
import type { Reply } from "../../resp/reply.ts";
import type { Element } from "../../struct/listpack.ts";

/** What the declarations of these commands share. */
export const declare = declareFor("sorted-set");

/** Announces `count` members: with their scores in one flat array, or each pair an array of its own in RESP3. */
export function replyMembersHeader(reply: Reply, count: number, withScores: boolean): void {
  reply.array(withScores && reply.protocol === 2 ? count * 2 : count);
}

/** Answers a member, as `replyMembersHeader` has announced it. */
export function replyMember(reply: Reply, member: Element, score: number, withScores: boolean): void {
  if (withScores && reply.protocol > 2) reply.array(2);
  replyElement(reply, member);
  if (withScores) reply.double(score);
}
