/**
 * Hashes: the value (value.ts, with field.ts and deadlines.ts) and its commands, by what they do.
 */
import type { Feature } from "../../command/feature.ts";
import { exchangeCommands } from "./exchange.ts";
import { expireCommands } from "./expire.ts";
import { getCommands } from "./get.ts";
import { incrementCommands } from "./increment.ts";
import { parameters } from "./parameters.ts";
import { scanCommands } from "./scan.ts";
import { setCommands } from "./set.ts";
import { ttlCommands } from "./ttl.ts";
import { hashType } from "./value.ts";

export const hash: Feature = {
  name: "hash",
  type: hashType,
  commands: [
    ...getCommands,
    ...setCommands,
    ...incrementCommands,
    ...scanCommands,
    ...expireCommands,
    ...ttlCommands,
    ...exchangeCommands,
  ],
  parameters,
};
