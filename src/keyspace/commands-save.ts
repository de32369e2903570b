/**
 * All databases as commands that make them anew: what a base of the AOF is where it is no RDB file. Per library of functions
 * FUNCTION LOAD, per database SELECT, per key the commands of its type (`ValueType.rewrite`), and PEXPIREAT where it has a
 * deadline.
 *
 * It runs in a Worker, over memory that stands still (mem/view.ts): blocks are read, and nothing else is asked of `mem`.
 */
import { Region } from "../base/region.ts";
import type { Ref } from "../mem/mem.ts";
import type { Out } from "../rdb/writer.ts";
import * as entry from "../struct/entry.ts";
import * as table from "../struct/table.ts";
import { databases, numberOf, size, tableOf } from "./database.ts";
import { libraries } from "./libraries.ts";
import type { SaveOptions } from "./rdb-save.ts";
import { Commands, word } from "./rewriting.ts";
import { typeOf } from "./value-type.ts";

/** `onKey` is called after so many keys. */
const KEYS_BETWEEN = 1024;

const FUNCTION_LOAD = Buffer.concat([word("FUNCTION"), word("LOAD")]);
const SELECT = word("SELECT");
const PEXPIREAT = word("PEXPIREAT");

export interface CommandsOptions {
  /** As in `SaveOptions`. */
  readonly onKey?: SaveOptions["onKey"] | undefined;
  /** Called now and then between two keys, and at the end, when all commands so far were handed on. */
  readonly onBorder?: () => void;
}

/** Writes all databases; returns the number of keys. */
export function saveCommands(out: Out, { onKey, onBorder }: CommandsOptions): number {
  const commands = new Commands(out);
  for (const code of libraries.code) {
    commands.array(3);
    commands.raw(FUNCTION_LOAD);
    commands.bulk(new Region(code), 0, code.length);
  }
  const endPiece = () => {
    commands.handOn();
    commands.hasHandedOn = false;
    onBorder?.();
  };
  let keys = 0;
  for (const db of databases) {
    if (size(db) === 0) continue;
    commands.array(2);
    commands.raw(SELECT);
    commands.bulkInteger(numberOf(db));
    table.entries(tableOf(db), (ref) => {
      saveKey(ref, commands);
      if (commands.hasHandedOn) endPiece();
      if (++keys % KEYS_BETWEEN === 0) onKey?.(keys);
    });
  }
  endPiece();
  return keys;
}

function saveKey(ref: Ref, commands: Commands): void {
  commands.about(ref);
  typeOf(entry.type(ref)).rewrite!(ref, commands);
  if (entry.hasDeadline(ref)) {
    const deadlineMs = entry.deadlineMs(ref);
    commands.begin(3, PEXPIREAT);
    commands.integer64(Number.isSafeInteger(deadlineMs) ? deadlineMs : entry.deadlineBig(ref));
  }
  commands.end();
}
