/**
 * Reads the alphabet of RDB files out of a file, through two windows that take turns:
 *
 *     file     ───────────────┬─────────────┬──────────
 *     window A  … name ┐ te   │             │              `name` stays where it is
 *     window B         └ te ──┴ text … ─────┘  at → end    what was left over, and what comes next
 *
 * What was read last is never overwritten by one more fetch, so a string stays good while the next one is read: after the
 * head of a string was fetched, the string itself is there too, unless it is long; and what is long gets a buffer of its own
 * length, which the next fetch lets go of. No buffer is made for bytes that the file does not have.
 *
 * The checksum is carried on over what was read, in large ranges.
 */
import * as crc64 from "../base/crc64.ts";
import { copy, Region } from "../base/region.ts";
import type { StorageFile } from "../base/storage.ts";
import { RdbReader } from "./reader.ts";

const WINDOW_BYTES = 256 * 1024;
/** What is longer than this gets a buffer of its own. */
const LONG_BYTES = WINDOW_BYTES / 2;

export class FileReader extends RdbReader {
  private readonly windows = [new Region(new Uint8Array(WINDOW_BYTES)), new Region(new Uint8Array(WINDOW_BYTES))];
  private turn = 0;
  /** Place in the file of what will be fetched next, and the length of the file. */
  private fetched: number;
  readonly fileBytes: number;
  /** Up to here in the window, the checksum knows what was read. */
  private summed = 0;
  private readonly crc = crc64.create();

  constructor(
    private readonly file: StorageFile,
    from: number,
    private readonly isChecked: boolean,
  ) {
    super();
    this.fetched = from;
    this.fileBytes = file.size();
  }

  /** Place in the file of the next byte. */
  get position(): number {
    return this.fetched - (this.end - this.at);
  }

  protected override left(): number {
    return this.fileBytes - this.position;
  }

  protected override fetch(bytes: number): void {
    if (bytes > this.left()) this.failShort(bytes);
    this.sum();
    const kept = this.end - this.at;
    const next = bytes > LONG_BYTES ? new Region(new Uint8Array(bytes)) : this.nextWindow();
    copy(next, 0, this.region, this.at, kept);
    this.region = next;
    this.at = this.summed = 0;
    this.end = kept;
    // All of the window, in whatever portions it comes: what else is promised above depends on it.
    const full = Math.min(next.bytes.length, kept + this.fileBytes - this.fetched);
    while (this.end < full) {
      const got = this.file.read(this.fetched, next.bytes, this.end, full);
      if (got === 0) this.fail("the file has become shorter");
      this.fetched += got;
      this.end += got;
    }
  }

  private nextWindow(): Region {
    this.turn = 1 - this.turn;
    return this.windows[this.turn]!;
  }

  private sum(): void {
    if (this.isChecked) crc64.update(this.crc, this.region.bytes, this.summed, this.at);
    this.summed = this.at;
  }

  /** Reads a checksum: undefined if it is that of all bytes before it, or none, else what it should have been, and what it is. */
  checksum(): { expected: string; found: string } | undefined {
    this.sum();
    this.need(crc64.BYTES);
    const { bytes } = this.region;
    const from = this.at;
    this.at += crc64.BYTES;
    this.summed = this.at;
    let found = "";
    for (let i = crc64.BYTES - 1; i >= 0; i--) found += bytes[from + i]!.toString(16).padStart(2, "0");
    if (!this.isChecked || crc64.equalsAt(this.crc, bytes, from) || found === NO_CHECKSUM) return undefined;
    return { expected: crc64.toHex(this.crc), found };
  }
}

const NO_CHECKSUM = "0".repeat(2 * crc64.BYTES);
