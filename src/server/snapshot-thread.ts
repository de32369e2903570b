/**
 * Snapshots as the server takes them: memory is frozen (mem/snapshot.ts), and a Worker (../snapshot-worker.ts) writes what it was
 * to a file, while commands go on here.
 *
 *     here     freeze ─ commands …             ─ thaw ─ done
 *     Worker        └─ encode, write, sync ─ end ─┘
 *
 * Where memory cannot be frozen (other systems than Linux, no native calls), the file is written at once and nothing else is
 * done meanwhile; the log says so.
 */
import { giveWay } from "../base/libc.ts";
import type { SnapshotProgress, SnapshotRequest, Snapshots } from "../command/snapshots.ts";
import { discard } from "../features/persistence/discard.ts";
import { databases, size } from "../keyspace/database.ts";
import { libraries } from "../keyspace/libraries.ts";
import { freeze, keptBytes, thaw } from "../mem/snapshot.ts";
import { hasRoomForFiles } from "./file-limit.ts";
import { log } from "./log.ts";
import { CANCEL, CONTROL_WORDS, KEYS, type Outcome, optionsNow, type Task, writeSnapshot } from "./snapshot-task.ts";
import { SLICE_NS, threads } from "./threads.ts";
import { wakeTick } from "./tick.ts";

interface Running {
  readonly request: SnapshotRequest;
  readonly keysTotal: number;
  readonly control: Int32Array;
}

/** Where the Worker's code is: above this folder, or, in the executable, beside what everything else was made one file of. */
const WORKER = new URL(
  import.meta.url.endsWith("/snapshot-thread.ts") ? "../snapshot-worker.ts" : "./snapshot-worker.ts",
  import.meta.url,
).href;

/**
 * With one processor for all that are busy, commands come first: at 10 the server kept 0.76 to 0.89 of its throughput, at 19 all
 * of it. But a snapshot must get done.
 */
const NICENESS = 15;

let running: Running | undefined;

function start(request: SnapshotRequest): void {
  // allowed: it is no data, but how two threads talk to each other.
  const control = new Int32Array(new SharedArrayBuffer(CONTROL_WORDS * Int32Array.BYTES_PER_ELEMENT));
  running = { request, control, keysTotal: databases.reduce((sum, db) => sum + size(db), 0) };
  const addresses = freeze();
  const task: Task = {
    path: request.path,
    format: request.format,
    control,
    addresses: addresses ?? [],
    databases,
    libraries: libraries.code,
    options: optionsNow(request.format),
  };
  if (addresses === undefined) inForeground(task);
  else inWorker(task);
}

const failure = (error: string): Outcome => ({ error, isCancelled: false, keys: 0, bytes: 0 });

/** More files than a Worker opens: where it cannot, the engine ends the process. */
const WORKER_FILES = 16;

/** A Worker that gives way from its first instruction: until its code runs takes 40 ms, for which commands would have to wait. */
function startWorker(): Worker {
  if (!hasRoomForFiles(WORKER_FILES)) throw new Error("Too many open files");
  const before = new Set(threads());
  const worker = new Worker(WORKER);
  for (const thread of threads()) if (!before.has(thread)) giveWay(thread, NICENESS, SLICE_NS);
  return worker;
}

function inWorker(task: Task): void {
  let isOver = false;
  const end = (outcome: Outcome) => {
    if (isOver) return;
    isOver = true;
    thaw();
    finish(outcome);
    wakeTick();
  };
  let worker: Worker;
  try {
    worker = startWorker();
  } catch (error) {
    // The system allows no more threads or files, for now.
    queueMicrotask(() => end(failure(`there is no thread to write it: ${(error as Error).message}`)));
    return;
  }
  worker.onmessage = (event: MessageEvent<Outcome>) => end(event.data);
  worker.onerror = (event) => log.warning(`The thread that writes snapshots: ${event.message}`);
  worker.addEventListener("close", () => {
    end(failure("the thread that writes it has ended"));
  });
  worker.postMessage(task);
}

function inForeground(task: Task): void {
  log.warning("This system cannot freeze memory for a snapshot: clients have to wait until the file is written.");
  const outcome = writeSnapshot(task);
  queueMicrotask(() => finish(outcome));
}

function finish(outcome: Outcome): void {
  const { request } = running!;
  running = undefined;
  if (outcome.error !== undefined || outcome.isCancelled) discard(request.path);
  request.done({ ...outcome, copiedBytes: keptBytes() });
}

function progress(): SnapshotProgress | undefined {
  if (running === undefined) return undefined;
  return { keys: running.control[KEYS]!, keysTotal: running.keysTotal, copiedBytes: keptBytes() };
}

export const snapshotThread: Snapshots = {
  start,
  cancel() {
    if (running === undefined) return;
    Atomics.store(running.control, CANCEL, 1);
    Atomics.notify(running.control, CANCEL);
  },
  progress,
};
