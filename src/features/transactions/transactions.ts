/**
 * Transactions: the commands between MULTI and EXEC are queued (command/execute.ts), and run as one: nothing of anybody
 * else comes between them. WATCH makes EXEC conditional (watch.ts).
 */
import { watchDatabases } from "../../command/blocking.ts";
import type { Feature } from "../../command/feature.ts";
import { goneHooks, resetHooks } from "../../command/session.ts";
import { discard, queueCommands } from "./queue.ts";
import { openWatch, watchCommands } from "./watch.ts";

export const transactions: Feature = {
  name: "transactions",
  commands: [...queueCommands, ...watchCommands],
  open() {
    watchDatabases();
    openWatch();
    resetHooks.push(discard);
    goneHooks.push((session) => {
      // A transaction that runs is finished, although nobody will hear of it.
      if (!session.isExecutingQueue) discard(session);
    });
  },
};
