/**
 * Commands for keys of any type: deleting, renaming, copying, moving, deadlines, several databases, transactions.
 */
import type { Apply, Draw } from "./fuzz-type.ts";
import type { Model, Value } from "./model.ts";
import { integer, OK, type Predicted } from "./replies.ts";
import { TYPES } from "./types.ts";

/** A deadline that no case lives to see. */
const FAR_MS = 4_000_000_000_000;
/** Keys that begin so end soon. */
export const FLEETING = "e:";
/** Milliseconds that fleeting keys live, at most. */
export const FLEETING_MS_MAX = 60;
const SAME = "-ERR source and destination objects are the same\r\n";

const copyOf = ({ type, held, deadline }: Value): Value => ({ type, held: type.copy(held), deadline });

function rename(model: Model, key: string, target: string, onlyNew: boolean): Predicted {
  const value = model.keys.get(key);
  if (value === undefined) return "-ERR no such key\r\n";
  if (onlyNew && model.keys.has(target)) return integer(0);
  model.keys.delete(key);
  model.keys.delete(target);
  model.keys.set(target, value);
  return onlyNew ? integer(1) : OK;
}

const deleteAll: Apply = ({ keys }, names) => integer(names.filter((name) => keys.delete(name)).length);
const countAll: Apply = ({ keys }, names) => integer(names.filter((name) => keys.has(name)).length);

export const keyspaceCommands: Record<string, Apply> = {
  DEL: deleteAll,
  UNLINK: deleteAll,
  EXISTS: countAll,
  TOUCH: countAll,
  TYPE: ({ keys }, [key = ""]) => `+${keys.get(key)?.type.answer ?? "none"}\r\n`,
  RENAME: (model, [key = "", target = ""]) => rename(model, key, target, false),
  RENAMENX: (model, [key = "", target = ""]) => rename(model, key, target, true),
  COPY(model, [key = "", target = "", ...options]) {
    const to = options.includes("DB") ? Number(options[options.indexOf("DB") + 1]) : model.selected;
    if (key === target && to === model.selected) return SAME;
    const value = model.keys.get(key);
    if (value === undefined) return integer(0);
    const keys = model.databases[to]!;
    if (keys.has(target) && !options.includes("REPLACE")) return integer(0);
    keys.delete(target);
    keys.set(target, copyOf(value));
    return integer(1);
  },
  MOVE(model, [key = "", number = ""]) {
    const to = model.databases[Number(number)]!;
    if (to === model.keys) return SAME;
    const value = model.keys.get(key);
    if (value === undefined || to.has(key)) return integer(0);
    model.keys.delete(key);
    to.set(key, value);
    return integer(1);
  },
  SELECT(model, [number = ""]) {
    model.selected = Number(number);
    model.upheavals++;
    return OK;
  },
  SWAPDB(model) {
    model.databases.reverse();
    model.upheavals++;
    return OK;
  },
  FLUSHDB(model) {
    model.keys.clear();
    model.upheavals++;
    return OK;
  },
  PEXPIREAT({ keys }, [key = "", deadline = ""]) {
    const value = keys.get(key);
    if (value === undefined) return integer(0);
    if (Number(deadline) < FAR_MS) keys.delete(key);
    else value.deadline = deadline;
    return integer(1);
  },
  PERSIST({ keys }, [key = ""]) {
    const value = keys.get(key);
    if (value?.deadline === undefined) return integer(0);
    value.deadline = undefined;
    return integer(1);
  },
  PEXPIRETIME: ({ keys }, [key = ""]) => integer(keys.has(key) ? Number(keys.get(key)!.deadline ?? -1) : -2),
  /** Not a command: what one key holds is dumped and restored under another name (fuzz.ts). */
  "@RESTORE": ({ keys }, [key = "", target = ""]) => {
    const value = keys.get(key);
    if (value === undefined) return "-ERR no such key\r\n";
    const copied = { ...copyOf(value), deadline: undefined };
    keys.delete(target);
    keys.set(target, copied);
    return OK;
  },
};

const prefixes = TYPES.map((type) => type.prefix);
/** HyperLogLogs stay under their own names: to the server they are strings. */
const HYPERLOGLOG = "p";

/** Two keys that may change places. */
function twoKeys(draw: Draw): [string, string] {
  const { random, profile } = draw;
  const name = (prefix: string) => `${prefix}${random.below(profile.keys)}`;
  const first = random.pick(prefixes);
  if (first === HYPERLOGLOG || random.chance(0.6)) return [name(first), name(first)];
  return [name(first), name(random.pick(prefixes.filter((prefix) => prefix !== HYPERLOGLOG)))];
}

const anyKey = (draw: Draw): string => `${draw.random.pick(prefixes)}${draw.random.below(draw.profile.keys)}`;

/** Commands that remove keys. */
export function drawRemoval(draw: Draw): string[] {
  const count = draw.random.between(1, draw.random.chance(0.05) ? Math.ceil(draw.profile.keys / 4) : 3);
  return [draw.oneOf("DEL", "UNLINK"), ...Array.from({ length: count }, () => anyKey(draw))];
}

export function drawKeyspaceLook(draw: Draw): string[] {
  const name = draw.oneOf("EXISTS", "TYPE", "TOUCH", "PEXPIRETIME");
  return name === "EXISTS" ? [name, anyKey(draw), anyKey(draw)] : [name, anyKey(draw)];
}

/** One command, or several that belong together. */
export function drawKeyspaceChange(draw: Draw, ordinary: () => string[]): string[][] {
  const { random } = draw;
  switch (random.below(12)) {
    case 0:
      return [["RENAMENX", ...twoKeys(draw)]];
    case 1:
    case 2:
      return [["COPY", ...twoKeys(draw), ...(random.chance(0.5) ? ["REPLACE"] : [])]];
    case 3:
      return [["COPY", ...twoKeys(draw), "DB", String(random.below(2)), "REPLACE"]];
    case 4:
      return [["MOVE", anyKey(draw), String(random.below(2))]];
    case 5:
      return [["PEXPIREAT", anyKey(draw), String(random.chance(0.3) ? 1 : FAR_MS + random.below(1e9))]];
    case 6:
      return [["PERSIST", anyKey(draw)]];
    case 7:
      return [["@RESTORE", ...twoKeys(draw)]];
    case 8:
      return [
        ["MULTI"],
        ...Array.from({ length: random.between(1, 6) }, ordinary),
        [random.chance(0.9) ? "EXEC" : "DISCARD"],
      ];
    case 9:
      if (random.chance(0.3))
        return [[draw.oneOf("SELECT 0", "SELECT 1", "SWAPDB 0 1", "FLUSHDB")]].map((each) => each[0]!.split(" "));
      return fleeting(draw);
    default:
      return [["RENAME", ...twoKeys(draw)]];
  }
}

/** A key that ends soon. */
function fleeting(draw: Draw): string[][] {
  const key = `${FLEETING}${draw.random.below(draw.profile.keys)}`;
  const type = draw.random.pick(TYPES.filter((each) => draw.profile.types[each.name] !== undefined));
  return [["DEL", key], type.create(draw, key), ["PEXPIRE", key, String(draw.random.between(1, FLEETING_MS_MAX))]];
}
