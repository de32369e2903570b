/**
 * Streams as commands:
 *
 *     XADD per entry (of an empty stream: XADD MAXLEN 0 of one that is gone at once) · XSETID
 *     per group: XGROUP CREATE · per consumer: XCLAIM per pending entry, or XGROUP CREATECONSUMER when it has none
 *
 * No command says that an entry is pending which was deleted, or when a consumer was seen: that is lost, as it is in Redis.
 */
import { type Commands, word } from "../../keyspace/rewriting.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
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

/** As `ValueType.rewrite` says. */
export function rewrite(ref: Ref, to: Commands): void {
  const head = entry.outside(ref);
  if (stream.length(head) > 0) addEntries(head, to);
  else {
    to.begin(7, XADD);
    to.raw(MAXLEN_0);
    to.raw(DROPPED);
  }
  to.begin(7, XSETID);
  replyId(to, id.read(head, stream.LAST_ID));
  to.raw(ENTRIESADDED);
  to.integer64(int64.read(head, stream.ENTRIES_ADDED));
  to.raw(MAXDELETEDID);
  replyId(to, id.read(head, stream.MAX_DELETED_ID));
  to.end();
  const all = stream.groupsOf(head);
  if (all !== NIL) sequence.each(all, (group) => addGroup(group, to));
}

function addEntries(head: Ref, to: Commands): void {
  walk.begin(stream.nodesOf(head), MIN, MAX, false);
  while (walk.next()) {
    to.begin(3 + walk.fields * 2, XADD);
    replyId(to, walk.id);
    for (let left = walk.fields; left > 0; left--) {
      walk.readPair();
      to.text(walk.name);
      to.text(walk.value);
      to.end();
    }
  }
}

function addGroup(group: Ref, to: Commands): void {
  groups.readName(group, groupName);
  to.array(7);
  to.raw(XGROUP_CREATE);
  to.key();
  to.text(groupName);
  replyId(to, id.read(group, groups.LAST_ID));
  to.raw(ENTRIESREAD);
  to.integer64(int64.read(group, groups.ENTRIES_READ));
  to.end();
  groups.eachConsumer(group, (consumer) => addConsumer(group, consumer, to));
}

function addConsumer(group: Ref, consumer: Ref, to: Commands): void {
  groups.readConsumerName(consumer, consumerName);
  const own = groups.consumerPending(consumer);
  if (byId.count(own) === 0) {
    to.begin(5, XGROUP_CREATECONSUMER);
    to.text(groupName);
    to.text(consumerName);
    return to.end();
  }
  const pending = groups.pendingOf(group);
  byId.each(own, (pack, at) => {
    byId.find(pending, id.read(pack, at));
    to.begin(12, XCLAIM);
    to.text(groupName);
    to.text(consumerName);
    to.raw(ZERO);
    replyId(to, id);
    to.raw(TIME);
    to.integer64(int64.read(byId.pack, byId.word + groups.DELIVERED));
    to.raw(RETRYCOUNT);
    to.integer64(int64.read(byId.pack, byId.word + groups.DELIVERIES));
    to.raw(JUSTID_FORCE);
    to.end();
  });
}
