/**
 * What is known to be wrong with the disk, and who is turned away for it (command/gates.ts): who is told OK for a change
 * believes that it will be kept.
 */
import { disk } from "../../command/gates.ts";
import { save, stopWritesOnBgsaveError } from "./parameters.ts";

const RDB_ERROR =
  "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that may " +
  "modify the data set are disabled, because this instance is configured to report errors during writes if RDB " +
  "snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB error.";

let hasRdbFailed = false;
let aofError: string | undefined;

/** Notes how the last attempt to save an RDB file ended. */
export function noteRdb(hasFailed: boolean): void {
  hasRdbFailed = hasFailed;
  follow();
}

/** Notes what is wrong with the AOF, in the system's words; undefined when nothing is. */
export function noteAof(error: string | undefined): void {
  aofError = error;
  follow();
}

export function hasLastSaveFailed(): boolean {
  return hasRdbFailed;
}

/** While all is well, the gate is not even asked. */
function follow(): void {
  disk.whyNotWritable = hasRdbFailed || aofError !== undefined ? whyNotWritable : undefined;
}

function whyNotWritable(): string | undefined {
  if (hasRdbFailed && stopWritesOnBgsaveError.value && save.value.length > 0) return RDB_ERROR;
  return aofError === undefined ? undefined : `MISCONF Errors writing to the AOF file: ${aofError}`;
}
