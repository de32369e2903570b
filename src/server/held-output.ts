/**
 * Output that may not leave yet: nobody is told what is not as safe as `appendfsync` promises. Clients whose output was held
 * are noted here. At the end of this turn of the event loop one write, and one sync if need be, is done for all of them, and
 * they go on. If that fails they are closed without an answer (features/persistence/aof-writer.ts says why).
 *
 * Where it will be a sync, which takes as long as a hundred requests, the end of the turn is put off as long as each turn brings
 * more clients: those who were answered last time are about to ask again. With 50 clients that makes 46 to a sync, not 33.
 */
import { isBehind, isSyncDue, settleTurn } from "../features/persistence/aof.ts";
import type { Client } from "./client.ts";
import { log } from "./log.ts";

let held: Client[] = [];
let isDue = false;
/** How many clients there were when it was last looked for more of them. */
let gathered = 0;

/** Notes that a client has output that was held. */
export function hold(client: Client): void {
  held.push(client);
  settleSoon();
}

/** What waits to be written or synced will be, though nobody waits for it. */
export function settleIfBehind(): void {
  if (isBehind()) settleSoon();
}

function settleSoon(): void {
  if (isDue) return;
  isDue = true;
  setImmediate(settleNow);
}

function settleNow(): void {
  if (isSyncDue() && held.length > gathered) {
    gathered = held.length;
    setImmediate(settleNow);
    return;
  }
  isDue = false;
  gathered = 0;
  const isSafe = settleTurn();
  const clients = held;
  held = [];
  if (!isSafe && clients.length > 0) {
    log.warning(`${clients.length} connections are closed: what their last commands changed may be lost.`);
  }
  for (const client of clients) client.letGo(isSafe);
}
