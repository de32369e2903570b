/**
 * The oracle asks: Sorted sets.
 */
import { decodeReply, type Reply } from "../../support/resp.ts";
import {
  type Argument,
  anyValue,
  expand,
  field,
  float,
  group,
  hostile,
  increment,
  maybe,
  oneOf,
  randomCount,
  rarely,
  setKey,
  times,
  zsetKey,
} from "../arguments.ts";
import { type Answer, type Comparison, exact, WHOLE_SCAN_COUNT, wholeScan } from "../compare.ts";
import { arityOnly, often, type Row, rare, row, seldom } from "../row.ts";
import * as syntax from "../syntax.ts";

/**
 * Where ranges of members are asked: these keys have equal scores only, and no other row knows them. With other scores, what
 * Redis answers from a skiplist depends on how it has thrown its dice.
 */
const lexKey: Argument = (random) => `key:lex${random.below(2)}`;

const word: Argument = (random) => `m${random.below(40)}`;
const letters: Argument = (random) => String.fromCharCode(97 + random.below(4)).repeat(random.between(0, 3));
const member = oneOf(word, word, word, letters, field, anyValue);

const small: Argument = (random) => String(random.between(-9, 30));
const extreme = oneOf(
  ..."inf -inf +inf 0 -0 1e17 -1e17 4611686018427387904 9007199254740993 0.1 1e-320 3.5e300".split(" "),
);
const score = oneOf(small, small, small, float, extreme, hostile);
/** Members whose scores agree. */
const equalScores: Argument = (random) =>
  Array.from({ length: random.between(1, 5) }, () => ["0", random.pick(["a", "b", "c"]) + random.below(30)]).flat();
/** So many that a listpack or a leaf of a ranking is too small for them. */
const inBulk: Argument = (random) => {
  const first = random.below(300);
  const factor = random.pick([1, -1, 0, 0.5]);
  const length = random.pick([20, 100, 130, 300, 700]);
  return Array.from({ length }, (_, i) => [String((first + i) * factor), `bulk${first + i}`]).flat();
};
const membersInBulk: Argument = (random) => {
  const first = random.below(300);
  return Array.from({ length: random.pick([20, 130, 400]) }, (_, i) => `bulk${first + i}`);
};

const addOptions = oneOf(
  syntax.words("NX XX GT LT CH nx xx gt lt ch"),
  group(syntax.words("XX GT LT"), syntax.words("CH GT LT NX")),
);
const bound = oneOf(
  small,
  small,
  group(oneOf("-inf", "+inf", "inf", "-INF")),
  (random) => `(${random.below(20)}`,
  score,
);
const oddBound = oneOf(
  "",
  "(",
  "(inf",
  " 1",
  "( 2",
  "1 ",
  "nan",
  "(nan",
  "1e400",
  "-1e400",
  "0x10",
  "0x1p-2000",
  "1\0x",
  "\0",
);
const scoreBound = oneOf(bound, bound, bound, bound, bound, bound, oddBound);
const lexBound: Argument = oneOf(
  "-",
  "+",
  (random) => random.pick(["[", "("]) + random.pick(["a", "b", "c", "m1", "bulk2", ""]),
  (random) => `${random.pick(["[", "("])}${random.pick(["a", "b", "c"])}${random.below(30)}`,
);
const oddLexBound = oneOf("", "a", "++", "-\0x", "+\0", "[", "(", hostile);
const anyLexBound = oneOf(lexBound, lexBound, lexBound, lexBound, oddLexBound);
/** Mostly a number from `low` to `high`. */
const numberFrom =
  (low: number, high: number): Argument =>
  (random) =>
    expand([random.chance(0.05) ? hostile : String(random.between(low, high))], random);
const rank = oneOf(numberFrom(-15, 30), numberFrom(-200, 200));
const count = oneOf(numberFrom(0, 5), numberFrom(0, 60));
const limit = maybe("LIMIT", numberFrom(-1, 8), numberFrom(-1, 12));
const withScores = maybe("WITHSCORES");
const rankOptions = oneOf(
  withScores,
  withScores,
  group(maybe("REV"), withScores),
  group(limit, maybe("rev")),
  rarely(hostile),
);
const scoreOptions = group(maybe("REV"), limit, withScores, rarely(hostile));
const lexOptions = group(maybe("REV"), limit, rarely(withScores), rarely(hostile));

