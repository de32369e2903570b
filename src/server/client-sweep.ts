/**
 * Once a second, a look at every client: idle for longer than `timeout`, or above its soft output limit for too long.
 */
import { nowMs } from "../base/env.ts";
import type { Timer } from "../command/feature.ts";
import { sessions } from "../command/session.ts";
import { Client } from "./client.ts";
import { log } from "./log.ts";
import { timeout } from "./parameters.ts";

/** Clients with these letters wait for something by their nature: replica, master, subscriber. */
const PATIENT = /[SMP]/;

function sweep(): void {
  for (const session of sessions.values()) {
    if (!(session.connection instanceof Client)) continue;
    const isIdle = timeout.value > 0 && nowMs - session.lastUsedMs > timeout.value * 1000;
    if (isIdle && !session.isParked && !PATIENT.test(session.flags)) {
      log.verbose("Closing idle client");
      session.connection.close(true);
    } else if (session.connection.pendingBytes > 0) {
      session.connection.enforceOutputLimit();
    }
  }
}

export const clientSweep: Timer = { everyMs: 1000, run: sweep };
