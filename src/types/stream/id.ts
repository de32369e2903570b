/**
 * The ID of a stream's entry: two unsigned numbers of 64 bits, milliseconds and sequence, written `ms-seq`. Each is kept as
 * two halves of 32 bits, so that the whole range is exact and no BigInt is made for an ID.
 *
 *     in memory   u32 ms, upper half · u32 ms, lower · u32 sequence, upper · u32 sequence, lower
 *
 * In order of these words, IDs are ordered as numbers of 128 bits.
 */
import { toLatin1 } from "../../base/ascii.ts";
import * as int64 from "../../base/int64.ts";
import { Region } from "../../base/region.ts";
import { CHUNK_MASK, CHUNK_SHIFT, chunks, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";

/** 32-bit words that an ID takes in memory. */
export const ID_WORDS = 4;
export const ID_BYTES = 16;
/** The longest spelling: twice 2^64-1, and what is between. */
const TEXT_BYTES_MAX = 41;

const INVALID = "ERR Invalid stream ID specified as stream command argument";

const HALF = 2 ** 32;
const HALF_MAX = HALF - 1;
/** Upper halves below this make numbers that a double holds exactly. */
const SAFE_HIGH = 2 ** 21;
const U64_MAX = 2n ** 64n - 1n;

/** An ID in hand: reused, never stored. The halves are not negative. */
export class Id {
  msHigh = 0;
  msLow = 0;
  seqHigh = 0;
  seqLow = 0;

  set(msHigh: number, msLow: number, seqHigh: number, seqLow: number): this {
    this.msHigh = msHigh;
    this.msLow = msLow;
    this.seqHigh = seqHigh;
    this.seqLow = seqLow;
    return this;
  }

  copy(from: Id): this {
    return this.set(from.msHigh, from.msLow, from.seqHigh, from.seqLow);
  }

  setMin(): this {
    return this.set(0, 0, 0, 0);
  }

  setMax(): this {
    return this.set(HALF_MAX, HALF_MAX, HALF_MAX, HALF_MAX);
  }

  /** The first ID of a millisecond. */
  setTime(ms: number): this {
    const high = Math.floor(ms / HALF);
    return this.set(high, ms - high * HALF, 0, 0);
  }

  /** The milliseconds as one number: rounded where they are beyond every clock. */
  get ms(): number {
    return this.msHigh * HALF + this.msLow;
  }

  get isMin(): boolean {
    return this.msHigh === 0 && this.msLow === 0 && this.seqHigh === 0 && this.seqLow === 0;
  }

  get isMax(): boolean {
    return this.msHigh === HALF_MAX && this.msLow === HALF_MAX && this.seqHigh === HALF_MAX && this.seqLow === HALF_MAX;
  }

  /** Below 0, 0 or above 0, as this one is before, the same as or after the other. */
  compare(other: Id): number {
    if (this.msHigh !== other.msHigh) return this.msHigh - other.msHigh;
    if (this.msLow !== other.msLow) return this.msLow - other.msLow;
    if (this.seqHigh !== other.seqHigh) return this.seqHigh - other.seqHigh;
    return this.seqLow - other.seqLow;
  }

  /** As `compare`, with the ID at word `at` of a block. */
  compareAt(ref: Ref, at: number): number {
    const words = chunks[ref >>> CHUNK_SHIFT]!.words;
    const first = ((ref & CHUNK_MASK) << 1) + at;
    const msHigh = words[first]! >>> 0;
    if (this.msHigh !== msHigh) return this.msHigh - msHigh;
    const msLow = words[first + 1]! >>> 0;
    if (this.msLow !== msLow) return this.msLow - msLow;
    const seqHigh = words[first + 2]! >>> 0;
    if (this.seqHigh !== seqHigh) return this.seqHigh - seqHigh;
    return this.seqLow - (words[first + 3]! >>> 0);
  }

  /** Reads the ID at word `at` of a block. */
  read(ref: Ref, at: number): this {
    const words = chunks[ref >>> CHUNK_SHIFT]!.words;
    const first = ((ref & CHUNK_MASK) << 1) + at;
    this.msHigh = words[first]! >>> 0;
    this.msLow = words[first + 1]! >>> 0;
    this.seqHigh = words[first + 2]! >>> 0;
    this.seqLow = words[first + 3]! >>> 0;
    return this;
  }

  /** Writes the ID to word `at` of a block, which has been announced. */
  write(ref: Ref, at: number): void {
    const words = chunks[ref >>> CHUNK_SHIFT]!.words;
    const first = ((ref & CHUNK_MASK) << 1) + at;
    words[first] = this.msHigh;
    words[first + 1] = this.msLow;
    words[first + 2] = this.seqHigh;
    words[first + 3] = this.seqLow;
  }

  /** Makes it the next ID. False when it was the last one: then it is the first one now. */
  increment(): boolean {
    if (this.seqLow !== HALF_MAX) this.seqLow++;
    else if (this.seqHigh !== HALF_MAX) this.setSequence(this.seqHigh + 1, 0);
    else {
      this.setSequence(0, 0);
      if (this.msLow !== HALF_MAX) this.msLow++;
      else if (this.msHigh !== HALF_MAX) {
        this.msHigh++;
        this.msLow = 0;
      } else {
        this.setMin();
        return false;
      }
    }
    return true;
  }

  /** Makes it the ID before. False when it was the first one: then it is the last one now. */
  decrement(): boolean {
    if (this.seqLow !== 0) this.seqLow--;
    else if (this.seqHigh !== 0) this.setSequence(this.seqHigh - 1, HALF_MAX);
    else {
      this.setSequence(HALF_MAX, HALF_MAX);
      if (this.msLow !== 0) this.msLow--;
      else if (this.msHigh !== 0) {
        this.msHigh--;
        this.msLow = HALF_MAX;
      } else {
        this.setMax();
        return false;
      }
    }
    return true;
  }

  setSequence(high: number, low: number): void {
    this.seqHigh = high;
    this.seqLow = low;
  }

  get isLastOfItsMs(): boolean {
    return this.seqHigh === HALF_MAX && this.seqLow === HALF_MAX;
  }

  isSameMs(other: Id): boolean {
    return this.msHigh === other.msHigh && this.msLow === other.msLow;
  }

  /** Writes `ms`, `separator` and the sequence, and returns the offset behind them. */
  writeText(output: Uint8Array, at: number, separator: number): number {
    const behind = writeHalves(output, at, this.msHigh, this.msLow);
    output[behind] = separator;
    return writeHalves(output, behind + 1, this.seqHigh, this.seqLow);
  }
}

function writeHalves(output: Uint8Array, at: number, high: number, low: number): number {
  // Sequences are small.
  if (high === 0) return int64.write(output, at, low);
  if (high < SAFE_HIGH) return int64.write(output, at, high * HALF + low);
  const text = String((BigInt(high) << 32n) | BigInt(low));
  for (let i = 0; i < text.length; i++) output[at + i] = text.charCodeAt(i);
  return at + text.length;
}

// --- Reading arguments -----------------------------------------------------------------------------------------------

const MINUS = 45;
const PLUS = 43;
const STAR = 42;
const OPEN = 40;
const LENGTH_MAX = 127;

/** The halves of the number that `parseNumber` read. */
let high = 0;
let low = 0;

/** What Redis takes for a number here: as it prints one, or anything else that C reads whole as an unsigned number. */
function parseNumber(input: Uint8Array, start: number, end: number): boolean {
  const safe = int64.parseSafe(input, start, end);
  if (safe < 0) return false;
  if (!Number.isNaN(safe)) {
    high = Math.floor(safe / HALF);
    low = safe % HALF;
    return true;
  }
  const text = toLatin1(input, start, end);
  const spelled = /^[ \t-\r]*([+-]?)(\d+)$/.exec(text);
  if (spelled === null) return false;
  // "-5" is a number that is too small; " -5" and "-05" are left to C, which lets them wrap around.
  if (spelled[1] === "-" && int64.parseBig(input, start, end) !== undefined) return false;
  const magnitude = BigInt(spelled[2]!);
  if (magnitude > U64_MAX) return false;
  const value = BigInt.asUintN(64, spelled[1] === "-" ? -magnitude : magnitude);
  high = Number(value >> 32n);
  low = Number(value & 0xffffffffn);
  return true;
}

/** Whether the ID that `newIdOrReply` read was `ms-*`. */
export let isAnySequence = false;

/** How an ID without a sequence is completed. */
export type Missing = "first" | "last";

/**
 * Reads the ID that the bytes spell into `id`, up to the first NUL, as C does; `-` and `+` are the first and the last ID
 * unless `isStrict`. False when they spell none.
 */
function parse(
  input: Uint8Array,
  start: number,
  end: number,
  id: Id,
  missing: Missing,
  isStrict: boolean,
  takesAny = false,
): boolean {
  isAnySequence = false;
  if (end - start > LENGTH_MAX) return false;
  let stop = start;
  let dash = -1;
  for (; stop < end && input[stop] !== 0; stop++) if (dash < 0 && input[stop] === MINUS) dash = stop;
  if (stop - start === 1 && (input[start] === MINUS || input[start] === PLUS)) {
    if (isStrict) return false;
    if (input[start] === MINUS) id.setMin();
    else id.setMax();
    return true;
  }
  if (!parseNumber(input, start, dash < 0 ? stop : dash)) return false;
  const msHigh = high;
  const msLow = low;
  if (dash < 0) {
    const half = missing === "first" ? 0 : HALF_MAX;
    id.set(msHigh, msLow, half, half);
    return true;
  }
  if (takesAny && stop - dash === 2 && input[dash + 1] === STAR) {
    isAnySequence = true;
    id.set(msHigh, msLow, 0, 0);
    return true;
  }
  if (!parseNumber(input, dash + 1, stop)) return false;
  id.set(msHigh, msLow, high, low);
  return true;
}

/** Reads argument `i`, which must spell an ID; a missing sequence is 0. */
export function isId(args: Args, i: number, id: Id): boolean {
  return parse(args.bytes, args.start(i), args.end(i), id, "first", true);
}

/** As `isId`; answers an error and returns false when it is none. */
export function idOrReply(args: Args, i: number, id: Id, reply: Reply): boolean {
  return isId(args, i, id) || refuse(reply);
}

/** As `idOrReply`, and `-` and `+` are IDs, too. */
export function anyIdOrReply(args: Args, i: number, id: Id, reply: Reply): boolean {
  return parse(args.bytes, args.start(i), args.end(i), id, "first", false) || refuse(reply);
}

/** As `idOrReply`, for the ID of a new entry: `ms-*` is one, too, and sets `isAnySequence`. */
export function newIdOrReply(args: Args, i: number, id: Id, reply: Reply): boolean {
  return parse(args.bytes, args.start(i), args.end(i), id, "first", true, true) || refuse(reply);
}

/** Reads the first ID of a range from argument `i`: `(` before it leaves it out. */
export function rangeStartOrReply(args: Args, i: number, id: Id, reply: Reply): boolean {
  const isOpen = boundOrReply(args, i, id, "first", reply);
  if (isOpen === undefined) return false;
  if (!isOpen || id.increment()) return true;
  reply.error("ERR invalid start ID for the interval");
  return false;
}

/** Reads the last ID of a range from argument `i`: `(` before it leaves it out. */
export function rangeEndOrReply(args: Args, i: number, id: Id, reply: Reply): boolean {
  const isOpen = boundOrReply(args, i, id, "last", reply);
  if (isOpen === undefined) return false;
  if (!isOpen || id.decrement()) return true;
  reply.error("ERR invalid end ID for the interval");
  return false;
}

/** Reads a bound; whether it was open, or undefined after an error. */
function boundOrReply(args: Args, i: number, id: Id, missing: Missing, reply: Reply): boolean | undefined {
  const start = args.start(i);
  const isOpen = args.length(i) > 1 && args.bytes[start] === OPEN;
  if (parse(args.bytes, isOpen ? start + 1 : start, args.end(i), id, missing, isOpen)) return isOpen;
  refuse(reply);
  return undefined;
}

function refuse(reply: Reply): false {
  reply.error(INVALID);
  return false;
}

// --- Answering -------------------------------------------------------------------------------------------------------

const spelled = new Region(new Uint8Array(TEXT_BYTES_MAX));
/** The milliseconds that are spelled there, and where the sequence begins; nothing is yet. */
let spelledHigh = -1;
let spelledLow = 0;
let sequenceAt = 0;

/**
 * Spells an ID from the first byte of `spelled` on, and returns its length. IDs that are answered one after the other often
 * have the milliseconds in common, the long part: these are spelled once.
 */
function spell(id: Id): number {
  const output = spelled.bytes;
  if (id.msLow !== spelledLow || id.msHigh !== spelledHigh) {
    spelledHigh = id.msHigh;
    spelledLow = id.msLow;
    sequenceAt = writeHalves(output, 0, spelledHigh, spelledLow) + 1;
    output[sequenceAt - 1] = MINUS;
  }
  return writeHalves(output, sequenceAt, id.seqHigh, id.seqLow);
}

/** Answers an ID, as a bulk string. */
export function replyId(reply: Reply, id: Id): void {
  reply.bulk(spelled, 0, spell(id));
}

/** The ID as people write it. For cold paths. */
export function textOf(id: Id): string {
  return toLatin1(spelled.bytes, 0, spell(id));
}