const anySource = oneOf(zsetKey, zsetKey, zsetKey, setKey);
/** `number` keys, and as many weights. */
const sourcesAndWeights: Argument = (random) => {
  const number = random.between(1, 4);
  const list: Argument[] = [String(number), ...Array.from({ length: number }, () => anySource)];
  if (random.chance(0.4))
    list.push("WEIGHTS", ...Array.from({ length: number }, () => (random.chance(0.1) ? score : small)));
  if (random.chance(0.4)) list.push("AGGREGATE", random.pick(["sum", "MIN", "max", "MAX", "avg"]));
  return expand(list, random);
};
const sources: Argument = (random) => {
  const number = random.between(1, 4);
  const told = random.chance(0.03) ? hostile : String(number);
  return expand([told, ...Array.from({ length: number }, () => anySource)], random);
};

const zsets: Argument = (random) => {
  const number = random.between(1, 3);
  const told = random.chance(0.04) ? hostile : String(number);
  return expand([told, ...Array.from({ length: number }, () => zsetKey)], random);
};
const end = oneOf("MIN", "max", "min", "MAX", rarely(hostile));
/** So short that waiting for it costs nothing, whether or not a key is there. */
const moment = oneOf("0.001", "0.002", "1e-3");
const wrongMoment = oneOf("-1", "x", "1e400", "nan", "-0.5", "", " 1");
const never = { damage: "never" } as const;

/** Which members are drawn is the server's own affair, but they exist and have their scores. */
const drawnMembers: Comparison = {
  name: "a choice among what exists",
  witness: (args) => [["ZRANGE", args[1] ?? "", "0", "-1", "WITHSCORES"]],
  judge(subject, reference, args) {
    const [ours, theirs] = [decodeReply(subject.reply), decodeReply(reference.reply)];
    if (shapeOf(ours) !== shapeOf(theirs)) return "the shapes differ";
    return isDrawn(subject, args[3] !== undefined, Number(args[2] ?? 1) > 0);
  },
};

const shapeOf = (reply: Reply): string =>
  reply.items === null ? `${reply.type}${reply.text === null}` : `${reply.type}[${reply.items.map(shapeOf).join()}]`;
const leaves = (reply: Reply): string[] =>
  reply.items === null ? [reply.text ?? ""] : reply.items.flatMap((item) => leaves(item));

function isDrawn(answer: Answer, withScores: boolean, areDifferent: boolean): string | null {
  const known = new Map<string, string>();
  const all = leaves(decodeReply(answer.witness!));
  for (let i = 0; i < all.length; i += 2) known.set(all[i]!, all[i + 1]!);
  const drawn = leaves(decodeReply(answer.reply));
  const names = drawn.filter((_, i) => !withScores || i % 2 === 0);
  if (areDifferent && new Set(names).size !== names.length) return "a positive count gave a member twice";
  const stranger = names.find((name) => !known.has(name));
  if (stranger !== undefined) return `${JSON.stringify(stranger)} does not exist`;
  const wrong = withScores ? names.findIndex((name, i) => known.get(name) !== drawn[2 * i + 1]) : -1;
  return wrong < 0 ? null : `a score of another member than ${JSON.stringify(names[wrong])}`;
}

