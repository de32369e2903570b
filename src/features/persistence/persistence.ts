/**
 * Persistence: the data on disk, and how it gets there and back.
 *
 *     rdb-commands.ts      SAVE, BGSAVE, LASTSAVE
 *     rdb-saves.ts         when RDB files are written, and what is known of the last ones
 *     rdb-file.ts          how one is written, and takes its place
 *     loading.ts           from disk into memory; rdb-loading.ts for RDB files; reload.ts for DEBUG RELOAD
 *     background.ts        one thing at a time is written in the background
 *     aof.ts               the append-only file, and what belongs to it
 *     disk-errors.ts       what is wrong with the disk, and who is turned away for it
 */
import type { Feature } from "../../command/feature.ts";
import * as events from "../../keyspace/events.ts";
import { aofCommands, aofTimer, closeAof, followAofParameters, loadAof, openAof } from "./aof.ts";
import type { Load } from "./loading.ts";
import { appendonly, parameters } from "./parameters.ts";
import { persistenceSection } from "./persistence-info.ts";
import { rdbCommands } from "./rdb-commands.ts";
import { openRdb } from "./rdb-loading.ts";
import { followFlush, saveIfDue } from "./rdb-saves.ts";

const SCHEDULE_MS = 100;

/** The data on disk that the server begins with, ready to be loaded; undefined when there is none. Throws LoadError. */
export function openData(): Load | undefined {
  return appendonly.value ? loadAof() : openRdb(false);
}

/** The data is in memory: from now on changes are written down. Throws LoadError. */
export function followChanges(): void {
  if (appendonly.value) openAof();
}

export const persistence: Feature = {
  name: "persistence",
  parameters,
  commands: [...rdbCommands, ...aofCommands],
  info: [persistenceSection],
  // In this order: of two that wait for their turn, the AOF comes first.
  timers: [aofTimer, { everyMs: SCHEDULE_MS, run: saveIfDue }],
  open() {
    events.hooks.flushedAll.push(followFlush);
    followAofParameters();
  },
  close: closeAof,
};
