/**
 * Clients that wait for entries: what they are served when their stream has news. Each waits with its own constant part, for
 * `$` is the last ID of the moment at which it began to wait.
 */
import type { Waiting } from "../../command/blocking.ts";
import type { Session } from "../../command/session.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { STREAM } from "../../keyspace/value-type.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";
import * as entry from "../../struct/entry.ts";
import { beginStreams, replyKey, replyRange } from "./answer.ts";
import { isMade, seenOrMade } from "./consumer.ts";
import { replyNew } from "./deliver.ts";
import * as groups from "./group.ts";
import { Id } from "./id.ts";
import { findOverdue, nextOverdueMs, type Overdue } from "./overdue.ts";
import type { Reading } from "./read-args.ts";
import { beginTelling, tellConsumer } from "./tell.ts";
import * as stream from "./value.ts";

/** Who has waited is not served more at once than this, unless it wants to. */
const COUNT_DEFAULT = 1000;

const start = new Id();
const MAX = new Id().setMax();

/** The stream at the key in argument `i`, or NIL. */
function streamAt(session: Session, args: Args, i: number): Ref {
  const ref = keyspace.peek(session.db, args, i);
  return ref !== NIL && entry.type(ref) === STREAM ? entry.outside(ref) : NIL;
}

/** Waits for entries after an ID of each stream. */
export class StreamWaiting implements Waiting {
  readonly type = STREAM;
  private readonly count: number | bigint;
  private readonly keysAt: number;
  private readonly after: readonly Id[];

  constructor(reading: Reading) {
    this.count = reading.count === 0 ? COUNT_DEFAULT : reading.count;
    this.keysAt = reading.keysAt;
    this.after = reading.after.slice(0, reading.keys).map((id) => new Id().copy(id));
  }

  serve(session: Session, args: Args, i: number, reply: Reply): boolean {
    const head = streamAt(session, args, i);
    const after = this.after[i - this.keysAt]!;
    if (head === NIL || after.compareAt(head, stream.LAST_ID) >= 0) return false;
    beginStreams(reply, 1);
    replyKey(reply, args, i);
    start.copy(after).increment();
    replyRange(reply, head, start, MAX, this.count, false);
    return true;
  }

  timedOut(reply: Reply): void {
    reply.nullArray();
  }
}

/** Waits for what is new to a group, for as long as there is such a group. */
export class GroupWaiting implements Waiting {
  readonly type = STREAM;
  readonly whenGone = true;
  protected readonly count: number | bigint;
  protected readonly groupAt: number;
  private readonly isNoAck: boolean;

  constructor(reading: Reading) {
    this.count = reading.count === 0 ? COUNT_DEFAULT : reading.count;
    this.groupAt = reading.groupAt;
    this.isNoAck = reading.isNoAck;
  }

  serve(session: Session, args: Args, i: number, reply: Reply): boolean {
    const head = streamAt(session, args, i);
    if (head === NIL) {
      reply.error("UNBLOCKED the stream key no longer exists");
      return true;
    }
    const group = stream.findGroup(head, args, this.groupAt);
    if (group === NIL) {
      reply.error("NOGROUP the consumer group this client was blocked on no longer exists");
      return true;
    }
    const overdue = this.overdue(head, group);
    start.read(group, groups.LAST_ID);
    if (start.compareAt(head, stream.LAST_ID) >= 0 && !overdue?.length) return false;
    const consumer = seenOrMade(session.db, args, i, this.groupAt + 1, group);
    beginTelling(args, i, this.groupAt, isMade);
    beginStreams(reply, 1);
    replyKey(reply, args, i);
    replyNew(reply, head, group, consumer, this.count, this.isNoAck, overdue);
    tellConsumer();
    return true;
  }

  /** What is claimed, where that is wanted. */
  protected overdue(_head: Ref, _group: Ref): Overdue | undefined {
    return undefined;
  }

  timedOut(reply: Reply): void {
    reply.nullArray();
  }
}

/** As GroupWaiting, and for what the group will have had pending for too long. */
export class ClaimWaiting extends GroupWaiting {
  private readonly idleMinMs: number;
  private readonly keysAt: number;
  private readonly keys: number;

  constructor(reading: Reading) {
    super(reading);
    this.idleMinMs = reading.claimMs;
    this.keysAt = reading.keysAt;
    this.keys = reading.keys;
  }

  protected override overdue(head: Ref, group: Ref): Overdue {
    return findOverdue(head, group, this.idleMinMs, this.count);
  }

  retryMs(session: Session, args: Args): number {
    let next = Number.POSITIVE_INFINITY;
    for (let k = 0; k < this.keys; k++) {
      const head = streamAt(session, args, this.keysAt + k);
      const group = head === NIL ? NIL : stream.findGroup(head, args, this.groupAt);
      if (group !== NIL) next = Math.min(next, nextOverdueMs(head, group, this.idleMinMs));
    }
    return next;
  }
}
