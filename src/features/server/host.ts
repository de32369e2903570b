/**
 * The process behind the commands of this room: its configuration and its end. `server/` puts itself in at boot.
 */

/** How the server shall end. */
export interface ShutdownRequest {
  /** Save, or do not, whatever the save points say. */
  readonly save: boolean;
  readonly noSave: boolean;
  /** Do not wait for replicas. */
  readonly now: boolean;
  /** End even if the data cannot be saved. */
  readonly force: boolean;
}

export interface Host {
  /** Names and values of the parameters that any of the glob patterns matches. All texts of the configuration are bytes. */
  getConfig(patterns: readonly string[]): readonly (readonly [name: string, value: string])[];
  /** Sets all of them or none; answers with the error. `local`: the client is on this machine. */
  setConfig(pairs: readonly (readonly [name: string, value: string])[], local: boolean): string | undefined;
  /** Whether a parameter is a secret, such as a password. Unknown ones are none. */
  isSecret(name: string): boolean;
  /** Writes the configuration to its file, what has its default only if `all`; answers with the error. */
  rewriteConfig(all: boolean): string | undefined;
  resetStatistics(): void;
  /** Whether an address, as CLIENT LIST shows it, is on this machine. */
  isLocal(address: string): boolean;
  /**
   * Ends the process. Returns false when something stands against it, which the log tells; true when it is on its way, and
   * may still fail (shutdown.ts, `tellShutdownFailed`).
   */
  shutdown(request: ShutdownRequest): boolean;
  /** Takes a shutdown back that is on its way; false when there is none. */
  abortShutdown(): boolean;
  /** Stops the timers of features, or lets them run again. */
  pauseTimers(paused: boolean): void;
}

/** The process, once there is one. */
export let host: Host | undefined;

export function serve(process: Host): void {
  host = process;
}
