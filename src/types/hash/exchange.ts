/**
 * One step for what would be a race in two (Redis 8.0): reading fields and removing them or changing their deadlines
 * (HGETDEL, HGETEX), and setting fields together with their deadline (HSETEX).
 */
import * as int64 from "../../base/int64.ts";
import type { CommandSpec } from "../../command/command.ts";
import { replyElement } from "../../command/open-value.ts";
import { argument, argumentsFrom, bulkOf, instead, propagation } from "../../command/propagation.ts";
import type { Session } from "../../command/session.ts";
import {
  type DeadlineForm,
  MILLISECONDS,
  SECONDS,
  UNIX_MILLISECONDS,
  UNIX_SECONDS,
} from "../../keyspace/deadline-args.ts";
import { earliestWithin } from "../../keyspace/element-expiry.ts";
import * as events from "../../keyspace/events.ts";
import { scheduleElements } from "../../keyspace/expiry.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { isOver } from "../../keyspace/replay.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { SYNTAX } from "../../resp/errors.ts";
import type { Reply } from "../../resp/reply.ts";
import { changed, declare, lookupWrite } from "./access.ts";
import { begin, expireField, finish } from "./expire.ts";
import { fieldDeadlineOrReply, firstFieldOrReply } from "./field-args.ts";
import { tellDeadline, tellOwnDeadline, tellPersisted, tellRemoved } from "./tell.ts";
import * as hash from "./value.ts";

const FORMS: readonly (readonly [word: string, form: DeadlineForm])[] = [
  ["ex", SECONDS],
  ["px", MILLISECONDS],
  ["exat", UNIX_SECONDS],
  ["pxat", UNIX_MILLISECONDS],
];

/** The way to state a deadline that argument `i` announces. */
function formAt(args: Args, i: number): DeadlineForm | undefined {
  for (const [word, form] of FORMS) if (args.is(i, word)) return form;
  return undefined;
}

function replyField(ref: Ref, args: Args, i: number, reply: Reply): boolean {
  const exists = ref !== NIL && hash.find(ref, args, i);
  if (exists) replyElement(reply, hash.found);
  else reply.null();
  return exists;
}

function hgetdel(session: Session, args: Args, reply: Reply): void {
  const ref = lookupWrite(session, args, reply);
  if (ref === undefined) return;
  const first = firstFieldOrReply(args, 2, reply);
  if (first === 0) return;
  reply.array(args.count - first);
  const removed: number[] = [];
  for (let i = first; i < args.count; i++) {
    if (!replyField(ref, args, i, reply)) continue;
    hash.remove(ref, args, i);
    removed.push(i);
  }
  if (removed.length === 0) return;
  changed(session.db, args, ref, removed.length, "hdel");
  tellRemoved(args, removed);
}

function hgetex(session: Session, args: Args, reply: Reply): void {
  const ref = lookupWrite(session, args, reply);
  if (ref === undefined) return;
  const form = formAt(args, 2);
  const persists = args.is(2, "persist");
  let deadline = Number.NaN;
  if (form !== undefined) {
    deadline = fieldDeadlineOrReply(args, 3, form, "hgetex", reply);
    if (Number.isNaN(deadline)) return;
  }
  const first = firstFieldOrReply(args, form !== undefined ? 4 : persists ? 3 : 2, reply);
  if (first === 0) return;
  reply.array(args.count - first);
  if (form !== undefined && ref !== NIL) {
    const hadMs = begin(ref);
    for (let i = first; i < args.count; i++) if (replyField(ref, args, i, reply)) expireField(ref, args, i, deadline);
    return finish(session.db, args, ref, hadMs, deadline);
  }
  const cleared: number[] = [];
  for (let i = first; i < args.count; i++) {
    if (!replyField(ref, args, i, reply) || !persists) continue;
    if (hash.deadlineOf(ref, args, i) === Number.POSITIVE_INFINITY) continue;
    hash.setDeadline(ref, args, i, Number.NaN);
    cleared.push(i);
  }
  if (cleared.length === 0) return;
  changed(session.db, args, ref, cleared.length, "hpersist");
  tellPersisted(args, cleared);
}

/** The options of HSETEX. */
class Options {
  /** The first of the fields, which are followed by their values. */
  first = 0;
  condition: "none" | "fnx" | "fxx" = "none";
  keepsDeadlines = false;
  /** NaN: the fields are to have none. */
  deadline = Number.NaN;
}

const ONE_LIFETIME = "ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified";
const ONE_CONDITION = "ERR Only one of FXX or FNX arguments can be specified";
const NO_TIME = "ERR missing expire time";
const BAD_NUMBER = "ERR invalid number of fields";
const ARITY = "ERR wrong number of arguments for 'hsetex' command";
const FIELDS_MAX = 2n ** 31n - 1n;

/** The options from argument 2 on, or undefined after a written error. */
function hsetexOptions(args: Args, reply: Reply): Options | undefined {
  const options = new Options();
  let error = "";
  for (let i = 2; i < args.count && error === ""; i++) {
    if (args.is(i, "fields")) {
      error = fieldsError(args, i);
      options.first = i + 2;
      if (error === "") return options;
      break;
    }
    const form = formAt(args, i);
    if (form !== undefined || args.is(i, "keepttl")) {
      if (options.keepsDeadlines || !Number.isNaN(options.deadline)) error = ONE_LIFETIME;
      else if (form === undefined) options.keepsDeadlines = true;
      else if (++i === args.count) error = NO_TIME;
      else {
        options.deadline = fieldDeadlineOrReply(args, i, form, "hsetex", reply);
        if (Number.isNaN(options.deadline)) return undefined;
      }
    } else if (args.is(i, "fnx") || args.is(i, "fxx")) {
      if (options.condition !== "none") error = ONE_CONDITION;
      options.condition = args.is(i, "fnx") ? "fnx" : "fxx";
    } else {
      error = `ERR unknown argument: ${args.cString(i)}`;
    }
  }
  reply.error(error === "" ? SYNTAX : error);
  return undefined;
}

