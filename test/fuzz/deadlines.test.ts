/**
 * Random deadlines in real time: thousands of keys end within half a second while they are overwritten, renamed, copied,
 * persisted and moved. Afterwards exactly the survivors are there and the memory of the others is back. `SEED` replays
 * what is asked (the moments themselves are the clock's).
 */
import { expect, test } from "bun:test";
import { type Random, seededRandom, seedOfRun } from "../support/random.ts";
import type { RawClient } from "../support/raw-client.ts";
import { encodeCommand } from "../support/resp.ts";
import { startServer, subjectKind } from "../support/server.ts";

const TIMEOUT_MS = 60_000;
const KEYS = 5000;
const DEADLINE_MS_MAX = 500;
/** A deadline far enough that no key with it ends during the test. */
const FAR_MS = "10000000";

const seed = seedOfRun();

test(
  "keys end at their deadline, and nothing else does",
  async () => {
    console.log(`deadlines: SEED=${seed}`);
    await using server = await startServer(subjectKind());
    using client = await server.connect();
    await client.command("SET", "warm", "up");
    await client.command("FLUSHALL");
    const emptyBytes = await usedMemory(client);

    const survivors = new Set<string>();
    const random = seededRandom(seed);
    const commands = Array.from({ length: KEYS }, (_, i) => life(`k${i}`, random, survivors)).flat();
    for (let from = 0; from < commands.length; from += 1000) {
      const burst = commands.slice(from, from + 1000);
      client.send(burst.map(encodeCommand).join(""));
      await client.replies(burst.length);
    }
    await Bun.sleep(DEADLINE_MS_MAX);
    await until(async () => (await client.command("DBSIZE")).text === String(survivors.size));

    const left = (await client.command("KEYS", "*")).items?.map((item) => item.text ?? "") ?? [];
    expect(new Set(left).symmetricDifference(survivors)).toEqual(new Set());
    expect(await client.raw("DEBUG", "AUDIT")).toBe("+OK\r\n");
    await client.command("FLUSHALL");
    expect(await client.raw("DEBUG", "AUDIT")).toBe("+OK\r\n");
    // What was flushed is freed in slices, so it takes a few ticks.
    const grownBytes = async () => (await usedMemory(client)) - emptyBytes;
    await until(async () => (await grownBytes()) < 1 << 16);
    expect(await grownBytes()).toBeLessThan(1 << 16);
  },
  TIMEOUT_MS,
);

/** The commands that one key lives through. Whether it survives never depends on how fast they are carried out. */
function life(key: string, random: Random, survivors: Set<string>): string[][] {
  const soon = String(random.between(1, DEADLINE_MS_MAX - 100));
  const birth = random.chance(0.5) ? ["SET", key, "v".repeat(random.below(200))] : ["HSET", key, "f", "v", "g", "w"];
  const survive = (name: string): void => void survivors.add(name);
  switch (random.below(9)) {
    case 0: // no deadline
      survive(key);
      return [birth];
    case 1: // a deadline that was taken back
      survive(key);
      return [birth, ["PEXPIRE", key, FAR_MS], ["PERSIST", key]];
    case 2: // overwritten, which forgets the deadline
      survive(key);
      return [birth, ["PEXPIRE", key, soon], ["SET", key, "again"]];
    case 3: // postponed
      survive(key);
      return [birth, ["PEXPIRE", key, FAR_MS]];
    case 4: // brought forward
      return [birth, ["PEXPIRE", key, FAR_MS], ["PEXPIRE", key, soon]];
    case 5: // renamed and copied: both take the deadline along
      return [birth, ["PEXPIRE", key, soon], ["RENAME", key, `${key}:b`], ["COPY", `${key}:b`, `${key}:c`]];
    case 6: // deleted before
      return [birth, ["PEXPIRE", key, soon], ["DEL", key]];
    case 7: // over the moment it is set
      return [birth, ["PEXPIREAT", key, "1000"]];
    default:
      return [birth, ["PEXPIRE", key, soon]];
  }
}

async function usedMemory(client: RawClient): Promise<number> {
  const info = (await client.command("INFO", "memory")).text ?? "";
  return Number(/used_memory:(\d+)/.exec(info)?.[1] ?? Number.NaN);
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + 5000;
  while (!(await isSo()) && performance.now() < giveUpAt) await Bun.sleep(5);
}
