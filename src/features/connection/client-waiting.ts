/**
 * CLIENT UNBLOCK, PAUSE, UNPAUSE: ends the waiting of one client, or lets all of them wait.
 */
import * as int64 from "../../base/int64.ts";
import { deadlineMsOrReply, unblock } from "../../command/blocking.ts";
import type { CommandSpec, Flag } from "../../command/command.ts";
import * as pause from "../../command/pause.ts";
import { type Session, sessions } from "../../command/session.ts";
import { misusedSubcommand } from "../../command/unknown.ts";
import type { Args } from "../../resp/args.ts";
import { NOT_AN_INTEGER } from "../../resp/errors.ts";
import type { Reply } from "../../resp/reply.ts";

const UNBLOCKED = "UNBLOCKED client unblocked via CLIENT UNBLOCK";

function unblockClient(_session: Session, args: Args, reply: Reply): void {
  if (args.count > 4) return reply.error(misusedSubcommand(args));
  const withError = args.count === 4 && args.is(3, "error");
  if (args.count === 4 && !withError && !args.is(3, "timeout")) {
    return reply.error("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
  }
  const id = int64.parseBig(args.bytes, args.start(2), args.end(2));
  if (id === undefined) return reply.error(NOT_AN_INTEGER);
  const session = sessions.get(Number(id));
  if (session !== undefined && unblock(session, withError ? UNBLOCKED : undefined)) reply.one();
  else reply.zero();
}

function pauseClients(session: Session, args: Args, reply: Reply): void {
  if (args.count > 4) return reply.error(misusedSubcommand(args));
  const onlyWrites = args.count === 4 && args.is(3, "write");
  if (args.count === 4 && !onlyWrites && !args.is(3, "all")) {
    return reply.error("ERR CLIENT PAUSE mode must be WRITE or ALL");
  }
  const endMs = deadlineMsOrReply(args, 2, reply);
  if (Number.isNaN(endMs)) return;
  pause.begin(endMs, !onlyWrites);
  // A transaction is finished first.
  if (!session.isExecutingQueue) pause.follow();
  reply.ok();
}

function unpauseClients(_session: Session, _args: Args, reply: Reply): void {
  pause.end();
  reply.ok();
}

const ADMIN: readonly Flag[] = ["admin", "noscript", "loading", "stale"];

export const unblockCommand: CommandSpec = {
  name: "unblock",
  arity: -3,
  flags: ADMIN,
  group: "connection",
  since: "5.0.0",
  complexity: "O(log N) where N is the number of connections",
  summary: "Wakes a client that a command has blocked.",
  syntax: "client-id:integer [timeout_error(TIMEOUT|ERROR)]",
  handler: unblockClient,
};

export const pauseCommand: CommandSpec = {
  name: "pause",
  arity: -3,
  flags: ADMIN,
  group: "connection",
  since: "2.9.50",
  complexity: "O(1)",
  summary: "Lets commands of clients wait for a time.",
  syntax: "timeout:integer [mode(WRITE|ALL)@6.2.0]",
  history: [["6.2.0", "`mode` option, and `WRITE`."]],
  handler: pauseClients,
};

export const unpauseCommand: CommandSpec = {
  name: "unpause",
  arity: 2,
  flags: ADMIN,
  group: "connection",
  since: "6.2.0",
  complexity: "O(N) where N is the number of clients that wait",
  summary: "Lets commands that wait because of CLIENT PAUSE go on.",
  syntax: "",
  handler: unpauseClients,
};
