/**
 * A base of the AOF that is no RDB file: commands (keyspace/commands-save.ts), and between them lines with the checksum of what
 * stands in front of them (aof-notes.ts).
 *
 *     [ #TS, if asked for ][ #CB ][ commands ][ #CB ][ commands ][ #CB ] … [ #CB of no bytes ]
 *
 * The base is synced before a manifest names it: nothing of it can be missing, and whatever is wrong is damage. A line in front of
 * all commands tells that it is ours, and one of no bytes at the end that it is whole. Where a long value has to be written in
 * pieces its checksum is not known before: hence lines behind what they tell of, other than in files that a loss of power may
 * tear.
 *
 * Invariant: but for the lines themselves each byte is in one sum, and no sum ends within a key.
 */
import * as crc64 from "../../base/crc64.ts";
import type { StorageFile } from "../../base/storage.ts";
import { saveCommands } from "../../keyspace/commands-save.ts";
import type { Out } from "../../rdb/writer.ts";
import { NOTES_BYTES_MAX, parseSumLine, writeSumLine, writeTimestampLine } from "./aof-notes.ts";
import { isIntact } from "./aof-pieces.ts";
import type { AofReader } from "./aof-reader.ts";

export interface BaseOptions {
  /** The moment that the commands begin with, if they are to tell one. */
  readonly stampedMs: number | undefined;
  /** As in `saveCommands`. */
  readonly onKey?: ((keys: number) => void) | undefined;
}

/** Writes all databases; returns the number of keys. */
export function saveBase(out: Out, { stampedMs, onKey }: BaseOptions): number {
  const line = new Uint8Array(NOTES_BYTES_MAX);
  const crc = crc64.create();
  let bytes = 0;
  const summed: Out = (source, from, to) => {
    crc64.update(crc, source, from, to);
    bytes += to - from;
    out(source, from, to);
  };
  const endSum = () => {
    out(line, 0, writeSumLine(line, 0, crc, bytes));
    crc64.reset(crc);
    bytes = 0;
  };
  // The moment comes first of all, where Redis has it.
  if (stampedMs !== undefined) summed(line, 0, writeTimestampLine(line, 0, Math.floor(stampedMs / 1000)));
  endSum();
  const onBorder = () => {
    if (bytes > 0) endSum();
  };
  const keys = saveCommands(summed, { onKey, onBorder });
  endSum();
  return keys;
}

/** Looks at the lines of a base while it is read. */
export class BaseSums {
  private lines = 0;
  /** Where the last line ended: all in front of it is as it was written. */
  from = 0;
  /** The bytes that the last line told of. */
  private lastLength = 0;

  constructor(private readonly file: StorageFile) {}

  /** Whether it is a base of ours, as far as is known. */
  get isOurs(): boolean {
    return this.lines > 0;
  }

  /** Whether the line that the reader has found, and what it tells of, are as they were written. */
  isRight(reader: AofReader): boolean {
    const sum = parseSumLine(reader.bytes, reader.from, reader.end - 2);
    if (sum?.length !== reader.at - this.from || !isIntact(this.file, this.from, sum)) return false;
    // In front of the first there is the line of a moment at most.
    if (!this.isOurs && sum.length > NOTES_BYTES_MAX) return false;
    this.lines++;
    this.from = reader.endAt;
    this.lastLength = sum.length;
    return true;
  }

  /** Whether a file that ends at `at` has all that was written. */
  isWhole(at: number): boolean {
    return !this.isOurs || (this.lines > 1 && this.lastLength === 0 && this.from === at);
  }
}
