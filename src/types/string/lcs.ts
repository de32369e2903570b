/**
 * LCS: the longest common subsequence of two strings, by the classic table.
 *
 *     table[i][j]   length for the first i bytes of a and the first j of b; row 0 and column 0 are zeros
 *
 * Built row by row, then walked from the last corner back: a common byte is part of the answer, otherwise the walk goes
 * to the larger neighbour (to the left one when both are equal, as Redis does, which decides between equal answers).
 */
import { copy, Region } from "../../base/region.ts";
import type { CommandSpec } from "../../command/command.ts";
import type { Session } from "../../command/session.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { STRING } from "../../keyspace/value-type.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { SYNTAX } from "../../resp/errors.ts";
import { integerOrReply } from "../../resp/integer-args.ts";
import { protoMaxBulkLen } from "../../resp/parameters.ts";
import type { Reply } from "../../resp/reply.ts";
import * as entry from "../../struct/entry.ts";
import * as string from "./value.ts";

const NOT_STRINGS = "ERR The specified keys must contain string values";
const LENGTH_AND_INDEXES = "ERR If you want both the length and indexes, please just use IDX.";
const TABLE_TOO_LARGE = "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len";
const TABLE_REFUSED = "ERR Insufficient memory, failed allocating transient memory for LCS";

/** A string where it lies: borrowed, nothing is allocated in the store meanwhile. */
interface Text {
  readonly region: Region;
  readonly start: number;
  readonly length: number;
}

/** Equal runs: `length` bytes from `a` on in the one, from `b` on in the other. */
interface Match {
  readonly a: number;
  readonly b: number;
  readonly length: number;
}

interface LcsOptions {
  indexes: boolean;
  lengthOnly: boolean;
  withLengths: boolean;
  lengthMin: number;
}

function lcs(session: Session, args: Args, reply: Reply): void {
  const first = keyspace.lookupRead(session.db, args, 1);
  const second = keyspace.lookupRead(session.db, args, 2);
  if (!isTextOrMissing(first) || !isTextOrMissing(second)) return reply.error(NOT_STRINGS);
  const options = lcsOptionsOrReply(args, reply);
  if (options === undefined) return;
  const a = textOf(first);
  const b = textOf(second);
  const table = buildTableOrReply(a, b, reply);
  if (table === undefined) return;
  const length = table[table.length - 1]!;
  if (options.indexes) replyMatches(reply, walk(a, b, table), length, options);
  else if (options.lengthOnly) reply.integer(length);
  else replyCommon(reply, a, walk(a, b, table), length);
}

function isTextOrMissing(ref: Ref): boolean {
  return ref === NIL || entry.type(ref) === STRING;
}

function textOf(ref: Ref): Text {
  if (ref === NIL) return { region: new Region(new Uint8Array(0)), start: 0, length: 0 };
  return { region: string.region(ref), start: string.start(ref), length: string.length(ref) };
}

function lcsOptionsOrReply(args: Args, reply: Reply): LcsOptions | undefined {
  const options: LcsOptions = { indexes: false, lengthOnly: false, withLengths: false, lengthMin: 0 };
  for (let i = 3; i < args.count; i++) {
    if (args.is(i, "idx")) options.indexes = true;
    else if (args.is(i, "len")) options.lengthOnly = true;
    else if (args.is(i, "withmatchlen")) options.withLengths = true;
    else if (args.is(i, "minmatchlen") && i + 1 < args.count) {
      const lengthMin = integerOrReply(args, ++i, reply);
      if (lengthMin === undefined) return undefined;
      options.lengthMin = Number(lengthMin);
    } else {
      reply.error(SYNTAX);
      return undefined;
    }
  }
  if (!options.indexes || !options.lengthOnly) return options;
  reply.error(LENGTH_AND_INDEXES);
  return undefined;
}

/** The table, its last element the answer's length; or undefined after the error was answered, before memory was taken. */
function buildTableOrReply(a: Text, b: Text, reply: Reply): Uint32Array | undefined {
  const cells = (a.length + 1) * (b.length + 1);
  if (cells * Uint32Array.BYTES_PER_ELEMENT > protoMaxBulkLen.value) {
    reply.error(TABLE_TOO_LARGE);
    return undefined;
  }
  try {
    return fillTable(new Uint32Array(cells), a, b);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    reply.error(TABLE_REFUSED);
    return undefined;
  }
}

function fillTable(table: Uint32Array, a: Text, b: Text): Uint32Array {
  const width = b.length + 1;
  const first = a.region.bytes;
  const second = b.region.bytes;
  for (let i = 1; i <= a.length; i++) {
    const byte = first[a.start + i - 1]!;
    const row = i * width;
    let left = 0;
    let diagonal = 0;
    for (let j = 1; j < width; j++) {
      const above = table[row - width + j]!;
      if (second[b.start + j - 1] === byte) left = diagonal + 1;
      else if (above > left) left = above;
      table[row + j] = left;
      diagonal = above;
    }
  }
  return table;
}

/** The runs that make up the answer, from the last to the first. */
function walk(a: Text, b: Text, table: Uint32Array): Match[] {
  const first = a.region.bytes;
  const second = b.region.bytes;
  const width = b.length + 1;
  const matches: Match[] = [];
  let length = 0;
  let i = a.length;
  let j = b.length;
  while (i > 0 && j > 0) {
    if (first[a.start + i - 1] === second[b.start + j - 1]) {
      i--;
      j--;
      length++;
      continue;
    }
    if (length > 0) matches.push({ a: i, b: j, length });
    length = 0;
    if (table[(i - 1) * width + j]! > table[i * width + j - 1]!) i--;
    else j--;
  }
  if (length > 0) matches.push({ a: i, b: j, length });
  return matches;
}

function replyMatches(reply: Reply, matches: readonly Match[], length: number, options: LcsOptions): void {
  const shown = matches.filter((match) => match.length >= options.lengthMin);
  reply.map(2);
  reply.bulkText("matches");
  reply.array(shown.length);
  for (const match of shown) {
    reply.array(options.withLengths ? 3 : 2);
    for (const start of [match.a, match.b]) {
      reply.array(2);
      reply.integer(start);
      reply.integer(start + match.length - 1);
    }
    if (options.withLengths) reply.integer(match.length);
  }
  reply.bulkText("len");
  reply.integer(length);
}

function replyCommon(reply: Reply, a: Text, matches: readonly Match[], length: number): void {
  const common = new Region(new Uint8Array(length));
  let end = length;
  for (const match of matches) {
    end -= match.length;
    copy(common, end, a.region, a.start + match.a, match.length);
  }
  reply.bulk(common, 0, length);
}

export const lcsCommands: readonly CommandSpec[] = [
  {
    name: "lcs",
    arity: -3,
    flags: ["readonly"],
    group: "string",
    keys: [{ flags: "RO access", begin: 1, last: 1 }],
    since: "7.0.0",
    complexity: "O(N*M), N and M the lengths of the two strings; takes four bytes of memory for each such step.",
    summary: "Answers the longest common subsequence of two strings.",
    syntax: "key1:key key2:key#0 [LEN] [IDX] [MINMATCHLEN len:integer] [WITHMATCHLEN]",
    handler: lcs,
  },
];
