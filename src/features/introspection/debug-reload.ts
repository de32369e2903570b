/**
 * DEBUG RELOAD and LOADAOF: the data goes to disk and back.
 */
import { LOADING, loading } from "../../command/gates.ts";
import type { Session } from "../../command/session.ts";
import type { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";
import { reloadAof } from "../persistence/aof.ts";
import { aof } from "../persistence/aof-writer.ts";
import { reload } from "../persistence/reload.ts";

export function debugReload(_session: Session, args: Args, reply: Reply): void {
  const said = new Set<string>();
  for (let i = 2; i < args.count; i++) {
    const word = args.text(i).toLowerCase();
    if (word !== "merge" && word !== "noflush" && word !== "nosave") {
      return reply.error("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.");
    }
    said.add(word);
  }
  if (loading.isUnderWay) return reply.error(LOADING);
  const error = reload({ saves: !said.has("nosave"), flushes: !said.has("noflush"), merges: said.has("merge") });
  if (error === undefined) reply.ok();
  else reply.error(error);
}

export function debugLoadaof(_session: Session, _args: Args, reply: Reply): void {
  if (loading.isUnderWay) return reply.error(LOADING);
  const error = reloadAof();
  if (error === undefined) reply.ok();
  else reply.error(error);
}

/** So many microseconds pass before each write to the AOF. */
export function debugAofFlushSleep(_session: Session, args: Args, reply: Reply): void {
  aof.flushSleepUs = Number.parseInt(args.text(2), 10) || 0;
  reply.ok();
}
