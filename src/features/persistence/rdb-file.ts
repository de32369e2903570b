/**
 * Writing the RDB file that `dbfilename` names, at once, and how a finished file takes its place: written and synced under
 * another name, then renamed, then the directory is synced. So that name always stands for a whole file.
 */
import { utf8 } from "../../base/config-text.ts";
import { nowMs } from "../../base/env.ts";
import { appendAll, StorageError, storage } from "../../base/storage.ts";
import { log } from "../../command/log.ts";
import { maxmemoryPolicy } from "../../keyspace/parameters.ts";
import { type SaveOptions, saveDatabases } from "../../keyspace/rdb-save.ts";
import * as mem from "../../mem/mem.ts";
import { discard } from "./discard.ts";
import { dbfilename, rdbchecksum } from "./parameters.ts";
import type { Steps } from "./steps.ts";

/** The name of the file while it is written at the end of the server: whoever insists on an end at once has it removed. */
export const lastName = `temp-${process.pid}.rdb`;

let files = 0;

/** A name for a file while it is written, each time another: what was cancelled may still be there for a moment. */
export function nextName(): string {
  return `temp-${process.pid}-${++files}.rdb`;
}

export function rdbName(): string {
  return utf8(dbfilename.value);
}

/** What the configuration says of a file that is begun now. */
export function saveOptionsNow(isAofBase: boolean): SaveOptions {
  const policy = maxmemoryPolicy.value;
  return {
    isAofBase,
    checksum: rdbchecksum.value,
    usedBytes: mem.used.bytes,
    nowMs,
    policy: policy.endsWith("-lru") ? "lru" : policy.endsWith("-lfu") ? "lfu" : "none",
  };
}

/** Writes all data to the file, while everything else waits. False when it failed; the log says why. */
export function writeNow(): boolean {
  const written = nextName();
  try {
    const file = storage.open(written, "create");
    try {
      saveDatabases((bytes, from, to) => appendAll(file, bytes, from, to), saveOptionsNow(false));
      file.sync();
    } finally {
      file.close();
    }
  } catch (error) {
    return failed(written, error);
  }
  return putInPlace(written);
}

/** Gives a file that is whole the name of the RDB file, for good. False when it failed; the log says why. */
export function putInPlace(written: string): boolean {
  try {
    storage.rename(written, rdbName());
    storage.syncDirectory(".");
  } catch (error) {
    return failed(written, error);
  }
  log.notice("DB saved on disk");
  return true;
}

/** The same without waiting for the disk. */
export function* putInPlaceInSteps(written: string): Steps<boolean> {
  try {
    storage.rename(written, rdbName());
    yield (done) => storage.syncDirectoryLater(".", done);
  } catch (error) {
    return failed(written, error);
  }
  log.notice("DB saved on disk");
  return true;
}

function failed(written: string, error: unknown): false {
  logFailure(error);
  discard(written);
  return false;
}

function logFailure(error: unknown): void {
  if (!(error instanceof StorageError)) throw error;
  const { operation, path, message } = error;
  const inDirectory = `(in server root dir ${process.cwd()})`;
  if (operation === "open")
    log.warning(`Failed opening the temp RDB file ${path} ${inDirectory} for saving: ${message}`);
  else if (operation === "rename") {
    log.warning(`Error moving temp DB file ${path} on the final destination ${rdbName()} ${inDirectory}: ${message}`);
  } else log.warning(`Write error saving DB on disk(${operation}): ${message}`);
}
