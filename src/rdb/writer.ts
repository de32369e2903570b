/**
 * Writes the alphabet of RDB files, of which the values of all types are composed.
 *
 *     length   00xxxxxx · 01xxxxxx + 1 byte · 10000000 + 4 bytes big-endian · 10000001 + 8 bytes big-endian
 *     string   length, bytes · or 110000ww + an integer of 1, 2 or 4 bytes · or 11000011, length compressed, length, LZF
 *     double   8 bytes, IEEE, little-endian        millis   8 bytes, signed, little-endian
 *
 * A string that spells an integer of 32 bits becomes one; a longer one is compressed if that saves anything.
 */
import * as int64 from "../base/int64.ts";
import * as lzf from "../base/lzf.ts";
import { copy, Region } from "../base/region.ts";
import type { Ref } from "../mem/mem.ts";
import * as mem from "../mem/mem.ts";
import { rdbcompression } from "./parameters.ts";

const INITIAL_BYTES = 4096;
/** A buffer that one value has blown up beyond this is given back. */
const KEPT_BYTES_MAX = 1024 * 1024;
/** What one buffer can hold. */
const BYTES_MAX = 2 ** 32;

const LENGTH_BYTES_MAX = 9;
const INTEGER_8 = 0xc0;
const INTEGER_16 = 0xc1;
const INTEGER_32 = 0xc2;
const LZF = 0xc3;

/** The longest spelling of an integer of 32 bits. */
const INTEGER_DIGITS_MAX = 11;
/** Shorter strings cannot become shorter still. */
const COMPRESSED_MIN = 21;
/** What compression has to save at least. */
const GAIN_MIN = 4;

/** What a writer hands on at a time, about, if it hands on. */
const PIECE_BYTES = 64 * 1024;
/** Longer strings, whose compressed form would have to be held, are written as they are by a writer that hands on. */
const COMPRESSED_PIECE_MAX = 4 * 1024 * 1024;

/** A value is too large for the writer's buffer. */
export class RdbOverflow extends Error {}

/** Takes what was written, which it may not keep. */
export type Out = (bytes: Uint8Array, from: number, to: number) => void;

export class RdbWriter {
  readonly region: Region;
  bytes: Uint8Array;
  /** Bytes written so far, and not handed on. */
  size = 0;
  /** Up to here nothing has to be done before something is written. */
  private limit: number;

  /** With `out`, what was written is handed on now and then, so that no value is ever held whole; else it is collected. */
  constructor(private readonly out?: Out) {
    this.bytes = new Uint8Array(out === undefined ? INITIAL_BYTES : PIECE_BYTES);
    this.region = new Region(this.bytes);
    this.limit = this.bytes.length;
  }

  /** Hands on what was written so far. */
  flush(): void {
    const { size } = this;
    this.size = 0;
    if (size > 0) this.out?.(this.bytes, 0, size);
  }

  /** Forgets what was written, and a buffer that has become too large. */
  reset(): void {
    this.size = 0;
    if (this.bytes.length > KEPT_BYTES_MAX) this.use(new Uint8Array(INITIAL_BYTES));
  }

  private use(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.region.aim(bytes);
    if (this.out === undefined) this.limit = bytes.length;
  }

  /** Makes sure that `bytes` more bytes can be written without a check. */
  reserve(bytes: number): void {
    if (this.size + bytes > this.limit) this.makeRoom(bytes);
  }

