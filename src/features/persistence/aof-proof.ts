/**
 * What the lines of one AOF file (aof-notes.ts) prove, found out while the file is read: whether the bytes that they tell of are
 * as they were written, and how many bytes had been on the disk. The loader and `ashlar check aof` both go by it.
 */
import type { StorageFile } from "../../base/storage.ts";
import { BaseSums } from "./aof-base.ts";
import { isPieceLine, isSumLine, parsePieceLine } from "./aof-notes.ts";
import { isIntact, isIntactHere, provenBehind } from "./aof-pieces.ts";
import { type AofReader, BAD, SHORT } from "./aof-reader.ts";

export interface Flaw {
  /** Whether the file ends too early, or has what nobody has written. */
  readonly kind: typeof SHORT | typeof BAD;
  /** For people. */
  readonly text: string;
}

const bad = (text: string): Flaw => ({ kind: BAD, text });

export class Proof {
  /** Intact pieces. A file that has any is ours, at least from there on. */
  pieces = 0;
  /** What is known of a base of commands; undefined for other files. */
  private readonly sums: BaseSums | undefined;
  private readonly size: number;
  /** Bytes of the file that were on the disk, as far as pieces have told. */
  private synced = 0;

  constructor(
    private readonly file: StorageFile,
    { isBase }: { isBase: boolean },
  ) {
    this.size = file.size();
    if (isBase) this.sums = new BaseSums(file);
  }

  /** Whether it is a base of ours, which is good as a whole or not at all. */
  get isOwnBase(): boolean {
    return this.sums?.isOurs === true;
  }

  /** Where what was proven to be as it was written ends, in a base of ours. */
  get goodBytes(): number {
    return this.sums?.from ?? 0;
  }

  /** What is wrong with the line that the reader has found, or with what it tells of. */
  flawOf(reader: AofReader): Flaw | undefined {
    const { bytes, from, end } = reader;
    if (this.sums !== undefined && isSumLine(bytes, from, end)) {
      if (!this.sums.isRight(reader))
        return bad("the checksum of what stands in front of this line is wrong, or the line");
    } else if (isPieceLine(bytes, from, end)) {
      const flaw = this.flawOfPiece(reader);
      if (flaw !== undefined) return flaw;
    } else {
      return this.pieces > 0 && !isPrintable(bytes, from, end) ? bad("a line is damaged") : undefined;
    }
    this.pieces++;
    return undefined;
  }

  private flawOfPiece(reader: AofReader): Flaw | undefined {
    const { bytes, from, end } = reader;
    const piece = parsePieceLine(bytes, from, end - 2);
    if (piece === undefined || piece.synced > reader.at) return bad("the line that announces a piece is damaged");
    const left = this.size - reader.endAt;
    if (piece.length > left) {
      return { kind: SHORT, text: `a piece of ${piece.length} bytes is announced, and ${left} are left` };
    }
    const isHere = end + piece.length <= reader.to;
    if (!(isHere ? isIntactHere(bytes, end, piece) : isIntact(this.file, reader.endAt, piece))) {
      return bad(`the checksum of the next ${piece.length} bytes is wrong`);
    }
    this.synced = Math.max(this.synced, piece.synced);
    return undefined;
  }

  /** Whether a file that ends at `at` may have all that was written. */
  isWhole(at: number): boolean {
    return this.sums?.isWhole(at) ?? true;
  }

  /** Whether what is missing or wrong at `at` was on the disk for certain: a base is, before it gets its name. */
  isDamage(at: number): boolean {
    return this.isOwnBase || Math.max(this.synced, provenBehind(this.file, at)) > at;
  }
}

/** Whether a line is text: everything that a server writes is. */
function isPrintable(bytes: Uint8Array, from: number, end: number): boolean {
  for (let at = from; at < end; at++) {
    const byte = bytes[at]!;
    if ((byte < 32 || byte > 126) && byte !== 10 && byte !== 13) return false;
  }
  return true;
}
