/** The fuzzer on Ashlar for a few seconds, and the proof that it can fail. `SEED` replays. */
import { expect, test } from "bun:test";
import { seedOfRun } from "../support/random.ts";
import { startServer, subjectKind } from "../support/server.ts";
import { fuzz } from "./fuzz.ts";
import { keepSaving } from "./keep-saving.ts";
import { Model } from "./model.ts";
import { integer, type Predicted } from "./replies.ts";

const TIMEOUT_MS = 60_000;
const seed = seedOfRun();

/** A model with one mistake: APPEND forgets what it appends when the string is longer than 50 bytes. */
class WrongModel extends Model {
  override apply(args: readonly string[]): Predicted {
    const held = this.keys.get(args[1] ?? "")?.held;
    if (args[0] === "APPEND" && typeof held === "string" && held.length > 50) return integer(held.length);
    return super.apply(args);
  }
}

test(
  "Ashlar holds what the model holds, and its memory is in order",
  async () => {
    console.log(`fuzz: SEED=${seed}`);
    await using server = await startServer(subjectKind());
    using client = await server.connect();
    const result = await fuzz({ seed, casesMax: 60, timeMaxMs: 20_000, client });
    expect(result.failure).toBeNull();
    expect(result.audited, "DEBUG AUDIT is known").toBe(true);
    expect(result.unknown).toEqual([]);
    expect(result.cases).toBeGreaterThan(5);
  },
  TIMEOUT_MS,
);

test(
  "so it is while snapshots are taken, one after the other",
  async () => {
    console.log(`fuzz: SEED=${seed}`);
    await using server = await startServer(subjectKind());
    using client = await server.connect();
    using saver = await server.connect();
    await using saving = keepSaving(saver);
    const result = await fuzz({ seed, casesMax: 60, timeMaxMs: 20_000, client });
    expect(result.failure).toBeNull();
    expect(saving.saves()).toBeGreaterThan(5);
  },
  TIMEOUT_MS,
);

test(
  "a wrong model is found out, and the report is short",
  async () => {
    // Not the real server: it removes keys when it gets to it, and shrinking would end at one of those.
    await using server = await startServer(subjectKind());
    using client = await server.connect();
    const result = await fuzz({ seed, casesMax: 200, timeMaxMs: 20_000, client, newModel: () => new WrongModel() });
    expect(result.failure).toContain("APPEND");
    expect(result.failure).toContain("seed ");
    const commandsShown = result.failure!.split("commands:\n")[1]!.split("\n").length;
    expect(commandsShown).toBeLessThanOrEqual(6);
  },
  TIMEOUT_MS,
);

test(
  "a real redis-server passes, so the model is right",
  async () => {
    await using server = await startServer("redis");
    using client = await server.connect();
    const result = await fuzz({ seed, casesMax: 24, timeMaxMs: 10_000, client });
    expect(result.failure).toBeNull();
  },
  TIMEOUT_MS,
);
