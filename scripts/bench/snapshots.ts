// Saving in the background under a load of writes: what it takes from the load, how long anybody waits, what memory it needs.
//
// The same writers go on all the time. First without a save, then with one, while a pinger looks for pauses (pinger.ts); then with
// a second one, for which little is left to be compiled, and with a third, while memory is looked at, which would itself make
// pauses. Both servers may use both cores: a save is work beside the commands, and would otherwise have to take turns with them on
// one. The writers come before it on theirs, as if they had a machine of their own: the save has what they leave of one core
// (half, about), and what it takes from the commands'.

import { mixed, mixedWrites } from "./data-sets.ts";
import type { Sample } from "./figures.ts";
import { fill } from "./fill.ts";
import { pingDuring } from "./growth.ts";
import { comeFirst, comeInOrder } from "./machine.ts";
import type { PingReport } from "./pinger.ts";
import {
  type Candidate,
  type Directives,
  infoField,
  processorMs,
  type Server,
  sharedOnceBytes,
  startServer,
} from "./server.ts";
import { type Lap, Writers } from "./writers.ts";

const MB = 1_000_000;
const SETTLE_MS = 2_000;
/** The load before anything is measured, and the stretch without a save. */
const WARM_UP_MS = 3_000;
const WITHOUT_MS = 10_000;
const SAVE_MS_MAX = 60_000;
const POLL_MS = 20;
const MEMORY_POLL_MS = 200;

export interface Saving {
  readonly command: string;
  readonly directives: Directives;
  // Fields of INFO persistence.
  readonly isRunning: string;
  readonly status: string;
  readonly copied: string;
}

export const BGSAVE: Saving = {
  command: "BGSAVE",
  directives: [],
  isRunning: "rdb_bgsave_in_progress",
  status: "rdb_last_bgsave_status",
  copied: "rdb_last_cow_size",
};
export const BGREWRITEAOF: Saving = {
  command: "BGREWRITEAOF",
  directives: [
    ["appendonly", "yes"],
    ["appendfsync", "everysec"],
    ["auto-aof-rewrite-percentage", "0"],
  ],
  isRunning: "aof_rewrite_in_progress",
  status: "aof_last_bgrewrite_status",
  copied: "aof_last_cow_size",
};

/**
 * Values: throughput and p99.9 with a save, as parts of those without; longest pause with and without; memory that a save takes
 * at most, and that less what was copied since it was overwritten; seconds of a save; and of a second save throughput, p99.9 and
 * longest pause.
 */
export async function measureSaving(
  candidate: Candidate,
  saving: Saving,
  keys: number,
  fields: number,
): Promise<Sample> {
  const server = await startServer(candidate, { directives: saving.directives, onBothCores: true });
  try {
    for (const filling of mixed(keys, fields).fillings) await fill(server.port, filling);
    await Bun.sleep(SETTLE_MS);
    comeFirst();
    const writers = await Writers.start(server.port, mixedWrites(keys));
    try {
      return await compare(server, saving, writers);
    } finally {
      writers.stop();
      comeInOrder();
    }
  } finally {
    await server.stop();
  }
}

async function compare(server: Server, saving: Saving, writers: Writers): Promise<Sample> {
  await Bun.sleep(WARM_UP_MS);
  const processorBefore = [processorMs(server.pid), processorMs(process.pid)] as const;
  const without = await watched(server, writers, () => Bun.sleep(WITHOUT_MS));
  const busy = {
    server: (processorMs(server.pid) - processorBefore[0]) / WITHOUT_MS,
    load: (processorMs(process.pid) - processorBefore[1]) / WITHOUT_MS,
  };
  const during = await watched(server, writers, () => save(server, saving));
  const again = await watched(server, writers, () => save(server, saving));
  const memory = await memoryOf(server, saving);
  return {
    values: [
      during.lap.requestsPerSecond / without.lap.requestsPerSecond,
      during.lap.p999Ms / without.lap.p999Ms,
      during.pings.worstMs,
      without.pings.worstMs,
      memory.extraBytes / MB,
      (memory.extraBytes - memory.copiedBytes) / MB,
      during.result,
      again.lap.requestsPerSecond / without.lap.requestsPerSecond,
      again.lap.p999Ms / without.lap.p999Ms,
      again.pings.worstMs,
    ],
    busy,
    remark: `${describe(without)} without, ${describe(during)} with, ${describe(again)} with a second`,
  };
}

interface Watched<T> {
  readonly lap: Lap;
  readonly pings: PingReport;
  readonly result: T;
}

/** What the writers, and one more client that pings, see while the work is done. */
async function watched<T>(server: Server, writers: Writers, work: () => Promise<T>): Promise<Watched<T>> {
  let seen: { lap: Lap; result: T } | undefined;
  const pings = await pingDuring(server.port, async () => {
    writers.lap();
    const result = await work();
    seen = { lap: writers.lap(), result };
  });
  return { ...seen!, pings };
}

function describe({ lap, pings }: Watched<unknown>): string {
  const rate = `${(lap.requestsPerSecond / 1000).toFixed(0)}k/s, p99.9 ${lap.p999Ms.toFixed(2)} ms`;
  return `${rate} (of pings ${pings.p999Ms.toFixed(2)} ms, timer up to ${pings.timerLateMs.toFixed(1)} ms late)`;
}

/** Saves to the end, and tells how many seconds that took. `look` is called now and then meanwhile. */
async function save(server: Server, saving: Saving, look = () => {}, pollMs = POLL_MS): Promise<number> {
  const startedMs = performance.now();
  await server.control.call(saving.command);
  do {
    if (performance.now() > startedMs + SAVE_MS_MAX)
      throw new Error(`${saving.command} took more than ${SAVE_MS_MAX / 1000} s`);
    look();
    await Bun.sleep(pollMs);
  } while ((await infoField(server, "persistence", saving.isRunning)) !== 0);
  const seconds = (performance.now() - startedMs) / 1000;
  const info = String(await server.control.call("INFO", "persistence"));
  if (!info.includes(`${saving.status}:ok\r\n`)) throw new Error(`${saving.command} failed`);
  return seconds;
}

/** The most memory during a save, against the most before it: both rise and fall by what the engine has not collected yet. */
async function memoryOf(server: Server, saving: Saving) {
  // What the save before has left goes back to the system a little at a time.
  await Bun.sleep(SETTLE_MS);
  let before = 0;
  for (let ms = 0; ms < SETTLE_MS; ms += MEMORY_POLL_MS) {
    before = Math.max(before, sharedOnceBytes(server.pid));
    await Bun.sleep(MEMORY_POLL_MS);
  }
  let most = 0;
  await save(
    server,
    saving,
    () => {
      most = Math.max(most, sharedOnceBytes(server.pid));
    },
    MEMORY_POLL_MS,
  );
  return { extraBytes: most - before, copiedBytes: await infoField(server, "persistence", saving.copied) };
}