  private makeRoom(bytes: number): void {
    if (this.out !== undefined) this.flush();
    const needed = this.size + bytes;
    if (needed <= this.bytes.length) return;
    if (needed > BYTES_MAX) throw new RdbOverflow(`a value has more than ${BYTES_MAX} bytes`);
    const larger = new Uint8Array(Math.min(BYTES_MAX, Math.max(needed, this.bytes.length * 2)));
    copy(new Region(larger), 0, this.region, 0, this.size);
    this.use(larger);
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.size++] = value;
  }

  /** A length or another number that is not negative, up to 2^53. */
  length(value: number): void {
    this.reserve(LENGTH_BYTES_MAX);
    const output = this.bytes;
    if (value < 64) output[this.size++] = value;
    else if (value < 16384) {
      output[this.size++] = 0x40 | (value >> 8);
      output[this.size++] = value & 0xff;
    } else if (value <= 0xffffffff) {
      output[this.size++] = 0x80;
      this.bigEndian32(value);
    } else this.lengthOfHalves(highHalf(value), lowHalf(value));
  }

  /** As `length`, for any number of 64 bits; a negative one becomes what its bits are without a sign. */
  length64(value: number | bigint): void {
    if (typeof value === "bigint")
      this.lengthOfHalves(Number((value >> 32n) & 0xffffffffn), Number(value & 0xffffffffn));
    else this.lengthOfHalves(highHalf(value), lowHalf(value));
  }

  /** The same, for two halves of 32 bits. */
  lengthOfHalves(high: number, low: number): void {
    if (high === 0) return this.length(low >>> 0);
    this.reserve(LENGTH_BYTES_MAX);
    this.bytes[this.size++] = 0x81;
    this.bigEndian32(high);
    this.bigEndian32(low);
  }

  private bigEndian32(value: number): void {
    for (let shift = 24; shift >= 0; shift -= 8) this.bytes[this.size++] = (value >>> shift) & 0xff;
  }

  private littleEndian32(value: number): void {
    for (let shift = 0; shift < 32; shift += 8) this.bytes[this.size++] = (value >>> shift) & 0xff;
  }

  /** The bytes as they are, without a length. */
  raw(source: Region, start: number, length: number): void {
    let from = start;
    let left = length;
    if (this.out !== undefined) {
      for (; left > PIECE_BYTES; left -= PIECE_BYTES, from += PIECE_BYTES) this.rawPiece(source, from, PIECE_BYTES);
    }
    this.rawPiece(source, from, left);
  }

  private rawPiece(source: Region, start: number, length: number): void {
    this.reserve(length);
    copy(this.region, this.size, source, start, length);
    this.size += length;
  }

  /** A string. */
  string(source: Region, start: number, length: number): void {
    if (length <= INTEGER_DIGITS_MAX) {
      // NaN, for what is no integer, is not among those either.
      const number = int64.parseSafe(source.bytes, start, start + length);
      if (number === (number | 0)) return this.integer32(number);
    } else if (length >= COMPRESSED_MIN && rdbcompression.value && this.compressed(source, start, length)) {
      return;
    }
    this.length(length);
    this.raw(source, start, length);
  }

  /** A string that spells this integer. */
  integerString(value: number | bigint): void {
    const number = Number(value);
    if (number === (number | 0)) return this.integer32(number);
    this.reserve(1 + int64.LENGTH_MAX);
    const output = this.bytes;
    const from = this.size + 1;
    const end = typeof value === "bigint" ? int64.writeBig(output, from, value) : int64.write(output, from, value);
    output[this.size] = end - from;
    this.size = end;
  }

  private integer32(value: number): void {
    this.reserve(5);
    const output = this.bytes;
    if (value >= -0x80 && value < 0x80) {
      output[this.size++] = INTEGER_8;
      output[this.size++] = value & 0xff;
    } else if (value >= -0x8000 && value < 0x8000) {
      output[this.size++] = INTEGER_16;
      output[this.size++] = value & 0xff;
      output[this.size++] = (value >> 8) & 0xff;
    } else {
      output[this.size++] = INTEGER_32;
      this.littleEndian32(value);
    }
  }

  /** Writes the string compressed; false, and nothing written, if that saves too little. */
  private compressed(source: Region, start: number, length: number): boolean {
    if (this.out !== undefined && length > COMPRESSED_PIECE_MAX) return false;
    const allowed = length - GAIN_MIN;
    // How long the compressed length will be is known afterwards: the bytes are made where there is room for any.
    this.reserve(1 + 2 * LENGTH_BYTES_MAX + allowed);
    const from = this.size + 1 + 2 * LENGTH_BYTES_MAX;
    const written = lzf.compress(source.bytes, start, start + length, this.bytes, from, from + allowed);
    if (written === 0) return false;
    this.bytes[this.size++] = LZF;
    this.length(written);
    this.length(length);
    this.bytes.copyWithin(this.size, from, from + written);
    this.size += written;
    return true;
  }

  /** The first `bytes` bytes of a block, as a string. */
  blob(ref: Ref, bytes: number): void {
    this.string(mem.chunkOf(ref), mem.byteOffset(ref), bytes);
  }

  /** A double as its 8 bytes. */
  double(value: number): void {
    scratch.setFloat64(0, value, true);
    this.scratchBytes();
  }

  /** A time in milliseconds since 1970, or another signed integer of 64 bits, as its 8 bytes. */
  millis(value: number | bigint): void {
    if (typeof value === "bigint") {
      scratch.setBigInt64(0, value, true);
    } else {
      scratch.setUint32(0, lowHalf(value), true);
      scratch.setInt32(4, highHalf(value), true);
    }
    this.scratchBytes();
  }

  private scratchBytes(): void {
    this.reserve(8);
    for (let i = 0; i < 8; i++) this.bytes[this.size++] = scratch.getUint8(i);
  }
}

// Of an integer of up to 2^53, negative or not, as it would be in 64 bits.
const highHalf = (value: number) => Math.floor(value / 2 ** 32);
const lowHalf = (value: number) => value - highHalf(value) * 2 ** 32;

const scratch = new DataView(new Uint8Array(8).buffer); // allowed: a scratch of its own
