/** Sets. */
import type { FuzzType } from "../fuzz-type.ts";
import type { Model } from "../model.ts";
import { array, bulks, difference, inAnyOrder, integer, NULL, type Predicted, textsOf } from "../replies.ts";

type Members = Set<string>;

function combine(operation: string, sets: readonly (Members | undefined)[]): Members {
  const [first = new Set<string>(), ...rest] = sets.map((set) => set ?? new Set<string>());
  const step = (a: Members, b: Members) =>
    operation === "UNION" ? a.union(b) : operation === "INTER" ? a.intersection(b) : a.difference(b);
  return rest.reduce(step, new Set(first));
}

const answerCombined = (operation: string) => (model: Model, keys: readonly string[]) =>
  model.withAll(setType, keys, (sets) => inAnyOrder([...combine(operation, sets)]));

const storeCombined =
  (operation: string) =>
  (model: Model, [target = "", ...keys]: readonly string[]) =>
    model.withAll(setType, keys, (sets) => {
      const members = combine(operation, sets);
      model.replace(setType, target, members);
      return integer(members.size);
    });

/** Members that the server chose: they have to be there, and different unless `count` is negative. */
function chosen(model: Model, key: string, count: string | undefined, removes: boolean): Predicted {
  return model.with(setType, key, (members) => {
    if (members === undefined) return count === undefined ? NULL : bulks([]);
    const number = Number(count ?? 1);
    const expected = number < 0 ? -number : Math.min(number, members.size);
    const before = new Set(members);
    // What exactly is gone is known with the reply; the next commands of the burst wait for it in the same order.
    return (reply) => {
      const names = count === undefined ? [reply.text ?? "(null)"] : textsOf(reply);
      if (names.length !== expected) return `${names.length} members instead of ${expected}`;
      if (number > 0 && new Set(names).size !== names.length) return "a member was chosen twice";
      const foreign = names.find((name) => !before.has(name));
      if (foreign !== undefined) return `${foreign} is no member`;
      if (!removes) return null;
      for (const name of names) members.delete(name);
      model.hold(setType, key, members);
      return null;
    };
  });
}

export const setType: FuzzType<Members> = {
  name: "set",
  answer: "set",
  prefix: "t",
  commands: {
    SADD: (model, [key = "", ...names]) =>
      model.with(setType, key, (members = new Set()) => {
        const before = members.size;
        for (const name of names) members.add(name);
        model.hold(setType, key, members);
        return integer(members.size - before);
      }),
    SREM: (model, [key = "", ...names]) =>
      model.with(setType, key, (members = new Set()) => {
        const removed = names.filter((name) => members.delete(name)).length;
        model.hold(setType, key, members);
        return integer(removed);
      }),
    SMOVE: (model, [from = "", to = "", name = ""]) => {
      if (!model.keys.has(from)) return integer(0);
      return model.withAll(setType, [from, to], ([source, target]) => {
        if (from === to) return integer(source!.has(name) ? 1 : 0);
        if (!source!.delete(name)) return integer(0);
        model.hold(setType, from, source!);
        model.hold(setType, to, (target ?? new Set()).add(name));
        return integer(1);
      });
    },
    SPOP: (model, [key = "", count]) => chosen(model, key, count, true),
    SRANDMEMBER: (model, [key = "", count]) => chosen(model, key, count, false),
    SCARD: (model, [key = ""]) => model.with(setType, key, (members) => integer(members?.size ?? 0)),
    SISMEMBER: (model, [key = "", name = ""]) =>
      model.with(setType, key, (members) => integer(members?.has(name) ? 1 : 0)),
    SMISMEMBER: (model, [key = "", ...names]) =>
      model.with(setType, key, (members) => array(names.map((name) => integer(members?.has(name) ? 1 : 0)))),
    SMEMBERS: (model, [key = ""]) => model.with(setType, key, (members) => inAnyOrder([...(members ?? [])])),
    SINTER: answerCombined("INTER"),
    SUNION: answerCombined("UNION"),
    SDIFF: answerCombined("DIFF"),
    SINTERCARD: (model, [, ...keys]) => model.withAll(setType, keys, (sets) => integer(combine("INTER", sets).size)),
    SINTERSTORE: storeCombined("INTER"),
    SUNIONSTORE: storeCombined("UNION"),
    SDIFFSTORE: storeCombined("DIFF"),
  },
  create: (draw, key) => [
    "SADD",
    key,
    ...Array.from({ length: draw.random.between(1, draw.many()) }, () =>
      draw.random.chance(draw.profile.integers) ? draw.integer() : draw.element(),
    ),
  ],
  change(draw) {
    const key = draw.key("t");
    switch (draw.random.below(8)) {
      case 0:
        return ["SREM", key, ...draw.elements(10)];
      case 1:
        return ["SMOVE", key, draw.key("t"), draw.element()];
      case 2:
        return ["SPOP", key, ...(draw.random.chance(0.5) ? [String(draw.random.below(10))] : [])];
      case 3:
        return [draw.oneOf("SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE"), draw.key("t"), key, draw.key("t")];
      default:
        return setType.create(draw, key);
    }
  },
  look(draw) {
    const key = draw.key("t");
    switch (draw.random.below(6)) {
      case 0:
        return ["SCARD", key];
      case 1:
        return ["SMISMEMBER", key, ...draw.elements(5)];
      case 2:
        return [draw.oneOf("SINTER", "SUNION", "SDIFF"), key, draw.key("t"), draw.key("t")];
      case 3:
        return draw.random.chance(0.5) ? ["SMEMBERS", key] : ["SINTERCARD", "2", key, draw.key("t")];
      case 4:
        return ["SRANDMEMBER", key, String(draw.random.between(-20, 20))];
      default:
        return ["SISMEMBER", key, draw.element()];
    }
  },
  copy: (members) => new Set(members),
  isEmpty: (members) => members.size === 0,
  async compare(client, key, members) {
    return difference([...members].sort(), textsOf(await client.command("SMEMBERS", key)).sort());
  },
  walk: {
    command: "SSCAN",
    partsPerElement: 1,
    names: (members) => members,
    has: (members, name) => members.has(name),
  },
};
