/**
 * What the declarations of sorted set commands share, how they read numbers, and how they answer with scores.
 */
import * as int64 from "../../base/int64.ts";
import type { CommandSpec } from "../../command/command.ts";
import { replyElement } from "../../command/open-value.ts";
import type { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";
import type { Element } from "../../struct/listpack.ts";

/** What the declarations of all these commands share; `keyFlags` where the one key is argument 1. */
export function declare(spec: Omit<CommandSpec, "group"> & { readonly keyFlags?: string }): CommandSpec {
  const { keyFlags, ...rest } = spec;
  return { ...rest, group: "sorted-set", keys: rest.keys ?? [{ flags: keyFlags ?? "", begin: 1 }] };
}

/** The 64-bit integer in argument `i` if it is at least `min`; NaN after `error` was answered. Large ones are rounded. */
export function integerFrom(args: Args, i: number, min: number, error: string, reply: Reply): number {
  const value = int64.parseBig(args.bytes, args.start(i), args.end(i));
  if (value !== undefined && value >= min) return Number(value);
  reply.error(error);
  return Number.NaN;
}

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
