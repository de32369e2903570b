/**
 * CLIENT PAUSE: for a time, commands that write, or all commands, are not executed; they wait, and are executed when the
 * pause ends, as if they had come only then. Commands that were refused by a gate are refused at once. The end of the server
 * pauses those that write as well, until it is there or was taken back (server/shutdown.ts); one does not end the other.
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

/** What is paused (0: nothing). */
export const pause = { mode: 0 };

/** What CLIENT PAUSE has asked for, and until when in ms since 1970. */
let askedMode = 0;
let askedEndMs = 0;
/** Whether the server is about to end. */
let isEnding = false;

/** Sessions whose next command waits for the end of the pause, in order of arrival. */
const postponed = new Set<Session>();

/** Pauses until `endMs` at least: of two pauses, the longer and the stricter holds. */
export function begin(endMs: number, all: boolean): void {
  askedMode = Math.max(askedMode, all ? ALL : WRITE);
  askedEndMs = Math.max(askedEndMs, endMs);
  pause.mode = Math.max(pause.mode, askedMode);
  if (askedEndMs < nowMs) end();
}

/** Ends what CLIENT PAUSE began. */
export function end(): void {
  askedMode = askedEndMs = 0;
  change();
}

/** Keeps the data as it is while the server is about to end (true), and until it is known that it will not (false). */
export function holdForEnd(ending: boolean): void {
  isEnding = ending;
  change();
  follow();
}

/** Works out what is paused now. Who waits tries again, and waits on if need be. */
function change(): void {
  pause.mode = Math.max(askedMode, isEnding ? WRITE : 0);
  if (pause.mode === 0) follow();
  const waking = [...postponed];
  postponed.clear();
  for (const session of waking) {
    session.isParked = false;
    session.connection?.proceed();
  }
}

/** Lets the keyspace know. Called when no transaction runs any more. */
export function follow(): void {
  if (expiry.isHeld === (pause.mode !== 0)) return;
  expiry.isHeld = pause.mode !== 0;
  expiry.earliestMs = nowMs;
}

/** Ends the pause if its time has come. */
export function endIfDue(): void {
  if (askedMode !== 0 && askedEndMs < nowMs) end();
}

/** When the pause ends by itself, in ms since 1970; Infinity when there is none. */
export function nextEndMs(): number {
  return askedMode === 0 ? Number.POSITIVE_INFINITY : askedEndMs + 1;
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
