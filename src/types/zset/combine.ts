/**
 * Combining sets: ZUNION, ZINTER, ZDIFF, ZINTERCARD, and with STORE at the end, what stores the result. Plain sets take part
 * as well, with a score of 1 for every member.
 *
 * The result is gathered in a set without a key (value.ts): first the members with their scores, in any order, then the order.
 */
import * as double from "../../base/double.ts";
import type { CommandSpec, KeySpec } from "../../command/command.ts";
import type { Session } from "../../command/session.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { type Elements, SET, typeOf, ZSET } from "../../keyspace/value-type.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { SYNTAX, WRONG_TYPE } from "../../resp/errors.ts";
import { integerFromOrReply, integerOrReply } from "../../resp/integer-args.ts";
import type { Reply } from "../../resp/reply.ts";
import * as entry from "../../struct/entry.ts";
import type { Element } from "../../struct/listpack.ts";
import { declare, replyMember, replyMembersHeader } from "./access.ts";
import { store } from "./store.ts";
import * as zset from "./value.ts";

const NEGATIVE_LIMIT = "ERR LIMIT can't be negative";
const BAD_WEIGHT = "ERR weight value is not a float";

const UNION = 0;
const INTER = 1;
const DIFF = 2;

/** What a command says by its name. */
interface Form {
  readonly name: string;
  readonly operation: typeof UNION | typeof INTER | typeof DIFF;
  /** The destination is argument 1, and the keys are one further. */
  readonly stores?: boolean;
  /** Only the number of members is asked for. */
  readonly counts?: boolean;
}

/** How two scores of one member become one. */
type Aggregate = (held: number, next: number) => number;

/** Infinities of both signs make 0, not NaN. */
const orZero = (score: number) => (Number.isNaN(score) ? 0 : score);
const sum: Aggregate = (held, next) => orZero(held + next);
// biome-ignore lint/complexity/useMathMinMax: what is no number leaves what was held, and so does a zero of the other sign
const min: Aggregate = (held, next) => (next < held ? next : held);
// biome-ignore lint/complexity/useMathMinMax: as above
const max: Aggregate = (held, next) => (next > held ? next : held);

/** A set that takes part; of a key that does not exist, `ref` is NIL. */
interface Source {
  readonly ref: Ref;
  readonly elements: Elements;
  readonly length: number;
  weight: number;
}

interface Request {
  readonly sources: Source[];
  aggregate: Aggregate;
  withScores: boolean;
  limit: number;
}

const NOTHING: Elements = { each: () => {}, score: () => Number.NaN };

const isIn = (source: Source, { region, start, length }: Element) =>
  source.elements.score!(source.ref, region, start, start + length);

/** Reads the command; undefined after an error was answered. */
function parse(session: Session, args: Args, reply: Reply, form: Form): Request | undefined {
  const numberAt = form.stores === true ? 2 : 1;
  const keys = integerOrReply(args, numberAt, reply);
  if (keys === undefined) return undefined;
  if (keys < 1) return refuse(reply, `ERR at least 1 input key is needed for '${form.name}' command`);
  const options = numberAt + 1 + Number(keys);
  if (options > args.count) return refuse(reply, SYNTAX);

  const sources: Source[] = [];
  for (let i = numberAt + 1; i < options; i++) {
    const ref = keyspace.lookupRead(session.db, args, i);
    if (ref === NIL) {
      sources.push({ ref, elements: NOTHING, length: 0, weight: 1 });
      continue;
    }
    const type = entry.type(ref);
    if (type !== ZSET && type !== SET) return refuse(reply, WRONG_TYPE);
    sources.push({ ref, elements: typeOf(type).elements!, length: typeOf(type).length(ref), weight: 1 });
  }
  const request: Request = { sources, aggregate: sum, withScores: false, limit: 0 };
  return parseOptions(args, options, reply, form, request) ? request : undefined;
}

