/**
 * What is counted of a command; percentiles compared with those of the sorted durations.
 */
import { expect, test } from "bun:test";
import { CommandStatistics } from "../../src/command/statistics.ts";
import { seededRandom, seedOfRun } from "../support/random.ts";

const seed = seedOfRun();

test(`a percentile is at most a sixteenth above the true one, and never below it (SEED=${seed})`, () => {
  const random = seededRandom(seed);
  for (let round = 0; round < 40; round++) {
    const statistics = new CommandStatistics();
    const exponent = random.between(1, 39);
    const durations = Array.from(
      { length: random.between(1, 2000) },
      () => 2 ** ((random.below(1e6) / 1e6) * exponent),
    );
    for (const ns of durations) statistics.record(1, ns);
    durations.sort((a, b) => a - b);
    for (const share of [0.001, 0.5, 0.9, 0.99, 0.999, 1]) {
      const truth = durations[Math.ceil(durations.length * share) - 1]!;
      const said = statistics.percentileNs(share);
      expect(said).toBeGreaterThan(truth);
      expect(said).toBeLessThanOrEqual(truth * (1 + 1 / 16) + 1.0001);
    }
  }
});

test("powers of two and their neighbours fall on the right side", () => {
  for (let exponent = 0; exponent <= 39; exponent++) {
    for (const ns of [2 ** exponent - 1, 2 ** exponent, 2 ** exponent + 1]) {
      const statistics = new CommandStatistics();
      statistics.record(1, ns);
      const said = statistics.percentileNs(0.5);
      expect(said).toBeGreaterThan(ns);
      expect(said).toBeLessThanOrEqual(ns * (1 + 1 / 16) + 1);
    }
  }
});

test("durations beyond all reason are kept as very long ones, negative ones as none", () => {
  const statistics = new CommandStatistics();
  statistics.record(1, 2 ** 60);
  expect(statistics.percentileNs(1)).toBeGreaterThanOrEqual(2 ** 40);
  const backwards = new CommandStatistics();
  backwards.record(1, -50);
  expect(backwards.percentileNs(1)).toBe(1);
});

test("calls that were timed together share their time", () => {
  const statistics = new CommandStatistics();
  statistics.record(100, 100_000);
  statistics.record(1, 50_000);
  expect([statistics.calls, statistics.ns]).toEqual([101, 150_000]);
  expect(statistics.percentileNs(0.5)).toBeLessThan(1100);
  expect(statistics.percentileNs(1)).toBeGreaterThan(50_000);
});

test("callsWithin counts what surely took no longer", () => {
  const statistics = new CommandStatistics();
  for (let us = 1; us <= 1000; us++) statistics.record(1, us * 1000);
  let last = 0;
  for (let us = 1; us <= 2000; us *= 2) {
    const calls = statistics.callsWithin(us * 1000);
    expect(calls).toBeLessThanOrEqual(Math.min(us, 1000));
    expect(calls).toBeGreaterThanOrEqual(Math.min(Math.floor((us * 15) / 16) - 1, 1000));
    expect(calls).toBeGreaterThanOrEqual(last);
    last = calls;
  }
  expect(statistics.callsWithin(2 ** 41)).toBe(1000);
});

test("nothing was called yet, or all was forgotten", () => {
  const statistics = new CommandStatistics();
  for (let round = 0; round < 2; round++) {
    expect(statistics.percentileNs(0.99)).toBe(0);
    expect(statistics.callsWithin(1e12)).toBe(0);
    expect([statistics.calls, statistics.ns, statistics.rejected, statistics.failed]).toEqual([0, 0, 0, 0]);
    statistics.record(5, 5000);
    statistics.rejected = statistics.failed = 3;
    statistics.reset();
  }
});
