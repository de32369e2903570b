/**
 * Looking into the running server: debugging, memory, slow commands.
 */
import type { Feature } from "../../command/feature.ts";
import { debugCommand } from "./debug.ts";
import { memoryCommand } from "./memory.ts";
import { parameters } from "./parameters.ts";
import { watchSlowlog } from "./slowlog.ts";
import { slowlogCommand } from "./slowlog-commands.ts";

export const introspection: Feature = {
  name: "introspection",
  commands: [debugCommand, memoryCommand, slowlogCommand],
  parameters,
  open: watchSlowlog,
};
