/**
 * Searching for members in an area: GEOSEARCH, GEOSEARCHSTORE and their older relatives, all by one function.
 *
 * What is found is collected in columns, an item per row, and sorted by moving the rows' numbers. The members' bytes stay
 * where they are, in the set; only numbers in a listpack are spelled out into bytes of their own.
 */
import * as geohash from "../../base/geohash.ts";
import { Region } from "../../base/region.ts";
import type { CommandSpec } from "../../command/command.ts";
import { checked } from "../../command/open-value.ts";
import type { Session } from "../../command/session.ts";
import * as events from "../../keyspace/events.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { ZSET } from "../../keyspace/value-type.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";
import { Element } from "../../struct/listpack.ts";
import { declare, replyCoordinate, replyDistance } from "./geo-args.ts";
import { type Form, Query } from "./geo-query.ts";
import { cover, distanceWithin, type Shape, setCover } from "./geo-shape.ts";
import { sortByDistance } from "./geo-sort.ts";
import * as zset from "./value.ts";

const ROWS_INITIAL = 1024;
/** Columns that a large result has blown up beyond this are given back. */
const ROWS_KEPT_MAX = 65_536;

// The columns of what was found: score and distance in meters, and where the member's bytes are.
let scores = new Float64Array(ROWS_INITIAL);
let distances = new Float64Array(ROWS_INITIAL);
let starts = new Int32Array(ROWS_INITIAL);
let lengths = new Int32Array(ROWS_INITIAL);
let regions: Region[] = [];
let found = 0;

/** How many results are enough. */
let enough = 0;

/** Collects the members of a set that lie in an area, at most `limit` of them. */
function collect(ref: Ref, shape: Shape, limit: number): void {
  found = 0;
  enough = limit;
  setCover(shape);
  const { step, count, columns, rows } = cover;
  for (let i = 0; i < count && found < limit; i++) {
    const min = geohash.firstHashIn(columns[i]!, rows[i]!, step);
    const max = geohash.hashBehind(columns[i]!, rows[i]!, step);
    zset.eachByScore(ref, { min, max, minExclusive: false, maxExclusive: true }, false, 0, -1, consider);
  }
}

/** Takes a member in, if it lies in the area. False when that is enough. */
function consider(member: Element, score: number): boolean {
  const distance = distanceWithin(score);
  if (distance === -1) return true;
  if (found === scores.length) enlarge();
  scores[found] = score;
  distances[found] = distance;
  starts[found] = member.start;
  lengths[found] = member.length;
  regions[found] = member.isInteger ? copyOf(member) : member.region;
  found++;
  return found < enough;
}

/** The digits of a number, which the next member would be spelled over. */
function copyOf(member: Element): Region {
  return new Region(member.region.bytes.slice(0, member.start + member.length));
}

function enlarge(): void {
  const length = scores.length * 2;
  scores = copied(scores, new Float64Array(length));
  distances = copied(distances, new Float64Array(length));
  starts = copied(starts, new Int32Array(length));
  lengths = copied(lengths, new Int32Array(length));
}

function copied<T extends Float64Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** Forgets the results. */
function release(): void {
  found = 0;
  regions = [];
  if (scores.length <= ROWS_KEPT_MAX) return;
  scores = new Float64Array(ROWS_INITIAL);
  distances = new Float64Array(ROWS_INITIAL);
  starts = new Int32Array(ROWS_INITIAL);
  lengths = new Int32Array(ROWS_INITIAL);
}

function search(session: Session, args: Args, reply: Reply, form: Form): void {
  const ref = keyspace.lookupRead(session.db, args, form.key);
  if (ref !== NIL && checked(ref, reply, ZSET) === NIL) return;
  const query = new Query();
  if (!query.read(args, form, ref, reply)) return;
  if (ref !== NIL) collect(ref, query.shape, query.any ? query.count : Number.POSITIVE_INFINITY);
  const wanted = query.count === 0 ? found : Math.min(query.count, found);
  const rows = rowsInOrder(query, wanted);
  if (query.target === 0) replyRows(reply, query, rows, wanted);
  else storeRows(session, args, reply, query, rows, wanted, form.fixed === undefined);
  release();
}

