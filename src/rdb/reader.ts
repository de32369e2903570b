/**
 * Reads the alphabet of RDB files (writer.ts). Whatever is read may be damaged or hostile: every length is checked against
 * the bytes that are there before it is believed, and what is wrong throws an RdbError.
 */
import { Region } from "../base/region.ts";
import { Element } from "../struct/listpack.ts";

/** The bytes are not what they claim to be. */
export class RdbError extends Error {}

export class RdbReader {
  readonly region = new Region(new Uint8Array(0));
  /** The next byte to be read, and the end of what may be read. */
  at = 0;
  end = 0;
  /** The string that `string` read. Borrowed until the next one is read. */
  readonly text = new Element();

  /** Makes `bytes[start, end)` what is read next. */
  aim(bytes: Uint8Array, start: number, end: number): void {
    this.region.aim(bytes);
    this.at = start;
    this.end = end;
  }

  /** Checks that there are so many bytes still. */
  need(bytes: number): void {
    if (bytes > this.end - this.at) throw new RdbError(`${bytes} bytes are announced, ${this.end - this.at} are left`);
  }

  byte(): number {
    this.need(1);
    return this.region.bytes[this.at++]!;
  }
}
