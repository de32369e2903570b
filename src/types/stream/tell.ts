/**
 * What commands about consumers tell in place of themselves (command/propagation.ts): what became of each pending entry, and
 * how far a group has read. So whoever repeats it need not read the same entries at the same time.
 *
 *     XCLAIM key group consumer 0 id TIME ms RETRYCOUNT n FORCE JUSTID LASTID id    an entry is pending, since when, with whom
 *     XGROUP SETID key group id ENTRIESREAD n                                       a group has read without anybody's ack
 *     XGROUP CREATECONSUMER key group consumer                                      a consumer that has nothing pending
 *
 * An XCLAIM of the group's last ID, repeated, counts an entry as read (claim.ts), as the reading did that it tells of.
 * Redis, whose form this is, does not tell that a consumer has read its history again, nor of a consumer that found nothing.
 */
import { argument, bulkOf, instead, integer, propagation } from "../../command/propagation.ts";
import type { Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { Element } from "../../struct/listpack.ts";
import * as byId from "./by-id.ts";
import * as groups from "./group.ts";
import { Id, replyId } from "./id.ts";
import * as int64 from "./int64-words.ts";

const XCLAIM = bulkOf("XCLAIM");
const ZERO = bulkOf("0");
const TIME = bulkOf("TIME");
const RETRYCOUNT = bulkOf("RETRYCOUNT");
const FORCE_JUSTID_LASTID = Buffer.concat([bulkOf("FORCE"), bulkOf("JUSTID"), bulkOf("LASTID")]);
const XGROUP = bulkOf("XGROUP");
const SETID = bulkOf("SETID");
const ENTRIESREAD = bulkOf("ENTRIESREAD");
const CREATECONSUMER = bulkOf("CREATECONSUMER");

// The command that runs: its arguments, and which of them are the key, and the group before the consumer.
let command: Args;
let keyAt = 0;
let groupAt = 0;
/** Whether its consumer is known to whoever is told. */
let isConsumerTold = true;

const name = new Element();
const lastId = new Id();

/** A command begins that acts for a consumer, which was made for it (`isMade`) or not. */
export function beginTelling(args: Args, key: number, group: number, isMade: boolean): void {
  command = args;
  keyAt = key;
  groupAt = group;
  isConsumerTold = !isMade;
}

/** Tells that the group has an entry pending, as it has it now. Argument `idAt` spells the ID, if it is not 0. */
export function tellPending(group: Ref, id: Id, idAt = 0): void {
  if (propagation.sink === undefined || !byId.find(groups.pendingOf(group), id)) return;
  const { pack, word } = byId;
  const out = instead(14)!;
  out.raw(XCLAIM);
  argument(out, command, keyAt);
  argument(out, command, groupAt);
  groups.readConsumerName(groups.consumerAt(pack, word), name);
  out.bulk(name.region, name.start, name.length);
  out.raw(ZERO);
  if (idAt === 0) replyId(out, id);
  else argument(out, command, idAt);
  out.raw(TIME);
  integer(out, int64.read(pack, word + groups.DELIVERED));
  out.raw(RETRYCOUNT);
  integer(out, int64.read(pack, word + groups.DELIVERIES));
  out.raw(FORCE_JUSTID_LASTID);
  replyId(out, lastId.read(group, groups.LAST_ID));
  isConsumerTold = true;
}

/** Tells how far the group has read. */
export function tellPosition(group: Ref): void {
  const out = instead(7);
  if (out === undefined) return;
  out.raw(XGROUP);
  out.raw(SETID);
  argument(out, command, keyAt);
  argument(out, command, groupAt);
  replyId(out, lastId.read(group, groups.LAST_ID));
  out.raw(ENTRIESREAD);
  integer(out, int64.read(group, groups.ENTRIES_READ));
}

/** Tells of the consumer, unless it is known. */
export function tellConsumer(): void {
  if (isConsumerTold) return;
  isConsumerTold = true;
  const out = instead(5);
  if (out === undefined) return;
  out.raw(XGROUP);
  out.raw(CREATECONSUMER);
  argument(out, command, keyAt);
  argument(out, command, groupAt);
  argument(out, command, groupAt + 1);
}
