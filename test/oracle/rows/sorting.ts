/**
 * The oracle asks: SORT and SORT_RO.
 */
import { decodeReply, latin1 } from "../../support/resp.ts";
import {
  type Argument,
  group,
  hostile,
  key,
  listKey,
  maybe,
  oneOf,
  rarely,
  setKey,
  times,
  zsetKey,
} from "../arguments.ts";
import { asSet, type Comparison } from "../compare.ts";
import { type Row, row, seldom } from "../row.ts";

const NO_NUMBER = "-ERR One or more scores can't be converted into double\r\n";

/**
 * In order; where elements are equal by what is compared, theirs is the order of the table, or nobody's (the real server
 * sorts a part of them with an algorithm that is not stable). A number out of range makes the real server refuse the next
 * ones too, for it does not reset `errno`: INCRBYFLOAT does. It even refuses a small sorted set of numbers in which a score is
 * below the normal ones (1e-320), since reading that score, before it sorts, says "out of range".
 */
const inOrder: Comparison = {
  name: "exact, but for what is equal",
  witness: (args) => [
    ["INCRBYFLOAT", "key:never", "x"],
    ["TYPE", args[1] ?? ""],
  ],
  isMistake: ({ reply, witness }) =>
    latin1(reply) === NO_NUMBER && witness !== null && latin1(witness).includes("zset"),
  judge(subject, reference, args) {
    const words = args.map((arg) => arg.toUpperCase());
    const [isAlpha, isBy, isLimited] = ["ALPHA", "BY", "LIMIT"].map((word) => words.includes(word));
    const isTable = !latin1(reference.witness!).includes("list");
    if (!(isAlpha || isBy) || !(isBy || isTable)) return "the bytes differ";
    const [ours, theirs] = [decodeReply(subject.reply), decodeReply(reference.reply)];
    if (ours.items?.length !== theirs.items?.length) return "the lengths differ";
    return isLimited ? null : asSet.judge(subject, reference, args);
  },
};

const order = maybe(oneOf("DESC", "ASC", "desc"));
const number = oneOf("0", "1", "2", "5", "20", "-1", rarely(hostile));
const limit = maybe("LIMIT", number, number);
const numeric = oneOf("key:n*", "key:h*->n1", "key:s*", "nosuch*", "key:n*->x");
const textual = oneOf("key:s*", "key:h*->f1", "key:s*", "*", "key:h*->");
const got = oneOf("#", "#", "key:s*", "key:h*->f1", "key:n*", "nosuch*", "nostar", "*", "key:l*", rarely(hostile));
const gets = times(0, 2, "GET", got);
const collection: Argument = oneOf(listKey, setKey, zsetKey);

export const sortingRows: Row[] = [
  row("SORT", [listKey, order, limit], inOrder),
  row("SORT", [listKey, "ALPHA", order, limit, gets], inOrder),
  row("SORT", [listKey, "BY", numeric, order, limit, gets], inOrder),
  row("SORT", [listKey, "BY", textual, "ALPHA", order, gets], inOrder),
  row("SORT", [oneOf(listKey, zsetKey), "BY", "nosort", order, limit, gets], inOrder),
  row("SORT", [collection, gets, order], inOrder, seldom),
  row("SORT", [oneOf(setKey, zsetKey), "ALPHA", order, limit], inOrder),
  row("SORT", [collection, "ALPHA", order, limit, gets, "STORE", listKey], inOrder),
  row("SORT", [setKey, "BY", "nosort", gets, "STORE", listKey], inOrder, seldom),
  row("SORT", [key, group(gets, limit), maybe("STORE", listKey)], inOrder, seldom),
  row("SORT_RO", [collection, "alpha", gets, limit, rarely("STORE", listKey)], inOrder),
  row("SORT_RO", [key, gets, order], inOrder, seldom),
];
