/** The store of this process as RDB files: filled, saved, emptied, loaded. */

import { digestOfAll } from "../../src/features/introspection/digest.ts";
import { features } from "../../src/features.ts";
import { databases, size } from "../../src/keyspace/database.ts";
import * as lazyFree from "../../src/keyspace/lazy-free.ts";
import { libraries } from "../../src/keyspace/libraries.ts";
import { type LoadOptions, RdbLoader } from "../../src/keyspace/rdb-load.ts";
import { type SaveOptions, saveDatabases } from "../../src/keyspace/rdb-save.ts";
import { parametersOf } from "../../src/server/config/parameter-lists.ts";
import { Registry } from "../../src/server/config/registry.ts";
import { KINDS, SETTINGS, valueCommands } from "../exchange/values.ts";
import type { FakeClock, LocalClient } from "../support/in-process.ts";
import type { Random } from "../support/random.ts";
import { collect, MemoryFile } from "./memory-file.ts";

export const digest = (): string => digestOfAll().toHex();
export const keyCount = (): number => databases.reduce((sum, db) => sum + size(db), 0);

const registry = new Registry(parametersOf(features));

/** CONFIG SET, which the store of a test has not. */
export function configure(name: string, value: string): void {
  const refused = registry.set([[name, value]], { local: true, loading: false });
  if (refused !== undefined) throw new Error(refused);
}

export class Store {
  constructor(
    readonly client: LocalClient,
    readonly clock: FakeClock,
  ) {}

  empty(): void {
    this.client.raw("FLUSHALL");
    libraries.code = [];
    while (!lazyFree.step(1e6));
  }

  save(options: Partial<SaveOptions> = {}): Uint8Array {
    const all: SaveOptions = {
      isAofBase: false,
      checksum: true,
      usedBytes: 12345,
      nowMs: this.clock.ms,
      policy: "none",
      ...options,
    };
    return collect((out) => saveDatabases(out, all)).bytes;
  }

  /** Loads a file in steps of so many bytes, of which one read brings at most `readMax`. */
  load(bytes: Uint8Array, options: Partial<LoadOptions> = {}, budget = 1e9, readMax = 1e9): RdbLoader {
    const file = new MemoryFile(bytes);
    file.readMax = readMax;
    const loader = new RdbLoader(file, { dropsExpired: true, ...options });
    while (!loader.step(budget));
    return loader;
  }

  /** Adds random keys of all types and encodings, in several databases, some with deadlines. The commands that did it. */
  fill(random: Random, keys: number, hasFieldDeadlines: boolean): void {
    const { client, clock } = this;
    for (const [name, value] of Object.entries(random.pick(SETTINGS))) configure(name, value);
    for (let i = keys; i > 0; i--) {
      client.raw("SELECT", String(random.chance(0.7) ? 0 : random.below(16)));
      const key = keyOf(random);
      client.raw("DEL", key);
      for (const command of valueCommands(random, random.pick(KINDS), key)) client.raw(...withoutMinusZero(command));
      const deadline = clock.ms + random.pick([1e5, 1e9, 1e12, 2 ** 53]);
      if (random.chance(0.3)) client.raw("PEXPIREAT", key, String(deadline));
      if (hasFieldDeadlines && random.chance(0.2)) {
        client.raw("HSET", `${key}!`, "a", "1", "b", key);
        client.raw("HPEXPIREAT", `${key}!`, String(clock.ms + 5000), "FIELDS", "1", "a");
      }
    }
    client.raw("SELECT", "0");
  }
}

/** A score of -0 is lost when loading makes a listpack of what was a tree, here as in Redis. */
function withoutMinusZero(command: readonly string[]): string[] {
  return command.map((word) => (command[0] === "ZADD" && word === "-0" ? "0" : word));
}

function keyOf(random: Random): string {
  const kind = random.below(20);
  if (kind < 10) return random.bytes(random.below(40));
  if (kind < 15) return String(random.between(-999, 999));
  if (kind < 19) return random.bytes(1).repeat(random.below(1000));
  return random.bytes(200_000);
}
