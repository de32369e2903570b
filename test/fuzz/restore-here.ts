/**
 * The fuzzer of RESTORE, ready to run: the server in this process, its freed memory poisoned, and payloads that it and a real
 * redis-server have made.
 */
import { install } from "../../src/base/env.ts";
import { enableDebugCommand } from "../../src/features/introspection/parameters.ts";
import * as mem from "../../src/mem/mem.ts";
import { LocalClient, openStore } from "../support/in-process.ts";
import { seededRandom } from "../support/random.ts";
import { startServer } from "../support/server.ts";
import { collectBodies, fuzzRestore, type RestoreFuzzOptions, type RestoreFuzzResult } from "./restore.ts";

/** Values of each kind that each server makes, compressed and not. */
const VALUES_OF_KIND = 25;

export async function fuzzRestoreHere(
  seed: number,
  payloads: number,
  onProgress?: RestoreFuzzOptions["onProgress"],
): Promise<RestoreFuzzResult> {
  install();
  openStore();
  enableDebugCommand.assign("yes");
  mem.setPoison(true);
  const client = new LocalClient();
  try {
    const random = seededRandom(seed);
    await using redis = await startServer("redis");
    using real = await redis.connect();
    const theirs = await collectBodies(random, (...words) => real.raw(...words), VALUES_OF_KIND);
    const ours = await collectBodies(random, (...words) => client.raw(...words), VALUES_OF_KIND);
    const bodies = [...theirs, ...ours];
    return fuzzRestore({ seed, payloads, client, bodies, ...(onProgress && { onProgress }) });
  } finally {
    client.raw("FLUSHALL");
    mem.setPoison(false);
  }
}
