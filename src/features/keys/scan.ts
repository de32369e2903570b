/**
 * Going through the keys: KEYS at once, SCAN step by step. SCAN's cursor is the next hash to visit (struct/table.ts), so
 * whatever is there from the first step to the last is answered at least once, however the table grows or shrinks.
 */
import * as glob from "../../base/glob.ts";
import { Region } from "../../base/region.ts";
import { hash } from "../../base/siphash.ts";
import type { CommandSpec } from "../../command/command.ts";
import { loosely } from "../../command/propagation.ts";
import { matches, parseCursor, parseOptions, replyScanned } from "../../command/scan-options.ts";
import type { Session } from "../../command/session.ts";
import { tableOf } from "../../keyspace/database.ts";
import { isPast, removePast } from "../../keyspace/expiry.ts";
import * as hints from "../../keyspace/hints.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { stats } from "../../keyspace/stats.ts";
import { typeOf } from "../../keyspace/value-type.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";
import * as entry from "../../struct/entry.ts";
import * as table from "../../struct/table.ts";

function replyKey(reply: Reply, ref: Ref): void {
  reply.bulk(keyspace.keyRegion(ref), entry.keyStart(ref), entry.keyLength(ref));
}

function keys(session: Session, args: Args, reply: Reply): void {
  const start = args.start(1);
  const end = args.end(1);
  const mark = reply.length;
  let found = 0;
  const answer = (ref: Ref) => {
    replyKey(reply, ref);
    found++;
  };
  if (glob.isLiteral(args.bytes, start, end)) {
    // Unlike a look-up, KEYS leaves what is past its deadline where it is.
    const ref = hints.findEntry(tableOf(session.db), args, 1);
    if (ref !== NIL && !isPast(ref)) answer(ref);
  } else {
    const all = args.is(1, "*");
    table.entries(tableOf(session.db), (ref) => {
      const from = entry.keyStart(ref);
      const to = from + entry.keyLength(ref);
      if (!all && !glob.matches(args.bytes, start, end, keyspace.keyRegion(ref).bytes, from, to, false)) return;
      if (!isPast(ref)) answer(ref);
    });
  }
  reply.arrayAt(mark, found);
}

function scan(session: Session, args: Args, reply: Reply): void {
  const cursor = parseCursor(args, 1, reply);
  if (Number.isNaN(cursor)) return;
  const options = parseOptions(args, 2, reply, { type: true });
  if (options === undefined) return;
  const mark = reply.length;
  let found = 0;
  // Keys past their deadlines; they are removed when nothing walks the table any more.
  const past: Region[] = [];
  const next = table.scan(tableOf(session.db), cursor, options.count, (ref) => {
    const start = entry.keyStart(ref);
    const end = start + entry.keyLength(ref);
    const { bytes } = keyspace.keyRegion(ref);
    if (!matches(args, options, bytes, start, end)) return;
    if (isPast(ref)) {
      past.push(new Region(bytes.slice(start, end)));
      return;
    }
    if (options.type !== 0) {
      // Asking for a key's type counts as a hit or a miss, as TYPE does.
      stats.hits++;
      if (!args.is(options.type, typeOf(entry.type(ref)).name)) return;
    }
    replyKey(reply, ref);
    found++;
  });
  for (const key of past) {
    removePast(session.db, hash(key.bytes, 0, key.bytes.length));
    if (options.type !== 0) keyspace.missed(session.db, key, 0, key.bytes.length);
  }
  if (!session.isExecutingQueue) loosely();
  replyScanned(reply, mark, next, found);
}

export const scanCommands: readonly CommandSpec[] = [
  {
    name: "keys",
    arity: 2,
    flags: ["readonly"],
    group: "generic",
    categories: ["@dangerous"],
    tips: ["request_policy:all_shards", "nondeterministic_output_order"],
    since: "1.0.0",
    complexity: "O(N) in the number of keys of the database; O(1) for a pattern without special characters.",
    summary: "Answers all keys that match a pattern.",
    syntax: "pattern",
    handler: keys,
  },
  {
    name: "scan",
    arity: -2,
    flags: ["readonly"],
    group: "generic",
    tips: ["nondeterministic_output", "request_policy:special"],
    since: "2.8.0",
    complexity: "O(1) for a step, O(N) in the number of keys for all steps together.",
    summary: "Goes through the keys step by step.",
    syntax: "cursor:integer [MATCH pattern] [COUNT count:integer] [TYPE type@6.0.0]",
    history: [["6.0.0", "The option `TYPE`."]],
    handler: scan,
  },
];
