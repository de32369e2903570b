/**
 * DUMP and RESTORE: a value as a payload (rdb/payload.ts), which any Redis since 7.0 takes, and back. A payload may come
 * from anybody: it is checked whole before anything is changed.
 */
import { nowMs } from "../../base/env.ts";
import type { CommandSpec } from "../../command/command.ts";
import { log } from "../../command/log.ts";
import { argumentsFrom, bulkOf, DEL, instead, insteadOnKey, integer } from "../../command/propagation.ts";
import type { Session } from "../../command/session.ts";
import * as access from "../../keyspace/access.ts";
import { settle } from "../../keyspace/element-expiry.ts";
import * as events from "../../keyspace/events.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { releaseEntry } from "../../keyspace/lazy-free.ts";
import { isOver } from "../../keyspace/replay.ts";
import { readValue, writeValue } from "../../keyspace/value-rdb.ts";
import * as mem from "../../mem/mem.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import { FOOTER_BYTES, hasValidFooter, isOfValkey, writeFooter } from "../../rdb/payload.ts";
import { RdbError, RdbReader } from "../../rdb/reader.ts";
import { RdbOverflow, RdbWriter } from "../../rdb/writer.ts";
import type { Args } from "../../resp/args.ts";
import { SYNTAX } from "../../resp/errors.ts";
import { integerOrReply } from "../../resp/integer-args.ts";
import type { Reply } from "../../resp/reply.ts";
import * as entry from "../../struct/entry.ts";

const FREQUENCY_MAX = 255;

const writer = new RdbWriter();
const reader = new RdbReader();

function dump(session: Session, args: Args, reply: Reply): void {
  let ref = keyspace.lookupRead(session.db, args, 1);
  if (ref !== NIL) ref = settle(session.db, args, 1, ref, true);
  if (ref === NIL) return reply.null();
  try {
    writeValue(ref, writer);
    writeFooter(writer);
    reply.bulk(writer.region, 0, writer.size);
  } catch (error) {
    if (!(error instanceof RdbOverflow)) throw error;
    reply.error(`ERR ${error.message}`);
  } finally {
    writer.reset();
  }
}

/** What RESTORE was asked for beside key, deadline and payload. */
interface Options {
  replaces: boolean;
  isAbsolute: boolean;
  /** Seconds, and a counter; -1 when not given. */
  idle: number;
  frequency: number;
}

/** The options, or undefined after the error was answered. */
function readOptions(args: Args, reply: Reply): Options | undefined {
  const options: Options = { replaces: false, isAbsolute: false, idle: -1, frequency: -1 };
  for (let i = 4; i < args.count; i++) {
    const hasMore = i + 1 < args.count;
    if (args.is(i, "replace")) {
      options.replaces = true;
    } else if (args.is(i, "absttl")) {
      options.isAbsolute = true;
    } else if (args.is(i, "idletime") && hasMore && options.frequency === -1) {
      const idle = integerOrReply(args, ++i, reply);
      if (idle === undefined) return undefined;
      if (idle < 0) return void reply.error("ERR Invalid IDLETIME value, must be >= 0");
      options.idle = Number(idle);
    } else if (args.is(i, "freq") && hasMore && options.idle === -1) {
      const frequency = integerOrReply(args, ++i, reply);
      if (frequency === undefined) return undefined;
      if (frequency < 0 || frequency > FREQUENCY_MAX) {
        return void reply.error("ERR Invalid FREQ value, must be >= 0 and <= 255");
      }
      options.frequency = Number(frequency);
    } else {
      return void reply.error(SYNTAX);
    }
  }
  return options;
}

