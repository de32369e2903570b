/**
 * What several sets have in common and what not: SINTER, SINTERCARD, SUNION, SDIFF, and those that store the result.
 *
 * A result is stored when it is complete, so the key that it goes to may be one of those that it is made from.
 */
import type { CommandSpec } from "../../command/command.ts";
import { checked, replyElement } from "../../command/open-value.ts";
import type { Session } from "../../command/session.ts";
import * as events from "../../keyspace/events.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { SET } from "../../keyspace/value-type.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { NO_KEYS, SYNTAX } from "../../resp/errors.ts";
import { integerFromOrReply } from "../../resp/integer-args.ts";
import type { Reply } from "../../resp/reply.ts";
import { NARROWEST } from "../../struct/intset.ts";
import { answerSet } from "./answer.ts";
import { intersect, isLeftOfCopy, subtract, union, unite } from "./combine.ts";
import * as set from "./value.ts";

const UNLIMITED = Number.POSITIVE_INFINITY;

/** The sets at arguments `first` to `end` (excluded), NIL where there is none. Undefined after a written error. */
function openAll(session: Session, args: Args, reply: Reply, first: number, end: number): Ref[] | undefined {
  const sets: Ref[] = [];
  for (let i = first; i < end; i++) {
    const ref = keyspace.lookupRead(session.db, args, i);
    if (ref !== NIL && checked(ref, reply, SET) === NIL) return undefined;
    sets.push(ref);
  }
  return sets;
}

const exists = (ref: Ref) => ref !== NIL;

/** Gives the key in argument 1 the nameless set `result`; an empty one deletes the key. */
function store(session: Session, args: Args, reply: Reply, result: Ref, event: string): void {
  const { db } = session;
  const count = set.length(result);
  if (count > 0) {
    set.give(result, (flags, insideLength) => keyspace.put(db, args, 1, flags, insideLength));
    events.changed(db, args, 1, events.SET, event);
  } else {
    set.discard(result);
    if (keyspace.remove(db, args, 1)) events.changed(db, args, 1, events.GENERIC, "del");
  }
  reply.integer(count);
}

function sinter(session: Session, args: Args, reply: Reply): void {
  const sets = openAll(session, args, reply, 1, args.count);
  if (sets === undefined) return;
  if (!sets.every(exists)) return reply.set(0);
  const mark = reply.length;
  const count = intersect(sets, UNLIMITED, (member) => replyElement(reply, member));
  reply.headerAt(mark, () => reply.set(count));
}

function sinterstore(session: Session, args: Args, reply: Reply): void {
  const sets = openAll(session, args, reply, 2, args.count);
  if (sets === undefined) return;
  const result = set.createNameless();
  if (sets.every(exists)) {
    const most = Math.min(...sets.map(set.length));
    intersect(sets, UNLIMITED, (member, hash) => set.append(result, member, hash, most));
  }
  store(session, args, reply, result, "sinterstore");
}

const TOO_MANY_KEYS = "ERR Number of keys can't be greater than number of args";
const NEGATIVE_LIMIT = "ERR LIMIT can't be negative";

function sintercard(session: Session, args: Args, reply: Reply): void {
  const keys = integerFromOrReply(args, 1, 1, NO_KEYS, reply);
  if (Number.isNaN(keys)) return;
  if (keys > args.count - 2) return reply.error(TOO_MANY_KEYS);
  const end = 2 + keys;
  let limit = 0;
  for (let i = end; i < args.count; i++) {
    if (!args.is(i, "limit") || i + 1 === args.count) return reply.error(SYNTAX);
    limit = integerFromOrReply(args, ++i, 0, NEGATIVE_LIMIT, reply);
    if (Number.isNaN(limit)) return;
  }
  const sets = openAll(session, args, reply, 2, end);
  if (sets === undefined) return;
  if (!sets.every(exists)) return reply.zero();
  reply.integer(intersect(sets, limit === 0 ? UNLIMITED : limit, () => {}));
}

function sunion(session: Session, args: Args, reply: Reply): void {
  const sets = openAll(session, args, reply, 1, args.count);
  if (sets === undefined) return;
  answerSet(reply, (visit) => unite(sets.filter(exists), visit));
}

