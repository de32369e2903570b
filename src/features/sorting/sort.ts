/**
 * SORT and SORT_RO: the elements of a list, set or sorted set, in order. In stages: the options, the elements, their keys
 * (numbers, or the first bytes of texts as a number), the order of those, then what is to be answered or stored.
 *
 * Nothing is freed before all that was looked up has been answered or copied: the texts are places in the store.
 */
import type { CommandSpec, Handler } from "../../command/command.ts";
import type { FoundKey } from "../../command/keys-of.ts";
import type { Session } from "../../command/session.ts";
import type { Database } from "../../keyspace/database.ts";
import * as events from "../../keyspace/events.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { LIST, SET, typeOf, ZSET } from "../../keyspace/value-type.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { WRONG_TYPE } from "../../resp/errors.ts";
import type { Reply } from "../../resp/reply.ts";
import * as entry from "../../struct/entry.ts";
import type { Element } from "../../struct/listpack.ts";
import { prefixesOf, scoresOf } from "./keys.ts";
import { type Options, readOptions } from "./options.ts";
import { sorted } from "./order.ts";
import type { Pattern } from "./pattern.ts";
import { Texts } from "./texts.ts";

const sort: Handler = (session, args, reply) => run(session, args, reply, true);
const sortRo: Handler = (session, args, reply) => run(session, args, reply, false);

function run(session: Session, args: Args, reply: Reply, mayStore: boolean): void {
  const options = readOptions(args, reply, mayStore);
  if (options === undefined) return;
  const db = session.db;
  const ref = keyspace.lookupRead(db, args, 1);
  const type = ref === NIL ? LIST : entry.type(ref);
  if (type !== LIST && type !== SET && type !== ZSET) return reply.error(WRONG_TYPE);
  // A set has no order that could be kept, and what is stored shall not depend on chance.
  if (options.isUnsorted && type === SET && options.store > 0) {
    options.isUnsorted = false;
    options.isAlpha = true;
    options.by = undefined;
  }
  const isPart = options.isUnsorted && type !== SET;
  const elements = isPart ? readPart(ref, options) : readAll(ref);
  const order = isPart ? partOrder(elements, options) : orderOf(db, elements, options);
  if (order === undefined) return reply.error("ERR One or more scores can't be converted into double");
  const output = options.gets.length === 0 ? elements.select(order) : lookUpEach(db, elements, order, options.gets);
  if (options.store > 0) store(db, args, options.store, reply, output);
  else answer(reply, output);
}

function readAll(ref: Ref): Texts {
  if (ref === NIL) return new Texts(0);
  const { elements, length } = typeOf(entry.type(ref));
  const texts = new Texts(length(ref));
  elements!.unpack?.(ref);
  elements!.each(ref, (element) => texts.add(element.region, element.start, element.length));
  return texts;
}

/** Reads only the elements that LIMIT lets through, of those that are in order already. */
function readPart(ref: Ref, options: Options): Texts {
  if (ref === NIL) return new Texts(0);
  const { elements, length } = typeOf(entry.type(ref));
  elements!.unpack?.(ref);
  const total = length(ref);
  const { from, to } = options.part(total);
  const texts = new Texts(to - from);
  if (from === to) return texts;
  const visit = (element: Element) => {
    texts.add(element.region, element.start, element.length);
    return texts.count < to - from;
  };
  elements!.each(ref, visit, options.isDescending ? total - to : from);
  return texts;
}

/** The order of what `readPart` has read: as it was, or reversed. */
function partOrder({ count }: Texts, options: Options): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => (options.isDescending ? count - 1 - i : i));
}

/** The numbers of the elements that are wanted, in order; undefined when one is no number and should be. */
function orderOf(db: Database, elements: Texts, options: Options): Uint32Array | undefined {
  const { from, to } = options.part(elements.count);
  return orderOfAll(db, elements, options)?.subarray(from, to);
}

