/**
 * Sorted sets as maps: members with places. The score of a member is the geohash of its place (base/geohash.ts), so a set
 * that GEOADD made is a sorted set like any other, and a place is only as exact as its cell: 0.6 m at the equator.
 *
 * This file has the commands about single places; the searches are in geo-search.ts.
 */
import * as geohash from "../../base/geohash.ts";
import type { CommandSpec } from "../../command/command.ts";
import { checked, openRead, replyNull } from "../../command/open-value.ts";
import { argument, argumentsFrom, bulkOf, instead } from "../../command/propagation.ts";
import type { Session } from "../../command/session.ts";
import * as events from "../../keyspace/events.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { ZSET } from "../../keyspace/value-type.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { SYNTAX } from "../../resp/errors.ts";
import type { Reply } from "../../resp/reply.ts";
import { declare, latitude, longitude, placeOrReply, replyCoordinate, replyDistance, unitOrReply } from "./geo-args.ts";
import { distanceBetween } from "./geo-shape.ts";
import * as zset from "./value.ts";

// Options of GEOADD, one bit each.
const NX = 1; // only new members
const XX = 2; // only those that exist
const CH = 4; // answer how many changed, rather than how many are new
const OPTIONS: readonly (readonly [word: string, bit: number])[] = [
  ["nx", NX],
  ["xx", XX],
  ["ch", CH],
];

/** The scores of a command, which are all worked out before the first one is used. It grows for the longest command. */
let scores = new Float64Array(256);

function geoadd(session: Session, args: Args, reply: Reply): void {
  let first = 2;
  let options = 0;
  for (let bit = optionAt(args, first); bit !== 0; bit = first < args.count ? optionAt(args, first) : 0) {
    options |= bit;
    first++;
  }
  if ((args.count - first) % 3 !== 0 || (options & (NX | XX)) === (NX | XX)) return reply.error(SYNTAX);
  const count = (args.count - first) / 3;
  if (count > scores.length) scores = new Float64Array(count * 2);
  for (let i = 0; i < count; i++) {
    if (!placeOrReply(args, first + 3 * i, reply)) return;
    scores[i] = geohash.hashOf(longitude, latitude);
  }
  if (count === 0) return reply.error(SYNTAX);
  const there = keyspace.lookupWrite(session.db, args, 1);
  if (there !== NIL && checked(there, reply, ZSET) === NIL) return;
  if (there === NIL && (options & XX) !== 0) return reply.zero();
  const ref = there === NIL ? zset.create(session.db, args, 1) : there;
  addAll(session, args, reply, ref, first, count, options);
}

function optionAt(args: Args, i: number): number {
  for (const [word, bit] of OPTIONS) if (args.is(i, word)) return bit;
  return 0;
}

/** Gives the members their `scores`; the first one is two arguments behind `first`. */
function addAll(
  session: Session,
  args: Args,
  reply: Reply,
  ref: Ref,
  first: number,
  count: number,
  options: number,
): void {
  let added = 0;
  let updated = 0;
  for (let i = 0; i < count; i++) {
    const at = first + 3 * i + 2;
    const score = scores[i]!;
    const old = zset.scoreOf(ref, args, at);
    if (Number.isNaN(old)) {
      if ((options & XX) !== 0) continue;
      zset.addNew(ref, args, at, score);
      added++;
    } else if ((options & NX) === 0 && old !== score) {
      zset.changeFound(ref, args, at, score);
      updated++;
    }
  }
  if (added + updated > 0) {
    events.changes.dirty += added + updated - 1;
    events.changed(session.db, args, 1, events.ZSET, "zadd");
    tellScores(args, first, count);
  }
  reply.integer((options & CH) !== 0 ? added + updated : added);
}

const ZADD = bulkOf("zadd");

