/**
 * Streams with consumer groups. Ids are numbered through a case, so that commands can name entries that are there.
 */
import type { RawClient } from "../../support/raw-client.ts";
import type { Reply } from "../../support/resp.ts";
import type { Draw, FuzzType } from "../fuzz-type.ts";
import type { Model } from "../model.ts";
import { array, bulk, bulks, difference, integer, NULL, NULL_ARRAY, OK, type Predicted, textsOf } from "../replies.ts";

interface Group {
  lastId: number;
  /** Pending entries and who has them. */
  pending: Map<number, string>;
}

interface Stream {
  /** By id, in order. */
  entries: Map<number, readonly string[]>;
  lastId: number;
  groups: Map<string, Group>;
}

const TOO_SMALL = "-ERR The ID specified in XADD is equal or smaller than the target stream top item\r\n";
const BUSY = "-BUSYGROUP Consumer Group name already exists\r\n";
const NO_KEY =
  "-ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.\r\n";

const newStream = (): Stream => ({ entries: new Map(), lastId: 0, groups: new Map() });
/** An id is written `number-0`; a bare number means the same in a range's start, and the largest of that number in its end. */
const idText = (id: number): string => `${id}-0`;
const idOf = (text: string): number => Number.parseInt(text, 10);
const entryReply = ([id, parts]: readonly [number, readonly string[]]): string =>
  array([bulk(idText(id)), bulks(parts)]);
const entriesReply = (entries: readonly (readonly [number, readonly string[]])[]): string =>
  array(entries.map(entryReply));

function range({ entries }: Stream, from: string, to: string): (readonly [number, readonly string[]])[] {
  const low = from === "-" ? 0 : idOf(from);
  const high = to === "+" ? Number.POSITIVE_INFINITY : idOf(to);
  return [...entries].filter(([id]) => id >= low && id <= high);
}

const counted = <T>(list: T[], options: readonly string[]): T[] =>
  options[0] === "COUNT" ? list.slice(0, Number(options[1])) : list;

function trim(stream: Stream, how: string, limit: string): number {
  const before = stream.entries.size;
  for (const id of stream.entries.keys()) {
    if (how === "MAXLEN" ? stream.entries.size <= Number(limit) : id >= idOf(limit)) break;
    stream.entries.delete(id);
  }
  return before - stream.entries.size;
}

const noGroup = (key: string, group: string, where = "") =>
  `-NOGROUP No such key '${key}' or consumer group '${group}'${where}\r\n`;

/** Answers for a group; the error is that of most commands. */
function withGroup(
  model: Model,
  key: string,
  name: string,
  where: string,
  answer: (group: Group, stream: Stream) => Predicted,
): Predicted {
  return model.with(streamType, key, (stream) => {
    const group = stream?.groups.get(name);
    return group === undefined ? noGroup(key, name, where) : answer(group, stream!);
  });
}