/** The numbers of the rows; those that are wanted are first, in their order. */
function rowsInOrder(query: Query, wanted: number): Int32Array {
  const rows = new Int32Array(found);
  for (let i = 0; i < found; i++) rows[i] = i;
  if (query.order !== "none") sortByDistance(rows, found, distances, wanted, query.order === "descending");
  return rows;
}

function replyRows(reply: Reply, query: Query, rows: Int32Array, wanted: number): void {
  const { withDistance, withHash, withPlace } = query;
  const parts = 1 + Number(withDistance) + Number(withHash) + Number(withPlace);
  reply.array(wanted);
  for (let i = 0; i < wanted; i++) {
    const row = rows[i]!;
    const score = scores[row]!;
    if (parts > 1) reply.array(parts);
    reply.bulk(regions[row]!, starts[row]!, lengths[row]!);
    if (withDistance) replyDistance(reply, distances[row]! / query.shape.unitMeters);
    if (withHash) replyHash(reply, score);
    if (!withPlace) continue;
    reply.array(2);
    replyCoordinate(reply, geohash.longitudeOf(score));
    replyCoordinate(reply, geohash.latitudeOf(score));
  }
}

/** Answers a score as an integer, as C's cast to 64 bits makes it one. */
function replyHash(reply: Reply, score: number): void {
  const whole = Math.trunc(score);
  if (Number.isSafeInteger(whole)) reply.integer(whole + 0);
  else reply.bigInteger(Math.abs(whole) < 2 ** 63 ? BigInt(whole) : -(2n ** 63n));
}

const stored = new Element();
const keepFirst = (held: number) => held;

/** Stores the rows that are wanted at the query's target; where there are none, the key is deleted. */
function storeRows(
  session: Session,
  args: Args,
  reply: Reply,
  query: Query,
  rows: Int32Array,
  wanted: number,
  isSearch: boolean,
): void {
  const { db } = session;
  if (wanted > 0) {
    const apart = zset.createApart(zset.TREE);
    for (let i = 0; i < wanted; i++) {
      const row = rows[i]!;
      const score = query.storesDistance ? distances[row]! / query.shape.unitMeters : scores[row]!;
      stored.point(regions[row]!, starts[row]!, lengths[row]!);
      zset.gather(apart, stored, score, keepFirst);
    }
    zset.rankGathered(apart);
    zset.toListpackIfSmall(apart);
    zset.settle(db, args, query.target, apart);
    events.changes.dirty += wanted - 1;
    events.changed(db, args, query.target, events.ZSET, isSearch ? "geosearchstore" : "georadiusstore");
  } else if (keyspace.remove(db, args, query.target)) {
    events.changed(db, args, query.target, events.GENERIC, "del");
  }
  reply.integer(wanted);
}

const GEOSEARCH: Form = { key: 1, stores: "never" };
const GEOSEARCHSTORE: Form = { key: 2, stores: "always" };
const GEORADIUS: Form = { fixed: "place", key: 1, stores: "maybe" };
const GEORADIUS_RO: Form = { fixed: "place", key: 1, stores: "never" };
const GEORADIUSBYMEMBER: Form = { fixed: "member", key: 1, stores: "maybe" };
const GEORADIUSBYMEMBER_RO: Form = { fixed: "member", key: 1, stores: "never" };

// BYPOLYGON is Valkey's (9.0); COMMAND DOCS describes what Redis has.
const AREA =
  "from(FROMMEMBER member|FROMLONLAT longitude_latitude(longitude:double latitude:double)) " +
  "by(circle(BYRADIUS radius:double unit(M|KM|FT|MI))|box(BYBOX width:double height:double unit(M|KM|FT|MI))) " +
  "[order(ASC|DESC)] [count(COUNT count:integer [ANY])]";
const WITH = "[WITHCOORD] [WITHDIST] [WITHHASH]";
const COUNT_AND_ORDER = "[count(COUNT count:integer [ANY])] [order(ASC|DESC)]";
const STORING = "[STORE key] [STOREDIST key]";
const COMPLEXITY = "O(N+log(M)), N the number of members in the cells around the area, M that of all members.";
const UPPER_CASE = ["7.0.0", "Units may be in upper case."] as const;
const ANY_COUNT = ["6.2.0", "Option `ANY` of `COUNT`."] as const;

