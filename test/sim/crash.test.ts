/**
 * Crashes at every operation of the disk, in virtual time (crash.ts), and the proof that broken promises are found. `SEED` and
 * `CRASH_POINTS` choose; `bun scripts/crash.ts` is for long runs.
 */
import { expect, test } from "bun:test";
import { seedOfRun } from "../support/random.ts";
import { crash } from "./crash.ts";
import { SimDisk } from "./disk.ts";

const POINTS = Number(process.env["CRASH_POINTS"] ?? 100_000);
const TIMEOUT_MS = 900_000;
const seed = seedOfRun();

test(
  `${POINTS} crashes, and no promise broken`,
  () => {
    console.log(`crash: SEED=${seed}`);
    const result = crash({ seed, points: POINTS });
    expect(result.failure).toBeUndefined();
    expect(result.points).toBe(POINTS);
    console.log(`${result.operations} operations of ${result.histories} histories, ${result.refused} refused`);
  },
  TIMEOUT_MS,
);

/** fdatasync returns, and has done nothing. */
class NeverSynced extends SimDisk {
  override syncFile(_file: unknown, _upTo: number, path: string): void {
    this.begin("sync", path);
  }
}

/** Only the names are not synced. */
class NamesNeverSynced extends SimDisk {
  override syncDirectory(path: string): void {
    this.begin("syncDirectory", path);
  }
}

for (const Broken of [NeverSynced, NamesNeverSynced]) {
  test(
    `a disk that lies is found out: ${Broken.name}`,
    () => {
      const result = crash({ seed, points: 20_000, newDisk: () => new Broken() });
      expect(result.failure).toContain("seed ");
    },
    TIMEOUT_MS,
  );
}
