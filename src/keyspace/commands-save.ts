/**
 * All databases as commands that make them anew: what a base of the AOF is where it is no RDB file. Per database SELECT, per key
 * the commands of its type (`ValueType.rewrite`), and PEXPIREAT where it has a deadline.
 *
 * It runs in a Worker, over memory that stands still (mem/view.ts): blocks are read, and nothing else is asked of `mem`. However
 * large a value is, what waits to be written stays small: a long string goes through in pieces.
 */
import { copy, type Region } from "../base/region.ts";
import type { Ref } from "../mem/mem.ts";
import * as mem from "../mem/mem.ts";
import type { Out } from "../rdb/writer.ts";
import { Reply } from "../resp/reply.ts";
import * as entry from "../struct/entry.ts";
import * as table from "../struct/table.ts";
import { databases, numberOf, size, tableOf } from "./database.ts";
import type { SaveOptions } from "./rdb-save.ts";
import { begin, integer, word } from "./rewriting.ts";
import { typeOf } from "./value-type.ts";

/** What is written at a time, about. */
const PIECE_BYTES = 64 * 1024;
/** `onKey` is called after so many keys. */
const KEYS_BETWEEN = 1024;

const SELECT = word("SELECT");
const PEXPIREAT = word("PEXPIREAT");
const CRLF = Buffer.from("\r\n", "latin1");

/** Words of commands, handed on in pieces. */
class Pieces extends Reply {
  /** Whether anything was handed on since this was last set to false. */
  hasHandedOn = false;

  constructor(private readonly out: Out) {
    super();
  }

  override bulk(source: Region, start: number, length: number): void {
    if (length < PIECE_BYTES) return super.bulk(source, start, length);
    this.raw(Buffer.from(`$${length}\r\n`, "latin1"));
    for (let done = 0; done < length; ) {
      const bytes = Math.min(PIECE_BYTES, length - done);
      this.reserve(bytes);
      copy(this.region, this.length, source, start + done, bytes);
      this.length += bytes;
      done += bytes;
      this.handOn();
    }
    this.raw(CRLF);
  }

  handOn(): void {
    this.out(this.bytes, 0, this.length);
    this.truncate(0);
    this.hasHandedOn = true;
  }
}

export interface CommandsOptions {
  /** As in `SaveOptions`. */
  readonly onKey?: SaveOptions["onKey"] | undefined;
  /** Called now and then between two keys, and at the end, when all commands so far were handed on. */
  readonly onBorder?: () => void;
}

/** Writes all databases; returns the number of keys. */
export function saveCommands(out: Out, { onKey, onBorder }: CommandsOptions): number {
  const pieces = new Pieces(out);
  const next = () => {
    if (pieces.length >= PIECE_BYTES) pieces.handOn();
  };
  const endPiece = () => {
    pieces.handOn();
    pieces.hasHandedOn = false;
    onBorder?.();
  };
  let keys = 0;
  for (const db of databases) {
    if (size(db) === 0) continue;
    pieces.array(2);
    pieces.raw(SELECT);
    pieces.bulkInteger(numberOf(db));
    table.entries(tableOf(db), (ref) => {
      saveKey(ref, pieces, next);
      if (pieces.hasHandedOn) endPiece();
      if (++keys % KEYS_BETWEEN === 0) onKey?.(keys);
    });
  }
  endPiece();
  return keys;
}

function saveKey(ref: Ref, out: Reply, next: () => void): void {
  const key = mem.chunkOf(ref);
  const start = entry.keyStart(ref);
  const end = start + entry.keyLength(ref);
  typeOf(entry.type(ref)).rewrite!(ref, key, start, end, out, next);
  if (!entry.hasDeadline(ref)) return;
  const deadlineMs = entry.deadlineMs(ref);
  begin(out, 3, PEXPIREAT, key, start, end);
  integer(out, Number.isSafeInteger(deadlineMs) ? deadlineMs : entry.deadlineBig(ref));
  next();
}
