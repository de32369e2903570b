/**
 * Sorted set commands in this process, without a server: words in, reply out, and what the set is made of.
 */
import { toLatin1 } from "../../../src/base/ascii.ts";
import { Session } from "../../../src/command/session.ts";
import { open } from "../../../src/keyspace/database.ts";
import * as keyspace from "../../../src/keyspace/keyspace.ts";
import * as lazyFree from "../../../src/keyspace/lazy-free.ts";
import { register } from "../../../src/keyspace/value-type.ts";
import type { Ref } from "../../../src/mem/mem.ts";
import { Args } from "../../../src/resp/args.ts";
import { Reply } from "../../../src/resp/reply.ts";
import * as entry from "../../../src/struct/entry.ts";
import * as table from "../../../src/struct/table.ts";
import { set } from "../../../src/types/set/set.ts";
import * as member from "../../../src/types/zset/member.ts";
import * as tree from "../../../src/types/zset/tree.ts";
import * as value from "../../../src/types/zset/value.ts";
import { zset } from "../../../src/types/zset/zset.ts";
import { checkRanking, type RankingShape } from "../../struct/ranking-invariants.ts";
import { checkTable } from "../../struct/table-invariants.ts";

open(1);
register(zset.type!);
register(set.type!);

const commands = new Map([...zset.commands!, ...set.commands!].map((spec) => [spec.name, spec.handler!]));

export const zsetType = zset.type!;
export const session = new Session();
const reply = new Reply();

/** Arguments as the parser would give them. */
export function argsOf(...words: string[]): Args {
  const args = new Args();
  args.rebase(new Uint8Array(Buffer.from(words.join(""), "latin1")));
  args.reserve(words.length);
  let at = 0;
  words.forEach((word, i) => {
    args.setRange(i, at, at + word.length);
    at += word.length;
  });
  args.aim(0, words.length);
  return args;
}

/** Runs a command of sorted sets, or of sets; the reply's bytes. */
export function run(...words: string[]): string {
  try {
    commands.get(words[0]!.toLowerCase())!(session, argsOf(...words), reply);
    return toLatin1(reply.bytes, 0, reply.length);
  } finally {
    reply.truncate(0);
  }
}

export const refOf = (key: string): Ref => keyspace.peek(session.db, argsOf("", key), 1);
export const encodingOf = (key: string) => zsetType.encodingName(refOf(key));

/** Removes keys, and waits until their values are freed. */
export function removeKeys(...keys: string[]): void {
  for (const key of keys) keyspace.remove(session.db, argsOf("", key), 1);
  while (!lazyFree.step(1000));
}

/** Members with their scores, in order. */
export function contentOf(ref: Ref): [member: string, score: number][] {
  const content: [string, number][] = [];
  value.each(ref, false, ({ region, start, length }, score) => {
    content.push([toLatin1(region.bytes, start, start + length), score]);
  });
  return content;
}

/** Checks both halves of a tree, and that they know the same members. */
export function checkTree(ref: Ref): RankingShape {
  const held = entry.outside(ref);
  checkTable(tree.tableOf(held));
  const scores = new Map<Ref, number>();
  table.entries(tree.tableOf(held), (one) => scores.set(one, member.score(one)));
  return checkRanking(tree.rankingOf(held), (one) => {
    const score = scores.get(one);
    if (score === undefined) throw new Error(`the ranking knows ${one}, the table does not`);
    return score;
  });
}
