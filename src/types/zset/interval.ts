/**
 * Ranges of scores (`1 (5`, `-inf +inf`) and of members (`[a (b`, `- +`), as arguments spell them.
 *
 * The ends of a range of scores go through C's strtod in Redis, and nothing else checks them: so spaces in front are
 * allowed, nothing at all is 0, what follows a NUL does not count, and too large is infinite.
 */
import { toLatin1 } from "../../base/ascii.ts";
import * as double from "../../base/double.ts";
import { DECIMAL, HEX, hexValue, scan } from "../../base/float-text.ts";
import { compare, type Region } from "../../base/region.ts";
import type { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";
import type { Element } from "../../struct/listpack.ts";

export interface ScoreRange {
  readonly min: number;
  readonly max: number;
  /** Whether the ends themselves are outside. */
  readonly minExclusive: boolean;
  readonly maxExclusive: boolean;
}

/** An end of a range of members: before all (-1) or after all (1) of them, or at some bytes (0). */
export interface MemberBound {
  readonly edge: -1 | 0 | 1;
  readonly region: Region;
  readonly start: number;
  readonly end: number;
  readonly isExclusive: boolean;
}

export interface MemberRange {
  readonly min: MemberBound;
  readonly max: MemberBound;
}

const NOT_A_SCORE = "ERR min or max is not a float";
const NOT_A_MEMBER = "ERR min or max not valid string range item";

const NUL = 0;
const OPEN = 40; // (
const CLOSED = 91; // [
const PLUS = 43;
const MINUS = 45;

/** The range between the arguments `min` and `max`; undefined after the error was answered. */
export function scoresOrReply(args: Args, min: number, max: number, reply: Reply): ScoreRange | undefined {
  const minExclusive = args.length(min) > 0 && args.bytes[args.start(min)] === OPEN;
  const maxExclusive = args.length(max) > 0 && args.bytes[args.start(max)] === OPEN;
  const low = parseEnd(args.bytes, args.start(min) + (minExclusive ? 1 : 0), args.end(min));
  const high = parseEnd(args.bytes, args.start(max) + (maxExclusive ? 1 : 0), args.end(max));
  if (Number.isNaN(low) || Number.isNaN(high)) {
    reply.error(NOT_A_SCORE);
    return undefined;
  }
  return { min: low, max: high, minExclusive, maxExclusive };
}

/** What strtod makes of the bytes up to the first NUL; NaN when it does not take them all. */
function parseEnd(bytes: Uint8Array, start: number, limit: number): number {
  let end = start;
  while (end < limit && bytes[end] !== NUL) end++;
  if (end === start) return 0;
  let first = start;
  while (first < end && isSpace(bytes[first]!)) first++;
  return double.parse(bytes, first, end) ?? parseExtreme(bytes, first, end);
}

const isSpace = (byte: number) => byte === 32 || (byte >= 9 && byte <= 13);

/** What is too large or too small for a double, and so refused elsewhere. */
function parseExtreme(bytes: Uint8Array, start: number, end: number): number {
  const scanned = scan(bytes, start, end);
  if (scanned.kind === DECIMAL) return Number(toLatin1(bytes, start, end));
  if (scanned.kind !== HEX) return Number.NaN;
  const magnitude = hexValue(bytes, scanned).exponent > 0 ? Number.POSITIVE_INFINITY : 0;
  return scanned.negative ? -magnitude : magnitude;
}

/** The range of members between the arguments `min` and `max`; undefined after the error was answered. */
export function membersOrReply(args: Args, min: number, max: number, reply: Reply): MemberRange | undefined {
  const low = parseBound(args, min);
  const high = parseBound(args, max);
  if (low !== undefined && high !== undefined) return { min: low, max: high };
  reply.error(NOT_A_MEMBER);
  return undefined;
}

function parseBound(args: Args, i: number): MemberBound | undefined {
  const { region, bytes } = args;
  const start = args.start(i);
  const end = args.end(i);
  const sign = start < end ? bytes[start] : NUL;
  if (sign === OPEN || sign === CLOSED) return { edge: 0, region, start: start + 1, end, isExclusive: sign === OPEN };
  if (sign !== PLUS && sign !== MINUS) return undefined;
  if (end - start > 1 && bytes[start + 1] !== NUL) return undefined;
  return { edge: sign === PLUS ? 1 : -1, region, start, end, isExclusive: true };
}

/** Whether the member is not below a range of members. */
export function memberIsFromMin(member: Element, { min }: MemberRange): boolean {
  const order = compareWith(member, min);
  return order > 0 || (order === 0 && !min.isExclusive);
}

/** Whether the member is not above a range of members. */
export function memberIsUpToMax(member: Element, { max }: MemberRange): boolean {
  const order = compareWith(member, max);
  return order < 0 || (order === 0 && !max.isExclusive);
}

function compareWith(member: Element, bound: MemberBound): number {
  if (bound.edge !== 0) return -bound.edge;
  return compare(member.region, member.start, member.start + member.length, bound.region, bound.start, bound.end);
}

/** Whether no member can be in the range, whatever there is. */
export function isEmptyRange({ min, max }: MemberRange): boolean {
  const isSameEdge = min.edge !== 0 && min.edge === max.edge;
  let order = min.edge - max.edge;
  if (min.edge === 0 && max.edge === 0) order = compare(min.region, min.start, min.end, max.region, max.start, max.end);
  return order > 0 || isSameEdge || (order === 0 && (min.isExclusive || max.isExclusive));
}
