/**
 * Directives that are understood and not obeyed yet. Where that would leave a door open, the server does not start;
 * elsewhere the log says what will not happen.
 */
import { aclfile } from "../features/acl/parameters.ts";
import { clusterEnabled } from "../features/cluster/parameters.ts";
import { replicaof } from "../features/replication/parameters.ts";
import { tlsPort } from "../features/tls/parameters.ts";
import { fatal } from "./config/fatal.ts";
import type { Listeners } from "./config/load.ts";
import { log } from "./log.ts";

const NO_USERS = "Users other than the default one are not supported yet";

/** Directives that are no parameters, and cannot be left out without harm. */
export const refusals: Listeners = {
  user: () => NO_USERS,
  loadModule: () => "Modules are not supported",
};

const inVain: readonly (readonly [directive: string, isSet: () => boolean, consequence: string])[] = [
  ["replicaof", () => replicaof.value !== undefined, "nothing is replicated"],
  ["cluster-enabled", () => clusterEnabled.value, "the server stands alone"],
  ["tls-port", () => tlsPort.value !== 0, "the server does not listen for TLS"],
];

/** Warns of directives that were set in vain. Throws FatalConfigError for those that may not be. */
export function checkSupported(): void {
  if (aclfile.value !== "") throw fatal(NO_USERS);
  for (const [directive, isSet, consequence] of inVain) {
    if (isSet()) log.warning(`WARNING ${directive} is not supported yet: ${consequence}.`);
  }
}
