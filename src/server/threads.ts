/**
 * The threads of this process besides the one that serves clients, and how they share its processor where there is only one for
 * all of them.
 *
 * The engine works ahead in threads of its own: two compile what runs often, one prepares memory, one gives it back. Compiling takes
 * about a second after a start, and a good part of one when a snapshot begins, since its Worker shares no compiled code. With equal
 * rights each of them works for 4 ms at a time while commands wait: a PING beside a load waited 15 to 50 ms after a start, and 11
 * to 16 since they give way (bench row growth-10m). They get a quarter of the processor then; on one that has nothing else to do,
 * all of it.
 */
import { readdirSync, readFileSync } from "node:fs";
import { getPriority } from "node:os";
import { giveWay } from "../base/libc.ts";
import type { Timer } from "../command/feature.ts";
import { loading } from "../command/gates.ts";

const THREADS = "/proc/self/task";
/** Those that work ahead, by name. Not the collector's: commands wait for these. */
const AHEAD = ["JITWorker", "JSCWarmUp", "mi-scavenger"];
/** How much nicer they are than commands: 0 is as those, 19 the most. More than this, and code stays slow for too long after a start. */
const NICER = 5;
const NICENESS_MAX = 19;
/** For how long at a time a thread works that gives way, where the kernel's clock allows it (a tick of 4 ms does not). */
export const SLICE_NS = 200_000;

/** All of them, by number; none where the system does not tell, or not now, since all its file descriptors are in use. */
export function threads(): number[] {
  try {
    return readdirSync(THREADS).map(Number);
  } catch {
    return [];
  }
}

function nameOf(thread: number): string {
  try {
    return readFileSync(`${THREADS}/${thread}/comm`, "latin1").trim();
  } catch {
    return ""; // it has just ended
  }
}

/** Those that were there the last time: numbers are used again. */
let nicer = new Set<number>();

/**
 * Has those that work ahead give way to commands: those that have been started since the last time, too. Not while data is
 * loaded: nobody is served then, and what loads should be compiled soon.
 */
export function commandsFirst(): void {
  const niceness = Math.min(getPriority() + NICER, NICENESS_MAX);
  // All others are asked for their names each time: one that has just been started still has that of its parent.
  const ahead = threads().filter((thread) => nicer.has(thread) || AHEAD.includes(nameOf(thread)));
  for (const thread of ahead) if (!nicer.has(thread)) giveWay(thread, niceness, SLICE_NS);
  nicer = new Set(ahead);
}

/** They end when they have had nothing to do for a while, and are started again. */
export const commandsFirstTimer: Timer = {
  everyMs: 1000,
  run() {
    if (!loading.isUnderWay) commandsFirst();
  },
};