export const zsetRows: Row[] = [
  row("ZADD", [zsetKey, times(1, 4, score, member)], exact, often),
  row("ZADD", [zsetKey, times(1, 4, small, word)], exact, often),
  row("ZADD", [zsetKey, addOptions, times(1, 3, score, member)], exact, often),
  row("ZADD", [zsetKey, maybe(addOptions), "INCR", score, member], exact),
  row("ZADD", [zsetKey, inBulk], exact, seldom),
  row("ZADD", [lexKey, equalScores], exact, { ...often, ...arityOnly }),
  row("ZADD", [lexKey, times(100, 200, "0", word)], exact, { ...rare, ...arityOnly }),
  row("ZINCRBY", [zsetKey, score, member], exact),
  row("ZREM", [zsetKey, times(1, 4, member)], exact),
  row("ZREM", [zsetKey, membersInBulk], exact, seldom),
  row("ZREM", [lexKey, equalScores], exact),
  row("ZCARD", [zsetKey], exact),
  row("ZSCORE", [zsetKey, member], exact),
  row("ZMSCORE", [zsetKey, times(1, 6, member)], exact),
  row("ZRANK", [zsetKey, member], exact),
  row("ZREVRANK", [zsetKey, member], exact),
  row("ZCOUNT", [zsetKey, scoreBound, scoreBound], exact),
  row("ZLEXCOUNT", [lexKey, anyLexBound, anyLexBound], exact),
  row("ZRANGE", [zsetKey, rank, rank, rankOptions], exact, often),
  row("ZRANGE", [zsetKey, scoreBound, scoreBound, "BYSCORE", scoreOptions], exact),
  row("ZRANGE", [lexKey, anyLexBound, anyLexBound, "bylex", lexOptions], exact),
  row("ZREVRANGE", [zsetKey, rank, rank, withScores], exact),
  row("ZRANGEBYSCORE", [zsetKey, scoreBound, scoreBound, withScores, limit], exact),
  row("ZREVRANGEBYSCORE", [zsetKey, scoreBound, scoreBound, limit, withScores], exact),
  row("ZRANGEBYLEX", [lexKey, anyLexBound, anyLexBound, limit], exact),
  row("ZREVRANGEBYLEX", [lexKey, anyLexBound, anyLexBound, limit], exact),
  row("ZRANGESTORE", [zsetKey, zsetKey, rank, rank, maybe("REV")], exact),
  row("ZRANGESTORE", [zsetKey, zsetKey, scoreBound, scoreBound, "BYSCORE", maybe("rev"), limit], exact),
  row("ZRANGESTORE", [lexKey, lexKey, anyLexBound, anyLexBound, "BYLEX", maybe("REV"), limit], exact, {
    ...seldom,
    ...arityOnly,
  }),
  row("ZREMRANGEBYRANK", [zsetKey, rank, rank], exact, seldom),
  row("ZREMRANGEBYSCORE", [zsetKey, scoreBound, scoreBound], exact, seldom),
  row("ZREMRANGEBYLEX", [lexKey, anyLexBound, anyLexBound], exact, seldom),
  row("ZPOPMIN", [zsetKey, maybe(count)], exact),
  row("ZPOPMAX", [zsetKey, maybe(count)], exact),
  row("ZMPOP", [zsets, end, maybe("COUNT", count)], exact),
  row("BZPOPMIN", [times(1, 3, zsetKey), moment], exact, { ...seldom, ...never }),
  row("BZPOPMAX", [times(1, 3, zsetKey), moment], exact, { ...seldom, ...never }),
  row("BZMPOP", [moment, zsets, end, maybe("COUNT", count)], exact, { ...seldom, ...never }),
  row("BZPOPMIN", [zsetKey, wrongMoment], exact, { ...rare, ...never }),
  row("BZMPOP", [wrongMoment, zsets, end], exact, { ...rare, ...never }),
  row("ZRANDMEMBER", [zsetKey, maybe(randomCount, withScores)], drawnMembers, arityOnly),
  row("ZSCAN", [zsetKey, "0", maybe("MATCH", syntax.pattern), "COUNT", WHOLE_SCAN_COUNT], wholeScan(2), seldom),
  row("ZSCAN", [zsetKey, hostile, maybe("COUNT", increment), rarely("MATCH")], wholeScan(2), seldom),
  row("ZUNION", [sourcesAndWeights, withScores], exact),
  row("ZINTER", [sourcesAndWeights, withScores], exact),
  row("ZDIFF", [sources, withScores], exact),
  row("ZINTERCARD", [sources, maybe("LIMIT", count)], exact),
  row("ZUNIONSTORE", [zsetKey, sourcesAndWeights], exact, seldom),
  row("ZINTERSTORE", [zsetKey, sourcesAndWeights], exact),
  row("ZDIFFSTORE", [zsetKey, sources], exact),
];
