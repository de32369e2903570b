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
import type { Command } from "./command.ts";
import { beginBatch, endRun, execute } from "./execute.ts";
import type { Session } from "./session.ts";
import * as commands from "./table.ts";

/** Below so many keys there are no waits to overlap. */
const PREFETCH_MIN = 2;

/** Replies are handed to the connection in the middle of a batch when there are so many bytes of them. */
const SPILL_BYTES = 256 * 1024;

const found: (Command | undefined)[] = new Array(BATCH_COMMANDS).fill(undefined);
/** The keys of the batch: their ranges, hashes and the slots where they may be. */
const ranges = new Int32Array(table.PREFETCH_MAX);
const hashes = new Int32Array(table.PREFETCH_MAX);
const slots = new Int32Array(table.PREFETCH_MAX);

/** Executes a batch for a session and writes the replies. Stops early when the session is being closed. */
export function dispatch(session: Session, batch: Batch, reply: Reply): void {
  tickClock();
  access.tick();
  access.access.frozen = session.noTouch;
  session.lastUsedMs = nowMs;
  beginBatch();
  prepare(session, batch);
  const args = batch.args;
  for (let i = 0; i < batch.commands && !session.closing; i++) {
    args.aim(batch.firsts[i]!, batch.counts[i]!);
    const mark = reply.length;
    execute(session, found[i], args, reply);
    if (session.replies !== "on") silence(session, reply, mark);
    reply.protocol = session.protocol;
    if (reply.length >= SPILL_BYTES) session.connection?.send(reply);
  }
  endRun();
}

/** Finds the commands of a batch, and has the tables touch what they will look up. */
function prepare(session: Session, batch: Batch): void {
  const args = batch.args;
  let keys = 0;
  let withElements = 0;
  for (let i = 0; i < batch.commands; i++) {
    args.aim(batch.firsts[i]!, batch.counts[i]!);
    const command = commands.find(args);
    found[i] = command;
    if (command === undefined || command.firstKey === 0) continue;
    if (command.firstElement !== 0) withElements++;
    const last = command.lastKey < 0 ? args.count + command.lastKey : Math.min(command.lastKey, args.count - 1);
    for (let key = command.firstKey; key <= last && keys < table.PREFETCH_MAX; key += command.keyStep) {
      ranges[keys] = args.rangeOf(key);
      hashes[keys++] = args.hash(key);
    }
  }
  if (keys + withElements < PREFETCH_MIN) return;
  hints.begin();
  touch(args, tableOf(session.db), keys);
  if (withElements > 0) prepareElements(batch);
}

/** The same for the elements that commands look up in one value: the first of the batch that has a table of them. */
function prepareElements(batch: Batch): void {
  const args = batch.args;
  let elements: Ref = NIL;
  let count = 0;
  for (let i = 0; i < batch.commands; i++) {
    const command = found[i];
    if (command === undefined || command.firstElement === 0 || batch.counts[i]! <= command.firstElement) continue;
    args.aim(batch.firsts[i]!, batch.counts[i]!);
    const slot = args.slotHint(command.firstKey);
    const held = slot === NIL ? NIL : table.entryAt(slot);
    // The hint is not verified: of the wrong key it would only touch in vain.
    const own = held === NIL ? NIL : (typeOf(entry.type(held)).elementTable?.(held) ?? NIL);
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

/** CLIENT REPLY OFF and SKIP: what was answered since `mark` is forgotten. */
function silence(session: Session, reply: Reply, mark: number): void {
  if (session.replies === "skip-next") {
    session.replies = "skip";
    return;
  }
  reply.truncate(mark);
  if (session.replies === "skip") session.replies = "on";
}
