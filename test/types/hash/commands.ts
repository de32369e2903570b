/**
 * Hash commands in this process, without a server.
 */
import { open } from "../../../src/keyspace/database.ts";
import { register } from "../../../src/keyspace/value-type.ts";
import { hash } from "../../../src/types/hash/hash.ts";
import { runnerOf, withEffects } from "../../support/handlers.ts";

open(1);
register(hash.type!);

/** Runs a command of hashes: its reply, and what followed from it. */
export const run = withEffects(runnerOf(hash.commands));
