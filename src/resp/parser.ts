/**
 * The request parser: bytes from a socket → a batch of commands, as ranges of those bytes.
 *
 *     *2\r\n $3\r\n GET\r\n $3\r\n key\r\n        multibulk
 *     GET "a key"\r\n                             inline: words, with quotes and escapes
 *
 * A batch ends where the bytes end, at BATCH_COMMANDS or BATCH_ARGS, or at a protocol error. What is left of a command
 * that is not complete is copied to the connection's `Torn`, with what was understood of it, so that neither a long
 * value nor a long list of arguments is ever parsed twice.
 *
 * Invariant: between calls, `torn.bytes[0, torn.length)` is a prefix of exactly one command, or empty; while a session is
 * parked, whatever it has sent and nobody has executed (`hold`).
 */
import * as int64 from "../base/int64.ts";
import { BLOCK_BYTES_MAX } from "../mem/mem.ts";
import { Args } from "./args.ts";
import { splitInline } from "./inline.ts";
import { clientQueryBufferLimit, protoMaxBulkLen } from "./parameters.ts";

const CR = 13;
const LF = 10;
const STAR = 42;
const DOLLAR = 36;

/** Commands that are parsed, hashed and prefetched together. */
export const BATCH_COMMANDS = 128;
/** Arguments after which a batch ends (one command may have more). */
const BATCH_ARGS = 512;
/** Longest inline request, and longest line that announces a length. */
const INLINE_MAX = 64 * 1024;
/** Most arguments in a request. */
const MULTIBULK_MAX = 2 ** 31 - 1;
/** What is wrong with an inline command that was unescaped in vain: its bytes are no more what they were. */
export const UNBALANCED_QUOTES = "unbalanced quotes in request";
/** Limits for those who have yet to say who they are. */
const UNAUTHENTICATED_MULTIBULK_MAX = 10;
const UNAUTHENTICATED_BULK_MAX = 16384;

/** What is left of an incomplete command: its bytes, and what the parser knows of them. */
export class Torn {
  bytes: Uint8Array = NOTHING;
  length = 0;
  /** Where the bytes begin that count; 0 unless they were held. */
  from = 0;
  /** Arguments announced, and understood so far; 0 announced when the first line is not complete yet. */
  announced = 0;
  understood = 0;
  /** Where to go on, and bytes without which going on is in vain. */
  resumeAt = 0;
  needed = 0;
  /** Ranges of the arguments understood, start and end in turn. */
  ranges: Int32Array = NO_RANGES;

  /** Appends what arrived. Grows by doubling: what was merely announced takes no memory. */
  append(chunk: Uint8Array): void {
    const length = this.length + chunk.length;
    if (length > this.bytes.length) {
      const doubled = this.bytes.length * 2;
      const larger = new Uint8Array(Math.max(length, this.needed > length ? Math.min(doubled, this.needed) : doubled));
      larger.set(this.bytes);
      this.bytes = larger;
    }
    this.bytes.set(chunk, this.length);
    this.length = length;
  }

  /**
   * Takes what was not executed, `bytes[from, to)`, to be parsed from its beginning later. A long pipeline may be held
   * again and again, so it is only copied when the rest is less than half of the buffer.
   */
  hold(bytes: Uint8Array, from: number, to: number): void {
    this.clear();
    if (from === to) return;
    const isMost = (to - from) * 2 > bytes.length;
    this.bytes = isMost ? bytes : Uint8Array.prototype.slice.call(bytes, from, to);
    this.from = isMost ? from : 0;
    this.length = isMost ? to : to - from;
  }

  clear(): void {
    this.bytes = NOTHING;
    this.ranges = NO_RANGES;
    this.length = this.from = this.announced = this.understood = this.resumeAt = this.needed = 0;
  }
}

const NOTHING = new Uint8Array(0);
const NO_RANGES = new Int32Array(0);

/** A batch of commands: command `i` has `counts[i]` arguments, whose ranges in `args` begin at `firsts[i]`. */
export class Batch {
  readonly args = new Args();
  readonly firsts = new Int32Array(BATCH_COMMANDS);
  readonly counts = new Int32Array(BATCH_COMMANDS);
  /** Where each command ends. */
  readonly ends = new Int32Array(BATCH_COMMANDS);
  commands = 0;
  /** Offset of the first byte of the batch, and of the first one that was not consumed. */
  began = 0;
  consumed = 0;
  /** Set when a command came inline: its words were unescaped where they stood. */
  hasInline = false;
  /** The protocol error that ended the batch. */
  error: string | undefined = undefined;
}

// Outcomes of parsing one command besides the number of its arguments.
const READ = 0;
const INCOMPLETE = -1;
const FAILED = -2;

