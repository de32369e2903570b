/**
 * Sorted set commands in this process, without a server; and what a sorted set is made of.
 */
import { open } from "../../../src/keyspace/database.ts";
import { register } from "../../../src/keyspace/value-type.ts";
import type { Ref } from "../../../src/mem/mem.ts";
import * as table from "../../../src/struct/table.ts";
import { set } from "../../../src/types/set/set.ts";
import * as member from "../../../src/types/zset/member.ts";
import * as tree from "../../../src/types/zset/tree.ts";
import * as value from "../../../src/types/zset/value.ts";
import { zset } from "../../../src/types/zset/zset.ts";
import { checkRanking, type RankingShape } from "../../struct/ranking-invariants.ts";
import { checkTable } from "../../struct/table-invariants.ts";
import { refOf, runnerOf, textOf } from "../../support/handlers.ts";

open(1);
register(zset.type!);
register(set.type!);

/** Runs a command of sorted sets, or of sets; the reply's bytes. */
export const run = runnerOf(zset.commands, set.commands);

export const zsetType = zset.type!;
export const encodingOf = (key: string) => zsetType.encodingName(refOf(key));

/** Members with their scores, in order. */
export function contentOf(ref: Ref): [member: string, score: number][] {
  const content: [string, number][] = [];
  value.each(ref, false, (element, score) => {
    content.push([textOf(element), score]);
  });
  return content;
}

/** Checks both halves of a tree, and that they know the same members. */
export function checkTree(held: Ref): RankingShape {
  checkTable(tree.tableOf(held));
  const scores = new Map<Ref, number>();
  table.entries(tree.tableOf(held), (one) => scores.set(one, member.score(one)));
  return checkRanking(tree.rankingOf(held), (one) => {
    const score = scores.get(one);
    if (score === undefined) throw new Error(`the ranking knows ${one}, the table does not`);
    return score;
  });
}