/** Tells ZADD with the scores, and the options as they came, in place of the running command. */
function tellScores(args: Args, first: number, count: number): void {
  const out = instead(first + 2 * count);
  if (out === undefined) return;
  out.raw(ZADD);
  argumentsFrom(out, args, 1, first);
  for (let i = 0; i < count; i++) {
    out.bulkInteger(scores[i]!);
    argument(out, args, first + 3 * i + 2);
  }
}

function geodist(session: Session, args: Args, reply: Reply): void {
  const unitMeters = args.count === 5 ? unitOrReply(args, 4, reply) : 1;
  if (unitMeters === 0) return;
  if (args.count > 5) return reply.error(SYNTAX);
  const ref = openRead(session, args, reply, ZSET, replyNull);
  if (ref === NIL) return;
  const from = zset.scoreOf(ref, args, 2);
  const to = Number.isNaN(from) ? from : zset.scoreOf(ref, args, 3);
  if (Number.isNaN(to)) return reply.null();
  const meters = distanceBetween(
    geohash.longitudeOf(from),
    geohash.latitudeOf(from),
    geohash.longitudeOf(to),
    geohash.latitudeOf(to),
  );
  replyDistance(reply, meters / unitMeters);
}

/** Answers something about each of the members from argument 2 on. */
function eachMember(
  session: Session,
  args: Args,
  reply: Reply,
  tell: (reply: Reply, score: number) => void,
  absent: (reply: Reply) => void,
): void {
  const ref = keyspace.lookupRead(session.db, args, 1);
  if (ref !== NIL && checked(ref, reply, ZSET) === NIL) return;
  reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) {
    const score = ref === NIL ? Number.NaN : zset.scoreOf(ref, args, i);
    if (Number.isNaN(score)) absent(reply);
    else tell(reply, score);
  }
}

function tellText(reply: Reply, score: number): void {
  reply.bulkText(geohash.textOf(geohash.longitudeOf(score), geohash.latitudeOf(score)));
}

function tellPlace(reply: Reply, score: number): void {
  reply.array(2);
  replyCoordinate(reply, geohash.longitudeOf(score));
  replyCoordinate(reply, geohash.latitudeOf(score));
}

export const geoCommands: readonly CommandSpec[] = [
  declare({
    name: "geoadd",
    arity: -5,
    flags: ["write", "denyoom"],
    keyFlags: "RW update",
    elements: { first: 4, step: 3 },
    since: "3.2.0",
    complexity: "O(log(N)) for each member, in a set of N.",
    summary: "Gives members their places, and makes the sorted set where there is none.",
    syntax:
      "key [condition(NX|XX)@6.2.0] [change=CH@6.2.0] " +
      "longitude_latitude_member(longitude:double latitude:double member)...",
    history: [["6.2.0", "Understands `CH`, `NX` and `XX`."]],
    handler: geoadd,
  }),
  declare({
    name: "geodist",
    arity: -4,
    flags: ["readonly"],
    keyFlags: "RO access",
    elements: { first: 2, step: 1 },
    since: "3.2.0",
    complexity: "O(1)",
    summary: "Answers how far two members are apart.",
    syntax: "key member1 member2 [unit(M|KM|FT|MI)]",
    handler: geodist,
  }),
  declare({
    name: "geohash",
    arity: -2,
    flags: ["readonly"],
    keyFlags: "RO access",
    elements: { first: 2, step: 1 },
    since: "3.2.0",
    complexity: "O(N) for N members.",
    summary: "Answers the places of members as geohashes that people and other programs can read.",
    syntax: "key member...",
    handler: (session, args, reply) => eachMember(session, args, reply, tellText, (to) => to.null()),
  }),
  declare({
    name: "geopos",
    arity: -2,
    flags: ["readonly"],
    keyFlags: "RO access",
    elements: { first: 2, step: 1 },
    since: "3.2.0",
    complexity: "O(N) for N members.",
    summary: "Answers the places of members as longitudes and latitudes.",
    syntax: "key member...",
    handler: (session, args, reply) => eachMember(session, args, reply, tellPlace, (to) => to.nullArray()),
  }),
];
