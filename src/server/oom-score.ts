/**
 * `oom-score-adj`: how likely the kernel is to end this process rather than another when memory is short. Linux only.
 *
 * The first of `oom-score-adj-values` holds; the others are for a replica and for a process that saves, and there is none.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { log } from "./log.ts";
import { oomScoreAdj, oomScoreAdjValues } from "./parameters.ts";
import { systemError } from "./system-error.ts";

const FILE = "/proc/self/oom_score_adj";
/** What the kernel takes, in either direction. */
const SCORE_MAX = 1000;

/** The score before we changed it; undefined while we have not. */
let base: number | undefined;

/** Sets the score, now and whenever its parameters change. */
export function openOomScore(): void {
  if (process.platform !== "linux") return;
  oomScoreAdj.apply = oomScoreAdjValues.apply = adjust;
  adjust();
}

function adjust(): string | undefined {
  const mode = oomScoreAdj.value;
  if (mode === "no" && base === undefined) return undefined;
  try {
    base ??= Number(readFileSync(FILE, "latin1"));
    write(wanted(mode, base));
    if (mode === "no") base = undefined;
    return undefined;
  } catch (error) {
    log.warning(`Unable to write oom_score_adj: ${systemError(error)}`);
    return "Failed to set current oom_score_adj. Check server logs.";
  }
}

function wanted(mode: string, before: number): number {
  if (mode === "no") return before;
  const value = oomScoreAdjValues.value[0]!;
  return mode === "absolute" ? value : before + value;
}

function write(score: number): void {
  writeFileSync(FILE, String(Math.max(-SCORE_MAX, Math.min(SCORE_MAX, score))));
}
