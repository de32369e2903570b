/**
 * WAITAOF: waits until what was done so far is on the disk of this server, and of others. There are no others yet; who waits for
 * them waits until the time is up.
 */
import { deadlineMsOrReply, endWaiting, unblock, type Waiting, waitFor } from "../../command/blocking.ts";
import type { CommandSpec } from "../../command/command.ts";
import type { Session } from "../../command/session.ts";
import type { Waiter } from "../../command/waiter.ts";
import { STRING } from "../../keyspace/value-type.ts";
import type { Args } from "../../resp/args.ts";
import { integerFromOrReply, integerOrReply } from "../../resp/integer-args.ts";
import type { Reply } from "../../resp/reply.ts";
import type { AofOutput } from "./aof-output.ts";
import { aof, mayOmitSync, syncListeners } from "./aof-writer.ts";
import { appendfsync, appendonly } from "./parameters.ts";

const DISABLED = "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.";

/** A place in the AOF. */
interface Place {
  readonly output: AofOutput | undefined;
  readonly told: number;
}

/** Who waits for a sync, and for which place. */
const waiting = new Map<Session, { waiter: Waiter; place: Place }>();

/** The end of what was done so far. */
function placeNow(): Place {
  return { output: aof.output, told: aof.output?.told ?? 0 };
}

function isSafe({ output, told }: Place): boolean {
  if (aof.mode !== "on" || aof.trouble !== undefined) return false;
  // An answer under `always` leaves when all is synced.
  if (appendfsync.value === "always" && !mayOmitSync()) return true;
  // With a foundation, the file that is written relies on the one before it, or on a new base.
  return aof.output!.foundation === undefined && (output !== aof.output || output!.safe >= told);
}

function answer(reply: Reply, place: Place): void {
  reply.array(2);
  reply.integer(isSafe(place) ? 1 : 0);
  reply.integer(0);
}

function waitaofCommand(session: Session, args: Args, reply: Reply): void {
  const local = integerOrReply(args, 1, reply);
  if (local === undefined) return;
  if (local < 0 || local > 1) return reply.error("ERR value is out of range, value must between 0 and 1");
  const replicas = integerFromOrReply(args, 2, 0, "ERR value is out of range, must be positive", reply);
  if (Number.isNaN(replicas)) return;
  const deadlineMs = deadlineMsOrReply(args, 3, reply);
  if (Number.isNaN(deadlineMs)) return;
  if (Number(local) === 1 && !appendonly.value) return reply.error(DISABLED);
  const place = placeNow();
  if (replicas === 0 && (Number(local) === 0 || isSafe(place))) return answer(reply, place);
  const way: Waiting = { type: STRING, serve: () => false, timedOut: (out) => answer(out, place) };
  waitFor(session, args, reply, way, 1, 0, deadlineMs);
  if (replicas === 0 && session.waiter !== undefined) waiting.set(session, { waiter: session.waiter, place });
}

/** The AOF is switched off: nobody will hear of a sync any more. */
export function refuseWaiting(): void {
  for (const [session, { waiter }] of waiting) if (session.waiter === waiter) unblock(session, DISABLED);
  waiting.clear();
}

syncListeners.push(() => {
  for (const [session, { waiter, place }] of waiting) {
    if (session.waiter === waiter && !isSafe(place)) continue;
    waiting.delete(session);
    if (session.waiter === waiter) endWaiting(session);
  }
});

export const waitaof: CommandSpec = {
  name: "waitaof",
  arity: 4,
  flags: ["blocking"],
  group: "generic",
  categories: ["@connection"],
  tips: ["request_policy:all_shards", "response_policy:agg_min"],
  since: "7.2.0",
  complexity: "O(1)",
  summary: "Waits until what was changed so far is on the disk of this server, and of so many replicas.",
  syntax: "numlocal:integer numreplicas:integer timeout:integer",
  handler: waitaofCommand,
};
