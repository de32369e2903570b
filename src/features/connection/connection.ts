/**
 * Connection: what a client does about its own connection, and sees of the others.
 */
import type { Feature } from "../../command/feature.ts";
import { authenticationCommands, watchPassword } from "./authentication.ts";
import { basicCommands } from "./basic.ts";
import { clientCommand } from "./client.ts";

export const connection: Feature = {
  name: "connection",
  commands: [...basicCommands, ...authenticationCommands, clientCommand],
  open: watchPassword,
};
