/**
 * Brings the data from disk into memory at boot, in slices between which the sockets have their turn: clients are told
 * -LOADING, and INFO how far it is.
 *
 * Data that cannot be read whole ends the process: whoever runs it has to decide, and what is on disk stays as it is.
 */
import { beginLoading, continueLoading, LoadError } from "../features/persistence/loading.ts";
import { openData } from "../features/persistence/persistence.ts";
import { log } from "./log.ts";

/** Loads what there is, and calls `done` when it is in memory; that may throw a LoadError, too. */
export function loadData(done: () => void): void {
  if (orEnd(() => beginLoading(openData))) loadSlice(done);
  else orEnd(done);
}

function loadSlice(done: () => void): void {
  const waitMs = orEnd(continueLoading);
  if (waitMs < 0) orEnd(done);
  else if (waitMs === 0) setImmediate(loadSlice, done);
  else setTimeout(loadSlice, waitMs, done);
}

/** What it returns; when the data cannot be loaded, the end. */
function orEnd<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof LoadError)) throw error;
    log.warning(`Fatal error loading the DB: ${error.message}. Exiting.`);
    process.exit(1);
  }
}
