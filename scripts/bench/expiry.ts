// The expiry lag: many keys whose deadlines are spread evenly over a stretch of time. How long after its deadline is a key
// really gone, with its memory?
//
// Ashlar counts that itself (INFO stats, expire_lag_*). From outside, for both servers, DBSIZE tells how many keys are gone;
// the n-th key that goes is set against the n-th deadline. For a server that expires in another order this flatters its
// worst keys, never ours.

import type { Sample } from "./figures.ts";
import { DEADLINE, fill, KEY, scatter } from "./fill.ts";
import { type Candidate, infoField, startServer } from "./server.ts";

const POLL_MS = 2;
/** Time for the fill, before the first deadline. */
const FILL_MS_MAX = 8_000;
/** After the last deadline we wait this long for the rest to go. */
const PATIENCE_MS = 20_000;

/** DBSIZE as seen at a moment, in ms after the first deadline. */
export interface Poll {
  readonly atMs: number;
  readonly keys: number;
}

/** Values: p99 of the lag as seen through DBSIZE, the worst so seen, and p99 as the server reports it; all in ms. */
export async function measureExpiry(candidate: Candidate, keys: number, spreadMs: number): Promise<Sample> {
  const server = await startServer(candidate);
  try {
    await server.control.call("CONFIG", "RESETSTAT");
    const firstMs = Date.now() + FILL_MS_MAX;
    await fill(server.port, {
      commands: [["SET", KEY, "v".repeat(32), "PXAT", DEADLINE]],
      count: keys,
      deadlineMs: (index) => firstMs + Math.floor((scatter(index, keys) * spreadMs) / keys),
    });
    if (Date.now() >= firstMs) throw new Error(`the fill took more than ${FILL_MS_MAX} ms`);
    await Bun.sleep(firstMs - Date.now());

    const polls: Poll[] = [];
    for (let left = keys; left > 0; await Bun.sleep(POLL_MS)) {
      left = Number(await server.control.call("DBSIZE"));
      polls.push({ atMs: Date.now() - firstMs, keys: left });
      if (Date.now() > firstMs + spreadMs + PATIENCE_MS) throw new Error(`${left} keys are still there, long overdue`);
    }
    const lag = lagOf(polls, keys, spreadMs);
    const reported = await infoField(server, "stats", "expire_lag_p99_ms");
    return { values: [lag.p99Ms, lag.worstMs, reported], remark: `${polls.length} polls` };
  } finally {
    await server.stop();
  }
}

/** Sets the n-th key that went against the n-th of evenly spread deadlines. `polls` are in order of time. */
export function lagOf(polls: readonly Poll[], keys: number, spreadMs: number): { p99Ms: number; worstMs: number } {
  const lags = new Float64Array(keys);
  let gone = 0;
  for (const poll of polls) {
    for (; gone < keys - poll.keys; gone++) {
      lags[gone] = poll.atMs - Math.floor((gone * spreadMs) / keys);
    }
  }
  const seen = lags.subarray(0, gone).sort();
  return { p99Ms: seen[Math.ceil(gone * 0.99) - 1] ?? Number.NaN, worstMs: seen[gone - 1] ?? Number.NaN };
}
