/**
 * While a log of commands is replayed, no deadline passes: what had expired by then was told as a deletion, in its place
 * among the commands, and a key that is past its deadline by now was alive to those that came before it. INCR of such a
 * key would otherwise leave one that lives for ever. Whoever replays sets this while it executes, and what is past its
 * deadline goes afterwards, like everything else.
 */
import { nowMs } from "../base/env.ts";

export const replay = { isOn: false };

/** Whether a deadline that is set now is over at once: the value is deleted instead. */
export function isOver(deadline: number | bigint): boolean {
  return deadline <= nowMs && !replay.isOn;
}
