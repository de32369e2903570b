/**
 * The process among other processes: into the background, pid file, the supervisor's notice, signals.
 */
import { unlinkSync, writeFileSync } from "node:fs";
import { fromUtf8, utf8 } from "../base/config-text.ts";
import { log } from "./log.ts";
import { daemonize, pidfile, shutdownOnSigint, shutdownOnSigterm, supervised } from "./parameters.ts";
import { sendDatagram } from "./system-calls.ts";
import { systemError } from "./system-error.ts";

/** Set for the process that runs in the background, so that it does not go there again. */
const BACKGROUND = "ASHLAR_BACKGROUND";
const startDirectory = process.cwd();
const defaultPidfile = "/var/run/redis.pid";

/** Whether this process shall start another one in the background and end. */
export function mustGoToBackground(): boolean {
  return daemonize.value && supervisor() === "no" && process.env[BACKGROUND] !== "1";
}

/**
 * Starts this program again, with the same arguments, in a session of its own without terminal; the caller then ends. (A
 * fork would be the custom, but kills the JavaScript engine.) `stdin` is the text that was read from standard input.
 */
export function goToBackground(stdin: string | undefined): void {
  const [, script, ...args] = process.argv;
  const compiled = script?.startsWith("/$bunfs/") || script?.startsWith("B:/~BUN/");
  Bun.spawn([process.execPath, ...(compiled ? [] : [script!]), ...args], {
    cwd: startDirectory,
    env: { ...process.env, [BACKGROUND]: "1" },
    detached: true,
    stdin: stdin === undefined ? "ignore" : Buffer.from(stdin, "latin1"),
    stdout: "ignore",
    stderr: "ignore",
  }).unref();
}

/** Writes the pid file, if one is configured or the process runs in the background. A failure is only logged. */
export function writePidfile(): void {
  if (pidfile.value === "" && process.env[BACKGROUND] === "1") pidfile.assign(fromUtf8(defaultPidfile));
  if (pidfile.value === "") return;
  try {
    writeFileSync(utf8(pidfile.value), `${process.pid}\n`);
  } catch (error) {
    log.verbose(`Failed to write PID file: ${systemError(error)}`);
  }
}

/** Removes what `writePidfile` wrote. */
export function removePidfile(): void {
  if (pidfile.value === "") return;
  log.notice("Removing the pid file.");
  try {
    unlinkSync(utf8(pidfile.value));
  } catch {
    // Somebody was faster, or it was never written.
  }
}

type Supervisor = "systemd" | "upstart" | "no";

/** Who supervises this process, as configured and as the environment proves. */
export function supervisor(): Supervisor {
  const mode = supervised.value;
  if ((mode === "systemd" || mode === "auto") && process.env["NOTIFY_SOCKET"]) return "systemd";
  if ((mode === "upstart" || mode === "auto") && process.env["UPSTART_JOB"]) return "upstart";
  return "no";
}

/** Before anything is opened: tells upstart to wait, and the log who supervises. */
export function greetSupervisor(): void {
  const found = supervisor();
  if (found === "systemd") log.warning("Supervised by systemd. Mind TimeoutStartSec and TimeoutStopSec of the unit.");
  else if (found === "upstart") {
    log.warning("supervised by upstart, will stop to signal readiness.");
    process.kill(process.pid, "SIGSTOP");
  } else if (supervised.value === "systemd") log.warning("systemd supervision error: NOTIFY_SOCKET not found!");
  else if (supervised.value === "upstart") log.warning("upstart supervision requested, but UPSTART_JOB not found!");
}

/**
 * Tells systemd a state, e.g. `READY=1` or `STOPPING=1`; several are separated by line breaks. True if it was told; false
 * without systemd.
 */
export function notifySupervisor(state: string): boolean {
  const socketName = process.env["NOTIFY_SOCKET"];
  return supervisor() === "systemd" && socketName !== undefined && sendDatagram(socketName, state);
}

/** What signals mean to the server. */
export interface SignalMeaning {
  /** SIGTERM and SIGINT ask for the end, with the bits of `shutdown-on-…`. */
  end(signal: "SIGTERM" | "SIGINT", flags: number): void;
  /** SIGINT once more. Others that come before the end mean nothing new. */
  endNow(): void;
  isEnding(): boolean;
  /** SIGUSR1. */
  save(): void;
}

/** SIGHUP and SIGPIPE mean nothing: the log file is opened for each line, and a broken connection shows itself. */
export function listenForSignals(meaning: SignalMeaning): void {
  process.on("SIGINT", () => {
    if (meaning.isEnding()) meaning.endNow();
    else meaning.end("SIGINT", shutdownOnSigint.value);
  });
  process.on("SIGTERM", () => {
    if (!meaning.isEnding()) meaning.end("SIGTERM", shutdownOnSigterm.value);
  });
  process.on("SIGUSR1", () => meaning.save());
  process.on("SIGHUP", () => undefined);
  process.on("SIGPIPE", () => undefined);
}
