/**
 * Set commands in this process, without a server.
 */
import { open } from "../../../src/keyspace/database.ts";
import { register } from "../../../src/keyspace/value-type.ts";
import { set } from "../../../src/types/set/set.ts";
import { runnerOf, withEffects } from "../../support/handlers.ts";

open(1);
register(set.type!);

/** Runs a command of sets: its reply, and what followed from it. */
export const run = withEffects(runnerOf(set.commands));

/** The bulk strings of a reply that is an array of them. */
export function bulks(text: string): string[] {
  const parts = text.split("\r\n");
  return parts.slice(2, -1).filter((_, i) => i % 2 === 0);
}
