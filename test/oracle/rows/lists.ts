/**
 * The oracle asks: lists. The blocking commands only where they cannot wait: on a key that holds no list, or with arguments
 * that are refused first, for both servers would hold up the connection.
 */
import type { Random } from "../../support/random.ts";
import { type Argument, anyValue, hostile, key, listKey, maybe, oneOf, rarely, times, value } from "../arguments.ts";
import { exact } from "../compare.ts";
import { arityOnly, often, type Row, rare, row, seldom } from "../row.ts";

/** Few elements, so that they are found again: each integer width of a listpack, and lengths where its headers change. */
const ELEMENTS = [
  ..."a b c d e 0 1 -1 127 128 4095 -4096 32767 32768 8388608 2147483648 01 9223372036854775807".split(" "),
  ...["", "\0", "x".repeat(63), "x".repeat(64), "y".repeat(700), "z".repeat(4096), "w".repeat(9000)],
];
const element: Argument = (random) => (random.chance(0.8) ? random.pick(ELEMENTS.slice(0, 12)) : random.pick(ELEMENTS));
const anyElement = oneOf(element, element, element, value);
/** Many at once, so that lists get several packs. */
const elementsInBulk: Argument = (random) =>
  Array.from({ length: random.pick([20, 70, 200]) }, (_, i) => `${random.pick(["e", "", "element "])}${i % 50}`);

const numberOr = (make: (random: Random) => number): Argument => {
  return (random) => (random.chance(0.04) ? (hostile as (random: Random) => string)(random) : String(make(random)));
};
const place = numberOr((random) => random.pick([0, -1, random.between(-12, 12), random.between(-400, 400)]));
const count = numberOr((random) => random.pick([0, 1, 2, random.between(0, 30), random.between(0, 300)]));
const signedCount = numberOr((random) => random.pick([0, 1, -1, random.between(-5, 5)]));
const end = oneOf("LEFT", "RIGHT", "left", "Right");
const side = oneOf("BEFORE", "after", "AFTER", "before");
const posOption = oneOf(
  times(1, 1, "RANK", signedCount),
  times(1, 1, "count", count),
  times(1, 1, "MAXLEN", count),
  rarely(hostile),
);
/** A timeout that is never waited for. */
const timeout = oneOf("0", "0.5", "1");
const wrongTimeout = oneOf("-1", "x", "1e400", "nan", "-0.5", "", " 1");

export const listRows: Row[] = [
  row("RPUSH", [listKey, times(1, 4, anyElement)], exact, often),
  row("LPUSH", [listKey, times(1, 4, anyElement)], exact, often),
  row("RPUSH", [listKey, elementsInBulk], exact, seldom),
  row("LPUSH", [listKey, elementsInBulk], exact, seldom),
  row("RPUSH", [listKey, anyValue], exact, seldom),
  row("LPUSHX", [listKey, times(1, 3, anyElement)], exact, seldom),
  row("RPUSHX", [listKey, times(1, 3, anyElement)], exact, seldom),
  row("LPOP", [listKey, maybe(count)], exact),
  row("RPOP", [listKey, maybe(count)], exact),
  row("LLEN", [listKey], exact, seldom),
  row("LRANGE", [listKey, place, place], exact),
  row("LRANGE", [listKey, "0", "-1"], exact),
  row("LINDEX", [listKey, place], exact),
  row("LSET", [listKey, place, anyElement], exact),
  row("LINSERT", [listKey, side, element, anyElement], exact),
  row("LREM", [listKey, signedCount, element], exact),
  row("LTRIM", [listKey, place, place], exact, seldom),
  row("LTRIM", [listKey, oneOf("0", "1", "5"), oneOf("-1", "-2", "-40")], exact, seldom),
  row("LPOS", [listKey, element, times(0, 3, posOption)], exact),
  row("LMOVE", [listKey, listKey, end, end], exact),
  row("RPOPLPUSH", [listKey, listKey], exact),
  row("LMPOP", ["2", listKey, listKey, end, maybe("COUNT", count)], exact, seldom),
  row("LMPOP", [oneOf("1", "2", "0", hostile), times(1, 3, listKey), end, rarely("count")], exact, seldom),
  // Refused, or answered at once: what holds no list is of the wrong type.
  row("BLPOP", [times(1, 2, listKey), wrongTimeout], exact, { ...rare, ...arityOnly }),
  row("BRPOP", [key, wrongTimeout], exact, { ...rare, ...arityOnly }),
  row("BLMOVE", [listKey, listKey, end, "nowhere", timeout], exact, { ...rare, damage: "never" }),
  row("BLMOVE", [listKey, listKey, end, end, wrongTimeout], exact, { ...rare, damage: "never" }),
  row("BRPOPLPUSH", [listKey, listKey, wrongTimeout], exact, { ...rare, damage: "never" }),
  row("BLMPOP", [wrongTimeout, "1", listKey, end], exact, { ...rare, damage: "never" }),
  row("BLMPOP", [timeout, oneOf("0", "-1", "x"), listKey, end], exact, { ...rare, damage: "never" }),
  row("BLMPOP", [timeout, "1", listKey, oneOf("x", "RIGHT COUNT")], exact, { ...rare, damage: "never" }),
];
