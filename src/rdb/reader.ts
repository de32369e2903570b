/**
 * Reads the alphabet of RDB files (writer.ts). Whatever is read may be damaged or hostile: every length is checked against
 * the bytes that are there before it is believed or memory is taken for it, and what is wrong throws an RdbError.
 */
import * as double from "../base/double.ts";
import * as lzf from "../base/lzf.ts";
import { outOfLine } from "../base/out-of-line.ts";
import { copy, Region } from "../base/region.ts";
import { BLOCK_BYTES_MAX } from "../mem/mem.ts";
import { Element } from "../struct/listpack.ts";

/** The bytes are not what they claim to be. */
export class RdbError extends Error {}

/** A collection without elements: whoever reads a file may pass over it, since all of it was read. */
export class RdbEmpty extends RdbError {}

// What the two upper bits of the first byte say.
const LENGTH_6 = 0;
const LENGTH_14 = 1;
const LENGTH_LONG = 2;
// Whole first bytes.
const LENGTH_32 = 0x80;
const LENGTH_64 = 0x81;
const INTEGER_8 = 0xc0;
const INTEGER_16 = 0xc1;
const INTEGER_32 = 0xc2;
const LZF = 0xc3;

// Scores as text: lengths that are none.
const SCORE_NAN = 253;
const SCORE_INFINITY = 254;
const SCORE_MINUS_INFINITY = 255;

/** A buffer that one string has blown up beyond this is given back. */
const KEPT_BYTES_MAX = 1024 * 1024;

export class RdbReader {
  /** Where the bytes are: another region after each `need` that had to fetch some, which leaves the one before as it was. */
  protected region = new Region(new Uint8Array(0));
  /** The next byte to be read, and the end of what may be read. */
  at = 0;
  end = 0;
  /** The string that `string` or `raw` read. Borrowed until the next one is read. */
  readonly text = new Element();
  /** The first of two strings that `pair` read. Borrowed as long as `text`. */
  readonly name = new Element();
  /** What `halves` read. */
  high = 0;
  low = 0;
  /** Where strings are decompressed: `text` may lie in the first, `name` in the other. */
  private scratch = new Region(new Uint8Array(0));
  private spare = new Region(new Uint8Array(0));

  /** Makes `bytes[start, end)` what is read next. */
  aim(bytes: Uint8Array, start: number, end: number): void {
    this.region.aim(bytes);
    this.at = start;
    this.end = end;
  }

  /** Lets go of the bytes that were read, and of a buffer that has become too large. */
  release(): void {
    this.aim(NOTHING, 0, 0);
    for (const scratch of [this.scratch, this.spare]) {
      if (scratch.bytes.length > KEPT_BYTES_MAX) scratch.aim(NOTHING);
    }
    this.text.point(this.region, 0, 0);
    this.name.point(this.region, 0, 0);
  }

  fail(message: string): never {
    throw new RdbError(message);
  }

  /** Says that a collection has no elements; nothing of it is left to be read. */
  failEmpty(message: string): never {
    throw new RdbEmpty(message);
  }

  /** Makes sure that the next `bytes` bytes are there. */
  need(bytes: number): void {
    if (bytes > this.end - this.at) this.fetch(bytes);
  }

  /** Fetches what `need` needs, and has not. */
  protected fetch(bytes: number): void {
    this.failShort(bytes);
  }

  protected failShort(bytes: number): never {
    return this.fail(`${bytes} bytes are announced, ${this.left()} are left`);
  }

  /** Bytes that can be read still. */
  protected left(): number {
    return this.end - this.at;
  }

  byte(): number {
    this.need(1);
    return this.region.bytes[this.at++]!;
  }

  /** A length or another number that is not negative, up to 2^53. */
  length(): number {
    const head = this.byte();
    switch (head >> 6) {
      case LENGTH_6:
        return head;
      case LENGTH_14:
        return ((head & 0x3f) << 8) | this.byte();
      case LENGTH_LONG: {
        if (head === LENGTH_32) return this.bigEndian32();
        if (head !== LENGTH_64) break;
        const value = this.bigEndian32() * 2 ** 32 + this.bigEndian32();
        if (value > Number.MAX_SAFE_INTEGER) this.fail("a length of more than 53 bits");
        return value;
      }
    }
    return this.fail(`0x${head.toString(16)} is no length`);
  }

  /** As `length`, up to 2^64 - 1: read into `high` and `low`, its halves without sign. */
  halves(): void {
    this.need(1);
    const isLong = this.region.bytes[this.at] === LENGTH_64;
    if (isLong) this.at++;
    this.high = isLong ? this.bigEndian32() : 0;
    this.low = isLong ? this.bigEndian32() : this.length();
  }

  /** As `halves`, as one number. */
  length64(): bigint {
    this.halves();
    return (BigInt(this.high) << 32n) | BigInt(this.low);
  }

  /** A number of elements, each of which takes at least `bytesEach` bytes of what is left. */
  count(bytesEach = 1): number {
    const count = this.length();
    if (count * bytesEach > this.left()) this.failShort(count * bytesEach);
    return count;
  }

  private bigEndian32(): number {
    this.need(4);
    const input = this.region.bytes;
    const at = this.at;
    this.at += 4;
    return ((input[at]! << 24) | (input[at + 1]! << 16) | (input[at + 2]! << 8) | input[at + 3]!) >>> 0;
  }

