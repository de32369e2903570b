/**
 * Modules cannot be loaded; the switch of their command is known all the same.
 */
import * as parameter from "../../base/parameter.ts";

export const enableModuleCommand = parameter.oneOf("enable-module-command", ["no", "yes", "local"], {
  default: "no",
  immutable: true,
});

export const parameters: readonly parameter.Parameter[] = [enableModuleCommand];
