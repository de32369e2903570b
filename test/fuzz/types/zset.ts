/** Sorted sets. Scores are multiples of a half, so that all arithmetic is exact. */
import type { Draw, FuzzType } from "../fuzz-type.ts";
import type { Model } from "../model.ts";
import {
  array,
  bulk,
  bulks,
  difference,
  inAnyOrder,
  integer,
  NULL,
  type Predicted,
  textsOf,
  WRONGTYPE,
} from "../replies.ts";

type Scores = Map<string, number>;

const compareTexts = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const ordered = (scores: Scores): [string, number][] =>
  [...scores].sort(([a, x], [b, y]) => x - y || compareTexts(a, b));
/** Negative zero does not occur. */
const text = (score: number): string => String(score + 0);

function zadd(model: Model, [key = "", ...args]: readonly string[]): Predicted {
  return model.with(zsetType, key, (held) => {
    const scores = held ?? new Map<string, number>();
    const pairsAt = args.findIndex((arg) => !/^[A-Z]+$/.test(arg));
    const options = new Set(args.slice(0, pairsAt));
    let added = 0;
    let changed = 0;
    let incremented: string | undefined;
    for (let i = pairsAt; i < args.length; i += 2) {
      const member = args[i + 1]!;
      const old = scores.get(member);
      const score = options.has("INCR") ? (old ?? 0) + Number(args[i]) : Number(args[i]);
      if (old === undefined ? options.has("XX") : options.has("NX")) continue;
      if (old !== undefined && ((options.has("GT") && score <= old) || (options.has("LT") && score >= old))) continue;
      scores.set(member, score);
      incremented = text(score);
      if (old === undefined) added++;
      else if (old !== score) changed++;
    }
    model.hold(zsetType, key, scores);
    if (options.has("INCR")) return bulk(incremented);
    return integer(options.has("CH") ? added + changed : added);
  });
}

/** Members with scores between two, both included. */
const between = (scores: Scores, low: string, high: string) =>
  ordered(scores).filter(([, score]) => score >= Number(low) && score <= Number(high));

function slice<T>(list: readonly T[], from: string, to: string): T[] {
  const clip = (index: number) => Math.max(0, index < 0 ? list.length + index : index);
  const end = Number(to) < -list.length ? 0 : clip(Number(to)) + 1;
  return list.slice(clip(Number(from)), end);
}

const flat = (list: readonly [string, number][], withScores: boolean) =>
  bulks(list.flatMap(([member, score]) => (withScores ? [member, text(score)] : [member])));

function zrange(model: Model, [key = "", from = "", to = "", ...options]: readonly string[]): Predicted {
  return model.with(zsetType, key, (scores = new Map()) => {
    const isReverse = options.includes("REV");
    let list: [string, number][];
    if (options.includes("BYSCORE")) {
      list = isReverse ? between(scores, to, from).reverse() : between(scores, from, to);
      const limit = options.indexOf("LIMIT");
      if (limit >= 0) list = list.slice(Number(options[limit + 1])).slice(0, Number(options[limit + 2]));
    } else {
      const all = ordered(scores);
      list = slice(isReverse ? all.reverse() : all, from, to);
    }
    return flat(list, options.includes("WITHSCORES"));
  });
}

function removeAll(model: Model, key: string, scores: Scores, list: readonly [string, number][]): void {
  for (const [member] of list) scores.delete(member);
  model.hold(zsetType, key, scores);
}

function pop(model: Model, [key = "", count = "1"]: readonly string[], isReverse: boolean): Predicted {
  return model.with(zsetType, key, (scores = new Map()) => {
    const list = isReverse ? ordered(scores).reverse() : ordered(scores);
    const popped = list.slice(0, Number(count));
    removeAll(model, key, scores, popped);
    return flat(popped, true);
  });
}

function rank(model: Model, [key = "", member = ""]: readonly string[], isReverse: boolean): Predicted {
  return model.with(zsetType, key, (scores = new Map()) => {
    if (!scores.has(member)) return NULL;
    const at = ordered(scores).findIndex(([each]) => each === member);
    return integer(isReverse ? scores.size - 1 - at : at);
  });
}