function parseOptions(args: Args, first: number, reply: Reply, form: Form, request: Request): boolean {
  const { sources } = request;
  const isWeighed = form.operation !== DIFF && form.counts !== true;
  for (let i = first; i < args.count; i++) {
    const left = args.count - i;
    if (isWeighed && left > sources.length && args.is(i, "weights")) {
      for (const source of sources) {
        i++;
        const weight = double.parse(args.bytes, args.start(i), args.end(i));
        if (weight === undefined) return refuse(reply, BAD_WEIGHT) !== undefined;
        source.weight = weight;
      }
    } else if (isWeighed && left > 1 && args.is(i, "aggregate")) {
      i++;
      const aggregate = args.is(i, "sum") ? sum : args.is(i, "min") ? min : args.is(i, "max") ? max : undefined;
      if (aggregate === undefined) return refuse(reply, SYNTAX) !== undefined;
      request.aggregate = aggregate;
    } else if (form.stores !== true && form.counts !== true && args.is(i, "withscores")) {
      request.withScores = true;
    } else if (form.counts === true && left > 1 && args.is(i, "limit")) {
      request.limit = integerFromOrReply(args, ++i, 0, NEGATIVE_LIMIT, reply);
      if (Number.isNaN(request.limit)) return false;
    } else {
      return refuse(reply, SYNTAX) !== undefined;
    }
  }
  return true;
}

function refuse(reply: Reply, error: string): undefined {
  reply.error(error);
  return undefined;
}

function answer(session: Session, args: Args, reply: Reply, form: Form): void {
  const request = parse(session, args, reply, form);
  if (request === undefined) return;
  // The smallest first, for the fewest look-ups; it is also the order in which scores are added.
  if (form.operation !== DIFF) request.sources.sort((a, b) => a.length - b.length);
  if (form.counts === true) return reply.integer(countCommon(request));

  const apart = zset.createApart(zset.TREE);
  if (form.operation === UNION) gatherUnion(request, apart);
  else if (form.operation === INTER) gatherCommon(request, apart);
  else gatherDifference(request, apart);
  zset.rankGathered(apart);

  if (form.stores === true) {
    zset.toListpackIfSmall(apart);
    return store(session, args, reply, apart, form.name);
  }
  const { withScores } = request;
  replyMembersHeader(reply, zset.length(apart), withScores);
  zset.each(apart, false, (member, score) => replyMember(reply, member, score, withScores));
  zset.discard(apart);
}

function gatherUnion({ sources, aggregate }: Request, apart: Ref): void {
  for (const { ref, elements, weight } of sources) {
    elements.each(ref, (member, score) => zset.gather(apart, member, orZero(weight * score), aggregate));
  }
}

function gatherCommon({ sources, aggregate }: Request, apart: Ref): void {
  const [first, ...others] = sources;
  first!.elements.each(first!.ref, (member, own) => {
    let score = orZero(first!.weight * own);
    for (const other of others) {
      const next = isIn(other, member);
      if (Number.isNaN(next)) return;
      score = aggregate(score, next * other.weight);
    }
    zset.gather(apart, member, score, aggregate);
  });
}

function countCommon({ sources, limit }: Request): number {
  const [first, ...others] = sources;
  let count = 0;
  first!.elements.each(first!.ref, (member) => {
    if (limit > 0 && count >= limit) return false;
    for (const other of others) if (Number.isNaN(isIn(other, member))) return;
    count++;
    return;
  });
  return count;
}

function gatherDifference({ sources, aggregate }: Request, apart: Ref): void {
  const [first, ...others] = sources;
  first!.elements.each(first!.ref, (member, score) => {
    for (const other of others) if (!Number.isNaN(isIn(other, member))) return;
    zset.gather(apart, member, score, aggregate);
  });
}

const handlerOf = (form: Form) => (session: Session, args: Args, reply: Reply) => answer(session, args, reply, form);