// What the functions below share: the state of the parse that is under way.
let at = 0;
let end = 0;
let problem = "";
let announced = 0;
let understood = 0;
let needed = 0;
/** Arguments of the command under way whose ranges are still in `torn` only. */
let inTorn = 0;
let lengthRead = 0;

/**
 * Parses `bytes[from, to)` into `batch`, whose arguments point into `bytes` from now on. `torn` is what the connection
 * had left over when `bytes` is `torn.bytes`, else empty; `trusted` lifts the limits for unauthenticated clients.
 * Returns true when there may be more to parse from `batch.consumed` on.
 */
export function parse(
  batch: Batch,
  bytes: Uint8Array,
  from: number,
  to: number,
  torn: Torn,
  trusted: boolean,
): boolean {
  const args = batch.args;
  args.rebase(bytes);
  batch.commands = 0;
  batch.began = from;
  batch.hasInline = false;
  batch.error = undefined;
  end = to;
  let used = 0;
  let start = from;
  let resumed = torn.announced > 0 && bytes === torn.bytes;
  // Whether a client is trusted may change with its next command, so until then they are parsed one by one.
  const commandsMax = trusted ? BATCH_COMMANDS : 1;
  while (start < to && batch.commands < commandsMax && used < BATCH_ARGS) {
    if (resumed) {
      resume(torn);
      resumed = false;
    } else {
      at = start;
      announced = 0;
      understood = 0;
      inTorn = 0;
    }
    const first = used;
    needed = 0;
    const isInline = bytes[start] !== STAR;
    const count = isInline ? inline(args, first) : multibulk(args, first, trusted);
    if (isInline) batch.hasInline = true;
    if (count === FAILED) {
      batch.error = problem;
      break;
    }
    if (count === INCOMPLETE) {
      keep(torn, args, first, start, to);
      batch.consumed = to;
      return false;
    }
    start = at;
    if (inTorn > 0) fetchRanges(args, torn);
    if (count === 0) continue;
    batch.ends[batch.commands] = at;
    batch.firsts[batch.commands] = first;
    batch.counts[batch.commands++] = count;
    used = first + count;
  }
  batch.consumed = start;
  if (start === to && bytes === torn.bytes) torn.clear();
  return start < to && batch.error === undefined;
}

function resume(torn: Torn): void {
  announced = torn.announced;
  understood = inTorn = torn.understood;
  at = torn.resumeAt;
  torn.announced = 0;
}

/** The command that was torn is complete, and the first of the batch: brings its early ranges. */
function fetchRanges(args: Args, torn: Torn): void {
  for (let i = 0; i < inTorn; i++) args.setRange(i, torn.ranges[i * 2]!, torn.ranges[i * 2 + 1]!);
  inTorn = 0;
}

/** Keeps an incomplete command for the next chunk. */
function keep(torn: Torn, args: Args, first: number, start: number, to: number): void {
  let ranges = torn.ranges;
  if (understood * 2 > ranges.length) {
    ranges = new Int32Array(understood * 4 + 8);
    ranges.set(torn.ranges);
  }
  // Only what is new is written: a long list of arguments takes linear time, in however many chunks it comes.
  for (let i = inTorn; i < understood; i++) {
    ranges[i * 2] = args.rangeStart(first + i) - start;
    ranges[i * 2 + 1] = args.rangeEnd(first + i) - start;
  }
  if (args.bytes !== torn.bytes || start > 0) {
    // A copy, where the method of a Buffer would give a view.
    torn.bytes = Uint8Array.prototype.slice.call(args.bytes, start, to);
    torn.length = to - start;
    torn.from = 0;
  }
  torn.ranges = ranges;
  torn.announced = announced;
  torn.understood = understood;
  torn.resumeAt = at - start;
  torn.needed = needed === 0 ? torn.length + 1 : needed - start;
}

/** Whether a connection's query buffer has grown past `client-query-buffer-limit`. */
export function overLimit(torn: Torn): boolean {
  return torn.length - torn.from > clientQueryBufferLimit.value;
}

function fail(message: string): number {
  problem = `Protocol error: ${message}`;
  return FAILED;
}

