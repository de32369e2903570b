/**
 * Places, lengths and distances on the wire: how arguments spell them, and how they are answered.
 */
import { writeLatin1, ZERO } from "../../base/ascii.ts";
import * as double from "../../base/double.ts";
import { round } from "../../base/float-text.ts";
import { LATITUDE_MAX, LONGITUDE_MAX } from "../../base/geohash.ts";
import * as int64 from "../../base/int64.ts";
import * as longDouble from "../../base/long-double.ts";
import { declareFor } from "../../command/declare.ts";
import type { Args } from "../../resp/args.ts";
import { NOT_A_FLOAT } from "../../resp/errors.ts";
import type { Reply } from "../../resp/reply.ts";

const UNITS: readonly (readonly [name: string, meters: number])[] = [
  ["m", 1],
  ["km", 1000],
  ["ft", 0.3048],
  ["mi", 1609.34],
];

const BAD_UNIT = "ERR unsupported unit provided. please use M, KM, FT, MI";

/** What the declarations of these commands share. */
export const declare = declareFor("geo");

/** The number in argument `i`; NaN, which no argument is, after `error` was answered. */
export function doubleOrReply(args: Args, i: number, error: string, reply: Reply): number {
  const value = double.parse(args.bytes, args.start(i), args.end(i));
  if (value === undefined) reply.error(error);
  return value ?? Number.NaN;
}

// What `placeOrReply` read last.
export let longitude = 0;
export let latitude = 0;

/** Reads the longitude in argument `i` and the latitude behind it. False after a written error. */
export function placeOrReply(args: Args, i: number, reply: Reply): boolean {
  longitude = doubleOrReply(args, i, NOT_A_FLOAT, reply);
  if (Number.isNaN(longitude)) return false;
  latitude = doubleOrReply(args, i + 1, NOT_A_FLOAT, reply);
  if (Number.isNaN(latitude)) return false;
  if (Math.abs(longitude) <= LONGITUDE_MAX && Math.abs(latitude) <= LATITUDE_MAX) return true;
  reply.error(`ERR invalid longitude,latitude pair ${sixDigits(longitude)},${sixDigits(latitude)}`);
  return false;
}

/** A number with six digits behind the point, as C prints it with "%f": ties go to the even digit. */
function sixDigits(value: number): string {
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  const { mantissa, exponent } = longDouble.fromNumber(Math.abs(value));
  const scaled = round({ mantissa: mantissa * 1_000_000n, exponent }, Number.POSITIVE_INFINITY, 0);
  const digits = String(scaled.mantissa << BigInt(scaled.exponent)).padStart(7, "0");
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  return `${sign}${digits.slice(0, -6)}.${digits.slice(-6)}`;
}

/** Meters per unit that argument `i` names; 0 after a written error. */
export function unitOrReply(args: Args, i: number, reply: Reply): number {
  for (const [name, meters] of UNITS) if (args.is(i, name)) return meters;
  reply.error(BAD_UNIT);
  return 0;
}

/** Answers a text of a few ASCII characters as a bulk string. */
function replyText(reply: Reply, text: string): void {
  reply.reserve(text.length + 16);
  const { bytes } = reply;
  let at = writeLatin1(bytes, reply.length, "$");
  at = int64.write(bytes, at, text.length);
  at = writeLatin1(bytes, at, "\r\n");
  at = writeLatin1(bytes, at, text);
  reply.length = writeLatin1(bytes, at, "\r\n");
}

/** Answers a coordinate: 17 digits behind the point, without the zeros at the end. */
export function replyCoordinate(reply: Reply, degrees: number): void {
  const text = formatDegrees(degrees);
  if (reply.protocol === 2) replyText(reply, text);
  else reply.raw(Buffer.from(`,${text}\r\n`, "latin1"));
}

const EIGHT_DIGITS = 1e8;
const NINE_DIGITS = 1e9;
/** Bits that the fraction of a coordinate has at most, and where it is cut, so that products are exact doubles. */
const FRACTION = 2 ** 52;
const FIRST_CUT = 2 ** 26;
const SECOND_CUT = 2 ** 22;

/**
 * As `longDouble.format`, in a tenth of the time. The fraction of a coordinate has at most 52 bits: its upper and its lower
 * half are multiplied apart, first for 8 digits, then for 9 more, and no step rounds but the last.
 */
export function formatDegrees(degrees: number): string {
  const magnitude = Math.abs(degrees);
  const scaled = magnitude * FRACTION;
  if (!(magnitude < FIRST_CUT) || scaled !== Math.floor(scaled))
    return longDouble.format(longDouble.fromNumber(degrees));
  let whole = Math.floor(magnitude);
  const fraction = magnitude - whole;
  let upper = Math.floor(fraction * FIRST_CUT) / FIRST_CUT;
  let lower = fraction - upper;
  upper *= EIGHT_DIGITS;
  lower *= EIGHT_DIGITS;
  let first = Math.floor(upper);
  let rest = upper - first + lower;
  first += Math.floor(rest);
  rest -= Math.floor(rest);
  upper = Math.floor(rest * SECOND_CUT) / SECOND_CUT;
  lower = (rest - upper) * NINE_DIGITS;
  upper *= NINE_DIGITS;
  let second = Math.floor(upper);
  rest = upper - second + lower;
  second += Math.floor(rest);
  rest -= Math.floor(rest);
  if (rest > 0.5 || (rest === 0.5 && second % 2 === 1)) second++;
  if (second === NINE_DIGITS) {
    second = 0;
    first++;
  }
  if (first === EIGHT_DIGITS) {
    first = 0;
    whole++;
  }
  // A zero is never negative.
  const sign = degrees < 0 ? "-" : "";
  if (first === 0 && second === 0) return `${sign}${whole}`;
  // A digit in front keeps the zeros.
  let digits = String(EIGHT_DIGITS + first);
  if (second > 0) digits += String(NINE_DIGITS + second).slice(1);
  let end = digits.length;
  while (digits.charCodeAt(end - 1) === ZERO) end--;
  return `${sign}${whole}.${digits.slice(1, end)}`;
}

/** Answers a distance: four digits behind the point, ties to the even one. */
export function replyDistance(reply: Reply, distance: number): void {
  const scaled = distance * 10_000;
  let rounded = Math.floor(scaled);
  const rest = scaled - rounded;
  if (rest > 0.5 || (rest === 0.5 && rounded % 2 === 1)) rounded++;
  const digits = String(rounded).padStart(5, "0");
  replyText(reply, `${digits.slice(0, -4)}.${digits.slice(-4)}`);
}
