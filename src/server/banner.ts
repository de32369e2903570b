/**
 * What a server says of itself when it starts.
 */
import { isatty } from "node:tty";
import { ASHLAR_VERSION, REDIS_VERSION } from "../base/version.ts";
import { clusterEnabled } from "../features/cluster/parameters.ts";
import { log } from "./log.ts";
import { alwaysShowLogo, logfile, port, syslogEnabled } from "./parameters.ts";

const STDOUT = 1;

/** The first lines, before anything is opened. */
export function logVersion(configFile: string | undefined): void {
  log.warning("Ashlar is starting");
  log.warning(
    `Ashlar version=${ASHLAR_VERSION}, Redis version=${REDIS_VERSION}, bits=64, pid=${process.pid}, just started`,
  );
  if (configFile !== undefined) log.warning("Configuration loaded");
  else log.warning("Warning: no config file specified, using the default config. Name one on the command line.");
}

/** A wall for people, a line for everybody else. */
export function showLogo(): void {
  const mode = clusterEnabled.value ? "cluster" : "standalone";
  const isWatched = logfile.value === "" && !syslogEnabled.value && isatty(STDOUT);
  if (isWatched || alwaysShowLogo.value) log.raw(logo(mode));
  else log.notice(`Running mode=${mode}, port=${port.value}.`);
}

function logo(mode: string): string {
  return `
   ____________________________________
  |______|__________|________|_________|
  |___|_________|_______|__________|___|   Ashlar ${ASHLAR_VERSION} (Redis ${REDIS_VERSION}) 64 bit
  |________|________|__________|_______|   Running in ${mode} mode
  |____|_________|______|_________|____|   Port: ${port.value}
  |_________|_______|_________|________|   PID: ${process.pid}

`;
}
