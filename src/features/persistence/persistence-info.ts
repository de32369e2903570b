/**
 * Section persistence of INFO. The names speak of children, forks and copy-on-write; here they mean snapshots in the
 * background, and memory that was copied because it was overwritten meanwhile.
 */
import { nowMs } from "../../base/env.ts";
import type { InfoSection } from "../../command/feature.ts";
import { snapshots } from "../../command/snapshots.ts";
import { changes } from "../../keyspace/events.ts";
import { aofDetails, aofInfo } from "./aof.ts";
import { secondsOf, workUnderWay } from "./background.ts";
import { hasLastSaveFailed } from "./disk-errors.ts";
import { type Load, loadInfo } from "./loading.ts";
import { saves } from "./rdb-saves.ts";

type Line = readonly [name: string, value: string | number];

function* snapshotLines(): Iterable<Line> {
  const progress = workUnderWay() === undefined ? undefined : snapshots.progress();
  const { keys, keysTotal, copiedBytes } = progress ?? { keys: 0, keysTotal: 0, copiedBytes: 0 };
  yield ["current_cow_peak", copiedBytes];
  yield ["current_cow_size", copiedBytes];
  yield ["current_cow_size_age", 0];
  yield ["current_fork_perc", (keysTotal === 0 ? 0 : (keys / keysTotal) * 100).toFixed(2)];
  yield ["current_save_keys_processed", keys];
  yield ["current_save_keys_total", keysTotal];
}

function* rdbLines(): Iterable<Line> {
  yield ["rdb_changes_since_last_save", changes.dirty];
  yield ["rdb_bgsave_in_progress", workUnderWay() === "rdb" ? 1 : 0];
  yield ["rdb_last_save_time", saves.lastSeconds];
  yield ["rdb_last_bgsave_status", hasLastSaveFailed() ? "err" : "ok"];
  yield ["rdb_last_bgsave_time_sec", saves.tookSeconds];
  yield ["rdb_current_bgsave_time_sec", secondsOf("rdb")];
  yield ["rdb_saves", saves.count];
  yield ["rdb_last_cow_size", saves.copiedBytes];
  yield ["rdb_last_load_keys_expired", (loadInfo.load ?? loadInfo).keysExpired];
  yield ["rdb_last_load_keys_loaded", (loadInfo.load ?? loadInfo).keysLoaded];
}

/** Below a second there is too little to tell when it will end. */
function* loadingLines({ totalBytes, loadedBytes, usedMemory }: Load): Iterable<Line> {
  const elapsed = Math.floor(nowMs / 1000) - loadInfo.startSeconds;
  const left = totalBytes - loadedBytes;
  yield ["loading_start_time", loadInfo.startSeconds];
  yield ["loading_total_bytes", totalBytes];
  yield ["loading_rdb_used_mem", usedMemory];
  yield ["loading_loaded_bytes", loadedBytes];
  yield ["loading_loaded_perc", ((loadedBytes / Math.max(totalBytes, 1)) * 100).toFixed(2)];
  yield ["loading_eta_seconds", elapsed === 0 ? 1 : Math.floor((elapsed * left) / (loadedBytes + 1))];
}

export const persistenceSection: InfoSection = {
  name: "persistence",
  title: "Persistence",
  byDefault: true,
  *lines() {
    yield ["loading", loadInfo.load === undefined ? 0 : 1];
    yield ["async_loading", 0];
    yield* snapshotLines();
    yield* rdbLines();
    yield* aofInfo();
    yield ["module_fork_in_progress", 0];
    yield ["module_fork_last_cow_size", 0];
    yield* aofDetails();
    if (loadInfo.load !== undefined) yield* loadingLines(loadInfo.load);
  },
};