/** Parses a multibulk request from `at` on. Its ranges go to `first` and after. */
function multibulk(args: Args, first: number, trusted: boolean): number {
  const bytes = args.bytes;
  if (announced === 0) {
    const outcome = readLength(bytes, "too big mbulk count string", "invalid multibulk length");
    if (outcome !== READ) return outcome;
    if (lengthRead > MULTIBULK_MAX) return fail("invalid multibulk length");
    if (lengthRead > UNAUTHENTICATED_MULTIBULK_MAX && !trusted) return fail("unauthenticated multibulk length");
    if (lengthRead <= 0) return 0;
    announced = lengthRead;
  }
  takeUsual(args, first);
  while (understood < announced) {
    if (at >= end) return INCOMPLETE;
    const before = at;
    if (bytes[at] !== DOLLAR) {
      if (lineEnd(bytes) === INCOMPLETE) return lineTooLong(before) ? fail("too big bulk count string") : INCOMPLETE;
      return fail(`expected '$', got '${String.fromCharCode(bytes[at]!)}'`);
    }
    const outcome = readLength(bytes, "too big bulk count string", "invalid bulk length");
    if (outcome !== READ) return outcome;
    const length = lengthRead;
    if (length < 0 || length > protoMaxBulkLen.value || length > BLOCK_BYTES_MAX) return fail("invalid bulk length");
    if (length > UNAUTHENTICATED_BULK_MAX && !trusted) return fail("unauthenticated bulk length");
    if (at + length + 2 > end) {
      needed = at + length + 2;
      at = before;
      return INCOMPLETE;
    }
    args.reserve(first + understood + 1);
    args.setRange(first + understood, at, at + length);
    understood++;
    at += length + 2;
  }
  return announced;
}

/** `$0`, and twice CR and LF. */
const BULK_BYTES_MIN = 6;

/**
 * Takes arguments of up to 99 bytes that are there whole, as most are, up to the first that is not. What is under way is in local
 * variables here, which makes parsing twice as fast.
 */
function takeUsual(args: Args, first: number): void {
  const { bytes } = args;
  const last = end;
  const wanted = announced;
  let p = at;
  let n = understood;
  for (; n < wanted && p + BULK_BYTES_MIN <= last && bytes[p] === DOLLAR; n++) {
    let length = bytes[p + 1]! - 48;
    let start = p + 4;
    if (bytes[p + 2] !== CR) {
      // A leading zero is not usual.
      if (length === 0 || bytes[p + 3] !== CR) break;
      const digit = bytes[p + 2]! - 48;
      if (digit < 0 || digit > 9) break;
      length = length * 10 + digit;
      start++;
    }
    if (length < 0 || length > 99 || start + length + 2 > last) break;
    args.reserve(first + n + 1);
    args.setRange(first + n, start, start + length);
    p = start + length + 2;
  }
  at = p;
  understood = n;
}

/** Reads `*<n>\r\n` or `$<n>\r\n` at `at` into `lengthRead` and moves behind it; `at` stays unless the outcome is READ. */
function readLength(bytes: Uint8Array, tooBig: string, invalid: string): number {
  // Most lines have one digit.
  const only = bytes[at + 1]! - 48;
  if (only >= 0 && only <= 9 && at + 3 < end && bytes[at + 2] === CR) {
    at += 4;
    lengthRead = only;
    return READ;
  }
  // The usual line, a few digits, without looking for its end first.
  let value = 0;
  let p = at + 1;
  let digit = bytes[p]! - 48;
  while (p < end && digit >= 0 && digit <= 9 && p - at < 9) {
    value = value * 10 + digit;
    digit = bytes[++p]! - 48;
  }
  if (p + 1 < end && bytes[p] === CR && p > at + 1 && (bytes[at + 1] !== 48 || p === at + 2)) {
    at = p + 2;
    lengthRead = value;
    return READ;
  }
  const line = lineEnd(bytes);
  if (line === INCOMPLETE) return lineTooLong(at) ? fail(tooBig) : INCOMPLETE;
  const length = int64.parseBig(bytes, at + 1, line);
  if (length === undefined) return fail(invalid);
  at = line + 2;
  lengthRead = Number(length);
  return READ;
}

/**
 * Offset of the CR that ends the line at `at`, with a byte behind it; INCOMPLETE when that has yet to come. A NUL hides
 * the rest, as where strings are C strings: such a line never ends, and is too long in the end.
 */
function lineEnd(bytes: Uint8Array): number {
  for (let p = at; p + 1 < end && bytes[p] !== 0; p++) if (bytes[p] === CR) return p;
  return INCOMPLETE;
}

const lineTooLong = (start: number) => end - start > INLINE_MAX;

/** Parses a line of words from `at` on. */
function inline(args: Args, first: number): number {
  const bytes = args.bytes;
  let line = at;
  while (line < end && bytes[line] !== LF && bytes[line] !== 0) line++; // a NUL hides the end, see lineEnd
  if (line === end || bytes[line] === 0) return lineTooLong(at) ? fail("too big inline request") : INCOMPLETE;
  const last = line > at && bytes[line - 1] === CR ? line - 1 : line;
  const count = splitInline(args, first, at, last);
  if (count < 0) return fail(UNBALANCED_QUOTES);
  at = line + 1;
  return count;
}
