/**
 * `ashlar check rdb`: reads an RDB file to its end as a server would, and keeps nothing of it. What it says: who wrote the file,
 * what is in it; and if something is wrong: where, what, and how much of it a server could not have.
 *
 * Each value is read and checked whole, by the code that loads it, and freed before the next. Only what keys have to do with each
 * other is not looked at: a key that comes twice shows when the file is loaded.
 */
import { StorageError, storage } from "../../base/storage.ts";
import { RdbLoader } from "../../keyspace/rdb-load.ts";
import { RdbError } from "../../rdb/reader.ts";

export interface RdbReport {
  readonly isValid: boolean;
  /** What was found, for people. */
  readonly lines: readonly string[];
}

const STEP_BYTES = 1024 * 1024;

export function checkRdb(path: string): RdbReport {
  const lines: string[] = [];
  try {
    const file = storage.open(path, "read");
    const note = (text: string) => void lines.push(text);
    const loader = new RdbLoader(file, { dropsExpired: true, isCheck: true, note });
    try {
      while (!loader.step(STEP_BYTES));
      lines.push(...contents(loader), ...behind(loader.end, file.size()), `RDB ${path} is valid`);
      return { isValid: true, lines };
    } catch (error) {
      lines.push(...contents(loader), ...loss(loader, file.size()));
      throw error;
    } finally {
      file.close();
    }
  } catch (error) {
    if (!(error instanceof RdbError || error instanceof StorageError)) throw error;
    lines.push(`RDB ${path} is not valid: ${error.message}`);
    return { isValid: false, lines };
  }
}

function contents({ version, isOfValkey, aux, checked, keysExpired, keysEmpty, keysLoaded }: RdbLoader): string[] {
  if (version === 0) return [];
  const kinds = [...checked.keys].map(([name, count]) => `${count} ${name}`).join(", ");
  return [
    `Format: version ${version} of ${isOfValkey ? "Valkey" : "Redis"}`,
    ...[...aux].map(([name, value]) => `${name}: ${value}`),
    `${keysLoaded} keys${kinds === "" ? "" : ` (${kinds})`} in ${checked.databases.size} databases`,
    `${checked.withDeadline} of them have a deadline; ${keysExpired} more are expired, and would be left out`,
    ...(keysEmpty > 0 ? [`${keysEmpty} empty values, which would be left out`] : []),
  ];
}

/** What stands behind the end: the commands of an AOF that begins with an RDB file, or something that nobody reads. */
function behind(end: number, fileBytes: number): string[] {
  return end === fileBytes ? [] : [`${fileBytes - end} bytes follow the end at byte ${end}`];
}

function loss({ at, keysAnnounced, keysLoaded, keysExpired }: RdbLoader, fileBytes: number): string[] {
  const left = keysAnnounced - keysLoaded - keysExpired;
  const keys = left > 0 ? `, with ${left} keys of those announced` : "";
  return [`What is behind byte ${at} would be lost: ${fileBytes - at} of ${fileBytes} bytes${keys}`];
}
