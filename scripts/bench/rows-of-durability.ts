// The rows of saving, loading and the AOF, with the bounds of the acceptance list of issue 4.

import { type DataSet, mixed, strings } from "./data-sets.ts";
import { setKeys } from "./fill.ts";
import { atLeast, atMost, type Effort, type Row, ratioAtMost, type Stock, throughput } from "./row-kinds.ts";
import { measureLoad, measureSave } from "./saved-files.ts";
import { BGREWRITEAOF, BGSAVE, measureSaving, type Saving } from "./snapshots.ts";

const MILLION = 1_000_000;
const KEYS = 2 * MILLION;
const FIELDS = 5 * MILLION;
const STRINGS = 4 * MILLION;
/** A quick run's part of the data. */
const QUICK = 10;

const share = (count: number, effort: Effort) => (effort < 1 ? count / QUICK : count);

const DATA: Record<string, (effort: Effort) => DataSet> = {
  strings: (effort) => strings(share(STRINGS, effort)),
  mixed: (effort) => mixed(share(KEYS, effort), share(MILLION, effort)),
};
const DATA_IN_WORDS: Record<string, string> = {
  strings: "4,000,000 strings of 64 bytes",
  mixed: "2,000,000 keys of all types and a hash of 1,000,000 fields",
};

export const durabilityRows: readonly Row[] = [
  underLoad("bgsave-under-load", BGSAVE),
  underLoad("bgrewriteaof-under-load", BGREWRITEAOF),
  ...Object.entries(DATA).flatMap(([kind, data]): Row[] => [
    {
      name: `rdb-save-${kind}`,
      what: `SAVE of ${DATA_IN_WORDS[kind]} (a quick run: a tenth)`,
      figures: [
        { label: "time", unit: "s", bound: ratioAtMost(1.0) },
        { label: "the first of a process", unit: "s" },
        { label: "file", unit: "MB" },
      ],
      on: "fresh",
      rounds: 3,
      measure: (candidate, effort) => measureSave(candidate, data(effort)),
    },
    {
      name: `rdb-load-${kind}`,
      what: `a restart until ${DATA_IN_WORDS[kind]} are there (a quick run: a tenth)`,
      figures: [{ label: "time", unit: "s", bound: ratioAtMost(1.0) }],
      on: "fresh",
      rounds: 3,
      measure: (candidate, effort) => measureLoad(candidate, data(effort)),
    },
  ]),
  appending("set-everysec-p16", "everysec", 16, 1_200_000, 1.2),
  appending("set-always-c50", "always", 1, 50_000, 1.0),
];

/** A save in the background while everything is written to. */
function underLoad(name: string, saving: Saving): Row {
  return {
    name,
    what: `${saving.command} of 2,000,000 keys of all types and a hash of 5,000,000 fields, all being written to in pipelines (a quick run: a tenth)`,
    figures: [
      { label: "throughput, of that without", unit: "x", bound: atLeast(0.85) },
      { label: "p99.9, of that without", unit: "x", bound: atMost(1.5) },
      { label: "longest pause", unit: "ms", bound: atMost(5) },
      { label: "longest pause without", unit: "ms" },
      { label: "memory more", unit: "MB" },
      { label: "memory more than was overwritten", unit: "MB", bound: atMost(32) },
      { label: "time", unit: "s" },
      { label: "throughput, the second time", unit: "x", bound: atLeast(0.85) },
      { label: "p99.9, the second time", unit: "x", bound: atMost(1.5) },
      { label: "longest pause, the second time", unit: "ms", bound: atMost(5) },
    ],
    on: "fresh",
    rounds: 1,
    measure: (candidate, effort) => measureSaving(candidate, saving, share(KEYS, effort), share(FIELDS, effort)),
  };
}

/** SETs that are appended to a file, which is synced so and never rewritten. */
function appending(name: string, appendfsync: string, pipeline: number, requests: number, ratio: number): Row {
  const on: Stock = {
    name: `100k keys, appendfsync ${appendfsync}`,
    fillings: [setKeys(100_000, 64)],
    directives: [
      ["appendonly", "yes"],
      ["appendfsync", appendfsync],
      ["auto-aof-rewrite-percentage", "0"],
    ],
  };
  const row = throughput(name, { test: "set", pipeline, keys: 100_000, valueBytes: 64, requests, on }, ratio);
  return { ...row, what: `${row.what}, appendfsync ${appendfsync}` };
}
