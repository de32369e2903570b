/**
 * Walking through a hash in steps (HSCAN), and taking fields out of it by chance (HRANDFIELD).
 */
import { env } from "../../base/env.ts";
import * as int64 from "../../base/int64.ts";
import * as prng from "../../base/prng.ts";
import type { CommandSpec } from "../../command/command.ts";
import { replyElement, replyEmptyArray, replyNull } from "../../command/open-value.ts";
import { replyRepeated } from "../../command/repeated-reply.ts";
import { matches, parseCursor, parseOptions, replyScanned } from "../../command/scan-options.ts";
import type { Session } from "../../command/session.ts";
import { NIL } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { NOT_AN_INTEGER, SYNTAX } from "../../resp/errors.ts";
import type { Reply } from "../../resp/reply.ts";
import { declare, openRead } from "./access.ts";
import * as hash from "./value.ts";

const replyNothingScanned = (reply: Reply) => replyScanned(reply, reply.length, 0, 0);

function hscan(session: Session, args: Args, reply: Reply): void {
  const cursor = parseCursor(args, 2, reply);
  if (Number.isNaN(cursor)) return;
  const ref = openRead(session, args, reply, replyNothingScanned);
  if (ref === NIL) return;
  const options = parseOptions(args, 3, reply, { noValues: true });
  if (options === undefined) return;
  const mark = reply.length;
  let items = 0;
  const next = hash.scan(ref, cursor, options.count, (name, value) => {
    if (!matches(args, options, name.region.bytes, name.start, name.start + name.length)) return;
    replyElement(reply, name);
    items++;
    if (options.noValues) return;
    replyElement(reply, value);
    items++;
  });
  replyScanned(reply, mark, next, items);
}

const COUNT_OUT_OF_RANGE = `ERR value is out of range, value must between ${-int64.MAX} and ${int64.MAX}`;
/** With values there are twice as many to answer. */
const COUNT_WITH_VALUES_MAX = int64.MAX / 2n;
const COUNT_WITH_VALUES_OUT_OF_RANGE = "ERR value is out of range";

function hrandfield(session: Session, args: Args, reply: Reply): void {
  const state = prng.create(env.random32());
  const below = (n: number) => prng.below(state, n);
  if (args.count === 2) {
    const ref = openRead(session, args, reply, replyNull, true);
    if (ref !== NIL) hash.pick(ref, below, (name) => replyElement(reply, name));
    return;
  }
  const count = int64.parseBig(args.bytes, args.start(2), args.end(2));
  if (count === undefined) return reply.error(NOT_AN_INTEGER);
  if (count === int64.MIN) return reply.error(COUNT_OUT_OF_RANGE);
  const withValues = args.count === 4 && args.is(3, "withvalues");
  if (args.count > 3 && !withValues) return reply.error(SYNTAX);
  if (withValues && (count > COUNT_WITH_VALUES_MAX || count < -COUNT_WITH_VALUES_MAX)) {
    return reply.error(COUNT_WITH_VALUES_OUT_OF_RANGE);
  }
  const ref = openRead(session, args, reply, replyEmptyArray, true);
  if (ref === NIL) return;

  const there = hash.shown(ref);
  const different = Math.min(Number(count), there);
  const nested = withValues && reply.protocol === 3;
  const header = (items: number) => reply.array(withValues && !nested ? items * 2 : items);
  const visit: hash.Visit = (name, value) => {
    if (nested) reply.array(2);
    replyElement(reply, name);
    if (withValues) replyElement(reply, value);
  };
  if (count < 0n) {
    const times = Number(-count);
    replyRepeated(
      reply,
      times,
      () => header(times),
      () => hash.pick(ref, below, visit),
    );
    return;
  }
  header(different);
  if (different === there) hash.eachShown(ref, visit);
  else hash.sample(ref, different, below, visit);
}

export const scanCommands: readonly CommandSpec[] = [
  declare({
    name: "hscan",
    arity: -3,
    flags: ["readonly"],
    keyFlags: "RO access",
    tips: ["nondeterministic_output"],
    since: "2.8.0",
    complexity: "O(1) a call; O(N) for the calls that visit all of N fields.",
    summary: "Visits the fields of a hash and their values, a few with each call.",
    // NOVALUES (Redis 7.4) is understood too, but Redis 7.0 does not document it.
    syntax: "key cursor:integer [MATCH pattern] [COUNT count:integer]",
    handler: hscan,
  }),
  declare({
    name: "hrandfield",
    arity: -2,
    flags: ["readonly"],
    keyFlags: "RO access",
    tips: ["nondeterministic_output"],
    since: "6.2.0",
    complexity: "O(N) for N fields answered.",
    summary: "Answers fields chosen by chance.",
    syntax: "key [options(count:integer [WITHVALUES])]",
    handler: hrandfield,
  }),
];