function combine(operation: string, sources: readonly Scores[]): Scores {
  const [first = new Map<string, number>(), ...rest] = sources;
  if (operation === "DIFF") return new Map([...first].filter(([member]) => !rest.some((other) => other.has(member))));
  const sums: Scores = new Map();
  for (const source of sources) for (const [member, score] of source) sums.set(member, (sums.get(member) ?? 0) + score);
  if (operation === "UNION") return sums;
  return new Map([...sums].filter(([member]) => sources.every((source) => source.has(member))));
}

/** Answers for what several keys hold: sorted sets, or sets, whose members have the score 1. */
function withSources(model: Model, keys: readonly string[], answer: (sources: Scores[]) => Predicted): Predicted {
  const sources: Scores[] = [];
  for (const key of keys) {
    const value = model.keys.get(key);
    if (value?.type.name === "set") sources.push(new Map([...(value.held as Set<string>)].map((each) => [each, 1])));
    else if (value === undefined || value.type.name === "zset") sources.push((value?.held ?? new Map()) as Scores);
    else return WRONGTYPE;
  }
  return answer(sources);
}

const storeCombined =
  (operation: string) =>
  (model: Model, [target = "", , ...keys]: readonly string[]) =>
    withSources(model, keys, (sources) => {
      const scores = combine(operation, sources);
      model.replace(zsetType, target, scores);
      return integer(scores.size);
    });

