/**
 * Removing a file that nobody needs: one that could not be finished, or whose place another has taken.
 */
import { StorageError, storage } from "../../base/storage.ts";
import { log } from "../../command/log.ts";

/** Removes a file, if it is there. That it cannot be removed is only logged: it takes room, and does no other harm. */
export function discard(path: string): void {
  try {
    if (storage.size(path) !== undefined) storage.remove(path);
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    log.warning(`Cannot remove ${path}: ${error.message}`);
  }
}
