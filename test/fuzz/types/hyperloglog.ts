/**
 * HyperLogLogs: what was added is held as a set. The count has to be near its size, and adding what is there already
 * changes nothing.
 */
import type { FuzzType } from "../fuzz-type.ts";
import { integer, type Judge, OK } from "../replies.ts";

/** Seven times the standard error, and a few for small numbers. */
const isNear = (count: number, size: number) => Math.abs(count - size) <= 0.06 * size + 2;

function near(size: number): Judge {
  return ({ text }) => (isNear(Number(text), size) ? null : `counts ${text} instead of about ${size}`);
}

const union = (sets: (Set<string> | undefined)[]) => new Set(sets.flatMap((set) => [...(set ?? [])]));

export const hyperloglogType: FuzzType<Set<string>> = {
  name: "hyperloglog",
  answer: "string",
  prefix: "p",
  commands: {
    PFADD: (model, [key = "", ...elements]) =>
      model.with(hyperloglogType, key, (held) => {
        const set = held ?? new Set();
        const isKnown = held !== undefined && elements.every((element) => set.has(element));
        for (const element of elements) set.add(element);
        model.hold(hyperloglogType, key, set);
        if (isKnown) return integer(0);
        return ({ text }) => (text === "0" || text === "1" ? null : `answers ${text}`);
      }),
    PFCOUNT: (model, keys) => model.withAll(hyperloglogType, keys, (sets) => near(union(sets).size)),
    PFMERGE: (model, keys) =>
      model.withAll(hyperloglogType, keys, (sets) => {
        model.hold(hyperloglogType, keys[0]!, union(sets));
        return OK;
      }),
  },
  create: (draw, key) => ["PFADD", key, ...draw.elements(draw.many())],
  change: (draw) => ["PFMERGE", ownKey(draw), ownKey(draw), ownKey(draw)],
  look: (draw) => ["PFCOUNT", ...[ownKey(draw), ownKey(draw)].slice(draw.random.below(2))],
  copy: (set) => new Set(set),
  isEmpty: () => false,
  async compare(client, key, set) {
    const { text } = await client.command("PFCOUNT", key);
    return isNear(Number(text), set.size) ? null : `counts ${text} instead of about ${set.size}`;
  },
};

/** Never a stray one: to the server, every string may be one. */
const ownKey = (draw: { random: { below(n: number): number }; profile: { keys: number } }) =>
  `p${draw.random.below(draw.profile.keys)}`;
