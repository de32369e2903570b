/**
 * Command line → configuration → server; nothing else.
 */
import { ASHLAR_VERSION, REDIS_VERSION } from "./command/version.ts";
import { features } from "./features.ts";
import { helpText, parseCommandLine } from "./server/command-line.ts";
import { start } from "./server/server.ts";

const request = parseCommandLine(process.argv.slice(2));
switch (request.kind) {
  case "serve":
    start(request.sources, features);
    break;
  case "help":
    process.stdout.write(await helpText());
    break;
  case "version":
    process.stdout.write(`Ashlar ${ASHLAR_VERSION}, compatible with Redis server v=${REDIS_VERSION} bits=64\n`);
    break;
  case "refuse":
    process.stderr.write(`${request.reason}\n`);
    process.exitCode = 1;
}