/** What is wrong with the fields that FIELDS at argument `at` announces; empty when nothing is. */
function fieldsError(args: Args, at: number): string {
  if (at >= args.count - 3) return ARITY;
  const stated = int64.parseBig(args.bytes, args.start(at + 1), args.end(at + 1));
  if (stated === undefined || stated < 1n || stated > FIELDS_MAX) return BAD_NUMBER;
  return stated * 2n === BigInt(args.count - at - 2) ? "" : ARITY;
}

/** Whether the fields exist, or do not exist, as the condition wants it. */
function isMet(ref: Ref, args: Args, { first, condition }: Options): boolean {
  if (condition === "none") return true;
  for (let i = first; i < args.count; i += 2) {
    if ((ref !== NIL && hash.has(ref, args, i)) !== (condition === "fxx")) return false;
  }
  return true;
}

const HSET = bulkOf("HSET");

/** Tells HSETEX as commands that are older: what is set, then the deadlines; of what goes at once, only that. */
function tellSet(args: Args, ref: Ref, { first, deadline, keepsDeadlines }: Options, removes: boolean): void {
  if (propagation.sink === undefined) return;
  const fields: number[] = [];
  for (let i = first; i < args.count; i += 2) fields.push(i);
  if (removes) return tellRemoved(args, fields);
  const out = instead(2 + args.count - first)!;
  out.raw(HSET);
  argument(out, args, 1);
  argumentsFrom(out, args, first, args.count);
  if (keepsDeadlines) for (const i of fields) tellOwnDeadline(args, ref, i);
  else if (!Number.isNaN(deadline)) tellDeadline(args, fields, deadline);
}

function hsetex(session: Session, args: Args, reply: Reply): void {
  const { db } = session;
  const options = hsetexOptions(args, reply);
  if (options === undefined) return;
  const found = lookupWrite(session, args, reply);
  if (found === undefined) return;
  if (!isMet(found, args, options)) return reply.zero();
  const ref = found === NIL ? hash.create(db, args, 1) : found;
  const { first, deadline } = options;
  const store = options.keepsDeadlines ? hash.change : hash.set;
  const hadMs = earliestWithin(ref);
  const removes = isOver(deadline);
  const isTimed = !Number.isNaN(deadline) && !removes;
  for (let i = first; i < args.count; i += 2) {
    store(ref, args, i, args.region, args.start(i + 1), args.end(i + 1));
    if (isTimed) hash.setDeadline(ref, args, i, deadline);
  }
  if (isTimed) scheduleElements(db, args, 1, ref, hadMs);
  tellSet(args, ref, options, removes);
  if (removes) for (let i = first; i < args.count; i += 2) hash.remove(ref, args, i);
  const isEmpty = hash.length(ref) === 0;
  if (isEmpty) keyspace.remove(db, args, 1);

  events.changes.dirty += (args.count - first) / 2 - 1;
  events.changed(db, args, 1, events.HASH, "hset");
  const after = removes ? "hdel" : "hexpire";
  if (!Number.isNaN(deadline)) events.notify(events.HASH, after, db, args.region, args.start(1), args.end(1));
  if (isEmpty) events.notify(events.GENERIC, "del", db, args.region, args.start(1), args.end(1));
  reply.one();
}

const DEADLINES =
  "EX seconds:integer|PX milliseconds:integer|EXAT unix-time-seconds:unix-time|PXAT unix-time-milliseconds:unix-time";
const FIELDS = "FIELDS fields(numfields:integer field...)";

export const exchangeCommands: readonly CommandSpec[] = [
  declare({
    name: "hgetdel",
    arity: -5,
    flags: ["write", "fast"],
    keyFlags: "RW access delete",
    elements: { first: 4, step: 1 },
    since: "8.0.0",
    complexity: "O(N) for N fields.",
    summary: "Answers the values of fields, and removes them.",
    syntax: `key ${FIELDS}`,
    handler: hgetdel,
  }),
  declare({
    name: "hgetex",
    arity: -5,
    flags: ["write", "fast"],
    keyFlags: "RW access update",
    elements: { first: 4, step: 1 },
    since: "8.0.0",
    complexity: "O(N) for N fields.",
    summary: "Answers the values of fields, and sets or clears their deadlines.",
    syntax: `key [expiration(${DEADLINES}|PERSIST)] ${FIELDS}`,
    handler: hgetex,
  }),
  declare({
    name: "hsetex",
    arity: -6,
    flags: ["write", "denyoom", "fast"],
    keyFlags: "RW update",
    since: "8.0.0",
    complexity: "O(N) for N fields.",
    summary: "Sets fields and their deadline.",
    syntax: `key [condition(FNX|FXX)] [expiration(${DEADLINES}|KEEPTTL)] FIELDS fields(numfields:integer data(field value)...)`,
    handler: hsetex,
  }),
];
