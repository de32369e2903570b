/**
 * Who may connect: as many as `maxclients` says, and strangers only when they are asked for a password (or when
 * `protected-mode` is off).
 */
import { authentication } from "../command/gates.ts";
import { sessions } from "../command/session.ts";
import { maxclients, protectedMode } from "./parameters.ts";

const TOO_MANY = "-ERR max number of clients reached\r\n";

const PROTECTED =
  "-DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the default " +
  "user. In this mode connections are only accepted from the loopback interface. If you want to connect from external " +
  "computers to Redis you may adopt one of the following solutions: 1) Just disable protected mode sending the command " +
  "'CONFIG SET protected-mode no' from the loopback interface by connecting to Redis from the same host the server is " +
  "running, however MAKE SURE Redis is not publicly accessible from internet if you do so. Use CONFIG REWRITE to make " +
  "this change permanent. 2) Alternatively you can just disable the protected mode by editing the Redis configuration " +
  "file, and setting the protected mode option to 'no', and then restarting the server. 3) If you started the server " +
  "manually just for testing, restart it with the '--protected-mode no' option. 4) Setup a an authentication password " +
  "for the default user. NOTE: You only need to do one of the above things in order for the server to start accepting " +
  "connections from the outside.\r\n";

/**
 * The error that a new connection from this address (undefined: a Unix socket) gets before it is closed, or undefined when
 * it is welcome.
 */
export function whyTurnedAway(address: string | undefined): string | undefined {
  if (sessions.size >= maxclients.value) return TOO_MANY;
  if (protectedMode.value && !authentication.required && address !== undefined && !isLoopback(address)) {
    return PROTECTED;
  }
  return undefined;
}

/** Whether an address, with or without a port behind it, is one of this machine alone. */
export function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1" || address.startsWith("[::1]:");
}
