/**
 * SHUTDOWN: ends the server. There is no answer when it works: the connection is gone. Whoever has asked waits, and is told
 * if it fails or is taken back.
 */
import { unblock, type Waiting, waitFor } from "../../command/blocking.ts";
import type { CommandSpec } from "../../command/command.ts";
import type { Session } from "../../command/session.ts";
import { NO_TYPE } from "../../keyspace/value-type.ts";
import type { Args } from "../../resp/args.ts";
import { SYNTAX } from "../../resp/errors.ts";
import type { Reply } from "../../resp/reply.ts";
import { host } from "./host.ts";

const FAILED = "ERR Errors trying to SHUTDOWN. Check logs.";

/** Waits for no key: what is waited for is the end. */
const forTheEnd: Waiting = {
  type: NO_TYPE,
  serve: () => false,
  timedOut: (reply) => reply.error(FAILED),
};

/** Those who wait for it. */
const waiting = new Set<Session>();

/** The server goes on after all. */
export function tellShutdownFailed(): void {
  for (const session of waiting) if (session.waiter?.waiting === forTheEnd) unblock(session, FAILED);
  waiting.clear();
}

const WORDS = ["save", "nosave", "now", "force", "abort"] as const;

function shutdown(session: Session, args: Args, reply: Reply): void {
  const said = new Set<string>();
  for (let i = 1; i < args.count; i++) {
    const word = WORDS.find((known) => args.is(i, known));
    if (word === undefined) return reply.error(SYNTAX);
    said.add(word);
  }
  if (said.has("save") && said.has("nosave")) return reply.error(SYNTAX);
  if (said.has("abort")) return abort(said, reply);
  const request = {
    save: said.has("save"),
    noSave: said.has("nosave"),
    now: said.has("now"),
    force: said.has("force"),
  };
  if (host?.shutdown(request) !== true) return reply.error(FAILED);
  waiting.add(session);
  waitFor(session, args, reply, forTheEnd, 0, 0, 0);
}

function abort(said: ReadonlySet<string>, reply: Reply): void {
  if (said.size > 1) return reply.error(SYNTAX);
  if (host?.abortShutdown() === true) reply.ok();
  else reply.error("ERR No shutdown in progress.");
}

export const shutdownCommand: CommandSpec = {
  name: "shutdown",
  arity: -1,
  flags: ["admin", "noscript", "loading", "stale", "no_multi", "allow_busy"],
  group: "server",
  since: "1.0.0",
  complexity: "O(N) when saving, where N is the number of keys, else O(1)",
  summary: "Saves the data if so configured, and ends the server.",
  syntax: "[nosave_save(NOSAVE|SAVE)] [NOW@7.0.0] [FORCE@7.0.0] [ABORT@7.0.0]",
  history: [["7.0.0", "`NOW`, `FORCE` and `ABORT`."]],
  handler: shutdown,
};
