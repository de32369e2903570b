/**
 * Streams as commands:
 *
 *     XADD per entry (of an empty stream: XADD MAXLEN 0 of one that is gone at once) · XSETID
 *     per group: XGROUP CREATE · per consumer: XCLAIM per pending entry, or XGROUP CREATECONSUMER when it has none
 *
 * No command says that an entry is pending which was deleted, or when a consumer was seen: that is lost, as it is in Redis.
 */
import type { Region } from "../../base/region.ts";
import { begin, integer, word } from "../../keyspace/rewriting.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Reply } from "../../resp/reply.ts";
import * as entry from "../../struct/entry.ts";
import { Element } from "../../struct/listpack.ts";
import * as sequence from "../../struct/sequence.ts";
import * as byId from "./by-id.ts";
import * as groups from "./group.ts";
import { Id, replyId } from "./id.ts";
import * as int64 from "./int64-words.ts";
import * as stream from "./value.ts";
import { Walk } from "./walk.ts";

const XADD = word("XADD");
const XSETID = word("XSETID");
const XGROUP_CREATE = Buffer.concat([word("XGROUP"), word("CREATE")]);
const XGROUP_CREATECONSUMER = Buffer.concat([word("XGROUP"), word("CREATECONSUMER")]);
const XCLAIM = word("XCLAIM");
const MAXLEN_0 = Buffer.concat([word("MAXLEN"), word("0")]);
/** An entry that XADD MAXLEN 0 drops. */
const DROPPED = Buffer.concat([word("0-1"), word("x"), word("y")]);
const ENTRIESADDED = word("ENTRIESADDED");
const MAXDELETEDID = word("MAXDELETEDID");
const ENTRIESREAD = word("ENTRIESREAD");
/** Idle for any time. */
const ZERO = word("0");
const TIME = word("TIME");
const RETRYCOUNT = word("RETRYCOUNT");
const JUSTID_FORCE = Buffer.concat([word("JUSTID"), word("FORCE")]);

const MIN = new Id();
const MAX = new Id().setMax();
const walk = new Walk();
const id = new Id();
const groupName = new Element();
const consumerName = new Element();

// The stream's key, for all that is written of it.
let key: Region;
let start = 0;
let end = 0;

/** As `ValueType.rewrite` says. */
export function rewrite(
  ref: Ref,
  keyRegion: Region,
  keyStart: number,
  keyEnd: number,
  out: Reply,
  next: () => void,
): void {
  key = keyRegion;
  start = keyStart;
  end = keyEnd;
  const head = entry.outside(ref);
  if (stream.length(head) > 0) addEntries(head, out, next);
  else {
    begin(out, 7, XADD, key, start, end);
    out.raw(MAXLEN_0);
    out.raw(DROPPED);
  }
  begin(out, 7, XSETID, key, start, end);
  replyId(out, id.read(head, stream.LAST_ID));
  out.raw(ENTRIESADDED);
  integer(out, int64.read(head, stream.ENTRIES_ADDED));
  out.raw(MAXDELETEDID);
  replyId(out, id.read(head, stream.MAX_DELETED_ID));
  next();
  const all = stream.groupsOf(head);
  if (all !== NIL) sequence.each(all, (group) => addGroup(group, out, next));
}

function addEntries(head: Ref, out: Reply, next: () => void): void {
  walk.begin(stream.nodesOf(head), MIN, MAX, false);
  while (walk.next()) {
    begin(out, 3 + walk.fields * 2, XADD, key, start, end);
    replyId(out, walk.id);
    for (let left = walk.fields; left > 0; left--) {
      walk.readPair();
      const { name, value } = walk;
      out.bulk(name.region, name.start, name.length);
      out.bulk(value.region, value.start, value.length);
      next();
    }
  }
}

const bulk = (out: Reply, { region, start, length }: Element) => out.bulk(region, start, length);

function addGroup(group: Ref, out: Reply, next: () => void): void {
  groups.readName(group, groupName);
  out.array(7);
  out.raw(XGROUP_CREATE);
  out.bulk(key, start, end - start);
  bulk(out, groupName);
  replyId(out, id.read(group, groups.LAST_ID));
  out.raw(ENTRIESREAD);
  integer(out, int64.read(group, groups.ENTRIES_READ));
  next();
  groups.eachConsumer(group, (consumer) => addConsumer(group, consumer, out, next));
}

function addConsumer(group: Ref, consumer: Ref, out: Reply, next: () => void): void {
  groups.readConsumerName(consumer, consumerName);
  const own = groups.consumerPending(consumer);
  if (byId.count(own) === 0) {
    begin(out, 5, XGROUP_CREATECONSUMER, key, start, end);
    bulk(out, groupName);
    bulk(out, consumerName);
    return next();
  }
  const pending = groups.pendingOf(group);
  byId.each(own, (pack, at) => {
    byId.find(pending, id.read(pack, at));
    begin(out, 12, XCLAIM, key, start, end);
    bulk(out, groupName);
    bulk(out, consumerName);
    out.raw(ZERO);
    replyId(out, id);
    out.raw(TIME);
    integer(out, int64.read(byId.pack, byId.word + groups.DELIVERED));
    out.raw(RETRYCOUNT);
    integer(out, int64.read(byId.pack, byId.word + groups.DELIVERIES));
    out.raw(JUSTID_FORCE);
    next();
  });
}
