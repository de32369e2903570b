/**
 * The log, in Redis' line format, each line written at once so that whoever reads the pipe sees it in time:
 *
 *     4711:M 21 Nov 2026 01:33:53.253 * Ready to accept connections
 *     pid  role                       level: . debug  - verbose  * notice  # warning
 *
 * Roles: M master, S replica, C child or a process still starting, X sentinel. To standard output, or to `logfile`,
 * which is opened for each line so that a rotated file needs no signal. Configuration of syslog is accepted, but nothing
 * is sent there.
 */
import { appendFileSync, closeSync, openSync, writeSync } from "node:fs";
import { fromUtf8, utf8 } from "../base/config-text.ts";
import { env } from "../base/env.ts";
import { logfile, loglevel } from "./parameters.ts";
import { utcOffsetSeconds } from "./system-calls.ts";
import { systemError } from "./system-error.ts";

type Role = "M" | "S" | "C" | "X";

const levels = ["debug", "verbose", "notice", "warning"] as const;
const marks = ".-*#";
const STDOUT = 1;
/** Longer messages are cut, as Redis cuts them. */
const messageBytesMax = 1024;

let role: Role = "C";

/** The server has reached another role. */
export function setRole(next: Role): void {
  role = next;
}

function write(level: number, message: string): void {
  if (level < levels.indexOf(loglevel.value)) return;
  const line = `${process.pid}:${role} ${timestamp(env.wallMs())} ${marks[level]} ${cut(message)}\n`;
  const bytes = Buffer.from(line, "utf8");
  try {
    if (logfile.value === "") writeAll(bytes);
    else appendFileSync(utf8(logfile.value), bytes);
  } catch {
    // There is nowhere left to complain: the pipe's reader is gone, or the disk is full. Serving goes on.
  }
}

/** Whether verbose messages are wanted: who has to work for one asks first. */
export function isVerbose(): boolean {
  return levels.indexOf(loglevel.value) <= levels.indexOf("verbose");
}

/** Writes to the log at one of four levels. */
export const log = {
  debug: (message: string): void => write(0, message),
  verbose: (message: string): void => write(1, message),
  notice: (message: string): void => write(2, message),
  warning: (message: string): void => write(3, message),
  /** Text as it is, without pid and date (the banner). Only to standard output or the file, at level notice. */
  raw: (text: string): void => {
    if (levels.indexOf(loglevel.value) > 2) return;
    if (logfile.value === "") writeAll(Buffer.from(text, "utf8"));
    else appendFileSync(utf8(logfile.value), text);
  },
} as const;

/** Why the log file cannot be opened, or undefined. Creates it. */
export function whyNotWritable(): string | undefined {
  if (logfile.value === "") return undefined;
  try {
    closeSync(openSync(utf8(logfile.value), "a"));
    return undefined;
  } catch (error) {
    return fromUtf8(systemError(error));
  }
}

/** A pipe may take less than all of it at a time. */
function writeAll(bytes: Buffer): void {
  let sent = 0;
  while (sent < bytes.length) {
    try {
      sent += writeSync(STDOUT, bytes, sent);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) throw error;
    }
  }
}

function cut(message: string): string {
  if (message.length <= messageBytesMax / 4) return message;
  const bytes = Buffer.from(message, "utf8");
  return bytes.length < messageBytesMax ? message : bytes.toString("utf8", 0, messageBytesMax - 1);
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const pad = (value: number, digits: number): string => String(value).padStart(digits, "0");

/** `21 Nov 2026 01:33:53.253`, in local time. */
export function timestamp(wallMs: number): string {
  const date = new Date(wallMs + utcOffsetSeconds(wallMs) * 1000);
  const day = `${pad(date.getUTCDate(), 2)} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
  const time = `${pad(date.getUTCHours(), 2)}:${pad(date.getUTCMinutes(), 2)}:${pad(date.getUTCSeconds(), 2)}`;
  return `${day} ${time}.${pad(date.getUTCMilliseconds(), 3)}`;
}
