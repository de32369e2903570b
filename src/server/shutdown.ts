/**
 * The end of the process, on SHUTDOWN or a signal: the stages in reading order, and who may object.
 */
import type { Feature } from "../command/feature.ts";
import type { ShutdownRequest } from "../features/server/host.ts";
import { notifySupervisor, removePidfile } from "./daemon.ts";
import { closeListeners } from "./listeners.ts";
import { log } from "./log.ts";
import { SHUTDOWN_FORCE, SHUTDOWN_NOSAVE, SHUTDOWN_NOW, SHUTDOWN_SAVE } from "./parameters.ts";

/** Ends the process, unless something stands against it: then false, and the log tells what. */
export function shutdown(request: ShutdownRequest, features: readonly Feature[]): boolean {
  log.warning("User requested shutdown...");
  if (request.save && !isSaved() && !request.force) {
    log.warning("Errors trying to shut down the server. Check the logs for more information.");
    return false;
  }
  notifySupervisor("STOPPING=1");
  for (const feature of [...features].reverse()) feature.close?.();
  removePidfile();
  closeListeners();
  log.warning("Ashlar is now ready to exit, bye bye...");
  process.exit(0);
}

/** Who insists on a snapshot must not be told that there is one. */
function isSaved(): boolean {
  log.warning("Error trying to save the DB, can't exit: this version writes no snapshots.");
  return false;
}

/** What `shutdown-on-sigterm` and `shutdown-on-sigint` say, as a request. */
export function requestOf(flags: number): ShutdownRequest {
  return {
    save: (flags & SHUTDOWN_SAVE) !== 0,
    noSave: (flags & SHUTDOWN_NOSAVE) !== 0,
    now: (flags & SHUTDOWN_NOW) !== 0,
    force: (flags & SHUTDOWN_FORCE) !== 0,
  };
}
