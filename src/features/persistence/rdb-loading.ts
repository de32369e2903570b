/**
 * Loading the RDB file that `dbfilename` names, and what the log says of it.
 */
import { nowMs } from "../../base/env.ts";
import { type StorageFile, storage } from "../../base/storage.ts";
import { log } from "../../command/log.ts";
import { RdbLoader } from "../../keyspace/rdb-load.ts";
import { type Load, loadingSeconds } from "./loading.ts";
import { rdbchecksum } from "./parameters.ts";
import { rdbName } from "./rdb-file.ts";

class RdbLoad implements Load {
  readonly totalBytes: number;
  usedMemory = 0;
  private readonly loader: RdbLoader;
  private isIntroduced = false;

  constructor(
    private readonly file: StorageFile,
    merges: boolean,
  ) {
    this.totalBytes = file.size();
    this.loader = new RdbLoader(file, {
      dropsExpired: true,
      merges,
      checksum: rdbchecksum.value,
      note: (note, isWarning) => (isWarning ? log.warning(note) : log.notice(note)),
    });
  }

  get loadedBytes(): number {
    return this.loader.at;
  }

  get keysLoaded(): number {
    return this.loader.keysLoaded;
  }

  get keysExpired(): number {
    return this.loader.keysExpired;
  }

  step(budgetBytes: number): boolean {
    const isDone = this.loader.step(budgetBytes);
    if (!this.isIntroduced) this.introduce();
    if (!isDone) return false;
    const { keysEmpty } = this.loader;
    const empty = keysEmpty > 0 ? `, empty keys skipped: ${keysEmpty}` : "";
    log.notice(`Done loading RDB, keys loaded: ${this.keysLoaded}, keys expired: ${this.keysExpired}${empty}.`);
    log.notice(`DB loaded from disk: ${loadingSeconds()} seconds`);
    return true;
  }

  close(): void {
    this.file.close();
  }

  /** What the file says of itself stands at its beginning. */
  private introduce(): void {
    this.isIntroduced = true;
    const { aux } = this.loader;
    const version = aux.get("redis-ver") ?? aux.get("valkey-ver");
    const writtenSeconds = Number(aux.get("ctime"));
    const usedBytes = Number(aux.get("used-mem"));
    if (version !== undefined) log.notice(`Loading RDB produced by version ${version}`);
    if (writtenSeconds > 0) log.notice(`RDB age ${Math.max(0, Math.floor(nowMs / 1000) - writtenSeconds)} seconds`);
    if (!(usedBytes > 0)) return;
    this.usedMemory = usedBytes;
    log.notice(`RDB memory usage when created ${(usedBytes / 2 ** 20).toFixed(2)} Mb`);
  }
}

/** The file, ready to be loaded; undefined when there is none. `merges`: its keys take the place of those that are there. */
export function openRdb(merges: boolean): Load | undefined {
  if (storage.size(rdbName()) === undefined) return undefined;
  return new RdbLoad(storage.open(rdbName(), "read"), merges);
}
