/**
 * BITOP: strings combined bit by bit. A shorter string counts as if zeros stood behind it.
 *
 * The result is made in a block of its own, since the destination may be a source, tile by tile: the first source is
 * copied into the tile, then each other is worked into it while the tile is in the processor's cache.
 *
 *     sources ──┐ copy, or stage
 *               ▼
 *     result   [ tile ][ tile ][ til ]          spare   [ staged ][ twice ]
 *
 * A source is taken where it lies if its words are words of the chunk. What is not aligned (it lies in its entry), or ends
 * within a word, goes over the staged tile. `twice` is where ONE notes the bits that have come up more than once.
 */
import { copy } from "../../base/region.ts";
import type { CommandSpec } from "../../command/command.ts";
import type { Session } from "../../command/session.ts";
import * as events from "../../keyspace/events.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { STRING } from "../../keyspace/value-type.ts";
import type { Chunk, Ref } from "../../mem/mem.ts";
import * as mem from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { SYNTAX, WRONG_TYPE } from "../../resp/errors.ts";
import type { Reply } from "../../resp/reply.ts";
import * as entry from "../../struct/entry.ts";
import * as kernel from "./bitmap-kernels.ts";
import * as string from "./value.ts";

const NOT_ALONE = "ERR BITOP NOT must be called with a single source key.";

const TILE_BYTES = 16 * 1024;
const WORD_BYTES = 4;

/** What BITOP can do, by name. DIFF and the rest are Redis 8.2's; X stands for the first source, Y for all others. */
const OPERATIONS = {
  /** In every source. */
  and: 0,
  /** In any source. */
  or: 1,
  /** In an odd number of sources. */
  xor: 2,
  /** Not in the one source. */
  not: 3,
  /** In X and in no Y. */
  diff: 4,
  /** In some Y and not in X. */
  diff1: 5,
  /** In X and in some Y. */
  andor: 6,
  /** In exactly one source. */
  one: 7,
} as const;
const NAMES = Object.entries(OPERATIONS);

/** The sources of the command that is being executed: where each lies, and its length in bytes. */
const chunks: Chunk[] = [];
const starts: number[] = [];
const lengths: number[] = [];
let sources = 0;

/** Finds the sources, from argument `first` on. The longest one's length, or -1 after a written error. */
function openSources(session: Session, args: Args, first: number, reply: Reply): number {
  let longest = 0;
  sources = args.count - first;
  for (let i = 0; i < sources; i++) {
    const ref = keyspace.lookupRead(session.db, args, first + i);
    lengths[i] = 0;
    if (ref === mem.NIL) continue;
    if (entry.type(ref) !== STRING) {
      reply.error(WRONG_TYPE);
      return -1;
    }
    chunks[i] = entry.locate(ref);
    starts[i] = entry.valueStart;
    lengths[i] = entry.valueLength;
    if (entry.valueLength > longest) longest = entry.valueLength;
  }
  return longest;
}

// The tile that is being made: where it begins in the strings and in the result, and how long it is.
let tileFrom = 0;
let tileBytes = 0;
let target: Int32Array;
let targetChunk: Chunk;
let targetWord = 0;
let targetWords = 0;
// The spare tiles.
let spareChunk: Chunk;
let stagedWord = 0;
let twiceWord = 0;

/** Makes the result of `size` bytes out of the sources, in a new block. */
function combine(operation: number, size: number): Ref {
  const result = mem.alloc(size);
  const tileMax = Math.min(TILE_BYTES, (size + 7) & ~7);
  const spare = mem.alloc(2 * tileMax);
  spareChunk = mem.chunkOf(spare);
  stagedWord = mem.wordOffset(spare);
  twiceWord = stagedWord + tileMax / WORD_BYTES;
  targetChunk = mem.chunkOf(result);
  target = targetChunk.words;
  for (let from = 0; from < size; from += tileMax) {
    tileFrom = from;
    tileBytes = Math.min(tileMax, size - from);
    targetWord = mem.wordOffset(result) + from / WORD_BYTES;
    targetWords = Math.ceil(tileBytes / WORD_BYTES);
    combineTile(operation);
  }
  mem.free(spare);
  return result;
}

