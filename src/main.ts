/**
 * Command line → configuration → server, or a look at files; nothing else.
 */
import { ASHLAR_VERSION, REDIS_VERSION } from "./base/version.ts";
import { features } from "./features.ts";
import { check } from "./server/check.ts";
import { helpText, parseCommandLine } from "./server/command-line.ts";
import { start } from "./server/server.ts";

const request = parseCommandLine(process.argv.slice(2));
switch (request.kind) {
  case "serve":
    start(request.sources, features);
    break;
  case "check":
    process.exitCode = check(request, features) ? 0 : 1;
    break;
  case "help":
    process.stdout.write(await helpText(request.topic));
    break;
  case "version":
    process.stdout.write(`Ashlar ${ASHLAR_VERSION}, compatible with Redis server v=${REDIS_VERSION} bits=64\n`);
    break;
  case "refuse":
    process.stderr.write(`${request.reason}\n`);
    process.exitCode = 1;
}
