/**
 * HyperLogLogs: PFADD, PFCOUNT, PFMERGE. They count different elements, with an error of 0.81 %, in at most 12 KiB.
 *
 * The family: hyperloglog-value.ts is the string, hyperloglog-sparse.ts and -dense.ts its two forms of registers,
 * hyperloglog-hash.ts says which register an element raises, hyperloglog-estimate.ts makes a number of the registers, and
 * hyperloglog-debug.ts has the commands for people who look inside.
 */
import type { CommandSpec } from "../../command/command.ts";
import { argument, bulkOf, instead } from "../../command/propagation.ts";
import type { Session } from "../../command/session.ts";
import * as events from "../../keyspace/events.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { NIL } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";
import { debugCommands } from "./hyperloglog-debug.ts";
import { REGISTERS } from "./hyperloglog-dense.ts";
import * as estimate from "./hyperloglog-estimate.ts";
import * as hash from "./hyperloglog-hash.ts";
import { CHANGED, CORRUPT } from "./hyperloglog-sparse.ts";
import { CORRUPTED, checkedHyperloglog, isSparse, merge, opened } from "./hyperloglog-value.ts";
import * as string from "./value.ts";

/** Registers of several, a byte each. */
const maxima = new Uint8Array(REGISTERS);

function pfadd(session: Session, args: Args, reply: Reply): void {
  const { db } = session;
  const ref = keyspace.lookupWrite(db, args, 1);
  let changes = 0;
  if (ref === NIL) {
    opened.create(db, args, 1);
    changes = 1;
  } else {
    if (!checkedHyperloglog(ref, reply)) return;
    opened.open(db, args, 1, ref);
  }
  for (let i = 2; i < args.count; i++) {
    const register = hash.registerOf(args.bytes, args.start(i), args.end(i));
    const done = opened.raise(register, hash.run);
    if (done === CORRUPT) {
      tellWhole(session, args);
      return reply.error(CORRUPTED);
    }
    if (done === CHANGED) changes++;
  }
  if (changes === 0) return reply.zero();
  opened.makeStale();
  events.changes.dirty += changes - 1;
  events.changed(db, args, 1, events.STRING, "pfadd");
  reply.one();
}

const SET = bulkOf("SET");
const KEEPTTL = bulkOf("KEEPTTL");

/** Tells the string as it is: PFADD has failed in the middle, and what it had changed by then stays, uncounted. */
function tellWhole(session: Session, args: Args): void {
  const out = instead(4);
  if (out === undefined) return;
  const ref = keyspace.peek(session.db, args, 1);
  out.raw(SET);
  argument(out, args, 1);
  out.bulk(string.region(ref), string.start(ref), string.length(ref));
  out.raw(KEEPTTL);
}

function pfcount(session: Session, args: Args, reply: Reply): void {
  if (args.count > 2) return pfcountMany(session, args, reply);
  const { db } = session;
  const ref = keyspace.lookupRead(db, args, 1);
  if (ref === NIL) return reply.zero();
  if (!checkedHyperloglog(ref, reply)) return;
  opened.open(db, args, 1, ref);
  if (opened.isStale()) {
    if (!opened.refreshEstimate()) return reply.error(CORRUPTED);
    // The command only reads, and yet the string is another one now.
    events.changes.dirty++;
    events.modified(db, args.region, args.start(1), args.end(1));
  }
  reply.bigInteger(BigInt.asIntN(64, opened.storedEstimate()));
}

function pfcountMany(session: Session, args: Args, reply: Reply): void {
  if (mergeAll(session, args, reply) === FAILED) return;
  estimate.begin();
  estimate.countBytes(maxima);
  reply.bigInteger(BigInt(estimate.estimate()));
}

// What `mergeAll` has found.
const FAILED = 0;
const ALL_SPARSE = 1;
const SOME_DENSE = 2;

/** Sets `maxima` to the highest registers of all keys from argument 1 on. FAILED after a written error. */
function mergeAll(session: Session, args: Args, reply: Reply): number {
  maxima.fill(0);
  let forms = ALL_SPARSE;
  for (let i = 1; i < args.count; i++) {
    const ref = keyspace.lookupRead(session.db, args, i);
    if (ref === NIL) continue;
    if (!checkedHyperloglog(ref, reply)) return FAILED;
    if (!isSparse(ref)) forms = SOME_DENSE;
    if (merge(ref, maxima)) continue;
    reply.error(CORRUPTED);
    return FAILED;
  }
  return forms;
}

function pfmerge(session: Session, args: Args, reply: Reply): void {
  const { db } = session;
  const forms = mergeAll(session, args, reply);
  if (forms === FAILED) return;
  const ref = keyspace.lookupWrite(db, args, 1);
  if (ref === NIL) opened.create(db, args, 1);
  else opened.open(db, args, 1, ref);
  // It was among those that were merged, so neither this nor the raising can find it corrupt.
  if (forms === SOME_DENSE) opened.toDense();
  for (let i = 0; i < REGISTERS; i++) if (maxima[i]! > 0) opened.raise(i, maxima[i]!);
  opened.announce();
  opened.makeStale();
  events.changed(db, args, 1, events.STRING, "pfadd");
  reply.ok();
}

export const hyperloglogCommands: readonly CommandSpec[] = [
  {
    name: "pfadd",
    arity: -2,
    flags: ["write", "denyoom", "fast"],
    group: "hyperloglog",
    keys: [{ flags: "RW insert", begin: 1 }],
    since: "2.8.9",
    complexity: "O(N) for N elements.",
    summary: "Adds elements to a HyperLogLog, and makes it where there is none.",
    syntax: "key [element...]",
    handler: pfadd,
  },
  {
    name: "pfcount",
    arity: -2,
    flags: ["readonly"],
    group: "hyperloglog",
    keys: [
      {
        flags: "RW access",
        begin: 1,
        last: -1,
        notes: "RW, since an estimate that was made is kept in the value, which is then another one.",
      },
    ],
    since: "2.8.9",
    complexity: "O(1) for one key, mostly with a small constant; O(N) for N keys, with a large one.",
    summary: "Estimates how many different elements were added to HyperLogLogs, all together.",
    syntax: "key...",
    handler: pfcount,
  },
  {
    name: "pfmerge",
    arity: -2,
    flags: ["write", "denyoom"],
    group: "hyperloglog",
    keys: [
      { flags: "RW access insert", begin: 1 },
      { flags: "RO access", begin: 2, last: -1 },
    ],
    since: "2.8.9",
    complexity: "O(N) for N keys, with a large constant.",
    summary: "Adds what was added to HyperLogLogs to another one.",
    syntax: "destkey:key sourcekey:key...",
    handler: pfmerge,
  },
  ...debugCommands,
];