export const zsetType: FuzzType<Scores> = {
  name: "zset",
  answer: "zset",
  prefix: "z",
  commands: {
    ZADD: zadd,
    ZINCRBY: (model, [key = "", increment = "", member = ""]) => zadd(model, [key, "INCR", increment, member]),
    ZREM: (model, [key = "", ...members]) =>
      model.with(zsetType, key, (scores = new Map()) => {
        const removed = members.filter((member) => scores.delete(member)).length;
        model.hold(zsetType, key, scores);
        return integer(removed);
      }),
    ZPOPMIN: (model, args) => pop(model, args, false),
    ZPOPMAX: (model, args) => pop(model, args, true),
    ZREMRANGEBYRANK: (model, [key = "", from = "", to = ""]) =>
      model.with(zsetType, key, (scores = new Map()) => {
        const list = slice(ordered(scores), from, to);
        removeAll(model, key, scores, list);
        return integer(list.length);
      }),
    ZREMRANGEBYSCORE: (model, [key = "", low = "", high = ""]) =>
      model.with(zsetType, key, (scores = new Map()) => {
        const list = between(scores, low, high);
        removeAll(model, key, scores, list);
        return integer(list.length);
      }),
    ZUNIONSTORE: storeCombined("UNION"),
    ZINTERSTORE: storeCombined("INTER"),
    ZDIFFSTORE: storeCombined("DIFF"),
    ZRANGESTORE: (model, [target = "", key = "", from = "", to = ""]) =>
      model.with(zsetType, key, (scores = new Map()) => {
        const list = slice(ordered(scores), from, to);
        model.replace(zsetType, target, new Map(list));
        return integer(list.length);
      }),
    ZCARD: (model, [key = ""]) => model.with(zsetType, key, (scores) => integer(scores?.size ?? 0)),
    ZSCORE: (model, [key = "", member = ""]) =>
      model.with(zsetType, key, (scores) => (scores?.has(member) ? bulk(text(scores.get(member)!)) : NULL)),
    ZMSCORE: (model, [key = "", ...members]) =>
      model.with(zsetType, key, (scores) =>
        array(members.map((member) => (scores?.has(member) ? bulk(text(scores.get(member)!)) : NULL))),
      ),
    ZRANK: (model, args) => rank(model, args, false),
    ZREVRANK: (model, args) => rank(model, args, true),
    ZCOUNT: (model, [key = "", low = "", high = ""]) =>
      model.with(zsetType, key, (scores = new Map()) => integer(between(scores, low, high).length)),
    ZRANGE: zrange,
    ZUNION: (model, [, ...keys]) =>
      withSources(model, keys, (sources) => inAnyOrder([...combine("UNION", sources).keys()])),
  },
  create: (draw, key) => [
    "ZADD",
    key,
    ...Array.from({ length: draw.random.between(1, draw.many()) }, () => [score(draw), draw.element()]).flat(),
  ],
  change(draw) {
    const key = draw.key("z");
    const { random } = draw;
    switch (random.below(12)) {
      case 0: {
        const options = draw.oneOf("NX", "XX", "GT", "LT", "GT CH", "XX LT", "NX CH", "CH").split(" ");
        const pairs = Array.from({ length: random.between(1, 4) }, () => [score(draw), draw.element()]).flat();
        return ["ZADD", key, ...options, ...pairs];
      }
      case 1:
        return ["ZINCRBY", key, score(draw), draw.element()];
      case 2:
      case 3:
        return ["ZREM", key, ...draw.elements(10)];
      case 4:
        return [draw.oneOf("ZPOPMIN", "ZPOPMAX"), key, ...(random.chance(0.5) ? [String(random.below(6))] : [])];
      case 5:
        return ["ZREMRANGEBYRANK", key, String(draw.index()), String(draw.index())];
      case 6:
        return ["ZREMRANGEBYSCORE", key, ...scoreRange(draw, 3)];
      case 7: {
        const name = draw.oneOf("ZUNIONSTORE", "ZINTERSTORE", "ZDIFFSTORE");
        return [name, draw.key("z"), "2", key, draw.key("z")];
      }
      case 8:
        return ["ZRANGESTORE", draw.key("z"), key, String(draw.index()), String(draw.index())];
      default:
        return zsetType.create(draw, key);
    }
  },
  look(draw) {
    const key = draw.key("z");
    const { random } = draw;
    const scored = random.chance(0.5) ? ["WITHSCORES"] : [];
    const rev = random.chance(0.4) ? ["REV"] : [];
    switch (random.below(8)) {
      case 0:
        return ["ZCARD", key];
      case 1:
        return ["ZMSCORE", key, ...draw.elements(5)];
      case 2:
        return [draw.oneOf("ZRANK", "ZREVRANK"), key, draw.element()];
      case 3:
        return ["ZCOUNT", key, ...scoreRange(draw, 100)];
      case 4:
        return ["ZRANGE", key, String(draw.index()), String(draw.index()), ...rev, ...scored];
      case 5: {
        const range = scoreRange(draw, 100);
        const limit = random.chance(0.5) ? ["LIMIT", String(random.below(5)), String(random.below(50))] : [];
        return ["ZRANGE", key, ...(rev.length > 0 ? range.reverse() : range), "BYSCORE", ...rev, ...limit, ...scored];
      }
      case 6:
        return random.chance(0.2) ? ["ZUNION", "2", key, draw.key("z")] : ["ZSCORE", key, draw.element()];
      default:
        return ["ZSCORE", key, draw.element()];
    }
  },
  copy: (scores) => new Map(scores),
  isEmpty: (scores) => scores.size === 0,
  async compare(client, key, scores) {
    const list = ordered(scores).map(([member, score]) => `${member} ${text(score)}`);
    for (const [expected, options] of [
      [list, []],
      [list.toReversed(), ["REV"]],
    ] as const) {
      const parts = textsOf(await client.command("ZRANGE", key, "0", "-1", ...options, "WITHSCORES"));
      const actual = parts.flatMap((part, i) => (i % 2 === 0 ? [`${part} ${parts[i + 1]}`] : []));
      const wrong = difference(expected, actual);
      if (wrong !== null) return `${options.join()} ${wrong}`;
    }
    return null;
  },
  walk: {
    command: "ZSCAN",
    partsPerElement: 2,
    names: (scores) => scores.keys(),
    has: (scores, name) => scores.has(name),
  },
};

const score = (draw: Draw): string => String(draw.random.between(-draw.profile.scores, draw.profile.scores) / 2);

function scoreRange(draw: Draw, width: number): [string, string] {
  const low = draw.random.between(-draw.profile.scores, draw.profile.scores) / 2;
  return [String(low), String(low + draw.random.below(width))];
}
