/**
 * Lists: the value (value.ts tells of its parts) and its commands, by what they do.
 */
import type { Feature } from "../../command/feature.ts";
import { blockCommands } from "./block.ts";
import { changeCommands } from "./change.ts";
import { moveCommands } from "./move.ts";
import { parameters } from "./parameters.ts";
import { popCommands } from "./pop.ts";
import { pushCommands } from "./push.ts";
import { readCommands } from "./read.ts";
import { listType } from "./value.ts";

export const list: Feature = {
  name: "list",
  type: listType,
  commands: [...pushCommands, ...popCommands, ...readCommands, ...changeCommands, ...moveCommands, ...blockCommands],
  parameters,
};
