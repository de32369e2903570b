/**
 * What is written to disk, when, and where.
 */
import { fromUtf8, utf8 } from "../../base/config-text.ts";
import * as parameter from "../../base/parameter.ts";
import { rdbcompression } from "../../rdb/parameters.ts";

/** Save after `seconds` if there were at least `changes` changes. */
export interface SavePoint {
  readonly seconds: number;
  readonly changes: number;
}

const saveKind: parameter.Kind<readonly SavePoint[]> = {
  multiArgument: true,
  parse: (args) => parseSavePoints(args, []),
  parseRepeated: parseSavePoints,
  print: printSavePoints,
  rewrite: (name, points) =>
    points.length === 0 ? [`${name} ""`] : points.map((point) => `${name} ${point.seconds} ${point.changes}`),
};

export const save = parameter.special<readonly SavePoint[]>("save", saveKind, {
  default: [
    { seconds: 3600, changes: 1 },
    { seconds: 300, changes: 100 },
    { seconds: 60, changes: 10000 },
  ],
});

export const dbfilename = parameter.string("dbfilename", {
  default: "dump.rdb",
  protected: true,
  validate: (name) => notPlain("dbfilename", "filename", name),
});
export const rdbchecksum = parameter.bool("rdbchecksum", { default: true, immutable: true });
export const rdbDelSyncFiles = parameter.bool("rdb-del-sync-files", { default: false });
export const rdbSaveIncrementalFsync = parameter.bool("rdb-save-incremental-fsync", { default: true });

/** For tests: microseconds to wait after each key saved. */
export const rdbKeySaveDelay = parameter.int("rdb-key-save-delay", {
  default: 0,
  min: -parameter.intMax - 1,
  max: parameter.intMax,
  hidden: true,
});

/** For tests: microseconds to wait after each key loaded. */
export const keyLoadDelay = parameter.int("key-load-delay", {
  default: 0,
  min: -parameter.intMax - 1,
  max: parameter.intMax,
  hidden: true,
});
export const loadingProcessEventsIntervalBytes = parameter.int("loading-process-events-interval-bytes", {
  default: 2 * 1024 * 1024,
  min: 1024,
  max: parameter.intMax,
  hidden: true,
});
export const stopWritesOnBgsaveError = parameter.bool("stop-writes-on-bgsave-error", { default: true });
export const sanitizeDumpPayload = parameter.oneOf("sanitize-dump-payload", ["no", "yes", "clients"], {
  default: "no",
});
export const appendonly = parameter.bool("appendonly", { default: false, denyLoading: true });

export const appendfilename = parameter.string("appendfilename", {
  default: "appendonly.aof",
  immutable: true,
  validate: (name) => plainName("appendfilename", "filename", name),
});

export const appenddirname = parameter.string("appenddirname", {
  default: "appendonlydir",
  immutable: true,
  validate: (name) => plainName("appenddirname", "dirname", name),
});
export const appendfsync = parameter.oneOf("appendfsync", ["everysec", "always", "no"], { default: "everysec" });
export const noAppendfsyncOnRewrite = parameter.bool("no-appendfsync-on-rewrite", { default: false });
export const autoAofRewritePercentage = parameter.int("auto-aof-rewrite-percentage", {
  default: 100,
  max: parameter.intMax,
});
export const autoAofRewriteMinSize = parameter.memory("auto-aof-rewrite-min-size", { default: 64 * 1024 * 1024 });
export const aofLoadTruncated = parameter.bool("aof-load-truncated", { default: true });
export const aofUseRdbPreamble = parameter.bool("aof-use-rdb-preamble", { default: true });
export const aofTimestampEnabled = parameter.bool("aof-timestamp-enabled", { default: false });
export const aofRewriteIncrementalFsync = parameter.bool("aof-rewrite-incremental-fsync", { default: true });
export const aofDisableAutoGc = parameter.bool("aof-disable-auto-gc", { default: false });

export const bgsaveCpulist = parameter.string("bgsave_cpulist", { default: "", immutable: true });

export const aofRewriteCpulist = parameter.string("aof_rewrite_cpulist", { default: "", immutable: true });

/** Adds the pairs of seconds and changes in `args` to `points`; a single empty argument removes them all. */
function parseSavePoints(
  args: readonly string[],
  points: readonly SavePoint[],
): parameter.Parsed<readonly SavePoint[]> | parameter.Refusal {
  if (args.length === 1 && args[0] === "") return { value: [], text: "" };
  if (args.length % 2 !== 0) return new parameter.Refusal("Invalid save parameters");
  const value = [...points];
  for (let i = 0; i < args.length; i += 2) {
    const seconds = parameter.parseLooseInteger(args[i]!);
    const changes = parameter.parseLooseInteger(args[i + 1]!);
    if (seconds === undefined || changes === undefined || seconds < 1 || changes < 0) {
      return new parameter.Refusal("Invalid save parameters");
    }
    value.push({ seconds, changes });
  }
  return { value, text: printSavePoints(value) };
}

function printSavePoints(points: readonly SavePoint[]): string {
  return points.map((point) => `${point.seconds} ${point.changes}`).join(" ");
}

function plainName(name: string, what: string, value: string): string | undefined {
  if (value === "") return `${name} can't be empty`;
  return notPlain(name, what, value);
}

function notPlain(name: string, what: string, value: string): string | undefined {
  if (/[/\\]/.test(value)) return `${name} can't be a path, just a ${what}`;
  // Other names would be changed on their way to the file system, and two of them could become one.
  return fromUtf8(utf8(value)) === value ? undefined : `${name} must be UTF-8`;
}

export const parameters: readonly parameter.Parameter[] = [
  save,
  dbfilename,
  rdbcompression,
  rdbchecksum,
  rdbDelSyncFiles,
  rdbSaveIncrementalFsync,
  rdbKeySaveDelay,
  keyLoadDelay,
  loadingProcessEventsIntervalBytes,
  stopWritesOnBgsaveError,
  sanitizeDumpPayload,
  appendonly,
  appendfilename,
  appenddirname,
  appendfsync,
  noAppendfsyncOnRewrite,
  autoAofRewritePercentage,
  autoAofRewriteMinSize,
  aofLoadTruncated,
  aofUseRdbPreamble,
  aofTimestampEnabled,
  aofRewriteIncrementalFsync,
  aofDisableAutoGc,
  bgsaveCpulist,
  aofRewriteCpulist,
];
