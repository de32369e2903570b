/** Lists. */
import type { FuzzType } from "../fuzz-type.ts";
import type { Model } from "../model.ts";
import { bulk, bulks, difference, integer, NULL, NULL_ARRAY, OK, type Predicted, textsOf } from "../replies.ts";

/** The elements of a range as Redis states it: both ends included, counted from the end when negative. */
function rangeOf(length: number, from: string, to: string): [start: number, end: number] {
  const clip = (index: number) => Math.max(0, index < 0 ? length + index : index);
  return [clip(Number(from)), Number(to) < -length ? 0 : Math.min(length, clip(Number(to)) + 1)];
}

function push(model: Model, key: string, elements: readonly string[], atLeft: boolean, onlyThere: boolean): Predicted {
  return model.with(listType, key, (list) => {
    if (list === undefined && onlyThere) return integer(0);
    const held = list ?? [];
    for (const element of elements) atLeft ? held.unshift(element) : held.push(element);
    model.hold(listType, key, held);
    return integer(held.length);
  });
}

function pop(model: Model, [key = "", count]: readonly string[], atLeft: boolean): Predicted {
  return model.with(listType, key, (list) => {
    if (list === undefined) return count === undefined ? NULL : NULL_ARRAY;
    const number = Math.min(list.length, Number(count ?? 1));
    const popped = atLeft ? list.splice(0, number) : list.splice(list.length - number).reverse();
    model.hold(listType, key, list);
    return count === undefined ? bulk(popped[0]) : bulks(popped);
  });
}

function moveElement(model: Model, [from = "", to = "", pull = "", put = ""]: readonly string[]): Predicted {
  return model.with(listType, from, (source) => {
    if (source === undefined) return NULL;
    return model.with(listType, to, (target) => {
      const element = pull === "LEFT" ? source.shift()! : source.pop()!;
      const held = target ?? [];
      put === "LEFT" ? held.unshift(element) : held.push(element);
      // The one that may be empty last: the two may be the same.
      model.hold(listType, to, held);
      model.hold(listType, from, source);
      return bulk(element);
    });
  });
}

export const listType: FuzzType<string[]> = {
  name: "list",
  answer: "list",
  prefix: "l",
  commands: {
    LPUSH: (model, [key = "", ...elements]) => push(model, key, elements, true, false),
    RPUSH: (model, [key = "", ...elements]) => push(model, key, elements, false, false),
    LPUSHX: (model, [key = "", ...elements]) => push(model, key, elements, true, true),
    RPUSHX: (model, [key = "", ...elements]) => push(model, key, elements, false, true),
    LPOP: (model, args) => pop(model, args, true),
    RPOP: (model, args) => pop(model, args, false),
    LMOVE: moveElement,
    RPOPLPUSH: (model, [from = "", to = ""]) => moveElement(model, [from, to, "RIGHT", "LEFT"]),
    LSET: (model, [key = "", index = "", element = ""]) =>
      model.with(listType, key, (list) => {
        if (list === undefined) return "-ERR no such key\r\n";
        const at = Number(index) < 0 ? list.length + Number(index) : Number(index);
        if (at < 0 || at >= list.length) return "-ERR index out of range\r\n";
        list[at] = element;
        return OK;
      }),
    LINSERT: (model, [key = "", where = "", pivot = "", element = ""]) =>
      model.with(listType, key, (list) => {
        if (list === undefined) return integer(0);
        const at = list.indexOf(pivot);
        if (at < 0) return integer(-1);
        list.splice(where === "BEFORE" ? at : at + 1, 0, element);
        return integer(list.length);
      }),
    LREM: (model, [key = "", count = "", element = ""]) =>
      model.with(listType, key, (list = []) => {
        let left = Number(count) === 0 ? list.length : Math.abs(Number(count));
        const before = list.length;
        const backwards = Number(count) < 0;
        if (backwards) list.reverse();
        const kept = list.filter((each) => each !== element || left-- <= 0);
        if (backwards) kept.reverse();
        list.splice(0, list.length, ...kept);
        model.hold(listType, key, list);
        return integer(before - kept.length);
      }),
    LTRIM: (model, [key = "", from = "", to = ""]) =>
      model.with(listType, key, (list = []) => {
        const kept = list.slice(...rangeOf(list.length, from, to));
        model.hold(listType, key, kept);
        return OK;
      }),
    LLEN: (model, [key = ""]) => model.with(listType, key, (list = []) => integer(list.length)),
    LINDEX: (model, [key = "", index = ""]) => model.with(listType, key, (list = []) => bulk(list.at(Number(index)))),
    LRANGE: (model, [key = "", from = "", to = ""]) =>
      model.with(listType, key, (list = []) => bulks(list.slice(...rangeOf(list.length, from, to)))),
    LPOS: (model, [key = "", element = ""]) =>
      model.with(listType, key, (list = []) => {
        const at = list.indexOf(element);
        return at < 0 ? NULL : integer(at);
      }),
  },
  create: (draw, key) => [
    draw.oneOf("LPUSH", "RPUSH"),
    key,
    ...Array.from({ length: draw.random.between(1, draw.many()) }, () =>
      draw.random.chance(0.5) ? draw.element() : draw.value(),
    ),
  ],
  change(draw) {
    const key = draw.key("l");
    const { random } = draw;
    switch (random.below(14)) {
      case 0:
        return [draw.oneOf("LPUSHX", "RPUSHX"), key, draw.value()];
      case 1:
      case 2:
        return [draw.oneOf("LPOP", "RPOP"), key, ...(random.chance(0.5) ? [String(random.below(20))] : [])];
      case 3:
        return ["LMOVE", key, draw.key("l"), draw.oneOf("LEFT", "RIGHT"), draw.oneOf("LEFT", "RIGHT")];
      case 4:
        return ["RPOPLPUSH", key, draw.key("l")];
      case 5:
      case 6:
        return ["LSET", key, String(draw.index()), draw.value()];
      case 7:
      case 8:
        return ["LINSERT", key, draw.oneOf("BEFORE", "AFTER"), draw.element(), draw.value()];
      case 9:
        return ["LREM", key, String(random.between(-3, 3)), draw.element()];
      case 10: {
        if (random.chance(0.5)) return ["LTRIM", key, String(random.below(5)), String(-1 - random.below(5))];
        return ["LTRIM", key, String(draw.index()), String(draw.index())];
      }
      default:
        return listType.create(draw, key);
    }
  },
  look(draw) {
    const key = draw.key("l");
    switch (draw.random.below(4)) {
      case 0:
        return ["LLEN", key];
      case 1:
        return ["LRANGE", key, String(draw.index()), String(draw.index())];
      case 2:
        return ["LPOS", key, draw.element()];
      default:
        return ["LINDEX", key, String(draw.index())];
    }
  },
  copy: (list) => [...list],
  isEmpty: (list) => list.length === 0,
  async compare(client, key, list) {
    return difference(list, textsOf(await client.command("LRANGE", key, "0", "-1")));
  },
};
