/**
 * What a search asks for: GEOSEARCH and GEORADIUS in their forms, read from their arguments.
 *
 * The set is looked up first, because FROMMEMBER needs it, and because its type is the first thing that is checked.
 */
import * as geohash from "../../base/geohash.ts";
import * as int64 from "../../base/int64.ts";
import type { Ref } from "../../mem/mem.ts";
import { NIL } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { SYNTAX } from "../../resp/errors.ts";
import { integerOrReply } from "../../resp/integer-args.ts";
import type { Reply } from "../../resp/reply.ts";
import { doubleOrReply, latitude, longitude, placeOrReply, unitOrReply } from "./geo-args.ts";
import { polygonOf, type Shape } from "./geo-shape.ts";
import * as zset from "./value.ts";

const BAD_MEMBER = "ERR could not decode requested zset member";
const BAD_RADIUS = "ERR need numeric radius";
const NEGATIVE_RADIUS = "ERR radius cannot be negative";
const BAD_WIDTH = "ERR need numeric width";
const BAD_HEIGHT = "ERR need numeric height";
const NEGATIVE_BOX = "ERR height or width cannot be negative";
const BAD_COUNT = "ERR COUNT must be > 0";
const ANY_WITHOUT_COUNT = "ERR the ANY argument requires COUNT argument";
const BAD_VERTICES = "ERR invalid number of vertices";
const FEW_VERTICES = "ERR GEOSEARCH BYPOLYGON must have at least 3 vertices";

const VERTICES_MIN = 3;
const INT_MAX = 2 ** 31 - 1;

/** How a command spells its search. */
export interface Form {
  /** Where center and radius have fixed places, the kind of center. */
  readonly fixed?: "place" | "member";
  /** The argument that is the set's key. */
  readonly key: number;
  /** Whether the command always stores (GEOSEARCHSTORE), may store (GEORADIUS), or never does. */
  readonly stores: "always" | "maybe" | "never";
}

export class Query {
  /** What is searched; means nothing when there is no set. */
  shape: Shape = { kind: "circle", longitude: 0, latitude: 0, unitMeters: 1, radius: 0 };
  withDistance = false;
  withHash = false;
  withPlace = false;
  order: "none" | "ascending" | "descending" = "none";
  /** 0 when all results are wanted. */
  count = 0;
  /** Any `count` of them will do. */
  any = false;
  /** The argument that is the key to store at; 0 when nothing is stored. */
  target = 0;
  storesDistance = false;

  // What GEOSEARCH was told.
  private fromMember = false;
  private fromPlace = false;
  private byRadius = false;
  private byBox = false;
  private byPolygon = false;
  private longitude = 0;
  private latitude = 0;
  private width = 0;
  private height = 0;
  private unitMeters = 1;
  private corners: number[] = [];

  /** Reads the arguments of a search in the set `ref`, or in none (NIL). False after a written error. */
  read(args: Args, form: Form, ref: Ref, reply: Reply): boolean {
    if (form.fixed === undefined) {
      if (form.stores === "always") this.target = 1;
      return this.readOptions(args, form.key + 1, form, ref, reply) && this.check(args, form, reply);
    }
    const radiusAt = form.fixed === "place" ? 4 : 3;
    if (form.fixed === "place") {
      if (!this.readPlace(args, 2, reply) || !this.readRadius(args, radiusAt, reply)) return false;
    } else if (ref !== NIL) {
      if (!this.readMember(args, 2, ref, reply) || !this.readRadius(args, radiusAt, reply)) return false;
    }
    return this.readOptions(args, radiusAt + 2, form, ref, reply) && this.check(args, form, reply);
  }

  private readOptions(args: Args, first: number, form: Form, ref: Ref, reply: Reply): boolean {
    for (let i = first; i !== args.count; ) {
      i = this.readOption(args, i, form, ref, reply);
      if (i === 0) return false;
    }
    return true;
  }

  /** Reads the option at argument `i`. The argument behind it, or 0 after a written error. */
  private readOption(args: Args, i: number, form: Form, ref: Ref, reply: Reply): number {
    const behind = args.count - i - 1;
    if (args.is(i, "withdist")) this.withDistance = true;
    else if (args.is(i, "withhash")) this.withHash = true;
    else if (args.is(i, "withcoord")) this.withPlace = true;
    else if (args.is(i, "any")) this.any = true;
    else if (args.is(i, "asc")) this.order = "ascending";
    else if (args.is(i, "desc")) this.order = "descending";
    else if (args.is(i, "count") && behind >= 1) return this.readCount(args, i + 1, reply) ? i + 2 : 0;
    else if (form.fixed === undefined) return this.readArea(args, i, form, ref, reply);
    else if (form.stores === "maybe" && behind >= 1 && (args.is(i, "store") || args.is(i, "storedist"))) {
      this.target = i + 1;
      this.storesDistance = args.is(i, "storedist");
      return i + 2;
    } else return refuse(reply, SYNTAX);
    return i + 1;
  }

