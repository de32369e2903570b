/**
 * Keys: what can be done with a key whatever its value is, and with whole databases of them.
 */
import type { Feature } from "../../command/feature.ts";
import { copyCommands } from "./copy.ts";
import { databaseCommands } from "./databases.ts";
import { deleteCommands } from "./delete.ts";
import { dumpCommands } from "./dump.ts";
import { expireCommands } from "./expire.ts";
import { inspectCommands } from "./inspect.ts";
import { objectCommand } from "./object.ts";
import { renameCommands } from "./rename.ts";
import { scanCommands } from "./scan.ts";
import { ttlCommands } from "./ttl.ts";

export const keys: Feature = {
  name: "keys",
  commands: [
    ...databaseCommands,
    ...inspectCommands,
    ...scanCommands,
    ...deleteCommands,
    ...renameCommands,
    ...copyCommands,
    ...dumpCommands,
    ...expireCommands,
    ...ttlCommands,
    objectCommand,
  ],
};
