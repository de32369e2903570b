/**
 * The arguments of XREAD and XREADGROUP: options, keys, and an ID for each key.
 */
import { deadlineMsOrReply } from "../../command/blocking.ts";
import type { Session } from "../../command/session.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { SYNTAX } from "../../resp/errors.ts";
import { integerOrReply } from "../../resp/integer-args.ts";
import type { Reply } from "../../resp/reply.ts";
import { checkedHead } from "./access.ts";
import { Id, idOrReply } from "./id.ts";
import * as stream from "./value.ts";

const NO_CLAIM = -1;

/** What a command wants read. One for all, and reused: who waits keeps a copy of what it needs. */
export class Reading {
  /** At most so many entries of each stream; 0 means all. */
  count: number | bigint = 0;
  isBlocking = false;
  deadlineMs = 0;
  /** The first key's argument, and the number of keys. */
  keysAt = 0;
  keys = 0;
  /** The arguments that name group and consumer; 0 without a group. */
  groupAt = 0;
  isNoAck = false;
  /** What is pending for so long is claimed; -1 when nothing is. */
  claimMs = NO_CLAIM;
  /** What each stream is read after: the ID of an entry, or NEW. */
  readonly after: Id[] = [];
  /** Whether each stream's ID was `+`: its last entry. */
  readonly isLast: boolean[] = [];
  /** The group in each stream. */
  readonly groups: Ref[] = [];

  reset(): void {
    this.count = 0;
    this.isBlocking = false;
    this.deadlineMs = 0;
    this.keysAt = 0;
    this.keys = 0;
    this.groupAt = 0;
    this.isNoAck = false;
    this.claimMs = NO_CLAIM;
  }

  /** Whether what stream `k`'s group has pending for too long is wanted, too. */
  isClaiming(k: number): boolean {
    return this.claimMs !== NO_CLAIM && this.isNew(k);
  }

  /** Whether stream `k` is read for what no consumer of the group has got yet: `>`, or the greatest ID. */
  isNew(k: number): boolean {
    return this.after[k]!.isMax;
  }
}

export const reading = new Reading();

const DOLLAR = "$";
const NEW = ">";
const LAST = "+";

const only = (command: string, option: string) =>
  `ERR The ${option} option is only supported by XREADGROUP. You called ${command} instead.`;
const MEANINGLESS =
  "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set.";

/** Reads the options and finds the keys; false after an error. */
export function readOptions(args: Args, reply: Reply, isGroupCommand: boolean): boolean {
  reading.reset();
  for (let i = 1; i < args.count; i++) {
    const more = args.count - i - 1;
    if (args.is(i, "block") && more > 0) {
      reading.isBlocking = true;
      reading.deadlineMs = deadlineMsOrReply(args, ++i, reply);
      if (Number.isNaN(reading.deadlineMs)) return false;
    } else if (args.is(i, "count") && more > 0) {
      const count = integerOrReply(args, ++i, reply);
      if (count === undefined) return false;
      reading.count = 0;
      if (count > 0) reading.count = count;
    } else if (args.is(i, "streams") && more > 0) {
      if (more % 2 !== 0) {
        return refuse(
          reply,
          "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.",
        );
      }
      reading.keysAt = i + 1;
      reading.keys = more / 2;
      break;
    } else if (args.is(i, "group") && more >= 2) {
      if (!isGroupCommand) return refuse(reply, only("XREAD", "GROUP"));
      reading.groupAt = i + 1;
      i += 2;
    } else if (args.is(i, "noack")) {
      if (!isGroupCommand) return refuse(reply, only("XREAD", "NOACK"));
      reading.isNoAck = true;
    } else if (args.is(i, "claim") && more > 0) {
      if (!isGroupCommand) return refuse(reply, only("XREAD", "CLAIM"));
      const ms = integerOrReply(args, ++i, reply, "ERR min-idle-time is not an integer");
      if (ms === undefined) return false;
      if (ms < 0) return refuse(reply, "ERR min-idle-time must be a positive integer");
      reading.claimMs = Number(ms);
    } else return refuse(reply, SYNTAX);
  }
  if (reading.keysAt === 0) return refuse(reply, SYNTAX);
  if (isGroupCommand && reading.groupAt === 0) return refuse(reply, "ERR Missing GROUP option for XREADGROUP");
  return true;
}

/** Reads the ID for each key, and finds its group; false after an error. */
export function readIds(session: Session, args: Args, reply: Reply): boolean {
  while (reading.after.length < reading.keys) reading.after.push(new Id());
  for (let k = 0; k < reading.keys; k++) {
    const keyAt = reading.keysAt + k;
    const head = checkedHead(keyspace.lookupRead(session.db, args, keyAt), reply);
    if (head === undefined) return false;
    if (reading.groupAt !== 0 && !readGroup(head, k, args, reply)) return false;
    if (!readId(head, k, args, keyAt + reading.keys, reply)) return false;
  }
  return true;
}

function readGroup(head: Ref, k: number, args: Args, reply: Reply): boolean {
  const group = head === NIL ? NIL : stream.findGroup(head, args, reading.groupAt);
  reading.groups[k] = group;
  if (group !== NIL) return true;
  const key = args.cString(reading.keysAt + k);
  const name = args.cString(reading.groupAt);
  return refuse(reply, `NOGROUP No such key '${key}' or consumer group '${name}' in XREADGROUP with GROUP option`);
}

function readId(head: Ref, k: number, args: Args, i: number, reply: Reply): boolean {
  const after = reading.after[k]!;
  const isOfGroup = reading.groupAt !== 0;
  reading.isLast[k] = false;
  if (args.is(i, DOLLAR)) {
    if (isOfGroup) return refuse(reply, MEANINGLESS);
    if (head === NIL) after.setMin();
    else after.read(head, stream.LAST_ID);
    return true;
  }
  if (args.is(i, NEW)) {
    if (!isOfGroup) {
      return refuse(
        reply,
        "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.",
      );
    }
    after.setMax();
    return true;
  }
  if (args.is(i, LAST) && !isOfGroup) return readLast(head, k, after);
  return idOrReply(args, i, after, reply);
}

/** `+` reads the last entry there is; where there is none, it waits for the next, as `$` does. */
function readLast(head: Ref, k: number, after: Id): boolean {
  if (head === NIL) after.setMin();
  else if (stream.length(head) === 0) after.read(head, stream.LAST_ID);
  else {
    stream.readLastLive(head, after);
    after.decrement();
    reading.isLast[k] = true;
  }
  return true;
}

function refuse(reply: Reply, error: string): false {
  reply.error(error);
  return false;
}
