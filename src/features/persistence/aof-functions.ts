/**
 * What an AOF of Redis says of functions, for as long as there is no command for them: libraries are kept, replaced and forgotten
 * (keyspace/libraries.ts).
 *
 *     FUNCTION LOAD [REPLACE] code · FUNCTION DELETE name · FUNCTION FLUSH [ASYNC|SYNC] · FUNCTION RESTORE payload [policy]
 *
 * The payload is, as in an RDB file, an opcode and a string per library, and the footer of DUMP (rdb/payload.ts).
 */
import { forgetLibrary, keepLibrary, libraries } from "../../keyspace/libraries.ts";
import { readFunction } from "../../keyspace/rdb-extras.ts";
import * as opcode from "../../rdb/opcodes.ts";
import { FOOTER_BYTES, hasValidFooter } from "../../rdb/payload.ts";
import { RdbError, RdbReader } from "../../rdb/reader.ts";
import type { Args } from "../../resp/args.ts";

/** Executes the command, if it is one of these. False when it is not; otherwise what is wrong with it, if anything. */
export function replayFunction(args: Args): false | { problem: string | undefined } {
  if (args.count < 2 || !args.is(0, "function")) return false;
  const last = args.count - 1;
  if (args.is(1, "flush")) libraries.code = [];
  else if (args.is(1, "delete") && args.count === 3) forgetLibrary(args.text(2));
  else if (args.is(1, "load") && args.count > 2) return { problem: keep(args.copyOf(last), args.count > 3) };
  else if (args.is(1, "restore") && args.count > 2) return { problem: restore(args) };
  else return false;
  return { problem: undefined };
}

function keep(code: Uint8Array, replaces: boolean): string | undefined {
  return keepLibrary(code, replaces) ? undefined : "a library of this name is there already";
}

function restore(args: Args): string | undefined {
  const payload = args.copyOf(2);
  if (!hasValidFooter(payload, 0, payload.length)) return "the payload of FUNCTION RESTORE is damaged";
  if (args.count > 3 && args.is(3, "flush")) libraries.code = [];
  const replaces = args.count > 3 && args.is(3, "replace");
  const reader = new RdbReader();
  reader.aim(payload, 0, payload.length - FOOTER_BYTES);
  try {
    while (reader.at < reader.end) {
      if (reader.byte() !== opcode.FUNCTION) return "the payload of FUNCTION RESTORE holds something else";
      const problem = keep(readFunction(reader), replaces);
      if (problem !== undefined) return problem;
    }
  } catch (error) {
    if (!(error instanceof RdbError)) throw error;
    return error.message;
  }
  return undefined;
}
