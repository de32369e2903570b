/**
 * The oracle asks: Sets.
 */
import { latin1 } from "../../support/resp.ts";
import {
  type Argument,
  anyValue,
  BOUNDARIES,
  field,
  hostile,
  increment,
  integer,
  maybe,
  oneOf,
  randomCount,
  rarely,
  setKey,
  times,
} from "../arguments.ts";
import { asSet, type Comparison, drawnFrom, exact, WHOLE_SCAN_COUNT, wholeScan } from "../compare.ts";
import { arityOnly, often, type Row, rare, row, seldom } from "../row.ts";
import * as syntax from "../syntax.ts";

// Sets of integers get their members by rows of their own, or they would soon be none.
const integersKey: Argument = (random) => (random.chance(0.02) ? "key:t3" : `key:t${random.below(3)}`);
const smallInteger: Argument = (random) => String(random.between(-8, 40));
const integerMember = oneOf(smallInteger, smallInteger, smallInteger, integer);
const word: Argument = (random) => `m${random.below(40)}`;
const member = oneOf(smallInteger, word, word, field, anyValue);

/** So many that a listpack, an intset or a segment of a table is too small for them. */
const inBulk =
  (prefix: string): Argument =>
  (random) => {
    const first = random.below(300);
    return Array.from({ length: random.pick([20, 100, 130, 300, 600]) }, (_, i) => `${prefix}${first + i}`);
  };

/** SPOP takes all, or nothing: else what is left is the server's own affair. */
const popCount: Argument = (random) => random.pick(["5000", "0", ...BOUNDARIES.filter((text) => text !== "1")]);
const never = { damage: "never" } as const;

const membersOfKey = (args: readonly string[]): string[] => ["SMEMBERS", args[1] ?? ""];

/** The members of one set: an intset has an order. */
const elementsOfSet: Comparison = {
  name: "as a set, in order if an intset",
  witness: (args) => [["OBJECT", "ENCODING", args[1] ?? ""]],
  judge(subject, reference, args) {
    if (latin1(reference.witness!).includes("intset")) return "the bytes differ, and an intset has an order";
    return asSet.judge(subject, reference, args);
  },
};

const limit = maybe(
  "LIMIT",
  oneOf((random) => String(random.below(12)), hostile),
);

export const setRows: Row[] = [
  row("SADD", [integersKey, times(1, 4, integerMember)], exact, often),
  row("SADD", [setKey, times(1, 3, member)], exact, often),
  row("SADD", [integersKey, inBulk("")], exact, seldom),
  row("SADD", [setKey, inBulk("bulk")], exact, seldom),
  row("SREM", [setKey, times(1, 4, member)], exact),
  row("SREM", [integersKey, times(1, 4, integerMember)], exact),
  row("SREM", [setKey, inBulk("bulk")], exact, seldom),
  row("SREM", [integersKey, inBulk("")], exact, seldom),
  row("SCARD", [setKey], exact),
  row("SISMEMBER", [setKey, member], exact),
  row("SMISMEMBER", [setKey, times(1, 6, member)], exact),
  row("SMEMBERS", [setKey], elementsOfSet),
  row("SMOVE", [setKey, setKey, member], exact),
  row("SMOVE", [integersKey, integersKey, integerMember], exact),
  row("SPOP", [setKey, popCount], asSet, { ...seldom, ...never }),
  row("SPOP", ["key:never", maybe(randomCount)], exact, { ...seldom, ...never }),
  row("SRANDMEMBER", [setKey, maybe(randomCount)], drawnFrom(membersOfKey), arityOnly),
  row("SSCAN", [setKey, "0", maybe("MATCH", syntax.pattern), "COUNT", WHOLE_SCAN_COUNT], wholeScan(1, 2), seldom),
  row("SSCAN", [setKey, hostile, maybe("COUNT", increment), rarely("MATCH")], wholeScan(1, 2), seldom),
  row("SINTER", [times(1, 3, setKey)], asSet),
  row("SINTERCARD", [oneOf("1", "2", "3", hostile), times(1, 3, setKey), limit], exact),
  row("SINTERSTORE", [setKey, times(1, 3, setKey)], exact),
  row("SUNION", [times(1, 6, setKey)], asSet),
  row("SUNIONSTORE", [setKey, times(1, 6, setKey)], exact, seldom),
  row("SUNIONSTORE", [integersKey, times(1, 3, integersKey)], exact, seldom),
  row("SDIFF", [times(1, 6, setKey)], asSet),
  row("SDIFFSTORE", [setKey, times(1, 6, setKey)], exact),
  row("SDIFFSTORE", [integersKey, times(1, 6, setKey)], exact, rare),
];