  /** As `readOption`, for what only GEOSEARCH and GEOSEARCHSTORE understand. */
  private readArea(args: Args, i: number, form: Form, ref: Ref, reply: Reply): number {
    const behind = args.count - i - 1;
    const hasCenter = this.fromMember || this.fromPlace;
    if (args.is(i, "storedist") && form.stores === "always") {
      this.storesDistance = true;
      return i + 1;
    }
    if (args.is(i, "frommember") && behind >= 1 && !this.fromPlace && !this.byPolygon) {
      this.fromMember = true;
      return ref === NIL || this.readMember(args, i + 1, ref, reply) ? i + 2 : 0;
    }
    if (args.is(i, "fromlonlat") && behind >= 2 && !this.fromMember && !this.byPolygon) {
      this.fromPlace = true;
      return this.readPlace(args, i + 1, reply) ? i + 3 : 0;
    }
    if (args.is(i, "byradius") && behind >= 2 && !this.byBox && !this.byPolygon) {
      this.byRadius = true;
      return this.readRadius(args, i + 1, reply) ? i + 3 : 0;
    }
    if (args.is(i, "bybox") && behind >= 3 && !this.byRadius && !this.byPolygon) {
      this.byBox = true;
      return this.readBox(args, i + 1, reply) ? i + 4 : 0;
    }
    if (args.is(i, "bypolygon") && behind >= 2 && !this.byRadius && !this.byBox && !hasCenter) {
      this.byPolygon = true;
      return this.readPolygon(args, i + 1, reply);
    }
    return refuse(reply, SYNTAX);
  }

  private readCount(args: Args, i: number, reply: Reply): boolean {
    const count = integerOrReply(args, i, reply);
    if (count === undefined) return false;
    if (count <= 0) return deny(reply, BAD_COUNT);
    this.count = Number(count);
    return true;
  }

  private readMember(args: Args, i: number, ref: Ref, reply: Reply): boolean {
    const score = zset.scoreOf(ref, args, i);
    if (Number.isNaN(score)) return deny(reply, BAD_MEMBER);
    this.longitude = geohash.longitudeOf(score);
    this.latitude = geohash.latitudeOf(score);
    return true;
  }

  private readPlace(args: Args, i: number, reply: Reply): boolean {
    if (!placeOrReply(args, i, reply)) return false;
    this.longitude = longitude;
    this.latitude = latitude;
    return true;
  }

  private readRadius(args: Args, i: number, reply: Reply): boolean {
    this.width = doubleOrReply(args, i, BAD_RADIUS, reply);
    if (Number.isNaN(this.width)) return false;
    if (this.width < 0) return deny(reply, NEGATIVE_RADIUS);
    return this.readUnit(args, i + 1, reply);
  }

  private readBox(args: Args, i: number, reply: Reply): boolean {
    this.width = doubleOrReply(args, i, BAD_WIDTH, reply);
    if (Number.isNaN(this.width)) return false;
    this.height = doubleOrReply(args, i + 1, BAD_HEIGHT, reply);
    if (Number.isNaN(this.height)) return false;
    if (this.width < 0 || this.height < 0) return deny(reply, NEGATIVE_BOX);
    return this.readUnit(args, i + 2, reply);
  }

  private readUnit(args: Args, i: number, reply: Reply): boolean {
    this.unitMeters = unitOrReply(args, i, reply);
    return this.unitMeters !== 0;
  }

  /** Reads the number of corners and the corners. The argument behind them, or 0 after a written error. */
  private readPolygon(args: Args, i: number, reply: Reply): number {
    const vertices = int64.parseSafe(args.bytes, args.start(i), args.end(i));
    if (!(Math.abs(vertices) <= INT_MAX)) return refuse(reply, BAD_VERTICES);
    if (vertices < VERTICES_MIN || vertices > (args.count - i - 1) / 2) return refuse(reply, FEW_VERTICES);
    const end = i + 1 + 2 * vertices;
    for (let at = i + 1; at < end; at += 2) {
      if (!placeOrReply(args, at, reply)) return 0;
      this.corners.push(longitude, latitude);
    }
    return end;
  }

  /** Looks at everything together, and puts the shape together. False after a written error. */
  private check(args: Args, form: Form, reply: Reply): boolean {
    const isSearch = form.fixed === undefined;
    if (this.target !== 0 && (this.withDistance || this.withHash || this.withPlace)) {
      const what = isSearch ? "GEOSEARCHSTORE" : "STORE option in GEORADIUS";
      return deny(reply, `ERR ${what} is not compatible with WITHDIST, WITHHASH and WITHCOORD options`);
    }
    if (isSearch && !this.fromMember && !this.fromPlace && !this.byPolygon) {
      return deny(reply, `ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for ${args.cString(0)}`);
    }
    if (isSearch && !this.byRadius && !this.byBox && !this.byPolygon) {
      return deny(reply, `ERR exactly one of BYRADIUS and BYBOX can be specified for ${args.cString(0)}`);
    }
    if (this.any && this.count === 0) return deny(reply, ANY_WITHOUT_COUNT);
    // The nearest ones are wanted, unless any will do.
    if (this.count !== 0 && this.order === "none" && !this.any) this.order = "ascending";
    this.shape = this.shapeOf();
    return true;
  }

  private shapeOf(): Shape {
    const { longitude, latitude, unitMeters, width, height } = this;
    if (this.byPolygon) return polygonOf(this.corners);
    if (this.byBox) return { kind: "box", longitude, latitude, unitMeters, width, height };
    return { kind: "circle", longitude, latitude, unitMeters, radius: width };
  }
}

/** Answers an error, for those who say where they would go on. */
function refuse(reply: Reply, error: string): 0 {
  reply.error(error);
  return 0;
}

/** Answers an error, for those who say whether all is well. */
function deny(reply: Reply, error: string): false {
  reply.error(error);
  return false;
}