function sunionstore(session: Session, args: Args, reply: Reply): void {
  const sets = openAll(session, args, reply, 2, args.count);
  if (sets !== undefined) store(session, args, reply, union(sets.filter(exists)), "sunionstore");
}

/**
 * Has `subtract` visit what is in the first set and not in the others. `begin` is asked for the visit, and told with which
 * width the result is an intset at first; 0, when it may not be one.
 */
function sdiffOf(sets: readonly Ref[], begin: (width: number, fill: (visit: set.Visit) => void) => void): void {
  const first = sets[0]!;
  const others = sets.slice(1).filter(exists);
  if (first === NIL || others.includes(first)) return begin(NARROWEST, () => {});
  const width = isLeftOfCopy(first, others) ? set.widthAsIntset(first) : NARROWEST;
  begin(width, (visit) => subtract(first, others, visit));
}

function sdiff(session: Session, args: Args, reply: Reply): void {
  const sets = openAll(session, args, reply, 1, args.count);
  if (sets !== undefined) sdiffOf(sets, (width, fill) => answerSet(reply, fill, width > 0));
}

function sdiffstore(session: Session, args: Args, reply: Reply): void {
  const sets = openAll(session, args, reply, 2, args.count);
  if (sets === undefined) return;
  sdiffOf(sets, (width, fill) => {
    const result = set.createNameless(width);
    const most = sets[0] === NIL ? 0 : set.length(sets[0]!);
    fill((member, hash) => set.append(result, member, hash, most));
    store(session, args, reply, result, "sdiffstore");
  });
}

type Declaration = Pick<CommandSpec, "name" | "complexity" | "summary" | "handler">;

function declareReading(declaration: Declaration): CommandSpec {
  return {
    ...declaration,
    arity: -2,
    flags: ["readonly"],
    group: "set",
    keys: [{ flags: "RO access", begin: 1, last: -1 }],
    tips: ["nondeterministic_output_order"],
    since: "1.0.0",
    syntax: "key...",
  };
}

function declareStoring(declaration: Declaration, destinationFlags: string): CommandSpec {
  return {
    ...declaration,
    arity: -3,
    flags: ["write", "denyoom"],
    group: "set",
    keys: [
      { flags: destinationFlags, begin: 1 },
      { flags: "RO access", begin: 2, last: -1 },
    ],
    since: "1.0.0",
    syntax: "destination:key key...",
  };
}

const INTERSECTING = "O(N*M), N the members of the smallest set, M the number of sets.";
const OF_ALL = "O(N), N the members of all sets.";

export const algebraCommands: readonly CommandSpec[] = [
  declareReading({
    name: "sinter",
    complexity: INTERSECTING,
    summary: "Answers what is in all the sets.",
    handler: sinter,
  }),
  declareStoring(
    {
      name: "sinterstore",
      complexity: INTERSECTING,
      summary: "Stores what is in all the sets as another set.",
      handler: sinterstore,
    },
    "RW update",
  ),
  {
    name: "sintercard",
    arity: -3,
    flags: ["readonly", "movablekeys"],
    group: "set",
    keys: [{ flags: "RO access", begin: 1, keyNumber: { at: 0, firstKey: 1 } }],
    since: "7.0.0",
    complexity: INTERSECTING,
    summary: "Answers how many members are in all the sets.",
    syntax: "numkeys:integer key... [LIMIT limit:integer]",
    handler: sintercard,
  },
  declareReading({
    name: "sunion",
    complexity: OF_ALL,
    summary: "Answers what is in any of the sets.",
    handler: sunion,
  }),
  declareStoring(
    {
      name: "sunionstore",
      complexity: OF_ALL,
      summary: "Stores what is in any of the sets as another set.",
      handler: sunionstore,
    },
    "OW update",
  ),
  declareReading({
    name: "sdiff",
    complexity: OF_ALL,
    summary: "Answers what is in the first set and in none of the others.",
    handler: sdiff,
  }),
  declareStoring(
    {
      name: "sdiffstore",
      complexity: OF_ALL,
      summary: "Stores what is in the first set and in none of the others as another set.",
      handler: sdiffstore,
    },
    "OW update",
  ),
];
