/**
 * What is told to those who keep a copy of the data by repeating commands: the AOF, later replicas. They are told effects, not
 * wishes: repeated on equal data, at any time, a command that was told has the same outcome (`SPOP` becomes `SREM`,
 * `EXPIRE` becomes `PEXPIREAT`, a key past its deadline `DEL`).
 *
 * A unit is what one command did, or one transaction, one served client, one expired key. A command that changed something
 * (`events.changes.dirty`) is told as it came, unless its handler has said what to tell instead. Units of several commands are
 * told between MULTI and EXEC, so that nobody ever has half of one.
 *
 *     buffer   │ room for SELECT and MULTI │ command │ SELECT, where the database changes │ command … │ EXEC │
 *                                       BODY, from here on it is written as it happens
 *
 * Whether a unit has more than one command, and which database its reader has in mind by then, is known at its end: so
 * what goes in front is written last, up to BODY. Arguments are copied from the request or the store straight into the
 * buffer, and from there by the sink.
 *
 * Invariant: outside of a command nothing is left in the buffer. Who replays commands that were told (keyspace/replay.ts)
 * leaves `sink` undefined meanwhile.
 */
import { bytesOf } from "../base/ascii.ts";
import * as int64 from "../base/int64.ts";
import { copy, type Region } from "../base/region.ts";
import { type Database, numberOf } from "../keyspace/database.ts";
import * as events from "../keyspace/events.ts";
import { lazyfreeLazyExpire } from "../keyspace/parameters.ts";
import type { Args } from "../resp/args.ts";
import { Reply } from "../resp/reply.ts";

/** Who is told: whole units, in order, as bytes of the protocol, SELECT and MULTI among them. The range is borrowed. */
export interface Sink {
  append(source: Region, start: number, end: number): void;
}

/** Nobody by default. Whoever asks whether there is anybody asks `propagation.sink`. */
export const propagation: { sink: Sink | undefined } = { sink: undefined };

/** Commands in the unit that is being written; asked after each command. */
export const unit = { commands: 0 };

const MULTI = bytesOf("*1\r\n$5\r\nMULTI\r\n");
const EXEC = bytesOf("*1\r\n$4\r\nEXEC\r\n");
/** A SELECT with a number of ten digits, and MULTI, fit in front of it. */
const BODY = 64;
const NO_DATABASE = -1;

/** Made when somebody listens: it has a buffer. */
let buffer: Reply | undefined;
/** SELECT, by number of the database. */
const selects: Uint8Array[] = [];
/** The database that whoever is told has in mind: before the unit, and where the unit has come to. */
let selected = NO_DATABASE;
let firstDatabase = NO_DATABASE;
let lastDatabase = NO_DATABASE;
/** Commands that run, one within the other. */
let depth = 0;
/** The database of the command that runs. */
let ownDatabase = NO_DATABASE;
// What the running command wants.
let isReplaced = false;
let isForced = false;
let isLoose = false;

/** `word` as a bulk string: for `Reply.raw`, which needs no string then. */
export function bulkOf(word: string): Uint8Array {
  return bytesOf(`$${word.length}\r\n${word}\r\n`);
}

function selectOf(dbNumber: number): Uint8Array {
  const number = String(dbNumber);
  selects[dbNumber] ??= bytesOf(`*2\r\n$6\r\nSELECT\r\n$${number.length}\r\n${number}\r\n`);
  return selects[dbNumber];
}

/** Begins a command of `count` arguments in the unit. */
function begin(dbNumber: number, count: number): Reply {
  buffer ??= new Reply();
  if (unit.commands++ === 0) {
    buffer.truncate(0);
    buffer.length = BODY;
    firstDatabase = dbNumber;
  } else if (lastDatabase !== dbNumber) {
    buffer.raw(selectOf(dbNumber));
  }
  lastDatabase = dbNumber;
  buffer.array(count);
  return buffer;
}

/**
 * Begins a command of `count` arguments that is told in place of the running one, or after what is told in its place already;
 * the caller writes each argument as a bulk string to what it gets. Undefined when nobody is told anything.
 */
export function instead(count: number): Reply | undefined {
  isReplaced = true;
  return propagation.sink === undefined ? undefined : begin(ownDatabase, count);
}

/** Of the running command nothing is told, whatever it changed. */
export function nothing(): void {
  isReplaced = true;
}

/** The running command is told though it has counted no change (FLUSHALL of nothing). */
export function always(): void {
  isForced = true;
}

/** What was told in this unit need not happen as one: keys that SCAN found to be past their deadlines. */
export function loosely(): void {
  isLoose = unit.commands > 0;
}

/** Tells `word key`, with the key in argument `i`, as `instead` does. `word` comes from `bulkOf`. */
export function insteadOnKey(word: Uint8Array, args: Args, i: number): void {
  const out = instead(2);
  if (out === undefined) return;
  out.raw(word);
  argument(out, args, i);
}

