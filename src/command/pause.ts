/**
 * CLIENT PAUSE: for a time, commands that write, or all commands, are not executed; they wait, and are executed when the
 * pause ends, as if they had come only then. Commands that were refused by a gate are refused at once.
 *
 * Meanwhile the data stands still: keys past their deadlines are hidden and stay (`expiry.isHeld`). A transaction that
 * contains CLIENT PAUSE is finished first.
 */
import { nowMs } from "../base/env.ts";
import { expiry } from "../keyspace/expiry.ts";
import type { Command } from "./command.ts";
import type { Session } from "./session.ts";

const WRITE = 1;
const ALL = 2;

/** What is paused (0: nothing), and until when in ms since 1970. */
export const pause = { mode: 0, endMs: 0 };

/** Sessions whose next command waits for the end of the pause, in order of arrival. */
const postponed = new Set<Session>();

/** Pauses until `endMs` at least: of two pauses, the longer and the stricter holds. */
export function begin(endMs: number, all: boolean): void {
  pause.mode = Math.max(pause.mode, all ? ALL : WRITE);
  pause.endMs = Math.max(pause.endMs, endMs);
  if (pause.endMs < nowMs) end();
}

/** Lets everybody go on. */
export function end(): void {
  pause.mode = pause.endMs = 0;
  follow();
  for (const session of postponed) {
    session.isParked = false;
    session.connection?.proceed();
  }
  postponed.clear();
}

/** Lets the keyspace know. Called when no transaction runs any more. */
export function follow(): void {
  if (expiry.isHeld === (pause.mode !== 0)) return;
  expiry.isHeld = pause.mode !== 0;
  expiry.earliestMs = nowMs;
}

/** Ends the pause if its time has come. */
export function endIfDue(): void {
  if (pause.mode !== 0 && pause.endMs < nowMs) end();
}

/** When the pause ends by itself, in ms since 1970; Infinity when there is none. */
export function nextEndMs(): number {
  return pause.mode === 0 ? Number.POSITIVE_INFINITY : pause.endMs + 1;
}

/** Whether the command has to wait for the end of the pause. */
export function holds(session: Session, command: Command): boolean {
  if (session.connection === undefined) return false;
  if (pause.mode === ALL) return true;
  if (pause.mode !== WRITE) return false;
  return command.whileQueueing === "execute" ? session.queue?.mayReplicate === true : command.mayReplicate;
}

/** Parks the session in front of its next command. */
export function postpone(session: Session): void {
  session.isParked = true;
  postponed.add(session);
}

/** Forgets a session that is gone. */
export function forget(session: Session): void {
  postponed.delete(session);
}

/** How many sessions wait for the end of the pause. */
export function postponedSessions(): number {
  return postponed.size;
}
