/**
 * A fault of our own, or no memory to be had: the report goes to the log and the process ends. An exception in the middle of a
 * command may have left a change half done, and whoever serves wrong data does more harm than who serves none.
 */
import { ASHLAR_VERSION } from "../base/version.ts";
import { log } from "./log.ts";

/** Logs what is known, and ends the process. `client` describes who was being served. */
export function crash(error: unknown, client: string | undefined): never {
  if (error instanceof RangeError && /out of memory/i.test(error.message)) {
    log.warning("Out Of Memory: the system gives no more. The process ends, to protect the data.");
    log.warning("Set 'maxmemory' below what the system can give, with room for snapshots and clients.");
    process.exit(1);
  }
  const report = [
    "=== ASHLAR BUG REPORT START: please send everything up to the end ===",
    `Ashlar ${ASHLAR_VERSION}, Bun ${Bun.version}, ${process.platform} ${process.arch}`,
    `Serving: ${client ?? "nobody"}`,
    ...stackOf(error).split("\n"),
    "=== ASHLAR BUG REPORT END: the process ends, to protect the data ===",
  ];
  for (const line of report) log.warning(line);
  process.exit(1);
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const stack = error.stack ?? "";
  return stack.includes(error.message) ? stack : `${error.name}: ${error.message}\n${stack}`;
}

/** Whatever is thrown and caught by nobody ends here, too. */
export function watchForFaults(): void {
  process.on("uncaughtException", (error) => crash(error, undefined));
  process.on("unhandledRejection", (error) => crash(error, undefined));
}
