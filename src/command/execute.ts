/**
 * The one door: every command that runs, whoever sent it, runs here. What follows from a command leaves here too:
 * statistics, slow log, later AOF, replicas and MONITOR, each through a hook.
 *
 * Reading a clock costs 35 ns, a good part of a GET. So commands that cannot take long are timed in runs
 * of the same command within a batch, and the time is shared out evenly; all others are timed one by one.
 */
import { bytesOf } from "../base/ascii.ts";
import { env, nowNs } from "../base/env.ts";
import type { Args } from "../resp/args.ts";
import type { Reply } from "../resp/reply.ts";
import type { Command } from "./command.ts";
import type { CommandQueue } from "./command-queue.ts";
import * as errorStatistics from "./error-statistics.ts";
import { refusal } from "./gates.ts";
import { holds, pause, postpone } from "./pause.ts";
import { enter, leave, propagation } from "./propagation.ts";
import type { Session } from "./session.ts";
import * as table from "./table.ts";
import { unknownCommand, unknownSubcommand } from "./unknown.ts";

/** Told of a command that ran, with its duration; `args` are still those of the command. */
export type AfterCommand = (session: Session, command: Command, args: Args, ns: number) => void;
/** Told of a command that is about to run. */
export type BeforeCommand = (session: Session, command: Command, args: Args) => void;

export const hooks: { before: BeforeCommand[]; after: AfterCommand[]; timeEach: boolean } = {
  before: [],
  after: [],
  /** Set while each duration matters (a low slow log threshold, say). */
  timeEach: false,
};

/** Commands executed so far. */
export const totals = { commands: 0 };

const QUEUED = bytesOf("+QUEUED\r\n");

let running: Command | undefined;
let runCalls = 0;
let runStartNs = 0;
/** The clock as last read, and whether no command has run since. */
let lastReadNs = 0;
let fresh = false;

/**
 * Runs the command that argument 0 names, `found` by the caller, and writes its reply. In a transaction it is queued
 * instead, and while clients are paused it may be left to wait: then nothing is written and the session is parked.
 */
export function execute(session: Session, found: Command | undefined, args: Args, reply: Reply): void {
  const command = resolve(found, args);
  if (command === undefined) {
    session.lastCommand = "NULL";
    refuse(session, reply, unknown(found, args));
    return;
  }
  session.lastCommand = command.fullName;
  const refused = refusal(session, command, args);
  if (refused !== undefined) {
    command.statistics.rejected++;
    refuse(session, reply, command.spec.refused?.(session, refused) ?? refused);
    return;
  }
  if (pause.mode !== 0 && holds(session, command)) {
    postpone(session);
    return;
  }
  if (session.queue !== undefined && command.whileQueueing === undefined)
    enqueue(session, session.queue, command, args, reply);
  else run(session, command, args, reply);
}

/** Runs a command that was queued: it has passed the gates already. */
export function executeQueued(session: Session, found: Command | undefined, args: Args, reply: Reply): void {
  run(session, resolve(found, args)!, args, reply);
}

function resolve(found: Command | undefined, args: Args): Command | undefined {
  return found === undefined || found.subcommands.length === 0 ? found : table.resolve(found, args);
}

function unknown(found: Command | undefined, args: Args): string {
  return found === undefined ? unknownCommand(args) : unknownSubcommand(args);
}

function refuse(session: Session, reply: Reply, error: string): void {
  if (session.queue !== undefined) session.queue.isBroken = session.queue.isVain = true;
  const mark = reply.length;
  reply.error(error);
  errorStatistics.record(reply, mark);
}

/** The stage that queues. One that EXEC will not run anyway takes no more; one that is too long ends the session. */
function enqueue(session: Session, queue: CommandQueue, command: Command, args: Args, reply: Reply): void {
  if (!queue.isVain && !queue.add(command, args)) {
    session.connection?.close(true);
    return;
  }
  reply.raw(QUEUED);
}

function run(session: Session, command: Command, args: Args, reply: Reply): void {
  const errors = reply.errors;
  const mark = reply.length;
  if (hooks.before.length > 0) for (const hook of hooks.before) hook(session, command, args);
  totals.commands++;
  if (command.quick && !hooks.timeEach) {
    if (running !== command) beginRun(command);
    runCalls++;
    handle(session, command, args, reply);
  } else {
    runTimed(session, command, args, reply);
  }
  if (reply.errors !== errors) {
    command.statistics.failed++;
    errorStatistics.record(reply, mark);
  }
}

/** The command's own work. What it did is told, if anybody is. */
function handle(session: Session, command: Command, args: Args, reply: Reply): void {
  if (propagation.sink === undefined) return command.handler!(session, args, reply);
  const dirty = enter(session.dbNumber);
  command.handler!(session, args, reply);
  leave(args, dirty);
}

function runTimed(session: Session, command: Command, args: Args, reply: Reply): void {
  endRun();
  const start = fresh ? lastReadNs : env.monotonicNs();
  handle(session, command, args, reply);
  lastReadNs = env.monotonicNs();
  fresh = true;
  const ns = lastReadNs - start;
  if (session.waiter !== undefined) {
    // The rest follows when it is served (command/blocking.ts).
    command.statistics.begin(ns);
    session.waiter.command = command;
    session.waiter.ns = ns;
    return;
  }
  command.statistics.record(1, ns);
  for (const hook of hooks.after) hook(session, command, args, ns);
}

function beginRun(command: Command): void {
  endRun();
  runStartNs = fresh ? lastReadNs : env.monotonicNs();
  running = command;
  fresh = false;
}

/** Closes the books on the commands run so far; called at the end of a batch. */
export function endRun(): void {
  if (running === undefined) return;
  lastReadNs = env.monotonicNs();
  fresh = true;
  running.statistics.record(runCalls, lastReadNs - runStartNs);
  running = undefined;
  runCalls = 0;
}

/** A new batch begins: the clock was read a moment ago. */
export function beginBatch(): void {
  lastReadNs = nowNs;
  fresh = true;
}
