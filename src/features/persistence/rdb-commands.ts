/**
 * SAVE, BGSAVE, LASTSAVE.
 */
import type { CommandSpec } from "../../command/command.ts";
import type { Session } from "../../command/session.ts";
import type { Args } from "../../resp/args.ts";
import { SYNTAX } from "../../resp/errors.ts";
import type { Reply } from "../../resp/reply.ts";
import { workUnderWay } from "./background.ts";
import { saveAtOnce, saveInBackground, saves } from "./rdb-saves.ts";

const IN_PROGRESS = "ERR Background save already in progress";
const BUSY =
  "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to schedule a BGSAVE " +
  "whenever possible.";

function saveCommand(_session: Session, _args: Args, reply: Reply): void {
  if (workUnderWay() === "rdb") return reply.error(IN_PROGRESS);
  saves.count++;
  if (saveAtOnce()) reply.ok();
  else reply.error("ERR");
}

/** In the middle of a transaction there is no state to save: that waits for its end. */
function bgsave(session: Session, args: Args, reply: Reply): void {
  const isScheduling = args.count === 2 && args.is(1, "schedule");
  if (args.count > 1 && !isScheduling) return reply.error(SYNTAX);
  const work = workUnderWay();
  if (work === "rdb") return reply.error(IN_PROGRESS);
  if (work === undefined && !session.isExecutingQueue) {
    saveInBackground();
    return reply.simple("Background saving started");
  }
  if (!isScheduling && !session.isExecutingQueue) return reply.error(BUSY);
  saves.isScheduled = true;
  reply.simple("Background saving scheduled");
}

function lastsave(_session: Session, _args: Args, reply: Reply): void {
  reply.integer(saves.lastSeconds);
}

export const rdbCommands: readonly CommandSpec[] = [
  {
    name: "save",
    arity: 1,
    flags: ["admin", "noscript", "no_async_loading", "no_multi"],
    group: "server",
    since: "1.0.0",
    complexity: "O(N) where N is the number of keys in all databases",
    summary: "Writes all data to the RDB file, while all clients wait.",
    syntax: "",
    handler: saveCommand,
  },
  {
    name: "bgsave",
    arity: -1,
    flags: ["admin", "noscript", "no_async_loading"],
    group: "server",
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Writes all data, as it is now, to the RDB file in the background.",
    syntax: "[SCHEDULE@3.2.2]",
    history: [["3.2.2", "The option `SCHEDULE`."]],
    handler: bgsave,
  },
  {
    name: "lastsave",
    arity: 1,
    flags: ["loading", "stale", "fast"],
    group: "server",
    categories: ["@admin", "@dangerous"],
    tips: ["nondeterministic_output"],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Tells when the RDB file was last written, in seconds since 1970.",
    syntax: "",
    handler: lastsave,
  },
];
