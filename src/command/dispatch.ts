/**
 * From a batch to its execution: finds each command, hashes the keys of all of them (and the elements they look up in one
 * value), lets the tables touch what they will read, and runs them in order. Where each was found is left as a hint
 * (keyspace/hints.ts).
 *
 * Touching first is what makes a large store fast: executed one by one, each look-up waits for memory twice; touched in
 * two tight loops, all those waits overlap (struct/table.ts, `prefetch`).
 */
import { nowMs, tickClock } from "../base/env.ts";
import * as access from "../keyspace/access.ts";
import { tableOf } from "../keyspace/database.ts";
import * as hints from "../keyspace/hints.ts";
import { typeOf } from "../keyspace/value-type.ts";
import { NIL, type Ref } from "../mem/mem.ts";
import type { Args } from "../resp/args.ts";
import { BATCH_COMMANDS, type Batch } from "../resp/parser.ts";
import type { Reply } from "../resp/reply.ts";
import * as entry from "../struct/entry.ts";
import * as table from "../struct/table.ts";
import { readyKeys, serveReady } from "./blocking.ts";
import type { Command } from "./command.ts";
import { beginBatch, endRun, execute, executeQueued } from "./execute.ts";
import { endUnit, unit } from "./propagation.ts";
import { type Session, silence } from "./session.ts";
import * as commands from "./table.ts";

/** Below so many keys there are no waits to overlap. */
const PREFETCH_MIN = 2;

/** Replies are handed to the connection in the middle of a batch when there are so many bytes of them. */
const SPILL_BYTES = 256 * 1024;

/** The commands of a batch: of the one that came from a client, and of the one that EXEC runs within it. */
type Found = (Command | undefined)[];
const foundInput: Found = new Array(BATCH_COMMANDS).fill(undefined);
const foundQueued: Found = new Array(BATCH_COMMANDS).fill(undefined);
/** The keys of the batch: their ranges, hashes and the slots where they may be. */
const ranges = new Int32Array(table.PREFETCH_MAX);
const hashes = new Int32Array(table.PREFETCH_MAX);
const slots = new Int32Array(table.PREFETCH_MAX);
/** Ranges that are the batch's first key once more. */
const repeats = new Int32Array(table.PREFETCH_MAX);

/**
 * Executes a batch for a session and writes the replies. Returns how many commands were executed: not all of them when the
 * session is being closed, or waits for something.
 */
export function dispatch(session: Session, batch: Batch, reply: Reply): number {
  tickClock();
  access.tick();
  access.access.frozen = session.noTouch;
  session.lastUsedMs = nowMs;
  beginBatch();
  prepare(session, batch, foundInput);
  const args = batch.args;
  let i = 0;
  while (i < batch.commands && !session.closing) {
    args.aim(batch.firsts[i]!, batch.counts[i]!);
    const mark = reply.length;
    const replies = session.replies;
    execute(session, foundInput[i], args, reply);
    if (unit.commands > 0) endUnit();
    if (readyKeys.count > 0) serveReady();
    if (session.isParked) {
      if (session.waiter !== undefined) i++;
      break;
    }
    i++;
    if (session.replies !== "on") silence(session, replies, reply, mark);
    reply.protocol = session.protocol;
    if (reply.length >= SPILL_BYTES) session.connection?.send(reply);
  }
  endRun();
  return i;
}

/** Executes a batch that was queued, within the command that `dispatch` executes: the same moment, one transaction. */
export function dispatchQueued(session: Session, batch: Batch, reply: Reply): void {
  const outer = hints.suspend();
  prepare(session, batch, foundQueued);
  const args = batch.args;
  for (let i = 0; i < batch.commands; i++) {
    args.aim(batch.firsts[i]!, batch.counts[i]!);
    const mark = reply.length;
    const replies = session.replies;
    executeQueued(session, foundQueued[i], args, reply);
    if (replies === "off" && session.replies === "off") reply.truncate(mark);
    reply.protocol = session.protocol;
    if (reply.length >= SPILL_BYTES && replies === "on") session.connection?.send(reply);
  }
  hints.resume(outer);
  endRun();
}

/** Finds the commands of a batch, and has the tables touch what they will look up. */
function prepare(session: Session, batch: Batch, found: Found): void {
  const args = batch.args;
  let keys = 0;
  let repeated = 0;
  let withElements = 0;
  for (let i = 0; i < batch.commands; i++) {
    args.aim(batch.firsts[i]!, batch.counts[i]!);
    const command = commands.find(args);
    found[i] = command;
    if (command === undefined || command.firstKey === 0) continue;
    if (command.firstElement !== 0) withElements++;
    const last = command.lastKey < 0 ? args.count + command.lastKey : Math.min(command.lastKey, args.count - 1);
    for (let key = command.firstKey; key <= last && keys + repeated < table.PREFETCH_MAX; key += command.keyStep) {
      const range = args.rangeOf(key);
      // A pipeline about one key, until another one comes: it is hashed and touched once, which saves 20 ns per command.
      if (keys === 1 && args.isTwin(range, ranges[0]!)) {
        repeats[repeated++] = range;
      } else {
        ranges[keys] = range;
        hashes[keys++] = args.hash(key);
      }
    }
  }
  if (keys + repeated + withElements < PREFETCH_MIN) return;
  hints.begin();
  const all = tableOf(session.db);
  touch(args, all, keys);
  for (let i = 0; i < repeated; i++) args.setHint(repeats[i]!, all, slots[0]!);
  if (withElements > 0) prepareElements(batch, found);
}

/** The same for the elements that commands look up in one value: the first of the batch that has a table of them. */
function prepareElements(batch: Batch, found: Found): void {
  const args = batch.args;
  let elements: Ref = NIL;
  let count = 0;
  // Most often all commands of a batch are about one key.
  let lastSlot: Ref = NIL;
  let own: Ref = NIL;
  for (let i = 0; i < batch.commands; i++) {
    const command = found[i];
    if (command === undefined || command.firstElement === 0 || batch.counts[i]! <= command.firstElement) continue;
    args.aim(batch.firsts[i]!, batch.counts[i]!);
    const slot = args.slotHint(command.firstKey);
    if (slot !== lastSlot) {
      lastSlot = slot;
      const held = slot === NIL ? NIL : table.entryAt(slot);
      // The hint is not verified: of the wrong key it would only touch in vain.
      own = held === NIL ? NIL : (typeOf(entry.type(held)).elementTable?.(held) ?? NIL);
    }
    if (own === NIL || (elements !== NIL && own !== elements)) continue;
    elements = own;
    for (let at = command.firstElement; at < args.count && count < table.PREFETCH_MAX; at += command.elementStep) {
      ranges[count] = args.rangeOf(at);
      hashes[count++] = args.hash(at);
    }
  }
  if (count > 0) touch(args, elements, count);
}

/** Touches what `count` look-ups in a table will read, and notes the slots. */
function touch(args: Args, keys: Ref, count: number): void {
  table.prefetch(keys, hashes, count, slots);
  for (let i = 0; i < count; i++) args.setHint(ranges[i]!, keys, slots[i]!);
}