function combineTile(operation: number): void {
  switch (operation) {
    case OPERATIONS.and:
      load(0);
      for (let i = 1; i < sources; i++) and(i);
      break;
    case OPERATIONS.or:
      load(0);
      for (let i = 1; i < sources; i++) or(i);
      break;
    case OPERATIONS.xor:
      load(0);
      for (let i = 1; i < sources; i++) xor(i);
      break;
    case OPERATIONS.not:
      load(0);
      kernel.not(target, targetWord, targetWords);
      break;
    case OPERATIONS.diff:
      load(0);
      for (let i = 1; i < sources; i++) andNot(i);
      break;
    case OPERATIONS.diff1:
      loadOthers();
      andNot(0);
      break;
    case OPERATIONS.andor:
      loadOthers();
      and(0);
      break;
    default:
      load(0);
      spareChunk.words.fill(0, twiceWord, twiceWord + targetWords);
      for (let i = 1; i < sources; i++) one(i);
      kernel.andNot(target, targetWord, spareChunk.words, twiceWord, targetWords);
  }
}

/** Fills the tile with what any source but the first has. */
function loadOthers(): void {
  load(1);
  for (let i = 2; i < sources; i++) or(i);
}

/** Fills the tile with source `i`. */
function load(i: number): void {
  fillWith(i, targetChunk, targetWord, targetWords);
}

/** Copies what source `i` has of this tile to `words` words of a chunk, zeros behind it. */
function fillWith(i: number, chunk: Chunk, at: number, words: number): void {
  const length = Math.max(0, Math.min(tileBytes, lengths[i]! - tileFrom));
  const whole = length >>> 2;
  if (whole < words) chunk.words.fill(0, at + whole, at + words);
  if (length > 0) copy(chunk, at * WORD_BYTES, chunks[i]!, starts[i]! + tileFrom, length);
}

// Where `open` found the words of a source.
let sourceWords: Int32Array;
let sourceWord = 0;

/** Finds what source `i` has of this tile; returns how many words that are, those behind them being zeros. */
function open(i: number): number {
  const length = Math.min(tileBytes, lengths[i]! - tileFrom);
  if (length <= 0) return 0;
  const at = starts[i]! + tileFrom;
  const words = Math.ceil(length / WORD_BYTES);
  if (((at | length) & 3) === 0) {
    sourceWords = chunks[i]!.words;
    sourceWord = at / WORD_BYTES;
  } else {
    fillWith(i, spareChunk, stagedWord, words);
    sourceWords = spareChunk.words;
    sourceWord = stagedWord;
  }
  return words;
}

function and(i: number): void {
  const words = open(i);
  kernel.and(target, targetWord, sourceWords, sourceWord, words);
  if (words < targetWords) target.fill(0, targetWord + words, targetWord + targetWords);
}

function or(i: number): void {
  const words = open(i);
  kernel.or(target, targetWord, sourceWords, sourceWord, words);
}

function xor(i: number): void {
  const words = open(i);
  kernel.xor(target, targetWord, sourceWords, sourceWord, words);
}

function andNot(i: number): void {
  const words = open(i);
  kernel.andNot(target, targetWord, sourceWords, sourceWord, words);
}

function one(i: number): void {
  const words = open(i);
  kernel.one(target, targetWord, spareChunk.words, twiceWord, sourceWords, sourceWord, words);
}

function operationOf(args: Args): number | undefined {
  for (const [name, operation] of NAMES) if (args.is(1, name)) return operation;
  return undefined;
}

function bitop(session: Session, args: Args, reply: Reply): void {
  const { db } = session;
  const operation = operationOf(args);
  if (operation === undefined) return reply.error(SYNTAX);
  if (operation === OPERATIONS.not && args.count !== 4) return reply.error(NOT_ALONE);
  const needsOthers = operation === OPERATIONS.diff || operation === OPERATIONS.diff1 || operation === OPERATIONS.andor;
  if (needsOthers && args.count < 5) {
    return reply.error(`ERR BITOP ${args.text(1).toUpperCase()} must be called with at least two source keys.`);
  }
  const size = openSources(session, args, 3, reply);
  if (size < 0) return;
  if (size > 0) {
    string.adopt(db, args, 2, string.RAW, combine(operation, size), size);
    events.changed(db, args, 2, events.STRING, "set");
  } else if (keyspace.remove(db, args, 2)) {
    events.changed(db, args, 2, events.GENERIC, "del");
  }
  reply.integer(size);
}

export const bitmapCombineCommands: readonly CommandSpec[] = [
  {
    name: "bitop",
    arity: -4,
    flags: ["write", "denyoom"],
    group: "bitmap",
    keys: [
      { flags: "OW update", begin: 2 },
      { flags: "RO access", begin: 3, last: -1 },
    ],
    since: "2.6.0",
    complexity: "O(N), N the number of bytes in all sources.",
    summary: "Combines strings bit by bit and stores the result at a key.",
    syntax: "operation destkey:key key...",
    handler: bitop,
  },
];
