// The machine under the benchmark: two cores, one for the server and one for everything else, and the other programs on it.

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, getPriority, release, setPriority } from "node:os";

/** The server's core; the load, and everything else of the benchmark, runs on LOAD_CORE. */
export const SERVER_CORE = 0;
export const LOAD_CORE = 1;

/** Ahead of ordinary programs, behind the pinger (nice -20) of growth.ts. */
const NICE = -10;
/** The scheduler's group of this session: niceness counts inside a group only, so the group has to be lifted as well. */
const AUTOGROUP = "/proc/self/autogroup";

/** Why the benchmark cannot run here; undefined if it can. */
export function unfitness(): string | undefined {
  if (process.platform !== "linux") return "it reads /proc and pins with taskset, so it needs Linux";
  if (Bun.which("taskset") === null) return "taskset is missing: install it with `apt-get install util-linux`";
  if (cpus().length <= LOAD_CORE) return "it needs two cores: one for the server, one for the load";
  return undefined;
}

/** Pins this process; what it starts inherits that, and servers are then moved to their own core. */
export function pinToLoadCore(): void {
  const { exitCode, stderr } = Bun.spawnSync(["taskset", "-acp", String(LOAD_CORE), String(process.pid)]);
  if (exitCode !== 0) throw new Error(`cannot pin to core ${LOAD_CORE}: ${stderr}`);
}

/** Puts this process and what it starts ahead of other programs, until it exits. Throws unless allowed (root). */
export function goAhead(): void {
  setPriority(NICE);
  if (!existsSync(AUTOGROUP)) return;
  const before = /nice (-?\d+)/.exec(readFileSync(AUTOGROUP, "latin1"))?.[1] ?? "0";
  writeFileSync(AUTOGROUP, String(NICE));
  process.on("exit", () => writeFileSync(AUTOGROUP, before));
}

/** The prefix of a command that is to come before all ordinary work, and before `comeFirst`; as far as this is allowed. */
export const BEFORE_ALL: readonly string[] =
  Bun.which("chrt") !== null && Bun.spawnSync(["chrt", "-f", "2", "true"]).exitCode === 0
    ? ["chrt", "-f", "2"]
    : ["nice", "-n", "-20"];

let usualNiceness = 0;

/**
 * Lets this process, the load, come before all ordinary work, as if it had a machine of its own, and puts it back in order. What
 * is started meanwhile comes first, too. Where it is not allowed, nothing happens. Not by a real-time class: for those whom
 * such a load keeps from a processor, the kernel stops it for 10 to 50 ms, which would look like pauses of the server.
 */
export function comeFirst(): void {
  usualNiceness = getPriority();
  beNice(-20);
}

export function comeInOrder(): void {
  beNice(usualNiceness);
}

function beNice(niceness: number): void {
  for (const thread of readdirSync("/proc/self/task")) {
    try {
      setPriority(Number(thread), niceness);
    } catch {} // it has just ended, or it is not allowed
  }
}

/** The share (0 to 1) of all cores that is in use while we do nothing, over half a second. */
export async function shareOfOthers(): Promise<number> {
  const before = ticks();
  await Bun.sleep(500);
  const after = ticks();
  return (after.busy - before.busy) / (after.all - before.all);
}

/** Clock ticks of all cores since boot: /proc/stat's first line is user nice system idle iowait irq softirq steal. */
function ticks(): { busy: number; all: number } {
  const line = readFileSync("/proc/stat", "latin1").split("\n")[0]!;
  const counts = line.trim().split(/\s+/).slice(1, 9).map(Number);
  const all = counts.reduce((sum, count) => sum + count, 0);
  return { busy: all - counts[3]! - counts[4]!, all };
}

/** What the figures were taken on. */
export function describeMachine() {
  return { processor: cpus()[0]?.model, cores: cpus().length, kernel: release() };
}
