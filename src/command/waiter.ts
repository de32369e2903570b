/**
 * A session that waits for keys, with a copy of its command: that is all there is of it until it is served. The copy is
 * one buffer with the arguments one behind the other, and their ends.
 */
import { copy, Region } from "../base/region.ts";
import { Args } from "../resp/args.ts";
import type { Reply } from "../resp/reply.ts";
import type { KeyQueue } from "./blocked-keys.ts";
import type { Command } from "./command.ts";
import type { Session } from "./session.ts";

/** How a command that waits is served: one constant per command. */
export interface Waiting {
  /** The type of value that it waits for. */
  readonly type: number;
  /**
   * The key in argument `i`, which has a value of that type, may have become ready: answers and returns true, or returns false to wait on. `args` is a
   * copy of the command as it came. Does what the command would have done, events included.
   */
  serve(session: Session, args: Args, i: number, reply: Reply): boolean;
  /** The answer when the time is up. */
  timedOut(reply: Reply): void;
  /** The answer where nothing waits (in a transaction), if it is another than `timedOut`. */
  refused?(reply: Reply): void;
  /**
   * When `serve` is to be tried though no key became ready: in ms since 1970, Infinity for never. Asked whenever the session
   * is about to wait, or to wait on (XREADGROUP CLAIM). At that time `serve` must have an answer for one of the keys.
   */
  retryMs?(session: Session, args: Args): number;
  /** `serve` is called as well when a key was removed or became a value of another type (XREADGROUP). */
  readonly whenGone?: boolean;
}

/** One for all: only one waiter is looked at at a time. */
const shared = new Args();

export class Waiter {
  /** What was called, and how long that took before it waited. */
  command: Command | undefined;
  ns = 0;
  /** The keys it waits for. */
  readonly queues: KeyQueue[] = [];
  /** The first millisecond in which its time is up; Infinity for one who waits as long as it takes. */
  readonly endMs: number;
  /** When it is to be looked at: in the end, or to be tried again before. */
  dueMs = Number.POSITIVE_INFINITY;
  /** Its place among those that will be due (deadline-heap.ts); -1 when it has none. */
  heapIndex = -1;
  private readonly bytes: Uint8Array;
  private readonly ends: Int32Array;

  /** `deadlineMs` is 0 for one who waits as long as it takes. */
  constructor(
    readonly session: Session,
    readonly waiting: Waiting,
    deadlineMs: number,
    args: Args,
  ) {
    this.endMs = deadlineMs === 0 ? Number.POSITIVE_INFINITY : deadlineMs + 1;
    this.ends = new Int32Array(args.count);
    let end = 0;
    for (let i = 0; i < args.count; i++) {
      end += args.length(i);
      this.ends[i] = end;
    }
    this.bytes = new Uint8Array(end);
    const region = new Region(this.bytes);
    for (let i = 0; i < args.count; i++) copy(region, this.startOf(i), args.region, args.start(i), args.length(i));
  }

  private startOf(i: number): number {
    return i === 0 ? 0 : this.ends[i - 1]!;
  }

  /** The command's arguments, until another waiter's are asked for. */
  args(): Args {
    const count = this.ends.length;
    shared.rebase(this.bytes);
    shared.reserve(count);
    for (let i = 0; i < count; i++) shared.setRange(i, this.startOf(i), this.ends[i]!);
    shared.aim(0, count);
    return shared;
  }
}
