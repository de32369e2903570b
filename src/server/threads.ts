/**
 * The threads of this process besides the one that serves clients, and how they share its processor where there is only one for
 * all of them.
 *
 * The engine compiles what runs often in two threads of its own, for about a second of their time after a start. With equal rights
 * each works for 4 ms at a time while commands wait: a PING beside a load waited 15 to 50 ms in that second, and 11 to 16 since
 * they give way (bench row growth-10m). They get a quarter of the processor then; on one that has nothing else to do, all of it.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { getPriority } from "node:os";
import { giveWay } from "../base/libc.ts";
import type { Timer } from "../command/feature.ts";
import { loading } from "../command/gates.ts";

const THREADS = "/proc/self/task";
const COMPILER = "JITWorker";
/** How much nicer compilers are: 0 is as commands, 19 the most. More than this, and code stays slow for too long after a start. */
const NICER = 5;
const NICENESS_MAX = 19;
/** For how long at a time a thread works that gives way, where the kernel's clock allows it (a tick of 4 ms does not). */
export const SLICE_NS = 200_000;

/** All of them, by number; none where the system does not tell. */
export const threads = (): number[] => (existsSync(THREADS) ? readdirSync(THREADS).map(Number) : []);

function nameOf(thread: number): string | undefined {
  try {
    return readFileSync(`${THREADS}/${thread}/comm`, "latin1").trim();
  } catch {
    return undefined; // it has just ended
  }
}

/** The compilers that were there the last time and give way: numbers are used again. */
let nicer = new Set<number>();

/**
 * Has the engine's compilers give way to commands: those that have been started since the last time, too. Not while data is
 * loaded: nobody is served then, and what loads should be compiled soon.
 */
export function compileBeside(): void {
  const niceness = Math.min(getPriority() + NICER, NICENESS_MAX);
  // Every other thread is asked for its name each time: one that has just been started still has that of its parent.
  const compilers = threads().filter((thread) => nicer.has(thread) || nameOf(thread) === COMPILER);
  for (const thread of compilers) if (!nicer.has(thread)) giveWay(thread, niceness, SLICE_NS);
  nicer = new Set(compilers);
}

/** They end when they have had nothing to do for a while, and are started again. */
export const compilersTimer: Timer = {
  everyMs: 1000,
  run() {
    if (!loading.isUnderWay) compileBeside();
  },
};