export const streamType: FuzzType<Stream> = {
  name: "stream",
  answer: "stream",
  prefix: "x",
  commands: {
    XADD: (model, [key = "", id = "", ...parts]) =>
      model.with(streamType, key, (stream = newStream()) => {
        if (idOf(id) <= stream.lastId) return TOO_SMALL;
        stream.entries.set(idOf(id), parts);
        stream.lastId = idOf(id);
        model.hold(streamType, key, stream);
        return bulk(id);
      }),
    XDEL: (model, [key = "", ...ids]) =>
      model.with(streamType, key, (stream) =>
        integer(ids.filter((id) => stream?.entries.delete(idOf(id)) ?? false).length),
      ),
    XTRIM: (model, [key = "", how = "", , limit = ""]) =>
      model.with(streamType, key, (stream) => integer(stream === undefined ? 0 : trim(stream, how, limit))),
    XLEN: (model, [key = ""]) => model.with(streamType, key, (stream) => integer(stream?.entries.size ?? 0)),
    XRANGE: (model, [key = "", from = "", to = "", ...options]) =>
      model.with(streamType, key, (stream = newStream()) => entriesReply(counted(range(stream, from, to), options))),
    XREVRANGE: (model, [key = "", to = "", from = "", ...options]) =>
      model.with(streamType, key, (stream = newStream()) =>
        entriesReply(counted(range(stream, from, to).reverse(), options)),
      ),
    XREAD: (model, [, count = "", , key = "", after = ""]) =>
      model.with(streamType, key, (stream = newStream()) => {
        const entries = range(stream, String(idOf(after) + 1), "+").slice(0, Number(count));
        return entries.length === 0 ? NULL_ARRAY : array([array([bulk(key), entriesReply(entries)])]);
      }),
    XGROUP: (model, [subcommand = "", key = "", name = "", id = ""]) =>
      model.with(streamType, key, (stream) => {
        if (stream === undefined) return NO_KEY;
        if (subcommand === "DESTROY") return integer(stream.groups.delete(name) ? 1 : 0);
        if (stream.groups.has(name)) return BUSY;
        stream.groups.set(name, { lastId: id === "$" ? stream.lastId : idOf(id), pending: new Map() });
        return OK;
      }),
    XREADGROUP: (model, [, name = "", consumer = "", , count = "", , key = ""]) =>
      withGroup(model, key, name, " in XREADGROUP with GROUP option", (group, stream) => {
        const entries = range(stream, String(group.lastId + 1), "+").slice(0, Number(count));
        for (const [id] of entries) {
          group.pending.set(id, consumer);
          group.lastId = id;
        }
        return entries.length === 0 ? NULL_ARRAY : array([array([bulk(key), entriesReply(entries)])]);
      }),
    XACK: (model, [key = "", name = "", ...ids]) =>
      model.with(streamType, key, (stream) => {
        const pending = stream?.groups.get(name)?.pending;
        return integer(ids.filter((id) => pending?.delete(idOf(id)) ?? false).length);
      }),
    XCLAIM: (model, [key = "", name = "", consumer = "", , ...ids]) =>
      withGroup(model, key, name, "", (group, { entries }) => {
        const claimed = new Map<number, readonly string[]>();
        const list: string[] = [];
        for (const id of ids.map(idOf)) {
          if (!group.pending.has(id)) continue;
          const parts = entries.get(id);
          if (parts === undefined) group.pending.delete(id);
          else {
            group.pending.set(id, consumer);
            claimed.set(id, parts);
            list.push(entryReply([id, parts]));
          }
        }
        return array(list);
      }),
    XPENDING: (model, [key = "", name = ""]) =>
      withGroup(model, key, name, "", ({ pending }) => {
        const ids = [...pending.keys()].sort((a, b) => a - b);
        if (ids.length === 0) return array([integer(0), NULL, NULL, NULL_ARRAY]);
        const counts = new Map<string, number>();
        for (const consumer of pending.values()) counts.set(consumer, (counts.get(consumer) ?? 0) + 1);
        const consumers = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
        return array([
          integer(ids.length),
          bulk(idText(ids[0]!)),
          bulk(idText(ids.at(-1)!)),
          array(consumers.map(([consumer, count]) => bulks([consumer, String(count)]))),
        ]);
      }),
  },
  create: (draw, key) => [
    "XADD",
    key,
    idText(draw.nextNumber()),
    ...Array.from({ length: draw.random.between(1, 3) }, () => [
      draw.random.chance(0.7) ? "field" : draw.element(),
      draw.value(),
    ]).flat(),
  ],
  change(draw) {
    const key = draw.key("x");
    const { random } = draw;
    const group = `g${random.below(3)}`;
    const consumer = `c${random.below(4)}`;
    switch (random.below(14)) {
      case 0:
        return ["XDEL", key, ...ids(draw)];
      case 1:
        if (random.chance(0.5)) return ["XTRIM", key, "MINID", "=", someId(draw)];
        return ["XTRIM", key, "MAXLEN", "=", String(random.below(draw.profile.elements))];
      case 2:
        if (random.chance(0.1)) return ["XGROUP", "DESTROY", key, group];
        return ["XGROUP", "CREATE", key, group, draw.oneOf("$", "0", someId(draw))];
      case 3:
      case 4:
        return ["XREADGROUP", "GROUP", group, consumer, "COUNT", String(random.between(1, 20)), "STREAMS", key, ">"];
      case 5:
        return ["XACK", key, group, ...ids(draw)];
      case 6:
        return ["XCLAIM", key, group, consumer, "0", ...ids(draw)];
      default:
        return streamType.create(draw, key);
    }
  },
  look(draw) {
    const key = draw.key("x");
    const { random } = draw;
    const count = random.chance(0.5) ? ["COUNT", String(random.between(1, 30))] : [];
    switch (random.below(5)) {
      case 0:
        return ["XLEN", key];
      case 1:
        return ["XRANGE", key, draw.oneOf("-", someId(draw)), draw.oneOf("+", someId(draw)), ...count];
      case 2:
        return ["XREVRANGE", key, draw.oneOf("+", someId(draw)), draw.oneOf("-", someId(draw)), ...count];
      case 3:
        return ["XREAD", "COUNT", String(random.between(1, 30)), "STREAMS", key, someId(draw)];
      default:
        return ["XPENDING", key, `g${random.below(3)}`];
    }
  },
  copy: ({ entries, lastId, groups }) => ({
    entries: new Map(entries),
    lastId,
    groups: new Map([...groups].map(([name, { lastId, pending }]) => [name, { lastId, pending: new Map(pending) }])),
  }),
  isEmpty: () => false,
  async compare(client, key, stream) {
    const expected = [...stream.entries].map(([id, parts]) => `${idText(id)} ${parts.join(" ")}`);
    const read = async (...command: string[]) => ((await client.command(...command)).items ?? []).map(entryText);
    return (
      difference(expected, await read("XRANGE", key, "-", "+")) ??
      difference(expected.toReversed(), await read("XREVRANGE", key, "+", "-")) ??
      (await infoDifference(client, key, stream))
    );
  },
};

function entryText(entry: Reply): string {
  const [id, parts] = entry.items ?? [];
  return `${id?.text} ${textsOf(parts!).join(" ")}`;
}

/** What is known of a stream beside its entries. */
async function infoDifference(client: RawClient, key: string, stream: Stream): Promise<string | null> {
  const info = (await client.command("XINFO", "STREAM", key)).items ?? [];
  const told = (name: string) => info[info.findIndex((item) => item.text === name) + 1]?.text;
  if (told("last-generated-id") !== idText(stream.lastId)) return `its last id is ${told("last-generated-id")}`;
  if (told("groups") !== String(stream.groups.size)) return `it has ${told("groups")} groups`;
  for (const [name, { pending }] of stream.groups) {
    const reply = await client.command("XPENDING", key, name, "-", "+", "1000000");
    const actual = (reply.items ?? []).map((item) => textsOf(item).slice(0, 2).join(" "));
    const expected = [...pending].sort(([a], [b]) => a - b).map(([id, consumer]) => `${idText(id)} ${consumer}`);
    const wrong = difference(expected, actual);
    if (wrong !== null) return `pending in ${name}: ${wrong}`;
  }
  return null;
}

/** An id that is, or will be, in some stream. */
const someId = (draw: Draw): string => idText(draw.random.below(draw.lastNumber + 20));
const ids = (draw: Draw): string[] => Array.from({ length: draw.random.between(1, 10) }, () => someId(draw));
