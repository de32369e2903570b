/**
 * Geohashes: a place on earth as one number. Longitude and latitude are halved 26 times each, and each halving gives one bit,
 * those of the longitude in front of those of the latitude:
 *
 *     bit 51                                  bit 0
 *         lon lat lon lat lon lat …  lon lat           which is exact in a double
 *
 * With fewer halvings (`step`), the same bits name larger cells: a grid of 2^step columns and rows. A cell is its column
 * (counted from west) and its row (from south). What lies in it has a range of hashes without gaps.
 *
 * The maps of the web end at a latitude of 85 degrees, and so does the grid. The very last longitude and latitude fall
 * into a column and a row that do not exist any more (2^step), and their hashes have more than 52 bits.
 */

export const LONGITUDE_MAX = 180;
export const LATITUDE_MAX = 85.05112878;
export const STEP_MAX = 26;

const HALF = 2 ** 32;
const INT64_LIMIT = 2 ** 63;
const SIGN = 0x80000000 | 0;

/** Puts a zero in front of each of the lower 16 bits. */
function spread(bits: number): number {
  let x = bits & 0xffff;
  x = (x | (x << 8)) & 0x00ff00ff;
  x = (x | (x << 4)) & 0x0f0f0f0f;
  x = (x | (x << 2)) & 0x33333333;
  return (x | (x << 1)) & 0x55555555;
}

/** Every other bit of 32, from the lowest one on. */
function squeeze(bits: number): number {
  let x = bits & 0x55555555;
  x = (x | (x >>> 1)) & 0x33333333;
  x = (x | (x >>> 2)) & 0x0f0f0f0f;
  x = (x | (x >>> 4)) & 0x00ff00ff;
  return (x | (x >>> 8)) & 0xffff;
}

const lowBits = (column: number, row: number) => (spread(row) | (spread(column) << 1)) >>> 0;
const highBits = (column: number, row: number) => (spread(row >>> 16) | (spread(column >>> 16) << 1)) >>> 0;

/** The column of a longitude in a grid of 2^step. */
export function columnOf(longitude: number, step: number): number {
  return Math.floor(((longitude + LONGITUDE_MAX) / (LONGITUDE_MAX + LONGITUDE_MAX)) * 2 ** step);
}

/** The row of a latitude in a grid of 2^step. */
export function rowOf(latitude: number, step: number): number {
  return Math.floor(((latitude + LATITUDE_MAX) / (LATITUDE_MAX + LATITUDE_MAX)) * 2 ** step);
}

/** The hash of a place. */
export function hashOf(longitude: number, latitude: number): number {
  return firstHashIn(columnOf(longitude, STEP_MAX), rowOf(latitude, STEP_MAX), STEP_MAX);
}

/** The lowest hash in a cell. */
export function firstHashIn(column: number, row: number, step: number): number {
  return (highBits(column, row) * HALF + lowBits(column, row)) * 4 ** (STEP_MAX - step);
}

/** The lowest hash above those in a cell. */
export function hashBehind(column: number, row: number, step: number): number {
  return (highBits(column, row) * HALF + (lowBits(column, row) + 1)) * 4 ** (STEP_MAX - step);
}

/** Longitude of the western edge of a column. */
export function westOf(column: number, step: number): number {
  return -LONGITUDE_MAX + (column / 2 ** step) * (LONGITUDE_MAX + LONGITUDE_MAX);
}

/** Latitude of the southern edge of a row. */
export function southOf(row: number, step: number): number {
  return -LATITUDE_MAX + (row / 2 ** step) * (LATITUDE_MAX + LATITUDE_MAX);
}

// The halves of the hash that `split` has cut last, and that hash.
let low = 0;
let high = 0;
let whole = Number.NaN;

/**
 * Cuts a hash into 32-bit halves. It may be any double, since any score of a sorted set is taken for a hash: it is cast to
 * 64 bits as x86 does that, where fractions go, negative numbers wrap around, and what is too large is 0.
 */
function split(hash: number): void {
  if (hash === whole) return;
  whole = hash;
  if (hash >= 0 && hash < 2 ** 53) {
    high = Math.floor(hash / HALF);
    // Moved into the range of signed integers, for other doubles are slow to convert.
    low = ((Math.floor(hash) - high * HALF - SIGN) | 0) ^ SIGN;
    return;
  }
  const isTooLow = hash < -INT64_LIMIT;
  const inRange = !isTooLow && hash < 2 * INT64_LIMIT;
  low = inRange ? hash | 0 : 0;
  high = inRange ? Math.floor(Math.trunc(hash) / HALF) | 0 : isTooLow ? SIGN : 0;
}

/** Longitude in the middle of the cell that a hash names. */
export function longitudeOf(hash: number): number {
  split(hash);
  // `>>> 0`: Redis counts columns and rows in 32 bits, which matters for hashes that are none.
  const column = (squeeze(low >>> 1) | (squeeze(high >>> 1) << 16)) >>> 0;
  const middle = (westOf(column, STEP_MAX) + westOf((column + 1) >>> 0, STEP_MAX)) / 2;
  return Math.max(-LONGITUDE_MAX, Math.min(LONGITUDE_MAX, middle));
}

/** Latitude in the middle of the cell that a hash names. */
export function latitudeOf(hash: number): number {
  split(hash);
  const row = (squeeze(low) | (squeeze(high) << 16)) >>> 0;
  const middle = (southOf(row, STEP_MAX) + southOf((row + 1) >>> 0, STEP_MAX)) / 2;
  return Math.max(-LATITUDE_MAX, Math.min(LATITUDE_MAX, middle));
}

const ALPHABET = "0123456789bcdefghjkmnpqrstuvwxyz";
const POLE = 90;
/** 52 bits make ten characters of five; the eleventh would need three bits more. */
const TEXT_BITS = 52;
const TEXT_LENGTH = 11;

/** The geohash as text, as everybody writes it: on a grid that reaches the poles. Its last character is always `0`. */
export function textOf(longitude: number, latitude: number): string {
  const column = columnOf(longitude, STEP_MAX);
  const row = Math.floor(((latitude + POLE) / (POLE + POLE)) * 2 ** STEP_MAX);
  const lower = lowBits(column, row);
  const upper = highBits(column, row);
  let text = "";
  for (let shift = TEXT_BITS - 5; shift > 0; shift -= 5) {
    const bits = shift < 32 ? (upper << (32 - shift)) | (lower >>> shift) : upper >>> (shift - 32);
    text += ALPHABET[bits & 31];
  }
  return text.padEnd(TEXT_LENGTH, "0");
}
