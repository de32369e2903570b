/**
 * Server: what an administrator does to the process itself.
 */
import type { Feature } from "../../command/feature.ts";
import { configCommand } from "./config.ts";
import { shutdownCommand } from "./shutdown.ts";

export const server: Feature = {
  name: "server",
  commands: [configCommand, shutdownCommand],
};
