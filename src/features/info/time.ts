/**
 * TIME: the wall clock in microseconds.
 *
 * The wall clock of `env` counts milliseconds. The microseconds come from the monotonic clock, laid beside the wall clock
 * once; where the two drift apart, or somebody sets the wall clock, they are laid side by side again.
 */
import { env } from "../../base/env.ts";
import type { CommandSpec } from "../../command/command.ts";
import type { Session } from "../../command/session.ts";
import type { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";

let monotonicToWallUs = Number.NaN;

/** Microseconds since 1970. */
export function wallUs(): number {
  const wall = env.wallMs() * 1000;
  const monotonic = Math.floor(env.monotonicNs() / 1000);
  const guess = monotonic + monotonicToWallUs;
  if (guess >= wall && guess < wall + 1000) return guess;
  monotonicToWallUs = wall - monotonic;
  return wall;
}

function time(_session: Session, _args: Args, reply: Reply): void {
  const now = wallUs();
  reply.array(2);
  reply.bulkInteger(Math.floor(now / 1e6));
  reply.bulkInteger(now % 1e6);
}

export const timeCommand: CommandSpec = {
  name: "time",
  arity: 1,
  flags: ["loading", "stale", "fast"],
  group: "server",
  tips: ["nondeterministic_output"],
  since: "2.6.0",
  complexity: "O(1)",
  summary: "Answers the time of the server.",
  syntax: "",
  handler: time,
};
