/**
 * What a session has queued since MULTI: the arguments of all commands in one buffer, one behind the other, and beside it
 * how many and how long they are. No object per command or argument.
 *
 *     bytes     SET key value │ INCR n │ …         (without the gaps)
 *     lengths   3 3 3 5       │ 2 4 1  │ …         number of arguments, then the length of each
 *
 * EXEC turns it into batches (`load`), whose arguments point into `bytes`.
 */
import { copy, Region } from "../base/region.ts";
import type { Args } from "../resp/args.ts";
import { BATCH_COMMANDS, type Batch } from "../resp/parser.ts";
import type { Command } from "./command.ts";

const INITIAL_BYTES = 512;
const INITIAL_LENGTHS = 64;
/** A queue that has grown beyond this is not kept for the next transaction. */
const KEPT_BYTES_MAX = 64 * 1024;
/** Queues that wait to be used again: most transactions are small and short. */
const KEPT_QUEUES_MAX = 64;
/** Offsets are 32-bit integers. */
const BYTES_MAX = 2 ** 31 - 1;

export class CommandQueue {
  private readonly region = new Region(new Uint8Array(INITIAL_BYTES));
  private lengths = new Int32Array(INITIAL_LENGTHS);
  private lengthsUsed = 0;
  /** Bytes of all arguments. */
  bytesUsed = 0;
  commands = 0;
  /** Set when a command was refused: EXEC will then refuse all. */
  isBroken = false;
  /** Set when EXEC will run nothing: a command was refused, or a watched key was changed. */
  isVain = false;
  // What some of the commands may do: the gates ask it of EXEC.
  denyOom = false;
  mayReplicate = false;
  write = false;

  // Where `load` goes on.
  private nextLength = 0;
  private nextByte = 0;
  private loaded = 0;

  /** Adds a command. False when no more fits, and nothing was added. */
  add(command: Command, args: Args): boolean {
    let bytes = 0;
    for (let i = 0; i < args.count; i++) bytes += args.length(i);
    if (this.bytesUsed + bytes > BYTES_MAX) return false;
    this.reserve(bytes, 1 + args.count);
    this.lengths[this.lengthsUsed++] = args.count;
    let at = this.bytesUsed;
    for (let i = 0; i < args.count; i++) {
      const length = args.length(i);
      copy(this.region, at, args.region, args.start(i), length);
      this.lengths[this.lengthsUsed++] = length;
      at += length;
    }
    this.bytesUsed = at;
    this.commands++;
    if (command.denyOom) this.denyOom = true;
    if (command.mayReplicate) this.mayReplicate = true;
    if (command.write) this.write = true;
    return true;
  }

  private reserve(bytes: number, lengths: number): void {
    const held = this.region.bytes;
    if (this.bytesUsed + bytes > held.length) {
      const larger = new Uint8Array(Math.min(Math.max(this.bytesUsed + bytes, held.length * 2), BYTES_MAX));
      larger.set(held);
      this.region.aim(larger);
    }
    if (this.lengthsUsed + lengths > this.lengths.length) {
      const longer = new Int32Array(Math.max(this.lengthsUsed + lengths, this.lengths.length * 2));
      longer.set(this.lengths);
      this.lengths = longer;
    }
  }

  /** Fills a batch with the next commands. False when there are none. */
  load(batch: Batch): boolean {
    const args = batch.args;
    args.rebase(this.region.bytes);
    batch.commands = 0;
    let range = 0;
    while (this.loaded < this.commands && batch.commands < BATCH_COMMANDS) {
      const count = this.lengths[this.nextLength++]!;
      args.reserve(range + count);
      batch.firsts[batch.commands] = range;
      batch.counts[batch.commands++] = count;
      for (let i = 0; i < count; i++) {
        const end = this.nextByte + this.lengths[this.nextLength++]!;
        args.setRange(range++, this.nextByte, end);
        this.nextByte = end;
      }
      this.loaded++;
    }
    return batch.commands > 0;
  }

  /** Memory that the queue takes. */
  get capacity(): number {
    return this.region.bytes.length + this.lengths.byteLength;
  }

  /** Makes the queue as new. */
  clear(): void {
    this.lengthsUsed = this.bytesUsed = this.commands = this.nextLength = this.nextByte = this.loaded = 0;
    this.isBroken = this.isVain = this.denyOom = this.mayReplicate = this.write = false;
  }
}

const kept: CommandQueue[] = [];

/** An empty queue. */
export function takeQueue(): CommandQueue {
  return kept.pop() ?? new CommandQueue();
}

/** Takes back a queue that nobody needs any more. */
export function giveBack(queue: CommandQueue): void {
  if (kept.length >= KEPT_QUEUES_MAX || queue.capacity > KEPT_BYTES_MAX) return;
  queue.clear();
  kept.push(queue);
}