function restore(session: Session, args: Args, reply: Reply): void {
  const db = session.db;
  const options = readOptions(args, reply);
  if (options === undefined) return;
  if (!options.replaces && keyspace.lookupWrite(db, args, 1) !== NIL) {
    return reply.error("BUSYKEY Target key name already exists.");
  }
  const ttl = integerOrReply(args, 2, reply);
  if (ttl === undefined) return;
  if (ttl < 0) return reply.error("ERR Invalid TTL value, must be >= 0");
  if (!hasValidFooter(args.bytes, args.start(3), args.end(3))) {
    return reply.error("ERR DUMP payload version or checksum are wrong");
  }
  const deadline = deadlineOf(ttl, options.isAbsolute);
  const loaded = load(args, deadline, access.after(options.idle, options.frequency));
  if (loaded === NIL) return reply.error("ERR Bad data format");

  const wasThere = keyspace.remove(db, args, 1);
  if (deadline !== undefined && isOver(deadline)) {
    releaseEntry(loaded);
    if (wasThere) {
      events.changed(db, args, 1, events.GENERIC, "del");
      insteadOnKey(DEL, args, 1);
    }
    return reply.ok();
  }
  keyspace.attach(db, args, 1, loaded);
  events.changed(db, args, 1, events.GENERIC, "restore");
  if (deadline !== undefined && !options.isAbsolute) tellAbsolute(args, deadline);
  reply.ok();
}

const ABSTTL = bulkOf("ABSTTL");

/** Tells the command with its deadline in place of the TTL. */
function tellAbsolute(args: Args, deadline: number | bigint): void {
  const out = instead(args.count + 1);
  if (out === undefined) return;
  argumentsFrom(out, args, 0, 2);
  integer(out, deadline);
  argumentsFrom(out, args, 3, args.count);
  out.raw(ABSTTL);
}

/** The deadline that a TTL stands for; undefined when it is 0, which is none. */
function deadlineOf(ttl: number | bigint, isAbsolute: boolean): number | bigint | undefined {
  if (Number(ttl) === 0) return undefined;
  if (isAbsolute) return ttl;
  const near = Number(ttl) + nowMs;
  // As in Redis, a TTL beyond all numbers is one in the past.
  return Number.isSafeInteger(near) ? near : BigInt.asIntN(64, BigInt(ttl) + BigInt(nowMs));
}

/** The payload in argument 3 as an entry for the key in argument 1, in no database yet. NIL when it is damaged. */
function load(args: Args, deadline: number | bigint | undefined, used: number): Ref {
  let made: Ref = NIL;
  reader.aim(args.bytes, args.start(3), args.end(3) - FOOTER_BYTES);
  try {
    const rest = readValue(reader, reader.byte(), isOfValkey(args.bytes, args.end(3)), (flags, insideLength) => {
      const all = deadline === undefined ? flags : flags | entry.DEADLINE;
      made = mem.alloc(entry.bytesFor(all, args.length(1), insideLength));
      entry.write(made, all, used, args.region, args.start(1), args.end(1), insideLength);
      if (deadline !== undefined) entry.setDeadline(made, deadline);
      return made;
    });
    while (rest?.next().done === false);
    return made;
  } catch (error) {
    if (!(error instanceof RdbError)) throw error;
    log.verbose(`RESTORE: integrity check failed: ${error.message}`);
    return NIL;
  } finally {
    reader.release();
  }
}

export const dumpCommands: readonly CommandSpec[] = [
  {
    name: "dump",
    arity: 2,
    flags: ["readonly"],
    group: "generic",
    keys: [{ flags: "RO access", begin: 1 }],
    tips: ["nondeterministic_output"],
    since: "2.6.0",
    complexity: "O(N) in the size of the value.",
    summary: "Answers a value in a form that RESTORE takes.",
    syntax: "key",
    handler: dump,
  },
  {
    name: "restore",
    arity: -4,
    flags: ["write", "denyoom"],
    group: "generic",
    categories: ["@dangerous"],
    keys: [{ flags: "OW update", begin: 1 }],
    since: "2.6.0",
    complexity: "O(N) in the size of the value; O(N*log(N)) for sorted sets.",
    summary: "Gives a key the value that DUMP has answered.",
    syntax:
      "key ttl:integer serialized-value [REPLACE@3.0.0] [ABSTTL@5.0.0] [IDLETIME seconds:integer@5.0.0] [FREQ frequency:integer@5.0.0]",
    history: [
      ["3.0.0", "`REPLACE`."],
      ["5.0.0", "`ABSTTL`."],
      ["5.0.0", "`IDLETIME` and `FREQ`."],
    ],
    handler: restore,
  },
];