/** Writes argument `i` of a command. */
export function argument(out: Reply, args: Args, i: number): void {
  out.bulk(args.region, args.start(i), args.length(i));
}

/** Writes the arguments from `from` up to `to`. */
export function argumentsFrom(out: Reply, args: Args, from: number, to: number): void {
  for (let i = from; i < to; i++) out.bulk(args.region, args.start(i), args.length(i));
}

/** Writes an integer of up to 64 bits. */
export function integer(out: Reply, value: number | bigint): void {
  if (typeof value === "number") out.bulkInteger(value);
  else out.bulkText(String(value));
}

/** A command is about to run that may be told. Returns what `leave` wants to know. */
export function enter(dbNumber: number): number {
  depth++;
  ownDatabase = dbNumber;
  isReplaced = isForced = false;
  return events.changes.dirty;
}

/** The command has run: tells it as it came, if it is to be. */
export function leave(args: Args, dirtyBefore: number): void {
  depth--;
  const isTold = (events.changes.dirty > dirtyBefore || isForced) && !isReplaced;
  if (!isTold || propagation.sink === undefined) return;
  const out = begin(ownDatabase, args.count);
  if (!copyRequest(out, args)) argumentsFrom(out, args, 0, args.count);
}

const CR = 13;
const LF = 10;
const DOLLAR = 36;
/** `$`, and twice the end of a line. */
const AROUND_BULK = 5;

/**
 * Copies the arguments with all that is between them, if that is how they came: one copy instead of many. They came so
 * if they are as far apart as they would be, with a line's end on both sides of each: the parser takes more than that.
 */
function copyRequest(out: Reply, args: Args): boolean {
  const { bytes, count } = args;
  const from = args.start(0) - 3 - int64.lengthOf(args.length(0));
  if (bytes[from] !== DOLLAR) return false;
  let at = args.start(0);
  let end = at;
  for (let i = 0; i < count; i++) {
    if (args.start(i) !== at || bytes[at - 1] !== LF) return false;
    end = args.end(i);
    if (bytes[end] !== CR || bytes[end + 1] !== LF) return false;
    if (i + 1 < count) at = end + AROUND_BULK + int64.lengthOf(args.length(i + 1));
  }
  const length = end + 2 - from;
  out.reserve(length);
  copy(out.region, out.length, args.region, from, length);
  out.length += length;
  return true;
}

/** As `leave`, for a command that was told already as far as it is to be: a client that waited was served. */
export function leaveServed(): void {
  depth--;
  if (unit.commands > 0) endUnit();
}

/** Hands over what was told since the last unit, as one. Called between commands. */
export function endUnit(): void {
  const { commands } = unit;
  const { sink } = propagation;
  const out = buffer!;
  const isOne = commands === 1 || isLoose;
  unit.commands = 0;
  isLoose = false;
  if (sink === undefined) return out.truncate(0);
  let start = isOne ? BODY : prepend(out, BODY, MULTI);
  if (firstDatabase !== selected) start = prepend(out, start, selectOf(firstDatabase));
  if (!isOne) out.raw(EXEC);
  selected = lastDatabase;
  sink.append(out.region, start, out.length);
  out.truncate(0);
}

/** Writes bytes so that they end at `end`; returns where they begin. */
function prepend(out: Reply, end: number, bytes: Uint8Array): number {
  const start = end - bytes.length;
  for (let i = 0; i < bytes.length; i++) out.bytes[start + i] = bytes[i]!;
  return start;
}

/** Whoever is told next must be told the database first: a new file begins. */
export function reselect(): void {
  selected = NO_DATABASE;
}

const HDEL = bulkOf("HDEL");
export const DEL = bulkOf("DEL");
const UNLINK = bulkOf("UNLINK");

/** DEL, or UNLINK where the value is to be freed later. */
export const deletionWord = (isLazy: boolean) => (isLazy ? UNLINK : DEL);

/** Tells that a key is gone of its own accord, before what the running command did; when none runs, as a unit. */
export function tellDeletion(db: Database, key: Region, start: number, end: number, isLazy: boolean): void {
  if (propagation.sink === undefined) return;
  const out = begin(numberOf(db), 2);
  out.raw(deletionWord(isLazy));
  out.bulk(key, start, end - start);
  if (depth === 0) endUnit();
}

// Not at boot: whoever executes commands can be told of them.
events.hooks.expired = (db, key, start, end) => tellDeletion(db, key, start, end, lazyfreeLazyExpire.value);

events.hooks.elementExpired = (db, key, start, end, element, from, to) => {
  if (propagation.sink === undefined) return;
  const out = begin(db === undefined ? ownDatabase : numberOf(db), 3);
  out.raw(HDEL);
  out.bulk(key, start, end - start);
  out.bulk(element, from, to - from);
  if (depth === 0) endUnit();
};
