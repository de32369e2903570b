/**
 * Writes the alphabet of RDB files, of which the values of all types are composed: lengths, strings, doubles.
 *
 *     length   00xxxxxx · 01xxxxxx + 1 byte · 10000000 + 4 bytes big-endian · 10000001 + 8 bytes big-endian
 *     string   length, bytes · or 110000ww + an integer of 1, 2 or 4 bytes · or 11000011, length compressed, length, LZF
 */
import { copy, Region } from "../base/region.ts";

const INITIAL_BYTES = 4096;

export class RdbWriter {
  readonly region = new Region(new Uint8Array(INITIAL_BYTES));
  bytes: Uint8Array = this.region.bytes;
  /** Bytes written so far. */
  size = 0;

  /** Makes sure that `bytes` more bytes can be written without a check. */
  reserve(bytes: number): void {
    const needed = this.size + bytes;
    if (needed <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    larger.set(this.bytes);
    this.bytes = larger;
    this.region.aim(larger);
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.size++] = value;
  }

  /** A length or another number that is not negative, up to 2^53. */
  length(value: number): void {
    this.reserve(9);
    const output = this.bytes;
    if (value < 64) output[this.size++] = value;
    else if (value < 16384) {
      output[this.size++] = 0x40 | (value >> 8);
      output[this.size++] = value & 0xff;
    } else if (value <= 0xffffffff) {
      output[this.size++] = 0x80;
      this.bigEndian32(value);
    } else {
      output[this.size++] = 0x81;
      this.bigEndian32(Math.floor(value / 2 ** 32));
      this.bigEndian32(value % 2 ** 32);
    }
  }

  private bigEndian32(value: number): void {
    for (let shift = 24; shift >= 0; shift -= 8) this.bytes[this.size++] = (value >>> shift) & 0xff;
  }

  /** The bytes as they are, without a length. */
  raw(source: Region, start: number, length: number): void {
    this.reserve(length);
    copy(this.region, this.size, source, start, length);
    this.size += length;
  }

  /** A string. */
  string(source: Region, start: number, length: number): void {
    this.length(length);
    this.raw(source, start, length);
  }
}
