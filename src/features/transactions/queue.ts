/**
 * MULTI, EXEC, DISCARD: beginning, running and leaving a transaction.
 *
 * EXEC runs the queue in batches of its own, at the moment and with the replies of EXEC itself. It fails as a whole when a
 * command was refused while it was queued (EXECABORT), or when a watched key has changed (null). A command that fails
 * while it runs stops nothing.
 */
import type { CommandSpec } from "../../command/command.ts";
import { giveBack, takeQueue } from "../../command/command-queue.ts";
import { dispatchQueued } from "../../command/dispatch.ts";
import * as pause from "../../command/pause.ts";
import { nothing } from "../../command/propagation.ts";
import type { Session } from "../../command/session.ts";
import type { Args } from "../../resp/args.ts";
import { Batch } from "../../resp/parser.ts";
import type { Reply } from "../../resp/reply.ts";
import { hasWatchedChanged, isChanged, unwatch } from "./watch.ts";

/** What EXEC runs is loaded into this; EXEC is never within EXEC. */
const batch = new Batch();

function multi(session: Session, _args: Args, reply: Reply): void {
  if (session.queue !== undefined) return reply.error("ERR MULTI calls can not be nested");
  session.queue = takeQueue();
  session.queue.isVain = isChanged(session);
  reply.ok();
}

/** Leaves the transaction, if there is one, and forgets what is queued and watched. */
export function discard(session: Session): void {
  const { queue } = session;
  session.queue = undefined;
  if (queue !== undefined) giveBack(queue);
  unwatch(session);
}

function discardCommand(session: Session, _args: Args, reply: Reply): void {
  if (session.queue === undefined) return reply.error("ERR DISCARD without MULTI");
  discard(session);
  reply.ok();
}

function exec(session: Session, _args: Args, reply: Reply): void {
  const { queue } = session;
  if (queue === undefined) return reply.error("ERR EXEC without MULTI");
  if (queue.isBroken) {
    discard(session);
    return reply.error("EXECABORT Transaction discarded because of previous errors.");
  }
  if (hasWatchedChanged(session)) {
    discard(session);
    return reply.nullArray();
  }
  unwatch(session);
  session.isExecutingQueue = true;
  // An error of a command that was queued is none of EXEC.
  const errors = reply.errors;
  if (session.replies !== "off") reply.array(queue.commands);
  while (queue.load(batch)) dispatchQueued(session, batch, reply);
  reply.errors = errors;
  session.isExecutingQueue = false;
  // Its commands were told, between MULTI and EXEC.
  nothing();
  discard(session);
  pause.follow();
}

/** EXEC itself was refused: that, too, ends the transaction. */
function refusedExec(session: Session, error: string): string {
  discard(session);
  return `EXECABORT Transaction discarded because of: ${error.replace(/^ERR /, "")}`;
}

export const queueCommands: readonly CommandSpec[] = [
  {
    name: "multi",
    arity: 1,
    flags: ["noscript", "loading", "stale", "fast", "allow_busy"],
    group: "transactions",
    since: "1.2.0",
    complexity: "O(1)",
    summary: "Begins a transaction: further commands are queued.",
    syntax: "",
    whileQueueing: "run",
    handler: multi,
  },
  {
    name: "exec",
    arity: 1,
    flags: ["noscript", "loading", "stale", "skip_slowlog"],
    group: "transactions",
    since: "1.2.0",
    complexity: "That of the queued commands.",
    summary: "Runs what was queued since MULTI, as one.",
    syntax: "",
    whileQueueing: "execute",
    refused: refusedExec,
    handler: exec,
  },
  {
    name: "discard",
    arity: 1,
    flags: ["noscript", "loading", "stale", "fast", "allow_busy"],
    group: "transactions",
    since: "2.0.0",
    complexity: "O(N) where N is the number of watched keys",
    summary: "Leaves a transaction and forgets what was queued.",
    syntax: "",
    whileQueueing: "leave",
    handler: discardCommand,
  },
];
