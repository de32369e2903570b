/**
 * Sets: the value (value.ts, set-type.ts, rdb.ts) and its commands, by what they do.
 */
import type { Feature } from "../../command/feature.ts";
import { algebraCommands } from "./algebra.ts";
import { changeCommands } from "./change.ts";
import { parameters } from "./parameters.ts";
import { randomCommands } from "./random.ts";
import { readCommands } from "./read.ts";
import { setType } from "./set-type.ts";

export const set: Feature = {
  name: "set",
  type: setType,
  commands: [...readCommands, ...changeCommands, ...randomCommands, ...algebraCommands],
  parameters,
};
