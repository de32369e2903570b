/**
 * Reads an AOF: bytes of a file → commands, as ranges of a buffer, and lines that are no commands (aof-notes.ts).
 *
 *     buffer   [ read already │ from … commands … to │ room ]
 *              fileAt (offset of the buffer in the file)
 *
 * The reader stops in front of what it cannot take: the buffer ends within a command (`FULL`: whoever has ranges of earlier
 * commands uses them, then lets it read on), the file does (`SHORT`), or there is no command (`BAD`). It is as strict as a
 * parser of a protocol, since what follows a mistake cannot be trusted.
 */
import type { StorageFile } from "../../base/storage.ts";
import type { Args } from "../../resp/args.ts";

// What was found at the place.
export const COMMAND = 1;
export const NOTE = 2;
export const END = 3;
/** There is more in the file than in the buffer. */
export const FULL = 4;
/** The file ends within a command or a line. */
export const SHORT = 5;
/** This is neither command nor line. */
export const BAD = 6;

const STAR = 42;
const DOLLAR = 36;
const HASH = 35;
const CR = 13;
const LF = 10;

const BUFFER_BYTES = 256 * 1024;
/** A longer line is none. */
const LINE_MAX = 1024;
/** Digits of a number of arguments or bytes. */
const DIGITS_MAX = 15;

export class AofReader {
  bytes: Uint8Array = new Uint8Array(BUFFER_BYTES);
  /** Offset in the file of the first byte of the buffer. */
  private fileAt: number;
  /** What is to be read next, and the end of what the buffer holds. */
  from = 0;
  to = 0;
  /** Arguments of the command that was found; where the command or line ends in the buffer. */
  count = 0;
  end = 0;
  /** Bytes without which reading on is in vain. */
  private needed = 0;

  /** Reads from place `at` on. */
  constructor(
    private readonly file: StorageFile,
    at: number,
  ) {
    this.fileAt = at;
  }

  /** Offset in the file of what is read next. */
  get at(): number {
    return this.fileAt + this.from;
  }

  /** Offset in the file of the end of what was found. */
  get endAt(): number {
    return this.fileAt + this.end;
  }

  /** Looks at what comes next, and leaves the ranges of a command in `args` from `first` on. `skip` goes behind it. */
  look(args: Args | undefined, first: number): number {
    if (this.from === this.to) return this.isAtEnd() ? END : FULL;
    this.needed = this.to - this.from + 1;
    const kind = this.bytes[this.from] === HASH ? this.line() : this.command(args, first);
    if (kind !== FULL || !this.isAtEnd()) return kind;
    return SHORT;
  }

  /** Goes behind what was found. */
  skip(): void {
    this.from = this.end;
  }

  /** Reads on. The ranges of earlier commands are no longer good. */
  fill(): void {
    const kept = this.to - this.from;
    const needed = Math.max(this.needed, kept + 1);
    if (needed > this.bytes.length) {
      const larger = new Uint8Array(Math.max(needed, Math.min(2 * this.bytes.length, needed + 64 * 1024 * 1024)));
      larger.set(new Uint8Array(this.bytes.buffer, this.from, kept));
      this.bytes = larger;
    } else if (this.from > 0) {
      this.bytes.copyWithin(0, this.from, this.to);
    }
    this.fileAt += this.from;
    this.from = 0;
    this.to = kept;
    while (this.to < needed) {
      const read = this.file.read(this.fileAt + this.to, this.bytes, this.to, this.bytes.length);
      if (read === 0) return;
      this.to += read;
    }
  }

  /**
   * Looks for a command of this one word, from here on, and does not move. Everything up to it is in the buffer then. Returns
   * COMMAND, or what was found instead.
   */
  lookAhead(word: string, args: Args): number {
    let passed = 0;
    for (;;) {
      this.from += passed;
      const kind = this.look(args, 0);
      this.from -= passed;
      if (kind === FULL) {
        this.needed += passed;
        this.fill();
        args.rebase(this.bytes);
        continue;
      }
      if (kind !== COMMAND && kind !== NOTE) return kind;
      args.aim(0, 1);
      if (kind === COMMAND && this.count === 1 && args.is(0, word)) return COMMAND;
      passed = this.end - this.from;
    }
  }

  private isAtEnd(): boolean {
    return this.fileAt + this.to >= this.file.size();
  }

  private line(): number {
    const { bytes, from } = this;
    const last = Math.min(this.to, from + LINE_MAX);
    for (let at = from; at < last; at++) {
      if (bytes[at] !== LF) continue;
      this.end = at + 1;
      return NOTE;
    }
    return last < this.to ? BAD : FULL;
  }

  private command(args: Args | undefined, first: number): number {
    const { bytes } = this;
    let kind = this.number(this.from, STAR);
    if (kind !== COMMAND) return kind;
    const count = this.value;
    if (count < 1) return BAD;
    for (let i = 0; i < count; i++) {
      kind = this.number(this.end, DOLLAR);
      if (kind !== COMMAND) return kind;
      const start = this.end;
      const end = start + this.value;
      if (end + 2 > this.to) {
        // A length beyond the end of the file takes no memory.
        this.needed = Math.min(end + 2 - this.from, this.file.size() - this.at + 1);
        return FULL;
      }
      if (bytes[end] !== CR || bytes[end + 1] !== LF) return BAD;
      if (args !== undefined) {
        args.reserve(first + i + 1);
        args.setRange(first + i, start, end);
      }
      this.end = end + 2;
    }
    this.count = count;
    return COMMAND;
  }

  private value = 0;

  /** Reads `<sign><digits>\r\n` at `at` into `value`; `end` is then behind it. */
  private number(at: number, sign: number): number {
    const { bytes, to } = this;
    if (at >= to) return FULL;
    if (bytes[at] !== sign) return BAD;
    let value = 0;
    let p = at + 1;
    for (; p < to && p <= at + DIGITS_MAX; p++) {
      const digit = bytes[p]! - 48;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (p < to && (bytes[p] !== CR || p === at + 1)) return BAD;
    if (p + 1 < to && bytes[p + 1] !== LF) return BAD;
    if (p + 1 >= to) return FULL;
    this.value = value;
    this.end = p + 2;
    return COMMAND;
  }
}
