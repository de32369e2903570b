/**
 * Members chosen by chance: SRANDMEMBER answers them, SPOP takes them out as well.
 */
import { env } from "../../base/env.ts";
import * as int64 from "../../base/int64.ts";
import * as prng from "../../base/prng.ts";
import type { CommandSpec } from "../../command/command.ts";
import {
  openRead,
  openWrite,
  replyElement,
  replyEmptyArray,
  replyEmptySet,
  replyNull,
} from "../../command/open-value.ts";
import { argument, bulkOf, DEL, instead, insteadOnKey } from "../../command/propagation.ts";
import { replyRepeated } from "../../command/repeated-reply.ts";
import type { Session } from "../../command/session.ts";
import * as events from "../../keyspace/events.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { elementsRemoved } from "../../keyspace/removal.ts";
import { SET } from "../../keyspace/value-type.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { NOT_AN_INTEGER, NOT_POSITIVE, SYNTAX } from "../../resp/errors.ts";
import type { Reply } from "../../resp/reply.ts";
import type { Element } from "../../struct/listpack.ts";
import { declare } from "./access.ts";
import { answerSet } from "./answer.ts";
import * as set from "./value.ts";

const chance = prng.create(env.random32());
const below = (n: number) => prng.below(chance, n);

const OUT_OF_RANGE = `ERR value is out of range, value must between ${-int64.MAX} and ${int64.MAX}`;

function srandmember(session: Session, args: Args, reply: Reply): void {
  if (args.count === 2) {
    const ref = openRead(session, args, reply, SET, replyNull);
    if (ref !== NIL) set.pick(ref, below, (member) => replyElement(reply, member));
    return;
  }
  if (args.count > 3) return reply.error(SYNTAX);
  const count = int64.parseBig(args.bytes, args.start(2), args.end(2));
  if (count === undefined) return reply.error(NOT_AN_INTEGER);
  if (count === int64.MIN) return reply.error(OUT_OF_RANGE);
  const ref = openRead(session, args, reply, SET, replyEmptyArray);
  if (ref === NIL) return;

  const there = set.length(ref);
  const write: set.Visit = (member) => replyElement(reply, member);
  if (count < 0n) {
    const times = Number(-count);
    replyRepeated(
      reply,
      times,
      () => reply.array(times),
      () => set.pick(ref, below, write),
    );
    return;
  }
  const different = Math.min(Number(count), there);
  reply.array(different);
  if (different === there) set.each(ref, write);
  else set.sample(ref, different, below, write);
}

function spop(session: Session, args: Args, reply: Reply): void {
  if (args.count === 3) return spopMany(session, args, reply);
  if (args.count > 3) return reply.error(SYNTAX);
  const ref = openWrite(session, args, reply, SET, replyNull);
  if (ref === NIL) return;
  set.take(ref, below, (member) => replyAndTell(args, reply, member));
  popped(session, args, 1, set.length(ref) === 0);
}

const SREM = bulkOf("SREM");

/** Answers a member that was chosen to go, and tells that it goes. */
function replyAndTell(args: Args, reply: Reply, member: Element): void {
  replyElement(reply, member);
  const out = instead(3);
  if (out === undefined) return;
  out.raw(SREM);
  argument(out, args, 1);
  replyElement(out, member);
}

/** What follows from taking `count` members out: the key goes with the last. */
function popped(session: Session, args: Args, count: number, isEmpty: boolean): void {
  elementsRemoved(session.db, args, 1, count, isEmpty, events.SET, "spop");
}

/** From so many members taken for one that stays, those that stay move to another set: cheaper, and so Redis does it. */
const MOVED_PER_LEFT = 5;

function spopMany(session: Session, args: Args, reply: Reply): void {
  const asked = int64.parseBig(args.bytes, args.start(2), args.end(2));
  if (asked === undefined || asked < 0n) return reply.error(NOT_POSITIVE);
  const ref = openWrite(session, args, reply, SET, replyEmptySet);
  if (ref === NIL) return;
  if (asked === 0n) return reply.set(0);
  const there = set.length(ref);
  const count = Math.min(Number(asked), there);
  if (count === there) {
    // Redis answers this case as SUNION would, and counts it as a read.
    keyspace.lookupRead(session.db, args, 1);
    answerSet(reply, (visit) => set.each(ref, visit));
    insteadOnKey(DEL, args, 1);
  } else {
    reply.set(count);
    if ((there - count) * MOVED_PER_LEFT <= count) keepFew(ref, count, args, reply);
    else for (let left = count; left > 0; left--) set.take(ref, below, (member) => replyAndTell(args, reply, member));
  }
  popped(session, args, count, count === there);
}

/** Answers `count` members; the others become the set, whose encoding is then theirs. */
function keepFew(ref: Ref, count: number, args: Args, reply: Reply): void {
  const kept = set.createNameless();
  const left = set.length(ref) - count;
  set.split(
    ref,
    count,
    below,
    (member) => replyAndTell(args, reply, member),
    (member, hash) => set.append(kept, member, hash, left),
  );
  set.exchange(ref, kept);
}

export const randomCommands: readonly CommandSpec[] = [
  declare({
    name: "srandmember",
    arity: -2,
    flags: ["readonly"],
    keyFlags: "RO access",
    tips: ["nondeterministic_output"],
    since: "1.0.0",
    complexity: "O(N) for N members answered.",
    summary: "Answers members chosen by chance.",
    syntax: "key [count:integer@2.6.0]",
    history: [["2.6.0", "Takes a count."]],
    handler: srandmember,
  }),
  declare({
    name: "spop",
    arity: -2,
    flags: ["write", "fast"],
    keyFlags: "RW access delete",
    tips: ["nondeterministic_output"],
    since: "1.0.0",
    complexity: "O(N) for N members taken.",
    summary: "Takes members chosen by chance out of a set, and answers them.",
    syntax: "key [count:integer@3.2.0]",
    history: [["3.2.0", "Takes a count."]],
    handler: spop,
  }),
];
