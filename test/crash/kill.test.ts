/**
 * No acknowledged write is lost when the process is killed. `KILL_CYCLES=2000` for a long run, `SEED` for the same choices (not
 * the same moments: those are the machine's).
 */
import { expect, test } from "bun:test";
import { seedOfRun } from "../support/random.ts";
import { subjectKind } from "../support/server.ts";
import { killAgainAndAgain } from "./kill.ts";

const CYCLES = Number(process.env["KILL_CYCLES"] ?? 200);
const CYCLE_MS_MAX = 3000;
const seed = seedOfRun();

for (const [appendfsync, share] of [
  ["always", 0.5],
  ["everysec", 0.5],
] as const) {
  const cycles = Math.ceil(CYCLES * share);
  test(
    `${cycles} times, appendfsync ${appendfsync}`,
    async () => {
      console.log(`kill: SEED=${seed}`);
      const result = await killAgainAndAgain({ kind: subjectKind(), cycles, seed, appendfsync });
      expect(result.failure).toBeUndefined();
      console.log(`${result.acknowledged} numbers acknowledged`);
      expect(result.acknowledged).toBeGreaterThan(cycles);
    },
    cycles * CYCLE_MS_MAX,
  );
}

test("a server that writes nothing down is found out", async () => {
  const args = ["--appendonly", "no"];
  const result = await killAgainAndAgain({ kind: subjectKind(), cycles: 3, seed, appendfsync: "always", args });
  expect(result.failure).toMatch(/was acknowledged, 0 is there/);
});
