/**
 * Reading lists: LLEN, LINDEX, LRANGE, LPOS. None of them changes anything.
 */
import * as int64 from "../../base/int64.ts";
import type { CommandSpec } from "../../command/command.ts";
import { checked, openRead, replyElement, replyEmptyArray, replyNull, replyZero } from "../../command/open-value.ts";
import type { Session } from "../../command/session.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { LIST } from "../../keyspace/value-type.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { SYNTAX } from "../../resp/errors.ts";
import { integerFromOrReply, integerOrReply } from "../../resp/integer-args.ts";
import type { Reply } from "../../resp/reply.ts";
import { declare, indexOrReply } from "./access.ts";
import { eachMatch, eachMatchBack } from "./search.ts";
import * as list from "./value.ts";

const RANK_ZERO =
  "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list";
const COUNT_NEGATIVE = "ERR COUNT can't be negative";
const MAXLEN_NEGATIVE = "ERR MAXLEN can't be negative";

function llen(session: Session, args: Args, reply: Reply): void {
  const ref = openRead(session, args, reply, LIST, replyZero);
  if (ref !== NIL) reply.integer(list.length(ref));
}

function lindex(session: Session, args: Args, reply: Reply): void {
  const ref = openRead(session, args, reply, LIST, replyNull);
  if (ref === NIL) return;
  const asked = indexOrReply(args, 2, reply);
  if (Number.isNaN(asked)) return;
  const length = list.length(ref);
  const index = asked < 0 ? asked + length : asked;
  if (index < 0 || index >= length) return reply.null();
  list.readAt(ref, index, list.found);
  replyElement(reply, list.found);
}

function lrange(session: Session, args: Args, reply: Reply): void {
  const from = indexOrReply(args, 2, reply);
  if (Number.isNaN(from)) return;
  const to = indexOrReply(args, 3, reply);
  if (Number.isNaN(to)) return;
  const ref = openRead(session, args, reply, LIST, replyEmptyArray);
  if (ref === NIL) return;
  const length = list.length(ref);
  const first = Math.max(0, from < 0 ? from + length : from);
  const last = Math.min(length - 1, to < 0 ? to + length : to);
  if (first > last) return reply.array(0);
  reply.array(last - first + 1);
  list.replyRange(ref, first, last - first + 1, false, reply);
}

/** What LPOS is asked for. */
class Search {
  /** Which match is the first that counts; negative: from the last element on. */
  rank: number | bigint = 1;
  /** Matches wanted; -1 without COUNT, which is one, and not in an array. */
  count = -1;
  /** Elements to look at. */
  limit = Number.POSITIVE_INFINITY;
}

function lpos(session: Session, args: Args, reply: Reply): void {
  const search = parseSearch(args, reply);
  if (search === undefined) return;
  const ref = keyspace.lookupRead(session.db, args, 1);
  if (ref === NIL) return search.count === -1 ? reply.null() : reply.array(0);
  if (checked(ref, reply, LIST) === NIL) return;
  const mark = reply.length;
  const found = replyMatches(ref, args, search, reply);
  if (search.count !== -1) reply.arrayAt(mark, found);
  else if (found === 0) reply.null();
}

/** Answers the indexes of the matches; returns how many those are. */
function replyMatches(ref: Ref, args: Args, search: Search, reply: Reply): number {
  // The lowest integer has no positive counterpart: in Redis it stands for all matches from the last one on.
  const isLowest = search.rank === int64.MIN;
  const skipped = isLowest ? 0 : Math.abs(Number(search.rank)) - 1;
  const isEndless = search.count === 0 || isLowest;
  const wanted = search.count === -1 ? 1 : isEndless ? Number.POSITIVE_INFINITY : search.count;
  let matches = 0;
  const each = search.rank < 0 ? eachMatchBack : eachMatch;
  each(ref, search.limit, args.region, args.start(2), args.end(2), (index) => {
    matches++;
    if (matches > skipped) reply.integer(index);
    return matches - skipped < wanted;
  });
  return Math.max(0, matches - skipped);
}

function parseSearch(args: Args, reply: Reply): Search | undefined {
  const search = new Search();
  for (let i = 3; i < args.count; i += 2) {
    const hasValue = i + 1 < args.count;
    if (hasValue && args.is(i, "rank")) {
      if (!parseRank(args, i + 1, search, reply)) return undefined;
    } else if (hasValue && args.is(i, "count")) {
      search.count = integerFromOrReply(args, i + 1, 0, COUNT_NEGATIVE, reply);
      if (Number.isNaN(search.count)) return undefined;
    } else if (hasValue && args.is(i, "maxlen")) {
      const limit = integerFromOrReply(args, i + 1, 0, MAXLEN_NEGATIVE, reply);
      if (Number.isNaN(limit)) return undefined;
      search.limit = limit === 0 ? Number.POSITIVE_INFINITY : limit;
    } else {
      reply.error(SYNTAX);
      return undefined;
    }
  }
  return search;
}

function parseRank(args: Args, i: number, search: Search, reply: Reply): boolean {
  const rank = integerOrReply(args, i, reply);
  if (rank === undefined) return false;
  if (rank === 0) {
    reply.error(RANK_ZERO);
    return false;
  }
  search.rank = rank;
  return true;
}

export const readCommands: readonly CommandSpec[] = [
  declare({
    name: "llen",
    arity: 2,
    flags: ["readonly", "fast"],
    keyFlags: "RO",
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Answers how many elements a list has.",
    syntax: "key",
    handler: llen,
  }),
  declare({
    name: "lindex",
    arity: 3,
    flags: ["readonly"],
    keyFlags: "RO access",
    since: "1.0.0",
    complexity: "O(log(N)) for a list of N elements.",
    summary: "Answers the element at an index.",
    syntax: "key index:integer",
    handler: lindex,
  }),
  declare({
    name: "lrange",
    arity: 4,
    flags: ["readonly"],
    keyFlags: "RO access",
    since: "1.0.0",
    complexity: "O(log(N)+M) for a list of N elements and a range of M.",
    summary: "Answers the elements between two indexes, both included.",
    syntax: "key start:integer stop:integer",
    handler: lrange,
  }),
  declare({
    name: "lpos",
    arity: -3,
    flags: ["readonly"],
    keyFlags: "RO access",
    since: "6.0.6",
    complexity: "O(N) for N elements looked at.",
    summary: "Answers the indexes of elements that are equal to a text.",
    syntax: "key element [RANK rank:integer] [COUNT num-matches:integer] [MAXLEN len:integer]",
    handler: lpos,
  }),
];