/** The keys of GEORADIUS and GEORADIUSBYMEMBER; the options begin at argument `from`. */
const keysFrom = (from: number) => [
  { flags: "RO access", begin: 1 },
  { flags: "OW update", begin: "STORE", from },
  { flags: "OW update", begin: "STOREDIST", from },
];

export const geoSearchCommands: readonly CommandSpec[] = [
  declare({
    name: "geosearch",
    arity: -7,
    flags: ["readonly"],
    keyFlags: "RO access",
    since: "6.2.0",
    complexity: COMPLEXITY,
    summary: "Finds the members in a circle, a box or a polygon.",
    syntax: `key ${AREA} ${WITH}`,
    history: [UPPER_CASE],
    handler: (session, args, reply) => search(session, args, reply, GEOSEARCH),
  }),
  declare({
    name: "geosearchstore",
    arity: -8,
    flags: ["write", "denyoom"],
    keys: [
      { flags: "OW update", begin: 1 },
      { flags: "RO access", begin: 2 },
    ],
    since: "6.2.0",
    complexity: COMPLEXITY,
    summary: "Finds the members in a circle, a box or a polygon, and stores them at a key.",
    syntax: `destination:key source:key ${AREA} [STOREDIST]`,
    history: [UPPER_CASE],
    handler: (session, args, reply) => search(session, args, reply, GEOSEARCHSTORE),
  }),
  declare({
    name: "georadius",
    arity: -6,
    flags: ["write", "denyoom", "movablekeys"],
    keys: keysFrom(6),
    since: "3.2.0",
    complexity: COMPLEXITY,
    summary: "Finds the members in a circle around a place, and may store them.",
    syntax:
      `key longitude:double latitude:double radius:double unit(M|KM|FT|MI) ${WITH} ` +
      `[count(COUNT count:integer [ANY@6.2.0])] [order(ASC|DESC)] ${STORING}`,
    history: [ANY_COUNT, UPPER_CASE],
    deprecated: { since: "6.2.0", replacedBy: "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument" },
    handler: (session, args, reply) => search(session, args, reply, GEORADIUS),
  }),
  declare({
    name: "georadius_ro",
    arity: -6,
    flags: ["readonly"],
    keyFlags: "RO access",
    since: "3.2.10",
    complexity: COMPLEXITY,
    summary: "Finds the members in a circle around a place.",
    syntax:
      `key longitude:double latitude:double radius:double unit(M|KM|FT|MI) ${WITH} ` +
      "[count(COUNT count:integer [ANY@6.2.0])] [order(ASC|DESC)]",
    history: [ANY_COUNT],
    deprecated: { since: "6.2.0", replacedBy: "`GEOSEARCH` with the `BYRADIUS` argument" },
    handler: (session, args, reply) => search(session, args, reply, GEORADIUS_RO),
  }),
  declare({
    name: "georadiusbymember",
    arity: -5,
    flags: ["write", "denyoom", "movablekeys"],
    keys: keysFrom(5),
    elements: { first: 2 },
    since: "3.2.0",
    complexity: COMPLEXITY,
    summary: "Finds the members in a circle around one of them, and may store them.",
    syntax: `key member radius:double unit(M|KM|FT|MI) ${WITH} ${COUNT_AND_ORDER} ${STORING}`,
    history: [UPPER_CASE],
    deprecated: {
      since: "6.2.0",
      replacedBy: "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments",
    },
    handler: (session, args, reply) => search(session, args, reply, GEORADIUSBYMEMBER),
  }),
  declare({
    name: "georadiusbymember_ro",
    arity: -5,
    flags: ["readonly"],
    keyFlags: "RO access",
    elements: { first: 2 },
    since: "3.2.10",
    complexity: COMPLEXITY,
    summary: "Finds the members in a circle around one of them.",
    syntax: `key member radius:double unit(M|KM|FT|MI) ${WITH} ${COUNT_AND_ORDER}`,
    deprecated: { since: "6.2.0", replacedBy: "`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments" },
    handler: (session, args, reply) => search(session, args, reply, GEORADIUSBYMEMBER_RO),
  }),
];
