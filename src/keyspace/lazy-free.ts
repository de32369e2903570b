/**
 * Freeing in slices. A value or a whole database that nobody can reach any more is taken apart a little per tick, so that
 * deleting costs the same whatever was deleted.
 *
 * What waits is a stack: taking a database apart brings up large values, and those are freed before it goes on. So never
 * more waits than was deleted by clients, and one slice's worth.
 *
 * Small values are freed at once, as long as they do not add up: between two steps an allowance of blocks may go that way.
 * So neither a command that deletes a thousand values nor a slice of a database takes long, however much is in them.
 */

import type { Ref } from "../mem/mem.ts";
import * as mem from "../mem/mem.ts";
import * as entry from "../struct/entry.ts";
import * as table from "../struct/table.ts";
import * as wheel from "../struct/wheel.ts";
import { typeOf } from "./value-type.ts";

/** Elements freed at once, where a value is deleted: more have to wait. */
const INLINE_BUDGET = 64;
/** Blocks freed at once between two steps, beside one for each value. */
const ALLOWANCE = 512;
let allowance = ALLOWANCE;
/** Jobs that one step looks at, however little there is to free in them. */
const JOBS_PER_STEP = 64;

interface Job {
  /** Frees about `budget` elements; true when done. */
  step(budget: number): boolean;
  blocks(visit: (block: Ref) => void): void;
}

const waiting: Job[] = [];

/** Objects freed from the stack so far, and those waiting there. */
export const lazyFree = { freed: 0, pending: 0 };

/** Frees an entry that has left its table, and its value now or soon. */
export function releaseEntry(ref: Ref): void {
  releaseOutside(ref);
  mem.free(ref);
}

/** Frees what an entry has outside; the entry must not be asked for it again. */
export function releaseOutside(ref: Ref): void {
  if (!entry.isOutside(ref)) return;
  const type = typeOf(entry.type(ref));
  const value = entry.outside(ref);
  const encoding = entry.encoding(ref);
  if (allowance > 0) {
    const before = mem.used.blocks;
    const isDone = type.release(value, encoding, INLINE_BUDGET);
    allowance -= before - mem.used.blocks - 1;
    if (isDone) return;
  }
  lazyFree.pending++;
  waiting.push({
    step(budget) {
      if (!type.release(value, encoding, budget)) return false;
      lazyFree.pending--;
      lazyFree.freed++;
      return true;
    },
    blocks: (visit) => type.releasing(value, encoding, visit),
  });
}

/** Frees a table of entries that no database has any more. */
export function releaseTable(ref: Ref): void {
  lazyFree.pending += table.count(ref);
  const release = (freed: Ref) => {
    lazyFree.pending--;
    lazyFree.freed++;
    releaseEntry(freed);
  };
  waiting.push({
    step: (budget) => table.drain(ref, budget, release),
    blocks(visit) {
      table.entries(ref, (held) => {
        if (entry.isOutside(held)) typeOf(entry.type(held)).blocks(held, visit);
        visit(held);
      });
      table.blocks(ref, visit);
    },
  });
}

/** Frees a wheel of deadlines that no database has any more. */
export function releaseWheel(ref: Ref): void {
  waiting.push({
    step: (budget) => wheel.drain(ref, budget),
    blocks: (visit) => wheel.blocks(ref, visit),
  });
}

/** Frees about `budget` blocks of what waits. True when nothing is left. */
export function step(budget: number): boolean {
  allowance = ALLOWANCE;
  const enough = mem.used.blocks - budget;
  for (let jobs = 0; jobs < JOBS_PER_STEP && waiting.length > 0 && mem.used.blocks > enough; jobs++) {
    const last = waiting.length - 1;
    // What the job itself brings up comes to lie above it.
    if (waiting[last]!.step(budget)) waiting.splice(last, 1);
  }
  return waiting.length === 0;
}

/** Whether there is anything to do for `step`. */
export function isIdle(): boolean {
  return waiting.length === 0;
}

/** Visits all blocks that wait to be freed (for the audit). */
export function blocks(visit: (block: Ref) => void): void {
  for (const job of waiting) job.blocks(visit);
}