  /** Reads a string into `text`; one that is an integer says so, and is spelled. */
  string(): void {
    this.need(1);
    const head = this.region.bytes[this.at]!;
    if (head < INTEGER_8) return this.raw(this.length());
    this.at++;
    switch (head) {
      case INTEGER_8:
        return this.integer(1);
      case INTEGER_16:
        return this.integer(2);
      case INTEGER_32:
        return this.integer(4);
      case LZF:
        return this.compressed();
    }
    this.fail(`0x${head.toString(16)} is no string`);
  }

  /** The length of the string that comes, if its bytes stand there as they are: then they are next. Else -1. */
  plainLength(): number {
    this.need(1);
    return this.region.bytes[this.at]! < INTEGER_8 ? this.length() : -1;
  }

  /** Copies the next `length` bytes to a place in memory, however many they are. */
  copyTo(target: Region, to: number, length: number): void {
    for (let done = 0; done < length; ) {
      this.need(1);
      const bytes = Math.min(length - done, this.end - this.at);
      copy(target, to + done, this.region, this.at, bytes);
      this.at += bytes;
      done += bytes;
    }
  }

  /** Makes sure that so many bytes are left, and that a block can hold them: before one is taken. */
  mayTake(length: number): void {
    if (length > this.left()) this.failShort(length);
    if (length > BLOCK_BYTES_MAX) this.fail(`${length} bytes are more than a block can hold`);
  }

  /** Reads two strings: one into `name`, the next into `text`. */
  pair(): void {
    this.string();
    const { isInteger, integer, region, start, length } = this.text;
    if (isInteger) {
      this.name.isInteger = true;
      this.name.integer = integer;
      this.name.spell();
    } else {
      this.name.point(region, start, length);
    }
    const held = this.scratch;
    this.scratch = this.spare;
    this.spare = held;
    this.string();
  }

  /** Reads the next `length` bytes into `text`, as they are. */
  raw(length: number): void {
    if (length > BLOCK_BYTES_MAX) this.mayTake(length);
    this.need(length);
    this.text.point(this.region, this.at, length);
    this.at += length;
  }

  private integer(bytes: number): void {
    this.need(bytes);
    let value = 0;
    for (let i = 0; i < bytes; i++) value |= this.region.bytes[this.at++]! << (8 * i);
    const unused = 32 - 8 * bytes;
    this.text.isInteger = true;
    this.text.integer = (value << unused) >> unused;
    this.text.spell();
  }

  private compressed(): void {
    const compressed = this.length();
    const length = this.length();
    if (compressed > this.left()) this.failShort(compressed);
    if (length === 0 || length > compressed * lzf.RATIO_MAX || length > BLOCK_BYTES_MAX) {
      this.fail(`${compressed} bytes cannot stand for ${length}`);
    }
    this.need(compressed);
    const output = this.scratchFor(length);
    if (!lzf.decompress(this.region.bytes, this.at, this.at + compressed, output, 0, length)) {
      this.fail("a compressed string is damaged");
    }
    this.at += compressed;
    this.text.point(this.scratch, 0, length);
  }

  private scratchFor(length: number): Uint8Array {
    const held = this.scratch.bytes;
    const isTooLarge = held.length > KEPT_BYTES_MAX && length <= KEPT_BYTES_MAX;
    if (held.length < length || isTooLarge) {
      this.scratch.aim(new Uint8Array(length <= KEPT_BYTES_MAX ? roundedUp(length) : length));
    }
    return this.scratch.bytes;
  }

  /** A double as its 8 bytes. */
  double(): number {
    this.takeEight();
    return eight.getFloat64(0, true);
  }

  /** A double as text: a length of one byte, then its digits. */
  textDouble(): number {
    const length = this.byte();
    if (length === SCORE_NAN) return Number.NaN;
    if (length === SCORE_INFINITY) return Number.POSITIVE_INFINITY;
    if (length === SCORE_MINUS_INFINITY) return Number.NEGATIVE_INFINITY;
    this.need(length);
    const value = double.parse(this.region.bytes, this.at, this.at + length);
    if (value === undefined) return this.fail("a score is no number");
    this.at += length;
    return value;
  }

  /** A time in milliseconds since 1970, or another signed integer of 64 bits: a BigInt beyond what is safe. */
  millis(): number | bigint {
    this.takeEight();
    const high = eight.getInt32(4, true);
    const near = high * 2 ** 32 + eight.getUint32(0, true);
    return Number.isSafeInteger(near) ? near : eight.getBigInt64(0, true);
  }

  /** A time in seconds since 1970, signed, of 32 bits. */
  seconds(): number {
    this.need(4);
    const input = this.region.bytes;
    const at = this.at;
    this.at += 4;
    return input[at]! | (input[at + 1]! << 8) | (input[at + 2]! << 16) | (input[at + 3]! << 24);
  }

  /** Passes over a few bytes. */
  skip(bytes: number): void {
    this.need(bytes);
    this.at += bytes;
  }

  private takeEight(): void {
    this.need(8);
    for (let i = 0; i < 8; i++) eight.setUint8(i, this.region.bytes[this.at++]!);
  }
}

const NOTHING = new Uint8Array(0);
const eight = new DataView(new Uint8Array(8).buffer); // allowed: a scratch of its own

/** The next power of two, so that a buffer grows seldom. */
const roundedUp = (length: number) => 2 ** Math.ceil(Math.log2(Math.max(64, length)));

outOfLine(RdbReader.prototype.string);