const SOURCE_KEYS = { flags: "RO access", keyNumber: { at: 0, firstKey: 1 } };
const READ_KEYS: readonly KeySpec[] = [{ ...SOURCE_KEYS, begin: 1 }];
const STORE_KEYS: readonly KeySpec[] = [
  { flags: "OW update", begin: 1 },
  { ...SOURCE_KEYS, begin: 2 },
];
const UNION_COMPLEXITY = "O(N)+O(M*log(M)) for N members in all, and M in the result.";
const INTER_COMPLEXITY = "O(N*K)+O(M*log(M)) for K sets, N members in the smallest, and M in the result.";
const DIFF_COMPLEXITY = "O(N*K)+O(M*log(M)) for K sets, N members in the first, and M in the result.";
const WEIGHED = "[WEIGHTS weight:integer...] [AGGREGATE aggregate(SUM|MIN|MAX)]";

export const combineCommands: readonly CommandSpec[] = [
  declare({
    name: "zunion",
    arity: -3,
    flags: ["readonly", "movablekeys"],
    keys: READ_KEYS,
    since: "6.2.0",
    complexity: UNION_COMPLEXITY,
    summary: "Answers the members that are in any of several sets.",
    syntax: `numkeys:integer key... ${WEIGHED} [WITHSCORES]`,
    handler: handlerOf({ name: "zunion", operation: UNION }),
  }),
  declare({
    name: "zinter",
    arity: -3,
    flags: ["readonly", "movablekeys"],
    keys: READ_KEYS,
    since: "6.2.0",
    complexity: INTER_COMPLEXITY,
    summary: "Answers the members that are in all of several sets.",
    syntax: `numkeys:integer key... ${WEIGHED} [WITHSCORES]`,
    handler: handlerOf({ name: "zinter", operation: INTER }),
  }),
  declare({
    name: "zintercard",
    arity: -3,
    flags: ["readonly", "movablekeys"],
    keys: READ_KEYS,
    since: "7.0.0",
    complexity: "O(N*K) for K sets, and N members in the smallest.",
    summary: "Answers how many members are in all of several sets.",
    syntax: "numkeys:integer key... [LIMIT limit:integer]",
    handler: handlerOf({ name: "zintercard", operation: INTER, counts: true }),
  }),
  declare({
    name: "zdiff",
    arity: -3,
    flags: ["readonly", "movablekeys"],
    keys: READ_KEYS,
    since: "6.2.0",
    complexity: DIFF_COMPLEXITY,
    summary: "Answers the members of the first set that are in none of the others.",
    syntax: "numkeys:integer key... [WITHSCORES]",
    handler: handlerOf({ name: "zdiff", operation: DIFF }),
  }),
  declare({
    name: "zunionstore",
    arity: -4,
    flags: ["write", "denyoom", "movablekeys"],
    keys: STORE_KEYS,
    since: "2.0.0",
    complexity: UNION_COMPLEXITY,
    summary: "Stores the members that are in any of several sets.",
    syntax: `destination:key numkeys:integer key... ${WEIGHED}`,
    handler: handlerOf({ name: "zunionstore", operation: UNION, stores: true }),
  }),
  declare({
    name: "zinterstore",
    arity: -4,
    flags: ["write", "denyoom", "movablekeys"],
    keys: STORE_KEYS,
    since: "2.0.0",
    complexity: INTER_COMPLEXITY,
    summary: "Stores the members that are in all of several sets.",
    syntax: `destination:key numkeys:integer key... ${WEIGHED}`,
    handler: handlerOf({ name: "zinterstore", operation: INTER, stores: true }),
  }),
  declare({
    name: "zdiffstore",
    arity: -4,
    flags: ["write", "denyoom", "movablekeys"],
    keys: STORE_KEYS,
    since: "6.2.0",
    complexity: DIFF_COMPLEXITY,
    summary: "Stores the members of the first set that are in none of the others.",
    syntax: "destination:key numkeys:integer key...",
    handler: handlerOf({ name: "zdiffstore", operation: DIFF, stores: true }),
  }),
];
