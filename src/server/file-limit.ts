/**
 * `maxclients` against the number of files that the system lets us open. Each client is one open file, and some are
 * needed for ourselves. This is not a courtesy: at the limit, Bun's accept loop would spin. And whether there is room for more
 * right now.
 */
import { closeSync, openSync } from "node:fs";
import { log } from "./log.ts";
import { maxclients } from "./parameters.ts";
import { openFilesLimit, setOpenFilesLimit } from "./system-calls.ts";

/** Files for listening sockets, snapshots, logs, and the runtime. */
const reservedFiles = 32;

/** Thrown when there is not even room for one client; the message is for the log. */
export class TooFewFiles extends Error {}

/** Raises the system's limit as far as `maxclients` wants and the system allows; if that is too little, lowers `maxclients`. */
export function fitClientsToFiles(): void {
  const limit = openFilesLimit();
  if (limit === undefined) {
    log.warning(`Unable to obtain the current limit of open files, assuming 1024 and setting maxclients accordingly.`);
    maxclients.assign(Math.min(maxclients.value, 1024 - reservedFiles));
    return;
  }
  const wanted = BigInt(maxclients.value + reservedFiles);
  if (limit.soft >= wanted) return;

  const granted = raise(limit.soft, limit.hard, wanted);
  if (granted >= wanted) {
    log.notice(`Increased maximum number of open files to ${wanted} (it was originally set to ${limit.soft}).`);
    return;
  }
  if (granted <= reservedFiles) {
    throw new TooFewFiles(
      `Your current 'ulimit -n' of ${granted} is not enough for the server to start. ` +
        `Please increase your open file limit to at least ${wanted}. Exiting.`,
    );
  }
  const asked = maxclients.value;
  maxclients.assign(Number(granted) - reservedFiles);
  log.warning(`You requested maxclients of ${asked} requiring at least ${wanted} max file descriptors.`);
  log.warning(`Server can't set maximum open files to ${wanted} because of OS error: Operation not permitted.`);
  log.warning(
    `Current maximum open files is ${granted}. maxclients has been reduced to ${maxclients.value} to compensate for ` +
      "low ulimit. If you need higher maxclients increase 'ulimit -n'.",
  );
}

/** The limit after asking for `wanted`: that much with enough privilege, otherwise what the hard limit allows. */
function raise(soft: bigint, hard: bigint, wanted: bigint): bigint {
  if (setOpenFilesLimit({ soft: wanted, hard: wanted > hard ? wanted : hard })) return wanted;
  if (hard > soft && setOpenFilesLimit({ soft: hard, hard })) return hard;
  return soft;
}

/** Whether so many files more can be opened now. */
export function hasRoomForFiles(count: number): boolean {
  const opened: number[] = [];
  try {
    while (opened.length < count) opened.push(openSync("/dev/null", "r"));
    return true;
  } catch {
    return false;
  } finally {
    for (const file of opened) closeSync(file);
  }
}

/** CONFIG SET maxclients is refused when the system does not go along. */
maxclients.apply = () => {
  const asked = maxclients.value;
  fitClientsToFiles();
  return maxclients.value === asked
    ? undefined
    : `The operating system is not able to handle the specified number of clients, try with ${maxclients.value}`;
};
