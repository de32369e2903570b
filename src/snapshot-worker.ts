/**
 * The Worker that writes snapshots: an entry point of its own, started for each (server/snapshot-thread.ts). It takes the frozen
 * view for its memory, and runs the same code on it that SAVE runs on the live one.
 */
import { installStorage } from "./base/storage.ts";
import { features } from "./features.ts";
import { databases } from "./keyspace/database.ts";
import { libraries } from "./keyspace/libraries.ts";
import { register as registerType } from "./keyspace/value-type.ts";
import { adopt } from "./mem/view.ts";
import { disk } from "./server/disk.ts";
import { applyOptions, type Task, writeSnapshot } from "./server/snapshot-task.ts";

declare const self: Worker;

self.onmessage = ({ data: task }: MessageEvent<Task>) => {
  installStorage(disk);
  for (const { type } of features) if (type !== undefined) registerType(type);
  adopt(task.addresses);
  databases.push(...task.databases);
  libraries.code = task.libraries;
  applyOptions(task.options);
  self.postMessage(writeSnapshot(task));
  process.exit(0);
};