function orderOfAll(db: Database, elements: Texts, options: Options): Uint32Array | undefined {
  if (options.isUnsorted) return Uint32Array.from({ length: elements.count }, (_, i) => i);
  const texts = options.by === undefined ? elements : lookUpAll(db, elements, options.by);
  if (!options.isAlpha) {
    const scores = scoresOf(texts);
    return scores && sorted(scores, options.isDescending, (a, b) => elements.compare(a, b));
  }
  // What is not stored is compared as C strings are.
  const isBinary = options.store > 0;
  return sorted(prefixesOf(texts), options.isDescending, (a, b) => {
    if (!texts.has(a)) return 0;
    return isBinary ? texts.compare(a, b) : texts.compareToNul(a, b);
  });
}

function lookUpAll(db: Database, elements: Texts, pattern: Pattern): Texts {
  const found = new Texts(elements.count);
  for (let i = 0; i < elements.count; i++) pattern.lookUp(db, elements, i, found);
  return found;
}

/** What each GET says of each element. */
function lookUpEach(db: Database, elements: Texts, order: Uint32Array, gets: readonly Pattern[]): Texts {
  const found = new Texts(order.length * gets.length);
  for (const i of order) for (const get of gets) get.lookUp(db, elements, i, found);
  return found;
}

function answer(reply: Reply, output: Texts): void {
  reply.array(output.count);
  for (let i = 0; i < output.count; i++) {
    if (output.has(i)) reply.bulk(output.region(i), output.start(i), output.length(i));
    else reply.null();
  }
}

/** Makes the key in argument `i` a list of the output. */
function store(db: Database, args: Args, i: number, reply: Reply, output: Texts): void {
  const count = output.count;
  reply.integer(count);
  if (count === 0) {
    if (keyspace.remove(db, args, i)) events.changed(db, args, i, events.GENERIC, "del");
    return;
  }
  // What the key holds is about to be freed, and may be what is to be stored.
  if (keyspace.peek(db, args, i) !== NIL) output.detach();
  const lists = typeOf(LIST).elements!;
  const ref = lists.create!(db, args, i);
  for (let k = 0; k < count; k++) {
    const length = output.has(k) ? output.length(k) : 0;
    lists.append!(ref, output.region(k), output.start(k), output.start(k) + length);
  }
  events.changes.dirty += count - 1;
  events.changed(db, args, i, events.LIST, "sortstore");
}

/** The destination, which may be stated more than once: the last counts. */
function destinationOf(args: Args): readonly FoundKey[] {
  let position = 0;
  for (let i = 2; i < args.count; i++) {
    if (args.is(i, "limit")) i += 2;
    else if (args.is(i, "get") || args.is(i, "by")) i++;
    else if (args.is(i, "store") && i + 1 < args.count) position = ++i;
  }
  return position === 0 ? [] : [{ position, flags: "OW update" }];
}

const shared = {
  arity: -2,
  group: "generic",
  categories: ["-@keyspace", "@set", "@sortedset", "@list", "@dangerous"],
  complexity: "O(N+M*log(M)), N elements and M of them returned; O(N) when they are not sorted.",
} as const;

const source = { flags: "RO access", begin: 1 } as const;
const lookedUp = {
  flags: "RO access",
  begin: 0,
  notes: "BY and GET: the names of these keys depend on the elements.",
} as const;
const SYNTAX_READING =
  "key [BY pattern#1] [LIMIT offset_count(offset:integer count:integer)] [(GET pattern#1)...] [order(ASC|DESC)] [sorting=ALPHA]";

export const sortCommands: readonly CommandSpec[] = [
  {
    ...shared,
    name: "sort",
    flags: ["write", "denyoom", "movablekeys"],
    keys: [
      source,
      lookedUp,
      { flags: "OW update", begin: 0, find: destinationOf, notes: "STORE may stand anywhere behind the key." },
    ],
    since: "1.0.0",
    summary: "Sorts the elements of a list, set or sorted set; answers or stores them.",
    syntax: `${SYNTAX_READING} [STORE destination:key#2]`,
    handler: sort,
  },
  {
    ...shared,
    name: "sort_ro",
    flags: ["readonly", "movablekeys"],
    keys: [source, lookedUp],
    since: "7.0.0",
    summary: "Sorts the elements of a list, set or sorted set.",
    syntax: SYNTAX_READING,
    handler: sortRo,
  },
];
