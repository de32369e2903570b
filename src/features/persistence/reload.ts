/**
 * DEBUG RELOAD: what is in memory goes to disk and comes back, which shows that nothing is lost on the way.
 */
import { log } from "../../command/log.ts";
import { databases, flush } from "../../keyspace/database.ts";
import * as events from "../../keyspace/events.ts";
import { libraries } from "../../keyspace/libraries.ts";
import { LoadError, loadAtOnce } from "./loading.ts";
import { openRdb } from "./rdb-loading.ts";
import { saveAtOnce } from "./rdb-saves.ts";

const NOT_LOADED = "ERR Error trying to load the RDB dump";

export interface ReloadOptions {
  /** Writes the file first. */
  readonly saves: boolean;
  /** Forgets what is in memory. */
  readonly flushes: boolean;
  /** A key that is there already gives way to that of the file; else it is an error. */
  readonly merges: boolean;
}

/** Answers with the error. */
export function reload({ saves, flushes, merges }: ReloadOptions): string | undefined {
  if (saves && !saveAtOnce()) return "ERR";
  if (flushes) emptyAll();
  try {
    if (!loadAtOnce(() => openRdb(merges))) return NOT_LOADED;
  } catch (error) {
    if (!(error instanceof LoadError)) throw error;
    log.warning(`DEBUG RELOAD: ${error.message}`);
    return NOT_LOADED;
  }
  log.warning("DB reloaded by DEBUG RELOAD");
  return undefined;
}

/** Forgets all databases and functions, which counts as no change. */
export function emptyAll(): void {
  libraries.code = [];
  for (const db of databases) {
    for (const hook of events.hooks.flushing) hook(db);
    flush(db);
  }
}
