/**
 * Writing the RDB file that `dbfilename` names, at once, and how a finished file takes its place: written and synced under
 * another name, then renamed, then the directory is synced. So that name always stands for a whole file.
 */
import { basename } from "node:path";
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

/** Where a file is written, and the name that it gets then. Both are what they were, should `dir` or `dbfilename` change meanwhile. */
export interface RdbPlace {
  readonly directory: string;
  readonly written: string;
  readonly named: string;
}

/** The name of the file while it is written at the end of the server: whoever insists on an end at once has it removed. */
export const lastPlace = (): RdbPlace => placeOf(`temp-${process.pid}.rdb`);

let files = 0;

/** A place for the next file, each time another: what was cancelled may still be there for a moment. */
export const nextPlace = (): RdbPlace => placeOf(`temp-${process.pid}-${++files}.rdb`);

function placeOf(name: string): RdbPlace {
  return { directory: storage.resolve("."), written: storage.resolve(name), named: storage.resolve(rdbName()) };
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
  const place = nextPlace();
  try {
    const file = storage.open(place.written, "create");
    try {
      saveDatabases((bytes, from, to) => appendAll(file, bytes, from, to), saveOptionsNow(false));
      file.sync();
    } finally {
      file.close();
    }
  } catch (error) {
    return failed(place, error);
  }
  return putInPlace(place);
}

/** Gives a file that is whole the name of the RDB file, for good. False when it failed; the log says why. */
export function putInPlace(place: RdbPlace): boolean {
  try {
    storage.rename(place.written, place.named);
    storage.syncDirectory(place.directory);
  } catch (error) {
    return failed(place, error);
  }
  log.notice("DB saved on disk");
  return true;
}

/** The same without waiting for the disk. */
export function* putInPlaceInSteps(place: RdbPlace): Steps<boolean> {
  try {
    storage.rename(place.written, place.named);
    yield (done) => storage.syncDirectoryLater(place.directory, done);
  } catch (error) {
    return failed(place, error);
  }
  log.notice("DB saved on disk");
  return true;
}

function failed(place: RdbPlace, error: unknown): false {
  logFailure(place, error);
  discard(place.written);
  return false;
}

function logFailure(place: RdbPlace, error: unknown): void {
  if (!(error instanceof StorageError)) throw error;
  const { operation, message } = error;
  const [written, named] = [basename(place.written), basename(place.named)];
  const inDirectory = `(in server root dir ${place.directory})`;
  if (operation === "open")
    log.warning(`Failed opening the temp RDB file ${written} ${inDirectory} for saving: ${message}`);
  else if (operation === "rename") {
    log.warning(`Error moving temp DB file ${written} on the final destination ${named} ${inDirectory}: ${message}`);
  } else log.warning(`Write error saving DB on disk(${operation}): ${message}`);
}
