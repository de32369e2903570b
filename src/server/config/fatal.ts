/**
 * What ends the program before it has begun: a configuration that makes no sense.
 */

import { REDIS_VERSION } from "../../base/version.ts";

/** Thrown while the configuration is read; `message` is the report for standard error, ready to be printed. */
export class FatalConfigError extends Error {}

/** A line of configuration, and where it stands. */
export interface Place {
  /** Counted from 1. */
  readonly line: number;
  readonly text: string;
  /** The file, if it is one. */
  readonly file: string | undefined;
}

/** The report in Redis' layout. */
export function fatal(reason: string, place?: Place): FatalConfigError {
  const lines = ["", `*** FATAL CONFIG FILE ERROR (Redis ${REDIS_VERSION}) ***`];
  if (place !== undefined) {
    lines.push(`Reading the configuration file, at line ${place.line}${place.file ? ` of ${place.file}` : ""}`);
    lines.push(`>>> '${place.text}'`);
  }
  lines.push(reason);
  return new FatalConfigError(`${lines.join("\n")}\n`);
}
