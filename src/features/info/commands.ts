/**
 * The sections of INFO about commands: calls and time of each, errors by code, percentiles of durations.
 */
import type { Command } from "../../command/command.ts";
import { errorStatistics } from "../../command/error-statistics.ts";
import type { InfoSection } from "../../command/feature.ts";
import { latencyTracking, latencyTrackingInfoPercentiles } from "../../command/parameters.ts";
import * as commands from "../../command/table.ts";

const NS_PER_US = 1000;

/** Calls, time, and how often a command was turned away or failed. */
function callsOf({ statistics }: Command): string {
  const { calls, ns, rejected, failed } = statistics;
  const usec = Math.floor(ns / NS_PER_US);
  const perCall = (calls === 0 ? 0 : usec / calls).toFixed(2);
  return `calls=${calls},usec=${usec},usec_per_call=${perCall},rejected_calls=${rejected},failed_calls=${failed}`;
}

const commandStatistics: InfoSection = {
  name: "commandstats",
  title: "Commandstats",
  byDefault: false,
  *lines() {
    for (const command of commands.everyCommand()) {
      const { calls, rejected, failed } = command.statistics;
      if (calls + rejected + failed > 0) yield [`cmdstat_${command.fullName}`, callsOf(command)];
    }
  },
};

const errors: InfoSection = {
  name: "errorstats",
  title: "Errorstats",
  byDefault: true,
  *lines() {
    for (const [code, count] of [...errorStatistics.byCode].sort(([a], [b]) => (a < b ? -1 : 1))) {
      yield [`errorstat_${code}`, `count=${count}`];
    }
  },
};

const latencies: InfoSection = {
  name: "latencystats",
  title: "Latencystats",
  byDefault: false,
  *lines() {
    if (!latencyTracking.value) return;
    for (const { statistics, fullName } of commands.everyCommand()) {
      if (statistics.calls === 0) continue;
      const percentiles = latencyTrackingInfoPercentiles.value.map(
        (percentile) => `p${percentile}=${(statistics.percentileNs(percentile / 100) / NS_PER_US).toFixed(3)}`,
      );
      yield [`latency_percentiles_usec_${fullName}`, percentiles.join(",")];
    }
  },
};

export const commandSections: readonly InfoSection[] = [commandStatistics, errors, latencies];
