/**
 * Making a database's wheel of deadlines anew, in slices: a second wheel is filled from the keys while the first goes on
 * turning, then takes its place. Needed when most tokens stand for deadlines that are gone, and when the clock has jumped.
 *
 * How many tokens a database needs is known of keys, which are counted, and not of keys whose elements have deadlines;
 * so the wheel is also allowed twice the tokens that it had when it was last made anew, each of which was needed.
 *
 * Invariant while it lasts: the next wheel has a token for the earliest deadline of each key whose hash is below the
 * cursor, and for each deadline set since the rebuild began, since `schedule` adds to both wheels.
 */
import { nowMs } from "../base/env.ts";
import { NIL } from "../mem/mem.ts";
import * as table from "../struct/table.ts";
import * as wheel from "../struct/wheel.ts";
import {
  type Database,
  expires,
  neededTokens,
  nextWheelOf,
  rebuildCursor,
  setNeededTokens,
  setNextWheel,
  setWheel,
  tableOf,
  wheelOf,
} from "./database.ts";
import { earliestOf } from "./element-expiry.ts";
import { releaseWheel } from "./lazy-free.ts";

/** Tokens in vain that are tolerated in any case, and one more for each so many keys. */
const VAIN_TOKENS = 4096;
const KEYS_PER_VAIN_TOKEN = 8;
/** Keys looked at in one slice. */
const SLICE = 256;

/** Whether most tokens of the database's wheel have become meaningless. */
export function hasTooManyTokens(db: Database): boolean {
  const needed = Math.max(expires(db), neededTokens(db));
  const tolerated = 2 * needed + table.count(tableOf(db)) / KEYS_PER_VAIN_TOKEN + VAIN_TOKENS;
  return wheel.tokens(wheelOf(db)) > tolerated;
}

/** Begins to make the wheel anew. None may be in the making. */
export function beginRebuild(db: Database): void {
  setNextWheel(db, wheel.create(nowMs), 0);
}

/** Looks at some more keys. True when that was all, and the new wheel has taken its place. */
export function rebuildSlice(db: Database): boolean {
  const next = nextWheelOf(db);
  const cursor = table.scan(tableOf(db), rebuildCursor(db), SLICE, (ref, hash) => {
    const earliest = earliestOf(ref);
    if (earliest !== Number.POSITIVE_INFINITY) wheel.add(next, earliest + 1, hash);
  });
  setNextWheel(db, next, cursor);
  if (cursor !== 0) return false;
  releaseWheel(wheelOf(db));
  setWheel(db, next);
  setNextWheel(db, NIL, 0);
  setNeededTokens(db, wheel.tokens(next));
  return true;
}
