/**
 * The gate before DEBUG: who may do as they please with the server's inside is for `enable-debug-command` to say.
 */
import type { Session } from "../../command/session.ts";
import { host } from "../server/host.ts";
import { enableDebugCommand } from "./parameters.ts";

const REFUSED =
  'ERR DEBUG command not allowed. If the enable-debug-command option is set to "local", you can run it from a local ' +
  "connection, otherwise you need to set this option in the configuration file, and then restart the server.";

/** The error for a session that may not, or undefined. */
export function debugRefusal(session: Session): string | undefined {
  const isAllowed = enableDebugCommand.value === "yes" || (enableDebugCommand.value === "local" && isLocal(session));
  return isAllowed ? undefined : REFUSED;
}

/** Whether the client sits on this machine, or has no connection at all (a script, a test). */
function isLocal({ connection }: Session): boolean {
  return connection === undefined || host?.isLocal(connection.address) === true;
}
